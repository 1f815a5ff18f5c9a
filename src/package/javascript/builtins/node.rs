//! The modules of Node that a package reads its own files with.

use super::super::interpreter::{Eval, Interpreter, MAX_TEXT};
use super::super::value::{External, Kind, Unknown, Value};
use super::{ROOT, arg};
use crate::package::source_tree::normalized;

/// Looking through all files takes as long as copying so many values.
const LISTING_COST: usize = 400;

impl Interpreter<'_> {
    /// A call of a function of Node. `None` if its result is not known.
    pub(super) fn call_node(&mut self, external: &External, args: &[Value]) -> Eval<Option<Value>> {
        let path: Vec<&str> = external.path.iter().map(|part| &**part).collect();
        let first = arg(args, 0);
        Ok(match (&*external.module, path.as_slice()) {
            ("path" | "path/posix", [name] | ["posix", name]) => self.path_function(name, args),
            ("fs" | "fs-extra", [name]) | ("fs", ["promises", name]) | ("fs/promises", [name]) => {
                self.read_function(name, args)?
            }
            ("url", ["fileURLToPath"]) => {
                let url = match first.as_object() {
                    Some(_) => self.get(&first, "href")?,
                    None => first,
                };
                url.as_str().map(|url| Value::string(url.strip_prefix("file://").unwrap_or(url)))
            }
            ("url", ["pathToFileURL"]) => first.as_str().map(|path| {
                let id = self.allocate(Kind::Plain);
                self.set_value(id, "href", Value::string(&format!("file://{path}")));
                self.set_value(id, "pathname", Value::string(path));
                Value::Object(id)
            }),
            ("module", ["createRequire"]) => {
                let from = match first.as_object() {
                    Some(_) => self.get(&first, "href")?,
                    None => first,
                };
                let from = from.as_str().map(|from| from.strip_prefix("file://").unwrap_or(from).to_owned());
                let from =
                    from.and_then(|from| from.strip_prefix(ROOT).map(|inner| inner.trim_start_matches('/').to_owned()));
                from.map(|from| Value::external("", &["require", &from]))
            }
            ("util", ["promisify" | "deprecate"]) => Some(first),
            // Outside of `run` there is no store: the request of a client on standard input is in none.
            ("async_hooks", ["AsyncLocalStorage", "()", "getStore"]) => {
                Some(self.async_stores.last().cloned().unwrap_or(Value::Unknown(Unknown::Setting)))
            }
            ("async_hooks", ["AsyncLocalStorage", "()", "run"]) => {
                self.async_stores.push(first);
                let rest = args.get(2..).unwrap_or_default().to_vec();
                let result = self.call(&arg(args, 1), Value::Undefined, rest);
                self.async_stores.pop();
                Some(result?)
            }
            // As `process.platform`.
            ("os", ["platform"]) => Some(Value::string("linux")),
            ("os", ["type"]) => Some(Value::string("Linux")),
            _ => None,
        })
    }

    fn path_function(&mut self, name: &str, args: &[Value]) -> Option<Value> {
        let texts: Option<Vec<&str>> = args.iter().map(Value::as_str).collect();
        let texts = texts?;
        let first = texts.first().copied().unwrap_or_default();
        let result = match name {
            "join" | "normalize" => joined_path(&texts),
            "resolve" => {
                let start = texts.iter().rposition(|part| part.starts_with('/'));
                let mut parts = if start.is_some() { Vec::new() } else { vec![ROOT] };
                parts.extend(&texts[start.unwrap_or(0)..]);
                joined_path(&parts)
            }
            "dirname" => first.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned(),
            "basename" => {
                let name = first.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let ending = texts.get(1).copied().unwrap_or_default();
                name.strip_suffix(ending).unwrap_or(name).to_owned()
            }
            "extname" => {
                let name = first.rsplit('/').next().unwrap_or_default();
                name.rfind('.').filter(|at| *at > 0).map_or("", |at| &name[at..]).to_owned()
            }
            "isAbsolute" => return Some(Value::Bool(first.starts_with('/'))),
            _ => return None,
        };
        Some(self.text(result))
    }

    /// A function of `fs` that reads. Files outside the package are not known.
    fn read_function(&mut self, name: &str, args: &[Value]) -> Eval<Option<Value>> {
        let path = match arg(args, 0) {
            url @ Value::Object(_) => self.get(&url, "pathname")?,
            path => path,
        };
        if name == "realpathSync" || name == "realpath" {
            return Ok(Some(path));
        }
        let inner = path.as_str().and_then(|path| {
            let path = joined_path(&[path]);
            path.strip_prefix(ROOT).map(|inner| inner.trim_start_matches('/').to_owned())
        });
        let Some(inner) = inner else { return Ok(None) };
        let inner = normalized(&inner).unwrap_or_default();
        self.copying(LISTING_COST);
        let is_folder = |inner: &str| {
            let prefix = if inner.is_empty() { String::new() } else { format!("{inner}/") };
            self.tree.paths().any(|path| path.starts_with(&prefix))
        };
        Ok(match name {
            "readFileSync" | "readFile" => {
                let text = self.tree.text(&inner).filter(|text| text.len() <= MAX_TEXT).map(str::to_owned);
                text.map(|text| self.text(text))
            }
            "readJsonSync" | "readJSON" | "readJson" => {
                let json = self.tree.text(&inner).and_then(|text| serde_json::from_str(text).ok());
                json.map(|json: serde_json::Value| self.value_of_json(&json))
            }
            "existsSync" | "pathExistsSync" => Some(Value::Bool(self.tree.contains(&inner) || is_folder(&inner))),
            "readdirSync" | "readdir" if args.len() == 1 => {
                let prefix = if inner.is_empty() { String::new() } else { format!("{inner}/") };
                let mut names: Vec<&str> =
                    self.tree.paths().filter_map(|path| path.strip_prefix(&prefix)?.split('/').next()).collect();
                names.dedup();
                let names = names.into_iter().map(Value::string).collect();
                Some(self.array(names))
            }
            _ => None,
        })
    }
}

/// The parts as one path, `..` resolved.
pub(super) fn joined_path(parts: &[&str]) -> String {
    let whole = parts.join("/");
    let mut kept: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if whole.starts_with('/') => {}
            part => kept.push(part),
        }
    }
    let joined = kept.join("/");
    if whole.starts_with('/') { format!("/{joined}") } else { joined }
}
