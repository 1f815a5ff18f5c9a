//! Everything that can be wrong with a server, one fault at a time, against the program as a user runs it: what is
//! listed or said, how long it takes, and that neither a process nor a folder is left. The faults and what is expected
//! are data, `fixtures/servers/hostile/faults.yaml`; what came of them is `docs/hostile-servers.md`.

#![cfg(unix)]

mod support;

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use serde::Deserialize;
use serde_json::Value;

const FAULTS: &str = include_str!("../fixtures/servers/hostile/faults.yaml");
const FAMILIES: &str = include_str!("../fixtures/servers/hostile/families.yaml");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hostile-servers.md");
/// The heading of the last section that is made here.
const FAMILIES_HEADING: &str = "\n## Other hostile input\n";
/// How many faults are tried at once: most of them only wait for a limit.
const AT_ONCE: usize = 10;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    fault: String,
    does: String,
    gives: String,
    #[serde(default)]
    says: Vec<String>,
    over: Option<Over>,
    #[serde(default)]
    heavy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Over {
    Stdio,
    Http,
}

/// Hostile input beside the faults of a server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    family: String,
    tries: String,
    outcome: String,
    /// The file and the name of the test that shows it.
    test: String,
}

fn families() -> Vec<Family> {
    serde_saphyr::from_str(FAMILIES).unwrap()
}

/// What came of one fault.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// `3 tools`, `an error`.
    gave: String,
    /// The ids of all deviations in order, or the cause of the error.
    said: Vec<String>,
}

fn faults() -> Vec<Fault> {
    serde_saphyr::from_str(FAULTS).unwrap()
}

/// The server with every fault over HTTP; it ends with this.
struct Web {
    server: Child,
    port: String,
}

impl Web {
    fn start() -> Self {
        let mut server = Command::new(support::example("hostile-server"))
            .arg("--http")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { server, port: port.trim().to_owned() }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Scans the server with `fault`; afterwards its time was kept and nothing is left of it.
fn tried(fault: &Fault, over: Over, web: &Web) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let mark = format!("hostile-{}-{}-{over:?}.", std::process::id(), fault.fault);
    let mut scan = Command::new(cargo_bin!("mcp-scan"));
    // Without a sandbox, which ends all that is in it: here we must do it.
    scan.args(["--format", "json", "--sandbox", "none", "--no-fail-on-attack"]);
    let (limits, bound) = if fault.heavy { (["40", "40", "80"], 90) } else { (["6", "4", "15"], 20) };
    for (option, limit) in ["--start-timeout", "--timeout", "--total-timeout"].iter().zip(limits) {
        scan.args([option, limit]);
    }
    match over {
        Over::Stdio => scan.arg("--").arg(support::example("hostile-server")).args([&fault.fault, &mark]),
        Over::Http => scan.arg(format!("http://127.0.0.1:{}/{}", web.port, fault.fault)),
    };
    let started = Instant::now();
    let output = scan.env("TMPDIR", folder.path()).env("XDG_CACHE_HOME", folder.path()).output().unwrap();
    let taken = started.elapsed();
    let name = &fault.fault;
    assert!(taken < Duration::from_secs(bound), "{name}: {taken:?}");
    support::assert_nothing_left(&mark);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{name}: {left:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("panicked") && !errors.contains("rmcp"), "{name}: {errors}");
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|cause| panic!("{name}: {cause}: {errors}"));
    assert_eq!(output.status.code(), Some(if report["errors"][0].is_null() { 0 } else { 3 }), "{name}");
    outcome(&report)
}

