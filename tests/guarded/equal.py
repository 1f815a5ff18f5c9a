"""The official Python SDK before real servers, directly and through `mcp-scan guard`: every result is equal but for what the
policy denies. Runs with version 1 of the SDK and with version 2.

usage: equal.py PATH_OF_MCP_SCAN PYTHON

PYTHON is an interpreter with mcp-server-git, mcp-server-fetch and mcp-server-time.
"""

import asyncio
import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

program, python = sys.argv[1:3]
IS_NEW = int(version("mcp").split(".")[0]) >= 2


class Page(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        body = b"<html><title>A page</title><body><h1>Caf\xc3\xa9</h1><p>Nothing here.</p></body></html>"
        self.send_response(404 if self.path == "/robots.txt" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"" if self.path == "/robots.txt" else body)

    def log_message(self, *_):
        pass


@contextlib.asynccontextmanager
async def connected(words=None, url=None, mode=None):
    """A session of this SDK with the server that `words` start, or with the one at `url`."""
    if IS_NEW:
        from mcp import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client

        parameters = words and StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))
        async with Client(url or stdio_client(parameters, errlog=open(os.devnull, "w")), mode=mode) as client:
            yield client
        return
    from mcp import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client
    from mcp.client.streamable_http import streamablehttp_client

    parameters = words and StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))
    opened = streamablehttp_client(url) if url else stdio_client(parameters, errlog=open(os.devnull, "w"))
    async with opened as streams, ClientSession(*streams[:2]) as session:
        await session.initialize()
        yield session


async def outcome(work):
    try:
        result = await work
    except Exception as error:  # the SDK has several kinds
        return {"error": str(error)}
    text = result.model_dump_json(by_alias=True, exclude_none=True)
    return json.loads(re.sub(r"\d\d:\d\d:\d\d(\.\d+)?", "TIME", text))


async def tour(calls, **server):
    seen = {}
    async with connected(**server) as session:
        for name in ["list_tools", "list_prompts", "list_resources", "list_resource_templates"]:
            seen[name] = await outcome(getattr(session, name)())
        for number, (tool, arguments) in enumerate(calls):
            seen[f"call {number} {tool}"] = await outcome(session.call_tool(tool, arguments))
    return seen


def assert_equal(direct, guarded, denied, where):
    assert direct.keys() == guarded.keys(), where
    refused = 0
    for name, expected in direct.items():
        got = guarded[name]
        if name.startswith("call ") and name.split()[-1] in denied:
            text = got["content"][0]["text"]
            assert got["isError"] is True and text.startswith("[DENIED BY POLICY] Not here."), f"{where}: {name}: {got}"
            refused += 1
        else:
            assert got == expected, f"{where}: {name}:\n{got}\n{expected}"
    assert refused, where
    print(f"{where}: {len(direct) - refused} equal, {refused} denied")


@contextlib.contextmanager
def listening(words):
    """The address of a guard that serves clients over HTTP."""
    guard = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in guard.stderr:
            if found := re.search(r"http://[0-9.]+:\d+/\S+", line):
                break
        else:
            raise AssertionError("the guard serves nobody")
        threading.Thread(target=guard.stderr.read, daemon=True).start()
        yield found[0]
    finally:
        guard.kill()
        guard.wait()


async def main():
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    page = f"http://127.0.0.1:{pages.server_port}/page"
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder, "repository")
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(repository)]
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(repository)], check=True)
        Path(repository, "a.txt").write_text("one\n")
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message=First"], check=True)
        subprocess.run([*git, "tag", "First"], check=True)
        repo = {"repo_path": str(repository)}
        servers = [
            (
                [python, "-m", "mcp_server_git"],
                ["git_add", "git_commit"],
                [
                    ("git_status", repo),
                    ("git_log", repo),
                    ("git_diff_unstaged", repo),
                    ("git_show", {**repo, "revision": "HEAD"}),
                    ("git_branch", {**repo, "branch_type": "local"}),
                    ("git_status", {"repo_path": "/no/such"}),
                    ("git_add", {**repo, "files": ["a.txt"]}),
                    ("git_commit", {**repo, "message": "x"}),
                ],
            ),
            (
                [python, "-m", "mcp_server_fetch", "--ignore-robots-txt"],
                ["no_such_tool"],
                [("fetch", {"url": page}), ("fetch", {"url": page, "raw": True}), ("fetch", {}), ("no_such_tool", {})],
            ),
            (
                [python, "-m", "mcp_server_time", "--local-timezone", "UTC"],
                ["get_current_time"],
                [
                    ("convert_time", {"source_timezone": "UTC", "time": "12:30", "target_timezone": "Asia/Tokyo"}),
                    ("convert_time", {"source_timezone": "Nowhere", "time": "12:30", "target_timezone": "UTC"}),
                    ("get_current_time", {"timezone": "UTC"}),
                ],
            ),
        ]
        for mode in ["legacy", "auto"] if IS_NEW else [None]:
            for words, denied, calls in servers:
                policy = Path(folder, "policy.yaml")
                rule = "{rules: [{name: denied, action: deny, on_deny: Not here.}]}"
                policy.write_text("version: '1'\ndefault: allow\ntools:\n" + "".join(f"  {tool}: {rule}\n" for tool in denied))
                # What a call changed before is undone.
                subprocess.run([*git, "reset", "--quiet", "--hard", "First"], check=True)
                Path(repository, "a.txt").write_text("two\n")
                guard = [program, "guard", "--policy", str(policy), "--state", "memory"]
                where = f"{words[2]}, SDK {version('mcp')}{f' ({mode})' if mode else ''}"
                # The guarded ones first: what they deny must not have happened yet.
                guarded = await tour(calls, words=[*guard, "--on-injection", "block", "--", *words], mode=mode)
                with listening([*guard, "--listen", "127.0.0.1:0", "--", *words]) as url:
                    served = await tour(calls, url=url, mode=mode)
                direct = await tour(calls, words=words, mode=mode)
                assert_equal(direct, guarded, denied, f"{where}, over stdio with results read")
                assert_equal(direct, served, denied, f"{where}, behind --listen")


asyncio.run(main())
