#!/usr/bin/env python3
"""Load a policy file into a real MCP client and report what the client does with each tool.

    try_client.py CLIENT --policy FILE --listing FILE [--server-name NAME] [--bin FOLDER] [--mode headless|yes|tui]
                  [--tool NAME[=JSON]]... [--add NAME]... [--json FILE] [--keep] [--show]
                  [--hook-policy FILE --path FOLDER] [--guard MCP_SCAN --guard-policy FILE]

Each tool gets a run of its own, in a home and a project folder that are thrown away: the client starts with the policy,
`server.py` as its MCP server and `llm.py` as its model, and the model asks for that one call. What is told of it:

    ran      the server was called
    asks     the client waits for a person (mode tui), or ended or refused for want of one (see the text beside it)
    refused  the model got an answer that is not the server's
    absent   the tool was not among those offered to the model, and calling it all the same did not reach the server

Modes: `headless` is the client's way of running one prompt without a person; `yes` the same with the flag that answers
every question with yes; `tui` its screen, in tmux, where nobody presses a key.
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import llm

HERE = Path(__file__).resolve().parent
PROMPT = "Call the tool."
WAIT = 60  # seconds that a run may take
QUIET = 12  # seconds without anything happening, after a call was asked for, that count as waiting for a person


class Run:
    """What one run of a client has: its folders, its model and its server."""

    def __init__(self, options, tool, arguments, client):
        self.root = Path(tempfile.mkdtemp(prefix="try-client-"))
        self.home, self.project, self.log = self.root / "home", self.root / "project", self.root / "calls.jsonl"
        for folder in (self.home, self.project):
            folder.mkdir()
        self.name, self.policy, self.mode = options.server_name, Path(options.policy), options.mode
        self.tool, self.bin, self.extra = tool, options.bin, options.arg
        self.hook_policy = options.hook_policy
        self.script = llm.Script([(tool, arguments)], lambda name: client.spell.format(server=self.name, tool=name))
        self.llm, port = llm.serve(self.script)
        self.url = f"http://127.0.0.1:{port}"
        added = [word for name in options.add for word in ("--add", name)]
        self.command = sys.executable
        self.arguments = [str(HERE / "server.py"), str(Path(options.listing).resolve()), str(self.log), *added]
        if options.guard:
            guard = ["guard", "--policy", str(Path(options.guard_policy).resolve()), "--state", "memory", "--"]
            self.command, self.arguments = str(Path(options.guard).resolve()), [*guard, self.command, *self.arguments]
        self.env = {
            "HOME": str(self.home), "PATH": os.pathsep.join(filter(None, [options.path, os.environ["PATH"]])), "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.home / ".config"), "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"), "XDG_CACHE_HOME": str(self.home / ".cache"),
            "CI": "", "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
        }

    def server(self, **more):
        """The server's entry, as most clients have it."""
        return {"command": self.command, "args": self.arguments, **more}

    def write(self, path, value):
        """Write JSON, or text, below the home (~/) or the project."""
        path = self.home / path[2:] if path.startswith("~/") else self.project / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1), encoding="utf-8")

    def emitted(self):
        """The policy, where it is JSON; nothing without a policy."""
        return json.loads(self.policy.read_text(encoding="utf-8")) if self.policy.name != "none" else {}

    def emitted_text(self):
        return self.policy.read_text(encoding="utf-8") if self.policy.name != "none" else ""

    def calls(self):
        """The names by which the server was called."""
        if not self.log.exists():
            return []
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [entry["tool"] for entry in entries if entry["event"] == "call"]


