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
    let warning = "warning: policy.yaml: manage_branch: lets operation be purge, which a new policy refuses.";
    assert!(code == 0 && told.contains(warning) && told.contains("marked CHANGED: manage_branch"), "{told}");
    let (code, told) =
        run(folder.path(), &["--profile", "strict", "--policy", "policy.yaml", "--merge", "listing.json"]);
    assert!(code == 2 && told.contains("made by the profile starter") && told.contains("--profile starter"), "{told}");
}
