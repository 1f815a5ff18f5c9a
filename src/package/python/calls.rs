//! Calls of functions, and instances of classes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::builtins::completed;
use super::interpreter::{Flow, ITEM_BYTES, Interpreter, VALUE_BYTES, children};
use super::server;
use super::value::{Args, Call, Class, Function, Instance, Scope, Value};

/// The deepest nesting of calls.
const MAX_CALLS: usize = 24;
/// The deepest nesting of calls that go through known data.
const MAX_DATA_CALLS: usize = 48;
/// The most fields of a class that its bases add.
const MAX_FIELDS: usize = 500;
/// How often one function may be running at once.
const MAX_RECURSION: usize = 2;

/// The attribute of a function that a decorator of FastMCP marks as a tool, before a server gets it.
pub(super) const MARK: &str = "__fastmcp__";

/// True for a decorator of FastMCP that only marks a function.
fn is_mark(name: &str) -> bool {
    name.starts_with("fastmcp.") && (name.ends_with(".tool") || name.ends_with(".mcp_tool"))
}

impl<'t> Interpreter<'t> {
    /// True if `class` is `wanted` or derives from it.
    pub(super) fn has_base(&self, class: &Rc<Class<'t>>, wanted: &Rc<Class<'t>>) -> bool {
        let mut open = vec![class.clone()];
        for _ in 0..32 {
            let Some(class) = open.pop() else { return false };
            if Rc::ptr_eq(&class, wanted) {
                return true;
            }
            open.extend(class.bases.iter().filter_map(|base| match base {
                Value::Class(base) => Some(base.clone()),
                _ => None,
            }));
        }
        false
    }

    /// True if `class` derives from something outside the package whose name satisfies `is`.
    pub(super) fn derives_from(&self, class: &Rc<Class<'t>>, is: &dyn Fn(&str) -> bool) -> bool {
        let mut open = vec![class.clone()];
        for _ in 0..32 {
            let Some(class) = open.pop() else { return false };
            for base in &class.bases {
                match base {
                    Value::External(name) if is(name) => return true,
                    Value::Generic(generic) => match &generic.base {
                        Value::External(name) if is(name) => return true,
                        Value::Class(base) => open.push(base.clone()),
                        _ => {}
                    },
                    Value::Class(base) => open.push(base.clone()),
                    _ => {}
                }
            }
        }
        false
    }

    pub(super) fn is_enumeration(&self, class: &Rc<Class<'t>>) -> bool {
        self.derives_from(class, &|name| name.ends_with("Enum") || name.ends_with("enum.Flag"))
    }