def merged(base, over):
    """`over` laid over `base`, objects into objects."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: merged(base[key], value) if key in base else value for key, value in over.items()}


CLIENTS = {}


def client(name, binary, spell):
    """Register the class as the way to start the client `name`."""
    def register(which):
        which.binary, which.spell = binary, spell
        CLIENTS[name] = which
        return which
    return register


@client("claude-code", "claude", "mcp__{server}__{tool}")
class ClaudeCode:
    """Policy: .claude/settings.json of the project."""

    @staticmethod
    def start(run):
        run.write(".claude/settings.json", run.emitted())
        run.write(".mcp.json", {"mcpServers": {run.name: run.server()}})
        trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True,
                   "enabledMcpjsonServers": [run.name]}
        run.write("~/.claude.json", {
            "hasCompletedOnboarding": True, "theme": "dark", "bypassPermissionsModeAccepted": True,
            "customApiKeyResponses": {"approved": ["fake-key"], "rejected": []},
            "projects": {str(run.project): trusted},
        })
        run.write("~/.claude/settings.json", {"enableAllProjectMcpServers": True})
        run.env |= {"ANTHROPIC_BASE_URL": run.url, "ANTHROPIC_API_KEY": "fake-key", "IS_SANDBOX": "1",
                    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1",
                    "ENABLE_TOOL_SEARCH": "false"}
        if run.mode == "tui":
            return ["claude", PROMPT]
        yes = ["--dangerously-skip-permissions"] if run.mode == "yes" else []
        return ["claude", "-p", PROMPT, *yes]


@client("codex", "codex", "mcp__{server}\x1f{tool}")
class Codex:
    """Policy: ~/.codex/config.toml, with the server's command put into its table."""

    @staticmethod
    def start(run):
        table = f"[mcp_servers.{run.name}]\n"
        start = f"command = {json.dumps(run.command)}\nargs = {json.dumps(run.arguments)}\n"
        text = run.emitted_text()
        text = text.replace(table, table + start) if table in text else text + table + start
        head = 'model = "fake-model"\nmodel_provider = "fake"\n'
        provider = f'\n[model_providers.fake]\nname = "fake"\nbase_url = "{run.url}/v1"\nwire_api = "responses"\n'
        trust = f'\n[projects."{run.project}"]\ntrust_level = "trusted"\n'
        run.write("~/.codex/config.toml", head + text + provider + trust)
        if run.mode == "tui":
            return ["codex", "--strict-config", PROMPT]
        yes = ["--dangerously-bypass-approvals-and-sandbox"] if run.mode == "yes" else []
        return ["codex", "exec", "--strict-config", "--skip-git-repo-check", *yes, *run.extra, PROMPT]


@client("gemini", "gemini", "mcp_{server}_{tool}")
class Gemini:
    """Policy: .gemini/settings.json of the project."""

    @staticmethod
    def start(run):
        entry = {"mcpServers": {run.name: run.server()}, "security": {"auth": {"selectedType": "gemini-api-key"}}}
        run.write(".gemini/settings.json", merged(entry, run.emitted()))
        run.write("~/.gemini/settings.json", {
            "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
            "ui": {"theme": "Default"}, "general": {"disableAutoUpdate": True},
            "privacy": {"usageStatisticsEnabled": False},
        })
        run.env |= {"GEMINI_API_KEY": "fake-key", "GOOGLE_GEMINI_BASE_URL": run.url, "GEMINI_TELEMETRY_ENABLED": "false",
                    "GEMINI_CLI_TRUST_WORKSPACE": "true"}
        if run.mode == "tui":
            return ["gemini", "-m", "gemini-2.5-pro", "-i", PROMPT]
        yes = ["--yolo"] if run.mode == "yes" else []
        return ["gemini", "-m", "gemini-2.5-pro", "-p", PROMPT, *yes]


@client("gemini-policy", "gemini", "mcp_{server}_{tool}")
class GeminiPolicy:
    """Policy: a file of rules in ~/.gemini/policies/."""

    @staticmethod
    def start(run):
        run.write("~/.gemini/policies/mcp-scan.toml", run.emitted_text())
        run.policy = Path("none")
        return Gemini.start(run)


