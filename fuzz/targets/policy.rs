//! A policy in each format that is read back.
#![no_main]

use mcp_scan::policy::{self, Dialect};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in Dialect::readable() {
        let _ = policy::read(text, dialect);
    }
});
