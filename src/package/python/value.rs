//! The values of Python that the interpreter knows, and the scopes that hold them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use serde_json::{Map, Value as Json};
use tree_sitter::Node;

/// The most parts of one value that are copied to JSON.
const MAX_NODES: usize = 200_000;
/// How many bytes of text count as much as another part.
const NODE_BYTES: usize = 64;

/// A value, as far as it is known.
#[derive(Clone)]
pub(super) enum Value<'t> {
    /// Made when the program runs.
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    /// Lists and sets.
    List(Rc<RefCell<Items<'t>>>),
    Tuple(Rc<Vec<Value<'t>>>),
    Dict(Rc<RefCell<Dict<'t>>>),
    Function(Rc<Function<'t>>),
    Class(Rc<Class<'t>>),
    Instance(Rc<Instance<'t>>),
    /// A module of the package, by its index.
    Module(usize),
    /// Something outside the package, by its full name: `typing.Optional`, `builtins.str`.
    External(Rc<str>),
    /// A call of something outside the package: `pydantic.Field(...)`.
    Call(Rc<Call<'t>>),
    /// A server, by its index.
    Server(usize),
    /// A method that is not a function of the package: `server.tool`, `text.strip`.
    Method(Rc<(Value<'t>, Rc<str>)>),
    /// A type with arguments, `list[str]`, or a union, whose base is `typing.Union`.
    Generic(Rc<Generic<'t>>),
    /// A value that depends on settings, such as environment variables. It holds the value without any settings.
    Setting(Rc<Value<'t>>),
    /// The bases of a class, seen from an instance.
    Super(Rc<Instance<'t>>, Rc<Class<'t>>),
    /// `server.tool(...)`, which registers the function that it is called with.
    ToolDecorator(Rc<(usize, Args<'t>)>),
    /// `server.list_tools()`, which takes the function that lists the tools.
    ListDecorator(usize),
    /// `functools.wraps(function)`.
    Wraps(Rc<Function<'t>>),
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
pub(super) struct Dict<'t> {
    pub(super) entries: Vec<(Value<'t>, Value<'t>)>,
    /// True if there may be more.
    pub(super) open: bool,
}

/// A function with the scope in which it is defined.
pub(super) struct Function<'t> {
    pub(super) node: Node<'t>,
    /// The definition with its decorators, if it has any.
    pub(super) decorated: Option<Node<'t>>,
    pub(super) module: usize,
    pub(super) name: Rc<str>,
    pub(super) scope: Rc<Scope<'t>>,
    /// The values of defaults, by parameter, from when it was defined.
    pub(super) defaults: Vec<(Rc<str>, Value<'t>)>,
    /// The receiver of a bound method.
    pub(super) receiver: Option<Value<'t>>,
    /// The class that defines it, for `super()`.
    pub(super) class: RefCell<Option<Rc<Class<'t>>>>,
    /// The function whose name, signature and docstring it has, by `functools.wraps`.
    pub(super) wraps: Option<Rc<Function<'t>>>,
    /// What was set on the function itself.
    pub(super) attributes: Attributes<'t>,
}

/// Attributes that a program sets, by their names.
pub(super) type Attributes<'t> = Rc<RefCell<BTreeMap<Rc<str>, Value<'t>>>>;

pub(super) struct Class<'t> {
    pub(super) node: Node<'t>,
    pub(super) module: usize,
    pub(super) name: Rc<str>,
    pub(super) bases: Vec<Value<'t>>,
    /// The attributes that its body sets.
    pub(super) scope: Rc<Scope<'t>>,
}

pub(super) struct Instance<'t> {
    /// `None` for a plain collection of attributes.
    pub(super) class: Option<Rc<Class<'t>>>,
    pub(super) fields: RefCell<BTreeMap<Rc<str>, Value<'t>>>,
    /// The server that it is, if its class derives from one.
    pub(super) server: Option<usize>,
    /// True for a parser of argparse.
    pub(super) is_parser: bool,
}

pub(super) struct Call<'t> {
    pub(super) callee: Rc<str>,
    pub(super) args: Args<'t>,
    pub(super) place: (usize, usize),
}

pub(super) struct Generic<'t> {
    pub(super) base: Value<'t>,
    pub(super) args: Vec<Value<'t>>,
}

/// The arguments of a call.
#[derive(Clone, Default)]
pub(super) struct Args<'t> {
    pub(super) positional: Vec<Value<'t>>,
    pub(super) named: Vec<(Rc<str>, Value<'t>)>,
    /// True if there may be more.
    pub(super) open: bool,
}

impl<'t> Args<'t> {
    pub(super) fn named(&self, name: &str) -> Option<&Value<'t>> {
        self.named.iter().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    pub(super) fn get(&self, at: usize, name: &str) -> Option<&Value<'t>> {
        self.named(name).or_else(|| self.positional.get(at))
    }
}

impl<'t> Value<'t> {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Text { text: text.into(), partial: false })
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(Items { items, open: false })))
    }

    pub(super) fn dict(entries: Vec<(Self, Self)>) -> Self {
        Self::Dict(Rc::new(RefCell::new(Dict { entries, open: false })))
    }

    pub(super) fn external(name: &str) -> Self {
        Self::External(name.into())
    }

    /// The value without settings: what it is if nothing is set.
    pub(super) fn plain(&self) -> Self {
        match self {
            Self::Setting(value) => value.plain(),
            other => other.clone(),
        }
    }

    /// True for a value that JSON could hold.
    pub(super) fn is_data(&self) -> bool {
        match self {
            Self::Bool(_) | Self::Int(_) | Self::Float(_) => true,
            Self::Text(text) => !text.partial,
            Self::List(list) => !list.borrow().open,
            Self::Dict(dict) => !dict.borrow().open,
            _ => false,
        }
    }

    pub(super) fn is_setting(&self) -> bool {
        matches!(self, Self::Setting(_))
    }

    /// The value, as one that depends on settings if `setting`.
    pub(super) fn setting_if(self, setting: bool) -> Self {
        if setting && !self.is_setting() && !matches!(self, Self::Unknown) {
            Self::Setting(Rc::new(self))
        } else {
            self
        }
    }

    /// The text, and whether it is whole. Members of enumerations of texts count.
    pub(super) fn as_text(&self) -> Option<Text> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Setting(value) => value.as_text(),
            Self::Instance(instance) => instance.member_value()?.as_text(),
            _ => None,
        }
    }

    /// A text that is wholly known.
    pub(super) fn whole_text(&self) -> Option<Rc<str>> {
        self.as_text().filter(|text| !text.partial).map(|text| text.text)
    }

    /// Whether it counts as true. `None` if that is not known.
    pub(super) fn truth(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown | Self::Call(_) | Self::Method(_) => return None,
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) if text.partial && text.text.is_empty() => return None,
            Self::Text(text) => !text.text.is_empty(),
            Self::List(list) if list.borrow().open && list.borrow().items.is_empty() => return None,
            Self::List(list) => !list.borrow().items.is_empty(),
            Self::Tuple(items) => !items.is_empty(),
            Self::Dict(dict) if dict.borrow().open && dict.borrow().entries.is_empty() => return None,
            Self::Dict(dict) => !dict.borrow().entries.is_empty(),
            Self::Setting(value) => return value.truth(),
            Self::External(name) => return (&**name == "typing.TYPE_CHECKING").then_some(false),
            Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_)
            | Self::Module(_)
            | Self::Server(_)
            | Self::Generic(_)
            | Self::Super(..)
            | Self::ToolDecorator(_)
            | Self::ListDecorator(_)
            | Self::Wraps(_) => true,
        })
    }

    /// Whether two values are equal. `None` if that is not known.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        let (left, right) = (self.plain(), other.plain());
        if let (Some(a), Some(b)) = (left.as_text(), right.as_text()) {
            return (!a.partial && !b.partial).then(|| a.text == b.text);
        }
        Some(match (&left, &right) {
            (Self::Call(a), Self::Call(b)) if Rc::ptr_eq(a, b) => true,
            (Self::Unknown | Self::Call(_) | Self::Method(_), _)
            | (_, Self::Unknown | Self::Call(_) | Self::Method(_)) => {
                return None;
            }
            (Self::None, Self::None) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::External(a), Self::External(b)) => a == b,
            (Self::Function(a), Self::Function(b)) => Rc::ptr_eq(a, b),
            (Self::Class(a), Self::Class(b)) => Rc::ptr_eq(a, b),
            (Self::Instance(a), Self::Instance(b)) => Rc::ptr_eq(a, b),
            (Self::Server(a), Self::Server(b)) => a == b,
            (Self::Module(a), Self::Module(b)) => a == b,
            (Self::List(_) | Self::Tuple(_) | Self::Dict(_), Self::List(_) | Self::Tuple(_) | Self::Dict(_)) => {
                return None;
            }
            _ => false,
        })
    }

    /// What a variable is after either of two branches.
    pub(super) fn joined(self, other: Self) -> Self {
        if self.equals(&other) == Some(true) {
            return self;
        }
        match (&self, &other) {
            (Self::List(a), Self::List(b)) if Rc::ptr_eq(a, b) => self,
            (Self::Dict(a), Self::Dict(b)) if Rc::ptr_eq(a, b) => self,
            _ if self.is_solid() => self,
            _ if other.is_solid() => other,
            _ => Self::Unknown,
        }
    }

    /// True for what a program defines once: whichever branch defines it, it is the one.
    pub(super) fn is_solid(&self) -> bool {
        matches!(
            self,
            Self::Function(_)
                | Self::Class(_)
                | Self::Module(_)
                | Self::Server(_)
                | Self::Instance(_)
                | Self::Generic(_)
        )
    }

    /// The value as JSON, and whether all of it is known.
    pub(super) fn to_json(&self, depth: usize) -> (Json, bool) {
        let mut left = MAX_NODES;
        self.json(depth, &mut left)
    }

    /// The value as JSON of up to `left` parts: what several values share is copied for each.
    fn json(&self, depth: usize, left: &mut usize) -> (Json, bool) {
        if depth == 0 || *left == 0 {
            return (Json::Null, false);
        }
        *left -= 1;
        match self {
            Self::None => (Json::Null, true),
            Self::Bool(value) => (Json::Bool(*value), true),
            Self::Int(value) => ((*value).into(), true),
            Self::Float(value) => (serde_json::Number::from_f64(*value).map_or(Json::Null, Json::Number), true),
            Self::Text(text) => {
                *left = left.saturating_sub(text.text.len() / NODE_BYTES);
                (Json::String(text.text.to_string()), !text.partial)
            }
            Self::List(list) => {
                let list = list.borrow();
                let (items, whole) = json_items(&list.items, depth, left);
                (Json::Array(items), whole && !list.open)
            }
            Self::Tuple(items) => {
                let (items, whole) = json_items(items, depth, left);
                (Json::Array(items), whole)
            }
            Self::Dict(dict) => {
                let dict = dict.borrow();
                let mut whole = !dict.open;
                let mut map = Map::new();
                for (key, value) in &dict.entries {
                    if *left == 0 {
                        whole = false;
                        break;
                    }
                    let Some(key) = key.whole_text() else {
                        whole = false;
                        continue;
                    };
                    *left = left.saturating_sub(key.len() / NODE_BYTES);
                    let (value, known) = value.json(depth - 1, left);
                    whole &= known;
                    map.insert(key.to_string(), value);
                }
                (Json::Object(map), whole)
            }
            Self::Setting(value) => value.json(depth, left),
            Self::Instance(instance) => match instance.member_value() {
                Some(value) => value.json(depth - 1, left),
                None => (Json::Null, false),
            },
            Self::Unknown
            | Self::Function(_)
            | Self::Class(_)
            | Self::Module(_)
            | Self::External(_)
            | Self::Call(_)
            | Self::Server(_)
            | Self::Method(_)
            | Self::Generic(_)
            | Self::Super(..)
            | Self::ToolDecorator(_)
            | Self::ListDecorator(_)
            | Self::Wraps(_) => (Json::Null, false),
        }
    }
}

