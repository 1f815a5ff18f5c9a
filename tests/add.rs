//! `add` and `remove` as a user runs them: one step puts a server into a client, another undoes exactly that.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

#[path = "support/home.rs"]
mod home;
#[expect(dead_code, reason = "other tests look for processes that are left")]
mod support;

/// A home of its own, with a working folder in it.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.path().join("work")).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        let output = home::program_at(self.path(), &self.path().join("work")).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Every file but the record, with its content.
    fn files(&self) -> Vec<(String, String)> {
        let entries = walkdir::WalkDir::new(self.path()).sort_by_file_name().into_iter().flatten();
        let files = entries.filter(|entry| entry.file_type().is_file());
        let of = |entry: walkdir::DirEntry| {
            (entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap_or_default())
        };
        files.map(of).filter(|(name, _)| !name.contains(".local/state") && !name.contains("/.npm")).collect()
    }
}

#[test]
fn a_server_is_added_in_one_step_and_removed_exactly() {
    let server = support::example("fixture-server");
    let server = server.to_str().unwrap();
    for (client, file, before, entry) in [
        (
            "cursor",
            ".cursor/mcp.json",
            "{\n  // mine\n  \"mcpServers\": { \"old\": { \"command\": \"x\" } }\n}\n",
            "\"workshop\": {",
        ),
        ("claude-code", ".claude.json", "{\"theme\": \"dark\"}", "\"workshop\": {"),
        ("codex", ".codex/config.toml", "# mine\nmodel = \"m\"\n", "[mcp_servers.workshop]"),
    ] {
        let home = Home::new();
        let path = home.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, before).unwrap();
        let untouched = home.files();
        let add = ["add", "--client", client, "--name", "workshop"];
        let (code, told) = home.run(&[&add[..], &["--dry-run", "--", server, "normal"]].concat());
        assert!(code == 0 && told.contains("because of --dry-run") && told.contains(file), "{client}: {told}");
        assert_eq!(home.files(), untouched, "{client}: a dry run writes nothing");
        let (code, told) = home.run(&[&add[..], &["--", server, "normal"]].concat());
        assert!(
            code == 2 && told.contains("there is no terminal to ask on") && told.contains("--yes"),
            "{client}: {told}"
        );
        assert_eq!(home.files(), untouched);
        let (code, told) = home.run(&[&add[..], &["--yes", "--", server, "normal"]].concat());
        assert!(code == 0 && told.contains("added workshop to"), "{client}: {told}");
        let after = home.read(file);
        assert!(after.contains(entry) && after.contains(server), "{client}: {after}");
        assert!(before.lines().filter(|line| line.contains("mine")).all(|line| after.contains(line)), "{after}");
        assert!(home.read("work/workshop.policy.yaml").contains("default: deny"));
        assert!(home.read("work/mcp-scan.lock").contains("servers:"));
        let (code, told) = home.run(&[&add[..], &["--yes", "--", server, "normal"]].concat());
        assert!(code == 0 && told.contains("is in") && told.contains("already"), "{client}: a second run: {told}");
        let (code, told) = home.run(&["remove", "workshop", "--client", client, "--yes"]);
        assert!(code == 0 && told.contains("removed workshop from"), "{client}: {told}");
        assert_eq!(home.files(), untouched, "{client}: everything is as it was");
        let (code, told) = home.run(&["remove", "workshop", "--client", client, "--yes"]);
        assert!(code == 2 && told.contains("did not add a server of this name"), "{client}: {told}");
    }
}

#[test]
fn a_mode_that_a_person_chose_stays_and_a_changed_policy_is_not_written_over() {
    let server = support::example("fixture-server");
    let home = Home::new();
    let settings = home.path().join(".claude/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "{\"permissions\": {\"defaultMode\": \"plan\"}}\n").unwrap();
    let untouched = home.files();
    let add = ["add", "--client", "claude-code", "--name", "w", "--yes", "--", server.to_str().unwrap(), "normal"];
    let (code, told) = home.run(&add);
    assert!(code == 0 && told.contains("permissions.defaultMode stays \"plan\""), "{told}");
    assert!(home.read(".claude/settings.json").contains("mcp__w__"), "{told}");
    let policy = home.path().join("work/w.policy.yaml");
    let written = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, "default: deny # mine\n").unwrap();
    let (code, told) = home.run(&add);
    assert!(code == 2 && told.contains("is there already"), "{told}");
    fs::write(&policy, written).unwrap();
    assert_eq!(home.run(&["remove", "w", "--client", "claude-code", "--yes"]).0, 0);
    assert_eq!(home.files(), untouched);
}

