//! Commands of a command line that click, typer or cyclopts runs: functions with a decorator, which nothing in the package
//! calls.

use std::rc::Rc;

use super::interpreter::{Interpreter, children};
use super::value::{Args, Function, Value};

/// What the decorator of a command has in its text.
const DECORATORS: [&str; 4] = [".command", ".callback", ".group", ".default"];
/// The names of commands that serve, the likeliest first.
const SERVING: [&str; 7] = ["serve", "server", "start", "run", "stdio", "mcp", "main"];
/// The most commands that are run.
const MAX_COMMANDS: usize = 40;

/// Runs commands until one starts a server.
pub(super) fn follow(interpreter: &mut Interpreter<'_>) {
    let mut commands = Vec::new();
    for scope in interpreter.scopes.values() {
        commands.extend(scope.variables.borrow().values().filter_map(|value| match value {
            Value::Function(function) if function.module == scope.module => Some(Rc::clone(function)),
            _ => None,
        }));
    }
    commands.retain(|function| is_command(interpreter, function));
    commands.sort_by_key(|function| {
        let words = || function.name.split('_');
        let rank = SERVING.iter().position(|name| words().any(|word| word == *name)).unwrap_or(SERVING.len());
        (rank, function.module, function.node.start_byte())
    });
    for command in commands.into_iter().take(MAX_COMMANDS) {
        if interpreter.servers.iter().any(|server| server.runs) {
            break;
        }
        if !interpreter.ran.contains(&(command.module, command.node.start_byte())) {
            interpreter.call_function(&command, Args::default());
        }
    }
}

fn is_command<'t>(interpreter: &Interpreter<'t>, function: &Function<'t>) -> bool {
    let text = interpreter.modules.all[function.module].text;
    let decorators = function.decorated.map(children).unwrap_or_default();
    decorators.into_iter().filter(|child| child.kind() == "decorator").any(|decorator| {
        let decorator = text.get(decorator.byte_range()).unwrap_or_default();
        let name = decorator.split('(').next().unwrap_or_default().trim_end();
        DECORATORS.iter().any(|ending| name.ends_with(ending))
    })
}
