"""Reads the results of harmless calls of real servers as the guard does, and counts the false alarms.

usage: results.py PATH_OF_MCP_SCAN FILE FOLDER_OF_DOCUMENTS [--served PORT] [--at-most N]

FILE is JSON: a list of servers, {"name": NAME, "words": [WORD...], "calls": [[TOOL, ARGUMENTS]...]}. In arguments and words,
FOLDER stands for the folder of documents; a call with "each": GLOB is made once for each file there, in the place of FILE.
PORT is that of a web server of this machine for the documents in `repo` beside the folder: a call with a number N is made for N of
them, in the place of URL. With --at-most, more than N false alarms are a failure. pinned.json is the list of .ci/guarded;
results.json is the list of docs/guard.md. FOLDER is its node_modules, with the npm packages that it names (everything, filesystem,
memory and sequential-thinking 2026.8.31, pdf 2.0.4, the other @modelcontextprotocol ones 2.0.3, desktop-commander 0.2.52); beside it are `repo`,
a git repository of documents, served at 127.0.0.1:39555 too, and `docs.db`, an SQLite file with docs(name, body).

Nothing that the servers return is hostile, so each finding is a false alarm. The results are written to results.jsonl beside this file.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("listed")
arguments.add_argument("folder", nargs="?", default=".")
arguments.add_argument("--served", type=int)
arguments.add_argument("--at-most", type=int)
given = arguments.parse_args()
program, listed, folder = given.program, given.listed, Path(given.folder).resolve()
MAX_FILES = 400


def filled(value, file=None):
    if isinstance(value, str):
        value = value.replace("FOLDER", str(folder))
        return value.replace("FILE", str(file)) if file else value
    if isinstance(value, list):
        return [filled(item, file) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, file) for key, item in value.items()}
    return value


def calls_of(server):
    for tool, arguments, *each in server["calls"]:
        if each and isinstance(each[0], int):
            pages = sorted((folder.parent / "repo").glob("*.md"))[: each[0]]
            for page in pages:
                address = f"http://127.0.0.1:{given.served}/{page.name}"
                yield tool, {key: address if value == "URL" else value for key, value in arguments.items()}
            continue
        files = sorted(path for path in folder.glob(each[0]) if path.is_file())[:MAX_FILES] if each else [None]
        for file in files:
            yield tool, filled(arguments, file)


def measured(server, work, results):
    policy, log = work / "policy.yaml", work / f"{server['name']}.jsonl"
    policy.write_text("version: '1'\ndefault: allow\ntools: {}\n")
    guard = [program, "guard", "--policy", policy, "--state", "memory", "--on-injection", "warn", "--max-result", str(64 << 20), "--log", log, "--"]
    peer = subprocess.Popen([*guard, *filled(server["words"])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=work)

    def ask(number, method, params):
        peer.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n")
        peer.stdin.flush()
        for line in peer.stdout:
            reply = json.loads(line)
            if reply.get("id") == number and "method" not in reply:
                return reply, len(line)
        raise AssertionError(f"{server['name']} ended")

    client = {"name": "results", "version": "1"}
    ask(0, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
    peer.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    made = failed = size = 0
    found = []
    for number, (tool, arguments) in enumerate(calls_of(server), 1):
        reply, length = ask(number, "tools/call", {"name": tool, "arguments": arguments})
        made, size = made + 1, size + length
        result = reply.get("result", {})
        failed += "error" in reply or result.get("isError") is True
        alarms = result.get("_meta", {}).get("mcp-scan/findings")
        if alarms:
            found.append((tool, arguments, alarms))
        results.write(json.dumps({"server": server["name"], "tool": tool, "arguments": arguments, "found": alarms, "reply": reply}) + "\n")
    peer.stdin.close()
    peer.wait()
    print(f"{server['name']:22} {made:5} calls {failed:4} errors {size >> 10:7} KiB {len(found):3} alarms")
    for tool, arguments, alarms in found:
        print(f"    {alarms}: {tool} {json.dumps(arguments)[:160]}")
    return made, len(found)


def main():
    with tempfile.TemporaryDirectory() as work, open(Path(__file__).with_name("results.jsonl"), "w") as results:
        counts = [measured(server, Path(work), results) for server in json.loads(Path(listed).read_text())]
    made, alarms = map(sum, zip(*counts))
    print(f"{len(counts)} servers, {made} results, {alarms} false alarms ({alarms / made:.2%})")
    if given.at_most is not None and alarms > given.at_most:
        sys.exit(f"more than {given.at_most} false alarms")


main()
