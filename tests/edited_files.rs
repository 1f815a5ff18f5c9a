//! What a person wrote into a file of ours is not written over, and no output replaces a file that a run reads or runs.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::cargo_bin("mcp-scan").unwrap();
    command.current_dir(folder).env("XDG_STATE_HOME", folder.join("state"));
    let output = command.args(args).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with a listing of tools, each by its name and its description.
fn shop(tools: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    list(folder.path(), "Shop", tools);
    folder
}

fn list(folder: &Path, server: &str, tools: &[(&str, &str)]) {
    let tool = |(name, description): &(&str, &str)| -> Value {
        json!({"name": name, "description": description, "inputSchema": {"type": "object"}})
    };
    let tools: Vec<Value> = tools.iter().map(tool).collect();
    let listing = json!({"serverInfo": {"name": server, "version": "1.0.0"}, "tools": tools});
    fs::write(folder.join("listing.json"), listing.to_string()).unwrap();
}

#[test]
fn a_policy_is_written_over_only_while_nobody_has_edited_it() {
    let folder = shop(&[("get_order", "Gets an order.")]);
    for (name, format, can_merge) in
        [("policy.yaml", "intercept", true), ("seed.yaml", "seed", false), ("policy.rego", "opa", false)]
    {
        list(folder.path(), "Shop", &[("get_order", "Gets an order.")]);
        let write = ["listing.json", "--policy", name, "--policy-format", format];
        assert_eq!(run(folder.path(), &write).0, 0);
        list(folder.path(), "Shop", &[("get_order", "Gets an order."), ("list_orders", "Lists orders.")]);
        assert_eq!(run(folder.path(), &write).0, 0, "{name}: nobody has edited it");
        let edited = fs::read_to_string(folder.path().join(name)).unwrap().replacen("# ", "# mine: ", 1);
        fs::write(folder.path().join(name), &edited).unwrap();
        let (code, told) = run(folder.path(), &write);
        assert!(code == 2 && told.contains("it was edited") && told.contains("--force"), "{name}: {told}");
        assert_eq!(told.contains("--merge"), can_merge, "{told}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), edited);
        assert_eq!(run(folder.path(), &[&write[..], &["--force"]].concat()).0, 0);
        assert_ne!(fs::read_to_string(folder.path().join(name)).unwrap(), edited);
    }
}

#[test]
fn the_policy_of_another_server_is_replaced_only_by_force() {
    let folder = shop(&[("get_order", "Gets an order.")]);
    let write = ["listing.json", "--policy", "policy.yaml"];
    assert_eq!(run(folder.path(), &write).0, 0);
    let of_shop = fs::read_to_string(folder.path().join("policy.yaml")).unwrap();
    list(folder.path(), "Office", &[("list_rooms", "Lists rooms.")]);
    let (code, told) = run(folder.path(), &write);
    assert!(code == 2 && told.contains("it is for the server Shop") && told.contains("about Office"), "{told}");
    assert!(told.contains("could not write the policy") && told.contains("--force"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("policy.yaml")).unwrap(), of_shop);
    assert_eq!(run(folder.path(), &["listing.json", "--policy", "office.yaml"]).0, 0);
    assert_eq!(run(folder.path(), &[&write[..], &["--force"]].concat()).0, 0);
    assert!(fs::read_to_string(folder.path().join("policy.yaml")).unwrap().contains("list_rooms"));
}

#[test]
fn settings_of_a_client_are_written_over_only_by_force() {
    let folder = shop(&[("get_order", "Gets an order.")]);
    let write =
        ["listing.json", "--policy", "settings.json", "--policy-format", "claude-code", "--server-name", "shop"];
    fs::write(folder.path().join("settings.json"), "{\"model\": \"mine\"}\n").unwrap();
    let (code, told) = run(folder.path(), &write);
    assert!(code == 2 && told.contains("another file is there") && told.contains("--force"), "{told}");
    assert_eq!(run(folder.path(), &[&write[..], &["--force"]].concat()).0, 0);
    assert_eq!(run(folder.path(), &write).0, 0, "the same bytes again lose nothing");
    list(folder.path(), "Shop", &[("get_order", "Gets an order."), ("list_orders", "Lists orders.")]);
    assert_eq!(run(folder.path(), &write).0, 0, "nobody has edited what a run wrote");
    let settings = fs::read_to_string(folder.path().join("settings.json")).unwrap();
    assert!(settings.contains("list_orders"));
    fs::write(folder.path().join("settings.json"), settings.replace("list_orders", "mine")).unwrap();
    assert_eq!(run(folder.path(), &write).0, 2, "a person has edited it");
}

#[test]
fn one_file_that_was_edited_costs_no_other() {
    let folder = shop(&[("get_order", "Gets an order.")]);
    let write = ["listing.json", "--policy", "policies", "--policy-format", "intercept", "--policy-format", "seed"];
    assert_eq!(run(folder.path(), &write).0, 0);
    let intercept = folder.path().join("policies/intercept.yaml");
    fs::write(&intercept, "default: deny\n").unwrap();
    list(folder.path(), "Shop", &[("get_order", "Gets an order."), ("list_orders", "Lists orders.")]);
    assert_eq!(run(folder.path(), &write).0, 2);
    assert_eq!(fs::read_to_string(&intercept).unwrap(), "default: deny\n");
    assert!(fs::read_to_string(folder.path().join("policies/seed.yaml")).unwrap().contains("list_orders"));
}

#[test]
fn a_tool_that_was_deleted_from_a_policy_stays_out() {
    let tools = [("get_order", "Gets an order."), ("list_orders", "Lists orders.")];
    let folder = shop(&tools);
    let policy = folder.path().join("policy.yaml");
    assert_eq!(run(folder.path(), &["listing.json", "--policy", "policy.yaml"]).0, 0);
    let text = fs::read_to_string(&policy).unwrap();
    let start = text.find("  # Lists orders.").unwrap();
    let end = start + text[start..].find("rules: []\n").unwrap() + "rules: []\n".len();
    fs::write(&policy, format!("{}{}", &text[..start], &text[end..])).unwrap();
    let merge = ["listing.json", "--policy", "policy.yaml", "--merge"];
    for _ in 0..2 {
        let (code, told) = run(folder.path(), &merge);
        assert!(code == 0 && told.contains("deleted by hand: list_orders"), "{told}");
        assert!(!fs::read_to_string(&policy).unwrap().contains("list_orders:"));
    }
    list(folder.path(), "Shop", &[tools[0], tools[1], ("count_orders", "Counts orders.")]);
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 0 && told.contains("new: count_orders") && told.contains("by hand: list_orders"), "{told}");
}

