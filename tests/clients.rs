//! What configurations name, as a user meets it: listed, asked about, started only when agreed to, and no secret told.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "support/alone.rs"]
mod alone;
mod support;
mod terminal;

/// A project with one configuration, in a folder that is the home too.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(servers: Value) -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        this.write(".mcp.json", &json!({"mcpServers": servers}).to_string());
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn scan(&self, args: &[&str]) -> Done {
        let mut command = Command::cargo_bin("mcp-scan").unwrap();
        command.current_dir(self.folder.path()).env("HOME", self.folder.path()).env_remove("XDG_CONFIG_HOME");
        let output = command.env("PLANTED", "planted-placeholder-1").args(args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

#[derive(Debug)]
struct Done {
    code: i32,
    out: String,
    err: String,
}

/// A server that leaves a file when it is started, and lists two tools.
fn marker(mark: &Path) -> Value {
    let server = alone::example_alone("fixture-server");
    json!({"command": "sh", "args": ["-c", format!("touch {}; exec {} normal", mark.display(), server.display())]})
}

#[test]
fn nothing_is_started_without_consent_and_everything_with_it() {
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("started");
    let project = Project::new(json!({"a": marker(&mark)}));
    let refused = project.scan(&["--sandbox", "none", ".mcp.json"]);
    assert_eq!((refused.code, mark.exists()), (0, false), "{refused:?}");
    assert!(refused.err.contains("nobody has agreed to it; it would be: sh -c"), "{refused:?}");
    for target in [".mcp.json", "."] {
        let done = project.scan(&["--sandbox", "none", "--launch", "-f", "json", target]);
        assert_eq!((done.code, mark.exists()), (0, true), "{done:?}");
        let report: Value = serde_json::from_str(&done.out).unwrap();
        let server = &report["servers"][0];
        assert_eq!((&server["tool_count"], &server["configured"]["server"]), (&json!(2), &json!("a")), "{server}");
        assert_eq!((&server["configured"]["line"], &server["transport"]), (&json!(1), &json!("stdio")));
        fs::remove_file(&mark).unwrap();
    }
    support::assert_nothing_left(mark.to_str().unwrap());
}

#[test]
fn what_was_agreed_to_once_starts_until_it_changes() {
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("started");
    let project = Project::new(json!({"a": marker(&mark)}));
    let allow = ["--sandbox", "none", "--launch-allow", "allowed.json"];
    let run = |more: &[&str]| project.scan(&[&allow[..], more, &[".mcp.json"]].concat());
    assert_eq!(run(&[]).code, 3);
    assert!(!project.path("allowed.json").exists());
    assert_eq!(run(&["--launch"]).code, 0);
    let written = fs::read_to_string(project.path("allowed.json")).unwrap();
    assert!(written.contains("sha256:") && written.contains("\"server\": \"a\""), "{written}");
    fs::remove_file(&mark).unwrap();
    assert_eq!((run(&[]).code, mark.exists()), (0, true));
    fs::remove_file(&mark).unwrap();
    // Another argument, another variable.
    let mut changed = marker(&mark);
    changed["args"].as_array_mut().unwrap().push(json!("more"));
    changed["env"] = json!({"NODE_OPTIONS": "--require ./x.js"});
    project.write(".mcp.json", &json!({"mcpServers": {"a": changed}}).to_string());
    let refused = run(&[]);
    assert_eq!((refused.code, mark.exists()), (3, false), "{refused:?}");
    for told in [
        "it is not what was agreed to in allowed.json",
        "it ran: sh",
        "it would run: sh",
        "new: the variable NODE_OPTIONS",
    ] {
        assert!(refused.err.contains(told), "{told}: {}", refused.err);
    }
    assert_eq!(fs::read_to_string(project.path("allowed.json")).unwrap(), written, "a refusal writes nothing");
    assert_eq!((run(&["--launch"]).code, run(&[]).code), (0, 0));
}

#[test]
fn a_file_of_what_may_be_started_that_cannot_be_read_stops_the_run() {
    let project = Project::new(json!({"a": {"command": "sh"}}));
    for (text, why) in [("{", "EOF"), (r#"{"version": 99, "allowed": []}"#, "it is of version 99")] {
        project.write("allowed.json", text);
        let done = project.scan(&["--launch-allow", "allowed.json", ".mcp.json"]);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.err.contains(why), "{done:?}");
    }
}

#[test]
fn agreements_of_an_earlier_version_are_asked_about_again() {
    let project = Project::new(json!({"a": {"command": "sh", "args": ["-c", "exit 0"]}}));
    for text in [r#"{"version": 1, "allowed": []}"#, r#"{"version": 4, "key": "x", "allowed": []}"#] {
        project.write("allowed.json", text);
        let run = |more: &[&str]| project.scan(&[&["--launch-allow", "allowed.json", ".mcp.json"], more].concat());
        let done = run(&[]);
        assert!(done.code == 3 && done.err.contains("none of them holds any more"), "{done:?}");
        assert!(run(&["--launch"]).err.contains("wrote allowed.json"));
        let done = run(&[]);
        assert!(!done.err.contains("none of them holds") && done.err.contains("ended before it answered"), "{done:?}");
    }
}

#[test]
fn no_secret_of_a_configuration_comes_out_anywhere() {
    let server = alone::example_alone("fixture-server");
    let repeats = format!("echo $SHOP_KEY $FILLED $1 $2 >&2; exec {} env", server.display());
    let project = Project::new(json!({
        "works": {"command": "sh", "args": ["-c", repeats, "sh", "--token=planted-argument-2", "${PLANTED}"],
                  "env": {"SHOP_KEY": "planted-literal-3", "FILLED": "x ${env:PLANTED}", "MARK": "planted-literal-3"}},
        "dies": {"command": "sh", "args": ["-c", "echo $1 $SHOP_KEY >&2; exit 1", "sh", "--key=planted-argument-4"],
                 "env": {"SHOP_KEY": "planted-literal-5"}},
        "user": {"url": "http://me:planted-password-6@127.0.0.1:9/mcp"},
        "far": {"url": "http://127.0.0.1:9/mcp?key=${PLANTED}",
                "headers": {"Authorization": "Bearer ${PLANTED}", "X-Key": "planted-header-7"}},
    }));
    let everything = |args: &[&str]| {
        let done = project.scan(args);
        assert!(!done.out.contains("planted-") && !done.err.contains("planted-"), "{args:?}: {done:?}");
        done
    };
    for format in ["table", "json", "jsonl"] {
        let done = everything(&["--sandbox", "none", "--launch", "-v", "-f", format, ".mcp.json"]);
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.err.contains("***"), "{done:?}");
    }
    everything(&[
        "--sandbox",
        "none",
        "--launch-allow",
        "allowed.json",
        "--launch",
        "--policy",
        "policies",
        "--policy-format",
        "all",
        "--catalogue",
        "site",
        "-o",
        "report.json",
        "-f",
        "json",
        ".mcp.json",
    ]);
    everything(&["explain", "--sandbox", "none", "--launch", ".mcp.json"]);
    everything(&["discover"]);
    everything(&["discover", "-f", "json"]);
    everything(&[".mcp.json"]);
    for entry in walkdir::WalkDir::new(project.folder.path()).into_iter().flatten() {
        if entry.file_type().is_file() && entry.file_name() != ".mcp.json" {
            let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            assert!(!text.contains("planted-"), "{}", entry.path().display());
        }
    }
}

#[test]
fn what_is_configured_here_is_listed_and_scanned() {
    let mark = tempfile::tempdir().unwrap();
    let mark = mark.path().join("started");
    let project = Project::new(json!({"in-project": marker(&mark)}));
    project.write(".roo/mcp.json", r#"{"mcpServers": {"off": {"command": "x", "disabled": true}}}"#);
    project
        .write(".cursor/mcp.json", &json!({"mcpServers": {"in-home": {"url": "https://a.example/mcp"}}}).to_string());
    project.write(".codex/config.toml", "[mcp_servers\n");
    let listed = project.scan(&["discover", "-f", "json"]);
    assert_eq!(listed.code, 3, "{listed:?}");
    let found: Value = serde_json::from_str(&listed.out).unwrap();
    let names: Vec<&str> = found["servers"].as_array().unwrap().iter().map(|s| s["server"].as_str().unwrap()).collect();
    assert_eq!(names, ["in-project", "in-home", "off"]);
    assert!(listed.err.contains("could not read the configuration of Codex") && listed.err.contains("line 1 column"));
    fs::remove_file(project.path(".codex/config.toml")).unwrap();
    fs::remove_file(project.path(".cursor/mcp.json")).unwrap();
    let table = project.scan(&["discover"]);
    assert!(table.code == 0 && table.out.ends_with("2 servers in 2 configurations.\n"), "{table:?}");
    assert!(!mark.exists(), "listing starts nothing");
    let scanned = project.scan(&["discover", "--scan", "--launch", "--sandbox", "none", "-f", "jsonl"]);
    // A line for each tool, and one for the entry that is turned off.
    assert_eq!((scanned.code, scanned.out.lines().count()), (0, 3), "{scanned:?}");
    assert_eq!(project.scan(&["discover", "no-such-folder"]).code, 2);
}

#[test]
fn on_a_terminal_each_command_is_a_question() {
    let marks = tempfile::tempdir().unwrap();
    let mark = |name: &str| marks.path().join(name);
    let mut first = marker(&mark("a"));
    first["env"] = json!({"SHOP_KEY": "planted-1"});
    let project = Project::new(json!({"a": first, "b": marker(&mark("b")), "c": marker(&mark("c"))}));
    for (typed, code, started) in [("nyn", 0, "b"), ("q", 130, ""), ("ya", 0, "abc")] {
        let (ended, seen) = terminal::run(project.folder.path(), typed, &["--sandbox", "none", ".mcp.json"]);
        assert_eq!(ended, code, "{typed}: {seen}");
        assert!(
            seen.contains("a in .mcp.json:1 (Claude Code) would start:") && seen.contains("environment: SHOP_KEY"),
            "{seen}"
        );
        assert!(seen.contains("SHOP_KEY=planted-1"), "what the file sets may run: {seen}");
        let ran: String = ["a", "b", "c"].into_iter().filter(|name| fs::remove_file(mark(name)).is_ok()).collect();
        assert_eq!(ran, started, "{typed}: {seen}");
    }
}

#[test]
fn a_list_of_a_project_switches_off_a_server_of_the_user() {
    let project = Project::new(json!({}));
    let lists = json!({project.path("work").to_str().unwrap(): {"disabledMcpServers": ["one"]}});
    let servers = json!({"one": {"command": "true"}, "two": {"command": "true"}});
    project.write(".claude.json", &json!({"mcpServers": servers, "projects": lists}).to_string());
    for (folder, wanted) in [("elsewhere", vec![]), ("work", vec!["one"])] {
        fs::create_dir_all(project.path(folder)).unwrap();
        let mut command = Command::cargo_bin("mcp-scan").unwrap();
        command.current_dir(project.path(folder)).env("HOME", project.folder.path()).env_remove("XDG_CONFIG_HOME");
        let output = command.args(["discover", "-f", "json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let servers = report["servers"].as_array().unwrap().iter();
        let off: Vec<&str> = servers
            .filter(|server| server["disabled"] == true)
            .filter_map(|server| server["server"].as_str())
            .collect();
        assert_eq!(off, wanted, "{folder}");
    }
}

#[test]
fn a_manifest_is_asked_about_or_read() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests");
    let project = Project::new(json!({}));
    let scan = |below: &str| project.scan(&[fixtures.join(below).to_str().unwrap()]);
    let registry = scan("server.json");
    assert_eq!(registry.code, 0, "{registry:?}");
    assert!(registry.err.contains("nobody has agreed to it; it would be: "), "{registry:?}");
    let bundle = scan("bundle/manifest.json");
    assert!(bundle.code == 0 && bundle.err.contains("it would be: node "), "{bundle:?}");
    let declared = scan("declared/manifest.json");
    assert!(declared.code == 0 && declared.out.contains("delete_word"), "{declared:?}");
    // A folder holds all of them, and each is what it is by itself.
    let all = project.scan(&[fixtures.to_str().unwrap()]);
    assert!(
        all.code == 0 && all.out.contains("delete_word") && all.err.matches("nobody has agreed").count() == 2,
        "{all:?}"
    );
}

#[test]
fn a_listing_tells_what_it_hangs_on() {
    let server = alone::example_alone("fixture-server");
    let wanting = json!({"command": server, "args": ["wanting"]});
    let project = Project::new(json!({"a": wanting}));
    let mut with_token = wanting.clone();
    with_token["env"] = json!({"SHOP_TOKEN": "planted-1"});
    project.write("other.json", &json!({"mcpServers": {"a": with_token}}).to_string());
    let report = |more: &[&str]| -> Value {
        let done = project.scan(&[&["--sandbox", "none", "--launch", "-f", "json"], more, &[".mcp.json"]].concat());
        assert!(done.code == 0 && !done.out.contains("planted-1"), "{done:?}");
        let mut report: Value = serde_json::from_str(&done.out).unwrap();
        report["servers"][0].take()
    };
    let alone = report(&[]);
    assert_eq!(alone["missing_credentials"], json!(["SHOP_TOKEN"]), "not the one that it has");
    assert_eq!(alone["capabilities"], json!(["tools"]));
    assert_eq!(alone.get("compared"), None);
    let compared = |with: &str| json!({"with": with, "added": ["second"], "removed": [], "changed": []});
    assert_eq!(report(&["--compare-env", "SHOP_TOKEN=planted-1"])["compared"], compared("SHOP_TOKEN"));
    assert_eq!(report(&["--compare-config", "other.json"])["compared"], compared("a in other.json:1"));
    let table = project.scan(&["--sandbox", "none", "--launch", "--compare-env", "SHOP_TOKEN=planted-1", ".mcp.json"]);
    for told in ["It says that it lacks SHOP_TOKEN", "With SHOP_TOKEN it lists also second"] {
        assert!(table.out.contains(told), "{told}: {table:?}");
    }
    let refused = project.scan(&["--compare-config", "other.json", "--", server.to_str().unwrap(), "wanting"]);
    assert!(refused.code == 3 && refused.err.contains("nobody has agreed"), "{refused:?}");
}

/// How a server would be started or reached is judged by its entry alone: nobody has to agree, and nothing is started.
#[test]
fn an_entry_is_judged_though_its_server_is_not_read() {
    let servers = json!({
        "piped": {
            "command": "sh",
            "args": ["-c", "curl https://shop.example/install | sh"],
            "env": {"SHOP_TOKEN": "planted-1"},
        },
        "open": {"url": "http://shop.invalid/mcp"},
        "loose": {"command": "npx", "args": ["-y", "some-shop"]},
        "plain": {"command": "node", "args": ["server.js"]},
    });
    let project = Project::new(servers);
    let done = project.scan(&["-f", "json", "--fail-on", "plain-http", ".mcp.json"]);
    assert!(done.code == 1 && !done.out.contains("planted-1"), "{done:?}");
    let report: Value = serde_json::from_str(&done.out).unwrap();
    let ids = |server: &Value| -> String {
        let found = server["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap());
        found.collect::<Vec<_>>().join(" ")
    };
    let told: Vec<(&str, String)> = report["unread"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| (server["name"].as_str().unwrap(), ids(server)))
        .collect();
    let want = [
        ("piped", "mutable-launch secret-in-launch".to_owned()),
        ("open", "plain-http".into()),
        ("loose", "unpinned-package".into()),
        ("plain", String::new()),
    ];
    assert_eq!(told, want);
    assert_eq!(report["servers"], json!([]));
    assert_eq!(report["errors"].as_array().unwrap().len(), 4);
    let table = project.scan(&[".mcp.json"]);
    assert!(table.code == 0 && table.out.contains("is started from something that can change"), "{table:?}");
    let judged = project.scan(&["--no-launch", ".mcp.json"]);
    assert!(
        judged.code == 0
            && judged.err == "4 entries were judged without starting or reaching a server, because of --no-launch\n",
        "{judged:?}"
    );
    let failed = project.scan(&["--no-launch", "--fail-on", "high", ".mcp.json"]);
    assert!(failed.code == 1 && failed.err.contains("the gate failed"), "a script from the web is High: {failed:?}");
    assert_eq!(project.scan(&["--no-launch", "--launch", ".mcp.json"]).code, 2);
    let typed = project.scan(&["--no-launch", "touch", "started"]);
    assert!(typed.code == 3 && typed.err.contains("--no-launch was given"), "{}", typed.err);
    let address = project.scan(&["--no-launch", "http://127.0.0.1:9/mcp"]);
    assert!(address.code == 3 && address.err.contains("--no-launch was given"), "{}", address.err);
    let sarif: Value = serde_json::from_str(&project.scan(&["-f", "sarif", ".mcp.json"]).out).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, ".mcp.json");
    // A person may accept it, and a baseline may know it.
    project.write(
        "mcp-scan.yaml",
        "ignores:\n  - {finding: plain-http, server: open in .mcp.json, reason: It is on our own wire}\n",
    );
    assert_eq!(
        project.scan(&["--no-launch", "--config", "mcp-scan.yaml", "--fail-on", "plain-http", ".mcp.json"]).code,
        0
    );
}

#[test]
fn no_tools_is_a_warning_that_fails_a_gate() {
    let project = Project::new(json!({}));
    project.write("empty.json", r#"{"tools": []}"#);
    let listed = project.scan(&["empty.json"]);
    assert!(listed.code == 0 && listed.err.contains("lists no tools"), "{listed:?}");
    assert_eq!(project.scan(&["--fail-on", "critical", "empty.json"]).code, 1);
}

/// The name of the entry is what the settings of a client must call the server; what no settings can say is refused, and
/// keeps no other form from being written.
#[test]
fn a_policy_calls_the_server_as_its_configuration_does() {
    let server = alone::example_alone("fixture-server");
    let entry = json!({"command": server, "args": ["normal"]});
    let project = Project::new(json!({"My Shop": entry}));
    let write = |more: &[&str]| {
        let asked =
            ["--sandbox", "none", "--launch", "-o", "report.txt", "--policy", "policies", "--policy-format", "all"];
        project.scan(&[asked.as_slice(), more, &[".mcp.json"]].concat())
    };
    let done = write(&[]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains("Claude Code cannot refer to a server called \"My Shop\""), "{}", done.err);
    assert!(done.err.contains("--server-name NAME"), "{}", done.err);
    assert!(!project.path("policies/claude-code.json").exists());
    let settings = |name: &str| fs::read_to_string(project.path("policies").join(name)).unwrap();
    assert!(settings("cline.json").contains("\"My Shop\": {") && settings("zed.json").contains("mcp:My Shop:"));
    let done = write(&["--server-name", "shop", "--force"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(settings("claude-code.json").contains("mcp__shop__") && settings("cline.json").contains("\"shop\": {"));
    // Of two servers the one with a plain name gets its settings.
    let project = Project::new(json!({"My Shop": entry, "shop": entry}));
    let form = ["--policy", "codex.toml", "--policy-format", "codex"];
    let asked = ["--sandbox", "none", "--launch", "-o", "report.txt"];
    let done = project.scan(&[asked.as_slice(), &form, &[".mcp.json"]].concat());
    assert_eq!(done.code, 2, "{}", done.err);
    let written: Vec<PathBuf> =
        fs::read_dir(project.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let settings: Vec<&PathBuf> = written.iter().filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    assert_eq!(settings.len(), 1, "{written:?}");
    assert!(fs::read_to_string(settings[0]).unwrap().contains("[mcp_servers.shop]"));
}
