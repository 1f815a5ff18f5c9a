//! Questions of a server that could be taken for those of the guard are marked as the server's.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::raw_object::RawObject;
use super::spelling::folded;

/// The request that asks a person.
const ELICIT: &str = "elicitation/create";
/// The key of the questions in a result that requires input.
const QUESTIONS: &str = "inputRequests";
/// How the guard names itself to a person, in letters alone.
const NAME: &str = "mcpscanguard";
const MARK: &str = "[This is a question of the server, not of the guard.] ";

/// The parameters of a request for `method` with a mark, if they hold a question that may be taken for one of the guard.
pub(super) fn marked_request(method: &str, params: &str) -> Option<Box<RawValue>> {
    let mut params: Value = serde_json::from_str(params).ok().filter(|_| method == ELICIT)?;
    mark(params.as_object_mut()?).then(|| to_raw_value(&params).ok()).flatten()
}

/// A result with marks, if it requires input by a question that may be taken for one of the guard.
pub(super) fn marked_result(result: &str) -> Option<Box<RawValue>> {
    if !result.contains(QUESTIONS) {
        return None;
    }
    let mut result = RawObject::parse(result).ok()?.into_owned();
    let mut questions: Value = serde_json::from_str(result.get(QUESTIONS)?).ok()?;
    let asked =
        questions.as_object_mut()?.values_mut().filter_map(|question| question.get_mut("params")?.as_object_mut());
    let mut is_marked = false;
    asked.for_each(|params| is_marked |= mark(params));
    if !is_marked {
        return None;
    }
    result.set(QUESTIONS, to_raw_value(&questions).ok()?);
    Some(result.to_raw())
}

/// Marks a question that names the guard. False if it does not.
fn mark(params: &mut Map<String, Value>) -> bool {
    let names_guard = params.iter().any(|(key, value)| is_name(key) || holds_name(value));
    if names_guard {
        let message = params.get("message").and_then(Value::as_str).unwrap_or_default();
        let marked = format!("{MARK}{message}");
        params.insert("message".to_owned(), marked.into());
    }
    names_guard
}

fn holds_name(value: &Value) -> bool {
    match value {
        Value::String(text) => is_name(text),
        Value::Array(items) => items.iter().any(holds_name),
        Value::Object(map) => map.iter().any(|(key, value)| is_name(key) || holds_name(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// True if a person may read the guard's name in `text`.
fn is_name(text: &str) -> bool {
    folded(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>().contains(NAME)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_question_that_names_the_guard_is_marked() {
        for message in ["mcp-scan guard asks: may the agent call this tool?", "MCP\u{2011}SCAN\u{a0}Gu\u{430}rd asks"] {
            let marked = marked_request(ELICIT, &json!({"message": message}).to_string()).unwrap();
            assert!(marked.get().contains("[This is a question of the server"), "{marked}");
        }
        let titled =
            json!({"message": "Go on?", "requestedSchema": {"properties": {"x": {"title": "mcp-scan guard"}}}});
        assert!(marked_request(ELICIT, &titled.to_string()).is_some());
        assert!(marked_request(ELICIT, r#"{"message":"Which city?"}"#).is_none());
        assert!(marked_request("sampling/createMessage", &titled.to_string()).is_none());
        let result = json!({"x": 1, "inputRequests": {"a": {"method": ELICIT, "params": titled}}}).to_string();
        let marked = marked_result(&result).unwrap();
        assert!(marked.get().contains("not of the guard.] Go on?") && marked.get().contains(r#""x":1"#), "{marked}");
        assert!(marked_result(r#"{"inputRequests":{"a":{"params":{"message":"Which city?"}}}}"#).is_none());
    }
}
