//! A policy in each form that is read back.
#![no_main]

use mcp_scan::policy::{Dialect, dialect};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for form in Dialect::READABLE {
        let _ = dialect::read(text, form);
    }
});