@client("qwen", "qwen", "mcp__{server}__{tool}")
class Qwen:
    """Policy: ~/.qwen/settings.json (servers of a project's own settings wait for somebody to approve them)."""

    @staticmethod
    def start(run):
        base = {
            "mcpServers": {run.name: run.server()},
            "security": {"auth": {"selectedType": "openai"}, "folderTrust": {"enabled": False}},
            "general": {"enableAutoUpdate": False}, "privacy": {"usageStatisticsEnabled": False},
            "ui": {"theme": "Qwen Dark"},
        }
        run.write("~/.qwen/settings.json", merged(base, run.emitted()))
        run.env |= {"OPENAI_API_KEY": "fake-key", "OPENAI_BASE_URL": run.url + "/v1", "OPENAI_MODEL": "fake-model"}
        if run.mode == "tui":
            return ["qwen", "--auth-type", "openai", *run.extra, "-i", PROMPT]
        yes = ["--yolo"] if run.mode == "yes" else []
        return ["qwen", "--auth-type", "openai", *yes, *run.extra, "-p", PROMPT]


@client("copilot-cli", "copilot", "{server}-{tool}")
class Copilot:
    """Policy: ~/.copilot/mcp-config.json."""

    @staticmethod
    def start(run):
        entry = {"mcpServers": {run.name: run.server(type="local")}}
        emitted = run.emitted()
        run.write("~/.copilot/mcp-config.json", merged(entry, {k: v for k, v in emitted.items() if k == "mcpServers"}))
        run.write("~/.copilot/config.json", {"trusted_folders": [str(run.project)], "trustedFolders": [str(run.project)],
                                             "banner": "never"})
        rest = {key: value for key, value in emitted.items() if key != "mcpServers"}
        run.write("~/.copilot/settings.json", {"banner": "never", **rest})
        run.env |= {"COPILOT_PROVIDER_BASE_URL": run.url + "/v1", "COPILOT_MODEL": "fake-model",
                    "COPILOT_PROVIDER_API_KEY": "fake", "COPILOT_OFFLINE": "true", "COPILOT_AUTO_UPDATE": "false"}
        if run.mode == "tui":
            return ["copilot", "--disable-builtin-mcps", *run.extra, "-i", PROMPT]
        yes = ["--allow-all-tools"] if run.mode == "yes" else []
        return ["copilot", "--disable-builtin-mcps", *run.extra, "-p", PROMPT, *yes]


@client("copilot-managed", "copilot", "{server}-{tool}")
class CopilotManaged:
    """Policy: /etc/github-copilot/managed-settings.json, laid over /etc for the client alone (needs root)."""

    @staticmethod
    def start(run):
        policy, run.policy = run.policy.resolve(), Path("none")
        argv = Copilot.start(run)
        argv[0] = found(run, argv[0])
        return [str(HERE / "with_etc.sh"), str(policy), "github-copilot/managed-settings.json", *argv]


