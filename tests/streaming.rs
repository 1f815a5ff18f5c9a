//! JSONL in, JSONL out: lines come as they are read, in memory that does not grow with them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command as Process, Stdio};

use assert_cmd::cargo::cargo_bin;

/// The program between two pipes.
fn streaming() -> Child {
    Process::new(cargo_bin!("mcp-scan"))
        .args(["-f", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn jsonl_gives_its_lines_before_the_input_has_ended() {
    let mut child = streaming();
    let mut input = child.stdin.take().unwrap();
    // More than the buffers on the way hold; the input stays open until the first line is there.
    let writer = std::thread::spawn(move || {
        for i in 0..3_000 {
            writeln!(input, "{{\"name\":\"get_{i}\",\"description\":\"Gets it.\"}}").unwrap();
        }
        input
    });
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(output.next().unwrap().unwrap().contains("\"get_0\""));
    let reader = std::thread::spawn(move || output.count());
    drop(writer.join().unwrap());
    assert_eq!((reader.join().unwrap(), child.wait().unwrap().code()), (2_999, Some(0)));
}

/// The peak of the memory held, in KiB, while `count` lines pass through; read for as long as the program runs.
#[cfg(target_os = "linux")]
fn peak_memory(count: usize) -> u64 {
    let mut child = streaming();
    let mut input = child.stdin.take().unwrap();
    // Long where it costs no time to judge: what is kept of each line shows, and the test stays quick.
    let unread = "x".repeat(2_500);
    let writer = std::thread::spawn(move || {
        for i in 0..count {
            writeln!(input, "{{\"server\":\"shop\",\"name\":\"get_{i}\",\"unread\":\"{unread}\"}}").unwrap();
        }
    });
    let status = format!("/proc/{}/status", child.id());
    let (mut seen, mut peak) = (0, 0);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        assert!(line.unwrap().contains(&format!("\"get_{seen}\"")));
        seen += 1;
        if seen % 100 == 1 {
            let status = std::fs::read_to_string(&status).unwrap_or_default();
            let held = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB"));
            peak = held.map_or(peak, |kib| kib.trim().parse().unwrap());
        }
    }
    writer.join().unwrap();
    assert_eq!((seen, child.wait().unwrap().code()), (count, Some(0)));
    assert!(peak > 0, "the peak was read");
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn jsonl_needs_no_more_memory_for_more_lines() {
    let (few, many) = (peak_memory(600), peak_memory(15_000));
    assert!(many < few + 16 * 1024, "{few} KiB for 600 lines, {many} KiB for 15,000");
}

#[test]
fn a_verdict_does_not_depend_on_the_format() {
    let dir = tempfile::tempdir().unwrap();
    // The namespace that the names share, and the sentence that all descriptions share, are known only together.
    let texts = [("load_test_get", "Gets a plan."), ("load_test_list", "Plans."), ("load_test_remove", "A plan.")];
    let mut lines = String::new();
    for server in ["north", "south"] {
        for (name, text) in texts {
            let description = format!("{text} Deletes nothing that another plan needs.");
            let tool = serde_json::json!({"server": server, "name": name, "description": description});
            lines += &format!("{tool}\n");
        }
    }
    for i in 0..300 {
        lines += &format!("{{\"server\":\"large\",\"name\":\"load_plan_{i}\",\"description\":\"Plan {i}.\"}}\n");
    }
    std::fs::write(dir.path().join("tools.jsonl"), lines).unwrap();
    let output = |format: &str| {
        let mut command = Process::new(cargo_bin!("mcp-scan"));
        command.current_dir(dir.path()).args(["-q", "-f", format, "tools.jsonl"]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let verdict = |tool: &serde_json::Value| {
        let keys = ["name", "category", "confidence", "score", "evidence", "actions", "signals"];
        serde_json::Value::Array(keys.iter().map(|key| tool[key].clone()).collect())
    };
    let streamed: Vec<_> = output("jsonl").lines().map(|line| verdict(&serde_json::from_str(line).unwrap())).collect();
    let report: serde_json::Value = serde_json::from_str(&output("json")).unwrap();
    let servers = report["servers"].as_array().unwrap();
    let whole: Vec<_> = servers.iter().flat_map(|s| s["tools"].as_array().unwrap()).map(verdict).collect();
    assert_eq!(streamed.len(), 306);
    assert_eq!(streamed, whole);
    assert!(streamed[0][1].is_string(), "{}", streamed[0]);
}
