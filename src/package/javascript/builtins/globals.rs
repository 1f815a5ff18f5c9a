//! The globals of the language and of Node.

use std::rc::Rc;

use super::super::interpreter::{Abrupt, Eval, Interpreter};
use super::super::value::{External, Kind, Unknown, Value};
use super::{ROOT, arg};

impl Interpreter<'_> {
    pub(super) fn global_member(&mut self, external: &Rc<External>, name: &str) -> Value {
        let path: Vec<&str> = external.path.iter().map(|part| &**part).collect();
        match (path.as_slice(), name) {
            (["globalThis" | "global" | "self" | "window"], name) => Value::external("", &[name]),
            (["process"], "argv") => {
                let entry = self.modules.entry_path();
                let argv = vec![Value::string("node"), Value::string(&format!("{ROOT}/{entry}"))];
                self.array(argv)
            }
            (["process"], "platform") => Value::string("linux"),
            (["process"], "execArgv") => self.array(Vec::new()),
            (["process", "env"] | ["import.meta", _, "env"], "NODE_ENV") => Value::Unknown(Unknown::Setting),
            (["process", "env"] | ["import.meta", _, "env"], _) => Value::Unknown(Unknown::Setting),
            (["process", "stdin" | "stdout" | "stderr"], "isTTY") => Value::Undefined,
            (["import.meta", path], "url") => Value::string(&format!("file://{ROOT}/{path}")),
            (["import.meta", path], "filename") => Value::string(&format!("{ROOT}/{path}")),
            (["import.meta", path], "dirname") => {
                let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("/{folder}"));
                Value::string(&format!("{ROOT}{folder}"))
            }
            (["import.meta", path], "main") => Value::Bool(*path == self.modules.entry_path()),
            (["require", _], "main") => self.modules.entry_module().map_or(Value::RUNTIME, Value::Object),
            (["Number"], "MAX_SAFE_INTEGER") => Value::Number(9_007_199_254_740_991.0),
            (["Number"], "MIN_SAFE_INTEGER") => Value::Number(-9_007_199_254_740_991.0),
            (["Number"], "EPSILON") => Value::Number(f64::EPSILON),
            (["Number"], "POSITIVE_INFINITY") => Value::Number(f64::INFINITY),
            (["Math"], "PI") => Value::Number(std::f64::consts::PI),
            _ => external.member(name),
        }
    }

    /// A call of a global. `None` if its result is not known.
    pub(super) fn call_global(&mut self, external: &Rc<External>, this: &Value, args: &[Value]) -> Eval<Option<Value>> {
        let path: Vec<&str> = external.path.iter().map(|part| &**part).collect();
        let first = arg(args, 0);
        Ok(Some(match path.as_slice() {
            ["Object"] => {
                if first.is_nullish() {
                    self.new_object(Kind::Plain)
                } else {
                    first
                }
            }
            ["Object" | "Reflect", name] => return self.call_object(name, args),
            ["Object", "prototype", "hasOwnProperty", "call"] => self.has_own(&first, &arg(args, 1)),
            ["Object", "prototype", "hasOwnProperty"] => self.has_own(this, &first),
            ["JSON", "stringify"] => self.stringify(args)?,
            ["JSON", "parse"] => match first.as_str().and_then(|text| serde_json::from_str(text).ok()) {
                Some(json) => self.value_of_json(&json),
                None => Value::RUNTIME,
            },
            ["structuredClone"] => first,
            ["String"] => match self.text_of(&first)? {
                Some(text) if !args.is_empty() => self.text(text),
                Some(_) => Value::string(""),
                None if self.is_setting(&first) => Value::Unknown(Unknown::Setting),
                None => Value::RUNTIME,
            },
            ["String", "raw"] => return Ok(None),
            ["Number" | "parseInt" | "parseFloat"] | ["Number", "parseInt" | "parseFloat"] => match &first {
                Value::String(text) => Value::Number(leading_number(text)),
                Value::Number(number) => Value::Number(*number),
                first if self.is_setting(first) => Value::Unknown(Unknown::Setting),
                _ => Value::RUNTIME,
            },
            ["Number", "isInteger"] => match first {
                Value::Number(number) => Value::Bool(number.fract() == 0.0),
                value if value.is_unknown() => Value::RUNTIME,
                _ => Value::Bool(false),
            },
            ["isNaN"] | ["Number", "isNaN"] => match first {
                Value::Number(number) => Value::Bool(number.is_nan()),
                _ => Value::RUNTIME,
            },
            ["Boolean"] => self.truth(&first).into_value(),
            ["Symbol"] | ["Symbol", "for"] => {
                return Ok(Some(Value::external("", &["Symbol", first.as_str().unwrap_or("")])));
            }
            ["Array", "isArray"] => match self.kind(&first) {
                Some(Kind::Array(_)) => Value::Bool(true),
                _ if first.is_unknown() => Value::RUNTIME,
                _ => Value::Bool(false),
            },
            ["Array", "from"] => return self.array_from(args).map(Some),
            ["Array", "of"] => self.array(args.to_vec()),
            ["Array"] => return self.construct_global("Array", args),
            ["Array", "prototype", name, "call"] => {
                let (name, rest) = (*name, args.get(1..).unwrap_or_default().to_vec());
                return self.array_method(&first, name, &rest);
            }
            ["Promise", "resolve"] => first,
            ["Promise", "all" | "allSettled"] => {
                let is_all = path[1] == "all";
                match self.iterated(&first)? {
                    Some((items, _)) if !is_all => {
                        let settled = items.into_iter().map(|item| {
                            let id = self.allocate(Kind::Plain);
                            self.set_value(id, "status", Value::string("fulfilled"));
                            self.set_value(id, "value", item);
                            Value::Object(id)
                        });
                        let settled = settled.collect();
                        self.array(settled)
                    }
                    Some(_) => first,
                    None => Value::RUNTIME,
                }
            }
            ["Promise", "race" | "any"] => self.get(&first, "0")?,
            ["process", "exit"] => return Err(Abrupt::Exit),
            ["process", "cwd"] => Value::string(ROOT),
            ["process", "on" | "once" | "emitWarning" | "addListener"] | ["console", _] => Value::Undefined,
            ["require", "resolve"] | ["import.meta", _, "resolve"] => Value::RUNTIME,
            ["require", from] => match first.as_str() {
                Some(specifier) => {
                    let (from, specifier) = ((*from).to_owned(), specifier.to_owned());
                    return self.deeper(|this| this.require(&from, &specifier)).transpose();
                }
                None => Value::RUNTIME,
            },
            ["setTimeout" | "setImmediate" | "queueMicrotask"] | ["process", "nextTick"] => {
                self.call_callbacks(args)?;
                Value::RUNTIME
            }
            ["setInterval" | "clearInterval" | "clearTimeout"] => Value::RUNTIME,
            ["Math", name] => match (&first, arg(args, 1)) {
                (Value::Number(a), Value::Number(b)) if *name == "max" => Value::Number(a.max(b)),
                (Value::Number(a), Value::Number(b)) if *name == "min" => Value::Number(a.min(b)),
                (Value::Number(a), _) => match *name {
                    "floor" => Value::Number(a.floor()),
                    "ceil" => Value::Number(a.ceil()),
                    "round" => Value::Number((a + 0.5).floor()),
                    "abs" => Value::Number(a.abs()),
                    _ => Value::RUNTIME,
                },
                _ => Value::RUNTIME,
            },
            _ => return Ok(None),
        }))
    }

    fn array_from(&mut self, args: &[Value]) -> Eval {
        let (from, map) = (arg(args, 0), arg(args, 1));
        let mut source = self.iterated(&from)?;
        if source.is_none()
            && from.as_object().is_some()
            && let Value::Number(length) = self.get(&from, "length")?
        {
            source = Some((vec![Value::Undefined; length.clamp(0.0, 10_000.0) as usize], false));
        }
        let Some((mut items, open)) = source else { return Ok(Value::RUNTIME) };
        if self.is_callable(&map) {
            for (at, item) in items.iter_mut().enumerate() {
                *item = self.call(&map, Value::Undefined, vec![item.clone(), Value::Number(at as f64)])?;
            }
        }
        let id = self.allocate(Kind::Array(items));
        self.object_mut(id).open = open;
        Ok(Value::Object(id))
    }

    /// `new` of a global. `None` if its result is not known.
    pub(super) fn construct_global(&mut self, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        let first = arg(args, 0);
        Ok(Some(match name {
            "Map" | "WeakMap" => {
                let (mut entries, mut open) = (Vec::new(), false);
                match self.iterated(&first)? {
                    Some((pairs, pairs_open)) => {
                        open = pairs_open;
                        for pair in pairs {
                            let key = self.get(&pair, "0")?;
                            let value = self.get(&pair, "1")?;
                            entries.push((key, value));
                        }
                    }
                    None => open |= !first.is_nullish(),
                }
                let id = self.allocate(Kind::Map(entries));
                self.object_mut(id).open = open;
                Value::Object(id)
            }
            "Set" | "WeakSet" => {
                let (items, open) = match self.iterated(&first)? {
                    Some(items) => items,
                    None => (Vec::new(), !first.is_nullish()),
                };
                let id = self.allocate(Kind::Set(Vec::new()));
                let set = Value::Object(id);
                for item in items {
                    self.builtin_method(&set, "add", &[item])?;
                }
                self.object_mut(id).open = open;
                set
            }
            "Array" => match (&first, args.len()) {
                (Value::Number(length), 1) => self.array(vec![Value::Undefined; length.clamp(0.0, 10_000.0) as usize]),
                _ => self.array(args.to_vec()),
            },
            "Object" => self.new_object(Kind::Plain),
            "Proxy" => first,
            "Promise" => {
                let resolve = self.allocate(Kind::Resolve);
                self.call(&first, Value::Undefined, vec![Value::Object(resolve), Value::external("", &["reject"])])?;
                match self.get(&Value::Object(resolve), "value")? {
                    Value::Undefined => Value::RUNTIME,
                    value => value,
                }
            }
            "URL" => match (first.as_str(), arg(args, 1).as_str()) {
                (Some(relative), Some(base)) if relative.starts_with('.') => self.relative_url(relative, base),
                (Some(url), _) if url.starts_with("file://") => self.relative_url("", url),
                _ => return Ok(None),
            },
            "Error" | "TypeError" | "RangeError" => {
                let id = self.allocate(Kind::Plain);
                self.set_value(id, "message", first);
                Value::Object(id)
            }
            "RegExp" => match (first.as_str(), arg(args, 1)) {
                (Some(pattern), Value::Undefined) => self.new_object(Kind::Regex(pattern.into(), "".into())),
                (Some(pattern), Value::String(flags)) => self.new_object(Kind::Regex(pattern.into(), flags)),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    fn relative_url(&mut self, relative: &str, base: &str) -> Value {
        let base = base.strip_prefix("file://").unwrap_or(base);
        let folder = if relative.is_empty() { base } else { base.rsplit_once('/').map_or("", |(folder, _)| folder) };
        let path = super::node::joined_path(&[folder, relative]);
        let id = self.allocate(Kind::Plain);
        self.set_value(id, "href", Value::string(&format!("file://{path}")));
        self.set_value(id, "pathname", Value::string(&path));
        Value::Object(id)
    }
}

/// The number that a text starts with.
fn leading_number(text: &str) -> f64 {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
    text[..end].parse().unwrap_or(f64::NAN)
}
