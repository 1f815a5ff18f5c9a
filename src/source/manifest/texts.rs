//! The texts of an MCPB manifest besides its tools: prompts, and what it asks of the user.

use serde_json::{Map, Value};

use crate::model::{Item, ItemKind, LongText, PromptArgument};
use crate::source::decode::MAX_NAME;
use crate::text::digest;

/// Most texts of a kind.
const MAX_TEXTS: usize = 1_000;
/// The key of what the user is asked for.
pub(super) const USER_CONFIG: &str = "user_config";

/// The prompts of the manifest `map`, and the texts of its inputs.
pub(crate) fn texts(map: &Map<String, Value>) -> Vec<Item> {
    let prompts = map.get("prompts").and_then(Value::as_array).into_iter().flatten().take(MAX_TEXTS);
    let inputs = map.get(USER_CONFIG).and_then(Value::as_object).into_iter().flatten().take(MAX_TEXTS);
    prompts
        .map(prompt)
        .chain(inputs.map(|(id, input)| item(&format!("{USER_CONFIG}.{id}"), input, "default")))
        .collect()
}

fn prompt(prompt: &Value) -> Item {
    let name = prompt.get("name").and_then(Value::as_str).unwrap_or("unnamed");
    let mut item = item(name, prompt, "text");
    let arguments = prompt.get("arguments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let argument = |name: &str| PromptArgument { name: short(name), description: None, required: false };
    item.arguments = arguments.take(MAX_TEXTS).map(argument).collect();
    item
}

/// The item that `value` describes. The key `content` holds a text that is not kept.
fn item(name: &str, value: &Value, content: &str) -> Item {
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut item = Item::new(ItemKind::Prompt, short(name));
    item.title = text("title").map(short);
    item.description = text("description").map(str::to_owned);
    item.long_texts.extend(text(content).map(|text| LongText { field: "content", text: text.into() }));
    item.digest = digest::of_json(value);
    item
}

fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}
