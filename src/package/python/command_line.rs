//! The options of a command line, which have their defaults unless whoever starts the program sets them: of argparse, click
//! and typer.

use std::rc::Rc;

use super::value::{Args, Call, Instance, Value};

/// The methods of a parser of argparse, which is an instance whose fields are its options.
const PARSER_METHODS: [&str; 6] = [
    "add_argument",
    "parse_args",
    "parse_known_args",
    "add_argument_group",
    "add_mutually_exclusive_group",
    "set_defaults",
];

/// True for a method of a parser of argparse.
pub(super) fn is_parser_method(instance: &Instance<'_>, name: &str) -> bool {
    instance.is_parser && PARSER_METHODS.contains(&name)
}

/// A call of a method of a parser of argparse. A group of options counts as its parser.
pub(super) fn call_parser<'t>(parser: &Rc<Instance<'t>>, method: &str, args: &Args<'t>) -> Value<'t> {
    match method {
        "add_argument" => {
            let is_option = |text: &Rc<str>| text.starts_with('-');
            let named = args.named("dest").and_then(Value::whole_text).or_else(|| name(args));
            let is_required = !args.positional.iter().filter_map(Value::whole_text).any(|text| is_option(&text))
                || args.named("required").and_then(Value::truth) == Some(true);
            if let Some(name) = named.filter(|_| !is_required) {
                parser.fields.borrow_mut().insert(name, default(args));
            }
            Value::None
        }
        "set_defaults" => {
            for (name, value) in &args.named {
                parser.fields.borrow_mut().insert(name.clone(), value.clone().setting_if(true));
            }
            Value::None
        }
        "parse_known_args" => Value::Tuple(Rc::new(vec![Value::Instance(parser.clone()), Value::list(Vec::new())])),
        _ => Value::Instance(parser.clone()),
    }
}

/// The parameter that `@click.option("--name", default=...)` fills in, and its value without the option.
pub(super) fn option_of_decorator<'t>(decorator: &Value<'t>) -> Option<(Rc<str>, Value<'t>)> {
    let Value::Call(call) = decorator else { return None };
    let is_option = call.callee.ends_with("click.option") && call.args.named("required").is_none();
    Some((name(&call.args).filter(|_| is_option)?, default(&call.args)))
}

/// The value of a parameter whose default is `typer.Option(...)`. Another default stays as it is.
pub(super) fn without_option<'t>(default: Value<'t>) -> Value<'t> {
    let is_option = |call: &Call<'_>| call.callee.starts_with("typer.") && call.callee.ends_with(".Option");
    match &default {
        Value::Call(call) if is_option(call) => match call.args.get(0, "default") {
            Some(Value::External(_)) => Value::Unknown,
            Some(value) => value.clone().setting_if(true),
            None => Value::Unknown,
        },
        _ => default,
    }
}

/// The name of the variable of an option: `dry_run` of `-n, --dry-run/--no-dry-run`.
fn name(args: &Args<'_>) -> Option<Rc<str>> {
    let names: Vec<Rc<str>> = args.positional.iter().filter_map(Value::whole_text).collect();
    let of_variable = names.iter().find(|name| !name.starts_with('-'));
    let named = of_variable.or(names.iter().find(|name| name.starts_with("--"))).or(names.first())?;
    let first = named.split('/').next().unwrap_or_default();
    Some(first.trim_start_matches('-').replace('-', "_").into())
}

/// What an option is if nobody sets it.
fn default<'t>(args: &Args<'t>) -> Value<'t> {
    let action = args.named("action").and_then(Value::whole_text);
    let is_flag = args.named("is_flag").and_then(Value::truth) == Some(true);
    let value = match (args.named("default"), action.as_deref()) {
        (Some(default), _) => default.plain(),
        (None, Some("store_true")) => Value::Bool(false),
        (None, Some("store_false")) => Value::Bool(true),
        (None, _) if is_flag => Value::Bool(false),
        (None, _) => Value::None,
    };
    value.setting_if(true)
}