fn outcome(report: &Value) -> Outcome {
    if let Some(error) = report["errors"].get(0) {
        return Outcome { gave: "an error".into(), said: vec![error["why"].as_str().unwrap().to_owned()] };
    }
    let server = &report["servers"][0];
    let tools = server["tools"].as_array().unwrap().len();
    let mut ids: Vec<String> =
        server["deviations"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    Outcome { gave: format!("{tools} tool{}", if tools == 1 { "" } else { "s" }), said: ids }
}

/// True for what was expected of `fault`.
fn is_expected(fault: &Fault, outcome: &Outcome) -> bool {
    let said = if outcome.gave == "an error" {
        fault.says.iter().all(|words| outcome.said[0].contains(words))
    } else {
        outcome.said == fault.says
    };
    outcome.gave == fault.gives && said
}

#[test]
fn every_fault_gives_what_is_expected_in_time_and_leaves_nothing() {
    let web = Web::start();
    let faults = faults();
    let overs = |fault: &Fault| fault.over.map_or(vec![Over::Stdio, Over::Http], |over| vec![over]);
    let all: Vec<(&Fault, Over)> =
        faults.iter().flat_map(|fault| overs(fault).into_iter().map(move |over| (fault, over))).collect();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((fault, over)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = tried(fault, *over, &web);
                    outcomes.lock().unwrap().push((&fault.fault, *over, outcome));
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap();
    let of = |fault: &Fault| outcomes.iter().filter(|(name, ..)| **name == fault.fault).collect::<Vec<_>>();
    let wrong: Vec<String> = faults
        .iter()
        .flat_map(|fault| {
            of(fault).into_iter().filter(|found| !is_expected(fault, &found.2)).map(|found| format!("{found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
    let page = page(&faults, |fault| of(fault).into_iter().map(|(_, over, outcome)| (*over, outcome)).collect());
    let mut written = std::fs::read_to_string(Path::new(PAGE)).unwrap_or_default();
    let others = after_families(&written).map(|at| written.split_off(at)).unwrap_or_default();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, format!("{page}{others}")).unwrap();
        written.clone_from(&page);
    }
    assert!(written == page, "docs/hostile-servers.md is not what came of it; UPDATE_DOCS=1 writes it anew");
}

/// Where the sections of other tests begin in the page: behind the table of families.
fn after_families(page: &str) -> Option<usize> {
    let families = page.find(FAMILIES_HEADING)? + FAMILIES_HEADING.len();
    page[families..].find("\n## ").map(|at| families + at)
}

/// The page for people: one row for each fault, and one for each family.
fn page<'a>(faults: &[Fault], of: impl Fn(&Fault) -> Vec<(Over, &'a Outcome)>) -> String {
    let mut page = String::from(
        "# Hostile servers\n\n\
         What can be wrong with a server, and what a scan makes of it. The test `tests/hostile.rs` runs every row with the\n\
         program as a user has it: it checks the result, that it comes in time (20 s; 90 s for those that carry most), that\n\
         no process and no temporary folder is left, and that this page says what happened. Limits are 6 s for the start,\n\
         4 s for a request and 15 s in all (40 s and 80 s for those that carry most), and there is no sandbox. Floods are\n\
         held to 256 MiB of memory; they take 30 to 70, a server without a fault 31.\n\n\
         | fault | over | what the server does | expected | result |\n| --- | --- | --- | --- | --- |\n",
    );
    for fault in faults {
        let outcomes = of(fault);
        let over = match fault.over {
            None => "stdio, HTTP",
            Some(Over::Stdio) => "stdio",
            Some(Over::Http) => "HTTP",
        };
        let expected = [vec![fault.gives.clone()], fault.says.clone()].concat().join("; ");
        let mut results: Vec<String> = outcomes.iter().map(|(_, outcome)| result(outcome)).collect();
        results.sort();
        results.dedup();
        let Fault { fault, does, .. } = fault;
        let cells = [&expected, &results.join(" / ")].map(|cell| cell.replace('|', "\\|").replace('<', "&lt;"));
        writeln!(page, "| {fault} | {over} | {does} | {} | {} |", cells[0], cells[1]).unwrap();
    }
    writeln!(page, "{FAMILIES_HEADING}\n| family | what it tries | outcome | test |\n| --- | --- | --- | --- |")
        .unwrap();
    for Family { family, tries, outcome, test } in families() {
        writeln!(page, "| {family} | {tries} | {outcome} | `{test}` |").unwrap();
    }
    page
}

#[test]
fn every_family_names_a_test_that_is_there() {
    for Family { test, .. } in families() {
        let (file, name) = test.split_once(' ').unwrap();
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(text.contains(&format!("fn {name}(")), "{test}");
    }
}

/// The outcome in one line: an error by the first line of its cause.
fn result(outcome: &Outcome) -> String {
    let first: Vec<String> =
        outcome.said.iter().map(|said| said.lines().next().unwrap_or_default().to_owned()).collect();
    let cut = |text: String| {
        if text.len() > 160 { format!("{}...", text.chars().take(160).collect::<String>()) } else { text }
    };
    cut([vec![outcome.gave.clone()], first].concat().join("; "))
}

/// What a server floods us with is not kept: the program needs little more memory than for a server without a fault.
#[cfg(target_os = "linux")]
#[test]
fn a_flood_needs_little_memory() {
    const MOST: u64 = 256 << 10;
    for fault in
        ["notification-flood", "garbage-for-ever", "line-for-ever", "stderr-flood", "pages-heavy", "answer-of-numbers"]
    {
        let mut scan = Command::new(cargo_bin!("mcp-scan"))
            .args(["-q", "-o", "/dev/null", "--sandbox", "none", "--timeout", "60", "--"])
            .args([support::example("hostile-server").to_str().unwrap(), fault])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0;
        while scan.try_wait().unwrap().is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", scan.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(kibibytes.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(10));
        }
        println!("{fault}: {} MiB", peak >> 10);
        assert!(peak > 0 && peak < MOST, "{fault}: {peak} KiB");
    }
}

#[test]
fn there_are_enough_faults_and_each_once() {
    let mut names: Vec<String> = faults().into_iter().map(|fault| fault.fault).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert!(count >= 60 && names.len() == count);
}
