//! Servers that speak the protocol without an SDK: their tools are the dictionaries that have a name and a schema of
//! parameters.

use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{Interpreter, children};
use super::modules::Modules;
use super::server::ServerLibrary;
use super::value::{Args, Call, Scope, Value};

/// The request that such a program handles.
const REQUEST: &str = "tools/list";
/// The keys of a tool: its name, and the schema of its parameters in one of two spellings.
const NAME: &str = "name";
const SCHEMAS: [&str; 2] = ["inputSchema", "input_schema"];
/// The most nodes of a file that are searched.
const MAX_NODES: usize = 500_000;

/// Records the tools that the dictionaries of a program describe.
pub(super) fn follow<'t>(interpreter: &mut Interpreter<'t>, modules: &'t Modules<'t>) {
    if !modules.all.iter().any(|module| module.text.contains(REQUEST)) {
        return;
    }
    let mut server = None;
    for (at, module) in modules.all.iter().enumerate() {
        let is_test = module.name.split('.').any(|part| part == "tests" || part.starts_with("test_"));
        if is_test || !SCHEMAS.iter().any(|key| module.text.contains(key)) {
            continue;
        }
        let Some(tree) = modules.tree(at) else { continue };
        let scope = interpreter.module(at);
        for node in dictionaries(tree.root_node(), module.text) {
            let Some(call) = described(interpreter, node, &scope) else { continue };
            let Some(tool) = interpreter.listed_tool(&Rc::new(call)) else { continue };
            let number = *server
                .get_or_insert_with(|| interpreter.new_server(ServerLibrary::LowLevel, &Args::default(), node, at));
            interpreter.record(number, tool);
        }
    }
}

/// The outermost dictionaries with the keys of a tool. Without recursion: hostile source nests deeply.
fn dictionaries<'t>(root: Node<'t>, text: &str) -> Vec<Node<'t>> {
    let (mut found, mut cursor) = (Vec::new(), root.walk());
    for _ in 0..MAX_NODES {
        let node = cursor.node();
        let is_tool = node.kind() == "dictionary"
            && has_key(node, NAME, text)
            && SCHEMAS.iter().any(|key| has_key(node, key, text));
        if is_tool {
            found.push(node);
        }
        if !is_tool && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
    found
}

fn has_key(dictionary: Node<'_>, key: &str, text: &str) -> bool {
    let keys = children(dictionary).into_iter().filter_map(|pair| pair.child_by_field_name("key"));
    let mut keys = keys.filter_map(|node| text.get(node.byte_range()));
    keys.any(|found| found.trim_matches(['"', '\'']) == key)
}

/// The dictionary as the call that an SDK would have.
fn described<'t>(interpreter: &mut Interpreter<'t>, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Option<Call<'t>> {
    let Value::Dict(dict) = interpreter.eval(node, scope) else { return None };
    let dict = dict.borrow();
    let named = dict.entries.iter().filter_map(|(key, value)| Some((key.whole_text()?, value.clone()))).collect();
    let args = Args { positional: Vec::new(), named, open: dict.open };
    Some(Call { callee: "Tool".into(), args, place: (scope.module, node.start_position().row + 1) })
}
