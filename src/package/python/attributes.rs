//! Attributes: what they are, whether they exist, and what sets them.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::calls::MARK;
use super::collections::MAX_ENTRIES;
use super::command_line::is_parser_method;
use super::interpreter::{ITEM_BYTES, Interpreter, VALUE_BYTES, children};
use super::modules::absolute;
use super::schema::is_created_model;
use super::server;
use super::signature;
use super::value::{Args, Call, Class, Function, Instance, Value};

/// The longest full name of something outside the package, in bytes.
const MAX_NAME: usize = 512;
/// The most bases of a class that are looked at.
const MAX_BASES: usize = 32;
/// The methods that make a server of what a function outside the package returned.
const SERVER_METHODS: [&str; 4] = ["tool", "add_tool", "list_tools", "mount"];
/// The parts of a server that hold its tools, with methods of the same names.
const TOOL_HOLDERS: [&str; 3] = ["local_provider", "_local_provider", "_tool_manager"];

/// The parts of a tool that a program may leave out.
const UNSET_OF_TOOL: [&str; 6] = ["annotations", "description", "icons", "meta", "outputSchema", "title"];

/// True for the name of a function that returns a server: `create_server`, `shop_mcp_core.build`.
fn makes_server(callee: &str) -> bool {
    let callee = callee.to_lowercase();
    ["mcp", "server"].iter().any(|word| callee.contains(word))
}

