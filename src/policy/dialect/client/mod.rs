//! The permission settings of MCP clients. None of them counts calls, and only two compare an argument: a tool runs
//! freely, needs approval, or is denied. There is one file per kind of settings; the table of formats lists the clients of each.
//!
//! Each client says how its behavior was verified: seen in the running program, read in its source or documentation, or
//! stated by third parties only. `docs/policy-formats.md` repeats this.

pub(super) use amp::AMP;
pub(super) use claude_code::CLAUDE_CODE;
pub(super) use cline_cli::CLINE_CLI;
pub(super) use codex::CODEX;
pub(super) use copilot_managed::COPILOT_MANAGED;
pub(super) use crush::CRUSH;
pub(super) use cursor::{CURSOR, CURSOR_CLI};
pub(super) use gemini_policies::GEMINI_POLICIES;
pub(super) use opencode::{KILO, OPENCODE};
pub(super) use qwen::QWEN;
pub(super) use server_lists::{CLINE, COPILOT_CLI, DROID, GEMINI, KIRO, ROO, WINDSURF};
pub(super) use settings::json as json_file;
pub use settings::{Client, Evidence, Permission, ReadOnlyHint};
pub(super) use vscode::VSCODE;
pub(super) use yaml_lists::{CONTINUE, GOOSE};
pub(super) use zed::ZED;

mod amp;
mod claude_code;
mod cline_cli;
mod codex;
mod copilot_managed;
mod crush;
mod cursor;
mod gemini_policies;
mod listed_values;
mod names;
mod opencode;
mod qwen;
mod server_lists;
mod settings;
mod vscode;
mod yaml_lists;
mod zed;

#[cfg(test)]
mod tests;
