//! Which file imports which, so that no two import each other, however long the way.
//!
//! An item that a `mod.rs` re-exports counts as imported from the file that defines it, and declaring or re-exporting a
//! child is no import.

use std::collections::{BTreeMap, BTreeSet};

/// The path of a module below the crate: `["source", "live"]`.
pub type Module = Vec<String>;

/// The code of every module.
pub struct Modules {
    code: BTreeMap<Module, String>,
    /// By module: the names that it re-exports, and what they stand for.
    exports: BTreeMap<Module, BTreeMap<String, Module>>,
}

impl Modules {
    /// The modules by path with their code, without comments and tests.
    pub fn new(code: BTreeMap<Module, String>) -> Self {
        let mut modules = Self { code, exports: BTreeMap::new() };
        let mut exports = BTreeMap::new();
        for (module, code) in &modules.code {
            let named = imports(code).into_iter().filter(|import| import.public);
            let named = named.filter_map(|import| Some((import.name(), modules.absolute(module, &import.path)?)));
            exports.insert(module.clone(), named.collect());
        }
        modules.exports = exports;
        modules
    }

    /// Every group of modules that import each other.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let edges: BTreeMap<&Module, BTreeSet<Module>> =
            self.code.keys().map(|module| (module, self.imported_by(module))).collect();
        let reached: BTreeMap<&Module, BTreeSet<Module>> =
            edges.keys().map(|module| (*module, reachable(module, &edges))).collect();
        let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
        for (module, others) in reached.iter().filter(|(module, others)| others.contains(**module)) {
            let circle = others.iter().filter(|other| reached[other].contains(*module));
            circles.insert(circle.map(|module| module.join("/")).collect());
        }
        circles.into_iter().collect()
    }

    /// The modules that `module` imports from.
    fn imported_by(&self, module: &Module) -> BTreeSet<Module> {
        let code = &self.code[module];
        let (mut found, mut local) = (BTreeSet::new(), BTreeMap::new());
        for import in imports(code).into_iter().filter(|import| !import.public) {
            let Some(path) = self.absolute(module, &import.path) else { continue };
            if self.code.contains_key(&path) {
                local.insert(import.name(), path);
            } else {
                found.extend(self.defined_in(path, 0));
            }
        }
        for child in self.code.keys().filter(|child| child.len() == module.len() + 1 && child.starts_with(module)) {
            local.entry(child[module.len()].clone()).or_insert_with(|| child.clone());
        }
        for path in paths_in(&without_imports(code)) {
            let path = match path[0].as_str() {
                "crate" | "super" | "self" => self.absolute(module, &path),
                first => local.get(first).map(|module| [module.as_slice(), &path[1..]].concat()),
            };
            found.extend(path.and_then(|path| self.defined_in(path, 0)));
        }
        found.remove(module);
        found
    }

    /// `path`, as written in `module`, from the crate; `None` for another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Module> {
        let supers = path.iter().take_while(|part| *part == "super").count();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module.as_slice(), &path[1..]].concat()),
            "super" => Some([&module[..module.len().checked_sub(supers)?], &path[supers..]].concat()),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.code.contains_key(&child).then(|| [child.as_slice(), &path[1..]].concat())
            }
        }
    }

    /// The module that defines what `path` names.
    fn defined_in(&self, path: Module, depth: usize) -> Option<Module> {
        let module =
            (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|part| self.code.contains_key(part))?;
        let rest = &path[module.len()..];
        let export = rest.first().and_then(|name| self.exports.get(&module)?.get(name));
        match export.filter(|target| **target != path && depth < 8) {
            Some(target) => self.defined_in([target.as_slice(), &rest[1..]].concat(), depth + 1),
            None => Some(module),
        }
    }
}

/// Everything that is imported on a way that starts at `module`.
fn reachable(module: &Module, edges: &BTreeMap<&Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![module.clone()]);
    while let Some(next) = open.pop() {
        for other in edges.get(&next).into_iter().flatten() {
            if seen.insert(other.clone()) {
                open.push(other.clone());
            }
        }
    }
    seen
}

