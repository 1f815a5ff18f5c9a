//! Where the evaluation of a package starts, and what it ends with.

use std::collections::BTreeSet;

use super::interpreter::{Abrupt, Eval, Interpreter};
use super::share::{MAX_STEPS, Share};
use super::syntax::Position;
use super::value::{Kind, Value};
use crate::package::cpu_clock::CpuClock;
use crate::package::extraction::{Extraction, FoundTool, ServerGap, ServerGapKind};
use crate::package::manifest::Manifest;
use crate::package::source_tree::{SourceTree, normalized};

/// What an evaluation does to find tools, the surest first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// It runs the program.
    Runs,
    /// It goes on where the program ends with an error: for want of a login, or of a service.
    PassesErrors,
    /// It also calls what nothing else calls.
    Explores,
}

/// The server of a package, from the first of its programs that registers tools.
pub(super) fn extract(tree: &SourceTree, manifest: &Manifest) -> Extraction {
    let entries = entries(tree, manifest);
    let (mut steps, mut best, mut outside) = (MAX_STEPS, Extraction::default(), BTreeSet::new());
    let clock = CpuClock::start();
    let mut ended_early = false;
    'entries: for effort in [Effort::Runs, Effort::PassesErrors, Effort::Explores] {
        if effort == Effort::PassesErrors && !ended_early {
            continue;
        }
        for entry in &entries {
            let (mut extraction, ends_early) = evaluate(tree, entry, effort, &mut steps, clock);
            // Of a large program nothing would be left after the others.
            if ends_early && extraction.tools.is_empty() && effort == Effort::Runs && steps < MAX_STEPS / 4 * 3 {
                (extraction, _) = evaluate(tree, entry, Effort::PassesErrors, &mut steps, clock);
            }
            ended_early |= ends_early;
            if !extraction.tools.is_empty() {
                return extraction;
            }
            outside.extend(extraction.outside.iter().cloned());
            // Without tools, the one that says most about why.
            if extraction.gaps.len() > best.gaps.len() || best.server_name.is_none() {
                best = extraction;
            }
            if steps == 0 || clock.is_out_of_time() {
                break 'entries;
            }
        }
    }
    best.outside = outside;
    best
}

