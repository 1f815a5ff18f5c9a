//! Runs the part of a Python program that is known without running it: definitions, tables, registrations. What depends
//! on anything else is unknown, both branches of a condition that is not known are followed, and everything is bounded.

use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::modules::{Modules, absolute};
use super::server::Server;
use super::value::{Call, Class, Scope, Text, Value};
use crate::package::cpu_clock::CpuClock;
use crate::package::extraction::{OutsideModule, ServerGap, ServerGapKind, SourcePlace, json_bytes};

/// The most steps: expressions and statements. Tests that reach it run without optimization.
const MAX_STEPS: usize = if cfg!(test) { 1_500_000 } else { 4_500_000 };
/// A branch that may not be taken gets this part of the steps that are left, and at least the other part of all.
const OF_REST: usize = 4;
const AT_LEAST: usize = 64;
/// The part of all steps that is for the functions that list tools.
const OF_LISTING: usize = 3;
/// The most bytes that are copied into values.
const MAX_COPIED: usize = if cfg!(test) { 36 << 20 } else { 128 << 20 };
/// What an item of a list, and a value that refers to others, take at most, in bytes.
pub(super) const ITEM_BYTES: usize = 48;
pub(super) const VALUE_BYTES: usize = 192;
/// How many values are compared or passed over in the time of a step.
const VALUES_OF_STEP: usize = 16;
/// The longest text that is put together.
pub(super) const MAX_TEXT: usize = 1 << 20;
/// The deepest nesting of expressions, statements and calls together.
const MAX_DEPTH: usize = 500;

/// How the execution continues after a block or function.
pub(super) enum Flow<'t> {
    Next,
    Return(Value<'t>),
    /// `break` or `continue`.
    Loop,
    /// `raise`.
    Raise,
}

/// How far an evaluation may go for now.
#[derive(Clone, Copy)]
struct Share {
    steps: usize,
    copied: usize,
}

impl Share {
    const WHOLE: Self = Self { steps: MAX_STEPS, copied: MAX_COPIED };
    /// What the program may use before its tools are listed.
    const OF_PROGRAM: Self =
        Self { steps: MAX_STEPS - MAX_STEPS / OF_LISTING, copied: MAX_COPIED - MAX_COPIED / OF_LISTING };

    /// What a branch may use after so many steps.
    fn part(self, steps: usize, copied: usize) -> Self {
        let end = |end: usize, at: usize, all: usize| {
            end.min(at.saturating_add((end.saturating_sub(at) / OF_REST).max(all / AT_LEAST)))
        };
        Self { steps: end(self.steps, steps, MAX_STEPS), copied: end(self.copied, copied, MAX_COPIED) }
    }
}

pub(super) struct Interpreter<'t> {
    pub(super) modules: &'t Modules<'t>,
    pub(super) scopes: HashMap<usize, Rc<Scope<'t>>>,
    pub(super) servers: Vec<Server<'t>>,
    /// The servers that functions outside the package returned, by their calls.
    pub(super) servers_of_calls: Vec<(Rc<Call<'t>>, usize)>,
    pub(super) gaps: Vec<ServerGap>,
    /// How many conditions that are not known enclose this place.
    pub(super) conditions: usize,
    /// How many branches enclose this place that are not taken unless something is set.
    pub(super) switched_off: usize,
    /// How many loops over something unknown enclose this place.
    pub(super) unknown_loops: usize,
    /// The bodies of functions that are being run, innermost last.
    pub(super) running: Vec<usize>,
    /// Every function that was run, by its start.
    pub(super) ran: std::collections::HashSet<(usize, usize)>,
    /// What the running functions may return early.
    pub(super) returns: Vec<Vec<Value<'t>>>,
    /// The modules of other packages that were imported, by the first part of their names.
    pub(super) outside: std::collections::BTreeSet<OutsideModule>,
    /// The classes that were defined.
    pub(super) classes: Vec<Rc<Class<'t>>>,
    /// The module that is run as the program.
    pub(super) main: Option<usize>,
    /// The bytes of the definitions of all tools.
    pub(super) tool_bytes: usize,
    copied: usize,
    steps: usize,
    /// Where the evaluation ends for now.
    share: Share,
    depth: usize,
    clock: CpuClock,
}

