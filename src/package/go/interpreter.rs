//! Runs the part of a Go program that leads to its tools: functions that make tools, and what these need. What depends on a run
//! is unknown, both branches of a condition that is not known are followed, and everything is bounded.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use tree_sitter::Node;

use super::draft::Draft;
use super::index::{Declared, Index, Key};
use super::source::{Sources, children};
use super::value::{Function, Scope, Value};
use crate::package::cpu_clock::CpuClock;
use crate::package::extraction::{MAX_TOOLS, ServerGap, SourcePlace};

/// The most steps: expressions and statements. Tests that reach it run without optimization.
const MAX_STEPS: usize = if cfg!(test) { 300_000 } else { 3_000_000 };
/// The most bytes that are copied into values.
const MAX_COPIED: usize = if cfg!(test) { 24 << 20 } else { 96 << 20 };
/// The most steps of a function that leads to no registration: what it returns may be a part of a tool.
const MAX_SIDE_STEPS: usize = 20_000;
/// The deepest nesting of expressions, statements and calls together.
const MAX_DEPTH: usize = 400;
/// The longest text that is put together.
const MAX_TEXT: usize = 1 << 20;
/// What an item of a list or an entry of a map takes, in bytes.
pub(super) const ITEM_BYTES: usize = 64;

/// How a block goes on.
pub(super) enum Flow<'t> {
    Next,
    Return(Value<'t>),
    /// `break` or `continue`.
    Loop,
}

pub(super) struct Interpreter<'t> {
    pub(super) sources: &'t Sources<'t>,
    pub(super) index: &'t Index<'t>,
    pub(super) drafts: Vec<Draft<'t>>,
    pub(super) gaps: Vec<ServerGap>,
    pub(super) server_name: Option<String>,
    pub(super) server_version: Option<String>,
    pub(super) instructions: Option<Value<'t>>,
    /// How many conditions that are not known enclose this place.
    pub(super) conditions: usize,
    /// How many loops over something unknown enclose this place.
    pub(super) unknown_loops: usize,
    /// The value of `iota`.
    pub(super) iota: Option<i64>,
    /// Variables of packages; `None` while one is evaluated.
    globals: HashMap<Key<'t>, Option<Value<'t>>>,
    /// The functions that are being run.
    running: Vec<usize>,
    /// Every function that was run.
    ran: HashSet<usize>,
    /// Function literals that make tools and that nothing has called yet.
    waiting: Vec<Rc<Function<'t>>>,
    /// What the running functions may return early.
    returns: Vec<Vec<Value<'t>>>,
    /// The last function that each of the running functions got.
    passed: Vec<Option<Rc<Function<'t>>>>,
    copied: usize,
    steps: usize,
    /// The number of steps at which the evaluation of what is run now ends.
    ceiling: usize,
    depth: usize,
    clock: CpuClock,
}

impl<'t> Interpreter<'t> {
    pub(super) fn new(sources: &'t Sources<'t>, index: &'t Index<'t>) -> Self {
        Self {
            sources,
            index,
            drafts: Vec::new(),
            gaps: Vec::new(),
            server_name: None,
            server_version: None,
            instructions: None,
            conditions: 0,
            unknown_loops: 0,
            iota: None,
            globals: HashMap::new(),
            running: Vec::new(),
            ran: HashSet::new(),
            waiting: Vec::new(),
            returns: Vec::new(),
            passed: Vec::new(),
            copied: 0,
            steps: 0,
            ceiling: MAX_STEPS,
            depth: 0,
            clock: CpuClock::start(),
        }
    }