#[test]
fn the_new_name_of_a_denied_tool_arrives_denied() {
    for (now, description) in [("get_orders", "Reads it."), ("fetch_one", "Gets an order.")] {
        let folder = shop(&[("get_order", "Gets an order."), ("list_shops", "Lists shops.")]);
        let policy = folder.path().join("policy.yaml");
        assert_eq!(run(folder.path(), &["listing.json", "--policy", "policy.yaml"]).0, 0);
        let text = fs::read_to_string(&policy).unwrap();
        let deny = "  get_order:\n    rules:\n      - name: no\n        action: deny\n        on_deny: \"Not here.\"\n";
        fs::write(&policy, text.replace("  get_order:\n    rules: []\n", deny)).unwrap();
        list(folder.path(), "Shop", &[(now, description), ("list_shops", "Lists shops.")]);
        let (code, told) = run(folder.path(), &["listing.json", "--policy", "policy.yaml", "--merge"]);
        assert!(code == 0 && told.contains("added as denied") && told.contains(now), "{told}");
        let merged = fs::read_to_string(&policy).unwrap();
        assert!(merged.contains("likely the new name of get_order"), "{merged}");
        fs::write(folder.path().join("calls.jsonl"), json!({"tool": now, "arguments": {}}).to_string()).unwrap();
        let output = Command::cargo_bin("mcp-scan")
            .unwrap()
            .current_dir(folder.path())
            .args(["policy", "test", "policy.yaml", "calls.jsonl"])
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("deny"), "{output:?}");
    }
}

#[test]
fn the_policy_of_another_server_is_not_merged_into() {
    let folder = shop(&[("get_order", "Gets an order."), ("list_shops", "Lists shops.")]);
    assert_eq!(run(folder.path(), &["listing.json", "--policy", "policy.yaml"]).0, 0);
    let before = fs::read_to_string(folder.path().join("policy.yaml")).unwrap();
    list(folder.path(), "Weather", &[("get_forecast", "Gets a forecast.")]);
    let merge = ["listing.json", "--policy", "policy.yaml", "--merge"];
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 2 && told.contains("it is for the server Shop 1.0.0") && told.contains("--force"), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("policy.yaml")).unwrap(), before);
    assert_eq!(run(folder.path(), &[&merge[..], &["--force"]].concat()).0, 0);
    // The same tools under another name are the same server.
    list(folder.path(), "Shop of Ada", &[("get_order", "Gets an order."), ("list_shops", "Lists shops.")]);
    assert_eq!(run(folder.path(), &merge).0, 0);
}

