//! `--merge` as a user runs it: an edited policy is kept, a broken one is not touched.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::Path;

use serde_json::json;

use program::{finished, program};

fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let (code, _, err) = finished(program().current_dir(folder).args(args));
    (code, err)
}

#[test]
fn a_policy_is_merged_into_and_twice_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let listing = |names: &[&str]| {
        let tools: Vec<_> = names.iter().map(|name| json!({"name": name, "inputSchema": {"type": "object"}})).collect();
        fs::write(at("listing.json"), json!({"tools": tools}).to_string()).unwrap();
    };
    let merge = ["--policy", "policy.yaml", "--merge", "listing.json"];
    listing(&["get_order"]);
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 0 && told.contains("wrote policy.yaml"), "without a file it is written: {told}");
    let edited = fs::read_to_string(at("policy.yaml")).unwrap().replace("rules: []", "rules: []  # seen by Ada");
    fs::write(at("policy.yaml"), &edited).unwrap();
    listing(&["get_order", "delete_order"]);
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 0 && told.contains("1 tool added") && told.contains("new: delete_order"), "{told}");
    let merged = fs::read_to_string(at("policy.yaml")).unwrap();
    assert!(merged.contains("rules: []  # seen by Ada") && merged.contains("delete_order:"), "{merged}");
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 0 && told.contains("nothing is new"), "{told}");
    assert_eq!(fs::read_to_string(at("policy.yaml")).unwrap(), merged);
    fs::write(at("policy.yaml"), "tools: [").unwrap();
    let (code, told) = run(folder.path(), &merge);
    assert!(code == 2 && told.contains("could not merge into the policy: policy.yaml"), "{told}");
    assert_eq!(fs::read_to_string(at("policy.yaml")).unwrap(), "tools: [");
    let (code, told) = run(folder.path(), &["--policy", "p", "--policy-format", "all", "--merge", "listing.json"]);
    assert!(code == 2 && told.contains("only a policy of the intercept format"), "{told}");
}

/// The entry of a tool that is gone stays, so that it is refused if it comes back; nobody has to mend that.
#[test]
fn a_policy_passes_its_check_after_a_merge() {
    let folder = tempfile::tempdir().unwrap();
    let listing = |names: &[&str]| {
        let tools = names
            .iter()
            .map(|name| json!({"name": name, "description": format!("{name}s."), "inputSchema": {"type": "object"}}));
        fs::write(folder.path().join("l.json"), json!({"tools": tools.collect::<Vec<_>>()}).to_string()).unwrap();
    };
    listing(&["get_order", "list_shops", "delete_order"]);
    assert_eq!(run(folder.path(), &["--policy", "p.yaml", "l.json"]).0, 0);
    listing(&["get_order", "list_shops"]);
    let (code, told) = run(folder.path(), &["--policy", "p.yaml", "--merge", "l.json"]);
    assert!(code == 0 && told.contains("marked GONE: delete_order"), "{told}");
    let (code, out, _) = finished(program().current_dir(folder.path()).args(["policy", "check", "p.yaml", "l.json"]));
    assert_eq!(code, 0, "{out}");
    let unmarked = fs::read_to_string(folder.path().join("p.yaml")).unwrap().replace("# GONE:", "# gone:");
    fs::write(folder.path().join("p.yaml"), unmarked).unwrap();
    let (code, out, _) = finished(program().current_dir(folder.path()).args(["policy", "check", "p.yaml", "l.json"]));
    assert!(code == 1 && out.contains("no tool delete_order"), "{out}");
}

#[test]
fn what_an_entry_lets_through_is_a_warning_and_another_profile_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let listing = |operations: &[&str]| {
        let schema = json!({"type": "object", "properties": {"operation": {"type": "string", "enum": operations}}});
        let tools = json!([{"name": "manage_branch", "description": "Works on a branch.", "inputSchema": schema}]);
        fs::write(folder.path().join("listing.json"), json!({"tools": tools}).to_string()).unwrap();
    };
    let merge = ["--policy", "policy.yaml", "--merge", "listing.json"];
    listing(&["list", "delete"]);
    assert_eq!(run(folder.path(), &merge).0, 0);
    listing(&["list", "delete", "purge"]);
    let open = fs::read_to_string(folder.path().join("policy.yaml")).unwrap();
    let open = open.replace("op: in\n", "op: not_in\n").replace("- list\n", "- delete\n");
    fs::write(folder.path().join("policy.yaml"), open).unwrap();
    let (code, told) = run(folder.path(), &merge);
    let warning = "warning: policy.yaml: manage_branch is Destructive: the policy lets operation be \"purge\", which the \
                   default refuses.";
    assert!(code == 0 && told.contains(warning) && told.contains("marked CHANGED: manage_branch"), "{told}");
    let (code, told) =
        run(folder.path(), &["--profile", "strict", "--policy", "policy.yaml", "--merge", "listing.json"]);
    assert!(code == 2 && told.contains("made by the profile starter") && told.contains("--profile starter"), "{told}");
}

