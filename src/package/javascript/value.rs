//! Values: what JavaScript has, what comes from outside the package, and what is not known.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::syntax::{Class, Function, Name};

#[derive(Debug, Clone, Default)]
pub(super) enum Value {
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    String(Rc<str>),
    Object(ObjectId),
    /// Something of a dependency, of Node or of the language itself.
    External(Rc<External>),
    Unknown(Unknown),
}

/// Why a value is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A variable of the environment or an option of the command line; by default it is unset.
    Setting,
    /// What a setting decides; by default this.
    Assumed(bool),
    /// It is decided when the server runs.
    Runtime,
}

/// A name of a module that is not in the package, and what is called or read of it.
#[derive(Debug)]
pub(super) struct External {
    /// The specifier of the module; empty for the globals of the language.
    pub(super) module: Rc<str>,
    /// The names from there on; `()` is the result of a call or of `new`.
    pub(super) path: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectId(pub(super) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ScopeId(pub(super) u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModuleId(pub(super) u32);

#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) properties: Properties,
    /// An object, or something of a dependency.
    pub(super) prototype: Option<Value>,
    /// It may have more properties or items than those that are known.
    pub(super) open: bool,
    /// Some of its items are there only under a condition that is not known.
    pub(super) doubtful: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Plain,
    Array(Vec<Value>),
    Function(Closure),
    Class(ClassValue),
    Bound {
        function: Value,
        this: Value,
        args: Vec<Value>,
    },
    Map(Vec<(Value, Value)>),
    Set(Vec<Value>),
    Schema(Rc<Schema>),
    Namespace(ModuleId),
    Regex(Rc<str>, Rc<str>),
    /// What a registration returns: the handle of the tool with this index.
    Tool(usize),
    /// `resolve` of a promise; what it is called with is the property `value` of this object.
    Resolve,
}

#[derive(Debug, Clone)]
pub(super) struct Closure {
    pub(super) function: Rc<Function>,
    pub(super) scope: ScopeId,
    /// The object that `super` starts from.
    pub(super) home: Option<ObjectId>,
}

#[derive(Debug, Clone)]
pub(super) struct ClassValue {
    pub(super) class: Rc<Class>,
    pub(super) scope: ScopeId,
    pub(super) parent: Option<Value>,
    pub(super) prototype: ObjectId,
    pub(super) constructor: Option<Rc<Function>>,
}

#[derive(Debug, Clone)]
pub(super) enum Slot {
    Value(Value),
    Getter(Value),
}

/// Properties in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Properties {
    slots: Vec<(Name, Option<Slot>)>,
    /// Where each stands, once there are many.
    index: FxHashMap<Name, usize>,
}

/// So many properties are searched one by one.
const FEW: usize = 8;

impl Properties {
    fn position(&self, name: &str) -> Option<usize> {
        if self.slots.len() <= FEW {
            self.slots.iter().position(|(known, _)| &**known == name)
        } else {
            self.index.get(name).copied()
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Slot> {
        self.slots[self.position(name)?].1.as_ref()
    }

    pub(super) fn set(&mut self, name: Name, slot: Slot) {
        if let Some(at) = self.position(&name) {
            self.slots[at].1 = Some(slot);
            return;
        }
        self.slots.push((name.clone(), Some(slot)));
        if self.slots.len() == FEW + 1 {
            self.index = self.slots.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        } else if self.slots.len() > FEW {
            self.index.insert(name, self.slots.len() - 1);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(at) = self.position(name) {
            self.slots[at].1 = None;
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.slots.iter().filter(|(_, slot)| slot.is_some()).map(|(name, _)| name)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

impl Value {
    pub(super) const RUNTIME: Self = Self::Unknown(Unknown::Runtime);

    pub(super) fn string(text: &str) -> Self {
        Self::String(text.into())
    }

    pub(super) fn external(module: &str, path: &[&str]) -> Self {
        Self::External(Rc::new(External {
            module: module.into(),
            path: path.iter().map(|name| Name::from(*name)).collect(),
        }))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<ObjectId> {
        match self {
            Self::Object(id) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Whether nothing of its content is known.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::External(_))
    }
}

impl External {
    /// The deepest path: a longer one adds nothing.
    const MAX_PATH: usize = 12;

    pub(super) fn member(&self, name: &str) -> Value {
        let mut path = self.path.clone();
        if path.len() < Self::MAX_PATH {
            path.push(name.into());
        }
        Value::External(Rc::new(External { module: self.module.clone(), path }))
    }

    pub(super) fn dotted(&self) -> String {
        self.path.join(".")
    }

    /// A module that reads the options of the command line, or settings from files and the environment.
    pub(super) fn is_setting(&self) -> bool {
        const PARSERS: [&str; 14] = [
            "commander",
            "yargs",
            "yargs/yargs",
            "yargs-parser",
            "minimist",
            "meow",
            "cac",
            "arg",
            "dotenv",
            "command-line-args",
            "@commander-js/extra-typings",
            "env-var",
            "envalid",
            "mri",
        ];
        // A file that is too large to be read may hold such a module under its own name.
        let bundled = self.path.first().filter(|_| self.module.starts_with('.'));
        PARSERS.contains(&&*self.module)
            || bundled.is_some_and(|name| PARSERS.contains(&&**name))
            || (&*self.module == "util" && self.path.first().is_some_and(|name| &**name == "parseArgs"))
    }
}

/// A schema of zod.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    pub(super) kind: SchemaKind,
    /// Its description. A value that is not a text is one that is not known.
    pub(super) description: Option<Value>,
    /// The major version of zod that it is of.
    pub(super) version: u32,
}

impl Schema {
    /// How many values it holds itself.
    pub(super) fn size(&self) -> usize {
        match &self.kind {
            SchemaKind::Simple { keywords, .. } => 2 + 2 * keywords.len(),
            SchemaKind::Array(_, keywords) => 3 + 2 * keywords.len(),
            SchemaKind::Literal(values) | SchemaKind::Enum { values, .. } | SchemaKind::Tuple(values) => values.len(),
            SchemaKind::Object { shape, .. } => 2 * shape.len(),
            SchemaKind::Union { options, .. } => options.len(),
            SchemaKind::Null
            | SchemaKind::Undefined
            | SchemaKind::Any
            | SchemaKind::Never
            | SchemaKind::Opaque
            | SchemaKind::Record(_)
            | SchemaKind::Intersection(..)
            | SchemaKind::Optional(_)
            | SchemaKind::Nullable(_)
            | SchemaKind::Default(..)
            | SchemaKind::Effects(_)
            | SchemaKind::Lazy(_) => 2,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) enum SchemaKind {
    /// A text, a number or a truth value, with the keywords that its checks add.
    Simple {
        name: &'static str,
        keywords: Keywords,
        coerced: bool,
    },
    Null,
    Undefined,
    /// Accepts anything.
    Any,
    Never,
    /// No JSON Schema says what it accepts.
    Opaque,
    Literal(Vec<Value>),
    Enum {
        values: Vec<Value>,
        open: bool,
    },
    Array(Value, Keywords),
    Tuple(Vec<Value>),
    Object {
        shape: Vec<(Name, Value)>,
        open: bool,
        more: More,
    },
    /// With the schema of its values.
    Record(Value),
    Union {
        options: Vec<Value>,
        open: bool,
    },
    Intersection(Value, Value),
    Optional(Value),
    Nullable(Value),
    Default(Value, Value),
    /// What checks or transforms the result of another: its input is the other's.
    Effects(Value),
    Lazy(Value),
}

pub(super) type Keywords = Vec<(&'static str, serde_json::Value)>;

/// What an object does with properties that it does not name.
#[derive(Debug, Clone)]
pub(super) enum More {
    Strip,
    Strict,
    Passthrough,
    Catchall(Value),
}
