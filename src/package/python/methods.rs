//! Methods of known values, and functions of the standard library and of the SDKs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::collections::{MAX_ITEMS, find, put_into};
use super::command_line;
use super::expressions::shown;
use super::interpreter::{ITEM_BYTES, Interpreter, MAX_TEXT, VALUE_BYTES};
use super::literal;
use super::server::Kind;
use super::type_test;
use super::value::{Args, Call, Dict, Instance, Items, Text, Value};

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
            Value::List(list) => self.list_method(&list.clone(), method, &args),
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
            Value::Call(_) => self.path_method(receiver, method, &args),
            Value::Instance(parser) => command_line::call_parser(parser, method, &args),
            Value::Class(class) if method.ends_with("model_json_schema") || method == "schema" => {
                let class = Value::Class(class.clone());
                self.model_schema(&class)
            }
            _ => Value::Unknown,
        }
    }

    fn text_method(&mut self, text: &Text, method: &str, args: &Args<'t>) -> Value<'t> {
        let argument = |at: usize| args.positional.get(at).and_then(Value::whole_text);
        self.looking_through(text.text.len() / 8);
        let made = match method {
            "strip" => match argument(0) {
                Some(chars) => text.text.trim_matches(|c| chars.contains(c)).to_owned(),
                None => text.text.trim().to_owned(),
            },
            "lstrip" => text.text.trim_start().to_owned(),
            "rstrip" => text.text.trim_end().to_owned(),
            "lower" => text.text.to_lowercase(),
            "upper" => text.text.to_uppercase(),
            "replace" => match (argument(0), argument(1)) {
                (Some(from), Some(to)) if !from.is_empty() => {
                    let count = text.text.matches(&*from).count();
                    if text.text.len() + count.saturating_mul(to.len()) > MAX_TEXT {
                        return Value::Unknown;
                    }
                    text.text.replace(&*from, &to)
                }
                _ => return Value::Unknown,
            },
            "join" => {
                let Some(parts) = args.positional.first() else { return Value::Unknown };
                let (items, open) = self.items(parts);
                let texts: Vec<Option<Text>> = items.iter().map(Value::as_text).collect();
                let partial =
                    open || text.partial || texts.iter().any(|part| part.as_ref().is_none_or(|part| part.partial));
                let texts: Vec<Rc<str>> = texts.into_iter().flatten().map(|part| part.text).collect();
                let size = texts.iter().map(|part| part.len() + text.text.len()).sum::<usize>();
                if size > MAX_TEXT {
                    return Value::Unknown;
                }
                return self.text_value(texts.join(&*text.text), partial);
            }
            "format" => {
                let (made, partial) = format_text(text, args);
                return self.text_value(made, partial);
            }
            "split" if !text.partial => {
                let parts: Vec<Value<'t>> = match argument(0) {
                    Some(by) if !by.is_empty() => text.text.split(&*by).take(MAX_ITEMS + 1).map(Value::text).collect(),
                    _ => text.text.split_whitespace().take(MAX_ITEMS + 1).map(Value::text).collect(),
                };
                self.copying(text.text.len() + parts.len() * ITEM_BYTES);
                return if parts.len() > MAX_ITEMS { Value::Unknown } else { Value::list(parts) };
            }
            "startswith" | "endswith" if !text.partial => {
                let Some(part) = argument(0) else { return Value::Unknown };
                let is =
                    if method == "startswith" { text.text.starts_with(&*part) } else { text.text.ends_with(&*part) };
                return Value::Bool(is);
            }
            "removeprefix" => argument(0)
                .and_then(|p| text.text.strip_prefix(&*p).map(str::to_owned))
                .unwrap_or(text.text.to_string()),
            "title" => super::schema::title(&text.text.replace(' ', "_")),
            _ => return Value::Unknown,
        };
        self.text_value(made, text.partial)
    }

    fn list_method(&mut self, list: &Rc<RefCell<Items<'t>>>, method: &str, args: &Args<'t>) -> Value<'t> {
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
            "copy" => Value::Dict(Rc::new(RefCell::new(Dict { entries: entries().collect(), open }))),
            "update" => {
                match args.positional.first().map(Value::plain) {
                    Some(Value::Dict(other)) => {
                        let entries = other.borrow().entries.clone();
                        self.copying(entries.len() * 2 * ITEM_BYTES);
                        entries.into_iter().for_each(|(key, value)| self.put(dict, key, value));
                    }
                    _ => dict.borrow_mut().open = true,
                }
                Value::None
            }
            _ => Value::Unknown,
        }
    }

    pub(super) fn call_external(&mut self, name: &str, args: Args<'t>, node: Node<'t>, module: usize) -> Value<'t> {
        if let Some(kind) = Kind::of_class(name) {
            return Value::Server(self.new_server(kind, &args, node, module));
        }
        if name.strip_suffix(".from_openapi").is_some_and(|class| Kind::of_class(class) == Some(Kind::Fast)) {
            return self.server_of_openapi(&args, node, module);
        }
        if let Some(value) = self.file_function(name, &args) {
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
            "builtins.list" | "builtins.set" | "builtins.tuple" | "builtins.sorted" | "builtins.frozenset"
            | "builtins.iter" => {
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
                let pair = |(at, item): (usize, Value<'t>)| Value::Tuple(Rc::new(vec![Value::Int(at as i64), item]));
                Value::List(Rc::new(RefCell::new(Items {
                    items: items.into_iter().enumerate().map(pair).collect(),
                    open,
                })))
            }
            "builtins.range" => match (first.map(|value| value.plain()), args.positional.len()) {
                (Some(Value::Int(end @ 0..=1000)), 1) => {
                    self.copying(VALUE_BYTES + end as usize * ITEM_BYTES);
                    Value::list((0..end).map(Value::Int).collect())
                }
                _ => Value::Unknown,
            },
            "builtins.len" => match first {
                Some(value) => {
                    let (items, open) = self.items(&value);
                    if open { Value::Unknown } else { Value::Int(items.len() as i64) }
                }
                None => Value::Unknown,
            },
            "builtins.getattr" => match (first, args.positional.get(1).and_then(Value::whole_text)) {
                (Some(object), Some(name)) => self.attribute(&object, &name),
                _ => Value::Unknown,
            },
            "builtins.isinstance" => match (first, args.positional.get(1)) {
                (Some(value), Some(class)) => type_test::is_instance(&value, class).map_or(Value::Unknown, Value::Bool),
                _ => Value::Unknown,
            },
            "builtins.callable" | "inspect.isroutine" | "inspect.isfunction" => {
                first.and_then(|value| type_test::is_callable(&value)).map_or(Value::Unknown, Value::Bool)
            }
            "builtins.setattr" | "builtins.print" => Value::None,
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

/// `text.format(...)` up to the longest text, with plain fields only, and whether parts of it are missing.
fn format_text(text: &Text, args: &Args<'_>) -> (String, bool) {
    let (mut made, mut partial, mut next, mut rest) = (String::new(), text.partial, 0, &*text.text);
    while let Some(at) = rest.find(['{', '}']).filter(|_| made.len() <= MAX_TEXT) {
        made += &rest[..at];
        let after = &rest[at..];
        if after.starts_with("{{") || after.starts_with("}}") {
            made += &after[..1];
            rest = &after[2..];
            continue;
        }
        let Some(end) = after.find('}').filter(|_| after.starts_with('{')) else {
            partial = true;
            rest = &after[1..];
            continue;
        };
        let field = &after[1..end];
        let value = match field.parse::<usize>() {
            Ok(at) => args.positional.get(at),
            Err(_) if field.is_empty() => {
                next += 1;
                args.positional.get(next - 1)
            }
            Err(_) => args.named(field),
        };
        match value.and_then(shown) {
            Some(shown) => {
                made += &shown.text;
                partial |= shown.partial;
            }
            None => partial = true,
        }
        rest = &after[end + 1..];
    }
    made += rest;
    (made, partial)
}
