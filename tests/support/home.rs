//! The program for a user with a home of their own.

use std::path::Path;

use assert_cmd::Command;

/// The program in `folder`, with `home` as the home and nothing of the real user's configuration.
pub fn program_at(home: &Path, folder: &Path) -> Command {
    let mut program = Command::cargo_bin("mcp-scan").unwrap();
    program.current_dir(folder).env("HOME", home);
    for variable in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "CODEX_HOME"] {
        program.env_remove(variable);
    }
    program
}
