//! Calls: of functions of the module, of Go itself, and of its standard library.

use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{ITEM_BYTES, Interpreter};
use super::sdk::Sdk;
use super::source::children;
use super::value::{Call, Scope, Text, Value};

/// Functions of many modules that give a pointer to what they get.
const POINTERS: [&str; 10] = ["Ptr", "To", "ToPtr", "Pointer", "ToBoolPtr", "BoolPtr", "Bool", "String", "Int", "Of"];

/// The arguments of a call.
pub(super) struct Args<'t> {
    pub(super) values: Vec<Value<'t>>,
    /// The types in brackets.
    pub(super) types: Vec<Node<'t>>,
    /// True if there may be more.
    pub(super) open: bool,
}

impl<'t> Interpreter<'t> {
    pub(super) fn call(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let Some(mut function) = node.child_by_field_name("function") else { return Value::Unknown };
        let mut types: Vec<Node<'t>> = node.child_by_field_name("type_arguments").map(children).unwrap_or_default();
        while function.kind() == "parenthesized_expression"
            && let Some(inner) = function.named_child(0)
        {
            function = inner;
        }
        if matches!(function.kind(), "type_instantiation_expression" | "index_expression") {
            let parts = children(function);
            if let Some((first, rest)) = parts.split_first() {
                types.extend(rest);
                function = *first;
            }
        }
        let list = node.child_by_field_name("arguments");
        let name = self.sources.text(function, scope.file);
        if function.kind() == "identifier" && scope.get(name).is_none() {
            if let Some(value) = self.builtin(name, list, scope) {
                return value;
            }
            if self.index.types.contains_key(&(self.sources.files[scope.file].folder, name)) {
                return self.args(list, types, scope).values.into_iter().next().unwrap_or(Value::Unknown);
            }
        }
        let callee = match function.kind() {
            "identifier" | "selector_expression" | "func_literal" | "call_expression" | "index_expression" => {
                self.eval(function, scope)
            }
            // A conversion.
            _ => return self.args(list, types, scope).values.into_iter().next().unwrap_or(Value::Unknown),
        };
        let args = self.args(list, types, scope);
        match callee {
            Value::Function(function) => {
                self.attach(&args.values);
                let result = self.call_function(&function, &args.values);
                // A helper of the module that gets a tool and its handler.
                if let Value::Tuple(values) = &result {
                    self.attach(values);
                }
                result
            }
            Value::External(full) => self.external(&full, args, node, scope),
            // `option(&tool)`
            Value::Call(option) if matches!(args.values[..], [Value::Tool(_)]) => {
                if let [Value::Tool(tool)] = args.values[..] {
                    self.drafts[tool].applied.push(Value::Call(option));
                }
                Value::Unknown
            }
            _ => {
                let method = function.child_by_field_name("field").map(|name| self.sources.text(name, scope.file));
                self.method_call(method, &args, node, scope)
            }
        }
    }

