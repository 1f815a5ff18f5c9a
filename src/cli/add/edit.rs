//! Edits settings files in JSON (with comments) and TOML: inserts and removes entries and leaves everything else
//! unchanged.

use std::path::Path;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstObject, CstObjectProp, CstRootNode};
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
    /// True for a new object or list: it is removed only once it is empty, because others may have added to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    container: bool,
}

impl Insertion {
    fn key(path: &[String]) -> Self {
        Self { path: path.to_owned(), element: None, container: false }
    }

    fn element(path: &[String], element: Value) -> Self {
        Self { path: path.to_owned(), element: Some(element), container: false }
    }

    /// Fails if this is still in `rest`, the document after the removal. Others may add to a container, so it may stay. An
    /// element that has a name counts as still there under its name, although a person has changed it.
    fn check_removed(&self, rest: &Value) -> Result<(), EditError> {
        let at = self.path.iter().try_fold(rest, |value, key| value.get(key));
        let is_left = match (&self.element, at) {
            (_, None) => false,
            (None, Some(_)) => !self.container,
            (Some(element), Some(list)) => {
                let name = element.get("name");
                name.is_some() && list.as_array().into_iter().flatten().any(|held| held.get("name") == name)
            }
        };
        if is_left { Err(EditError::Left(self.path.clone())) } else { Ok(()) }
    }

    /// The insertions that make up the new key at `path`: the containers, then what is in them.
    fn of_new(path: &[String], value: &Value, depth: usize) -> Vec<Self> {
        let below = |key: &String, value: &Value| {
            let path: Vec<String> = path.iter().chain([key]).cloned().collect();
            Self::of_new(&path, value, depth)
        };
        let container = Self { container: true, ..Self::key(path) };
        match value {
            Value::Object(values) if path.len() < depth => {
                std::iter::once(container).chain(values.iter().flat_map(|(key, value)| below(key, value))).collect()
            }
            Value::Array(values) if path.len() < depth => {
                let elements = values.iter().map(|value| Self::element(path, value.clone()));
                std::iter::once(container).chain(elements).collect()
            }
            _ => vec![Self::key(path)],
        }
    }
}

/// A document to insert.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment<'a> {
    /// A document of the same format.
    pub(crate) text: &'a str,
    /// The number of keys that lead to a value that belongs to the fragment as a whole.
    pub(crate) depth: usize,
    /// True if other values that a person has set stay. They are an error otherwise.
    pub(crate) keeps_values: bool,
}

