//! Python: the part of a program that is known without running it.

use std::rc::Rc;

use super::extraction::{Extraction, Gap, ServerGap, ServerGapKind};
use super::manifest::Manifest;
use super::source_tree::SourceTree;

mod attributes;
mod builtins;
mod calls;
mod collections;
mod command_line;
mod commands;
mod created_model;
mod docstring;
mod expressions;
mod files;
#[cfg(test)]
mod framework_tests;
mod hand_written;
mod interpreter;
#[cfg(test)]
mod language_tests;
mod literal;
mod matching;
mod methods;
mod modules;
mod numbers;
mod openapi;
mod openapi_schema;
mod outside;
mod providers;
mod registration;
mod schema;
mod server;
#[cfg(test)]
mod share_tests;
mod signature;
mod statements;
#[cfg(test)]
mod tests;
mod texts;
mod tools;
mod type_test;
mod value;

use interpreter::Interpreter;
use modules::Modules;
use server::{RegisteredTool, ServerLibrary};
use value::{Args, Value};

/// The server that the Python of a package would be.
pub(crate) fn extract(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    let modules = Modules::new(tree);
    let mentions = |text: &str| text.contains("mcp") && (text.contains("tool") || text.contains("Tool"));
    // A program without a mention may start that of another package.
    let starts = manifest.entry_points.iter().any(|entry| entry.target.contains(':') || entry.target.ends_with(".py"));
    if !starts && !modules.all.iter().any(|module| mentions(module.text)) {
        return Extraction::default();
    }
    let mut interpreter = Interpreter::new(&modules);
    for entry in &manifest.entry_points {
        if let Some(module) = modules.all.iter().position(|module| module.path == entry.target) {
            interpreter.main = Some(module);
            interpreter.module(module);
            interpreter.main = None;
        }
        let Some((module, function)) = entry.target.split_once(':') else { continue };
        let Some(module) = modules.find(module) else { continue };
        let function = function.split('.').try_fold(Value::Module(module), |value, name| {
            let found = interpreter.attribute(&value, name);
            (!matches!(found, Value::Unknown)).then_some(found)
        });
        if let Some(Value::Function(function)) = function {
            interpreter.call_function(&function, Args::default());
        }
    }
    interpreter.use_all_steps();
    if !interpreter.servers.iter().any(|server| server.runs) {
        commands::follow(&mut interpreter);
    }
    interpreter.run_list_handlers();
    let mut found = collected(&mut interpreter);
    if found.tools.is_empty() {
        follow_everything(&mut interpreter, &modules);
        found = collected(&mut interpreter);
        if found.tools.is_empty() {
            hand_written::follow(&mut interpreter, &modules);
            found = collected(&mut interpreter);
        }
        if !found.tools.is_empty() {
            found.gaps.push(ServerGap { kind: ServerGapKind::Unreached, place: None });
        }
    }
    found
}

/// Runs every module that may register tools, and the functions of these that nothing else called.
fn follow_everything(interpreter: &mut Interpreter<'_>, modules: &Modules<'_>) {
    let registers = |text: &str| [".tool", "list_tools", "add_tool", "Tool("].iter().any(|word| text.contains(word));
    let candidates = (0..modules.all.len()).filter(|module| {
        let module = &modules.all[*module];
        registers(module.text) && !module.name.split('.').any(|part| part == "tests" || part.starts_with("test_"))
    });
    let candidates: Vec<usize> = candidates.collect();
    for module in &candidates {
        if !interpreter.scopes.contains_key(module) {
            interpreter.main = Some(*module);
        }
        interpreter.module(*module);
    }
    interpreter.main = None;
    let fallback = interpreter.servers.len();
    for module in candidates {
        let scope = interpreter.module(module);
        let variables = scope.variables.borrow();
        let functions = variables.values().filter_map(|value| match value {
            Value::Function(function) if function.module == module => Some(Rc::clone(function)),
            _ => None,
        });
        let mut functions: Vec<_> = functions.collect();
        drop(variables);
        functions.sort_by_key(|function| function.node.start_byte());
        for function in functions {
            let text = modules.all[module].text.get(function.node.byte_range()).unwrap_or_default();
            if interpreter.ran.contains(&(module, function.node.start_byte())) || !registers(text) {
                continue;
            }
            if interpreter.servers.len() == fallback {
                let kind = if modules.uses_fastmcp { ServerLibrary::Fast } else { ServerLibrary::Official };
                interpreter.new_server(kind, &Args::default(), function.node, module);
            }
            // A function that registers takes the server; what else it takes is not known.
            let parameters = schema::parameters_of(function.node);
            let is_server =
                |text: &str| ["mcp", "server", "app", "fastmcp"].iter().any(|word| text.to_lowercase().contains(word));
            let given = parameters.iter().map(|node| {
                let text = modules.all[module].text.get(node.byte_range()).unwrap_or_default();
                if is_server(text) { Value::Server(fallback) } else { Value::Unknown }
            });
            let args = Args { positional: given.collect(), named: Vec::new(), open: true };
            interpreter.call_function(&function, args);
        }
    }
    interpreter.run_list_handlers();
}

/// The tools of the servers that run, or of all that no other one mounts.
fn collected(interpreter: &mut Interpreter<'_>) -> Extraction {
    let servers = 0..interpreter.servers.len();
    let runs: Vec<usize> = servers.clone().filter(|server| interpreter.servers[*server].runs).collect();
    let has_tools = |server: &usize| !interpreter.tools_of(*server).is_empty();
    let mut chosen: Vec<usize> = runs.into_iter().filter(has_tools).collect();
    if chosen.is_empty() {
        chosen = servers.filter(|server| !interpreter.servers[*server].is_mounted).filter(has_tools).collect();
    }
    let (gaps, outside) = (interpreter.gaps.clone(), interpreter.outside.clone());
    let mut found = Extraction { gaps, outside, ..Extraction::default() };
    for server in chosen {
        let made = &interpreter.servers[server];
        found.server_name = found.server_name.or(made.name.clone());
        found.server_version = found.server_version.or(made.version.clone());
        match made.instructions.as_ref().map(Value::plain) {
            None | Some(Value::None) => {}
            Some(text) => match text.as_text() {
                Some(text) if found.instructions.is_none() => {
                    if text.partial {
                        found.gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None });
                    }
                    found.instructions = Some(text.text.to_string());
                }
                Some(_) => {}
                None => found.gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None }),
            },
        }
        for RegisteredTool { mut tool, switched_off } in interpreter.tools_of(server) {
            if found.tools.iter().any(|other| other.name == tool.name) {
                continue;
            }
            if switched_off {
                found.gaps.push(ServerGap { kind: ServerGapKind::SwitchedOff, place: Some(tool.place) });
                continue;
            }
            tool.gaps.sort();
            tool.gaps.dedup();
            found.tools.push(tool);
        }
    }
    // Conditions inside of a program that is started with arguments are the rule; what is listed is what matters.
    if found.tools.iter().all(|tool| tool.gaps.contains(&Gap::Conditional)) {
        found.tools.iter_mut().for_each(|tool| tool.gaps.retain(|gap| *gap != Gap::Conditional));
    }
    found.gaps.sort();
    found.gaps.dedup();
    found
}