fn json_items(items: &[Value<'_>], depth: usize, left: &mut usize) -> (Vec<Json>, bool) {
    let (mut values, mut whole) = (Vec::new(), true);
    for item in items {
        if *left == 0 {
            whole = false;
            break;
        }
        let (value, known) = item.json(depth - 1, left);
        whole &= known;
        values.push(value);
    }
    (values, whole)
}

impl<'t> Instance<'t> {
    /// The value of a member of an enumeration.
    pub(super) fn member_value(&self) -> Option<Value<'t>> {
        let fields = self.fields.borrow();
        fields.get("__member__").and(fields.get("value")).cloned()
    }
}

impl<'t> Function<'t> {
    /// The function whose signature and docstring count.
    pub(super) fn signature_of(self: &Rc<Self>) -> Rc<Self> {
        let mut function = self.clone();
        for _ in 0..8 {
            match &function.wraps {
                Some(wrapped) => function = wrapped.clone(),
                None => break,
            }
        }
        function
    }

    /// The same function, bound to `receiver`.
    pub(super) fn bound(self: &Rc<Self>, receiver: Value<'t>) -> Rc<Self> {
        Rc::new(Function { receiver: Some(receiver), class: RefCell::new(self.class.borrow().clone()), ..self.copy() })
    }

    /// The same function with the signature of `wrapped`.
    pub(super) fn wrapping(self: &Rc<Self>, wrapped: &Rc<Self>) -> Rc<Self> {
        Rc::new(Function {
            wraps: Some(wrapped.clone()),
            attributes: Rc::new(RefCell::new(wrapped.attributes.borrow().clone())),
            class: RefCell::new(self.class.borrow().clone()),
            ..self.copy()
        })
    }

