//! Methods of known values, and functions of the standard library and of the SDKs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::collections::{find, put_into};
use super::command_line;
use super::interpreter::{ITEM_BYTES, Interpreter, VALUE_BYTES};
use super::literal;
use super::schema::is_created_model;
use super::server::ServerLibrary;
use super::signature;
use super::texts::shown;
use super::type_test;
use super::value::{Args, Call, Class, Dict, Instance, Items, Text, Value};

impl<'t> Interpreter<'t> {
    pub(super) fn call_method(
        &mut self,
        receiver: &Value<'t>,
        method: &str,
        args: Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Value<'t> {
        match receiver {
            Value::Server(server) => self.call_server(*server, method, args, node, module),
            Value::Text(text) => self.text_method(text, method, &args),
            Value::List(list) => self.list_method(&list.clone(), method, &args, node, module),
            Value::Dict(dict) => self.dict_method(&dict.clone(), method, &args),
            Value::Super(instance, _) => {
                if let (Some(server), "__init__") = (instance.server, method) {
                    let made = self.new_server(self.servers[server].kind, &args, node, module);
                    if let Some(made) = self.servers.get(made).filter(|_| made + 1 == self.servers.len()) {
                        let (name, instructions) = (made.name.clone(), made.instructions.clone());
                        self.servers.pop();
                        self.servers[server].name = name;
                        self.servers[server].instructions = instructions;
                    }
                }
                Value::None
            }
            Value::Call(call) if signature::is_one(call) => self.replaced(call, &args),
            Value::Call(call) if is_created_model(call) => match method {
                "model_json_schema" | "schema" => self.model_schema(receiver),
                _ => Value::Unknown,
            },
            Value::Call(call) if method == "model_copy" => self.copied_model(call, &args),
            Value::Call(_) => self.path_method(receiver, method, &args),
            Value::Instance(instance) if self.registers_methods(instance, method) => {
                self.register_methods(receiver, &args, node, module);
                Value::None
            }
            Value::Class(class) if method == "__subclasses__" => {
                let is_below = |other: &Rc<Class<'t>>| {
                    other.bases.iter().any(|base| matches!(base, Value::Class(base) if Rc::ptr_eq(base, class)))
                };
                Value::list(self.classes.iter().filter(|other| is_below(other)).cloned().map(Value::Class).collect())
            }
            Value::Instance(parser) => command_line::call_parser(parser, method, &args),
            Value::Class(class) if method.ends_with("model_json_schema") || method == "schema" => {
                let class = Value::Class(class.clone());
                self.model_schema(&class)
            }
            _ => Value::Unknown,
        }
    }

    /// A copy of an instance of a model of a dependency, with the fields that `update` gives.
    fn copied_model(&mut self, model: &Rc<Call<'t>>, args: &Args<'t>) -> Value<'t> {
        let mut fields = model.args.named.clone();
        let mut open = model.args.open;
        match args.named("update").map(Value::plain) {
            None | Some(Value::None) => {}
            Some(Value::Dict(update)) => {
                let update = update.borrow();
                open |= update.open;
                for (key, value) in &update.entries {
                    let Some(key) = key.whole_text() else {
                        open = true;
                        continue;
                    };
                    fields.retain(|(name, _)| *name != key);
                    fields.push((key, value.clone()));
                }
            }
            Some(_) => open = true,
        }
        self.copying(VALUE_BYTES + fields.len() * ITEM_BYTES);
        let args = Args { positional: model.args.positional.clone(), named: fields, open };
        Value::Call(Rc::new(Call { callee: model.callee.clone(), args, place: model.place }))
    }

    fn list_method(
        &mut self,
        list: &Rc<RefCell<Items<'t>>>,
        method: &str,
        args: &Args<'t>,
        node: Node<'t>,
        module: usize,
    ) -> Value<'t> {
        match method {
            "append" | "add" => {
                let item = args.positional.first().cloned().unwrap_or(Value::Unknown);
                // Added under a condition that is not known, or in a loop over something unknown: there may be more.
                let open = self.unknown_loops > 0;
                self.extend(list, if open { Vec::new() } else { vec![item] }, open);
            }
            "extend" | "update" => {
                let (items, open) = args.positional.first().map_or((Vec::new(), true), |items| self.items(items));
                self.extend(list, items, open);
            }
            "insert" => {
                let item = args.positional.get(1).cloned().unwrap_or(Value::Unknown);
                self.extend(list, vec![item], false);
            }
            // What is removed under a condition may be there afterwards.
            "remove" | "discard" | "pop" | "clear" if self.conditions > 0 || self.switched_off > 0 => {
                return Value::Unknown;
            }
            "remove" | "discard" => {
                let item = args.positional.first().cloned().unwrap_or(Value::Unknown);
                self.looking_through(list.borrow().items.len());
                let at = list.borrow().items.iter().position(|other| other.equals(&item) == Some(true));
                if let Some(at) = at {
                    list.borrow_mut().items.remove(at);
                }
            }
            "pop" => {
                let length = list.borrow().items.len();
                let at = match args.positional.first().map(Value::plain) {
                    None => length.checked_sub(1),
                    Some(Value::Int(at)) => usize::try_from(if at < 0 { at + length as i64 } else { at }).ok(),
                    Some(_) => None,
                };
                let at = at.filter(|at| *at < length && !list.borrow().open);
                return at.map_or(Value::Unknown, |at| list.borrow_mut().items.remove(at));
            }
            "clear" => {
                let mut list = list.borrow_mut();
                list.items.clear();
                list.open = false;
            }
            "reverse" => list.borrow_mut().items.reverse(),
            "sort" => {
                let items = list.borrow().items.clone();
                let items = self.in_order(items, args, node, module);
                list.borrow_mut().items = items;
            }
            "union" | "difference" | "intersection" => {
                let Some(other) = args.positional.first().cloned() else { return Value::Unknown };
                let (items, open) = self.items(&other);
                let other = Rc::new(RefCell::new(Items { items, open }));
                let operator = match method {
                    "union" => "|",
                    "difference" => "-",
                    _ => "&",
                };
                return self.set_of(operator, list, &other);
            }
            "copy" => {
                let list = list.borrow();
                self.copying(VALUE_BYTES + list.items.len() * ITEM_BYTES);
                return Value::List(Rc::new(RefCell::new(Items { items: list.items.clone(), open: list.open })));
            }
            _ => return Value::Unknown,
        }
        Value::None
    }

    fn dict_method(&mut self, dict: &Rc<RefCell<Dict<'t>>>, method: &str, args: &Args<'t>) -> Value<'t> {
        let (open, size) = (dict.borrow().open, dict.borrow().entries.len());
        let listed = |items: Vec<Value<'t>>| Value::List(Rc::new(RefCell::new(Items { items, open })));
        let entries = || dict.borrow().entries.clone().into_iter();
        match method {
            "get" | "setdefault" | "pop" => self.looking_through(size),
            _ => self.copying(VALUE_BYTES + size * 4 * ITEM_BYTES),
        }
        if self.is_exhausted() {
            return Value::Unknown;
        }
        match method {
            "items" => listed(entries().map(|(key, value)| Value::Tuple(Rc::new(vec![key, value]))).collect()),
            "keys" => listed(entries().map(|(key, _)| key).collect()),
            "values" => listed(entries().map(|(_, value)| value).collect()),
            "get" => {
                let key = args.positional.first().cloned().unwrap_or(Value::Unknown);
                let found = find(&dict.borrow().entries, &key);
                match found {
                    Some(value) => value,
                    None if open || matches!(key, Value::Unknown) => Value::Unknown,
                    None => args.positional.get(1).cloned().unwrap_or(Value::None),
                }
            }
            "pop" => {
                let key = args.positional.first().cloned().unwrap_or(Value::Unknown);
                let found = find(&dict.borrow().entries, &key);
                // What is removed under a condition may be there afterwards.
                if found.is_some() && self.conditions == 0 && self.switched_off == 0 {
                    dict.borrow_mut().entries.retain(|(other, _)| other.equals(&key) != Some(true));
                }
                match found {
                    Some(value) => value,
                    None if open || matches!(key, Value::Unknown) => Value::Unknown,
                    None => args.positional.get(1).cloned().unwrap_or(Value::Unknown),
                }
            }
            "setdefault" => {
                let key = args.positional.first().cloned().unwrap_or(Value::Unknown);
                let found = find(&dict.borrow().entries, &key);
                found.unwrap_or_else(|| {
                    let value = args.positional.get(1).cloned().unwrap_or(Value::None);
                    self.put(dict, key, value.clone());
                    value
                })
            }
            "clear" if self.conditions == 0 && self.switched_off == 0 => {
                *dict.borrow_mut() = Dict::default();
                Value::None
            }
            "copy" => Value::Dict(Rc::new(RefCell::new(Dict { entries: entries().collect(), open }))),
            "update" => {
                match args.positional.first().map(Value::plain) {
                    Some(Value::Dict(other)) => {
                        let entries = other.borrow().entries.clone();
                        self.copying(entries.len() * 2 * ITEM_BYTES);
                        entries.into_iter().for_each(|(key, value)| self.put(dict, key, value));
                    }
                    None => {}
                    Some(_) => dict.borrow_mut().open = true,
                }
                for (key, value) in &args.named {
                    self.put(dict, Value::text(key), value.clone());
                }
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    pub(super) fn call_external(&mut self, name: &str, args: Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        if let Some(kind) = ServerLibrary::of_class(name) {
            return Value::Server(self.new_server(kind, &args, node, module));
        }
        if name
            .strip_suffix(".from_openapi")
            .is_some_and(|class| ServerLibrary::of_class(class) == Some(ServerLibrary::Fast))
        {
            return self.server_of_openapi(&args, node, module);
        }
        if let Some(value) = self.file_function(name, &args) {
            return value;
        }
        if let Some(value) = self.signature_function(name, &args) {
            return value;
        }
        if let Some(value) = self.call_builtin(name, &args, node, module) {
            return value;
        }
        let first = args.positional.first().cloned();
        match name {
            "platform.system" => Value::text("Linux"),
            "os.getenv" | "os.environ.get" => {
                Value::Setting(Rc::new(args.get(1, "default").map_or(Value::None, Value::plain)))
            }
            "builtins.str" => {
                let setting = first.as_ref().is_some_and(Value::is_setting);
                first.as_ref().and_then(shown).map_or(Value::Unknown, Value::Text).setting_if(setting)
            }
            "builtins.int" | "builtins.float" => {
                match first.as_ref().map(|value| (value.plain(), value.is_setting())) {
                    Some((Value::Text(text), setting)) => {
                        literal::integer(&text.text).map_or(Value::Unknown, Value::Int).setting_if(setting)
                    }
                    Some((value @ (Value::Int(_) | Value::Float(_)), setting)) => value.setting_if(setting),
                    _ => Value::Unknown,
                }
            }
            "builtins.bool" => {
                let setting = first.as_ref().is_some_and(Value::is_setting);
                first.and_then(|value| value.truth()).map_or(Value::Unknown, Value::Bool).setting_if(setting)
            }
            "builtins.list" | "builtins.set" | "builtins.tuple" | "builtins.frozenset" | "builtins.iter" => {
                let (items, open) = first.map_or((Vec::new(), false), |value| self.items(&value));
                Value::List(Rc::new(RefCell::new(Items { items, open })))
            }
            "builtins.dict" | "collections.OrderedDict" => {
                let dict = Rc::new(RefCell::new(Dict::default()));
                match first.map(|value| value.plain()) {
                    Some(Value::Dict(other)) => {
                        self.copying(other.borrow().entries.len() * 2 * ITEM_BYTES);
                        dict.borrow_mut().entries = other.borrow().entries.clone();
                    }
                    Some(_) => dict.borrow_mut().open = true,
                    None => {}
                }
                args.named.into_iter().for_each(|(key, value)| put_into(&dict, Value::text(&key), value));
                Value::Dict(dict)
            }
            "builtins.enumerate" => {
                let (items, open) = first.map_or((Vec::new(), true), |value| self.items(&value));
                self.copying(items.len() * 2 * ITEM_BYTES);
                let start = match args.get(1, "start").map(Value::plain) {
                    Some(Value::Int(start)) => start,
                    _ => 0,
                };
                let number = |at: usize| Value::Int(start.saturating_add(at as i64));
                let pair = |(at, item): (usize, Value<'t>)| Value::Tuple(Rc::new(vec![number(at), item]));
                Value::List(Rc::new(RefCell::new(Items {
                    items: items.into_iter().enumerate().map(pair).collect(),
                    open,
                })))
            }
            "builtins.range" => {
                let bounds: Vec<Value<'t>> = args.positional.iter().map(Value::plain).collect();
                match bounds[..] {
                    [Value::Int(end @ 0..=1000)] => self.numbers(0, end),
                    [Value::Int(start @ 0..=1000), Value::Int(end @ 0..=1000)] => self.numbers(start, end),
                    _ => Value::Unknown,
                }
            }
            "builtins.len" => match first {
                Some(value) => {
                    let (items, open) = self.items(&value);
                    if open { Value::Unknown } else { Value::Int(items.len() as i64) }
                }
                None => Value::Unknown,
            },
            "builtins.callable" | "inspect.isroutine" | "inspect.isfunction" | "inspect.ismethod" => {
                let is = match first.map(|value| value.plain()) {
                    Some(Value::Class(_)) if name != "builtins.callable" => Some(false),
                    Some(value) => type_test::is_callable(&value),
                    None => None,
                };
                is.map_or(Value::Unknown, Value::Bool)
            }
            "inspect.isclass" => match first.map(|value| value.plain()) {
                Some(Value::Class(_)) => Value::Bool(true),
                Some(Value::External(_) | Value::Unknown | Value::Call(_)) | None => Value::Unknown,
                Some(_) => Value::Bool(false),
            },
            "builtins.print" => Value::None,
            "inspect.cleandoc" | "inspect.getdoc" | "textwrap.dedent" => {
                let text = match first.map(|value| value.plain()) {
                    Some(Value::Function(function)) => {
                        self.docstring(&function.signature_of()).map(|text| Text { text, partial: false })
                    }
                    Some(value) => value.as_text(),
                    None => None,
                };
                self.copying(text.as_ref().map_or(0, |text| 3 * text.text.len()));
                let cut = if name == "textwrap.dedent" { literal::dedent } else { literal::cleandoc };
                text.map_or(Value::Unknown, |text| self.text_value(cut(&text.text), text.partial))
            }
            "typing.cast" | "typing.NewType" => args.positional.get(1).cloned().unwrap_or(Value::Unknown),
            "copy.copy" | "copy.deepcopy" => first.unwrap_or(Value::Unknown),
            "functools.wraps" => match first.map(|value| value.plain()) {
                Some(Value::Function(function)) => Value::Wraps(function),
                _ => Value::Unknown,
            },
            "asyncio.run" | "anyio.run" | "trio.run" => match first.map(|value| value.plain()) {
                Some(Value::Function(function)) => {
                    let rest = Args { positional: args.positional[1..].to_vec(), ..Args::default() };
                    self.call_function(&function, rest)
                }
                Some(value) => value,
                None => Value::Unknown,
            },
            "argparse.ArgumentParser" => {
                let fields = RefCell::new(BTreeMap::new());
                Value::Instance(Rc::new(Instance { class: None, fields, server: None, is_parser: true }))
            }
            _ => {
                self.copying(VALUE_BYTES);
                self.pass_on(name, &args, node, module);
                Value::Call(Rc::new(Call { callee: name.into(), args, place: (module, node.start_position().row + 1) }))
            }
        }
    }
}

impl<'t> Interpreter<'t> {
    fn numbers(&mut self, start: i64, end: i64) -> Value<'t> {
        self.copying(VALUE_BYTES + (end - start).max(0) as usize * ITEM_BYTES);
        Value::list((start..end).map(Value::Int).collect())
    }
}
