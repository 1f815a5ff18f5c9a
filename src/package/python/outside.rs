//! What leads out of the package: imports of other packages, and servers that are passed to their functions.

use tree_sitter::Node;

use super::interpreter::Interpreter;
use super::server::server_of;
use super::value::Args;
use crate::package::extraction::{Language, OutsideModule, ServerGapKind};

/// The most other packages that are noted.
const MAX_OUTSIDE: usize = 200;

/// The modules whose functions serve or inspect a server and register nothing with it.
const KNOWN: [&str; 16] = [
    "mcp",
    "fastmcp",
    "builtins",
    "asyncio",
    "anyio",
    "trio",
    "typing",
    "functools",
    "inspect",
    "contextlib",
    "logging",
    "uvicorn",
    "starlette",
    "fastapi",
    "atexit",
    "signal",
];

impl<'t> Interpreter<'t> {
    /// Notes an import of a module that is not in the package.
    pub(super) fn note_outside(&mut self, path: &str) {
        let name = path.split('.').next().unwrap_or_default();
        if !name.is_empty() && self.outside.len() < MAX_OUTSIDE {
            let name = name.to_owned();
            self.outside.insert(OutsideModule { language: Language::Python, name, gets_server: false });
        }
    }

    /// Notes that a function outside of the package gets a server, if `args` has one.
    pub(super) fn pass_on(&mut self, callee: &str, args: &Args<'t>, node: Node<'t>, module: usize) {
        let values = args.positional.iter().chain(args.named.iter().map(|(_, value)| value));
        let servers: Vec<usize> = values.filter_map(server_of).collect();
        for server in &servers {
            // It is started there, or serves there.
            self.servers[*server].runs = true;
        }
        let name = callee.split('.').next().unwrap_or_default();
        if servers.is_empty() || KNOWN.contains(&name) {
            return;
        }
        self.server_gap(ServerGapKind::PassedOn, node, module);
        let name = name.to_owned();
        self.outside.insert(OutsideModule { language: Language::Python, name, gets_server: true });
    }
}
