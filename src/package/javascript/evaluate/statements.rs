//! Statements.

use std::rc::Rc;

use super::super::interpreter::{Abrupt, Eval, Flow, Interpreter};
use super::super::syntax::{Code, Expr, Name, Pattern, Statement};
use super::super::value::{Kind, ScopeId, Value};
use super::Truth;
use super::patterns::Bind;

/// The most rounds of a loop that write nothing for certain.
const MAX_IDLE_ROUNDS: usize = 8;
/// The most rounds of a loop.
const MAX_ROUNDS: usize = 20_000;

impl Interpreter<'_> {
    /// The body of a function or a module: its names are declared first.
    pub(in super::super) fn code(&mut self, code: &Code, scope: ScopeId) -> Eval<Flow> {
        for name in &code.vars {
            if !self.scopes[scope.0 as usize].names.contains_key(name) {
                self.declare(scope, name.clone(), Value::Undefined);
            }
        }
        self.statements(&code.statements, scope)
    }

    fn statements(&mut self, statements: &[Statement], scope: ScopeId) -> Eval<Flow> {
        for statement in statements {
            self.hoist(statement, scope);
        }
        for statement in statements {
            match self.statement(statement, scope) {
                Ok(Flow::Next) => {}
                Err(Abrupt::Throw(_) | Abrupt::Exit) if self.passes_errors && self.handled == 0 => {}
                flow => return flow,
            }
        }
        Ok(Flow::Next)
    }

    /// Runs `evaluate` where an error is handled.
    fn handling<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        self.handled += 1;
        let result = evaluate(self);
        self.handled -= 1;
        result
    }

    /// Declares a function before the statements run.
    pub(in super::super) fn hoist(&mut self, statement: &Statement, scope: ScopeId) {
        match statement {
            Statement::Function(function) => {
                if let Some(name) = &function.name {
                    let value = self.function_value(function, scope);
                    self.declare(scope, name.clone(), value);
                }
            }
            Statement::ExportDeclaration(inner) | Statement::ExportDefaultDeclaration(inner) => {
                self.hoist(inner, scope);
            }
            Statement::Declare(..)
            | Statement::Class(_)
            | Statement::Enum(..)
            | Statement::Import(..)
            | Statement::Export(..)
            | Statement::ExportAll(..)
            | Statement::ExportDefault(_)
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

    fn block(&mut self, statements: &[Statement], scope: ScopeId) -> Eval<Flow> {
        let declares = statements.iter().any(|statement| {
            matches!(
                statement,
                Statement::Declare(false, _) | Statement::Function(_) | Statement::Class(_) | Statement::Enum(..)
            )
        });
        let scope = if declares { self.new_scope(Some(scope)) } else { scope };
        self.statements(statements, scope)
    }

    pub(in super::super) fn statement(&mut self, statement: &Statement, scope: ScopeId) -> Eval<Flow> {
        self.step()?;
        self.deeper(|this| this.statement_here(statement, scope)).unwrap_or_else(|| {
            self.limit_reached = true;
            Ok(Flow::Next)
        })
    }

    fn statement_here(&mut self, statement: &Statement, scope: ScopeId) -> Eval<Flow> {
        match statement {
            Statement::Empty
            | Statement::Function(_)
            | Statement::Import(..)
            | Statement::Export(..)
            | Statement::ExportAll(..) => {}
            Statement::Expr(expr) => {
                self.expr(expr, scope)?;
            }
            Statement::Declare(is_var, declared) => self.declarations(*is_var, declared, scope)?,
            Statement::Class(class) => {
                let value = self.class(class, scope)?;
                if let Some(name) = &class.name {
                    self.declare(scope, name.clone(), value);
                }
            }
            Statement::Enum(name, members) => self.enumeration(name, members, scope)?,
            Statement::ExportDeclaration(inner) | Statement::ExportDefaultDeclaration(inner) => {
                return self.statement(inner, scope);
            }
            Statement::ExportDefault(value) => {
                let value = self.named_expr(value, &Pattern::Name("default".into()), scope)?;
                self.declare(scope, "*default*".into(), value);
            }
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Undefined), |value| self.expr(value, scope))?;
                return Ok(Flow::Return(value));
            }
            Statement::Throw(value) => {
                let value = self.expr(value, scope)?;
                return Err(Abrupt::Throw(value));
            }
            Statement::If(condition, yes, no) => return self.branch(condition, yes, no.as_deref(), scope),
            Statement::For { init, test, update, body } => {
                let scope = self.new_scope(Some(scope));
                self.statement(init, scope)?;
                return self.in_loop(|this| this.repeat(test.as_ref(), update.as_ref(), body, scope, true));
            }
            Statement::While(test, body) => {
                return self.in_loop(|this| this.repeat(Some(test), None, body, scope, true));
            }
            Statement::DoWhile(body, test) => {
                return self.in_loop(|this| this.repeat(Some(test), None, body, scope, false));
            }
            Statement::ForEach { keys, declares, pattern, over, body } => {
                let over = self.expr(over, scope)?;
                let bind = if *declares == Some(false) { Bind::Declare } else { Bind::Assign };
                return self.in_loop(|this| this.for_each(*keys, bind, pattern, &over, body, scope));
            }
            Statement::Switch(value, cases) => return self.switch(value, cases, scope),
            Statement::Try { body, param, handler, finalizer } => {
                let mut result = match handler {
                    Some(_) => self.handling(|this| this.block(body, scope)),
                    None => self.block(body, scope),
                };
                if let (Err(Abrupt::Throw(thrown)), Some(handler)) = (&mut result, handler) {
                    let thrown = std::mem::replace(thrown, Value::Undefined);
                    let inner = self.new_scope(Some(scope));
                    if let Some(param) = param {
                        self.bind(param, thrown, inner, Bind::Declare)?;
                    }
                    result = self.block(handler, inner);
                }
                if let Some(finalizer) = finalizer
                    && !matches!(result, Err(Abrupt::Limit))
                    && let flow @ (Flow::Return(_) | Flow::Break(_) | Flow::Continue(_)) =
                        self.block(finalizer, scope)?
                {
                    return Ok(flow);
                }
                return result;
            }
            Statement::Block(statements) => return self.block(statements, scope),
            Statement::Labeled(label, body) => {
                return Ok(match self.statement(body, scope)? {
                    Flow::Break(Some(name)) | Flow::Continue(Some(name)) if name == *label => Flow::Next,
                    flow => flow,
                });
            }
            Statement::Break(label) => return Ok(Flow::Break(label.clone())),
            Statement::Continue(label) => return Ok(Flow::Continue(label.clone())),
        }
        Ok(Flow::Next)
    }

    fn declarations(&mut self, is_var: bool, declared: &[(Pattern, Option<Expr>)], scope: ScopeId) -> Eval<()> {
        let bind = if is_var { Bind::Assign } else { Bind::Declare };
        for (pattern, value) in declared {
            match value {
                Some(value) => {
                    let value = self.named_expr(value, pattern, scope)?;
                    self.bind(pattern, value, scope, bind)?;
                }
                None if is_var => {}
                None => self.bind(pattern, Value::Undefined, scope, bind)?,
            }
        }
        Ok(())
    }

    fn enumeration(&mut self, name: &Name, members: &[(Name, Option<Expr>)], scope: ScopeId) -> Eval<()> {
        let id = self.allocate(Kind::Plain);
        self.declare(scope, name.clone(), Value::Object(id));
        let inner = self.new_scope(Some(scope));
        let mut next = 0.0;
        for (member, value) in members {
            let value = value.as_ref().map_or(Ok(Value::Number(next)), |value| self.expr(value, inner))?;
            if let Value::Number(number) = value {
                next = number + 1.0;
                self.set_value(id, super::super::numbers::to_string(number), Value::String(member.clone()));
            }
            self.declare(inner, member.clone(), value.clone());
            self.set_value(id, member.clone(), value);
        }
        Ok(())
    }

    /// `if`. A branch that ends in an error or the end of the process is one that a working server does not take.
    fn branch(&mut self, condition: &Expr, yes: &Statement, no: Option<&Statement>, scope: ScopeId) -> Eval<Flow> {
        let condition = self.expr(condition, scope)?;
        match self.truth(&condition) {
            Truth::Known(true) => self.taken(yes, scope),
            Truth::Known(false) => no.map_or(Ok(Flow::Next), |no| self.taken(no, scope)),
            Truth::Assumed(holds) => {
                let (taken, other) = if holds { (Some(yes), no) } else { (no, Some(yes)) };
                let Some(taken) = taken else { return Ok(Flow::Next) };
                match self.handling(|this| this.statement(taken, scope)) {
                    // An answer, and not the end of what cannot go on.
                    Ok(Flow::Return(Value::Undefined)) if returns_value(taken) => Ok(Flow::Return(Value::Undefined)),
                    // Without the setting the server does not start.
                    Err(Abrupt::Throw(_) | Abrupt::Exit) | Ok(Flow::Return(Value::Undefined)) => match other {
                        Some(other) => self.taken(other, scope),
                        None => Ok(Flow::Next),
                    },
                    flow => flow,
                }
            }
            Truth::Unknown => {
                let yes = self.uncertainly(|this| this.taken(yes, scope))?;
                let no = match no {
                    Some(no) => self.uncertainly(|this| this.taken(no, scope))?,
                    None => Flow::Next,
                };
                Ok(self.one_of(yes, no))
            }
        }
    }

    /// Runs a branch; an error at its end does not end the evaluation.
    fn taken(&mut self, branch: &Statement, scope: ScopeId) -> Eval<Flow> {
        match self.statement(branch, scope) {
            Err(Abrupt::Throw(_) | Abrupt::Exit) => Ok(Flow::Next),
            flow => flow,
        }
    }

    /// How two branches end, of which one is taken.
    fn one_of(&mut self, yes: Flow, no: Flow) -> Flow {
        match (yes, no) {
            (Flow::Return(yes), Flow::Return(no)) => {
                self.may_return(yes);
                Flow::Return(no)
            }
            (Flow::Return(value), _) | (_, Flow::Return(value)) => {
                self.may_return(value);
                Flow::Next
            }
            (Flow::Break(one), Flow::Break(other)) if one == other => Flow::Break(one),
            (Flow::Continue(one), Flow::Continue(other)) if one == other => Flow::Continue(one),
            (Flow::Next | Flow::Break(_) | Flow::Continue(_), _) => Flow::Next,
        }
    }

    fn may_return(&mut self, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.returns.push(value);
        }
    }

    fn repeat(
        &mut self,
        test: Option<&Expr>,
        update: Option<&Expr>,
        body: &Statement,
        scope: ScopeId,
        test_first: bool,
    ) -> Eval<Flow> {
        let mut idle = 0;
        for round in 0..MAX_ROUNDS {
            // A loop that writes nothing for certain ends by what is not known.
            if idle >= MAX_IDLE_ROUNDS {
                return Ok(Flow::Next);
            }
            let outer = std::mem::replace(&mut self.written_under, usize::MAX);
            let mut unknown = false;
            if let Some(test) = test.filter(|_| test_first || round > 0) {
                let value = self.expr(test, scope)?;
                match self.truth(&value) {
                    Truth::Known(true) | Truth::Assumed(true) => {}
                    Truth::Known(false) | Truth::Assumed(false) => return Ok(Flow::Next),
                    Truth::Unknown => unknown = true,
                }
            }
            // A loop of unknown length runs once.
            let flow = if unknown {
                let flow = self.uncertainly(|this| this.taken(body, scope))?;
                return Ok(self.one_of(flow, Flow::Next));
            } else {
                self.statement(body, scope)?
            };
            match flow {
                Flow::Next | Flow::Continue(None) => {}
                Flow::Break(None) => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
            if let Some(update) = update {
                self.expr(update, scope)?;
            }
            idle = if self.written_under > self.uncertain { idle + 1 } else { 0 };
            self.written_under = self.written_under.min(outer);
        }
        self.limit_reached = true;
        Ok(Flow::Next)
    }

    fn for_each(
        &mut self,
        keys: bool,
        bind: Bind,
        pattern: &Pattern,
        over: &Value,
        body: &Statement,
        scope: ScopeId,
    ) -> Eval<Flow> {
        let items = if keys {
            self.own_names(over).map(|(names, open)| (names.into_iter().map(Value::String).collect(), open))
        } else {
            self.iterated(over)?
        };
        let (items, open) = match items {
            Some(items) => items,
            None if over.is_nullish() => (Vec::new(), false),
            None => (Vec::new(), true),
        };
        let doubtful = usize::from(self.is_doubtful(over));
        for item in items.into_iter().take(MAX_ROUNDS) {
            let inner = self.new_scope(Some(scope));
            self.bind(pattern, item, inner, bind)?;
            self.conditional += doubtful;
            let flow = self.statement(body, inner);
            self.conditional -= doubtful;
            match flow {
                Ok(Flow::Next | Flow::Continue(None)) => {}
                Ok(Flow::Break(None)) => return Ok(Flow::Next),
                other => return other,
            }
        }
        if open {
            let flow = self.uncertainly(|this| {
                let inner = this.new_scope(Some(scope));
                this.bind(pattern, Value::RUNTIME, inner, bind)?;
                this.taken(body, inner)
            })?;
            return Ok(self.one_of(flow, Flow::Next));
        }
        Ok(Flow::Next)
    }

    fn switch(&mut self, value: &Expr, cases: &[(Option<Expr>, Vec<Statement>)], scope: ScopeId) -> Eval<Flow> {
        let value = self.expr(value, scope)?;
        let scope = self.new_scope(Some(scope));
        let mut start = None;
        for (at, (test, _)) in cases.iter().enumerate() {
            let Some(test) = test else { continue };
            let test = self.expr(test, scope)?;
            match self.equal(&value, &test, true) {
                Truth::Known(true) | Truth::Assumed(true) => {
                    start = Some(at);
                    break;
                }
                Truth::Known(false) | Truth::Assumed(false) => {}
                Truth::Unknown => {
                    // Any case may be the one.
                    let mut returned = false;
                    for (_, statements) in cases {
                        let flow = self.uncertainly(|this| match this.statements(statements, scope) {
                            Err(Abrupt::Throw(_) | Abrupt::Exit) => Ok(Flow::Next),
                            flow => flow,
                        })?;
                        if let Flow::Return(value) = flow {
                            self.may_return(value);
                            returned = true;
                        }
                    }
                    let all_return = returned && cases.iter().any(|(test, _)| test.is_none());
                    return Ok(if all_return { Flow::Return(Value::Undefined) } else { Flow::Next });
                }
            }
        }
        let start = start.or_else(|| cases.iter().position(|(test, _)| test.is_none()));
        for (_, statements) in start.map(|start| &cases[start..]).unwrap_or_default() {
            match self.statements(statements, scope)? {
                Flow::Next => {}
                Flow::Break(None) => break,
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    /// The code of a function, parsed at its first call.
    pub(in super::super) fn code_of(&mut self, function: &Rc<super::super::syntax::Function>) -> Rc<Code> {
        if function.body.code.get().is_none() {
            self.copying(function.body.end.saturating_sub(function.body.start));
        }
        let file = function.place.file;
        match self.files.get(file as usize) {
            Some(source) => Rc::clone(self.parser.body(&function.body, file, &source.path, source.text)),
            None => function.body.code.get().cloned().unwrap_or_default(),
        }
    }
}

/// True for a branch that ends with `return` and a value, be it `undefined`.
fn returns_value(branch: &Statement) -> bool {
    match branch {
        Statement::Return(value) => value.is_some(),
        Statement::Block(statements) => statements.last().is_some_and(returns_value),
        _ => false,
    }
}
