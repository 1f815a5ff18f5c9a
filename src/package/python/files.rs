//! Files of the package that the program reads: paths, their texts, and what JSON and YAML in them hold.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value as Json;

use super::collections::MAX_ENTRIES;
use super::interpreter::{Interpreter, VALUE_BYTES};
use super::modules::{ROOT, absolute};
use super::value::{Args, Call, Dict, Value};
use crate::package::source_tree::normalized;

/// The longest file that is read, in bytes.
const MAX_TEXT: usize = 2 << 20;
/// The longest path that is joined, in bytes.
const MAX_PATH: usize = 4_096;
/// Looking through all files takes as long as copying so many bytes.
const LISTING_BYTES: usize = 64 << 10;

fn path<'t>(text: &str) -> Value<'t> {
    let args = Args { positional: vec![Value::text(text)], ..Args::default() };
    Value::Call(Rc::new(Call { callee: "pathlib.Path".into(), args, place: (0, 0) }))
}

/// The text of a path, or of a text that is one.
pub(super) fn path_text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Call(call) if is_path(call) => call.args.positional.first()?.whole_text().map(|text| text.to_string()),
        other => other.whole_text().map(|text| text.to_string()),
    }
}

fn is_path(call: &Call<'_>) -> bool {
    matches!(&*call.callee, "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath")
}

/// The text of `os.path.join`, unknown if it is too long. `None` if a part is not known.
fn joined_text<'t>(parts: &[Value<'t>]) -> Option<Value<'t>> {
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        let part = path_text(part)?;
        if joined.len() + 1 + part.len() > MAX_PATH {
            return Some(Value::Unknown);
        }
        if at > 0 {
            joined.push('/');
        }
        joined += &part;
    }
    Some(Value::text(&joined))
}