    pub(super) fn member(&mut self, class: &Rc<Class<'t>>, name: &str, value: Value<'t>) -> Value<'t> {
        let value = match value {
            Value::Call(call) if call.callee.ends_with("auto") => Value::text(&name.to_lowercase()),
            value => value,
        };
        let fields = BTreeMap::from([
            ("name".into(), Value::text(name)),
            ("value".into(), value),
            ("__member__".into(), Value::Bool(true)),
        ]);
        Value::Instance(Rc::new(Instance {
            class: Some(class.clone()),
            fields: RefCell::new(fields),
            server: None,
            is_parser: false,
        }))
    }

    /// The members of an enumeration, in the order of its body.
    pub(super) fn members(&mut self, class: &Rc<Class<'t>>) -> Vec<Value<'t>> {
        let Some(body) = class.node.child_by_field_name("body") else { return Vec::new() };
        let mut members = Vec::new();
        for statement in children(body) {
            let assignment = children(statement).first().copied().filter(|node| node.kind() == "assignment");
            let Some(name) = assignment.and_then(|node| node.child_by_field_name("left")) else { continue };
            let name = self.modules.all[class.module].text[name.byte_range()].to_owned();
            let value = class.scope.variables.borrow().get(&*name).cloned();
            if let Some(value) = value.filter(|_| !name.starts_with('_')) {
                members.push(self.member(class, &name, value));
            }
        }
        members
    }

    pub(super) fn call_value(
        &mut self,
        callee: &Value<'t>,
        args: Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Value<'t> {
        match callee {
            Value::Function(function) => self.call_function(function, args),
            Value::Class(class) => self.instantiate(class, args, node, module),
            Value::External(name) => self.call_external(&name.clone(), args, node, module),
            Value::Method(method) => self.call_method(&method.0.clone(), &method.1.clone(), args, node, module),
            Value::Setting(inner) => self.call_value(inner, args, node, module).setting_if(true),
            Value::ToolDecorator(_) | Value::ListDecorator(_) | Value::Wraps(_) => match args.positional.first() {
                Some(target) => self.decorate(callee.clone(), target.clone()),
                None => Value::Unknown,
            },
            Value::Generic(generic) => self.call_value(&generic.base, args, node, module),
            Value::Call(call) => match completed(call, args) {
                Some((function, args)) => {
                    self.deeper(|this| this.call_value(&function, args, node, module)).unwrap_or(Value::Unknown)
                }
                None => Value::Unknown,
            },
            Value::Instance(instance) => {
                let call = instance.class.as_ref().and_then(|class| self.class_attribute(class, "__call__"));
                match call {
                    Some(Value::Function(function)) => self.call_function(&function.bound(callee.clone()), args),
                    _ => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }

    /// Applies a decorator to `target`. One that is not known leaves the function as it is.
    pub(super) fn decorate(&mut self, decorator: Value<'t>, target: Value<'t>) -> Value<'t> {
        let Value::Function(function) = &target else { return target };
        match decorator.plain() {
            Value::ToolDecorator(registration) => {
                self.register(registration.0, function, &registration.1);
                target
            }
            Value::ListDecorator(server) => {
                self.servers[server].list_handlers.push(function.clone());
                target
            }
            Value::Method(method) => {
                if let (Value::Server(server), "tool") = (&method.0, &*method.1) {
                    self.register(*server, function, &Args::default());
                }
                target
            }
            Value::Wraps(wrapped) => Value::Function(function.wrapping(&wrapped)),
            decorator @ (Value::Function(_) | Value::Class(_) | Value::Instance(_)) => {
                let args = Args { positional: vec![target.clone()], ..Args::default() };
                match self.call_value(&decorator, args, function.node, function.module) {
                    made @ (Value::Function(_) | Value::Instance(_)) => made,
                    _ => target,
                }
            }
            Value::Call(call) if is_mark(&call.callee) => {
                let given = Value::Call(call.clone());
                function.attributes.borrow_mut().insert(MARK.into(), given);
                target
            }
            Value::External(name) if is_mark(&name) => {
                let call = Call { callee: name, args: Args::default(), place: (function.module, 0) };
                function.attributes.borrow_mut().insert(MARK.into(), Value::Call(Rc::new(call)));
                target
            }
            _ => target,
        }
    }

    /// Applies a decorator to a class. One that is not known leaves the class as it is.
    pub(super) fn decorate_class(&mut self, decorator: &Value<'t>, class: Value<'t>) -> Value<'t> {
        let (Value::Function(_) | Value::Method(_), Value::Class(decorated)) = (decorator.plain(), &class) else {
            return class;
        };
        let args = Args { positional: vec![class.clone()], ..Args::default() };
        let (node, module) = (decorated.node, decorated.module);
        match self.call_value(decorator, args, node, module) {
            made @ (Value::Class(_) | Value::Instance(_)) => made,
            _ => class,
        }
    }

    pub(super) fn call_function(&mut self, function: &Rc<Function<'t>>, args: Args<'t>) -> Value<'t> {
        let id = function.node.id();
        let recursion = self.running.iter().filter(|running| **running == id).count();
        // A function that goes through known data ends where the data does.
        let goes_through_data = args.positional.first().is_some_and(Value::is_data);
        let (calls, rounds) =
            if goes_through_data { (MAX_DATA_CALLS, MAX_DATA_CALLS) } else { (MAX_CALLS, MAX_RECURSION) };
        if self.running.len() >= calls || recursion >= rounds {
            return Value::Unknown;
        }
        self.copying(VALUE_BYTES / 2);
        self.ran.insert((function.module, function.node.start_byte()));
        let class = function.class.borrow().clone();
        let scope = Rc::new(Scope {
            receiver: function
                .receiver
                .clone()
                .or_else(|| args.positional.first().filter(|_| class.is_some()).cloned()),
            class,
            ..Scope::new(Some(function.scope.clone()), function.module)
        });
        self.bind(function, args, &scope);
        let Some(body) = function.node.child_by_field_name("body") else { return Value::Unknown };
        if function.node.kind() == "lambda" {
            return self.eval(body, &scope);
        }
        self.running.push(id);
        self.returns.push(Vec::new());
        let flow = self.deeper(|this| this.block(body, &scope));
        self.running.pop();
        let early = self.returns.pop().unwrap_or_default();
        let last = match flow {
            Some(Flow::Return(value)) => Some(value),
            Some(Flow::Next | Flow::Loop) if early.is_empty() => Some(Value::None),
            Some(Flow::Next | Flow::Loop | Flow::Raise) => None,
            None => Some(Value::Unknown),
        };
        early.into_iter().chain(last).reduce(|value, other| self.either_of(value, other)).unwrap_or(Value::Unknown)
    }

    fn bind(&mut self, function: &Rc<Function<'t>>, args: Args<'t>, scope: &Rc<Scope<'t>>) {
        let parameters = function.node.child_by_field_name("parameters").map(children).unwrap_or_default();
        let receiver = function.receiver.clone();
        let mut positional = receiver.into_iter().chain(args.positional).peekable();
        let mut named = args.named;
        let text = |node: Node<'t>| self.modules.all[function.module].text.get(node.byte_range()).unwrap_or_default();
        let mut only_named = false;
        for parameter in parameters {
            // The name of `name: type` is its first child.
            let target = match parameter.kind() {
                "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => Some(parameter),
                "typed_parameter" => parameter.named_child(0),
                "keyword_separator" => {
                    only_named = true;
                    None
                }
                _ => parameter.child_by_field_name("name"),
            };
            let Some(target) = target else { continue };
            match target.kind() {
                "list_splat_pattern" => {
                    only_named = true;
                    let rest: Vec<Value<'t>> = positional.by_ref().collect();
                    let name = target.named_child(0).map_or("", text);
                    let rest = Value::list(rest);
                    if let (Value::List(list), true) = (&rest, args.open) {
                        list.borrow_mut().open = true;
                    }
                    scope.set(name, rest);
                }
                "dictionary_splat_pattern" => {
                    let name = target.named_child(0).map_or("", text);
                    let rest = named.drain(..).map(|(key, value)| (Value::text(&key), value)).collect();
                    scope.set(name, Value::dict(rest));
                }
                _ => {
                    let name = text(target);
                    let by_name = named.iter().position(|(key, _)| **key == *name).map(|at| named.remove(at).1);
                    let value = by_name.or_else(|| if only_named { None } else { positional.next() });
                    let default = || function.defaults.iter().find(|(key, _)| **key == *name).map(|(_, v)| v.clone());
                    let value = value.or_else(|| default().filter(|_| !args.open)).unwrap_or(Value::Unknown);
                    scope.set(name, value);
                }
            }
        }
    }

    fn instantiate(&mut self, class: &Rc<Class<'t>>, args: Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        if self.is_enumeration(class) {
            let members = self.members(class);
            let Some(wanted) = args.positional.first() else { return Value::Unknown };
            let is = |member: &Value<'t>| match member {
                Value::Instance(member) => {
                    member.member_value().is_some_and(|value| value.equals(wanted) == Some(true))
                }
                _ => false,
            };
            let found = members.into_iter().find(is).unwrap_or(Value::Unknown);
            return found.setting_if(wanted.is_setting());
        }
        self.copying(VALUE_BYTES);
        let is_server = self.derives_from(class, &|name| server::ServerLibrary::of_class(name).is_some());
        let server = is_server.then(|| {
            let kind = if self
                .derives_from(class, &|name| server::ServerLibrary::of_class(name) == Some(server::ServerLibrary::Fast))
            {
                server::ServerLibrary::Fast
            } else {
                server::ServerLibrary::Official
            };
            self.new_server(kind, &args, node, module)
        });
        let is_settings = self.derives_from(class, &|name| name.ends_with("BaseSettings"));
        let instance = Rc::new(Instance {
            class: Some(class.clone()),
            fields: RefCell::new(BTreeMap::new()),
            server,
            is_parser: false,
        });
        let value = Value::Instance(instance.clone());
        if let Some(Value::Function(init)) = self.class_attribute(class, "__init__") {
            self.call_function(&init.bound(value.clone()), args);
            return value;
        }
        // A class of data: its fields in order, then what was given by name.
        let fields = self.data_fields(class);
        let mut positional = args.positional.into_iter();
        for (name, default) in fields {
            let default = match default {
                Some(Value::Call(call)) if call.callee.ends_with("ield") => self.field_default(&call),
                other => other,
            };
            let given = args.named.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
            let given = given.or_else(|| positional.next());
            let value = given.or_else(|| default.map(|value| value.setting_if(is_settings)));
            instance.fields.borrow_mut().insert(name, value.unwrap_or(Value::Unknown));
        }
        for (name, value) in args.named {
            instance.fields.borrow_mut().entry(name).or_insert(value);
        }
        value
    }

    /// The default that `Field(...)` or `field(...)` gives.
    fn field_default(&mut self, call: &super::value::Call<'t>) -> Option<Value<'t>> {
        if let Some(factory) = call.args.named("default_factory") {
            return Some(match factory {
                Value::External(name) if &**name == "builtins.list" => Value::list(Vec::new()),
                Value::External(name) if &**name == "builtins.dict" => Value::dict(Vec::new()),
                Value::Function(function) => self.call_function(&function.clone(), Args::default()),
                _ => Value::Unknown,
            });
        }
        let default = call.args.get(0, "default")?;
        let is_ellipsis = matches!(default, Value::External(name) if name.ends_with("Ellipsis"));
        (!is_ellipsis).then(|| default.clone())
    }

    /// The annotated fields of a class and of its bases, with their defaults.
    fn data_fields(&mut self, class: &Rc<Class<'t>>) -> Vec<(Rc<str>, Option<Value<'t>>)> {
        let mut fields: Vec<(Rc<str>, Option<Value<'t>>)> = Vec::new();
        for base in &class.bases {
            if let Value::Class(base) = base {
                fields.extend(self.deeper(|this| this.data_fields(base)).unwrap_or_default());
            }
        }
        fields.truncate(MAX_FIELDS);
        self.copying(fields.len() * ITEM_BYTES);
        for (name, _, has_value) in self.annotated(class) {
            let default = has_value.then(|| class.scope.variables.borrow().get(&*name).cloned()).flatten();
            fields.retain(|(other, _)| *other != name);
            fields.push((name, default));
        }
        fields
    }

    /// The annotated names in the body of a class: name, type, and whether a value is set.
    pub(super) fn annotated(&self, class: &Rc<Class<'t>>) -> Vec<(Rc<str>, Node<'t>, bool)> {
        let body = class.node.child_by_field_name("body").map(children).unwrap_or_default();
        let text = self.modules.all[class.module].text;
        let of = |statement: Node<'t>| {
            let assignment = children(statement).first().copied().filter(|node| node.kind() == "assignment")?;
            let (name, of_type) = (assignment.child_by_field_name("left")?, assignment.child_by_field_name("type")?);
            Some((text.get(name.byte_range())?.into(), of_type, assignment.child_by_field_name("right").is_some()))
        };
        body.into_iter().filter_map(of).collect()
    }

    /// The docstring of a function, as it is written.
    pub(super) fn docstring(&mut self, function: &Rc<Function<'t>>) -> Option<Rc<str>> {
        if let Some(text) = function.attributes.borrow().get("__doc__") {
            return text.whole_text();
        }
        let function = function.signature_of();
        let body = function.node.child_by_field_name("body")?;
        self.docstring_in(body, &function.scope.clone())
    }

    /// The docstring that starts `body`.
    pub(super) fn docstring_in(&mut self, body: Node<'t>, scope: &Rc<Scope<'t>>) -> Option<Rc<str>> {
        let first = children(body).first().copied()?;
        let text = children(first).first().copied().filter(|_| first.kind() == "expression_statement")?;
        if !["string", "concatenated_string"].contains(&text.kind()) {
            return None;
        }
        let scope = Rc::new(Scope::new(None, scope.module));
        self.eval(text, &scope).whole_text()
    }
}