impl<'t> Interpreter<'t> {
    pub(super) fn attribute(&mut self, object: &Value<'t>, name: &str) -> Value<'t> {
        self.copying(name.len());
        match object {
            Value::Unknown | Value::None => Value::Unknown,
            Value::Setting(inner) => self.attribute(inner, name).setting_if(true),
            Value::Server(_) if TOOL_HOLDERS.contains(&name) => object.clone(),
            Value::Module(module) if name == "__dict__" => self.variables_of(&Value::Module(*module)),
            Value::Module(module) if name == "__path__" => {
                let folder = self.modules.all[*module].path.rsplit_once('/').map_or("", |(folder, _)| folder);
                Value::list(vec![Value::text(&absolute(folder))])
            }
            Value::Module(module) => self.module_attribute(*module, name).unwrap_or(Value::Unknown),
            Value::External(path) if &**path == "sys" && name == "platform" => Value::text("linux"),
            Value::External(path) if name == "__name__" => Value::text(path.rsplit('.').next().unwrap_or_default()),
            Value::External(path) if path.len() + name.len() > MAX_NAME => Value::Unknown,
            Value::External(path)
                if matches!((&**path, name), ("inspect", "_empty") | ("inspect.Signature", "empty")) =>
            {
                Value::external(signature::EMPTY)
            }
            Value::External(path) => Value::external(&format!("{path}.{name}")),
            Value::Instance(instance) => self.instance_attribute(object, instance, name),
            Value::Class(class) => match self.class_attribute(class, name) {
                Some(Value::Function(function)) if self.is_decorated(&function, "classmethod") => {
                    Value::Function(function.bound(object.clone()))
                }
                Some(value @ Value::Function(_)) => value,
                Some(value) if self.is_enumeration(class) => self.member(class, name, value),
                Some(value) => value,
                None if matches!(name, "__name__" | "__qualname__") => Value::text(&class.name),
                None if name == "__doc__" => self.class_docstring(class),
                None if name == "__dict__" => self.variables_of(object),
                None => Value::Method(Rc::new((object.clone(), name.into()))),
            },
            Value::Super(instance, class) => {
                let found = class.bases.clone().iter().find_map(|base| match base {
                    Value::Class(base) => self.class_attribute(base, name),
                    _ => None,
                });
                match found {
                    Some(Value::Function(function)) => {
                        Value::Function(function.bound(Value::Instance(instance.clone())))
                    }
                    Some(value) => value,
                    None => match instance.server.filter(|_| name != "__init__") {
                        Some(server) => Value::Method(Rc::new((Value::Server(server), name.into()))),
                        None => Value::Method(Rc::new((object.clone(), name.into()))),
                    },
                }
            }
            Value::Function(function) if function.attributes.borrow().contains_key(name) => {
                function.attributes.borrow().get(name).cloned().unwrap_or(Value::Unknown)
            }
            Value::Function(function) => match name {
                "__func__" | "__wrapped__" | "fn" => object.clone(),
                "__self__" => function.receiver.clone().unwrap_or(Value::Unknown),
                "__dict__" => self.variables_of(object),
                "__name__" | "__qualname__" => Value::text(&function.signature_of().name),
                "__doc__" => self.docstring(&function.signature_of()).map_or(Value::None, |doc| Value::text(&doc)),
                _ => Value::Unknown,
            },
            Value::Call(call) if call.callee.starts_with("pathlib.") => {
                self.path_attribute(&call.clone(), name).unwrap_or(Value::Unknown)
            }
            Value::Call(call) if signature::is_one(call) && name == "replace" => {
                Value::Method(Rc::new((object.clone(), name.into())))
            }
            Value::Call(call) if is_created_model(call) => Value::Method(Rc::new((object.clone(), name.into()))),
            Value::Call(call) => match call.args.named(name) {
                Some(value) => value.clone(),
                None if SERVER_METHODS.contains(&name) && makes_server(&call.callee) => {
                    Value::Method(Rc::new((Value::Server(self.server_of_call(call)), name.into())))
                }
                // `tool.annotations is None`
                None if is_whole_tool(call) && UNSET_OF_TOOL.contains(&name) => Value::None,
                None if is_whole_tool(call) && name == "model_copy" => {
                    Value::Method(Rc::new((object.clone(), name.into())))
                }
                None => Value::Unknown,
            },
            _ => {
                self.copying(VALUE_BYTES);
                Value::Method(Rc::new((object.clone(), name.into())))
            }
        }
    }

    /// The server that a function outside the package returned.
    fn server_of_call(&mut self, call: &Rc<Call<'t>>) -> usize {
        let known = self.servers_of_calls.iter().find(|(other, _)| Rc::ptr_eq(other, call));
        if let Some((_, server)) = known {
            return *server;
        }
        let kind =
            if self.modules.uses_fastmcp { server::ServerLibrary::Fast } else { server::ServerLibrary::Official };
        let server = self.new_server_of(kind, &Args::default());
        self.servers_of_calls.push((call.clone(), server));
        server
    }

    fn instance_attribute(&mut self, object: &Value<'t>, instance: &Rc<Instance<'t>>, name: &str) -> Value<'t> {
        if let Some(value) = instance.fields.borrow().get(name) {
            return value.clone();
        }
        match (name, &instance.class) {
            ("__class__", Some(class)) => return Value::Class(class.clone()),
            ("__dict__", _) => return self.variables_of(object),
            _ => {}
        }
        let found = instance.class.as_ref().and_then(|class| self.class_attribute(class, name));
        match (found, instance.server) {
            (Some(Value::Function(function)), _) => {
                if self.is_decorated(&function, "property") {
                    return self.call_function(&function.bound(object.clone()), Args::default());
                }
                if self.is_decorated(&function, "staticmethod") {
                    return Value::Function(function);
                }
                Value::Function(function.bound(object.clone()))
            }
            (Some(value), _) => value,
            (None, Some(server)) => self.attribute(&Value::Server(server), name),
            (None, None) if self.registers_methods(instance, name) => {
                Value::Method(Rc::new((object.clone(), name.into())))
            }
            (None, None) if is_parser_method(instance, name) => Value::Method(Rc::new((object.clone(), name.into()))),
            (None, None) => Value::Unknown,
        }
    }

    /// True if a decorator of `function` names `word`.
    fn is_decorated(&self, function: &Rc<Function<'t>>, word: &str) -> bool {
        let text = self.modules.all[function.module].text;
        let decorators = function.decorated.map(children).unwrap_or_default();
        let mut decorators = decorators.into_iter().filter(|child| child.kind() == "decorator");
        decorators.any(|child| text.get(child.byte_range()).is_some_and(|text| text.contains(word)))
    }

