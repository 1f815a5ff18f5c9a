use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::verify::ProblemKind;
use super::*;
use crate::model::Category;
use crate::policy::Outcome;
use crate::text::clean;

fn entry<'e>(tool: &'e str, arguments: &'e Value) -> LogEntry<'e> {
    LogEntry {
        time: UNIX_EPOCH + Duration::from_millis(1_795_838_400_123),
        client: "editor 1.2",
        session: "s1",
        server: "shop",
        tool,
        category: Some(Category::Financial),
        decision: Outcome::Allowed,
        rule: "few payments",
        observed: false,
        arguments,
        duration: Duration::from_micros(1_500),
        ending: Ending::Answered,
        trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        found: &[],
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("guard.jsonl")
    }

    fn open(&self, options: LogOptions) -> AuditLog {
        AuditLog::open(&self.path(), options).unwrap()
    }

    /// A log of `count` records.
    fn filled(count: usize) -> Self {
        let folder = Self::new();
        let log = folder.open(LogOptions::default());
        (0..count).for_each(|at| log.record(&entry(&format!("tool {at}"), &json!({"at": at}))).unwrap());
        folder
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.path()).unwrap().lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        fs::write(self.path(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    fn problems(&self) -> Vec<(usize, ProblemKind)> {
        let found = verify(&self.path()).unwrap().problems;
        found.into_iter().map(|problem| (problem.line, problem.kind)).collect()
    }
}

#[test]
fn a_line_says_what_was_decided_and_no_arguments() {
    let folder = Folder::new();
    let log = folder.open(LogOptions::default());
    let arguments = json!({"amount": 5, "card": "4000 1234"});
    log.record(&entry("pay\n\u{1b}", &arguments)).unwrap();
    log.record(&LogEntry {
        decision: Outcome::Denied,
        ending: Ending::NotCalled,
        category: None,
        trace: None,
        found: &[],
        ..entry("x", &Value::Null)
    })
    .unwrap();
    insta::assert_snapshot!(fs::read_to_string(folder.path()).unwrap());
}

#[test]
fn a_line_holds_no_character_that_shows_it_otherwise_and_reads_as_it_was() {
    let folder = Folder::new();
    let tool = "x\u{2028}{\"seq\":2}\u{202e}\u{9b}31m\u{e0041}";
    folder.open(LogOptions::default()).record(&entry(tool, &json!({}))).unwrap();
    let [line] = folder.lines().try_into().unwrap();
    assert!(!line.chars().any(clean::is_unsafe), "{line:?}");
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["tool"], tool);
    assert_eq!(folder.problems(), []);
}

#[test]
fn arguments_are_written_without_secrets() {
    let folder = Folder::new();
    let secrets = [("SHOP_KEY", "correct-horse-battery")];
    let secrets = crate::source::secret::KnownSecrets::new("", &[], secrets.into_iter());
    let log = folder.open(LogOptions { arguments: true, secrets, ..LogOptions::default() });
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0".repeat(2).get(..36).unwrap());
    let arguments = json!({
        "query": "select 1", "password": "hunter2hunter2", "note": format!("use {token} here"),
        "deep": [{"text": "the key is correct-horse-battery"}],
    });
    log.record(&entry("query", &arguments)).unwrap();
    log.record(&entry("query", &json!({"long": "x".repeat(70_000)}))).unwrap();
    let lines = folder.lines();
    let first: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(first["arguments"]["query"], "select 1");
    for secret in ["hunter2hunter2", &token, "correct-horse-battery"] {
        assert!(!lines[0].contains(secret), "{}", lines[0]);
    }
    let long: Value = serde_json::from_str(&lines[1]).unwrap();
    assert!(long.get("arguments").is_none() && long["arguments_digest"].is_string());
}

#[test]
fn a_whole_log_has_no_problem_and_each_change_is_found() {
    let folder = Folder::filled(6);
    let whole = verify(&folder.path()).unwrap();
    assert_eq!((whole.records, whole.first, whole.last, whole.problem_count), (6, 1, 6, 0));
    assert!(whole.end_is_known);
    let lines = folder.lines();
    let check = |change: &dyn Fn(&mut Vec<String>), wanted: &[(usize, ProblemKind)]| {
        let mut changed = lines.clone();
        change(&mut changed);
        folder.write(&changed);
        assert_eq!(folder.problems(), wanted);
    };
    use ProblemKind::{Changed, CutOff, NotARecord, OutOfOrder, Removed, Replaced};
    check(&|lines| drop(lines.remove(2)), &[(3, Removed { from: 3, to: 3 })]);
    check(&|lines| drop(lines.drain(..2)), &[(1, Removed { from: 1, to: 2 })]);
    check(&|lines| lines[2] = lines[2].replace("tool 2", "tool 9"), &[(3, Changed { seq: 3 })]);
    check(&|lines| lines[5] = lines[5].replace("tool 5", "tool 9"), &[(6, Changed { seq: 6 })]);
    check(&|lines| lines.swap(2, 3), &[(3, Removed { from: 3, to: 3 }), (4, OutOfOrder { seq: 3 })]);
    check(&|lines| lines.insert(3, lines[1].clone()), &[(4, OutOfOrder { seq: 2 })]);
    check(&|lines| lines.truncate(4), &[(4, CutOff { last: 4, written: 6 })]);
    check(&|lines| lines.insert(1, "x".into()), &[(2, NotARecord)]);
    // A changed record with a digest of its own: the next one shows it.
    let forged = |lines: &mut Vec<String>| {
        let record = lines[2].replace("tool 2", "tool 9");
        let (record, _) = record.rsplit_once(r#","digest""#).unwrap();
        lines[2] = chain::sealed(&format!("{record}}}")).0.trim_end().to_owned();
    };
    check(&forged, &[(4, Replaced { seq: 4 })]);
    let text = fs::read_to_string(folder.path()).unwrap();
    fs::write(folder.path(), text.get(..text.len() - 30).unwrap()).unwrap();
    let cut: Vec<ProblemKind> = folder.problems().into_iter().map(|(_, kind)| kind).collect();
    assert!(cut.ends_with(&[ProblemKind::Incomplete, CutOff { last: 5, written: 6 }]), "{cut:?}");
    fs::remove_file(files::head(&folder.path())).unwrap();
    folder.write(&lines[..4]);
    let cut = verify(&folder.path()).unwrap();
    assert!(cut.problems.is_empty() && !cut.end_is_known && cut.last == 4);
}

#[test]
fn full_files_keep_the_chain_and_old_ones_go() {
    let folder = Folder::new();
    let write = |count: usize, keep| {
        let log = folder.open(LogOptions { max_bytes: 2_000, keep, ..LogOptions::default() });
        (0..count).for_each(|_| log.record(&entry("pay", &json!({}))).unwrap());
    };
    write(10, 9);
    let whole = verify(&folder.path()).unwrap();
    assert_eq!((whole.first, whole.last, whole.problem_count), (1, 10, 0), "{whole:?}");
    let full = files::all(&folder.path());
    assert!(full.len() >= 3 && full.iter().all(|file| fs::metadata(file).unwrap().len() <= 2_000), "{full:?}");
    fs::rename(&full[1], folder.0.path().join("gone")).unwrap();
    assert!(verify(&folder.path()).unwrap().problem_count > 0);
    fs::rename(folder.0.path().join("gone"), &full[1]).unwrap();
    write(40, 2);
    let kept = verify(&folder.path()).unwrap();
    assert_eq!((kept.last, kept.problem_count), (50, 0), "{kept:?}");
    assert!(kept.first > 30, "{kept:?}");
    fs::remove_file(files::full(&folder.path(), 2)).unwrap();
    let problems = verify(&folder.path()).unwrap().problems;
    assert!(matches!(problems[0].kind, ProblemKind::Removed { .. }), "a removed old file is no rotation: {problems:?}");
}

#[test]
fn several_writers_make_one_chain() {
    let folder = Folder::new();
    let write = |name: usize| {
        let log = folder.open(LogOptions { max_bytes: 20_000, keep: 99, ..LogOptions::default() });
        (0..50).for_each(|_| log.record(&entry(&format!("tool {name}"), &json!({}))).unwrap());
    };
    std::thread::scope(|scope| (0..4).for_each(|name| drop(scope.spawn(move || write(name)))));
    let whole = verify(&folder.path()).unwrap();
    assert_eq!((whole.records, whole.problem_count), (200, 0), "{whole:?}");
    let summary = summarize(&folder.path()).unwrap();
    assert!(summary.tools.iter().all(|tool| tool.allowed == 50), "{summary:?}");
}

#[test]
fn what_a_killed_process_left_is_taken_up() {
    let folder = Folder::filled(3);
    let head = fs::read(files::head(&folder.path())).unwrap();
    let record = || folder.open(LogOptions::default()).record(&entry("pay", &json!({}))).unwrap();
    record();
    // Killed after the line and before the head, and another in the middle of a line.
    fs::write(files::head(&folder.path()), head).unwrap();
    let mut text = fs::read_to_string(folder.path()).unwrap();
    text.push_str(r#"{"seq":5,"ti"#);
    fs::write(folder.path(), text).unwrap();
    record();
    let whole = verify(&folder.path()).unwrap();
    assert_eq!((whole.records, whole.last, whole.problem_count), (5, 5, 0), "{whole:?}");
}

#[test]
fn a_log_that_was_cut_goes_on_and_shows_the_cut() {
    let folder = Folder::filled(4);
    let text = fs::read_to_string(folder.path()).unwrap();
    let cut = text.lines().take(2).map(str::len).sum::<usize>() + 30;
    fs::write(folder.path(), text.get(..cut).unwrap()).unwrap();
    folder.open(LogOptions::default()).record(&entry("pay", &json!({}))).unwrap();
    assert_eq!(folder.problems(), [(3, ProblemKind::NotARecord), (4, ProblemKind::Removed { from: 3, to: 4 })]);
    fs::remove_file(folder.path()).unwrap();
    folder.open(LogOptions::default()).record(&entry("pay", &json!({}))).unwrap();
    assert_eq!(folder.problems(), [(1, ProblemKind::Removed { from: 1, to: 5 })]);
}

#[cfg(unix)]
#[test]
fn files_are_the_owners_alone_and_links_are_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    fs::write(folder.path(), "").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o644)).unwrap();
    drop(folder.open(LogOptions::default()));
    for file in [folder.path(), files::head(&folder.path())] {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    let link = folder.0.path().join("link");
    symlink(folder.path(), &link).unwrap();
    let open = |path: &Path| AuditLog::open(path, LogOptions::default()).map(drop);
    assert!(matches!(open(&link), Err(LogError::NotAFile { .. })));
    assert!(matches!(open(Path::new("/dev/null")), Err(LogError::NotAFile { .. } | LogError::Open { .. })));
    assert!(open(folder.0.path()).is_err());
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_and_stays_whole() {
    let folder = Folder::filled(2);
    let log = folder.open(LogOptions::default());
    log.record(&entry("pay", &json!({}))).unwrap();
    // A folder in the place of the file: the log cannot be opened again.
    fs::rename(folder.path(), folder.0.path().join("moved")).unwrap();
    fs::create_dir(folder.path()).unwrap();
    assert!(log.record(&entry("pay", &json!({}))).is_err());
    fs::remove_dir(folder.path()).unwrap();
    fs::rename(folder.0.path().join("moved"), folder.path()).unwrap();
    log.record(&entry("pay", &json!({}))).unwrap();
    assert_eq!(verify(&folder.path()).unwrap().problem_count, 0);
}

#[test]
fn a_summary_counts_each_decision_and_the_times_of_answers() {
    let folder = Folder::new();
    let log = folder.open(LogOptions::default());
    let arguments = json!({});
    for at in 1..=100_u64 {
        log.record(&LogEntry { duration: Duration::from_micros(at), ..entry("pay", &arguments) }).unwrap();
    }
    for (decision, ending, observed) in [
        (Outcome::Denied, Ending::NotCalled, false),
        (Outcome::Denied, Ending::Answered, true),
        (Outcome::Limited, Ending::NotCalled, false),
        (Outcome::Approval, Ending::ToolError, false),
    ] {
        let duration = Duration::from_micros(100);
        log.record(&LogEntry { decision, ending, observed, duration, ..entry("pay", &arguments) }).unwrap();
    }
    let summary = summarize(&folder.path()).unwrap();
    let [tool] = summary.tools.as_slice() else { panic!("{summary:?}") };
    assert_eq!((summary.calls, tool.allowed, tool.denied, tool.limited, tool.asked), (104, 100, 2, 1, 1));
    assert_eq!((tool.observed, tool.failed, tool.median_us, tool.p99_us), (1, 1, Some(51), Some(100)));
    fs::write(folder.path(), "{}\n").unwrap();
    assert!(summarize(&folder.path()).unwrap_err().to_string().contains("line 1 is no record"));
}

fn record(tool: String) -> LogRecord {
    LogRecord {
        time: UNIX_EPOCH,
        client: "c".into(),
        session: "s".into(),
        server: "shop".into(),
        tool,
        category: None,
        decision: Outcome::Allowed,
        rule: "r".into(),
        observed: false,
        arguments: json!({"x": 1}),
        duration: Duration::ZERO,
        ending: Ending::Answered,
        trace: None,
        found: Vec::new(),
    }
}

#[tokio::test]
async fn a_log_that_another_process_holds_delays_no_call_and_loses_nothing() {
    let folder = Folder::new();
    let log = folder.open(LogOptions::default());
    let head = fs::File::open(folder.0.path().join("guard.jsonl.head")).unwrap();
    head.lock().unwrap();
    let queue = LogQueue::start(log, Box::new(|written| assert!(written.is_ok()))).unwrap();
    let begun = std::time::Instant::now();
    for at in 0..500 {
        assert!(queue.record(record(format!("tool {at}"))).await);
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let (written, ()) = tokio::join!(queue.is_written(), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(folder.lines().is_empty());
        head.unlock().unwrap();
    });
    assert!(written);
    for at in 500..600 {
        assert!(queue.record(record(format!("tool {at}"))).await);
    }
    assert!(queue.finish() && !queue.record(record("late".into())).await);
    let tools: Vec<String> = folder
        .lines()
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["tool"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tools, (0..600).map(|at| format!("tool {at}")).collect::<Vec<_>>());
    assert_eq!(folder.problems(), []);
}

#[tokio::test]
async fn a_record_that_found_no_room_is_known_until_another_is_written() {
    let folder = Folder::new();
    let log = folder.open(LogOptions::default());
    let head = fs::File::open(folder.0.path().join("guard.jsonl.head")).unwrap();
    head.lock().unwrap();
    let queue = LogQueue::with_room(log, Box::new(|_| {}), 2).unwrap();
    let mut handed = 0;
    while queue.record(record(format!("tool {handed}"))).await {
        handed += 1;
    }
    assert!(!queue.is_written().await, "nothing is written while the log is held");
    head.unlock().unwrap();
    while folder.lines().len() < handed {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!queue.is_written().await, "the records before the lost one do not stand for it");
    assert!(queue.record(record("next".into())).await && queue.is_written().await);
    assert!(queue.finish() && !queue.is_written().await);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_record_that_cannot_be_written_is_known_before_the_next_call() {
    let folder = Folder::new();
    let queue = LogQueue::start(folder.open(LogOptions::default()), Box::new(|_| {})).unwrap();
    assert!(queue.record(record("one".into())).await && queue.is_written().await);
    // What was a file is a folder: no record can be written there.
    fs::remove_file(folder.path()).unwrap();
    fs::create_dir(folder.path()).unwrap();
    assert!(queue.record(record("two".into())).await && !queue.is_written().await);
    fs::remove_dir(folder.path()).unwrap();
    assert!(queue.record(record("three".into())).await && queue.is_written().await);
}
