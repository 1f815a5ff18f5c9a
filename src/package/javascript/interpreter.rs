//! The state of one evaluation, and its limits.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::module_table::Modules;
use super::parser::Parser;
use super::registered::Registrations;
use super::share::{MAX_KEPT, OF_BRANCH, OF_LOOP, Share};
use super::syntax::{Name, Position};
use super::value::{Kind, ModuleId, Object, ObjectId, Properties, ScopeId, Slot, Unknown, Value};
use crate::package::cpu_clock::CpuClock;
use crate::package::extraction::{OutsideModule, SourcePlace};
use crate::package::source_tree::SourceTree;

/// The deepest nesting of expressions, statements and calls.
const MAX_DEPTH: usize = 1_500;
/// What a scope, a name of one, a property and a text take, in bytes.
const SCOPE_BYTES: usize = 96;
const NAME_BYTES: usize = 48;
const PROPERTY_BYTES: usize = 64;
pub(super) const TEXT_BYTES: usize = 32;
/// The longest array.
pub(super) const MAX_ITEMS: usize = 1 << 18;
/// How many bytes are compared or searched in the time of a step.
const BYTES_OF_STEP: usize = 64;
/// The most bytes that are compared or searched between two steps.
const MAX_SCANNED: usize = 64 << 20;
/// The longest text that is put together, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 20;
/// The most bytes of all texts that are put together.
const MAX_TEXTS: usize = 16 << 20;

/// Why an evaluation does not go on.
#[derive(Debug)]
pub(super) enum Abrupt {
    Throw(Value),
    /// The process ends.
    Exit,
    /// A limit is reached.
    Limit,
}

pub(super) type Eval<T = Value> = Result<T, Abrupt>;

/// How a statement ends.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Return(Value),
    Break(Option<Name>),
    Continue(Option<Name>),
}

/// What an evaluation gives that did not come to its end.
pub(super) trait Unfinished {
    fn unfinished() -> Self;
}

impl Unfinished for Value {
    fn unfinished() -> Self {
        Self::RUNTIME
    }
}

impl Unfinished for Flow {
    fn unfinished() -> Self {
        Self::Next
    }
}

impl Unfinished for () {
    fn unfinished() -> Self {}
}

pub(super) struct Scope {
    pub(super) names: FxHashMap<Name, Binding>,
    pub(super) parent: Option<ScopeId>,
}

#[derive(Debug, Clone)]
pub(super) enum Binding {
    Value(Value),
    /// A name of another module; `None` for all of it.
    Import(ModuleId, Option<Name>),
}

/// A function that is being run.
pub(super) struct Frame {
    pub(super) this: Value,
    /// The object that `super` starts from.
    pub(super) home: Option<ObjectId>,
    pub(super) function: Position,
    /// What it may return, if a condition that is not known holds.
    pub(super) returns: Vec<Value>,
    pub(super) yields: Vec<Value>,
    /// A generator that stands for an async function: `yield` gives the value that it waits for.
    pub(super) awaits: bool,
}

/// A file that was parsed.
pub(super) struct File<'tree> {
    pub(super) path: Rc<str>,
    pub(super) text: &'tree str,
    /// The bytes at which its lines start.
    lines: Vec<u32>,
}

