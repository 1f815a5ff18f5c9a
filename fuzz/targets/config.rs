//! The configurations of clients and the manifests of servers: JSON with comments, TOML, YAML. The first byte says which client's place the file has.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use mcp_scan::source;

const PLACES: [&str; 8] = [
    ".mcp.json", ".vscode/mcp.json", "opencode.json", ".codex/config.toml", ".continue/config.yaml", "any.json", "server.json",
    "manifest.json",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(PLACES[usize::from(*first) % PLACES.len()]);
    fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
    fs::write(&path, text).expect("a file");
    for configured in source::named_servers(&path).into_iter().flatten().flatten() {
        let _ = (configured.shown(), configured.environment(), configured.headers(), configured.fingerprint());
        let _ = configured.proposal(&[]);
    }
});
