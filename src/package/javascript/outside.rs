//! What leads out of the package: imports of other packages, and servers that are passed to their functions.

use super::interpreter::Interpreter;
use super::value::{External, Value};
use crate::package::extraction::{Language, OutsideModule, ServerGap, ServerGapKind};

/// The most other packages that are noted.
const MAX_OUTSIDE: usize = 200;

/// The packages of SDKs whose functions are known, so that a server that they get does not register tools.
const SDKS: [&str; 4] = ["@modelcontextprotocol/", "fastmcp", "mcp-framework", "xmcp"];

impl Interpreter<'_> {
    /// Notes an import of a module that is not in the package.
    pub(super) fn note_outside(&mut self, specifier: &str) {
        if let Some(name) = package_of(specifier).filter(|_| self.outside.len() < MAX_OUTSIDE) {
            self.outside.insert(OutsideModule { language: Language::JavaScript, name, gets_server: false });
        }
    }

    /// Notes that a function of another package gets a server, if one of `args` is one.
    pub(super) fn note_passed_on(&mut self, callee: &External, args: &[Value]) {
        let Some(name) = package_of(&callee.module) else { return };
        if is_sdk(&name) || !args.iter().any(is_server) {
            return;
        }
        let place = self.frames.last().map(|frame| self.place(frame.function));
        let gap = ServerGap { kind: ServerGapKind::PassedOn, place };
        if !self.found.gaps.contains(&gap) && self.found.gaps.len() < MAX_OUTSIDE {
            self.found.gaps.push(gap);
            self.outside.insert(OutsideModule { language: Language::JavaScript, name, gets_server: true });
        }
    }
}

fn is_sdk(name: &str) -> bool {
    SDKS.iter().any(|sdk| name.starts_with(sdk))
}

/// True for what the constructor of a server of an SDK returns.
fn is_server(value: &Value) -> bool {
    let Value::External(external) = value else { return false };
    let [class, call] = &external.path[..] else { return false };
    is_sdk(&external.module) && matches!(&**class, "McpServer" | "Server" | "FastMCP") && &**call == "()"
}

/// The package of a module. `None` for a module of Node and for a path.
fn package_of(specifier: &str) -> Option<String> {
    if specifier.starts_with(['.', '/', '#']) || specifier.contains([':', '\\']) {
        return None;
    }
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let name: Vec<&str> = specifier.split('/').take(parts).collect();
    (name.len() == parts && name.iter().all(|part| !part.is_empty())).then(|| name.join("/"))
}