pub(super) struct Interpreter<'tree> {
    pub(super) tree: &'tree SourceTree,
    pub(super) parser: Parser,
    pub(super) objects: Vec<Object>,
    pub(super) scopes: Vec<Scope>,
    pub(super) files: Vec<File<'tree>>,
    pub(super) modules: Modules,
    pub(super) frames: Vec<Frame>,
    /// How many conditions that are not known hold here.
    pub(super) uncertain: usize,
    /// How many of them are conditions of the package, and not calls that a dependency may make.
    pub(super) conditional: usize,
    /// The fewest of them that held at a write since the round of a loop began.
    pub(super) written_under: usize,
    /// The variables that were written under such a condition, with their values before.
    pub(super) written: Vec<Vec<(ScopeId, Name, Value)>>,
    /// An error, or the end of the process, is passed over where nothing handles it: a server that works has none.
    pub(super) passes_errors: bool,
    /// An error, or the end of the process, ended the program.
    pub(super) ended_early: bool,
    /// How many places around this one handle an error.
    pub(super) handled: usize,
    /// A `?.` found nothing; the rest of its chain is skipped.
    pub(super) skips_chain: bool,
    /// The functions that ran, by their places.
    pub(super) called: FxHashSet<(u32, u32)>,
    pub(super) found: Registrations,
    pub(super) limit_reached: bool,
    /// The options of the command line whose defaults count as true.
    pub(super) option_defaults: FxHashMap<Name, Value>,
    /// The functions that a command line in the bundle would call.
    pub(super) actions: Vec<Value>,
    /// What `AsyncLocalStorage` holds for the functions that run.
    pub(super) async_stores: Vec<Value>,
    /// The modules of other packages that were imported.
    pub(super) outside: BTreeSet<OutsideModule>,
    /// The major version of zod that the package depends on.
    pub(super) zod_version: u32,
    /// The steps that are left.
    pub(super) steps: u64,
    /// How far the evaluation may go for now.
    pub(super) share: Share,
    depth: usize,
    text_bytes: usize,
    pub(super) kept_bytes: usize,
    /// The bytes that were compared or searched since the last step.
    scanned: Cell<usize>,
    clock: CpuClock,
}

impl<'tree> Interpreter<'tree> {
    /// An evaluation with `steps` of those that all evaluations of the package have, in the time of `clock`.
    pub(super) fn new(tree: &'tree SourceTree, steps: u64, clock: CpuClock) -> Self {
        Self {
            tree,
            parser: Parser::default(),
            objects: Vec::new(),
            scopes: Vec::new(),
            files: Vec::new(),
            modules: Modules::default(),
            frames: Vec::new(),
            uncertain: 0,
            conditional: 0,
            called: FxHashSet::default(),
            written: Vec::new(),
            written_under: usize::MAX,
            passes_errors: false,
            ended_early: false,
            handled: 0,
            skips_chain: false,
            found: Registrations::default(),
            limit_reached: false,
            option_defaults: FxHashMap::default(),
            actions: Vec::new(),
            async_stores: Vec::new(),
            outside: BTreeSet::new(),
            zod_version: 3,
            steps,
            share: Share::of_program(steps),
            depth: 0,
            text_bytes: 0,
            kept_bytes: 0,
            scanned: Cell::new(0),
            clock,
        }
    }

    /// Counts a step.
    pub(super) fn step(&mut self) -> Eval<()> {
        let scanned = self.scanned.take() / BYTES_OF_STEP;
        self.steps = self.steps.saturating_sub(1 + scanned as u64);
        let late = self.steps.is_multiple_of(4096) && self.clock.is_out_of_time();
        if late {
            self.steps = 0;
        }
        if self.is_out_of_share() {
            self.limit_reached = true;
            return Err(Abrupt::Limit);
        }
        Ok(())
    }

    /// Counts the steps that reading so many bytes or items takes.
    pub(super) fn copying(&mut self, amount: usize) {
        self.steps = self.steps.saturating_sub(amount as u64 / 4);
    }

    /// Counts the steps of items that are copied into a new array. Arrays are kept to the end, so this bounds their memory.
    pub(super) fn copying_items(&mut self, items: usize) {
        self.steps = self.steps.saturating_sub(items as u64 * 4);
    }

    /// Counts bytes that are kept to the end. Beyond the limit the evaluation ends at its next step.
    pub(super) fn keep(&mut self, bytes: usize) {
        self.kept_bytes = self.kept_bytes.saturating_add(bytes);
        if self.kept_bytes > MAX_KEPT {
            self.limit_reached = true;
            self.steps = 0;
        }
    }

    /// Counts bytes that are compared or searched.
    pub(super) fn scanning(&self, bytes: usize) {
        self.scanned.set(self.scanned.get().saturating_add(bytes));
    }

    /// True if the evaluation ends at its next step, so a loop over many values ends as well.
    pub(super) fn is_exhausted(&self) -> bool {
        self.is_out_of_share() || self.scanned.get() > MAX_SCANNED
    }

    fn is_out_of_share(&self) -> bool {
        self.steps <= self.share.steps_left || self.kept_bytes > self.share.kept
    }

