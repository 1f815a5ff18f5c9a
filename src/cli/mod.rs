//! The command line; the only part that prints.

use std::process::ExitCode;

mod args;
mod parse;
mod values;

/// Parses the arguments, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