/// The result of inserting a document.
#[derive(Debug)]
pub(crate) struct Inserted {
    pub(crate) text: String,
    /// The entries that were new.
    pub(crate) insertions: Vec<Insertion>,
    /// Values of a person that stay: `permissions.defaultMode is "plan", not "default"`.
    pub(crate) kept: Vec<String>,
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
    #[error("the new entry is not valid: {0}")]
    Fragment(#[from] serde_json::Error),
    /// The text to insert cannot be expressed in TOML.
    #[error("the value cannot be written in TOML: {0}")]
    FragmentToml(#[from] toml::ser::Error),
    /// The document is not an object.
    #[error("it is not an object")]
    NotAnObject,
    /// An inserted entry is still there after its removal, for example because its key stands twice.
    #[error("{} is still in it, and cannot be taken out", .0.join("."))]
    Left(Vec<String>),
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

    /// Inserts `fragment` into `text`. Objects are merged, and missing list elements are appended.
    pub(crate) fn insert(self, text: &str, fragment: Fragment<'_>) -> Result<Inserted, EditError> {
        let mut insert = Insert { fragment, path: Vec::new(), insertions: Vec::new(), kept: Vec::new() };
        let text = LineEnds::from_text(text).edit(text, |text| match self {
            Self::Json => {
                let root = parse(text)?;
                let new: Value = serde_json::from_str(fragment.text)?;
                let Value::Object(new) = new else { return Err(EditError::NotAnObject) };
                let object = match root.value() {
                    None => root.object_value_or_set(),
                    Some(_) => root.object_value().ok_or(EditError::NotAnObject)?,
                };
                insert.json(&object, &new)?;
                let edited = root.to_string();
                Ok(if text.trim().is_empty() { format!("{}\n", edited.trim()) } else { edited })
            }
            Self::Toml => {
                let mut document: DocumentMut = text.parse()?;
                let new: DocumentMut = fragment.text.parse()?;
                insert.toml(document.as_table_mut(), new.as_table())?;
                Ok(document.to_string())
            }
        })?;
        Ok(Inserted { text, insertions: insert.insertions, kept: insert.kept })
    }

    /// `value` as a document of this format.
    pub(crate) fn text(self, value: &Value) -> Result<String, EditError> {
        match self {
            Self::Json => Ok(value.to_string()),
            Self::Toml => Ok(toml::to_string(value)?),
        }
    }

    /// Removes the inserted entries from `text`, as far as they are still there. Fails if one of them stays.
    pub(crate) fn remove(self, text: &str, insertions: &[Insertion]) -> Result<String, EditError> {
        LineEnds::from_text(text).edit(text, |text| match self {
            Self::Json => {
                let root = parse(text)?;
                insertions.iter().rev().for_each(|insertion| remove_json(&root, insertion));
                let rest = root.value().and_then(|value| value.to_serde_value()).unwrap_or_default();
                insertions.iter().try_for_each(|insertion| insertion.check_removed(&rest))?;
                Ok(root.to_string())
            }
            Self::Toml => {
                let mut document: DocumentMut = text.parse()?;
                insertions.iter().rev().for_each(|insertion| remove_toml(document.as_table_mut(), insertion));
                let rest = json_of(document.as_item());
                insertions.iter().try_for_each(|insertion| insertion.check_removed(&rest))?;
                Ok(document.to_string())
            }
        })
    }
}

/// How the lines of a file end, and whether it begins with a byte order mark. The parsers keep neither.
#[derive(Debug, Clone, Copy)]
struct LineEnds {
    with_mark: bool,
    windows: bool,
}

/// The byte order mark.
const MARK: char = '\u{feff}';

impl LineEnds {
    fn from_text(text: &str) -> Self {
        let (lines, windows) = (text.matches('\n').count(), text.matches("\r\n").count());
        Self { with_mark: text.starts_with(MARK), windows: windows > 0 && windows == lines }
    }

    /// The result of `edit` on `text`, with the same line ends and the same mark.
    fn edit(self, text: &str, edit: impl FnOnce(&str) -> Result<String, EditError>) -> Result<String, EditError> {
        let plain = text.strip_prefix(MARK).unwrap_or(text);
        let edited = match self.windows {
            true => edit(&plain.replace("\r\n", "\n"))?.replace('\n', "\r\n"),
            false => edit(plain)?,
        };
        Ok(if self.with_mark { format!("{MARK}{edited}") } else { edited })
    }
}

fn parse(text: &str) -> Result<CstRootNode, EditError> {
    Ok(CstRootNode::parse(text, &ParseOptions::default())?)
}

/// An insertion in progress.
struct Insert<'a> {
    fragment: Fragment<'a>,
    /// The keys that lead to the current object.
    path: Vec<String>,
    insertions: Vec<Insertion>,
    kept: Vec<String>,
}

impl Insert<'_> {
    fn json(&mut self, object: &CstObject, new: &Map<String, Value>) -> Result<(), EditError> {
        for (key, value) in new {
            self.path.push(key.clone());
            match object.get(key) {
                None => {
                    object.append(key, input(value));
                    self.note_new(value);
                }
                Some(there) => self.json_beside(&there, value)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    /// Inserts `value` where the property `there` exists.
    fn json_beside(&mut self, there: &CstObjectProp, value: &Value) -> Result<(), EditError> {
        match value {
            Value::Object(new) if self.path.len() < self.fragment.depth => {
                let below = there.object_value().ok_or_else(|| self.taken())?;
                self.json(&below, new)
            }
            Value::Array(new) if self.path.len() < self.fragment.depth => {
                let list = there.array_value().ok_or_else(|| self.taken())?;
                let held: Vec<Value> = elements(&list);
                for element in new.iter().filter(|element| !held.contains(element)) {
                    list.append(input(element));
                    self.insertions.push(Insertion::element(&self.path, element.clone()));
                }
                Ok(())
            }
            other => match there.value().and_then(|value| value.to_serde_value()) {
                Some(held) if contains(&held, other) => Ok(()),
                held => self.keep(&held.unwrap_or_default().to_string(), &other.to_string()),
            },
        }
    }

    fn toml(&mut self, table: &mut dyn TableLike, new: &dyn TableLike) -> Result<(), EditError> {
        for (key, value) in new.iter() {
            self.path.push(key.to_owned());
            match table.get_mut(key) {
                None => {
                    table.insert(key, value.clone());
                    self.note_new(&json_of(value));
                }
                Some(there) => self.toml_beside(there, value)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    /// Inserts `value` where the item `there` exists.
    fn toml_beside(&mut self, there: &mut Item, value: &Item) -> Result<(), EditError> {
        let inner = self.path.len() < self.fragment.depth;
        match (value.as_table_like(), value.as_array()) {
            (Some(new), _) if inner => {
                let below = there.as_table_like_mut().ok_or_else(|| self.taken())?;
                self.toml(below, new)
            }
            (None, Some(new)) if inner => {
                let list = there.as_array_mut().ok_or_else(|| self.taken())?;
                for element in new.iter().filter_map(|element| element.as_str()) {
                    if !list.iter().any(|held| held.as_str() == Some(element)) {
                        list.push(element);
                        self.insertions.push(Insertion::element(&self.path, element.into()));
                    }
                }
                Ok(())
            }
            _ if contains(&json_of(there), &json_of(value)) => Ok(()),
            _ => self.keep(&plain(there), &plain(value)),
        }
    }

    fn note_new(&mut self, value: &Value) {
        self.insertions.extend(Insertion::of_new(&self.path, value, self.fragment.depth));
    }

    /// Keeps the value `held` of a person instead of `ours`, or fails.
    fn keep(&mut self, held: &str, ours: &str) -> Result<(), EditError> {
        if !self.fragment.keeps_values {
            return Err(self.taken());
        }
        self.kept.push(format!("{} stays {held}; mcp-scan would write {ours}", self.path.join(".")));
        Ok(())
    }

    fn taken(&self) -> EditError {
        EditError::Taken(self.path.clone())
    }
}

/// True if `held` is `ours`, or an object that has all of it and more, such as permissions beside the command.
fn contains(held: &Value, ours: &Value) -> bool {
    match (held, ours) {
        (Value::Object(held), Value::Object(ours)) => {
            ours.iter().all(|(key, ours)| held.get(key).is_some_and(|held| contains(held, ours)))
        }
        (held, ours) => held == ours,
    }
}

/// `item` as JSON, for comparison and for the record. Values that JSON does not have are texts, as they are written.
fn json_of(item: &Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return Value::Object(table.iter().map(|(key, value)| (key.to_owned(), json_of(value))).collect());
    }
    if let Some(list) = item.as_array() {
        return list.iter().map(|value| json_of(&Item::Value(value.clone()))).collect();
    }
    let number = |value: i64| Value::from(value);
    let text = || item.as_str().map(Value::from);
    let known = text().or(item.as_bool().map(Value::from)).or(item.as_integer().map(number));
    // Other values are told apart by how they are written.
    known.unwrap_or_else(|| item.to_string().trim().into())
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

/// True for an empty object or list.
fn is_empty(property: &CstObjectProp) -> bool {
    match (property.object_value(), property.array_value()) {
        (Some(object), _) => object.properties().is_empty(),
        (None, list) => list.is_some_and(|list| list.elements().is_empty()),
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
        None => {
            let is_ours = |property: &CstObjectProp| !insertion.container || is_empty(property);
            object.get(last).filter(is_ours).into_iter().for_each(|property| property.remove());
        }
        Some(element) => {
            let list = object.array_value(last).map(|list| list.elements()).unwrap_or_default();
            let ours = list.into_iter().find(|held| held.to_serde_value().as_ref() == Some(element));
            ours.into_iter().for_each(|held| held.remove());
        }
    }
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
        None => {
            let is_empty = |item: &Item| match (item.as_table_like(), item.as_array()) {
                (Some(table), _) => table.is_empty(),
                (None, list) => list.is_some_and(toml_edit::Array::is_empty),
            };
            if !insertion.container || table.get(last).is_some_and(is_empty) {
                table.remove(last);
            }
        }
        Some(element) => {
            if let (Some(list), Some(text)) = (table.get_mut(last).and_then(Item::as_array_mut), element.as_str()) {
                list.retain(|held| held.as_str() != Some(text));
            }
        }
    }
}

#[cfg(test)]
mod tests;