    fn args(&mut self, list: Option<Node<'t>>, types: Vec<Node<'t>>, scope: &Rc<Scope<'t>>) -> Args<'t> {
        let mut args = Args { values: Vec::new(), types, open: false };
        for node in list.map(children).unwrap_or_default() {
            let value = self.eval(node, scope);
            match value {
                Value::List(items) if node.kind() == "variadic_argument" => {
                    let items = items.borrow();
                    self.copying(items.items.len() * ITEM_BYTES);
                    args.values.extend(items.items.iter().cloned());
                    args.open |= items.open;
                }
                Value::Nil if node.kind() == "variadic_argument" => {}
                Value::Unknown if node.kind() == "variadic_argument" => args.open = true,
                Value::Tuple(values) if args.values.is_empty() => args.values.extend(values.iter().cloned()),
                value => args.values.push(value),
            }
        }
        args
    }

    /// A call of a method of something that is not of the module: of a server, or of anything else.
    fn method_call(&mut self, name: Option<&str>, args: &Args<'t>, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        self.attach(&args.values);
        let imports = &self.sources.files[scope.file].imports;
        let uses_metoro = || imports.values().any(|path| Sdk::of_import(path) == Some(Sdk::Metoro));
        if let [first, description, .., handler] = &args.values[..]
            && name == Some("RegisterTool")
            && args.values.len() == 3
            && uses_metoro()
        {
            let fields = vec![("Name".into(), first.clone()), ("Description".into(), description.clone())];
            let tool = self.new_draft(Sdk::Metoro, node, scope.file, fields);
            self.attach(&[tool.clone(), handler.clone()]);
            return tool;
        }
        // `t("KEY_OF_TEXT", "The text")`, a translation with its default.
        if let ([Value::Text(key), Value::Text(text)], None) = (&args.values[..], name)
            && key.text.len() > 2
            && key.text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        {
            return Value::Text(text.clone());
        }
        Value::Unknown
    }

    fn builtin(&mut self, name: &str, list: Option<Node<'t>>, scope: &Rc<Scope<'t>>) -> Option<Value<'t>> {
        let args = |this: &mut Self| this.args(list, Vec::new(), scope);
        Some(match name {
            "append" => {
                let args = args(self);
                let mut values = args.values.into_iter();
                let (mut items, mut open) = match values.next() {
                    Some(Value::List(list)) => (list.borrow().items.clone(), list.borrow().open),
                    Some(Value::Nil) => (Vec::new(), false),
                    _ => (Vec::new(), true),
                };
                items.extend(values);
                open |= args.open || self.unknown_loops > 0;
                self.copying(items.len() * ITEM_BYTES);
                Value::list(items, open)
            }
            "len" => match args(self).values.first() {
                Some(Value::List(items)) if !items.borrow().open => Value::Int(items.borrow().items.len() as i64),
                Some(Value::Object(object)) if !object.borrow().open => {
                    Value::Int(object.borrow().entries.len() as i64)
                }
                Some(Value::Text(text)) if !text.partial => Value::Int(text.text.len() as i64),
                Some(Value::Nil) => Value::Int(0),
                _ => Value::Unknown,
            },
            "make" | "new" => {
                let of = list.and_then(|list| list.named_child(0))?;
                match of.kind() {
                    "map_type" => Value::object("".into(), Vec::new(), false),
                    "slice_type" => Value::list(Vec::new(), false),
                    _ if name == "new" && matches!(of.kind(), "type_identifier" | "qualified_type" | "identifier") => {
                        let full =
                            format!("#{}.{}", self.sources.files[scope.file].folder, self.sources.text(of, scope.file));
                        Value::object(full.into(), Vec::new(), false)
                    }
                    _ => Value::Unknown,
                }
            }
            "string" | "int" | "int64" | "float64" | "any" | "bool" => {
                args(self).values.into_iter().next().unwrap_or(Value::Unknown)
            }
            "panic" | "copy" | "delete" | "close" | "print" | "println" | "min" | "max" | "cap" | "clear"
            | "recover" => {
                args(self);
                Value::Unknown
            }
            _ => return None,
        })
    }

    /// A call of a function outside the module.
    fn external(&mut self, full: &Rc<str>, args: Args<'t>, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        self.attach(&args.values);
        if let Some(sdk) = Sdk::of_name(full)
            && let Some(value) = self.sdk_call(sdk, full, &args, node, scope)
        {
            return value;
        }
        let name = full.rsplit('.').next().unwrap_or_default();
        let text = |at: usize| match args.values.get(at) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let mapped = |this: &mut Self, map: &dyn Fn(&str) -> String| match text(0) {
            Some(text) => this.text_value(map(&text.text), text.partial),
            None => Value::Unknown,
        };
        match &**full {
            "fmt.Sprintf" => return self.sprintf(&args),
            "fmt.Sprint" => {
                let mut texts = args.values.iter();
                let first = texts.next().cloned().unwrap_or(Value::text(""));
                return texts.fold(first, |text, more| self.add(text, more.clone()));
            }
            "strings.ToLower" => return mapped(self, &str::to_lowercase),
            "strings.ToUpper" => return mapped(self, &str::to_uppercase),
            "strings.TrimSpace" => return mapped(self, &|text| text.trim().to_owned()),
            "strings.Join" => return self.join(&args),
            "strings.ReplaceAll" | "strings.Replace" => {
                let (Some(of), Some(from), Some(to)) = (text(0), text(1), text(2)) else { return Value::Unknown };
                // What a replacement can grow to is known before it is made.
                let hits = if from.text.is_empty() { 0 } else { of.text.matches(&*from.text).count() };
                if from.text.is_empty() || of.text.len() + hits * to.text.len() > 1 << 20 {
                    return Value::Unknown;
                }
                let partial = of.partial || from.partial || to.partial;
                return self.text_value(of.text.replace(&*from.text, &to.text), partial);
            }
            "strings.Trim" | "strings.TrimPrefix" | "strings.TrimSuffix" => {
                let (Some(of), Some(cut)) = (text(0), text(1)) else { return Value::Unknown };
                let trimmed = match name {
                    "Trim" => of.text.trim_matches(|c| cut.text.contains(c)),
                    "TrimPrefix" => of.text.strip_prefix(&*cut.text).unwrap_or(&of.text),
                    _ => of.text.strip_suffix(&*cut.text).unwrap_or(&of.text),
                };
                return self.text_value(trimmed.to_owned(), of.partial || cut.partial);
            }
            "strconv.Itoa" => {
                return match args.values.first() {
                    Some(Value::Int(number)) => Value::text(number.to_string()),
                    _ => Value::Unknown,
                };
            }
            "encoding/json.Marshal" | "encoding/json.MarshalIndent" => {
                let value = args.values.into_iter().next().unwrap_or(Value::Unknown);
                return Value::Tuple(Rc::new(vec![value, Value::Nil]));
            }
            _ => {}
        }
        if full.ends_with("heredoc.Doc") {
            return mapped(self, &dedented);
        }
        if POINTERS.contains(&name) && args.values.len() == 1 {
            return args.values.into_iter().next().unwrap_or(Value::Unknown);
        }
        self.copying(args.values.len() * ITEM_BYTES);
        Value::Call(Rc::new(Call { callee: full.clone(), args: args.values, types: args.types, file: scope.file }))
    }

