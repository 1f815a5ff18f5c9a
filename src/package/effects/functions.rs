//! The functions of a package with the calls that each makes. Files are parsed when a chain of calls leads to them.

use std::collections::BTreeMap;

use super::calls::{Call, Lang};
use super::file::{AT_LOAD, File, branch};
use crate::package::source_tree::{SourceTree, is_code, normalized};

/// The largest file that is parsed, in bytes.
const MAX_FILE: usize = 4 << 20;
/// The most bytes that are parsed: their trees take several times as much.
const MAX_PARSED: usize = 12 << 20;
/// The most calls that are kept of all functions together.
const MAX_ALL_CALLS: usize = 500_000;
/// Methods of this length and longer are followed by their names alone, if only one function has the name.
const MIN_NAME: usize = 6;
/// The most files that are searched for the branch of one tool.
const MAX_MENTIONS: usize = 12;
/// The most bytes that are searched for the branches of all tools.
const MAX_SEARCHED: u64 = 2 << 30;
/// The endings that an import of JavaScript may leave out.
const ENDINGS: [&str; 9] = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", "/index.js", "/index.ts"];

/// A function: its file, and its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FunctionId {
    file: usize,
    function: usize,
}

/// The files of a package that were read until now.
pub(super) struct Code<'t> {
    tree: &'t SourceTree,
    files: Vec<File>,
    by_path: BTreeMap<String, Option<usize>>,
    parsed: usize,
    /// How many more calls are kept.
    calls_left: usize,
    /// How many more bytes are searched for branches.
    search_left: u64,
}

impl<'t> Code<'t> {
    pub(super) fn new(tree: &'t SourceTree) -> Self {
        Self {
            tree,
            files: Vec::new(),
            by_path: BTreeMap::new(),
            parsed: 0,
            calls_left: MAX_ALL_CALLS,
            search_left: MAX_SEARCHED,
        }
    }

    /// The innermost function that starts on `line` of a file, or that encloses it.
    pub(super) fn function_at(&mut self, path: &str, line: usize) -> Option<FunctionId> {
        let file = self.file(path)?;
        let functions = self.files[file].functions.iter().enumerate();
        let starts = functions.clone().filter(|(_, function)| function.first_line == line);
        // Several functions on one line, as in minified code, cannot be told apart.
        let started: Vec<usize> = starts.map(|(at, _)| at).collect();
        match started[..] {
            [function] => return Some(FunctionId { file, function }),
            [] => {}
            [first, ..] if self.files[file].functions[first].last_line > line => {
                return Some(FunctionId { file, function: first });
            }
            _ => return None,
        }
        let encloses = functions.filter(|(_, function)| (function.first_line..=function.last_line).contains(&line));
        let innermost = encloses.min_by_key(|(_, function)| function.last_line - function.first_line)?.0;
        Some(FunctionId { file, function: innermost })
    }

    /// The branch that handles calls of the tool `name`, in one function for all tools.
    pub(super) fn branch_of(&mut self, name: &str) -> Option<FunctionId> {
        let marks = [format!("\"{name}\""), format!("'{name}'")];
        let (tree, mut left) = (self.tree, self.search_left);
        let own = tree.paths().filter(|path| is_code(path) && !path.starts_with("node_modules/"));
        let mentions = |path: &&str| {
            if left == 0 {
                return false;
            }
            let text = tree.text(path).unwrap_or_default();
            left = left.saturating_sub((text.len() * marks.len()) as u64);
            text.len() <= MAX_FILE && marks.iter().any(|mark| text.contains(mark))
        };
        let paths: Vec<String> = own.filter(mentions).take(MAX_MENTIONS).map(str::to_owned).collect();
        self.search_left = left;
        let name = branch(name);
        paths.iter().find_map(|path| {
            let file = self.file(path)?;
            self.only(file, &name)
        })
    }

    pub(super) fn path(&self, function: FunctionId) -> &str {
        &self.files[function.file].path
    }

    /// The calls of a function, with imports resolved.
    pub(super) fn calls(&self, function: FunctionId) -> Vec<Call> {
        let file = &self.files[function.file];
        file.functions[function.function].calls.iter().map(|call| file.resolved(call)).collect()
    }

    /// The code that runs when the file at `path` is loaded.
    pub(super) fn at_load(&mut self, path: &str) -> Option<FunctionId> {
        Some(FunctionId { file: self.file(path)?, function: AT_LOAD })
    }

    /// The function of the package that `call` leads to. `None` if that is not known.
    pub(super) fn target(&mut self, from: FunctionId, call: &Call) -> Option<FunctionId> {
        let (first, rest) = call.name.split_once('.').unwrap_or((&call.name, ""));
        let last = call.name.rsplit('.').next().unwrap_or(&call.name);
        match call.language {
            Lang::Python | Lang::JavaScript => {}
            Lang::Go => return self.target_of_go(from, first, rest, last),
            Lang::Rust => return self.target_of_rust(from, first, rest, last),
        }
        if let Some((module, member)) = self.files[from.file].imports.get(first).cloned() {
            let path = self.module_path(from.file, &module, &member, call.language)?;
            let file = self.file(&path)?;
            let name = if rest.is_empty() { if member.is_empty() { first } else { &member } } else { last };
            return self.only(file, name);
        }
        let is_own = rest.is_empty() || ["this", "self", "cls"].contains(&first);
        if is_own && let Some(found) = self.only(from.file, last) {
            return Some(found);
        }
        if rest.is_empty() || last.len() < MIN_NAME {
            return None;
        }
        // A method of something that is not known: the only function of this name among the files read so far.
        let mut found = None;
        for file in 0..self.files.len() {
            if let Some(functions) = self.files[file].by_name.get(last) {
                if found.is_some() || functions.len() > 1 {
                    return None;
                }
                found = Some(FunctionId { file, function: functions[0] });
            }
        }
        found
    }