fn parent(path: &str) -> &str {
    path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl<'t> Interpreter<'t> {
    /// An attribute of a path. `None` if `call` is none or has no such attribute.
    pub(super) fn path_attribute(&mut self, call: &Rc<Call<'t>>, name: &str) -> Option<Value<'t>> {
        if !is_path(call) {
            return None;
        }
        let Some(text) = path_text(&Value::Call(call.clone())) else {
            return match name {
                "parent" => Some(Value::Call(call.clone())),
                "name" | "stem" | "suffix" => None,
                _ => Some(Value::Method(Rc::new((Value::Call(call.clone()), name.into())))),
            };
        };
        let file = text.rsplit('/').next().unwrap_or_default();
        Some(match name {
            "parent" => path(parent(&text)),
            "name" => Value::text(file),
            "stem" => Value::text(file.rsplit_once('.').map_or(file, |(stem, _)| stem)),
            "suffix" => Value::text(&file.rsplit_once('.').map_or_else(String::new, |(_, end)| format!(".{end}"))),
            _ => Value::Method(Rc::new((Value::Call(call.clone()), name.into()))),
        })
    }

    /// `path / part`. `None` if that is not known, or too long.
    pub(super) fn joined_path(&mut self, base: &Value<'t>, part: &Value<'t>) -> Option<Value<'t>> {
        matches!(base, Value::Call(call) if is_path(call)).then_some(())?;
        let (Some(base), Some(part)) = (path_text(base), path_text(part)) else {
            return Some(base.clone()).filter(is_elsewhere);
        };
        let fits = base.len() + 1 + part.len() <= MAX_PATH;
        fits.then(|| path(&format!("{}/{part}", base.trim_end_matches('/'))))
    }

    /// A method of a path.
    pub(super) fn path_method(&mut self, base: &Value<'t>, method: &str, args: &Args<'t>) -> Value<'t> {
        match method {
            "resolve" | "absolute" | "expanduser" | "open" => base.clone(),
            "joinpath" => {
                let join = |base: Option<Value<'t>>, part: &Value<'t>| self.joined_path(&base?, part);
                args.positional.iter().fold(Some(base.clone()), join).unwrap_or(Value::Unknown)
            }
            "read_text" | "read_bytes" | "read" => match self.file_text(base) {
                Some(text) => {
                    self.copying(text.len());
                    Value::text(text)
                }
                None => Value::Unknown,
            },
            "exists" | "is_file" if self.file_text(base).is_some() => Value::Bool(true),
            "is_dir" if self.file_text(base).is_some() => Value::Bool(false),
            "exists" | "is_dir" if self.names_in(base, false).is_some() => Value::Bool(true),
            // By default there is no such file: a configuration of the user, or of the machine.
            "exists" | "is_file" | "is_dir" if is_elsewhere(base) => Value::Bool(false).setting_if(true),
            "iterdir" | "glob" | "rglob" => {
                let pattern = match method {
                    "iterdir" => "*".into(),
                    _ => args.positional.first().and_then(Value::whole_text).unwrap_or_default(),
                };
                let (last, deep) = match pattern.strip_prefix("**/") {
                    Some(last) => (last, true),
                    None => (&*pattern, method == "rglob"),
                };
                match self.names_in(base, deep).filter(|_| !last.is_empty() && !last.contains(['/', '[', '?'])) {
                    Some(names) => {
                        let fits = |name: &&String| fits_pattern(name.rsplit('/').next().unwrap_or(name), last);
                        let paths =
                            names.iter().filter(fits).filter_map(|name| self.joined_path(base, &Value::text(name)));
                        Value::list(paths.collect())
                    }
                    None => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }

    /// Functions of the standard library about files. `None` for another function.
    pub(super) fn file_function(&mut self, name: &str, args: &Args<'t>) -> Option<Value<'t>> {
        let first = args.positional.first().map(Value::plain);
        let value = match name {
            "pathlib.Path.home" | "pathlib.Path.cwd" => {
                let args = Args { positional: vec![Value::Unknown], ..Args::default() };
                Value::Call(Rc::new(Call { callee: "pathlib.Path".into(), args, place: (0, 0) }))
            }
            "pathlib.Path" | "builtins.open" | "io.open" => path(&path_text(&first?)?),
            "importlib.resources.files" => path(&absolute(&path_text(&first?)?.replace('.', "/"))),
            "importlib.resources.open_text"
            | "importlib.resources.open_binary"
            | "importlib.resources.read_text"
            | "pkgutil.get_data" => {
                let (package, file) = (path_text(&first?)?, args.positional.get(1).and_then(path_text)?);
                let path = path(&format!("{}/{file}", absolute(&package.replace('.', "/"))));
                match name.rsplit('.').next() {
                    Some("read_text" | "get_data") => Value::text(self.file_text(&path)?),
                    _ => path,
                }
            }
            "builtins.str" | "os.fspath" => match first? {
                Value::Call(call) if is_path(&call) => Value::text(&path_text(&Value::Call(call))?),
                _ => return None,
            },
            "os.listdir" => {
                let names = self.names_in(&first?, false)?;
                Value::list(names.iter().map(|name| Value::text(name)).collect())
            }
            "os.path.exists" | "os.path.isfile" if self.file_text(first.as_ref()?).is_some() => Value::Bool(true),
            "os.path.join" => joined_text(&args.positional)?,
            "os.path.dirname" => Value::text(parent(&path_text(&first?)?)),
            "os.path.abspath" | "os.path.realpath" => Value::text(&path_text(&first?)?),
            "json.load" => self.parsed(self.file_text(&first?), |text| serde_json::from_str(text).ok()),
            "json.loads" => {
                let text = first?.whole_text();
                self.parsed(text.as_deref(), |text| serde_json::from_str(text).ok())
            }
            "yaml.safe_load" | "yaml.load" => {
                let first = first?;
                let text = match &first {
                    Value::Call(_) => self.file_text(&first).map(Rc::from),
                    other => other.whole_text(),
                };
                self.parsed(text.as_deref(), |text| serde_saphyr::from_str(text).ok())
            }
            _ => return None,
        };
        Some(value)
    }

    /// The text of the file at a path, if it is in the package.
    fn file_text(&self, path: &Value<'t>) -> Option<&'t str> {
        let path = path_text(path)?;
        let path = normalized(path.strip_prefix(ROOT)?)?;
        self.modules.files.text(&path).filter(|text| text.len() <= MAX_TEXT)
    }

    /// The names of what a folder of the package holds, and of what its folders hold if `deep`. `None` if there is no such
    /// folder.
    fn names_in(&mut self, folder: &Value<'t>, deep: bool) -> Option<Vec<String>> {
        let folder = path_text(folder)?;
        let prefix = format!("{}/", folder.strip_prefix(ROOT.trim_end_matches('/'))?.trim_end_matches('/'));
        let prefix = prefix.trim_start_matches('/');
        let mut names = BTreeSet::new();
        for rest in self.modules.files.paths().filter_map(|path| path.strip_prefix(prefix)) {
            match rest.split_once('/') {
                Some((first, _)) if !deep => names.insert(first.to_owned()),
                _ => names.insert(rest.to_owned()),
            };
        }
        let names: Vec<String> = names.into_iter().take(MAX_ENTRIES).collect();
        self.copying(LISTING_BYTES + names.len() * VALUE_BYTES);
        (!names.is_empty()).then_some(names)
    }

    fn parsed(&mut self, text: Option<&str>, parse: impl Fn(&str) -> Option<Json>) -> Value<'t> {
        self.copying(text.map_or(0, |text| 2 * text.len()));
        match text.filter(|text| text.len() <= MAX_TEXT && !self.is_exhausted()).and_then(parse) {
            Some(json) => self.value_of(&json),
            None => Value::Unknown,
        }
    }

    /// A value of JSON.
    pub(super) fn value_of(&mut self, json: &Json) -> Value<'t> {
        let value = self.deeper(|this| match json {
            Json::Null => Value::None,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => number.as_f64().map_or(Value::Unknown, Value::Float),
            },
            Json::String(text) => Value::text(text),
            Json::Array(items) => Value::list(items.iter().map(|item| this.value_of(item)).collect()),
            Json::Object(map) => {
                let known = map.iter().take(MAX_ENTRIES);
                let entries = known.map(|(key, value)| (Value::text(key), this.value_of(value))).collect();
                Value::Dict(Rc::new(RefCell::new(Dict { entries, open: map.len() > MAX_ENTRIES })))
            }
        });
        value.unwrap_or(Value::Unknown)
    }
}

/// Whether a name fits a pattern with at most one `*`.
fn fits_pattern(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
        None => name == pattern,
    }
}

/// True for a path that is not one of the package: of the user's folder, the working folder or a setting.
fn is_elsewhere(path: &Value<'_>) -> bool {
    matches!(path, Value::Call(call) if is_path(call))
        && path_text(path).is_none_or(|text| text.starts_with('/') && !text.starts_with(ROOT))
}