#[test]
fn every_weakening_by_hand_is_told_at_each_merge() {
    let folder = tempfile::tempdir().unwrap();
    let tool = |name: &str, text: &str, parameter: &str| {
        let schema = json!({"type": "object", "properties": {parameter: {"type": "string"}}, "required": [parameter]});
        json!({"name": name, "description": text, "inputSchema": schema})
    };
    let tools = [
        tool("read_file", "Reads a file.", "path"),
        tool("delete_file", "Deletes a file for good.", "path"),
        tool("send_message", "Sends a message to a person.", "text"),
    ];
    fs::write(folder.path().join("listing.json"), json!({"tools": tools}).to_string()).unwrap();
    let merge = ["--policy", "policy.yaml", "--merge", "listing.json"];
    assert_eq!(run(folder.path(), &merge).0, 0);
    let path = folder.path().join("policy.yaml");
    let fresh = fs::read_to_string(&path).unwrap();
    let allowed = |name: &str| {
        let at = fresh.find(&format!("\n  {name}:\n")).unwrap() + name.len() + 5;
        let end = at + fresh[at..].find("\n\n").unwrap_or(fresh.len() - at);
        format!("{}    rules: []{}", &fresh[..at], &fresh[end..])
    };
    let pattern = fresh.lines().find(|line| line.contains("value: ") && line.len() > 1_000).unwrap();
    let laxer = format!("{}'^/'", &pattern[..pattern.find("value: ").unwrap() + "value: ".len()]);
    for (weaker, says) in [
        (fresh.replace("default: deny", "default: allow"), "The default allows every tool"),
        (fresh.replace(pattern, &laxer), "the policy lets path be \"/etc/passwd\""),
        (allowed("delete_file"), "delete_file is Destructive: the policy says \"allow\""),
        (allowed("send_message"), "send_message is Write: the policy says \"allow\""),
        (fresh.replace("rate_limit: 120/minute", "rate_limit: 999999/minute"), "the limit on all tools together"),
    ] {
        assert_ne!(weaker, fresh, "{says}");
        fs::write(&path, &weaker).unwrap();
        for _ in 0..2 {
            let (code, told) = run(folder.path(), &merge);
            assert!(code == 0 && told.contains("warning: policy.yaml: ") && told.contains(says), "{says}: {told}");
        }
        let merged = fs::read_to_string(&path).unwrap();
        let own = merged.lines().filter(|line| !line.trim_start().starts_with("# CHANGED"));
        let kept: Vec<&str> = own.filter(|line| !line.starts_with("# Unedited")).collect();
        assert!(
            weaker.lines().filter(|line| !line.starts_with("# Unedited")).eq(kept),
            "the rule is a person's: {merged}"
        );
    }
}

#[test]
fn a_file_with_the_line_ends_of_windows_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let listing = |names: &[&str]| {
        let tools: Vec<_> = names.iter().map(|name| json!({"name": name, "inputSchema": {"type": "object"}})).collect();
        fs::write(folder.path().join("listing.json"), json!({"tools": tools}).to_string()).unwrap();
    };
    let merge = ["--policy", "policy.yaml", "--merge", "listing.json"];
    listing(&["get_order"]);
    assert_eq!(run(folder.path(), &merge).0, 0);
    let path = folder.path().join("policy.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace('\n', "\r\n")).unwrap();
    listing(&["get_order", "list_orders"]);
    assert_eq!(run(folder.path(), &merge).0, 0);
    let merged = fs::read_to_string(&path).unwrap();
    assert!(
        merged.contains("list_orders") && merged.matches('\n').count() == merged.matches("\r\n").count(),
        "{merged:?}"
    );
}

#[test]
fn a_file_for_one_server_is_not_overwritten_for_another() {
    let folder = tempfile::tempdir().unwrap();
    for server in ["shop", "mail"] {
        let tools = json!({"tools": [{"name": format!("delete_{server}"), "inputSchema": {"type": "object"}}]});
        fs::write(folder.path().join(format!("{server}.json")), tools.to_string()).unwrap();
    }
    let state = folder.path().join("state");
    let write = |server: &str, format: &str, more: &[&str]| {
        let listing = format!("{server}.json");
        let args = ["--policy", format, "--policy-format", format, "--server-name", server, &listing];
        let (code, _, err) =
            finished(program().current_dir(folder.path()).env("XDG_STATE_HOME", &state).args(args).args(more));
        (code, err)
    };
    for format in ["claude-code", "codex", "opa"] {
        assert_eq!(write("shop", format, &[]).0, 0);
        assert_eq!(write("shop", format, &[]).0, 0, "the same again");
        let before = fs::read_to_string(folder.path().join(format)).unwrap();
        let (code, told) = write("mail", format, &[]);
        assert!(
            code == 2 && told.contains("it is for the server shop, and this run is about mail"),
            "{format}: {told}"
        );
        assert_eq!(fs::read_to_string(folder.path().join(format)).unwrap(), before);
        assert_eq!(write("mail", format, &["--force"]).0, 0);
    }
}
