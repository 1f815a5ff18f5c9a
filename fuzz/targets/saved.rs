//! A saved listing in any of its forms.
#![no_main]

use mcp_scan::source::{Target, saved::Saved};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("a temporary file is written");
    let _ = Saved::open(&Target::File(file.path().to_owned())).and_then(Saved::listings);
});
