//! `guard install`, `uninstall` and `status` as a user runs them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

#[path = "support/home.rs"]
mod home;
#[expect(dead_code, reason = "other tests look for processes that are left")]
mod support;

/// A home of its own.
struct Home(TempDir);

impl Home {
    fn new(file: &str, text: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Exit code, standard output and standard error.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = home::program_at(self.path(), self.path()).args(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// The files in the state folder, without the digests of all outputs, by which a later run knows what it may replace.
    fn state(&self) -> Vec<String> {
        let entries = walkdir::WalkDir::new(self.path().join(".local/state")).sort_by_file_name().into_iter().flatten();
        let files = entries.filter(|entry| entry.file_type().is_file());
        let paths = files.map(|entry| entry.path().display().to_string());
        paths.filter(|path| !path.contains("/mcp-scan/written/")).collect()
    }
}

fn server() -> String {
    support::example("fixture-server").to_str().unwrap().to_owned()
}

#[test]
fn a_guard_is_put_in_front_and_taken_away_exactly() {
    let server = server();
    for (client, file, before) in [
        (
            "cursor",
            ".cursor/mcp.json",
            format!(
                "{{\n  // mine\n  \"mcpServers\": {{\n    \"one shop\": {{\n      \"command\": \"{server}\", // new\n      \
                 \"args\": [\n        \"normal\", // kind\n      ],\n      \"env\": {{ \"A\": \"b\" }}\n    }},\n    \
                 \"two\": {{ \"args\": [\"normal\"], \"command\": \"{server}\" }},\n    \
                 \"far\": {{ \"url\": \"https://example.com/mcp\" }}\n  }}\n}}"
            ),
        ),
        (
            "codex",
            ".codex/config.toml",
            format!(
                "# mine\nmodel = 'm'\n\n[mcp_servers.\"one shop\"] # keep\ncommand = '{server}' # new\nargs = [\n  \
                 \"normal\", # kind\n]\n[mcp_servers.\"one shop\".env]\nA = 'b'\n\n[mcp_servers.two]\nargs = \
                 ['normal']\ncommand = \"{server}\"\n[mcp_servers.far]\nurl = 'https://example.com/mcp'\n"
            ),
        ),
    ] {
        let home = Home::new(file, &before);
        let install = ["guard", "install", client];
        let (code, _, told) = home.run(&[&install[..], &["--launch", "--dry-run"]].concat());
        assert!(code == 0 && told.contains("because of --dry-run") && told.contains("policy.yaml is new"), "{told}");
        assert!(told.contains("far stays as it is"), "{told}");
        assert_eq!((home.read(file), home.state()), (before.clone(), Vec::<String>::new()), "a dry run writes nothing");
        let (code, _, told) = home.run(&[&install[..], &["--launch"]].concat());
        assert!(code == 2 && told.contains("nobody is there to ask"), "{told}");
        assert_eq!(home.read(file), before);

        let (code, _, told) = home.run(&[&install[..], &["--launch", "--yes"]].concat());
        assert!(code == 0 && told.contains("one shop is guarded"), "{client}: {told}");
        let after = home.read(file);
        for kept in ["mine", "new", "kind", "https://example.com/mcp"] {
            assert!(after.contains(kept), "{client}: {kept} in {after}");
        }
        assert_eq!(after.matches("--server-name").count(), 2, "{after}");
        let state = home.state();
        for new in ["policy.yaml", "mcp-scan.lock"] {
            let files: Vec<&String> = state.iter().filter(|file| file.ends_with(new)).collect();
            assert_eq!(files.len(), 2, "{state:?}");
        }
        let policy = state.iter().find(|file| file.ends_with("policy.yaml")).unwrap();
        assert!(fs::read_to_string(policy).unwrap().contains("default: deny"));

        let (code, _, told) = home.run(&[&install[..], &["--yes"]].concat());
        assert!(code == 0 && told.contains("one shop is guarded already"), "{told}");
        assert_eq!(home.read(file), after, "a second time changes nothing");

        let (code, status, told) = home.run(&["guard", "status", "-f", "json"]);
        assert_eq!(code, 0, "{told}");
        let status: Value = serde_json::from_str(&status).unwrap();
        let guards: Vec<(&str, &str)> = status["servers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|server| (server["server"].as_str().unwrap(), server["guard"].as_str().unwrap()))
            .collect();
        assert!(guards.contains(&("one shop", "guarded")) && guards.contains(&("far", "remote")), "{guards:?}");

        let (code, _, told) = home.run(&["guard", "uninstall", client, "one shop", "--yes"]);
        assert!(code == 0 && told.contains("one shop starts without a guard"), "{told}");
        assert_eq!(home.read(file).matches("--server-name").count(), 1);
        let (code, _, told) = home.run(&["guard", "uninstall", client, "--yes"]);
        assert!(code == 0, "{told}");
        assert_eq!((home.read(file), home.state()), (before, Vec::<String>::new()), "{client}: all is as it was");
    }
}

#[test]
fn what_a_person_changed_since_stays() {
    let server = server();
    let file = ".cursor/mcp.json";
    let before = format!("{{\"mcpServers\": {{\"shop\": {{\"command\": \"{server}\", \"args\": [\"normal\"]}}}}}}\n");
    let home = Home::new(file, &before);
    assert_eq!(home.run(&["guard", "install", "cursor", "shop", "--launch", "--yes"]).0, 0);
    let policy = home.state().into_iter().find(|file| file.ends_with("policy.yaml")).unwrap();
    fs::write(&policy, "version: '1'\ndefault: allow\n").unwrap();
    // A change elsewhere in the file stays, and so does the edited policy.
    let edited = home.read(file).replacen("{\"mcpServers\"", "{\"theme\": \"dark\", \"mcpServers\"", 1);
    fs::write(home.path().join(file), &edited).unwrap();
    let (code, _, told) = home.run(&["guard", "uninstall", "cursor", "--yes"]);
    assert!(code == 0 && told.contains("policy.yaml was changed since and stays"), "{told}");
    assert_eq!(home.read(file), before.replacen("{\"mcpServers\"", "{\"theme\": \"dark\", \"mcpServers\"", 1));
    // The policy that is there is used, and only the lock is written.
    let (code, _, told) = home.run(&["guard", "install", "cursor", "--launch", "--yes"]);
    assert!(code == 0 && !told.contains("policy.yaml is new"), "{told}");
    assert_eq!(fs::read_to_string(&policy).unwrap(), "version: '1'\ndefault: allow\n");
    // An entry that a person changed is theirs.
    let changed = home.read(file).replace("\"normal\"", "\"other\"");
    fs::write(home.path().join(file), &changed).unwrap();
    let (code, _, told) = home.run(&["guard", "uninstall", "cursor", "--yes"]);
    assert!(code == 1 && told.contains("was changed since and stays as it is"), "{told}");
    assert_eq!(home.read(file), changed);
    fs::remove_file(&policy).unwrap();
    let (code, status, _) = home.run(&["guard", "status"]);
    assert!(
        code == 0 && status.contains("its policy is missing") && status.contains("0 of 1 server guarded"),
        "{status}"
    );
}

#[test]
fn what_cannot_be_guarded_is_refused_with_everything_as_it_was() {
    let home = Home::new(".cursor/mcp.json", "{\"mcpServers\": {\"shop\": {\"command\": \"/no/such/program\"}}}");
    let (code, _, told) = home.run(&["guard", "install", "cursor", "other"]);
    assert!(code == 2 && told.contains("has no server of this name") && told.contains("it has shop"), "{told}");
    let (code, _, told) = home.run(&["guard", "install", "cursor", "--launch", "--yes"]);
    assert!(code == 3 && told.contains("no guard was put in front of it"), "{told}");
    assert!(home.read(".cursor/mcp.json").contains("\"/no/such/program\"}") && home.state().is_empty());
    let (code, _, told) = home.run(&["guard", "uninstall", "cursor"]);
    assert!(code == 0 && told.contains("nothing was changed"), "{told}");
    for command in [&["guard", "install", "cursor"][..], &["guard", "uninstall", "cursor"]] {
        let broken = Home::new(".cursor/mcp.json", "{\"mcpServers\": {");
        let (code, _, told) = broken.run(command);
        assert!(code == 3 && told.contains("mcp.json") && told.contains("error"), "{told}");
    }
    let broken = Home::new(".cursor/mcp.json", "{\"mcpServers\": {");
    let policy = broken.path().join("policy.yaml");
    fs::write(&policy, "version: '1'\ndefault: allow\ntools: {}\n").unwrap();
    let policy = policy.to_str().unwrap();
    let (code, _, told) = broken.run(&["guard", "--policy", policy, "--from", "cursor", "shop"]);
    assert!(code != 0 && told.contains("mcp.json") && !told.contains("does not name it"), "{told}");
    let place = ["guard", "--policy", policy, "--state", "http://x", "--on-state-error", "allow", "--", "true"];
    let (code, _, told) = broken.run(&place);
    assert!(code == 2 && told.contains("no place to count calls in"), "{told}");
    let (code, _, told) = home.run(&["guard", "install", "goose", "--yes"]);
    assert!(code == 2 && told.contains("are not edited"), "{told}");
}

#[test]
fn a_server_that_was_just_added_is_neither_asked_about_nor_started_again() {
    let (server, file) = (server(), ".cursor/mcp.json");
    let home = Home::new(file, "{}");
    let add = ["add", "--client", "cursor", "--name", "shop", "--yes", "--", &server, "normal"];
    let (code, _, told) = home.run(&add);
    assert_eq!(code, 0, "{told}");
    let added = home.read(file);
    let install = ["guard", "install", "cursor", "shop", "--yes"];
    let (code, _, told) = home.run(&install);
    assert!(
        code == 0 && told.contains("with what `mcp-scan add` recorded") && !told.contains("policy.yaml is new"),
        "{told}"
    );
    let after = home.read(file);
    assert!(after.contains("shop.policy.yaml"), "{after}");
    let lock = home.state().into_iter().find(|file| file.ends_with("mcp-scan.lock")).unwrap();
    assert_eq!(fs::read_to_string(lock).unwrap(), home.read("mcp-scan.lock"));

    // What `add` wrote stays until the guard is taken away, so that no lock of an old server is left behind.
    let (code, _, told) = home.run(&["remove", "shop", "--client", "cursor", "--yes"]);
    assert!(code == 2 && told.contains("`mcp-scan guard uninstall cursor shop`"), "{told}");
    assert_eq!(home.read(file), after);

    // An entry that was edited since is another server, and so is one that the lock no longer has.
    assert_eq!(home.run(&["guard", "uninstall", "cursor", "--yes"]).0, 0);
    assert_eq!(home.read(file), added);
    fs::write(home.path().join(file), added.replace("\"normal\"", "\"calls\"")).unwrap();
    let (code, _, told) = home.run(&install);
    assert!(code == 3 && told.contains("no guard was put in front of it"), "{told}");
    fs::write(home.path().join(file), &added).unwrap();
    fs::remove_file(home.path().join("mcp-scan.lock")).unwrap();
    let (code, _, told) = home.run(&install);
    assert!(code == 3 && told.contains("no guard was put in front of it"), "{told}");
}

#[test]
fn entries_of_a_project_stay_as_they_are_and_are_named() {
    let server = server();
    let entry = format!("{{\"command\": \"{server}\", \"args\": [\"normal\"]}}");
    let both = format!(
        "{{\"mcpServers\": {{\"shop\": {entry}}}, \"projects\": {{\"/x\": {{\"mcpServers\": {{\"shop\": {entry}, \
         \"only\": {entry}}}}}}}}}"
    );
    let home = Home::new(".claude.json", &both);
    let (code, _, told) = home.run(&["guard", "install", "claude-code", "only", "--launch", "--yes"]);
    assert!(code == 3 && told.contains("has it as an entry of a project"), "{code} {told}");
    assert_eq!(home.read(".claude.json"), both);
    let (code, _, told) = home.run(&["guard", "install", "claude-code", "--launch", "--yes"]);
    assert!(code == 3 && told.contains("shop is also an entry of a project"), "{code} {told}");
    let written: Value = serde_json::from_str(&home.read(".claude.json")).unwrap();
    assert_ne!(written["mcpServers"]["shop"]["command"], server.as_str(), "{told}");
    assert_eq!(written["projects"]["/x"]["mcpServers"]["shop"]["command"], server.as_str(), "{told}");
}