    /// A function of the same package, of an imported one, or the only method of a name.
    fn target_of_go(&mut self, from: FunctionId, first: &str, rest: &str, last: &str) -> Option<FunctionId> {
        let path = self.files[from.file].path.clone();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let imported = self.files[from.file].imports.get(first).map(|(module, _)| module.clone());
        if let Some(module) = imported.filter(|_| !rest.is_empty()) {
            // The folder with the longest part of the path at its end.
            let is_below = |folder: &str| !folder.is_empty() && module.ends_with(&format!("/{folder}"));
            let folders =
                self.tree.paths().filter(|path| path.ends_with(".go")).filter_map(|path| path.rsplit_once('/'));
            let folder = folders
                .map(|(folder, _)| folder)
                .filter(|folder| is_below(folder))
                .max_by_key(|folder| folder.len())?;
            let files = self.package(folder);
            return self.only_in(&files, last);
        }
        let files = self.package(folder);
        if (rest.is_empty() || last.len() >= MIN_NAME)
            && let Some(found) = self.only_in(&files, last)
        {
            return Some(found);
        }
        if rest.is_empty() || last.len() < MIN_NAME {
            return None;
        }
        let all: Vec<usize> = (0..self.files.len()).collect();
        self.only_in(&all, last)
    }

    /// A function of the same file, or the only one of a name in the package.
    fn target_of_rust(&mut self, from: FunctionId, first: &str, rest: &str, last: &str) -> Option<FunctionId> {
        if (rest.is_empty() || ["self", "Self"].contains(&first))
            && let Some(found) = self.only(from.file, last)
        {
            return Some(found);
        }
        if last.len() < MIN_NAME {
            return None;
        }
        let is_own =
            |path: &&str| path.ends_with(".rs") && !path.split('/').any(|part| part == "tests" || part == "examples");
        let paths: Vec<&str> = self.tree.paths().filter(is_own).collect();
        let files: Vec<usize> = paths.into_iter().filter_map(|path| self.file(path)).collect();
        self.only_in(&files, last)
    }

    /// The files of a package of Go.
    fn package(&mut self, folder: &str) -> Vec<usize> {
        let is_in = |path: &&str| {
            path.ends_with(".go")
                && !path.ends_with("_test.go")
                && path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
        };
        let paths: Vec<&str> = self.tree.paths().filter(is_in).collect();
        paths.into_iter().filter_map(|path| self.file(path)).collect()
    }

    /// The only function of a name in some files.
    fn only_in(&self, files: &[usize], name: &str) -> Option<FunctionId> {
        let mut found = files.iter().filter_map(|file| Some((*file, self.files[*file].by_name.get(name)?)));
        match (found.next(), found.next()) {
            (Some((file, functions)), None) => match functions[..] {
                [function] => Some(FunctionId { file, function }),
                _ => None,
            },
            _ => None,
        }
    }

    /// The function `name` of a file, if it has one of this name.
    fn only(&self, file: usize, name: &str) -> Option<FunctionId> {
        match self.files[file].by_name.get(name)?[..] {
            [function] => Some(FunctionId { file, function }),
            _ => None,
        }
    }

    fn module_path(&self, from: usize, module: &str, member: &str, language: Lang) -> Option<String> {
        let from = &self.files[from].path;
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let candidates: Vec<String> = match language {
            Lang::JavaScript if module.starts_with('.') => {
                let base = normalized(format!("{folder}/{module}").trim_start_matches('/'))?;
                let stem = base.strip_suffix(".js").unwrap_or(&base).to_owned();
                ENDINGS
                    .iter()
                    .map(|ending| format!("{base}{ending}"))
                    .chain([format!("{stem}.ts"), format!("{stem}.tsx")])
                    .collect()
            }
            Lang::JavaScript | Lang::Go | Lang::Rust => return None,
            Lang::Python => {
                let name = module.trim_start_matches('.');
                let mut base = folder;
                for _ in 1..module.len() - name.len() {
                    base = base.rsplit_once('/').map_or("", |(outer, _)| outer);
                }
                let relative = module.starts_with('.');
                let roots: &[&str] = if relative { &[base] } else { &["", "src"] };
                let below = |root: &str, name: &str| {
                    let path = [root, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
                    [format!("{path}.py"), format!("{path}/__init__.py")]
                };
                let name = name.replace('.', "/");
                let inner =
                    [name.as_str(), member].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
                roots.iter().flat_map(|root| below(root, &inner).into_iter().chain(below(root, &name))).collect()
            }
        };
        candidates.into_iter().find(|path| self.tree.contains(path))
    }

    fn file(&mut self, path: &str) -> Option<usize> {
        if let Some(known) = self.by_path.get(path) {
            return *known;
        }
        let file = self.parse(path);
        let at = file.map(|file| {
            self.files.push(file);
            self.files.len() - 1
        });
        self.by_path.insert(path.to_owned(), at);
        at
    }

    fn parse(&mut self, path: &str) -> Option<File> {
        let text =
            self.tree.text(path).filter(|text| text.len() <= MAX_FILE && self.parsed + text.len() <= MAX_PARSED)?;
        self.parsed += text.len();
        File::parse(path, text, &mut self.calls_left)
    }
}