@client("opencode", "opencode", "{server}_{tool}")
class OpenCode:
    """Policy: opencode.json of the project."""

    @staticmethod
    def start(run):
        provider = {"npm": "@ai-sdk/openai-compatible", "name": "Fake", "models": {"fake-model": {"name": "Fake"}},
                    "options": {"baseURL": run.url + "/v1", "apiKey": "fake"}}
        entry = {"type": "local", "command": [run.command, *run.arguments], "enabled": True}
        base = {"$schema": "https://opencode.ai/config.json", "model": "fake/fake-model", "autoupdate": False,
                "small_model": "fake/fake-model", "provider": {"fake": provider}, "mcp": {run.name: entry}}
        run.write("opencode.json", merged(base, run.emitted()))
        run.env |= {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
        if run.mode == "tui":
            return ["opencode", "--prompt", PROMPT]
        yes = ["--dangerously-skip-permissions"] if run.mode == "yes" else []
        return ["opencode", "run", *yes, PROMPT]


@client("kilo", "kilo", "{server}_{tool}")
class Kilo:
    """Policy: kilo.json of the project, in OpenCode's form."""

    @staticmethod
    def start(run):
        argv = OpenCode.start(run)
        (run.project / "opencode.json").rename(run.project / "kilo.json")
        run.env |= {"KILO_DISABLE_AUTOUPDATE": "1", "KILO_DISABLE_MODELS_FETCH": "1"}
        if run.mode == "yes":
            return ["kilo", "run", "--auto", PROMPT]
        return ["kilo", *argv[1:]]


@client("cline", "cline", "{server}__{tool}")
class Cline:
    """Policy: cline_mcp_settings.json."""

    @staticmethod
    def start(run):
        entry = {"mcpServers": {run.name: run.server()}}
        settings = merged(entry, run.emitted())
        run.write("~/.cline/data/settings/cline_mcp_settings.json", {"mcpServers": settings["mcpServers"]})
        rest = {key: value for key, value in settings.items() if key != "mcpServers"}
        run.write("~/.cline/data/settings/global-settings.json", rest)
        run.env |= {"CLINE_NO_AUTO_UPDATE": "1", "CLINE_TELEMETRY_DISABLED": "1"}
        auth = ["cline", "auth", "-p", "openai", "-k", "fake", "-m", "fake-model", "-b", run.url + "/v1"]
        subprocess.run([found(run, auth[0]), *auth[1:]], env=run.env, cwd=run.project, timeout=WAIT,
                       stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if run.mode == "tui":
            return ["cline", "-i", "--auto-approve", "false", *run.extra, PROMPT]
        return ["cline", "--auto-approve", "true" if run.mode == "yes" else "false", *run.extra, PROMPT]


@client("continue", "cn", "{tool}")
class Continue:
    """Policy: ~/.continue/permissions.yaml. Tools keep their own names: the server's name is no part of them."""

    @staticmethod
    def start(run):
        if run.emitted_text():
            run.write("~/.continue/permissions.yaml", run.emitted_text())
        model = {"name": "fake", "provider": "openai", "model": "fake-model", "apiBase": run.url + "/v1", "apiKey": "fake",
                 "roles": ["chat"], "capabilities": ["tool_use"]}
        config = {"name": "harness", "version": "1.0.0", "schema": "v1", "models": [model],
                  "mcpServers": [{"name": run.name, **run.server()}]}
        run.write("~/.continue/config.yaml", config)
        run.env |= {"CONTINUE_TELEMETRY_ENABLED": "0", "CONTINUE_CLI_AUTO_UPDATED": "1"}
        base = ["cn", "--config", str(run.home / ".continue/config.yaml")]
        if run.mode == "tui":
            return [*base, PROMPT]
        yes = ["--auto"] if run.mode == "yes" else []
        return [*base, *yes, "-p", PROMPT]


def with_hook(base):
    """The way to start a client whose settings name the hook; the hook's policy lies where they say."""
    class Hooked:
        @staticmethod
        def start(run):
            run.write(f"~/.config/mcp-scan/{run.name}.yaml", Path(run.hook_policy).read_text(encoding="utf-8"))
            return base.start(run)
    return Hooked


@client("codex-hook", "codex", "mcp__{server}\x1f{tool}")
class CodexHook:
    """Policy: ~/.codex/config.toml. Without a person who trusts the hook, a flag does."""

    @staticmethod
    def start(run):
        argv = with_hook(Codex).start(run)
        return [argv[0], *argv[1:-1], "--dangerously-bypass-hook-trust", argv[-1]]


class GeminiUser(Gemini):
    """The settings go into the user's file."""

    @staticmethod
    def start(run):
        emitted, run.policy = run.emitted(), Path("none")
        argv = Gemini.start(run)
        settings = run.home / ".gemini/settings.json"
        run.write("~/.gemini/settings.json", merged(json.loads(settings.read_text()), emitted))
        return argv


for hooked, base in (("claude-code", ClaudeCode), ("gemini", GeminiUser), ("qwen", Qwen), ("copilot-cli", Copilot)):
    client(f"{hooked}-hook", CLIENTS[hooked].binary, CLIENTS[hooked].spell)(with_hook(base))


def found(run, binary):
    path = os.pathsep.join([run.bin, run.env["PATH"]]) if run.bin else run.env["PATH"]
    return shutil.which(binary, path=path) or sys.exit(f"{binary} is not here: name its folder with --bin")


def headless(run, argv):
    try:
        done = subprocess.run(argv, env=run.env, cwd=run.project, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=WAIT, check=False)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        texts = [part.decode(errors="replace") for part in (late.stdout, late.stderr) if part]
        return "timeout", "".join(texts)


def on_screen(run, argv):
    """Start it in tmux and wait until the call is done with, or nothing happens any more."""
    name = run.root.name
    tmux = ["tmux", "-L", name, "-f", "/dev/null"]
    env = [f"{key}={value}" for key, value in run.env.items()]
    subprocess.run([*tmux, "new-session", "-d", "-x", "140", "-y", "50", "-c", str(run.project),
                    "env", "-i", *env, *argv], env={**os.environ, "TERM": "xterm-256color"}, check=True)
    screen, begun, asked = "", time.monotonic(), None
    try:
        while time.monotonic() - begun < WAIT:
            time.sleep(0.5)
            shot = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False)
            if shot.returncode:
                return "ended", screen
            screen = shot.stdout
            if run.script.results:
                return "answered", screen
            if run.script.asked and asked is None:
                asked = time.monotonic()
            if asked and time.monotonic() - asked > QUIET:
                return "waits", screen
        return "timeout", screen
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)


