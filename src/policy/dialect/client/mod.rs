//! The permission settings of MCP clients. None of them counts calls or looks at arguments: a tool runs freely, is asked
//! about, or is refused. One file per shape of settings; the table of formats says which client has which.
//!
//! Facts are from the clients' own documentation unless a client is marked as not `checked`: then only third parties
//! state them, and nobody here has seen the client obey. `docs/policy-formats.md` repeats the marks.

pub(super) use claude_code::CLAUDE_CODE;
pub(super) use codex::CODEX;
pub(super) use cursor::{CURSOR, CURSOR_CLI};
pub(super) use server_lists::{CLINE, COPILOT_CLI, GEMINI, KIRO, QWEN, ROO, WINDSURF};
pub use settings::{Client, Permission};
pub(super) use vscode::VSCODE;
pub(super) use zed::ZED;

mod claude_code;
mod codex;
mod cursor;
mod names;
mod server_lists;
mod settings;
mod vscode;
mod zed;

#[cfg(test)]
mod tests;
