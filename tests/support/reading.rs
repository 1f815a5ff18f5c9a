//! Options of tests that read servers by the library.

use mcp_scan::source::Options;

/// The defaults; the supervisor of a started server is the program itself.
pub fn options() -> Options {
    Options { helper: env!("CARGO_BIN_EXE_mcp-scan").into(), ..Options::default() }
}
