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
    let unread = "x".repeat(500);
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
    let (few, many) = (peak_memory(600), peak_memory(60_000));
    assert!(many < few + 16 * 1024, "{few} KiB for 600 lines, {many} KiB for 60,000");
}