#[test]
fn a_lock_and_a_baseline_keep_what_a_person_wrote() {
    let folder = shop(&[("delete_order", "Deletes an order for good.")]);
    let lock = ["lock", "listing.json"];
    let baseline = ["listing.json", "--fail-on", "high", "--baseline", "known.json", "--update-baseline"];
    for (args, name, mark) in [(&lock[..], "mcp-scan.lock", "# seen by Ada\n"), (&baseline[..], "known.json", "\n")] {
        assert_eq!(run(folder.path(), args).0, 0);
        assert_eq!(run(folder.path(), args).0, 0, "nobody has edited {name}");
        let edited = format!("{}{mark}", fs::read_to_string(folder.path().join(name)).unwrap());
        fs::write(folder.path().join(name), &edited).unwrap();
        let (code, told) = run(folder.path(), args);
        assert!(code == 2 && told.contains("not as mcp-scan writes it") && told.contains("--force"), "{told}");
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), edited);
        assert_eq!(run(folder.path(), &[args, &["--force"]].concat()).0, 0);
    }
}

#[test]
fn no_output_replaces_what_a_server_runs_or_what_is_read_as_rules_or_source() {
    let dir = shop(&[("get_order", "Gets an order.")]);
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let servers = json!({"mcpServers": {
        "a": {"command": "sh", "args": ["./run.sh"]},
        "b": {"command": "node", "args": ["--require=./hook.cjs", "server"], "env": {"BASH_ENV": "./env.txt"}},
        "c": {"command": "python3", "args": ["-m", "app.main"]},
        "d": {"command": "sh", "args": ["-c", "cd lib && . ./part.txt"], "cwd": "lib"},
    }});
    write("p/.mcp.json", &servers.to_string());
    for name in ["run.sh", "server.js", "hook.cjs", "env.txt", "app/main.py", "lib/part.txt", "package.json"] {
        write(&format!("p/{name}"), "kept");
    }
    write("p/tool", "#!/bin/sh\nkept");
    write("rules/findings.yaml", "[]");
    write("source/package.json", "{}");
    write("source/src/server.js", "kept");
    write("broken/.mcp.json", "{");
    write("skill/SKILL.md", "---\nname: x\ndescription: y\n---\nRuns run.sh.\n");
    write("skill/run.sh", "kept");
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let mut tried: Vec<Vec<String>> = Vec::new();
    for name in ["run.sh", "server.js", "hook.cjs", "env.txt", "app/main.py", "lib/part.txt", "package.json", "tool"] {
        let output = path(&format!("p/{name}"));
        for args in
            [&["-o", &output][..], &["-f", "json", "--report", &format!("sarif={output}")], &["--policy", &output]]
        {
            let words = ["--sandbox", "none", "--no-launch", "p/.mcp.json"].iter().chain(args);
            tried.push(words.map(|word| (*word).to_owned()).collect());
        }
    }
    for args in [
        ["--rules", "rules", "-o", "rules/findings.yaml", "listing.json"],
        ["--rules", "rules", "-o", "rules/new.yaml", "listing.json"],
        ["--rules", "rules", "--catalogue", "rules/site", "listing.json"],
        ["--sandbox", "none", "-o", "source/src/server.js", "source"],
        ["--sandbox", "none", "-o", "source/package.json", "source"],
        ["--sandbox", "none", "-o", "skill/run.sh", "skill"],
        ["--sandbox", "none", "-o", "skill/run.sh", "skill/SKILL.md"],
        ["discover", "p", "broken", "-o", "p/.mcp.json"],
        ["discover", "p", "broken", "-o", "broken/.mcp.json"],
        ["discover", "p", "broken", "-o", "p/run.sh"],
    ] {
        tried.push(args.map(str::to_owned).to_vec());
    }
    for args in tried {
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        let (code, told) = run(dir.path(), &words);
        assert!(code == 2 && told.contains("could not write"), "{words:?}: {told}");
    }
    let all = ["run.sh", "server.js", "hook.cjs", "env.txt", "app/main.py", "lib/part.txt", "package.json"];
    for name in all {
        assert_eq!(fs::read_to_string(dir.path().join("p").join(name)).unwrap(), "kept", "{name}");
    }
    // An earlier output is written over.
    for _ in 0..2 {
        let (_, told) = run(dir.path(), &["--no-launch", "-f", "json", "-o", "p/report.json", "p/.mcp.json"]);
        assert!(!told.contains("could not write"), "{told}");
    }
}
