//! The parameters of `tools/call`, read so that no server can read another call in them.

use serde_json::{Map, Value};

use super::message::{MessageError, refuse_resembling};
use super::raw_object::{RawObject, unambiguous};
use super::spelling::resembles;
use crate::policy::Call;
use crate::source::has_too_many_values;
use crate::text::clean;

/// The keys of the parameters, in all revisions of the protocol.
const KEYS: [&str; 6] = ["name", "arguments", "_meta", "task", "inputResponses", "requestState"];
/// Longest name of a tool that is looked up, in characters.
const MAX_NAME: usize = 1_024;

/// Why the parameters of a call cannot be decided on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallError {
    #[error("the call has no parameters")]
    NoParameters,
    #[error("the parameters of the call are ambiguous: {0}")]
    Ambiguous(String),
    #[error("the call names no tool")]
    NoName,
    #[error("the arguments of the call are not an object")]
    Arguments,
    #[error("the arguments of the call hold too many values")]
    TooMany,
    #[error("the argument {key} may be taken for `{known}`, on which the policy decides")]
    Argument { key: String, known: String },
}

/// Reads the call in `message`, made at second `at`.
pub(super) fn parse(message: &RawObject<'_>, at: u64) -> Result<Call, CallError> {
    let params = message.get("params").ok_or(CallError::NoParameters)?;
    if has_too_many_values(params.as_bytes()) {
        return Err(CallError::TooMany);
    }
    let ambiguous = |cause: String| CallError::Ambiguous(clean::one_line(&cause));
    let params = RawObject::parse(params).map_err(|cause| ambiguous(cause.to_string()))?;
    refuse_resembling(&params, &KEYS).map_err(|cause: MessageError| ambiguous(cause.to_string()))?;
    let tool = params.text("name").ok_or(CallError::NoName)?;
    if tool.is_empty() || tool.chars().count() > MAX_NAME {
        return Err(CallError::NoName);
    }
    let arguments = match params.get("arguments") {
        None => Value::Null,
        Some(json) => unambiguous(json).map_err(|cause| ambiguous(cause.to_string()))?,
    };
    let arguments = match arguments {
        Value::Object(_) => arguments,
        Value::Null => Value::Object(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return Err(CallError::Arguments),
    };
    Ok(Call { tool: tool.into_owned(), arguments, at })
}

/// Fails if an argument of `call` may be taken for one of `paths`, the dotted paths of the arguments that are decided on:
/// a server that ignores case would read it, and the policy would not.
pub(super) fn refuse_resembling_arguments<'p>(
    call: &Call,
    paths: impl Iterator<Item = &'p str>,
) -> Result<(), CallError> {
    for path in paths {
        let mut value = &call.arguments;
        for part in path.split('.') {
            let Some(map) = value.as_object() else { break };
            if let Some(key) = map.keys().find(|key| resembles(key, part)) {
                return Err(CallError::Argument { key: clean::excerpt(key, 40), known: path.to_owned() });
            }
            let Some(next) = map.get(part) else { break };
            value = next;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(params: &str) -> Result<Call, CallError> {
        super::parse(&RawObject::parse(&format!(r#"{{"params":{params}}}"#)).unwrap(), 0)
    }

    #[test]
    fn a_call_that_two_parsers_may_read_differently_is_refused() {
        let call = parse(r#"{"name":"\u0061dd","arguments":{"x":1}}"#).unwrap();
        assert_eq!((call.tool.as_str(), &call.arguments["x"]), ("add", &1.into()));
        assert!(parse(r#"{"name":"add","arguments":null}"#).unwrap().arguments.is_object());
        for wrong in [
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","Name":"b"}"#,
            r#"{"name":"a","arguments":{"x":1,"x":2}}"#,
            r#"{"name":"a","arguments":{"x":{"y":1,"\u0079":2}}}"#,
            r#"{"name":"a","ARGUMENTS":{}}"#,
            r#"{"name":"a","arguments":"{}"}"#,
            r#"{"name":"a","arguments":[1]}"#,
            r#"{"name":7}"#,
            r#"{"name":""}"#,
            "[]",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_argument_that_is_almost_one_of_the_policy_is_refused() {
        let call = parse(r#"{"name":"a","arguments":{"Path":"/etc","in":{"Url":1},"other":1}}"#).unwrap();
        let refused = |path: &'static str| refuse_resembling_arguments(&call, [path].into_iter()).is_err();
        assert!(refused("path") && refused("in.url") && !refused("other") && !refused("x.y"));
    }
}
