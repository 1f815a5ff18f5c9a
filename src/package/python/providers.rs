//! Tools that a server of FastMCP gets from somewhere else: from the files of a folder, or from the methods of an object.

use std::rc::Rc;

use tree_sitter::Node;

use super::calls::MARK;
use super::files::path_text;
use super::interpreter::Interpreter;
use super::modules::absolute;
use super::server::{ServerEntry, server_of};
use super::value::{Args, Function, Instance, Value};
use crate::package::extraction::ServerGapKind;

/// The methods of a class with marked methods that register these.
const REGISTERS_ALL: [&str; 2] = ["register_all", "register_tools"];

impl<'t> Interpreter<'t> {
    /// True for a method that registers the marked methods of `instance`.
    pub(super) fn registers_methods(&self, instance: &Instance<'t>, method: &str) -> bool {
        REGISTERS_ALL.contains(&method)
            && instance
                .class
                .as_ref()
                .is_some_and(|class| self.derives_from(class, &|base| base.ends_with(".MCPMixin")))
    }

    /// Registers the marked methods of `object` with the server in `args`, their names after a prefix.
    pub(super) fn register_methods(&mut self, object: &Value<'t>, args: &Args<'t>, node: Node<'t>, module: usize) {
        let Some(server) = args.get(0, "mcp_server").and_then(server_of) else { return };
        let text = |value: Option<&Value<'t>>| value.and_then(Value::whole_text).filter(|text| !text.is_empty());
        let prefix = text(args.get(1, "prefix"));
        let separator = text(args.named("separator")).unwrap_or_else(|| "_".into());
        let Some(members) = self.members_of(object) else {
            return self.server_gap(ServerGapKind::UnknownTable, node, module);
        };
        for (_, member) in members {
            let Value::Function(function) = member else { continue };
            let marked = function.attributes.borrow().get(MARK).cloned();
            let Some(Value::Call(mark)) = marked else { continue };
            let mut given = mark.args.clone();
            if let Some(prefix) = &prefix {
                let own = given.get(0, "name").and_then(Value::whole_text).unwrap_or_else(|| function.name.clone());
                given.positional.clear();
                given.named.retain(|(name, _)| &**name != "name");
                given.named.push(("name".into(), Value::text(&format!("{prefix}{separator}{own}"))));
            }
            self.register(server, &function, &given);
        }
    }

    /// Adds the tools of a provider to a server.
    pub(super) fn provide(&mut self, server: usize, provider: &Value<'t>, node: Node<'t>, module: usize) {
        if let Some(mounted) = server_of(provider).filter(|mounted| *mounted != server) {
            self.servers[mounted].is_mounted = true;
            return self.servers[server].entries.push(ServerEntry::Mounted { server: mounted, prefix: None });
        }
        let folder = match provider.plain() {
            Value::Call(call) if call.callee.ends_with(".FileSystemProvider") => {
                call.args.get(0, "root").and_then(path_text)
            }
            _ => None,
        };
        let Some(folder) = folder else { return self.server_gap(ServerGapKind::FetchedTools, node, module) };
        let folder = format!("{}/", folder.trim_end_matches('/'));
        let below = (0..self.modules.all.len()).filter(|at| absolute(self.modules.all[*at].path).starts_with(&folder));
        for file in below.collect::<Vec<_>>() {
            for function in self.marked_functions(file) {
                self.register(server, &function, &Args::default());
            }
        }
    }

    /// The functions of a module that a decorator marks as tools, in the order in which they are written.
    fn marked_functions(&mut self, module: usize) -> Vec<Rc<Function<'t>>> {
        let scope = self.module(module);
        let variables = scope.variables.borrow();
        let marked = variables.values().filter_map(|value| match value {
            Value::Function(function) if function.module == module => Some(Rc::clone(function)),
            _ => None,
        });
        let mut marked: Vec<_> = marked.filter(|function| function.attributes.borrow().contains_key(MARK)).collect();
        marked.sort_by_key(|function| function.node.start_byte());
        marked
    }
}
