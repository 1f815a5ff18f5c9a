//! The command line as a user meets it: every format, every exit code, bad input, and what may never happen.

#[path = "cli/outputs.rs"]
mod outputs;
#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

use program::{finished, program};

/// What a run gave: exit code, standard output, standard error.
struct Run(i32, String, String);

fn run(folder: &Path, args: &str) -> Run {
    run_with(folder, args, "")
}

/// Runs the program in `folder`, with nothing of the caller's terminal in its environment.
fn run_with(folder: &Path, args: &str, stdin: &str) -> Run {
    let mut command = program();
    command.env_remove("NO_COLOR").current_dir(folder).args(args.split_whitespace()).write_stdin(stdin);
    let (code, out, err) = finished(&mut command);
    Run(code, out, err)
}

/// A folder with a listing, one without tools, two files that are none, and JSONL with a broken line.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let tool = |name: &str| json!({"name": name, "description": "Gets it.", "inputSchema": {"type": "object"}});
    let listing = json!({"serverInfo": {"name": "shop", "version": "1.0"}, "tools": [tool("get_a"), tool("get_b")]});
    let lines =
        "{\"server\":\"s1\",\"name\":\"get_a\"}\n{\"name\":\"get_b\"}\n{oops\n{\"server\":7,\"name\":\"get_c\"}\n";
    for (name, text) in [
        ("shop.json", listing.to_string().as_str()),
        ("empty.json", r#"{"tools": []}"#),
        ("text.json", "hello"),
        ("other.json", r#"{"name": "pkg", "dependencies": {}}"#),
        ("tools.jsonl", lines),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/listings")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_table_is_the_default_and_carries_no_colour_when_piped() {
    let dir = folder();
    let Run(code, out, err) = run(dir.path(), "shop.json");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("Add: it only reads.\nshop 1.0\nshop.json · saved listing\n"), "{out}");
    assert!(out.contains("get_a") && out.contains("\n2 tools: ") && !out.contains('\u{1b}'));
    assert_eq!(run(dir.path(), "scan shop.json").1, out, "scan is the default command");
}

#[test]
fn colour_comes_when_asked_for_and_changes_no_word() {
    let dir = folder();
    let plain = run(dir.path(), "shop.json").1;
    let coloured = run(dir.path(), "--color always shop.json").1;
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    assert_eq!(run(dir.path(), "--color never shop.json").1, plain);
}

#[test]
fn json_is_one_document_with_the_errors_in_it() {
    let dir = folder();
    let Run(code, out, err) = run(dir.path(), "shop.json missing.json -f json");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 3);
    assert_eq!(report["servers"][0]["tool_count"], 2);
    assert_eq!(report["errors"][0]["target"], "missing.json");
    assert!(err.contains("error: could not read the target: missing.json"), "{err}");
}

#[test]
fn the_report_conforms_to_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../schemas/report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let report: Value = serde_json::from_str(&run(&fixtures(), ". -f json").1).unwrap();
    assert!(report["servers"].as_array().is_some_and(|servers| servers.len() > 5));
    let errors: Vec<String> = validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn jsonl_is_a_tool_a_line_in_input_order_with_the_server_as_given() {
    let dir = folder();
    let input = fs::read_to_string(dir.path().join("tools.jsonl")).unwrap();
    for (args, stdin, unnamed) in [("tools.jsonl -f jsonl", "", "tools"), ("-f jsonl -", input.as_str(), "stdin")] {
        let Run(code, out, _) = run_with(dir.path(), args, stdin);
        let lines = lines(&out);
        assert_eq!((code, lines.len()), (0, 4), "{out}");
        let servers: Vec<&Value> = lines.iter().map(|line| &line["server"]).collect();
        assert_eq!(servers, [&json!("s1"), &json!(unnamed), &json!(unnamed), &json!(7)]);
        assert!(out.lines().all(|line| line.starts_with("{\"server\":")));
        assert!(lines[2]["error"].as_str().is_some_and(|why| why.contains("not JSON")));
        assert_eq!((&lines[2]["category"], &lines[2]["confidence"]), (&json!("Write"), &json!("low")));
        assert_eq!(lines[0].get("error"), None);
    }
    let whole = lines(&run(dir.path(), "shop.json -f jsonl").1);
    assert_eq!(whole.len(), 2);
    for line in whole {
        assert_eq!((&line["server_verdict"]["answer"], &line["server_grade"]), (&json!("add"), &json!("A")), "{line}");
    }
}

