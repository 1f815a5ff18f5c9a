//! Hostile configurations, one at a time, against the program as a user runs it. The cases and what is expected are data,
//! `fixtures/hostile/configurations.yaml`; what came of them is a part of `docs/hostile-servers.md`.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde::Deserialize;

const CASES: &str = include_str!("../fixtures/hostile/configurations.yaml");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hostile-servers.md");
const HEADING: &str = "\n## Configurations\n";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    does: String,
    files: BTreeMap<String, String>,
    args: Vec<String>,
    exit: i32,
    says: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
}

/// Runs a case; gives its row of the page.
fn row(case: &Case) -> String {
    let Case { case: name, does, files, args, exit, says, never } = case;
    let dir = tempfile::tempdir().unwrap();
    let mark = dir.path().join("mark");
    let marked = |text: &str| text.replace("MARK", mark.to_str().unwrap());
    for (file, text) in files {
        fs::write(dir.path().join(file), marked(text)).unwrap();
    }
    let output = Command::new(cargo_bin!("mcp-scan"))
        .args(["--sandbox", "none"])
        .args(args)
        .current_dir(dir.path())
        .env("HOME", dir.path())
        .env("PLANTED_VARIABLE", "planted-variable")
        .env("NO_COLOR", "1")
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(*exit), "{name}: {out}{err}");
    assert!(!mark.exists(), "{name}: it ran");
    for words in says {
        assert!(out.contains(&marked(words)) || err.contains(&marked(words)), "{name}: {words}: {out}{err}");
    }
    for words in never.iter().map(String::as_str).chain(["planted-variable", "panicked"]) {
        assert!(!out.contains(words) && !err.contains(words), "{name}: {words}: {out}{err}");
    }
    let cell = |text: String| text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*");
    let expected = cell([vec![format!("exit code {exit}")], says.clone()].concat().join("; "));
    let result = err.lines().map(str::trim).find(|line| says.iter().any(|words| line.contains(&marked(words))));
    let result = result.unwrap_or_default().replace(mark.to_str().unwrap(), "MARK");
    format!("| {name} | {does} | {expected} | exit code {exit}; {} |", cell(result))
}

#[test]
fn every_configuration_gives_what_is_expected() {
    let cases: Vec<Case> = serde_saphyr::from_str(CASES).unwrap();
    let mut section = String::from(
        "\nWhat a configuration can try, and what comes of it. The test `tests/hostile_configurations.rs` runs every row; nothing\n\
         that a row names is started, and no value that it plants is shown.\n\n\
         | case | what it does | expected | result |\n| --- | --- | --- | --- |\n",
    );
    for case in &cases {
        writeln!(section, "{}", row(case)).unwrap();
    }
    let written = fs::read_to_string(PAGE).unwrap();
    let (before, after) = written.split_once(HEADING).unwrap_or((&written, ""));
    let end = after.find("\n## ").unwrap_or(after.len());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, format!("{before}{HEADING}{section}{}", &after[end..])).unwrap();
        return;
    }
    assert!(after[..end] == section, "docs/hostile-servers.md is not what came of it; UPDATE_DOCS=1 writes it anew");
}