def end_what_is_left(run):
    """End what the client left running: whatever was started with the home of this run, by its id."""
    mark = f"HOME={run.home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue


def try_tool(options, tool, arguments):
    how = CLIENTS[options.client]
    run = Run(options, tool, arguments, how)
    try:
        argv = how.start(run)
        argv[0] = found(run, argv[0])
        code, output = (on_screen if run.mode == "tui" else headless)(run, argv)
        offered = run.script.offered or []
        shown = run.script.offered_as(tool, offered) is not None
        result = run.script.results.get(0)
        if tool in run.calls():
            verdict = "ran"
        elif not run.script.asked:
            verdict = "no call was asked for"
        elif code == "waits":
            verdict = "asks"
        elif not shown and "mcp-scan" not in (result or ""):
            verdict = "absent"
        elif result is None:
            verdict = "asks"
        else:
            verdict = "refused"
        output = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output)
        return {"tool": tool, "verdict": verdict, "offered": shown, "result": result, "exit": code,
                "offered_names": offered, "output": output, "root": str(run.root),
                "requests": run.script.requests, "called": run.calls()}
    finally:
        end_what_is_left(run)
        run.llm.shutdown()
        if not options.keep:
            shutil.rmtree(run.root, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("client", choices=sorted(CLIENTS))
    parser.add_argument("--policy", required=True, help="what mcp-scan wrote, or `none`")
    parser.add_argument("--listing", required=True)
    parser.add_argument("--server-name", default="shop")
    parser.add_argument("--bin", default="", help="the folder that has the client's program")
    parser.add_argument("--mode", choices=("headless", "yes", "tui"), default="headless")
    parser.add_argument("--tool", action="append", default=[], metavar="NAME[=JSON]")
    parser.add_argument("--add", action="append", default=[], metavar="NAME", help="a tool that the listing lacks")
    parser.add_argument("--arg", action="append", default=[], help="one more argument for the client")
    parser.add_argument("--hook-policy", metavar="FILE", help="what the hook decides by: an Intercept file")
    parser.add_argument("--path", default="", help="a folder that has mcp-scan, for its hook")
    parser.add_argument("--guard", metavar="MCP_SCAN", help="start the server through this guard")
    parser.add_argument("--guard-policy", metavar="FILE", help="what the guard decides by")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--keep", action="store_true", help="keep the folders of each run")
    parser.add_argument("--show", action="store_true", help="print what the client printed, or its last screen")
    options = parser.parse_args()
    rows = []
    for word in options.tool:
        tool, _, arguments = word.partition("=")
        row = try_tool(options, tool, json.loads(arguments or "{}"))
        rows.append(row)
        said = " ".join((row["result"] or "").split())[:150]
        print(f"{tool:28} {row['verdict']:8} offered={row['offered']!s:5} exit={row['exit']}  {said}", flush=True)
        if options.show:
            print(row["output"])
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
