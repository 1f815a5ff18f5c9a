//! What a pipeline takes from this repository: the GitHub Action, the hooks of pre-commit, the template of GitLab.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(file: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

/// A runner with a `gh` that writes down how it was called.
struct Runner {
    dir: TempDir,
}

impl Runner {
    /// `earlier` is the id of the comment that an earlier run wrote.
    fn new(event: &Value, earlier: &str) -> Self {
        let runner = Self { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(runner.path("bin")).unwrap();
        fs::write(runner.path("event.json"), event.to_string()).unwrap();
        let gh = format!(
            "#!/bin/sh\necho \"$GH_TOKEN $*\" >> '{calls}'\n\
             while [ $# -gt 0 ]; do [ \"$1\" = --input ] && cp \"$2\" '{body}'; shift; done\n\
             if [ -e '{body}' ]; then echo https://example.com/1; else printf '%s' '{earlier}'; fi\n",
            calls = runner.path("calls").display(),
            body = runner.path("body.json").display(),
        );
        runner.program("bin/gh", &gh);
        // The scanner, behind a note of the variables it is given.
        let scanner = format!(
            "#!/bin/sh\nenv > '{}'\nexec '{}' \"$@\"\n",
            runner.path("env").display(),
            cargo_bin!("mcp-scan").display()
        );
        runner.program("scanner", &scanner);
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn program(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, targets: &str, fail_on: &str) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new(root().join("action/run.sh"))
            .current_dir(root())
            .env("PATH", &path)
            .env("RUNNER_TEMP", self.dir.path())
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_EVENT_PATH", self.path("event.json"))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("MCP_SCAN_TARGETS", targets)
            .env("MCP_SCAN_FAIL_ON", fail_on)
            .env("MCP_SCAN_PROGRAM", self.path("scanner"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let comment = Command::new(root().join("action/comment.sh"))
            .env("PATH", &path)
            .env("RUNNER_TEMP", self.dir.path())
            .env("GITHUB_EVENT_PATH", self.path("event.json"))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("MCP_SCAN_TOKEN", "not-a-real-token")
            .output()
            .unwrap();
        assert!(comment.status.success(), "{comment:?}");
        output
    }
}

#[test]
fn the_action_comments_annotates_and_leaves_the_gate_to_its_own_step() {
    let runner = Runner::new(&json!({"pull_request": {"number": 7}}), "");
    let output = runner.run("fixtures/listings/hostile.json\n# a comment\nfixtures/listings/odd.json\n", "low");
    let outputs = runner.text("output");
    assert!(outputs.starts_with("exit-code=1\n"), "{outputs}");
    for name in ["report", "sarif"] {
        let file = outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
        let _: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.lines().any(|line| line.starts_with("::error file=fixtures/listings/hostile.json,line=")), "{said}");
    let calls = runner.text("calls");
    let calls: Vec<&str> = calls.lines().collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].starts_with("not-a-real-token api --paginate repos/acme/shop/issues/7/comments"));
    assert!(calls[1].starts_with("not-a-real-token api --method POST repos/acme/shop/issues/7/comments"));
    let body: Value = serde_json::from_str(&runner.text("body.json")).unwrap();
    assert_eq!(body["body"].as_str().unwrap(), runner.text("summary"));
    assert!(runner.text("summary").starts_with("<!-- mcp-scan -->\n"));
    assert!(!runner.text("env").contains("not-a-real-token"), "what starts servers has no token");
}

#[test]
fn the_action_keeps_its_comment_up_to_date() {
    let runner = Runner::new(&json!({"pull_request": {"number": 7}}), "4711\n");
    runner.run("fixtures/listings/result.json", "");
    assert!(runner.text("output").starts_with("exit-code=0\n"));
    assert!(runner.text("calls").contains("--method PATCH repos/acme/shop/issues/comments/4711 "));
}

#[test]
fn the_action_is_red_where_nothing_is_named() {
    let runner = Runner::new(&json!({"pull_request": {"number": 7}}), "");
    let output = runner.run("", "high");
    assert_eq!(runner.text("output"), "exit-code=2\n");
    assert!(String::from_utf8(output.stderr).unwrap().contains("names no target"));
}

#[test]
fn the_action_comments_on_nothing_but_pull_requests_and_runs_no_input() {
    for event in [json!({"ref": "refs/heads/main"}), json!({"pull_request": {"number": "7; touch pwned"}})] {
        let runner = Runner::new(&event, "");
        runner.run("fixtures/listings/result.json\n$(touch pwned) `touch pwned`;\n", "");
        assert!(runner.text("output").starts_with("exit-code="));
        assert_eq!(runner.text("calls"), "", "{event}");
        assert!(!root().join("pwned").exists() && !runner.path("pwned").exists());
    }
}

#[test]
fn no_input_stands_in_a_script_and_all_it_needs_is_set() {
    let action = yaml("action.yml");
    let script = fs::read_to_string(root().join("action/run.sh")).unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    for step in steps {
        let run = step["run"].as_str().unwrap_or_default();
        assert!(!run.contains("${{"), "{run}");
        assert!(step.get("run").is_none() || step["shell"] == "bash", "{step}");
    }
    let scan = steps.iter().find(|step| step["id"] == "scan").unwrap();
    for (variable, value) in scan["env"].as_object().unwrap() {
        assert!(script.contains(variable.as_str()), "{variable} is read");
        let input = value.as_str().unwrap().trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        assert!(action["inputs"].get(input).is_some(), "{input} is an input");
    }
    assert!(!scan["env"].to_string().contains("token"), "the step that starts servers has no token");
    for output in action["outputs"].as_object().unwrap().keys() {
        assert!(script.contains(&format!("{output}=")), "{output} is set");
    }
}

#[test]
fn the_template_of_gitlab_writes_what_it_hands_over() {
    let job = &yaml("ci-templates/gitlab.yml")["mcp-scan"];
    let defaults: BTreeMap<String, String> = serde_json::from_value(job["variables"].clone()).unwrap();
    let lines: Vec<&str> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let listing = root().join("fixtures/listings/result.json").display().to_string();
    for (targets, fail_on, lock, code) in
        [(listing.as_str(), "", "", 0), (&listing, "low", "", 1), ("", "low", "", 2), (&listing, "", "other.lock", 1)]
    {
        let dir = tempfile::tempdir().unwrap();
        let program = cargo_bin!("mcp-scan");
        fs::write(dir.path().join("other.lock"), "version: 1\nservers: []\n").unwrap();
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let status = Command::new("sh")
            .args(["-e", "-c", &lines.join("\n")])
            .current_dir(dir.path())
            .envs(&defaults)
            .env("PATH", &path)
            .env("MCP_SCAN_TARGETS", targets)
            .env("MCP_SCAN_FAIL_ON", fail_on)
            .env("MCP_SCAN_LOCK", lock)
            .output()
            .unwrap();
        assert_eq!(status.status.code(), Some(code), "{status:?}");
        if code == 2 {
            continue;
        }
        let artefacts = &job["artifacts"];
        let paths = artefacts["paths"].as_array().unwrap().iter();
        for file in paths.chain(artefacts["reports"].as_object().unwrap().values()) {
            assert!(fs::metadata(dir.path().join(file.as_str().unwrap())).unwrap().len() > 0, "{file}");
        }
    }
}

#[test]
fn each_hook_starts_the_program_on_saved_listings() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_array().unwrap() {
        let files = regex::Regex::new(hook["files"].as_str().unwrap()).unwrap();
        assert!(files.is_match("mcp-listings/shop.json") && files.is_match("a/mcp-listings/b/c.jsonl.gz"));
        assert!(!files.is_match(".mcp.json") && !files.is_match("package.json"));
        let entry = hook["entry"].as_str().unwrap();
        let mut words = entry.split(' ');
        assert_eq!(words.next(), Some("mcp-scan"));
        let mut command = Command::new(cargo_bin!("mcp-scan"));
        let output =
            command.current_dir(root()).args(words).args(["--fail-on", "low", "fixtures/listings/result.json"]);
        assert_eq!(output.output().unwrap().status.code(), Some(1));
    }
}
