//! What `isinstance` and `callable` return for a value.

use super::value::Value;

/// Whether `value` is an instance of a class of the language. `None` if that is not known.
pub(super) fn is_instance(value: &Value<'_>, class: &Value<'_>) -> Option<bool> {
    let Value::External(one) = class else { return None };
    let names: &[&str] = match value {
        Value::None => &[],
        Value::Bool(_) => &["builtins.bool", "builtins.int"],
        Value::Int(_) => &["builtins.int"],
        Value::Float(_) => &["builtins.float"],
        Value::Text(_) => &["builtins.str"],
        // Sets are lists here, and JSON has no sets.
        Value::List(_) if &**one == "builtins.set" => return None,
        Value::List(_) => &["builtins.list"],
        Value::Tuple(_) => &["builtins.tuple"],
        Value::Dict(_) => &["builtins.dict"],
        Value::Function(_) if &**one == "types.FunctionType" => return Some(true),
        Value::Function(_) => return is_builtin(one).then_some(false),
        Value::Module(_) if &**one == "types.ModuleType" => return Some(true),
        Value::Class(_) if &**one == "builtins.type" => return Some(true),
        Value::Setting(value) => return is_instance(value, class),
        Value::Unknown
        | Value::Class(_)
        | Value::Instance(_)
        | Value::Module(_)
        | Value::External(_)
        | Value::Call(_)
        | Value::Server(_)
        | Value::Method(_)
        | Value::Generic(_)
        | Value::Super(..)
        | Value::ToolDecorator(_)
        | Value::ListDecorator(_)
        | Value::Wraps(_) => return None,
    };
    if names.contains(&&**one) {
        return Some(true);
    }
    // Abstract classes, such as a mapping, are not known here.
    is_builtin(one).then_some(false)
}

fn is_builtin(name: &str) -> bool {
    let names = ["str", "bytes", "int", "float", "bool", "list", "tuple", "set", "frozenset", "dict"];
    name.strip_prefix("builtins.").is_some_and(|name| names.contains(&name))
}

/// Whether `value` can be called. `None` if that is not known.
pub(super) fn is_callable(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Function(_) | Value::Class(_) => Some(true),
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Dict(_)
        | Value::Module(_) => Some(false),
        Value::Setting(value) => is_callable(value),
        // Objects of the SDK.
        Value::Call(call) if call.callee.starts_with("mcp.types.") => Some(false),
        Value::Unknown
        | Value::Instance(_)
        | Value::External(_)
        | Value::Call(_)
        | Value::Server(_)
        | Value::Method(_)
        | Value::Generic(_)
        | Value::Super(..)
        | Value::ToolDecorator(_)
        | Value::ListDecorator(_)
        | Value::Wraps(_) => None,
    }
}
