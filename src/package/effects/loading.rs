//! What a package does as soon as its code is loaded, before a tool is called.

use std::collections::BTreeMap;

use super::functions::Code;
use super::sinks;
use crate::model::{CodeEffect, EffectKind};
use crate::package::source_tree::{SourceTree, is_code};

/// The largest file that is looked at, in bytes: of larger ones most is of other packages.
const MAX_FILE: usize = 1 << 20;
/// The most bytes of all files together.
const MAX_TOTAL: usize = 4 << 20;
/// Parts of paths of what is not loaded with the program.
const BESIDE: [&str; 14] = [
    "node_modules",
    "test",
    "tests",
    "__tests__",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "script",
    "scripts",
    "docs",
    "bench",
    "benchmarks",
];
/// Files that only tools for building and testing load.
const OF_TOOLS: [&str; 6] = ["setup.py", "conftest.py", "noxfile.py", "tasks.py", "gulpfile.js", "build.js"];
/// The last words of functions that send or fetch something. Others make a client, or a setting of one.
#[rustfmt::skip]
const SENDS: [&str; 20] = [
    "get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "urlopen", "urlretrieve", "fetch",
    "create_connection", "createConnection", "connect", "send", "sendto", "WebSocket", "SMTP", "getaddrinfo",
];

/// The first place of each effect of code that runs as soon as it is loaded, if it uses the network or runs programs.
pub(crate) fn at_load(tree: &SourceTree) -> Vec<CodeEffect> {
    let mut code = Code::new(tree);
    let mut found: BTreeMap<EffectKind, CodeEffect> = BTreeMap::new();
    let mut left = MAX_TOTAL;
    for path in tree.paths().filter(|path| is_loaded(path)) {
        let size = tree.text(path).map_or(usize::MAX, str::len);
        if size > MAX_FILE || size > left {
            continue;
        }
        left -= size;
        let Some(module) = code.at_load(path) else { continue };
        for call in code.calls(module) {
            let Some(effect) = sinks::effect(&call) else { continue };
            let effect = CodeEffect { effect, call: call.full, file: path.to_owned(), line: call.line };
            if acts(&effect) {
                found.entry(effect.effect).or_insert(effect);
            }
        }
    }
    found.into_values().collect()
}

/// True for a file of Python or JavaScript that is loaded with the program.
fn is_loaded(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_script = is_code(path) && !name.ends_with(".go") && !name.ends_with(".rs") && !name.contains(".d.");
    let is_of_tools = OF_TOOLS.contains(&name)
        || name.starts_with("test_")
        || [".test.", ".spec.", ".config."].iter().any(|part| name.contains(part));
    is_script && !is_of_tools && !folder.split('/').any(|part| BESIDE.contains(&part))
}

fn acts(effect: &CodeEffect) -> bool {
    match effect.effect {
        EffectKind::RunsPrograms => true,
        EffectKind::UsesNetwork => SENDS.contains(&last_word(&effect.call)),
        EffectKind::EvaluatesCode
        | EffectKind::DeletesFiles
        | EffectKind::WritesFiles
        | EffectKind::ReadsEnvironment => false,
    }
}

fn last_word(call: &str) -> &str {
    // `got:`, `ws:`: the function that a module is.
    call.trim_end_matches(':').rsplit(['.', ':']).next().unwrap_or(call)
}
