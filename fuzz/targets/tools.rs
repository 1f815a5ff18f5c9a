//! The result of a tools/list.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(result) = serde_json::from_slice(bytes) {
        mcp_scan::source::decode::Decoder::default().page(&result);
    }
});