/// One path of a `use`.
struct Import {
    public: bool,
    path: Vec<String>,
    alias: Option<String>,
}

impl Import {
    /// The name that it brings in.
    fn name(&self) -> String {
        self.alias.clone().unwrap_or_else(|| self.path.last().cloned().unwrap_or_default())
    }
}

/// The statements of `code` that begin with `use`, with where each begins and ends.
fn statements(code: &str) -> Vec<(usize, usize, bool, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim_start();
        let plain = text.strip_prefix("pub").map_or(text, |rest| {
            let rest = rest.trim_start();
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest).trim_start()
        });
        if let Some(rest) = plain.strip_prefix("use ") {
            let start = at + line.len() - line.trim_start().len() + (text.len() - rest.len());
            if let Some(length) = code[start..].find(';') {
                found.push((at, start + length + 1, text.starts_with("pub"), &code[start..start + length]));
            }
        }
        at += line.len();
    }
    found
}

fn imports(code: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for (_, _, public, tree) in statements(code) {
        for path in expanded(tree) {
            let (path, alias) =
                path.split_once(" as ").map_or((path.as_str(), None), |(path, name)| (path, Some(name)));
            let mut path: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            imports.push(Import { public, path, alias: alias.map(|name| name.trim().to_owned()) });
        }
    }
    imports
}

/// The paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    match tree.split_once('{') {
        None => vec![tree.trim().to_owned()],
        Some((before, group)) => {
            let parts = super::top_level(group);
            parts.into_iter().flat_map(expanded).map(|part| format!("{}{part}", before.trim())).collect()
        }
    }
}

fn without_imports(code: &str) -> String {
    let mut rest = String::new();
    let mut at = 0;
    for (start, end, _, _) in statements(code) {
        rest.push_str(&code[at..start.max(at)]);
        at = end;
    }
    rest.push_str(&code[at..]);
    // Visibility is no import.
    rest.replace("pub(in crate::", "pub(in ")
}

/// Every path with `::` in `code`, as its parts.
fn paths_in(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_part(c)).filter(|word| word.contains("::"));
    let parts = words.map(|word| word.split("::").filter(|part| !part.is_empty()).map(|part| part.trim_matches(':')));
    let paths = parts.map(|parts| parts.map(str::to_owned).collect::<Vec<_>>());
    paths.filter(|path| path.len() > 1 && path[0].starts_with(|c: char| c.is_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let module = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Modules::new(files.iter().map(|(path, code)| (module(path), (*code).to_owned())).collect()).circles()
    }

    #[test]
    fn a_circle_is_found_through_re_exports_and_paths() {
        let none: Vec<Vec<String>> = Vec::new();
        assert_eq!(circles(&[("", "mod a;"), ("a", "mod b;\npub use b::B;"), ("a/b", "pub struct B;")]), none);
        let parent = "mod b;\nmod c;\npub use b::B;\nfn f() { c::g() }";
        let through = [("a", parent), ("a/b", "pub struct B;"), ("a/c", "use super::B;\npub fn g() {}")];
        assert_eq!(circles(&through), none, "a re-exported item is its child's");
        let back = [("a", "mod c;\nstruct A;\nfn f() { c::g() }"), ("a/c", "use super::A;\npub fn g() {}")];
        assert_eq!(circles(&back), [["a", "a/c"]]);
        let far = [
            ("a", "use crate::{b::{B, C}};"),
            ("b", "fn f() { crate::c::g() }"),
            ("c", "use crate::a;\nfn g() { a::f() }"),
        ];
        assert_eq!(circles(&far), [["a", "b", "c"]]);
        assert_eq!(circles(&[("a", "pub(in crate::b) fn f() {}"), ("b", "use crate::a::f;")]), none);
    }
}
