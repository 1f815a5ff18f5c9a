//! Filters the result of `tools/list`: tools that the policy hides, that only an app may call, and that are not pinned.

use serde_json::value::{RawValue, to_raw_value};

use super::message::refuse_resembling;
use super::raw_object::RawObject;
use crate::source::has_too_many_values;

/// The keys of a result and of a definition. Some clients read keys without their case, and would read one that the guard does not.
const LIST_KEYS: [&str; 3] = ["tools", "nextCursor", "_meta"];
const TOOL_KEYS: [&str; 8] =
    ["name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons", "_meta"];

/// Why a listing is not passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ListingError {
    #[error("the server's list is no list")]
    Shape,
    #[error("the server's list has too many values")]
    TooMany,
}

/// The result with the tools that `keeps` returns true for; it gets the name and the JSON of each. A tool without a
/// readable name is left out.
pub(super) fn filtered(result: &str, mut keeps: impl FnMut(&str, &str) -> bool) -> Result<Box<RawValue>, ListingError> {
    if has_too_many_values(result.as_bytes()) {
        return Err(ListingError::TooMany);
    }
    let mut object = RawObject::parse(result).map_err(|_| ListingError::Shape)?;
    refuse_resembling(&object, &LIST_KEYS).map_err(|_| ListingError::Shape)?;
    let tools: Vec<&RawValue> = match object.get("tools") {
        Some(tools) => serde_json::from_str(tools).map_err(|_| ListingError::Shape)?,
        None => return Err(ListingError::Shape),
    };
    let kept = tools.into_iter().filter(|tool| {
        let Ok(fields) = RawObject::parse(tool.get()) else { return false };
        if refuse_resembling(&fields, &TOOL_KEYS).is_err() {
            return false;
        }
        fields.text("name").is_some_and(|name| is_for_the_model(&fields) && keeps(&name, tool.get()))
    });
    let kept = to_raw_value(&kept.collect::<Vec<_>>()).map_err(|_| ListingError::Shape)?;
    let shared = object.get("cacheScope").is_some() || object.get("ttlMs").is_some();
    object.set("tools", kept);
    if shared {
        // What one policy hides is not for others.
        object.set("cacheScope", RawValue::from_string("\"private\"".into()).unwrap_or_default());
    }
    Ok(object.to_raw())
}

/// False for a tool that says that only its app may call it.
fn is_for_the_model(tool: &RawObject<'_>) -> bool {
    let meta = tool.object("_meta");
    let ui = meta.as_ref().and_then(|meta| meta.object("ui"));
    match ui.as_ref().and_then(|ui| ui.get("visibility")) {
        None => true,
        Some(list) => serde_json::from_str::<Vec<String>>(list).is_ok_and(|list| list.iter().any(|who| who == "model")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_tools_go_and_the_rest_stays_as_it_was() {
        let result = r#"{"tools":[{"name":"a","x": 1.0},{"name":"b"},{"name":"c","_meta":{"ui":{"visibility":["app"]}}},7,
            {"name":"d","name":"a"},{"name":"e","Name":"b"},{"name":"f","Description":"x"}],"nextCursor":"n"}"#;
        let kept = filtered(result, |name, _| name != "b").unwrap();
        assert_eq!(kept.get(), r#"{"tools":[{"name":"a","x": 1.0}],"nextCursor":"n"}"#);
        let cached = filtered(r#"{"tools":[],"ttlMs":5,"cacheScope":"public"}"#, |_, _| true).unwrap();
        assert_eq!(cached.get(), r#"{"tools":[],"ttlMs":5,"cacheScope":"private"}"#);
        for wrong in [r#"{"tools":{}}"#, "{}", "[]", r#"{"tools":[],"tools":[]}"#, r#"{"tools":[],"Tools":[]}"#] {
            assert_eq!(filtered(wrong, |_, _| true).unwrap_err(), ListingError::Shape, "{wrong}");
        }
    }
}