/// The files where the programs of the package start, the one that `npx` runs first.
fn entries(tree: &SourceTree, manifest: &Manifest) -> Vec<String> {
    let short = manifest.name.rsplit('/').next().unwrap_or_default();
    let (mut named, others): (Vec<_>, Vec<_>) = manifest.entry_points.iter().partition(|entry| entry.command == short);
    named.extend(others);
    let mut paths: Vec<String> = named.iter().filter_map(|entry| file(tree, &entry.target)).collect();
    if let Some(json) = tree.text("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
    {
        for field in ["main", "module"] {
            paths.extend(json.get(field).and_then(|path| path.as_str()).and_then(|path| file(tree, path)));
        }
        let exported = json.pointer("/exports/.").or_else(|| json.get("exports"));
        let exported = exported.and_then(|target| {
            ["import", "default", "require"].iter().find_map(|name| target.get(*name)).unwrap_or(target).as_str()
        });
        paths.extend(exported.and_then(|path| file(tree, path)));
    }
    for guess in [
        "src/index.ts",
        "src/main.ts",
        "src/server.ts",
        "index.ts",
        "index.js",
        "src/index.js",
        "server.js",
        "dist/index.js",
    ] {
        paths.extend(file(tree, guess));
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths.truncate(6);
    paths
}

fn file(tree: &SourceTree, path: &str) -> Option<String> {
    let path = normalized(path)?;
    let candidates = [path.clone(), format!("{path}.js"), format!("{path}/index.js"), path.replace(".js", ".ts")];
    candidates.into_iter().find(|candidate| {
        let ending = candidate.rsplit('.').next().unwrap_or_default();
        // A program may have no ending.
        tree.contains(candidate)
            && (matches!(ending, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx") || !candidate.contains('.'))
    })
}

/// Evaluates the program that starts at `entry`: what it shows, and whether an error ended it.
fn evaluate(tree: &SourceTree, entry: &str, effort: Effort, steps: &mut u64, clock: CpuClock) -> (Extraction, bool) {
    let mut interpreter = Interpreter::new(tree, *steps, clock);
    interpreter.passes_errors = effort == Effort::PassesErrors;
    interpreter.zod_version = zod_version(tree);
    // A limit ends the evaluation; what was found until then counts.
    let _: Result<(), Abrupt> = interpreter.run_program(entry, effort == Effort::Explores);
    *steps = interpreter.steps;
    let ended_early = interpreter.ended_early;
    (interpreter.finish(), ended_early)
}

/// The first request of a client that has no capabilities of its own.
fn initialize_request() -> serde_json::Value {
    serde_json::json!({
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "mcp-scan", "version": "1.0.0"},
        },
    })
}

/// The major version of zod in the dependencies of the package.
fn zod_version(tree: &SourceTree) -> u32 {
    let json = tree.text("package.json").and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let range = json.as_ref().and_then(|json| {
        let fields = ["dependencies", "peerDependencies", "devDependencies"];
        fields.iter().find_map(|field| json.get(field)?.get("zod")?.as_str())
    });
    match range.map(|range| range.trim_start_matches(|c: char| !c.is_ascii_digit())) {
        Some(range) if range.starts_with('3') => 3,
        // Without one of its own the package gets the newest that its dependencies accept.
        _ => 4,
    }
}

impl Interpreter<'_> {
    fn run_program(&mut self, entry: &str, explores: bool) -> Eval<()> {
        let module = match self.module(entry) {
            Ok(Some(module)) => Some(module),
            Ok(None) => return Ok(()),
            Err(Abrupt::Limit) => None,
            Err(error) => return Err(error),
        };
        self.share = Share::WHOLE;
        self.list_tools()?;
        let Some(module) = module else { return Ok(()) };
        if self.found.tools.is_empty() {
            self.load_tools_of_folder(entry)?;
        }
        if self.found.tools.is_empty() {
            self.run_actions()?;
        }
        if explores && self.found.tools.is_empty() {
            self.explore()?;
        }
        if explores && self.found.tools.is_empty() {
            for name in self.exported_names(module) {
                let value = self.exported(module, &name)?;
                let result = match self.kind(&value) {
                    Some(Kind::Function(_)) => {
                        self.uncertainly(|this| this.call(&value, Value::RUNTIME, vec![Value::RUNTIME; 3]))
                    }
                    Some(Kind::Class(_)) => self.start_class(&value),
                    _ => continue,
                };
                if let Err(Abrupt::Limit) = result {
                    return Err(Abrupt::Limit);
                }
            }
            self.list_tools()?;
        }
        if explores && self.found.tools.is_empty() {
            self.list_described_objects()?;
        }
        Ok(())
    }

    /// An instance of an exported class, with the methods run that servers are set up in.
    fn start_class(&mut self, class: &Value) -> Eval {
        let instance = self.construct(class, vec![Value::RUNTIME; 3], Position::default())?;
        for method in ["init", "setup", "start", "run", "initialize"] {
            let function = self.get(&instance, method)?;
            if matches!(self.kind(&function), Some(Kind::Function(_))) {
                self.call(&function, instance.clone(), vec![Value::RUNTIME; 3])?;
            }
        }
        Ok(instance)
    }

    /// Calls the functions that list tools, as a client would.
    pub(super) fn list_tools(&mut self) -> Eval<()> {
        for handler in std::mem::take(&mut self.found.start_handlers) {
            let request = self.value_of_json(&initialize_request());
            let args = vec![request, Value::RUNTIME];
            if let Err(Abrupt::Limit) = self.call(&handler, Value::Undefined, args) {
                return Err(Abrupt::Limit);
            }
        }
        for listing in std::mem::take(&mut self.found.list_handlers) {
            let request = self.allocate(Kind::Plain);
            let params = self.new_object(Kind::Plain);
            self.set_value(request, "method", Value::string("tools/list"));
            self.set_value(request, "params", params);
            let result =
                match self.call(&listing.handler, Value::Undefined, vec![Value::Object(request), Value::RUNTIME]) {
                    Ok(result) => result,
                    Err(Abrupt::Throw(_) | Abrupt::Exit) => continue,
                    Err(Abrupt::Limit) => return Err(Abrupt::Limit),
                };
            let tools = match result.as_object() {
                Some(_) => self.get(&result, "tools")?,
                None => continue,
            };
            let Some((items, open)) = self.items(&tools) else {
                if tools.is_unknown() {
                    self.note_gap(ServerGapKind::FetchedTools, listing.place);
                }
                continue;
            };
            let doubtful = self.is_doubtful(&tools);
            for item in items {
                if item.as_object().is_none() {
                    self.note_gap(ServerGapKind::ToolName, listing.place);
                    continue;
                }
                let definition = self.defined(&item)?;
                self.conditional += usize::from(doubtful);
                let registered = self.register(definition, listing.place);
                self.conditional -= usize::from(doubtful);
                registered?;
            }
            if open {
                self.note_gap(ServerGapKind::UnknownTable, listing.place);
            }
        }
        Ok(())
    }

    fn finish(self) -> Extraction {
        let mut names = BTreeSet::new();
        let listed =
            self.found.tools.into_iter().filter(|registered| !registered.removed).map(|registered| registered.tool);
        let tools: Vec<FoundTool> = listed.filter(|tool| names.insert(tool.name.clone())).collect();
        let mut gaps = self.found.gaps;
        if self.limit_reached {
            gaps.push(ServerGap { kind: ServerGapKind::Limit, place: None });
        }
        let server = self.found.server.unwrap_or_default();
        let instructions = server.instructions.as_str().map(str::to_owned);
        if instructions.is_none() && server.instructions.is_unknown() {
            gaps.push(ServerGap { kind: ServerGapKind::Instructions, place: None });
        }
        let (server_name, server_version, outside) = (server.name, server.version, self.outside);
        Extraction { server_name, server_version, instructions, tools, gaps, outside }
    }
}