    fn join(&mut self, args: &Args<'t>) -> Value<'t> {
        let (Some(Value::List(items)), Some(Value::Text(between))) = (args.values.first(), args.values.get(1)) else {
            return Value::Unknown;
        };
        let items = items.borrow();
        let mut partial = items.open || between.partial;
        let mut joined = String::new();
        for (at, item) in items.items.iter().enumerate() {
            if at > 0 {
                joined.push_str(&between.text);
            }
            match item {
                Value::Text(text) => {
                    partial |= text.partial;
                    joined.push_str(&text.text);
                }
                _ => partial = true,
            }
            if joined.len() > 1 << 20 {
                return Value::Unknown;
            }
        }
        self.text_value(joined, partial)
    }

    /// `fmt.Sprintf`; what is not known is left out.
    fn sprintf(&mut self, args: &Args<'t>) -> Value<'t> {
        let Some(Value::Text(Text { text, partial })) = args.values.first() else { return Value::Unknown };
        let (mut made, mut partial) = (String::new(), *partial || args.open);
        let (mut values, mut rest) = (args.values.iter().skip(1), text.chars());
        while let Some(c) = rest.next() {
            if c != '%' {
                made.push(c);
                continue;
            }
            let mut verb = rest.next();
            let mut plain = true;
            while let Some(c) = verb.filter(|c| "+-# .0123456789".contains(*c)) {
                plain &= c == '+' || c == '#';
                verb = rest.next();
            }
            if verb == Some('%') {
                made.push('%');
                continue;
            }
            match (values.next(), verb) {
                (Some(Value::Text(text)), Some('s' | 'v')) if plain => {
                    partial |= text.partial;
                    made.push_str(&text.text);
                }
                (Some(Value::Text(text)), Some('q')) => {
                    partial |= text.partial;
                    made.push_str(&format!("{:?}", &*text.text));
                }
                (Some(Value::Int(number)), Some('d' | 'v')) if plain => made.push_str(&number.to_string()),
                (Some(Value::Bool(value)), Some('t' | 'v')) => made.push_str(&value.to_string()),
                (Some(Value::List(items)), Some('v' | 's')) if !items.borrow().open => {
                    let items = items.borrow();
                    let texts: Vec<&str> = items
                        .items
                        .iter()
                        .filter_map(|item| match item {
                            Value::Text(text) if !text.partial => Some(&*text.text),
                            _ => None,
                        })
                        .collect();
                    partial |= texts.len() != items.items.len();
                    made.push_str(&format!("[{}]", texts.join(" ")));
                }
                _ => partial = true,
            }
            if made.len() > 1 << 20 {
                return Value::Unknown;
            }
        }
        self.text_value(made, partial)
    }
}

/// A text without the white space that all its lines start with.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let text = text.strip_prefix('\n').unwrap_or(text);
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text.split('\n').map(|line| line.get(common..).unwrap_or(line.trim_start())).collect();
    lines.join("\n")
}