    /// Runs everything that leads to a registration: `main` first, then what it did not reach.
    pub(super) fn run(&mut self) {
        let is_main = |this: &Self, declared: &Declared<'t>| {
            let name = declared.node.child_by_field_name("name").map(|node| this.sources.text(node, declared.file));
            declared.node.kind() == "function_declaration" && matches!(name, Some("main" | "init"))
        };
        let index = self.index;
        let (starts, others): (Vec<Declared<'t>>, Vec<Declared<'t>>) =
            index.registering.iter().partition(|declared| is_main(self, declared));
        for declared in starts {
            self.run_declared(declared);
            self.run_waiting();
        }
        // Variables hold the results of functions that make tools.
        for declared in others.iter().filter(|declared| declared.node.kind().ends_with("_spec")) {
            self.run_declared(*declared);
        }
        self.run_waiting();
        // Functions that others call come last, so that they are run with what these pass.
        let called: HashSet<&str> = others.iter().flat_map(|declared| self.called(*declared)).collect();
        let name = |declared: &Declared<'t>| {
            let name = declared.node.child_by_field_name("name");
            name.map(|name| self.sources.text(name, declared.file)).unwrap_or_default()
        };
        let (inner, outer): (Vec<Declared<'t>>, Vec<Declared<'t>>) =
            others.into_iter().partition(|declared| called.contains(name(declared)));
        for declared in outer.into_iter().chain(inner) {
            self.run_declared(declared);
            self.run_waiting();
        }
    }

    fn called(&self, declared: Declared<'t>) -> Vec<&'t str> {
        let (mut names, mut cursor) = (Vec::new(), declared.node.walk());
        loop {
            let node = cursor.node();
            if node.kind() == "call_expression"
                && let Some(function) = node.child_by_field_name("function")
            {
                names.push(self.sources.text(function.child_by_field_name("field").unwrap_or(function), declared.file));
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() || cursor.node().id() == declared.node.id() {
                    return names;
                }
            }
        }
    }

    fn run_declared(&mut self, declared: Declared<'t>) {
        let Declared { file, node } = declared;
        if node.kind().ends_with("_spec") {
            let mut cursor = node.walk();
            let names: Vec<Node<'t>> = node.children_by_field_name("name", &mut cursor).collect();
            for name in names.into_iter().filter(|name| name.kind() == "identifier") {
                let name = self.sources.text(name, file);
                let value = if name == "_" { None } else { self.global((self.sources.files[file].folder, name)) };
                if value.is_none()
                    && let Some(values) = node.child_by_field_name("value")
                {
                    let scope = Scope::new(file, None);
                    self.expressions(values, &scope);
                }
            }
        } else if !self.ran.contains(&node.id()) {
            self.call_function(&Rc::new(Function { file, node, scope: None, receiver: None }), &[]);
        }
    }

    fn run_waiting(&mut self) {
        while let Some(function) = self.waiting.pop() {
            if !self.ran.contains(&function.node.id()) {
                self.call_function(&function, &[]);
            }
        }
    }

    /// Notes a function literal. It is run if it makes tools and nothing else calls it.
    pub(super) fn literal(&mut self, function: &Rc<Function<'t>>) {
        if self.index.is_registering(function.file, function.node) && !self.ran.contains(&function.node.id()) {
            self.waiting.push(function.clone());
        }
    }

    /// Runs `go` one level deeper. `None` at a limit.
    pub(super) fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) && self.clock.is_out_of_time() {
            self.steps = MAX_STEPS;
        }
        if self.steps >= self.ceiling || self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let done = go(self);
        self.depth -= 1;
        Some(done)
    }

    /// Counts bytes that are copied into values. Beyond the limit the evaluation ends.
    pub(super) fn copying(&mut self, bytes: usize) {
        self.copied = self.copied.saturating_add(bytes);
        if self.copied > MAX_COPIED || self.drafts.len() > MAX_TOOLS {
            self.steps = MAX_STEPS;
        }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= self.ceiling
    }

    /// True if the evaluation of everything ended at a limit.
    pub(super) fn reached_limit(&self) -> bool {
        self.steps >= MAX_STEPS
    }

    /// A text that was put together. Unknown if it is too long.
    pub(super) fn text_value(&mut self, text: String, partial: bool) -> Value<'t> {
        self.copying(text.len());
        if text.len() > MAX_TEXT {
            return Value::Unknown;
        }
        Value::Text(super::value::Text { text: text.into(), partial })
    }

    pub(super) fn place(&self, node: Node<'t>, file: usize) -> SourcePlace {
        SourcePlace { file: self.sources.files[file].path.to_owned(), line: node.start_position().row + 1 }
    }

    /// The value of a variable or constant of a package. `None` if there is none of this name.
    pub(super) fn global(&mut self, key: Key<'t>) -> Option<Value<'t>> {
        if let Some(known) = self.globals.get(&key) {
            return Some(known.clone().unwrap_or(Value::Unknown));
        }
        let global = *self.index.globals.get(&key)?;
        self.globals.insert(key, None);
        let outside = (self.conditions, self.unknown_loops, self.iota);
        (self.conditions, self.unknown_loops, self.iota) = (0, 0, Some(global.iota));
        let scope = Scope::new(global.file, None);
        let value = match global.values.child_by_field_name("value") {
            Some(values) => {
                let values = self.expressions(values, &scope);
                match &values[..] {
                    [Value::Tuple(values)] => values.get(global.at).cloned().unwrap_or(Value::Unknown),
                    values => values.get(global.at).cloned().unwrap_or(Value::Unknown),
                }
            }
            // Set when the program runs, as the version is by the linker.
            None => Value::Unknown,
        };
        (self.conditions, self.unknown_loops, self.iota) = outside;
        self.globals.insert(key, Some(value.clone()));
        Some(value)
    }

    /// Sets a variable of a package.
    pub(super) fn set_global(&mut self, key: Key<'t>, value: Value<'t>) {
        if self.global(key).is_some() {
            self.globals.insert(key, Some(value));
        }
    }

    /// Runs a function with `args`; what is not passed is unknown.
    pub(super) fn call_function(&mut self, function: &Rc<Function<'t>>, args: &[Value<'t>]) -> Value<'t> {
        let Some(body) = function.node.child_by_field_name("body") else { return Value::Unknown };
        let id = function.node.id();
        self.ran.insert(id);
        if self.running.iter().filter(|running| **running == id).count() > 1 {
            return Value::Unknown;
        }
        let scope = Scope::new(function.file, function.scope.clone());
        if let Some(receiver) = function.node.child_by_field_name("receiver") {
            let value = function.receiver.clone().unwrap_or(Value::Unknown);
            for (name, _) in self.parameters(receiver, function.file) {
                scope.declare(name, value.clone());
            }
        }
        if let Some(parameters) = function.node.child_by_field_name("parameters") {
            for (at, (name, is_rest)) in self.parameters(parameters, function.file).into_iter().enumerate() {
                let value = if is_rest {
                    let rest = args.get(at..).unwrap_or_default().to_vec();
                    Value::list(rest, args.len() < at)
                } else {
                    args.get(at).cloned().unwrap_or(Value::Unknown)
                };
                scope.declare(name, value);
            }
        }
        if let Some(results) =
            function.node.child_by_field_name("result").filter(|node| node.kind() == "parameter_list")
        {
            for (name, _) in self.parameters(results, function.file) {
                scope.declare(name, Value::Unknown);
            }
        }
        self.running.push(id);
        self.returns.push(Vec::new());
        self.passed.push(args.iter().rev().find_map(|arg| match arg {
            Value::Function(function) => Some(function.clone()),
            _ => None,
        }));
        let ceiling = self.ceiling;
        if !self.index.is_registering(function.file, function.node) {
            self.ceiling = ceiling.min(self.steps + MAX_SIDE_STEPS);
        }
        let flow = self.deeper(|this| this.block(body, &scope));
        self.ceiling = ceiling;
        self.running.pop();
        self.passed.pop();
        let early = self.returns.pop().unwrap_or_default();
        let last = match flow {
            Some(Flow::Return(value)) => value,
            Some(Flow::Next | Flow::Loop) | None => Value::Unknown,
        };
        joined(early, last)
    }

    /// The names of parameters, and whether one takes all that is left.
    fn parameters(&self, list: Node<'t>, file: usize) -> Vec<(&'t str, bool)> {
        let mut names = Vec::new();
        for parameter in children(list) {
            let is_rest = parameter.kind() == "variadic_parameter_declaration";
            let mut cursor = parameter.walk();
            let declared: Vec<Node<'t>> = parameter.children_by_field_name("name", &mut cursor).collect();
            if declared.is_empty() {
                names.push(("_", is_rest));
            }
            names.extend(declared.into_iter().map(|name| (self.sources.text(name, file), is_rest)));
        }
        names
    }

    /// The function that the running function got, from which it may make a schema by reflection.
    pub(super) fn passed(&self) -> Option<Rc<Function<'t>>> {
        self.passed.last().cloned().flatten()
    }

    /// Notes what a function may return under a condition that is not known.
    pub(super) fn may_return(&mut self, value: Value<'t>) {
        if let Some(returns) = self.returns.last_mut() {
            returns.push(value);
        }
    }
}

/// What a function returns that may return something else before. Errors return nothing.
fn joined<'t>(early: Vec<Value<'t>>, last: Value<'t>) -> Value<'t> {
    let is_known = |value: &Value<'t>| match value {
        Value::Tuple(values) => values.first().is_some_and(Value::is_known) && !matches!(values[0], Value::Nil),
        value => value.is_known() && !matches!(value, Value::Nil),
    };
    let mut early = early.into_iter().filter(is_known);
    let first = early.next();
    match (first, last) {
        (Some(Value::Text(first)), Value::Text(last)) => {
            let partial = last.partial || first != last || early.next().is_some();
            Value::Text(super::value::Text { text: last.text, partial })
        }
        (Some(first), last) if !is_known(&last) => first,
        (_, last) => last,
    }
}