    /// The attribute `name` of a class or of its bases.
    pub(super) fn class_attribute(&mut self, class: &Rc<Class<'t>>, name: &str) -> Option<Value<'t>> {
        let mut open = vec![class.clone()];
        for _ in 0..16 {
            let class = open.pop()?;
            if let Some(value) = class.scope.variables.borrow().get(name) {
                return Some(value.clone());
            }
            open.extend(class.bases.iter().rev().filter_map(|base| match base {
                Value::Class(base) => Some(base.clone()),
                _ => None,
            }));
        }
        None
    }

    /// Sets the attribute of a value, unless this place is switched off.
    pub(super) fn set_attribute(&mut self, object: &Value<'t>, name: &str, value: Value<'t>) {
        if self.switched_off > 0 {
            return;
        }
        self.copying(name.len() + ITEM_BYTES);
        match object.plain() {
            Value::Instance(instance) => {
                instance.fields.borrow_mut().insert(name.into(), value);
            }
            Value::Function(function) => {
                function.attributes.borrow_mut().insert(name.into(), value);
            }
            Value::Class(class) => {
                class.scope.variables.borrow_mut().insert(name.into(), value);
            }
            Value::Module(module) => {
                self.module(module).variables.borrow_mut().insert(name.into(), value);
            }
            _ => {}
        }
    }

    /// Whether a value has an attribute. `None` if that is not known.
    pub(super) fn has_attribute(&mut self, object: &Value<'t>, name: &str) -> Option<bool> {
        match object.plain() {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => Some(name.starts_with("__")),
            Value::Function(function) => {
                let is_set = function.attributes.borrow().contains_key(name);
                Some(is_set || (name.starts_with("__") && name.ends_with("__") && name != MARK))
            }
            Value::Module(module) => Some(self.module_attribute(module, name).is_some()),
            Value::Class(class) => {
                let found = self.class_attribute(&class, name).is_some();
                (found || !self.derives_from(&class, &|_| true)).then_some(found)
            }
            Value::Instance(instance) => {
                let of_class = instance.class.as_ref().and_then(|class| self.class_attribute(class, name)).is_some();
                let found = of_class || instance.fields.borrow().contains_key(name);
                let is_whole = instance.class.as_ref().is_some_and(|class| !self.derives_from(class, &|_| true));
                (found || is_whole).then_some(found)
            }
            _ => None,
        }
    }

    /// The attributes of a module, a class, an instance or a function, by their names.
    pub(super) fn variables_of(&mut self, object: &Value<'t>) -> Value<'t> {
        let mut variables: Vec<(Rc<str>, Value<'t>)> = match object.plain() {
            Value::Module(module) => sorted(&self.module(module).variables.borrow()),
            Value::Class(class) => sorted(&class.scope.variables.borrow()),
            Value::Instance(instance) => {
                instance.fields.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            Value::Function(function) => {
                function.attributes.borrow().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            _ => return Value::Unknown,
        };
        variables.truncate(MAX_ENTRIES);
        self.copying(VALUE_BYTES + variables.len() * 2 * ITEM_BYTES);
        Value::dict(variables.into_iter().map(|(name, value)| (Value::text(&name), value)).collect())
    }

    /// The attributes of a value with those of its class and the bases of that, sorted by name, as `dir` lists them.
    pub(super) fn members_of(&mut self, object: &Value<'t>) -> Option<Vec<(Rc<str>, Value<'t>)>> {
        let mut names: BTreeSet<Rc<str>> = BTreeSet::new();
        let class = match object.plain() {
            Value::Instance(instance) => {
                names.extend(instance.fields.borrow().keys().cloned());
                instance.class.clone()
            }
            Value::Class(class) => Some(class),
            Value::Module(module) => {
                names.extend(self.module(module).variables.borrow().keys().cloned());
                None
            }
            _ => return None,
        };
        let mut open: Vec<Rc<Class<'t>>> = class.into_iter().collect();
        for _ in 0..MAX_BASES {
            let Some(class) = open.pop() else { break };
            names.extend(class.scope.variables.borrow().keys().cloned());
            open.extend(class.bases.iter().filter_map(|base| match base {
                Value::Class(base) => Some(base.clone()),
                _ => None,
            }));
        }
        self.copying(names.len() * 2 * ITEM_BYTES);
        Some(names.into_iter().take(MAX_ENTRIES).map(|name| (name.clone(), self.attribute(object, &name))).collect())
    }

    fn class_docstring(&mut self, class: &Rc<Class<'t>>) -> Value<'t> {
        let body = class.node.child_by_field_name("body");
        let text = body.and_then(|body| self.docstring_in(body, &class.scope.clone()));
        text.map_or(Value::None, |text| Value::text(&text))
    }
}

/// The variables of a scope, by name: their order is not kept.
fn sorted<'t>(variables: &HashMap<Rc<str>, Value<'t>>) -> Vec<(Rc<str>, Value<'t>)> {
    let mut listed: Vec<_> = variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    listed.sort_by(|(left, _), (right, _)| left.cmp(right));
    listed
}

/// True for a tool of the SDK all of whose parts are given by name.
fn is_whole_tool(call: &Call<'_>) -> bool {
    (call.callee.ends_with(".Tool") || &*call.callee == "Tool") && call.args.positional.is_empty() && !call.args.open
}
