//! The program on a terminal: Python's pty stands in for one.

use std::path::Path;
use std::process::Command;

/// Types an answer whenever a question waits, and prints what is on the screen.
const TYPED: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen = b""
answers = list(sys.argv[1])
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    asked = seen.count(b"uit: ") + seen.count(b"[n]o: ")
    if answers and asked > len(sys.argv[1]) - len(answers):
        os.write(terminal, (answers.pop(0) + "\n").encode())
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// Runs the program in `folder`, its home, with `typed`, a letter for each question. Gives the exit code and the screen.
pub fn run(folder: &Path, typed: &str, args: &[&str]) -> (i32, String) {
    let program = assert_cmd::cargo::cargo_bin("mcp-scan");
    let output = Command::new("python3")
        .args(["-c", TYPED, typed, program.to_str().unwrap()])
        .args(args)
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("XDG_STATE_HOME")
        .env("PLANTED_TOKEN", "planted-environment")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}
