//! Edits settings files in JSON (with comments) and TOML: inserts and removes entries and leaves everything else
//! unchanged.

use std::path::Path;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstObject, CstRootNode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use toml_edit::{DocumentMut, Item, TableLike};

/// One entry that was inserted into a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Insertion {
    /// The key path to the entry.
    path: Vec<String>,
    /// `None` for a new key. For a new list element, the element; `path` then leads to the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    element: Option<Value>,
}

/// Why a file cannot be edited.
#[derive(Debug, Error)]
pub(crate) enum EditError {
    /// The file is not JSON.
    #[error("it is not JSON: {0}")]
    Json(#[from] jsonc_parser::errors::ParseError),
    /// The file is not TOML.
    #[error("it is not TOML: {0}")]
    Toml(#[from] toml_edit::TomlError),
    /// The text to insert is not a valid document of the format.
    #[error("what is to be written is not valid: {0}")]
    Fragment(#[from] serde_json::Error),
    /// The text to insert cannot be expressed in TOML.
    #[error("the value cannot be written in TOML: {0}")]
    FragmentToml(#[from] toml::ser::Error),
    /// The document is not an object.
    #[error("it is not an object")]
    NotAnObject,
    /// Another value exists at this key path.
    #[error("{} is there already, with another value", .0.join("."))]
    Taken(Vec<String>),
    /// The format cannot be edited.
    #[error("files that end in .{0} are not edited")]
    Format(String),
}

/// The format of a settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settings {
    /// JSON, with comments and trailing commas.
    Json,
    Toml,
}

impl Settings {
    /// The format of the file at `path`, by its extension.
    pub(crate) fn from_path(path: &Path) -> Result<Self, EditError> {
        match path.extension().unwrap_or_default().to_string_lossy().as_ref() {
            "json" | "jsonc" => Ok(Self::Json),
            "toml" => Ok(Self::Toml),
            other => Err(EditError::Format(other.to_owned())),
        }
    }

    /// True for a YAML file, which a person edits.
    pub(crate) fn is_yaml(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
    }

    /// Inserts `fragment`, a document of the same format, into `text`. Returns the new text and the entries that were
    /// new. Objects are merged, and missing list elements are appended. Fails if a different value exists.
    pub(crate) fn insert(self, text: &str, fragment: &str) -> Result<(String, Vec<Insertion>), EditError> {
        let mut insertions = Vec::new();
        match self {
            Self::Json => {
                let root = parse(text)?;
                let Value::Object(new) = serde_json::from_str(fragment)? else { return Err(EditError::NotAnObject) };
                let object = match root.value() {
                    None => root.object_value_or_set(),
                    Some(_) => root.object_value().ok_or(EditError::NotAnObject)?,
                };
                insert_json(&object, &new, &mut Vec::new(), &mut insertions)?;
                let text = root.to_string();
                Ok((if text.ends_with('\n') { text } else { format!("{text}\n") }, insertions))
            }
            Self::Toml => {
                let mut document: DocumentMut = text.parse()?;
                let new: DocumentMut = fragment.parse()?;
                insert_toml(document.as_table_mut(), new.as_table(), &mut Vec::new(), &mut insertions)?;
                Ok((document.to_string(), insertions))
            }
        }
    }

    /// `value` as a document of this format.
    pub(crate) fn text(self, value: &Value) -> Result<String, EditError> {
        match self {
            Self::Json => Ok(value.to_string()),
            Self::Toml => Ok(toml::to_string(value)?),
        }
    }

    /// Removes the inserted entries from `text`, as far as they are still there.
    pub(crate) fn remove(self, text: &str, insertions: &[Insertion]) -> Result<String, EditError> {
        match self {
            Self::Json => {
                let root = parse(text)?;
                insertions.iter().rev().for_each(|insertion| remove_json(&root, insertion));
                Ok(root.to_string())
            }
            Self::Toml => {
                let mut document: DocumentMut = text.parse()?;
                insertions.iter().rev().for_each(|insertion| remove_toml(document.as_table_mut(), insertion));
                Ok(document.to_string())
            }
        }
    }
}

fn parse(text: &str) -> Result<CstRootNode, EditError> {
    Ok(CstRootNode::parse(text, &ParseOptions::default())?)
}

fn insert_json(
    object: &CstObject,
    new: &Map<String, Value>,
    path: &mut Vec<String>,
    insertions: &mut Vec<Insertion>,
) -> Result<(), EditError> {
    for (key, value) in new {
        path.push(key.clone());
        let Some(there) = object.get(key) else {
            object.append(key, input(value));
            insertions.push(Insertion { path: path.clone(), element: None });
            path.pop();
            continue;
        };
        let taken = || EditError::Taken(path.clone());
        match value {
            Value::Object(new) => {
                let below = there.object_value().ok_or_else(taken)?;
                insert_json(&below, new, path, insertions)?;
            }
            Value::Array(new) => {
                let list = there.array_value().ok_or_else(taken)?;
                let held: Vec<Value> = elements(&list);
                for element in new.iter().filter(|element| !held.contains(element)) {
                    list.append(input(element));
                    insertions.push(Insertion { path: path.clone(), element: Some(element.clone()) });
                }
            }
            other => {
                let held = there.value().and_then(|value| value.to_serde_value());
                if held.as_ref() != Some(other) {
                    return Err(taken());
                }
            }
        }
        path.pop();
    }
    Ok(())
}

fn elements(list: &CstArray) -> Vec<Value> {
    list.elements().iter().filter_map(|element| element.to_serde_value()).collect()
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(input).collect()),
        Value::Object(values) => {
            CstInputValue::Object(values.iter().map(|(key, value)| (key.clone(), input(value))).collect())
        }
    }
}

fn remove_json(root: &CstRootNode, insertion: &Insertion) {
    let Some((last, above)) = insertion.path.split_last() else { return };
    let Some(mut object) = root.object_value() else { return };
    for key in above {
        let Some(below) = object.object_value(key) else { return };
        object = below;
    }
    match &insertion.element {
        None => object.get(last).into_iter().for_each(|property| property.remove()),
        Some(element) => {
            let list = object.array_value(last).map(|list| list.elements()).unwrap_or_default();
            let ours = list.into_iter().find(|held| held.to_serde_value().as_ref() == Some(element));
            ours.into_iter().for_each(|held| held.remove());
        }
    }
}

fn insert_toml(
    table: &mut dyn TableLike,
    new: &dyn TableLike,
    path: &mut Vec<String>,
    insertions: &mut Vec<Insertion>,
) -> Result<(), EditError> {
    for (key, value) in new.iter() {
        path.push(key.to_owned());
        match table.get_mut(key) {
            None => {
                table.insert(key, value.clone());
                insertions.push(Insertion { path: path.clone(), element: None });
            }
            Some(there) => match (value.as_table_like(), value.as_array()) {
                (Some(new), _) => {
                    let below = there.as_table_like_mut().ok_or_else(|| EditError::Taken(path.clone()))?;
                    insert_toml(below, new, path, insertions)?;
                }
                (None, Some(new)) => {
                    let list = there.as_array_mut().ok_or_else(|| EditError::Taken(path.clone()))?;
                    for element in new.iter().filter_map(|element| element.as_str()) {
                        if !list.iter().any(|held| held.as_str() == Some(element)) {
                            list.push(element);
                            insertions.push(Insertion { path: path.clone(), element: Some(element.into()) });
                        }
                    }
                }
                (None, None) if plain(there) == plain(value) => {}
                (None, None) => return Err(EditError::Taken(path.clone())),
            },
        }
        path.pop();
    }
    Ok(())
}

/// A value without surrounding white space and comments.
fn plain(item: &Item) -> String {
    item.as_value().map(|value| value.clone().decorated("", "").to_string()).unwrap_or_default()
}

fn remove_toml(table: &mut dyn TableLike, insertion: &Insertion) {
    let Some((last, above)) = insertion.path.split_last() else { return };
    let mut table = table;
    for key in above {
        let Some(below) = table.get_mut(key).and_then(Item::as_table_like_mut) else { return };
        table = below;
    }
    match &insertion.element {
        None => drop(table.remove(last)),
        Some(element) => {
            if let Some(list) = table.get_mut(last).and_then(Item::as_array_mut) {
                list.retain(|held| held.as_str() != element.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_again_and_the_rest_stays() {
        for (format, text, fragment, lines) in [
            (
                Settings::Json,
                "{\n  // mine\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"a\": { \"command\": \"x\" }, // keep\n  },\n  \"allow\": [\"one\"]\n}\n",
                r#"{"mcpServers": {"b": {"command": "y", "args": ["1"]}}, "allow": ["one", "two"], "new": {"k": true}}"#,
                ["// mine", "// keep"],
            ),
            (
                Settings::Toml,
                "# mine\nmodel = \"m\"\n\n[mcp_servers.a] # keep\ncommand = \"x\"\n\n[approval]\nallow = [\"one\"]\n",
                "[mcp_servers.b]\ncommand = \"y\"\nargs = [\"1\"]\n[approval]\nallow = [\"one\", \"two\"]\n",
                ["# mine", "# keep"],
            ),
        ] {
            let (edited, insertions) = format.insert(text, fragment).unwrap();
            assert!(lines.iter().all(|line| edited.contains(line)), "{edited}");
            assert!(edited.contains("two") && edited.contains('y') && edited != text, "{edited}");
            let (again, none) = format.insert(&edited, fragment).unwrap();
            assert!(again == edited && none.is_empty(), "{again}");
            assert_eq!(format.remove(&edited, &insertions).unwrap(), text);
        }
    }

    #[test]
    fn another_value_is_not_replaced() {
        let error =
            |format: Settings, text: &str, fragment: &str| format.insert(text, fragment).unwrap_err().to_string();
        let json = error(Settings::Json, r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 2}}"#);
        assert_eq!(json, "a.b is there already, with another value");
        assert!(error(Settings::Toml, "a = 1\n", "a = 2\n").contains("a is there already"));
        assert!(error(Settings::Json, "[]", "{}").contains("not an object"));
        assert!(error(Settings::Json, "{", "{}").contains("not JSON"));
        let (fresh, _) = Settings::Json.insert("", r#"{"a": 1}"#).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&fresh).unwrap(), serde_json::json!({"a": 1}));
    }
}
