//! MCPB archives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcp_scan::source::{self, Budget, Target};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.mcpb");
    std::fs::write(&path, bytes).expect("a file");
    let _ = source::read_saved(&Target::File(path), &Budget::default());
});
