//! The modules of a package: which file a specifier names, what it exports, and when it runs.

use std::rc::Rc;

use super::interpreter::{Abrupt, Binding, Eval, Interpreter};
use super::module_table::{Export, Module};
use super::syntax::{Code, Name, Statement};
use super::value::{Kind, ModuleId, ScopeId, Slot, Value};
use crate::package::source_tree::normalized;

/// The most modules that are run.
const MAX_MODULES: usize = 6_000;
/// The largest file that is evaluated, in bytes.
const MAX_FILE: usize = 11 << 19;
/// The longest chain of re-exports.
const MAX_EXPORTS: usize = 32;

/// The endings that a specifier may leave out. Compiled code names `.js` where the source is TypeScript.
const ENDINGS: [&str; 8] = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".json"];

impl Interpreter<'_> {
    /// The path of the file that `specifier` names in the file `from`. `None` if it is not in the package.
    pub(super) fn resolve(&self, from: &str, specifier: &str) -> Option<String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
        let specifier = specifier.split(['?', '#']).next().filter(|path| !path.is_empty()).unwrap_or(specifier);
        if let Some(absolute) = specifier.strip_prefix(super::builtins::ROOT) {
            return self.file_at(absolute.trim_start_matches('/'));
        }
        if specifier.starts_with('.') {
            return self.file_at(&format!("{folder}/{specifier}"));
        }
        if specifier.starts_with('#') {
            return self.imports_field(specifier);
        }
        self.dependency(specifier)
    }

    fn file_at(&self, path: &str) -> Option<String> {
        let path = normalized(path.trim_start_matches('/')).unwrap_or_default();
        if self.tree.contains(&path) {
            return Some(path);
        }
        let stem = path.strip_suffix(".js").or_else(|| path.strip_suffix(".mjs")).unwrap_or(&path);
        let folder = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
        let candidates = [path.as_str(), stem, folder.as_str()];
        let candidates = candidates.iter().flat_map(|base| ENDINGS.iter().map(move |ending| format!("{base}{ending}")));
        candidates.into_iter().find(|candidate| self.tree.contains(candidate)).or_else(|| self.folder_main(&path))
    }

    fn folder_main(&self, folder: &str) -> Option<String> {
        if folder.is_empty() {
            return None;
        }
        let manifest: serde_json::Value =
            serde_json::from_str(self.tree.text(&format!("{folder}/package.json"))?).ok()?;
        let main = manifest.get("module").or_else(|| manifest.get("main"))?.as_str()?;
        let path = normalized(&format!("{folder}/{main}"))?;
        self.tree.contains(&path).then_some(path)
    }

    /// `#name`, which package.json maps to a file.
    fn imports_field(&self, specifier: &str) -> Option<String> {
        let manifest: serde_json::Value = serde_json::from_str(self.tree.text("package.json")?).ok()?;
        let imports = manifest.get("imports")?.as_object()?;
        for (pattern, target) in imports {
            let target = condition(target, 0)?;
            if pattern == specifier {
                return self.file_at(target);
            }
            if let Some((before, after)) = pattern.split_once('*')
                && let Some(part) = specifier.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
            {
                return self.file_at(&target.replace('*', part));
            }
        }
        None
    }

    /// A dependency that is in the tree: below `node_modules`, or the package itself by its name.
    fn dependency(&self, specifier: &str) -> Option<String> {
        let parts: Vec<&str> = specifier.splitn(if specifier.starts_with('@') { 3 } else { 2 }, '/').collect();
        let named = if specifier.starts_with('@') { 2 } else { 1 };
        let name = parts.get(..named)?.join("/");
        let folder = format!("node_modules/{name}");
        let manifest: serde_json::Value =
            serde_json::from_str(self.tree.text(&format!("{folder}/package.json"))?).ok()?;
        let inner = parts.get(named);
        let key = inner.map_or(".".to_owned(), |inner| format!("./{inner}"));
        let exported = manifest.get("exports").and_then(|exports| match exports.get(&key) {
            Some(target) => condition(target, 0),
            None if inner.is_none() => condition(exports, 0),
            None => None,
        });
        if let Some(target) = exported {
            return self.file_at(&format!("{folder}/{target}"));
        }
        match inner {
            Some(inner) => self.file_at(&format!("{folder}/{inner}")),
            None => self.file_at(&folder),
        }
    }

    /// Whether the file at `path` is too large to be evaluated; it counts as a dependency.
    fn is_too_large(&mut self, path: &str) -> bool {
        let is_large = self.tree.text(path).is_some_and(|text| text.len() > MAX_FILE);
        if is_large {
            self.note_unread(path);
        }
        is_large
    }

    /// Imports a module: its namespace, or one name of it.
    pub(super) fn import(&mut self, from: &str, specifier: &str, name: Option<&str>) -> Eval {
        let path = self.resolve(from, specifier);
        let Some(path) = path.filter(|path| !self.is_too_large(path)) else {
            self.note_outside(specifier);
            let module = specifier.strip_prefix("node:").unwrap_or(specifier);
            return Ok(Value::external(module, name.filter(|name| *name != "default").as_slice()));
        };
        let Some(module) = self.module(&path)? else { return Ok(Value::RUNTIME) };
        match name {
            Some(name) => self.exported(module, name),
            None => Ok(self.namespace(module)),
        }
    }

    /// `require(specifier)`.
    pub(super) fn require(&mut self, from: &str, specifier: &str) -> Eval {
        let path = self.resolve(from, specifier);
        let Some(path) = path.filter(|path| !self.is_too_large(path)) else {
            self.note_outside(specifier);
            let module = specifier.strip_prefix("node:").unwrap_or(specifier);
            return Ok(Value::external(module, &[]));
        };
        let Some(id) = self.module(&path)? else { return Ok(Value::RUNTIME) };
        let module = &self.modules.modules[id.0 as usize];
        if module.is_esm {
            return Ok(self.namespace(id));
        }
        let common = Value::Object(module.common);
        self.get(&common, "exports")
    }

    /// The module at `path`, which runs if it did not yet.
    pub(super) fn module(&mut self, path: &str) -> Eval<Option<ModuleId>> {
        if let Some(id) = self.modules.by_path.get(path) {
            return Ok(Some(*id));
        }
        if self.modules.modules.len() >= MAX_MODULES {
            self.limit_reached = true;
            return Ok(None);
        }
        let Some(text) = self.tree.text(path) else { return Ok(None) };
        let id = ModuleId(self.modules.modules.len() as u32);
        let scope = self.new_scope(None);
        let common = self.allocate(Kind::Plain);
        let exports = self.new_object(Kind::Plain);
        self.set_value(common, "exports", exports.clone());
        self.modules.by_path.insert(path.to_owned(), id);
        self.modules.by_scope.insert(scope, id);
        self.modules.modules.push(Module {
            path: path.to_owned(),
            scope,
            exports: Vec::new(),
            stars: Vec::new(),
            common,
            is_esm: false,
            namespace: None,
        });
        if path.ends_with(".json") {
            let value = serde_json::from_str(text).map_or(Value::RUNTIME, |json| self.value_of_json(&json));
            self.set_value(common, "exports", value);
            return Ok(Some(id));
        }
        for (name, value) in [
            ("module", Value::Object(common)),
            ("exports", exports),
            ("require", Value::external("", &["require", path])),
            ("__filename", Value::string(&format!("{}/{path}", super::builtins::ROOT))),
            ("__dirname", Value::string(&folder_of(path))),
        ] {
            self.declare(scope, name.into(), value);
        }
        // Parsing takes time as well.
        self.copying(text.len());
        self.step()?;
        let file = self.add_file(path, text);
        if let Some(code) = self.parser.file(file, path, text) {
            self.run_module(id, &Rc::new(code))?;
        }
        Ok(Some(id))
    }

    fn run_module(&mut self, id: ModuleId, code: &Rc<Code>) -> Eval<()> {
        let (scope, path) = {
            let module = &self.modules.modules[id.0 as usize];
            (module.scope, module.path.clone())
        };
        for name in &code.vars {
            self.declare(scope, name.clone(), Value::Undefined);
        }
        for statement in &code.statements {
            self.hoist(statement, scope);
        }
        // Exports first: a module that imports this one while it runs finds its functions.
        for statement in &code.statements {
            self.link_exports(id, &path, statement)?;
        }
        for statement in &code.statements {
            self.link_imports(id, &path, scope, statement)?;
        }
        // A module of its own frame: `this` is nothing, and no condition of the importer holds for it.
        let (uncertain, conditional) = (std::mem::take(&mut self.uncertain), std::mem::take(&mut self.conditional));
        let written = std::mem::take(&mut self.written);
        let frames = std::mem::take(&mut self.frames);
        let mut result = Ok(());
        for statement in &code.statements {
            match self.statement(statement, scope) {
                Ok(_) => {}
                Err(Abrupt::Throw(_) | Abrupt::Exit) => self.ended_early = true,
                Err(Abrupt::Limit) => {
                    result = Err(Abrupt::Limit);
                    break;
                }
            }
        }
        self.uncertain = uncertain;
        self.conditional = conditional;
        self.written = written;
        self.frames = frames;
        result
    }

    fn link_exports(&mut self, id: ModuleId, path: &str, statement: &Statement) -> Eval<()> {
        let mut exports: Vec<(Name, Export)> = Vec::new();
        match statement {
            Statement::Export(None, names) => {
                exports.extend(names.iter().map(|(local, name)| (name.clone(), Export::Local(local.clone()))));
            }
            Statement::Export(Some(specifier), names) => {
                let from = self.import_lazily(path, specifier)?;
                exports.extend(
                    names.iter().map(|(name, alias)| (alias.clone(), Export::From(from.clone(), name.clone()))),
                );
            }
            Statement::ExportAll(specifier, Some(name)) => {
                let from = self.import_lazily(path, specifier)?;
                exports.push((name.clone(), Export::Value(from)));
            }
            Statement::ExportAll(specifier, None) => {
                let from = self.import_lazily(path, specifier)?;
                self.modules.modules[id.0 as usize].stars.push(from);
            }
            Statement::ExportDefault(_) => exports.push(("default".into(), Export::Local("*default*".into()))),
            Statement::ExportDeclaration(inner) => {
                let mut names = Vec::new();
                declared(inner, &mut names);
                exports.extend(names.into_iter().map(|name| (name.clone(), Export::Local(name))));
            }
            Statement::ExportDefaultDeclaration(inner) => {
                let mut names = Vec::new();
                declared(inner, &mut names);
                exports.extend(names.into_iter().map(|name| ("default".into(), Export::Local(name))));
            }
            Statement::Import(..) => {}
            Statement::Declare(..)
            | Statement::Function(_)
            | Statement::Class(_)
            | Statement::Enum(..)
            | Statement::Empty
            | Statement::Expr(_)
            | Statement::Return(_)
            | Statement::Throw(_)
            | Statement::If(..)
            | Statement::For { .. }
            | Statement::ForEach { .. }
            | Statement::While(..)
            | Statement::DoWhile(..)
            | Statement::Switch(..)
            | Statement::Try { .. }
            | Statement::Block(_)
            | Statement::Labeled(..)
            | Statement::Break(_)
            | Statement::Continue(_) => return Ok(()),
        }
        let module = &mut self.modules.modules[id.0 as usize];
        module.is_esm = true;
        module.exports.extend(exports);
        Ok(())
    }

    /// The namespace of another module, which runs now.
    fn import_lazily(&mut self, path: &str, specifier: &str) -> Eval {
        self.deeper(|this| this.import(path, specifier, None)).unwrap_or(Ok(Value::RUNTIME))
    }

    fn link_imports(&mut self, id: ModuleId, path: &str, scope: ScopeId, statement: &Statement) -> Eval<()> {
        let Statement::Import(specifier, names) = statement else { return Ok(()) };
        self.modules.modules[id.0 as usize].is_esm = true;
        let namespace = self.import_lazily(path, specifier)?;
        for name in names {
            let binding = match (self.kind(&namespace), &namespace, &name.imported) {
                (Some(Kind::Namespace(module)), _, imported) => Binding::Import(*module, imported.clone()),
                (_, Value::External(external), Some(imported)) => {
                    Binding::Value(self.builtin_member(&Rc::clone(external), imported))
                }
                (_, namespace, None) => Binding::Value(namespace.clone()),
                (_, _, Some(_)) => Binding::Value(Value::RUNTIME),
            };
            self.scopes[scope.0 as usize].names.insert(name.local.clone(), binding);
        }
        Ok(())
    }

    pub(super) fn namespace(&mut self, id: ModuleId) -> Value {
        if let Some(namespace) = &self.modules.modules[id.0 as usize].namespace {
            return namespace.clone();
        }
        let namespace = self.new_object(Kind::Namespace(id));
        self.modules.modules[id.0 as usize].namespace = Some(namespace.clone());
        namespace
    }

    /// What the module exports as `name`.
    pub(super) fn exported(&mut self, id: ModuleId, name: &str) -> Eval {
        Ok(self.export_of(id, name, 0)?.unwrap_or(Value::Undefined))
    }

    fn export_of(&mut self, id: ModuleId, name: &str, depth: usize) -> Eval<Option<Value>> {
        if depth > MAX_EXPORTS {
            return Ok(None);
        }
        let module = &self.modules.modules[id.0 as usize];
        let scope = module.scope;
        if let Some((_, export)) = module.exports.iter().find(|(known, _)| &**known == name) {
            return Ok(Some(match export.clone() {
                Export::Value(value) => value,
                Export::Local(local) => match self.scopes[scope.0 as usize].names.get(&local) {
                    Some(Binding::Import(from, Some(imported))) if *from != id || **imported != *local => {
                        let (from, imported) = (*from, imported.clone());
                        self.export_of(from, &imported, depth + 1)?.unwrap_or(Value::Undefined)
                    }
                    Some(Binding::Import(from, None)) => {
                        let from = *from;
                        self.namespace(from)
                    }
                    Some(Binding::Value(value)) => value.clone(),
                    Some(Binding::Import(..)) | None => Value::Undefined,
                },
                Export::From(namespace, name) => {
                    self.namespace_export(&namespace, &name, depth)?.unwrap_or(Value::Undefined)
                }
            }));
        }
        if !module.is_esm {
            let common = Value::Object(module.common);
            let exports = self.get(&common, "exports")?;
            let is_compiled = match exports.as_object() {
                Some(id) => self.object(id).properties.get("__esModule").is_some(),
                None => false,
            };
            if name == "default" && !is_compiled {
                return Ok(Some(exports));
            }
            return Ok(Some(self.get(&exports, name)?));
        }
        for star in module.stars.clone() {
            if name != "default"
                && let Some(value) = self.namespace_export(&star, name, depth)?
            {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn namespace_export(&mut self, namespace: &Value, name: &str, depth: usize) -> Eval<Option<Value>> {
        if let Some(Kind::Namespace(module)) = self.kind(namespace) {
            let module = *module;
            return self.export_of(module, name, depth + 1);
        }
        match namespace {
            Value::External(external) => Ok(Some(self.builtin_member(&Rc::clone(external), name))),
            _ => Ok(None),
        }
    }

    pub(super) fn exported_names(&mut self, id: ModuleId) -> Vec<Name> {
        let module = &self.modules.modules[id.0 as usize];
        let mut names: Vec<Name> = module.exports.iter().map(|(name, _)| name.clone()).collect();
        let (stars, common, is_esm) = (module.stars.clone(), module.common, module.is_esm);
        if !is_esm && let Some(Slot::Value(exports)) = self.object(common).properties.get("exports").cloned() {
            return self.own_names(&exports).map(|(names, _)| names).unwrap_or_default();
        }
        for star in stars {
            if let Some(Kind::Namespace(module)) = self.kind(&star)
                && *module != id
            {
                let module = *module;
                let more = self.deeper(|this| Ok(this.exported_names(module)));
                if let Some(Ok(more)) = more {
                    names.extend(more.into_iter().filter(|name| &**name != "default"));
                }
            }
        }
        names
    }

    /// The path of the module that `scope` is in.
    pub(super) fn module_of(&self, scope: ScopeId) -> &str {
        let mut outermost = scope;
        while let Some(parent) = self.scopes[outermost.0 as usize].parent {
            outermost = parent;
        }
        self.modules.by_scope.get(&outermost).map_or("", |id| self.modules.modules[id.0 as usize].path.as_str())
    }
}

/// The target that a run by Node takes of `exports` or `imports`.
fn condition(target: &serde_json::Value, depth: usize) -> Option<&str> {
    match target {
        serde_json::Value::String(path) => Some(path),
        serde_json::Value::Array(several) => several.iter().find_map(|one| condition(one, depth + 1)),
        serde_json::Value::Object(conditions) if depth < 8 => {
            let known = ["node", "import", "module", "require", "default", "."];
            known.iter().filter_map(|name| conditions.get(*name)).find_map(|inner| condition(inner, depth + 1))
        }
        _ => None,
    }
}

fn folder_of(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, _)) => format!("{}/{folder}", super::builtins::ROOT),
        None => super::builtins::ROOT.to_owned(),
    }
}

fn declared(statement: &Statement, into: &mut Vec<Name>) {
    match statement {
        Statement::Declare(_, declared) => declared.iter().for_each(|(pattern, _)| super::parser::names(pattern, into)),
        Statement::Function(function) => into.extend(function.name.clone()),
        Statement::Class(class) => into.extend(class.name.clone()),
        Statement::Enum(name, _) => into.push(name.clone()),
        Statement::Import(..)
        | Statement::Export(..)
        | Statement::ExportAll(..)
        | Statement::ExportDefault(_)
        | Statement::ExportDeclaration(_)
        | Statement::ExportDefaultDeclaration(_)
        | Statement::Empty
        | Statement::Expr(_)
        | Statement::Return(_)
        | Statement::Throw(_)
        | Statement::If(..)
        | Statement::For { .. }
        | Statement::ForEach { .. }
        | Statement::While(..)
        | Statement::DoWhile(..)
        | Statement::Switch(..)
        | Statement::Try { .. }
        | Statement::Block(_)
        | Statement::Labeled(..)
        | Statement::Break(_)
        | Statement::Continue(_) => {}
    }
}
