//! Lines that a live server sends.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mcp_scan::source::fuzz_wire(bytes));
