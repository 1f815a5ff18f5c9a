//! What is said where a policy, or the name of a server, cannot be used.

use tempfile::TempDir;

use super::{SHOP, mcp_scan, stdout, write};

fn told(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn a_policy_that_only_its_engine_decides_is_told_as_such() {
    let folder = TempDir::new().unwrap();
    for format in ["opa", "toolhive"] {
        let policy = folder.path().join(format).to_str().unwrap().to_owned();
        mcp_scan(&["-q", "--policy", &policy, "--policy-format", format, "-o", "/dev/null", SHOP]).success();
        for command in [&["policy", "diff", &policy, &policy][..], &["policy", "replay", &policy, SHOP]] {
            let text = told(&mcp_scan(command).code(2));
            let rules = format!("its rules cannot be read: a policy of {format} decides single calls");
            assert!(text.contains(&rules) && text.contains("give the intercept policy"), "{text}");
        }
    }
}

#[test]
fn a_server_has_a_name() {
    let folder = TempDir::new().unwrap();
    let calls = write(&folder, "calls.jsonl", "{\"tool\": \"a\", \"arguments\": {}}\n");
    let policy = folder.path().join("policy").to_str().unwrap().to_owned();
    for empty in ["", " "] {
        for command in [
            &["--policy", &policy, "--policy-format", "claude-code", "--server-name", empty, SHOP][..],
            &["hook", "--client", "codex", "--policy", &policy, "--server-name", empty],
            &["policy", "learn", &calls, "--server-name", empty],
            &["guard", "--policy", &policy, "--server-name", empty, "--", "true"],
        ] {
            let text = told(&mcp_scan(command).code(2));
            assert!(text.contains("give the name under which the client lists the server"), "{command:?}: {text}");
        }
        assert!(!folder.path().join("policy").exists());
    }
    assert!(!stdout(&mcp_scan(&["policy", "learn", &calls, "--server-name", "shop"]).success()).is_empty());
}