    /// The same function with other defaults.
    pub(super) fn with_defaults(self: &Rc<Self>, defaults: Vec<(Rc<str>, Value<'t>)>) -> Rc<Self> {
        Rc::new(Function { defaults, class: RefCell::new(self.class.borrow().clone()), ..self.copy() })
    }

    fn copy(&self) -> Self {
        Function {
            node: self.node,
            decorated: self.decorated,
            module: self.module,
            name: self.name.clone(),
            scope: self.scope.clone(),
            defaults: self.defaults.clone(),
            receiver: self.receiver.clone(),
            class: RefCell::new(None),
            wraps: self.wraps.clone(),
            attributes: self.attributes.clone(),
        }
    }
}

/// The variables of a module, function or class, and where the others are looked up.
pub(super) struct Scope<'t> {
    pub(super) variables: RefCell<HashMap<Rc<str>, Value<'t>>>,
    pub(super) parent: Option<Rc<Scope<'t>>>,
    pub(super) module: usize,
    /// The class whose method runs here, and its receiver, for `super()`.
    pub(super) receiver: Option<Value<'t>>,
    pub(super) class: Option<Rc<Class<'t>>>,
    /// True for the body of a class, which its methods do not see.
    pub(super) is_class: bool,
    /// Variables that are set in the scope that defines them.
    pub(super) outer: RefCell<Vec<Rc<str>>>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(parent: Option<Rc<Scope<'t>>>, module: usize) -> Self {
        Self {
            variables: RefCell::default(),
            parent,
            module,
            receiver: None,
            class: None,
            is_class: false,
            outer: RefCell::default(),
        }
    }

    pub(super) fn get(self: &Rc<Self>, name: &str) -> Option<Value<'t>> {
        let mut scope = Some(self);
        let mut first = true;
        while let Some(here) = scope {
            if (first || !here.is_class)
                && let Some(value) = here.variables.borrow().get(name)
            {
                return Some(value.clone());
            }
            first = false;
            scope = here.parent.as_ref();
        }
        None
    }

    pub(super) fn set(self: &Rc<Self>, name: &str, value: Value<'t>) {
        if self.outer.borrow().iter().any(|outer| **outer == *name) {
            let mut scope = self.parent.as_ref();
            let mut last = self;
            while let Some(here) = scope {
                last = here;
                if here.variables.borrow().contains_key(name) {
                    break;
                }
                scope = here.parent.as_ref();
            }
            last.variables.borrow_mut().insert(name.into(), value);
            return;
        }
        self.variables.borrow_mut().insert(name.into(), value);
    }
}