    /// Adds `more` to the items of an array. False if they do not fit.
    pub(super) fn extend(&mut self, items: &mut Vec<Value>, more: Vec<Value>) -> bool {
        let fits = items.len() + more.len() <= MAX_ITEMS;
        if fits {
            items.extend(more);
        } else {
            self.limit_reached = true;
        }
        fits
    }

    /// The texts of `parts`, each a copy.
    pub(super) fn copied_texts<'a>(&mut self, parts: impl Iterator<Item = &'a str>) -> Vec<Value> {
        let mut texts = Vec::new();
        for part in parts {
            if texts.len() >= MAX_ITEMS || self.is_exhausted() {
                self.limit_reached = true;
                break;
            }
            self.keep(part.len() + TEXT_BYTES);
            texts.push(Value::string(part));
        }
        self.copying_items(texts.len());
        texts
    }

    /// Runs `evaluate` one level deeper. `None` beyond the limit.
    pub(super) fn deeper<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> Eval<T>) -> Option<Eval<T>> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = evaluate(self);
        self.depth -= 1;
        Some(result)
    }

    /// A text that was put together, unless it is too long.
    pub(super) fn text(&mut self, text: String) -> Value {
        self.text_bytes += text.len();
        if text.len() > MAX_TEXT || self.text_bytes > MAX_TEXTS {
            self.copying(text.len() / 4);
            self.limit_reached = true;
            return Value::RUNTIME;
        }
        self.copying(text.len() / 4);
        self.keep(text.len() + TEXT_BYTES);
        Value::String(text.into())
    }

    pub(super) fn allocate(&mut self, kind: Kind) -> ObjectId {
        let values = match &kind {
            Kind::Array(items) | Kind::Set(items) | Kind::Bound { args: items, .. } => items.len(),
            Kind::Map(entries) => 2 * entries.len(),
            Kind::Schema(schema) => schema.size(),
            Kind::Plain
            | Kind::Function(_)
            | Kind::Class(_)
            | Kind::Namespace(_)
            | Kind::Regex(..)
            | Kind::Tool(_)
            | Kind::Resolve => 0,
        };
        self.keep(size_of::<Object>() + values * size_of::<Value>());
        let id = ObjectId(u32::try_from(self.objects.len()).unwrap_or(u32::MAX));
        self.objects.push(Object {
            kind,
            properties: Properties::default(),
            prototype: None,
            open: false,
            doubtful: false,
        });
        id
    }

    pub(super) fn new_object(&mut self, kind: Kind) -> Value {
        Value::Object(self.allocate(kind))
    }

    pub(super) fn array(&mut self, items: Vec<Value>) -> Value {
        self.new_object(Kind::Array(items))
    }

    pub(super) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(super) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.0 as usize]
    }

    pub(super) fn kind(&self, value: &Value) -> Option<&Kind> {
        value.as_object().map(|id| &self.object(id).kind)
    }

    /// Whether some items of an array are there only under a condition that is not known.
    pub(super) fn is_doubtful(&self, value: &Value) -> bool {
        value.as_object().is_some_and(|id| self.object(id).doubtful)
    }

    /// The items of an array or a set, and whether there may be more.
    pub(super) fn items(&self, value: &Value) -> Option<(Vec<Value>, bool)> {
        let id = value.as_object()?;
        let object = self.object(id);
        match &object.kind {
            Kind::Array(items) | Kind::Set(items) => Some((items.clone(), object.open)),
            _ => None,
        }
    }

    pub(super) fn is_callable(&self, value: &Value) -> bool {
        matches!(self.kind(value), Some(Kind::Function(_) | Kind::Bound { .. } | Kind::Class(_) | Kind::Resolve))
    }

    pub(super) fn set_value(&mut self, id: ObjectId, name: impl Into<Name>, value: Value) {
        let name = name.into();
        if self.object(id).properties.get(&name).is_none() {
            self.keep(PROPERTY_BYTES);
        }
        self.object_mut(id).properties.set(name, Slot::Value(value));
    }

    pub(super) fn new_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.keep(SCOPE_BYTES);
        let id = ScopeId(u32::try_from(self.scopes.len()).unwrap_or(u32::MAX));
        self.scopes.push(Scope { names: FxHashMap::default(), parent });
        id
    }

    pub(super) fn declare(&mut self, scope: ScopeId, name: Name, value: Value) {
        self.keep(NAME_BYTES);
        self.scopes[scope.0 as usize].names.insert(name, Binding::Value(value));
    }

    /// The innermost scope with `name`.
    pub(super) fn find(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut next = Some(scope);
        while let Some(id) = next {
            let scope = &self.scopes[id.0 as usize];
            if scope.names.contains_key(name) {
                return Some(id);
            }
            next = scope.parent;
        }
        None
    }

    /// Assigns to a variable; one that was never declared becomes one of the outermost scope.
    pub(super) fn assign(&mut self, scope: ScopeId, name: &Name, value: Value) {
        self.writing();
        let target = self.find(scope, name).unwrap_or(scope);
        if let Some(log) = self.written.last_mut()
            && let Some(Binding::Value(before)) = self.scopes[target.0 as usize].names.get(name)
        {
            log.push((target, name.clone(), before.clone()));
        }
        self.scopes[target.0 as usize].names.insert(name.clone(), Binding::Value(value));
    }

    /// Notes that something is written here.
    pub(super) fn writing(&mut self) {
        self.written_under = self.written_under.min(self.uncertain);
    }

    /// Runs a branch with a share of what is left. Where the share ends, the evaluation goes on behind it.
    pub(super) fn in_share<T: Unfinished>(&mut self, branch: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        self.with_part(OF_BRANCH, branch)
    }

    /// Runs a loop with a share of what is left.
    pub(super) fn in_loop<T: Unfinished>(&mut self, rounds: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        self.with_part(OF_LOOP, rounds)
    }

    fn with_part<T: Unfinished>(&mut self, of_rest: u64, part: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        let outer = self.share;
        self.share = outer.part(of_rest, self.steps, self.kept_bytes);
        let result = part(self);
        self.share = outer;
        match result {
            Err(Abrupt::Limit) if !self.is_exhausted() => Ok(T::unfinished()),
            result => result,
        }
    }

    /// Runs `branch` under a condition that is not known, with a share of what is left. A variable whose text depends on it
    /// is not known afterwards.
    pub(super) fn uncertainly<T: Unfinished>(&mut self, branch: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        self.uncertain += 1;
        self.conditional += 1;
        self.written.push(Vec::new());
        let result = self.in_share(branch);
        self.uncertain -= 1;
        self.conditional -= 1;
        let log = self.written.pop().unwrap_or_default();
        let mut seen: FxHashSet<(ScopeId, Name)> = FxHashSet::default();
        for (scope, name, before) in log {
            if !seen.insert((scope, name.clone())) {
                continue;
            }
            if let Some(Binding::Value(now)) = self.scopes[scope.0 as usize].names.get_mut(&name) {
                if let Some(outer) = self.written.last_mut() {
                    outer.push((scope, name.clone(), before.clone()));
                }
                *now = either(before, now.clone());
            }
        }
        result
    }

    pub(super) fn add_file(&mut self, path: &str, text: &'tree str) -> u32 {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect();
        self.files.push(File { path: path.into(), text, lines });
        self.files.len() as u32 - 1
    }

    pub(super) fn place(&self, position: Position) -> SourcePlace {
        match self.files.get(position.file as usize) {
            Some(file) => SourcePlace {
                file: file.path.to_string(),
                line: file.lines.partition_point(|start| *start <= position.byte),
            },
            None => SourcePlace::default(),
        }
    }
}

/// The value of something that is one of two: the one that has content, if the other has none.
pub(super) fn either(one: Value, other: Value) -> Value {
    match (&one, &other) {
        (Value::Undefined | Value::Null | Value::Unknown(_), _) => other,
        (_, Value::Undefined | Value::Null | Value::Unknown(_)) => one,
        (Value::String(a), Value::String(b)) if a == b => other,
        (Value::Number(a), Value::Number(b)) if a == b => other,
        (Value::Bool(a), Value::Bool(b)) if a == b => other,
        (Value::Object(_) | Value::External(_), Value::Object(_) | Value::External(_)) => other,
        (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::External(_), _) => {
            Value::Unknown(Unknown::Runtime)
        }
    }
}