#[test]
fn of_two_servers_that_were_added_one_is_removed() {
    let server = support::example("fixture-server");
    let home = Home::new();
    let add = |name: &str, mode: &str| {
        let words = ["add", "--client", "cursor", "--name", name, "--yes", "--", server.to_str().unwrap(), mode];
        assert_eq!(home.run(&words).0, 0, "{name}");
    };
    add("first", "normal");
    let alone = home.files();
    add("second", "calls");
    // Which names there are is said where none is given, and in the error where an unknown one is.
    let listed = home::program_at(home.path(), &home.path().join("work")).arg("remove").output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.status.success() && listed.stderr.is_empty(), "{names}");
    assert_eq!(names.matches("  mcp-scan remove ").count(), 2, "{names}");
    for args in [&["remove", "third"][..], &["remove", "third", "--client", "cursor"]] {
        let (code, told) = home.run(args);
        assert_eq!(code, 2, "{told}");
        for name in ["first", "second"] {
            assert!(told.contains(&format!("mcp-scan remove {name} --client cursor")), "{args:?}: {told}");
        }
    }
    let (code, told) = home.run(&["remove", "first", "--client", "zed"]);
    assert!(code == 2 && told.contains("mcp-scan has added no server here"), "{told}");
    assert_eq!(home.run(&["remove", "first", "--yes"]).0, 0);
    let (settings, lock) = (home.read(".cursor/mcp.json"), home.read("work/mcp-scan.lock"));
    assert!(settings.contains("second") && !settings.contains("first"), "{settings}");
    assert!(lock.contains("fixture-calls") && !lock.contains("fixture-normal"), "{lock}");
    add("first", "normal");
    assert_eq!(home.run(&["remove", "second", "--client", "cursor", "--yes"]).0, 0);
    assert_eq!(home.read("work/mcp-scan.lock"), alone.iter().find(|(name, _)| name.ends_with(".lock")).unwrap().1);
    assert_eq!(home.run(&["remove", "first", "--client", "cursor", "--yes"]).0, 0);
    assert!(!home.files().iter().any(|(name, _)| name.ends_with(".lock")));
}

#[test]
fn what_was_changed_since_stays() {
    let server = support::example("fixture-server");
    let home = Home::new();
    let add = ["add", "--client", "cursor", "--name", "workshop", "--yes", "--", server.to_str().unwrap(), "normal"];
    assert_eq!(home.run(&add).0, 0);
    let file = home.path().join(".cursor/mcp.json");
    let edited = home.read(".cursor/mcp.json").replacen('{', "{\n  // mine", 1);
    fs::write(&file, edited).unwrap();
    let policy = home.path().join("work/workshop.policy.yaml");
    fs::write(&policy, "default: deny # mine\n").unwrap();
    let (code, told) = home.run(&["remove", "workshop", "--client", "cursor", "--yes"]);
    assert!(code == 0 && told.contains("was changed since and stays"), "{told}");
    let left = home.read(".cursor/mcp.json");
    assert!(left.contains("// mine") && !left.contains("workshop"), "{left}");
    assert_eq!(fs::read_to_string(policy).unwrap(), "default: deny # mine\n");
}

#[test]
fn an_entry_that_cannot_be_taken_out_keeps_everything_and_the_record() {
    let server = support::example("fixture-server");
    let home = Home::new();
    let add = ["add", "--client", "cursor", "--name", "workshop", "--yes", "--", server.to_str().unwrap(), "normal"];
    assert_eq!(home.run(&add).0, 0);
    let file = home.path().join(".cursor/mcp.json");
    let written = home.read(".cursor/mcp.json");
    let remove = ["remove", "workshop", "--client", "cursor", "--yes"];
    let twice = written.replacen('{', "{ \"mcpServers\": { \"workshop\": { \"command\": \"x\" } },", 1);
    for (broken, why) in [(written.replacen('{', "{ slip", 1), "not JSON"), (twice, "is still in it")] {
        fs::write(&file, broken).unwrap();
        let untouched = home.files();
        let (code, told) = home.run(&remove);
        assert!(code == 2 && told.contains(why) && told.contains("nothing was changed"), "{told}");
        assert!(!told.contains("removed workshop"), "{told}");
        assert_eq!(home.files(), untouched);
    }
    fs::write(&file, written).unwrap();
    let (code, told) = home.run(&remove);
    assert!(code == 0 && told.contains("removed workshop from"), "the record is still there: {told}");
    assert!(!home.files().iter().any(|(name, _)| name.ends_with(".lock") || name.ends_with(".policy.yaml")));
}

#[test]
fn a_value_of_the_command_line_is_written_and_not_shown() {
    let server = support::example("fixture-server");
    let home = Home::new();
    let add = ["add", "--client", "cursor", "--name", "w", "--env", "API_KEY=planted-value-0123"];
    for mode in ["--dry-run", "--yes"] {
        let (code, told) = home.run(&[&add[..], &[mode, "--", server.to_str().unwrap(), "normal"]].concat());
        assert!(code == 0 && told.contains("\"API_KEY\": \"***\"") && !told.contains("planted-value"), "{told}");
        assert!(told.contains("the value of API_KEY stands in") && told.contains("as plain text"), "{told}");
    }
    assert!(home.read(".cursor/mcp.json").contains("\"API_KEY\": \"planted-value-0123\""));
}

#[test]
fn what_should_not_be_added_or_cannot_be_is_refused_with_everything_as_it_was() {
    let server = support::example("hostile-server");
    let home = Home::new();
    let untouched = home.files();
    let (code, told) = home.run(&[
        "add",
        "--client",
        "goose",
        "--yes",
        "--",
        support::example("fixture-server").to_str().unwrap(),
        "normal",
    ]);
    let entry = ["does not edit", "\n  extensions:", "\n    fixture", "cmd: ", "type: stdio", "nothing was written"];
    assert!(code == 2 && entry.iter().all(|words| told.contains(words)), "{told}");
    let (code, told) = home.run(&["add", "--client", "cursor", "--yes", "listing.json"]);
    assert!(code != 0 && !told.contains("added"), "{told}");
    let (code, _) = home.run(&["add", "--client", "nobody", "--yes", "--", server.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert_eq!(home.files(), untouched);
}
