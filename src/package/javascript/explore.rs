//! Servers that no known way leads to: behind a command line or a callback of a dependency. The functions that make one are
//! called with arguments that are not known.

use rustc_hash::FxHashSet;

use super::interpreter::{Abrupt, Binding, Eval, Interpreter};
use super::syntax::Position;
use super::value::{Kind, ObjectId, Slot, Unknown, Value};

/// What a function holds that makes a server, and what one holds that registers tools.
const MAKES_SERVER: [&str; 4] = ["McpServer(", "new Server(", "FastMCP(", "McpServer)("];
const REGISTERS: [&str; 6] =
    [".registerTool(", ".addTool(", ".tool(", "ListToolsRequestSchema", ".addTools(", "registerAppTool("];
/// Methods of the SDK itself, which is in a bundle too.
const OF_SDK: [&str; 3] = ["_registeredTools", "assertCanSetRequestHandler", "_requestHandlers"];
/// The most functions that are called, and the longest text of one that is searched.
const MAX_CALLS: usize = 60;
const MAX_BODY: usize = 400_000;
/// New functions come to light as others run.
const MAX_ROUNDS: usize = 3;

/// The most functions of a command line that are noted.
const MAX_ACTIONS: usize = 60;

impl Interpreter<'_> {
    /// Notes the function of a command: `program.action(function)`, `parser.command(name, text, options, function)`.
    pub(super) fn note_action(&mut self, method: &str, args: &[Value]) {
        if matches!(method, "action" | "command")
            && let Some(action) = args.last().filter(|action| self.closure(action).is_some())
            && self.actions.len() < MAX_ACTIONS
        {
            self.actions.push(action.clone());
        }
    }

    /// Calls the functions of commands, as the command line would without options, until one registers tools.
    pub(super) fn run_actions(&mut self) -> Eval<()> {
        for action in std::mem::take(&mut self.actions) {
            let place = self.closure(&action).map(|closure| closure.function.place);
            if place.is_none_or(|Position { file, byte }| self.called.contains(&(file, byte))) {
                continue;
            }
            let args = vec![Value::Unknown(Unknown::Setting); 4];
            if let Err(Abrupt::Limit) = self.call(&action, Value::RUNTIME, args) {
                return Err(Abrupt::Limit);
            }
            self.list_tools()?;
            if !self.found.tools.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Calls what was never called and makes a server or registers tools.
    pub(super) fn explore(&mut self) -> Eval<()> {
        self.run_initializers()?;
        let mut tried = FxHashSet::default();
        for marks in [MAKES_SERVER.as_slice(), REGISTERS.as_slice()] {
            for _ in 0..MAX_ROUNDS {
                let candidates = self.candidates(marks, &mut tried);
                if candidates.is_empty() {
                    break;
                }
                for candidate in candidates {
                    self.call_unknown(candidate)?;
                }
                self.list_tools()?;
                if !self.found.tools.is_empty() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Runs the modules of a bundle that nothing imported yet: esbuild makes a function of each.
    fn run_initializers(&mut self) -> Eval<()> {
        let mut initializers = Vec::new();
        for scope in self.scopes.iter().filter(|scope| scope.parent.is_none()) {
            for (name, binding) in &scope.names {
                if let Binding::Value(value @ Value::Object(id)) = binding
                    && name.starts_with("init_")
                {
                    initializers.push((*id, value.clone()));
                }
            }
        }
        initializers.sort_by_key(|(id, _)| *id);
        for (_, initializer) in initializers {
            if let Err(Abrupt::Limit) = self.call(&initializer, Value::Undefined, Vec::new()) {
                return Err(Abrupt::Limit);
            }
        }
        Ok(())
    }

    /// The functions that were never called and whose text has one of `marks`.
    fn candidates(&self, marks: &[&str], tried: &mut FxHashSet<(u32, u32)>) -> Vec<ObjectId> {
        let mut found = Vec::new();
        for (at, object) in self.objects.iter().enumerate() {
            let Kind::Function(closure) = &object.kind else { continue };
            let Position { file, byte } = closure.function.place;
            let body = &closure.function.body;
            if body.end.saturating_sub(body.start) > MAX_BODY || self.called.contains(&(file, byte)) {
                continue;
            }
            let text =
                self.files.get(file as usize).and_then(|file| file.text.get(body.start..body.end)).unwrap_or_default();
            let is_candidate =
                marks.iter().any(|mark| text.contains(mark)) && !OF_SDK.iter().any(|mark| text.contains(mark));
            if is_candidate && tried.len() < MAX_CALLS && tried.insert((file, byte)) {
                found.push(ObjectId(at as u32));
            }
        }
        found
    }

    fn call_unknown(&mut self, id: ObjectId) -> Eval<()> {
        let function = Value::Object(id);
        let home = self.closure(&function).and_then(|closure| closure.home);
        let this = match home.map(|home| (home, self.object(home).properties.get("constructor").cloned())) {
            // A method: of an instance that is constructed with what is not known.
            Some((_, Some(Slot::Value(class)))) if matches!(self.kind(&class), Some(Kind::Class(_))) => {
                self.construct(&class, vec![Value::RUNTIME; 4], Position::default()).unwrap_or(Value::RUNTIME)
            }
            Some((home, _)) => Value::Object(home),
            None => Value::RUNTIME,
        };
        // Whether a run would come here, and with what, is not known.
        self.conditional += 1;
        let result = self.call(&function, this, vec![Value::RUNTIME; 6]);
        self.conditional -= 1;
        match result {
            Err(Abrupt::Limit) => Err(Abrupt::Limit),
            Ok(_) | Err(Abrupt::Throw(_) | Abrupt::Exit) => Ok(()),
        }
    }
}
