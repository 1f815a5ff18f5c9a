//! A rebuild: what it leaves in the folder is what a first build of the same report writes, whatever has changed and
//! wherever an earlier one was stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mcp_scan::catalogue::{self, Options, Theme};
use mcp_scan::model::{Category, Finding, FindingKind, Report, ReportedError, Severity};
use url::Url;

use crate::reports::{RULESET, everything, tool};

/// The files below `root` but those that are not pages, by their paths.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if name.starts_with(".mcp-scan-") {
                continue;
            } else if entry.is_dir() {
                open.push(entry);
            } else {
                found.insert(name, fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// Copies everything below `from`, hidden files too, into the folder `to`.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The site of `report`, without a folder.
fn fresh(report: &Report, options: &Options) -> BTreeMap<String, Vec<u8>> {
    let pages = catalogue::pages(report, &RULESET, options).map(|page| page.unwrap());
    pages.map(|page| (page.path, page.contents)).collect()
}

/// A way in which a report, or how it is shown, can change.
type Change = (&'static str, fn(&mut Report, &mut Options));

const CHANGES: &[Change] = &[
    ("the description of a tool", |r, _| r.servers[0].tools[0].tool.description = Some("Says something else.".into())),
    ("the title of a tool", |r, _| r.servers[0].tools[0].tool.title = Some("Another title".into())),
    ("the schema of a tool", |r, _| {
        let other = tool("x", "x", Category::Read, serde_json::json!({"properties": {"new": {"type": "string"}}}));
        let tool = &mut r.servers[0].tools[0].tool;
        (tool.input_schema, tool.parameters) = (other.tool.input_schema, other.tool.parameters);
    }),
    ("the name of a tool", |r, _| r.servers[0].tools[1].tool.name = "create_other".into()),
    ("the page of a tool", |r, _| r.servers[0].tools[1].slug = "another-page".into()),
    ("the score of a tool", |r, _| r.servers[0].tools[0].assessment.score.value = 5),
    ("the arithmetic of a tool", |r, _| r.servers[0].tools[0].assessment.score.arithmetic = "another sum".into()),
    ("the policy of a tool", |r, _| r.servers[0].tools[0].decision.reason = Some("Another reason.".into())),
    ("a tool less", |r, _| drop(r.servers[0].tools.remove(0))),
    ("the order of tools", |r, _| r.servers[0].tools.reverse()),
    ("the name of a server", |r, _| r.servers[0].server.title = Some("Another shop".into())),
    ("the version of a server", |r, _| r.servers[1].server.version = Some("9.9.9".into())),
    ("the grade of a server", |r, _| r.servers[0].grade = Some("F".into())),
    ("a finding on a server", |r, _| {
        let text = "Something is wrong.".into();
        r.servers[0].own_findings.push(Finding {
            id: "x".into(),
            kind: FindingKind::Quality,
            severity: Severity::High,
            tool: None,
            text,
            ignored: None,
            known: false,
            quote: None,
            tool_index: None,
            content_digest: None,
        });
    }),
    ("a server less", |r, _| drop(r.servers.remove(1))),
    ("the order of servers", |r, _| r.servers.reverse()),
    ("a target that was not read", |r, _| {
        r.errors.push(ReportedError {
            target: "t".into(),
            what: "w".into(),
            why: "y".into(),
            hint: None,
            left_unread: None,
        });
    }),
    ("the rules", |r, _| r.ruleset = format!("sha256:{}", "a".repeat(64))),
    ("the profile", |r, _| r.profile = "strict".into()),
    ("the program", |r, _| r.mcp_scan_version = "99.0.0".into()),
    ("the formats of policies", |_, o| o.formats.truncate(1)),
    ("the title of the site", |_, o| o.title = "Another title".into()),
    ("the address of the site", |_, o| o.base_url = Some(Url::parse("https://a.example/").unwrap())),
];

/// Two formats of policies: a page is drawn often here, and most of its time goes into them.
fn few_formats() -> Options {
    let mut options = Options::default();
    options.formats.truncate(2);
    options
}

/// Every kind of page of the site, with few hostile tools and with descriptions cut: one of them takes longer to draw than
/// all other pages together.
fn quickly_drawn() -> Report {
    let mut report = everything();
    report.servers[1].tools.truncate(3);
    let tools = report.servers.iter_mut().flat_map(|server| &mut server.tools);
    for description in tools.filter_map(|tool| tool.tool.description.as_mut()) {
        *description = description.chars().take(500).collect();
    }
    report
}

#[test]
fn a_rebuild_leaves_what_a_first_build_writes() {
    let first = tempfile::tempdir().unwrap();
    catalogue::write(&quickly_drawn(), &RULESET, first.path(), &few_formats()).unwrap();
    let before = files(first.path());
    for (what, change) in CHANGES {
        let (mut report, mut options) = (quickly_drawn(), few_formats());
        let dir = tempfile::tempdir().unwrap();
        copy(first.path(), dir.path());
        change(&mut report, &mut options);
        let summary = catalogue::write(&report, &RULESET, dir.path(), &options).unwrap();
        let (after, fresh) = (files(dir.path()), fresh(&report, &options));
        let stale: Vec<&String> = fresh.keys().filter(|path| after.get(*path) != fresh.get(*path)).collect();
        assert!(stale.is_empty() && after.len() == fresh.len(), "{what}: {stale:?}");
        let written = fresh.iter().filter(|(path, text)| before.get(*path) != Some(text)).count();
        assert_eq!(summary.written, written, "{what}");
        assert!(written > 0, "{what} shows nowhere");
    }
}

#[test]
fn another_theme_is_drawn() {
    let (dir, theme) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let report = everything();
    let write = |options: &Options| catalogue::write(&report, &RULESET, dir.path(), options).unwrap();
    write(&Options::default());
    fs::write(theme.path().join("tool.html"), "{{ tool.name }}").unwrap();
    let options = Options { theme: Theme::load(theme.path()).unwrap(), ..Options::default() };
    assert!(write(&options).written > 0);
    assert_eq!(files(dir.path()), fresh(&report, &options));
}

#[test]
fn a_build_that_is_killed_leaves_whole_pages_and_the_next_one_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new, root) = (dir.path().join("old.json"), dir.path().join("new.json"), dir.path().join("site"));
    let listing = |text: &str| {
        let tool = |n| serde_json::json!({"name": format!("get_{n}"), "description": text});
        serde_json::json!({ "tools": (0..40).map(tool).collect::<Vec<_>>() }).to_string()
    };
    fs::write(&old, listing("Gets one.")).unwrap();
    fs::write(&new, listing("Deletes one.")).unwrap();
    let build = |report: &Path, root: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-scan"));
        command.arg("catalogue").arg(report).arg("-o").arg(root);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let whole = |report: &Path, root: &Path| assert!(build(report, root).wait().unwrap().success());
    whole(&old, &root);
    let before = files(&root);
    let (fresh_root, started) = (dir.path().join("fresh"), Instant::now());
    fs::rename(&old, dir.path().join("listing.json")).unwrap();
    fs::rename(&new, &old).unwrap();
    whole(&old, &fresh_root);
    let (time, after) = (started.elapsed(), files(&fresh_root));
    assert_ne!(before, after);
    for step in 1..8 {
        let mut child = build(&old, &root);
        std::thread::sleep(Duration::from_micros((time.as_micros() as u64) * step / 8));
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, text) in files(&root) {
            assert!(before.get(&path) == Some(&text) || after.get(&path) == Some(&text), "{path} at step {step}");
        }
        assert!(root.join("index.html").exists());
    }
    whole(&old, &root);
    assert_eq!(files(&root), after);
}

#[test]
fn names_fit_every_file_system() {
    let pages = fresh(&everything(), &Options::default());
    let distinct: BTreeSet<String> = pages.keys().map(|path| path.to_lowercase()).collect();
    assert_eq!(distinct.len(), pages.len());
    for path in pages.keys() {
        assert!(path.split('/').all(|name| name.len() <= 120), "{path}");
    }
}
