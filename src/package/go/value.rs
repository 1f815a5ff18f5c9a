//! The values of Go that are known without a run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};
use tree_sitter::Node;

/// The most parts of one value that are copied to JSON.
const MAX_NODES: usize = 100_000;
/// The deepest JSON that is made.
const MAX_DEPTH: usize = 32;

/// A value, as far as it is known.
#[derive(Clone)]
pub(super) enum Value<'t> {
    /// ToolOptions when the program runs.
    Unknown,
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    /// Slices and arrays.
    List(Rc<RefCell<Items<'t>>>),
    /// Structs and maps.
    Object(Rc<RefCell<Object<'t>>>),
    Function(Rc<Function<'t>>),
    /// Something of another module, by its full name: `encoding/json.Marshal`.
    External(Rc<str>),
    /// A call of something of another module.
    Call(Rc<Call<'t>>),
    /// A tool, by its index.
    Tool(usize),
    /// The results of a function that has several.
    Tuple(Rc<Vec<Value<'t>>>),
}

/// A string. `partial` if parts of it are not known and left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) text: Rc<str>,
    pub(super) partial: bool,
}

#[derive(Default)]
pub(super) struct Items<'t> {
    pub(super) items: Vec<Value<'t>>,
    /// True if there may be more.
    pub(super) open: bool,
}

#[derive(Default)]
pub(super) struct Object<'t> {
    /// The type of a struct, by its full name. Empty for a map.
    pub(super) of: Rc<str>,
    pub(super) entries: Vec<(Rc<str>, Value<'t>)>,
    /// True if there may be more.
    pub(super) open: bool,
}

impl<'t> Object<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&Value<'t>> {
        self.entries.iter().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, key: &str, value: Value<'t>) {
        match self.entries.iter_mut().find(|(name, _)| **name == *key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key.into(), value)),
        }
    }
}

/// A function: its declaration or literal, with the variables around it.
pub(super) struct Function<'t> {
    pub(super) file: usize,
    pub(super) node: Node<'t>,
    pub(super) scope: Option<Rc<Scope<'t>>>,
    pub(super) receiver: Option<Value<'t>>,
}

pub(super) struct Call<'t> {
    pub(super) callee: Rc<str>,
    pub(super) args: Vec<Value<'t>>,
    /// The types in brackets, and the file where they stand.
    pub(super) types: Vec<Node<'t>>,
    pub(super) file: usize,
}

/// The variables of a block.
pub(super) struct Scope<'t> {
    pub(super) file: usize,
    pub(super) variables: RefCell<HashMap<&'t str, Value<'t>>>,
    pub(super) parent: Option<Rc<Scope<'t>>>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(file: usize, parent: Option<Rc<Scope<'t>>>) -> Rc<Self> {
        Rc::new(Self { file, variables: RefCell::default(), parent })
    }

    pub(super) fn get(&self, name: &str) -> Option<Value<'t>> {
        let mut scope = Some(self);
        while let Some(this) = scope {
            if let Some(value) = this.variables.borrow().get(name) {
                return Some(value.clone());
            }
            scope = this.parent.as_deref();
        }
        None
    }

    pub(super) fn declare(&self, name: &'t str, value: Value<'t>) {
        if name != "_" {
            self.variables.borrow_mut().insert(name, value);
        }
    }

    /// Sets a variable where it is declared. False if it is not declared here.
    pub(super) fn assign(&self, name: &str, value: &Value<'t>) -> bool {
        let mut scope = Some(self);
        while let Some(this) = scope {
            if let Some(old) = this.variables.borrow_mut().get_mut(name) {
                *old = value.clone();
                return true;
            }
            scope = this.parent.as_deref();
        }
        false
    }
}

impl<'t> Value<'t> {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text { text: text.into(), partial: false })
    }

    pub(super) fn list(items: Vec<Value<'t>>, open: bool) -> Self {
        Self::List(Rc::new(RefCell::new(Items { items, open })))
    }

    pub(super) fn object(of: Rc<str>, entries: Vec<(Rc<str>, Value<'t>)>, open: bool) -> Self {
        Self::Object(Rc::new(RefCell::new(Object { of, entries, open })))
    }

    /// The text, if all of it is known.
    pub(super) fn whole_text(&self) -> Option<Rc<str>> {
        match self {
            Self::Text(text) if !text.partial => Some(text.text.clone()),
            _ => None,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown | Self::External(_) | Self::Call(_))
    }

    /// The first of several results.
    pub(super) fn single(self) -> Self {
        match self {
            Self::Tuple(values) => values.first().cloned().unwrap_or(Self::Unknown),
            value => value,
        }
    }
}

/// How the fields of structs are spelled in JSON: the key of a field of a type, or `None` if the field is left out.
pub(super) type Keys<'k> = &'k dyn Fn(&str, &str) -> Option<String>;

/// Copies values to JSON, and notes the paths of what is not known.
pub(super) struct ToJson<'k> {
    pub(super) keys: Keys<'k>,
    pub(super) unknown: Vec<String>,
    left: usize,
}

impl<'k> ToJson<'k> {
    pub(super) fn new(keys: Keys<'k>) -> Self {
        Self { keys, unknown: Vec::new(), left: MAX_NODES }
    }

    /// The JSON of `value`. `None` if it is not known.
    pub(super) fn json(&mut self, value: &Value<'_>, path: &str, depth: usize) -> Option<Json> {
        self.left = self.left.saturating_sub(1);
        let made = if self.left == 0 || depth > MAX_DEPTH { None } else { self.of(value, path, depth) };
        if made.is_none() && self.unknown.len() < 64 {
            self.unknown.push(path.to_owned());
        }
        made
    }

    fn of(&mut self, value: &Value<'_>, path: &str, depth: usize) -> Option<Json> {
        Some(match value {
            Value::Nil => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => serde_json::Number::from_f64(*value)?.into(),
            Value::Text(text) => {
                self.left = self.left.saturating_sub(text.text.len() / 64);
                if text.partial {
                    self.unknown.push(path.to_owned());
                }
                text.text.to_string().into()
            }
            Value::List(items) => {
                let items = items.borrow();
                if items.open {
                    self.unknown.push(path.to_owned());
                }
                items.items.iter().filter_map(|item| self.json(item, path, depth + 1)).collect()
            }
            Value::Object(object) => {
                let object = object.borrow();
                if object.open {
                    self.unknown.push(format!("{path}/*"));
                }
                let mut map = Map::new();
                let is_struct = !object.of.is_empty();
                for (name, value) in
                    object.entries.iter().filter(|(_, value)| !is_struct || !matches!(value, Value::Nil))
                {
                    let Some(key) = (if is_struct { (self.keys)(&object.of, name) } else { Some(name.to_string()) })
                    else {
                        continue;
                    };
                    if let Some(made) = self.json(value, &format!("{path}/{key}"), depth + 1) {
                        map.insert(key, made);
                    }
                }
                Json::Object(map)
            }
            Value::Call(call) if call.callee.ends_with("json.RawMessage") => match call.args.first() {
                Some(Value::Text(text)) if !text.partial => serde_json::from_str(&text.text).ok()?,
                _ => return None,
            },
            Value::Unknown
            | Value::Function(_)
            | Value::External(_)
            | Value::Call(_)
            | Value::Tool(_)
            | Value::Tuple(_) => {
                return None;
            }
        })
    }
}