#[test]
fn standard_input_is_a_target() {
    let dir = folder();
    let Run(code, out, _) = run_with(dir.path(), "- -f json", r#"{"tools": [{"name": "get_a"}]}"#);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["servers"][0]["tools"][0]["name"]), (0, &json!("get_a")));
}

#[test]
fn the_gate_decides_the_exit_code() {
    let dir = folder();
    for (args, code) in [
        ("--fail-on low shop.json", 1),
        ("--fail-on 1 shop.json", 1),
        ("--fail-on CRITICAL shop.json", 0),
        // A line of it cannot be read.
        ("--fail-on 5 -f jsonl tools.jsonl", 1),
        ("--fail-on low -f jsonl tools.jsonl", 1),
        ("--fail-on critical empty.json", 1),
        ("--fail-on critical -f jsonl empty.json", 1),
        ("empty.json", 0),
        ("--fail-on critical shop.json missing.json", 3),
        ("--fail-on low shop.json missing.json", 1),
        ("--fail-on urgent shop.json", 2),
        ("--fail-on 6 shop.json", 2),
    ] {
        let run = run(dir.path(), args);
        assert_eq!(run.0, code, "{args}: {}", run.2);
        assert_eq!(run.2.contains("the gate failed"), code == 1, "{args}: {}", run.2);
    }
    let text = run(dir.path(), "--fail-on low shop.json empty.json").2;
    assert!(
        text.contains("error: the gate failed: 2 tools at Low or more severe and 1 server without tools"),
        "{text}"
    );
    assert_eq!(run(dir.path(), "empty.json").2, "warning: empty lists no tools\n");
    assert_eq!(run(dir.path(), "-q empty.json").2, "");
}

#[test]
fn bad_input_is_one_clear_error_each() {
    let dir = folder();
    let mut said = String::new();
    for args in
        ["missing.json", "text.json", "other.json", "no-such-program --flag", "shop.json no-such-thing", "ws://x/"]
    {
        let Run(code, _, err) = run(dir.path(), args);
        assert_eq!(code, 3, "{args}");
        assert_eq!(err.matches("error: ").count(), 1, "{err}");
        said += &format!("$ mcp-scan {args}\n{err}\n");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn usage_errors_are_2_and_say_how() {
    let dir = folder();
    for args in [
        "",
        "scan",
        "-f xml shop.json",
        "--timeout 0 shop.json",
        "--header x shop.json",
        "--header Authorization:a-token https://a.example/mcp https://b.example/mcp",
        "--env x shop.json",
        "--polcy p shop.json",
        "shop.json --polcy p",
        "--policy p eval x.jsonl",
    ] {
        let Run(code, out, err) = run(dir.path(), args);
        assert_eq!((code, out.as_str()), (2, ""), "{args}");
        assert!(err.starts_with("error: "), "{err}");
    }
    assert_eq!(run(dir.path(), "--help").0, 0);
    assert!(run(dir.path(), "--version").1.starts_with("mcp-scan "));
}

#[test]
fn what_a_hostile_server_sends_never_reaches_the_terminal() {
    let bad = mcp_scan::text::clean::is_unsafe;
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy.yaml").display().to_string();
    for format in ["table", "json", "jsonl"] {
        let Run(code, out, err) =
            run(&fixtures(), &format!("-f {format} --no-fail-on-attack --policy {policy} hostile.json odd.json"));
        assert_eq!(code, 0, "{err}");
        assert!(!out.is_empty() && !out.contains(bad) && !err.contains(bad), "{format}");
    }
}

#[test]
fn a_closed_pipe_is_success() {
    let dir = folder();
    let line = "{\"name\":\"get_a\",\"description\":\"Gets it.\"}\n";
    fs::write(dir.path().join("many.jsonl"), line.repeat(2_000)).unwrap();
    for format in ["jsonl", "json", "table"] {
        let mut child = Process::new(cargo_bin!("mcp-scan"))
            .args(["-f", format, "many.jsonl"])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["table", "json", "jsonl"] {
        let args = format!("-f {format} .");
        assert_eq!(run(&fixtures(), &args).1, run(&fixtures(), &args).1);
    }
}

#[test]
fn eval_counts_verdicts_against_labels_and_refuses_rows_without_one() {
    let dir = folder();
    let rows = "{\"server\":\"s\",\"name\":\"get_thing\",\"label\":\"Read\"}\n{\"name\":\"get_it\",\"label\":\"Destructive\"}\n";
    fs::write(dir.path().join("good.jsonl"), rows).unwrap();
    fs::write(dir.path().join("bad.jsonl"), format!("{rows}{{\"name\":\"x\",\"label\":\"Evil\"}}\n")).unwrap();
    let Run(code, out, err) = run(dir.path(), "eval good.jsonl");
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        out.starts_with("2 tools, annotations withheld\n") && out.contains("1 of 2") && out.contains("\n1 miss\n"),
        "{out}"
    );
    let figures: Value = serde_json::from_str(&run(dir.path(), "eval good.jsonl -f json --annotations lie").1).unwrap();
    assert_eq!((&figures["annotations"], &figures["five_way"]["ratio"]), (&json!("lie"), &json!(0.5)));
    assert_eq!((&figures["dangerous_misses"], &figures["misses"][0]["tool"]), (&json!(1), &json!("get_it")));
    let Run(code, out, err) = run(dir.path(), "eval bad.jsonl");
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("line 3: unknown label \"Evil\"") && err.contains("help: "), "{err}");
    assert_eq!(run(dir.path(), "eval missing.jsonl").0, 3);
    assert_eq!(run(dir.path(), "eval").0, 2);
}

#[test]
fn completions_are_printed() {
    let dir = folder();
    for shell in ["bash", "zsh", "fish"] {
        let Run(code, out, _) = run(dir.path(), &format!("completions {shell}"));
        assert!(code == 0 && out.contains("mcp-scan") && out.contains("fail-on"), "{shell}");
    }
    assert_eq!(run(dir.path(), "completions tcsh").0, 2);
}

#[cfg(unix)]
#[test]
fn two_dashes_force_a_command_and_a_program_is_told_from_a_listing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let program = dir.path().join("server.sh");
    fs::write(&program, "#!/bin/sh\necho started >&2\nexit 7\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let Run(code, _, err) = run(dir.path(), "./server.sh --stdio");
    assert_eq!(code, 3);
    assert!(err.contains("it is a program, not a saved listing") && err.contains("mcp-scan -- "), "{err}");
    let Run(code, _, err) = run(dir.path(), "-- ./server.sh --stdio");
    assert_eq!(code, 3);
    assert!(err.contains("server.sh --stdio") && err.contains('7') && err.contains("started"), "{err}");
}

#[test]
fn the_short_help_fits_on_one_screen() {
    let mut command = program();
    let (code, help, _) = finished(command.env("COLUMNS", "80").arg("-h"));
    assert_eq!(code, 0);
    assert!(help.lines().count() <= 40 && help.lines().all(|line| line.len() <= 80), "{help}");
    let options = ["--format", "--output", "--policy <", "--fail-on", "--env", "--header"];
    assert!(options.iter().all(|option| help.contains(option)) && !help.contains("--sandbox"), "{help}");
}

#[test]
fn the_rule_behind_the_answer_is_shown_when_asked_for() {
    let dir = folder();
    let Run(code, out, _) = run(dir.path(), "--explain-verdict shop.json");
    assert_eq!(code, 0);
    let explained = out.split("Why \"Add\" for shop: rule only-reads of verdict.yaml").nth(1).unwrap();
    assert!(explained.contains("does-more-than-read demands a worst exposure of less than 90 points"), "{out}");
}
