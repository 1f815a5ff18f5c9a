//! The program as a user runs it.

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;

/// The program, without colours and with nothing else of the caller's terminal in its environment.
pub fn program() -> Command {
    let mut command = Command::new(cargo_bin!("mcp-scan"));
    for name in ["CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1");
    command
}

/// Exit code, standard output and standard error of `command`.
pub fn finished(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}