impl<'t> Interpreter<'t> {
    pub(super) fn new(modules: &'t Modules<'t>) -> Self {
        Self {
            modules,
            scopes: HashMap::new(),
            servers: Vec::new(),
            servers_of_calls: Vec::new(),
            gaps: Vec::new(),
            conditions: 0,
            switched_off: 0,
            unknown_loops: 0,
            running: Vec::new(),
            ran: std::collections::HashSet::new(),
            returns: Vec::new(),
            outside: std::collections::BTreeSet::new(),
            classes: Vec::new(),
            main: None,
            tool_bytes: 0,
            copied: 0,
            steps: 0,
            share: Share::OF_PROGRAM,
            depth: 0,
            clock: CpuClock::start(),
        }
    }

    /// Runs `go` one level deeper. `None` at a limit.
    pub(super) fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) && self.is_out_of_time() {
            self.steps = MAX_STEPS;
        }
        if self.is_exhausted() || self.depth >= MAX_DEPTH {
            if self.is_exhausted() && !self.gaps.iter().any(|gap| gap.kind == ServerGapKind::Limit) {
                self.gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
            }
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
    }

    /// Counts the steps of comparing or passing over so many values.
    pub(super) fn looking_through(&mut self, values: usize) {
        self.steps = self.steps.saturating_add(values / VALUES_OF_STEP).min(MAX_STEPS);
    }

    /// True if the evaluation is at its limit.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= self.share.steps || self.copied > self.share.copied
    }

    /// Runs `part`, which may not be what a run does, with a share of the steps that are left.
    pub(super) fn in_share<T>(&mut self, part: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.share;
        self.share = outer.part(self.steps, self.copied);
        let done = part(self);
        self.share = outer;
        done
    }

    /// Lets the evaluation use all steps from now on.
    pub(super) fn use_all_steps(&mut self) {
        self.share = Share::WHOLE;
    }

    /// A text that was put together. Unknown if it is too long.
    pub(super) fn text_value(&mut self, text: String, partial: bool) -> Value<'t> {
        self.copying(text.len());
        if text.len() > MAX_TEXT {
            return Value::Unknown;
        }
        Value::Text(Text { text: text.into(), partial })
    }

    /// `value` as JSON, and whether all of it is known.
    pub(super) fn json_of(&mut self, value: &Value<'t>, depth: usize) -> (serde_json::Value, bool) {
        let made = value.to_json(depth);
        self.copying(json_bytes(&made.0));
        made
    }

    pub(super) fn is_out_of_time(&self) -> bool {
        self.clock.is_out_of_time()
    }

    /// The scope of a module, which is run when it is first needed.
    pub(super) fn module(&mut self, module: usize) -> Rc<Scope<'t>> {
        if let Some(scope) = self.scopes.get(&module) {
            return scope.clone();
        }
        let scope = Rc::new(Scope::new(None, module));
        self.scopes.insert(module, scope.clone());
        let name = if self.main == Some(module) { "__main__" } else { &self.modules.all[module].name };
        scope.set("__name__", Value::text(name));
        scope.set("__package__", Value::text(self.modules.package_of(module)));
        scope.set("__file__", Value::text(&absolute(self.modules.all[module].path)));
        if let Some(tree) = self.modules.tree(module) {
            // A module stands by itself, wherever it is first imported.
            let outside = (self.conditions, self.switched_off, self.unknown_loops);
            (self.conditions, self.switched_off, self.unknown_loops) = (0, 0, 0);
            self.deeper(|this| this.block(tree.root_node(), &scope));
            (self.conditions, self.switched_off, self.unknown_loops) = outside;
        } else {
            let place = SourcePlace { file: self.modules.all[module].path.to_owned(), line: 1 };
            self.gaps.push(ServerGap { kind: ServerGapKind::UnreadFile, place: Some(place) });
        }
        scope
    }

    /// The attribute `name` of a module: a variable, or a module below it.
    pub(super) fn module_attribute(&mut self, module: usize, name: &str) -> Option<Value<'t>> {
        let scope = self.module(module);
        if let Some(value) = scope.variables.borrow().get(name) {
            return Some(value.clone());
        }
        let below = format!("{}.{name}", self.modules.all[module].name);
        self.modules.find(&below).map(|module| {
            self.module(module);
            Value::Module(module)
        })
    }

    pub(super) fn text(&self, node: Node<'t>, scope: &Scope<'t>) -> &'t str {
        self.modules.all[scope.module].text.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn place(&self, node: Node<'t>, module: usize) -> SourcePlace {
        SourcePlace { file: self.modules.all[module].path.to_owned(), line: node.start_position().row + 1 }
    }
}

/// The named children of `node` without comments and without the backslashes that continue a line.
pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !matches!(child.kind(), "comment" | "line_continuation")).collect()
}
