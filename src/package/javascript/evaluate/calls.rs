//! Calls of functions.

use std::rc::Rc;

use super::super::interpreter::{Abrupt, Eval, Flow, Frame, Interpreter};
use super::super::syntax::{Expr, Function, Item, Position};
use super::super::value::{Closure, Kind, ObjectId, ScopeId, Slot, Unknown, Value};
use super::patterns::Bind;

/// The most calls of one function inside each other, and of all functions.
const MAX_RECURSION: usize = 24;
const MAX_CALLS: usize = 160;

impl Interpreter<'_> {
    pub(in super::super) fn function_value(&mut self, function: &Rc<Function>, scope: ScopeId) -> Value {
        self.method_value(function, scope, None)
    }

    /// A function, with the object whose method it is.
    pub(in super::super) fn method_value(
        &mut self,
        function: &Rc<Function>,
        scope: ScopeId,
        home: Option<ObjectId>,
    ) -> Value {
        let frame = self.frames.last();
        let (this, outer_home) = match frame.filter(|_| function.is_arrow) {
            Some(frame) => (Some(frame.this.clone()), frame.home),
            None => (None, None),
        };
        let home = if function.is_arrow { outer_home } else { home };
        let id = self.allocate(Kind::Function(Closure { function: Rc::clone(function), scope, home }));
        if let Some(this) = this {
            self.object_mut(id).properties.set("@@this".into(), Slot::Value(this));
        }
        Value::Object(id)
    }

    /// The arguments of a call. What a spread of something unknown adds is not known.
    pub(super) fn arguments(&mut self, args: &[Item], scope: ScopeId) -> Eval<Vec<Value>> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            match arg {
                Item::One(expr) => values.push(self.expr(expr, scope)?),
                Item::Hole => values.push(Value::Undefined),
                Item::Spread(expr) => {
                    let value = self.expr(expr, scope)?;
                    match self.iterated(&value)? {
                        Some((items, _)) => {
                            self.extend(&mut values, items);
                        }
                        None => values.push(Value::RUNTIME),
                    }
                }
            }
        }
        Ok(values)
    }

    pub(super) fn call_expr(
        &mut self,
        callee: &Expr,
        args: &[Item],
        optional: bool,
        place: Position,
        scope: ScopeId,
    ) -> Eval {
        match callee {
            Expr::Super => {
                let args = self.arguments(args, scope)?;
                self.super_call(args)
            }
            Expr::Member { object, name, optional: member_optional } => {
                if matches!(**object, Expr::Super) {
                    let method = self.super_member(name)?;
                    let args = self.arguments(args, scope)?;
                    let this = self.frames.last().map_or(Value::Undefined, |frame| frame.this.clone());
                    return self.call(&method, this, args);
                }
                let object = self.expr(object, scope)?;
                if self.chain_ends(&object, *member_optional) {
                    return Ok(Value::Undefined);
                }
                let args = self.chain_arguments(args, scope)?;
                if let Some(result) = self.compiled_helper(name, &args)? {
                    return Ok(result);
                }
                self.call_method(&object, name, args, optional, place)
            }
            Expr::Index { object, index, optional: member_optional } => {
                let object = self.expr(object, scope)?;
                if self.chain_ends(&object, *member_optional) {
                    return Ok(Value::Undefined);
                }
                let index = self.expr(index, scope)?;
                let args = self.chain_arguments(args, scope)?;
                match self.property_name(&index)? {
                    Some(name) => self.call_method(&object, &name, args, optional, place),
                    None => {
                        self.call_callbacks(&args)?;
                        Ok(Value::RUNTIME)
                    }
                }
            }
            callee => {
                let function = self.expr(callee, scope)?;
                if self.chain_ends(&function, optional) {
                    return Ok(Value::Undefined);
                }
                let args = self.chain_arguments(args, scope)?;
                if let Expr::Identifier(name) = callee
                    && let Some(result) = self.compiled_helper(name, &args)?
                {
                    return Ok(result);
                }
                self.call(&function, Value::Undefined, args)
            }
        }
    }

    /// A call of a helper that compilers make, of decorators or of an async function, or of the converter of a zod that is
    /// bundled into the package, whose own code takes many steps.
    fn compiled_helper(&mut self, helper: &str, args: &[Value]) -> Eval<Option<Value>> {
        match helper.trim_end_matches(|c: char| c.is_ascii_digit() || c == '$') {
            "__awaiter" | "__async" => self.compiled_async(args),
            "__decorate" | "__decorateClass" | "_ts_decorate" => self.compiled_decorators(args),
            "toJSONSchema" => match args.first().and_then(|first| self.schema(first)) {
                Some(schema) => self.schema_as_value(&schema).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// `__decorate(decorators, target, [key])`: each decorator is called, the last one first.
    fn compiled_decorators(&mut self, args: &[Value]) -> Eval<Option<Value>> {
        let (Some(decorators), Some(target)) = (args.first(), args.get(1)) else { return Ok(None) };
        let Some((decorators, _)) = self.items(decorators) else { return Ok(None) };
        let key = args.get(2).filter(|key| !key.is_nullish());
        let mut decorated = target.clone();
        for decorator in decorators.into_iter().rev() {
            let mut given = vec![decorated.clone()];
            if let Some(key) = key {
                let descriptor = self.allocate(Kind::Plain);
                if let Some(name) = key.as_str().map(str::to_owned) {
                    let method = self.get(target, &name)?;
                    self.set_value(descriptor, "value", method);
                }
                given.extend([key.clone(), Value::Object(descriptor)]);
            }
            let result = self.call(&decorator, Value::Undefined, given)?;
            if key.is_none() && matches!(self.kind(&result), Some(Kind::Class(_) | Kind::Function(_))) {
                decorated = result;
            }
        }
        Ok(Some(decorated))
    }

    /// An async function: the last argument is a generator.
    fn compiled_async(&mut self, args: &[Value]) -> Eval<Option<Value>> {
        let (Some(this), Some(closure)) = (args.first(), args.last().and_then(|generator| self.closure(generator)))
        else {
            return Ok(None);
        };
        self.run_as(&closure, this.clone(), Vec::new(), true).map(Some)
    }

    /// Arguments are outside of the chain that their call is a part of.
    fn chain_arguments(&mut self, args: &[Item], scope: ScopeId) -> Eval<Vec<Value>> {
        let outer = std::mem::replace(&mut self.skips_chain, false);
        let args = self.arguments(args, scope);
        self.skips_chain = outer;
        args
    }

    pub(in super::super) fn call_method(
        &mut self,
        object: &Value,
        name: &str,
        args: Vec<Value>,
        optional: bool,
        place: Position,
    ) -> Eval {
        if let Some(result) = self.registration(object, name, &args, place)? {
            return Ok(result);
        }
        self.note_action(name, &args);
        if let Some(result) = self.event_method(object, name, &args)? {
            return Ok(result);
        }
        if let Some(result) = self.builtin_method(object, name, &args)? {
            return Ok(result);
        }
        let method = self.get(object, name)?;
        if self.chain_ends(&method, optional) {
            return Ok(Value::Undefined);
        }
        if !self.is_callable(&method)
            && matches!(name, "call" | "apply" | "bind")
            && (self.is_callable(object) || matches!(object, Value::External(_)))
        {
            return self.function_method(object, name, args);
        }
        self.call(&method, object.clone(), args)
    }

    fn function_method(&mut self, function: &Value, name: &str, args: Vec<Value>) -> Eval {
        let mut args = args.into_iter();
        let this = args.next().unwrap_or(Value::Undefined);
        match name {
            "bind" => {
                let args = args.collect();
                Ok(self.new_object(Kind::Bound { function: function.clone(), this, args }))
            }
            "apply" => {
                let list = args.next().unwrap_or(Value::Undefined);
                let args = self.iterated(&list)?.map(|(items, _)| items).unwrap_or_default();
                self.call(function, this, args)
            }
            _ => {
                let args = args.collect();
                self.call(function, this, args)
            }
        }
    }

    pub(in super::super) fn call(&mut self, function: &Value, this: Value, args: Vec<Value>) -> Eval {
        self.step()?;
        match function {
            Value::Object(id) => {
                let id = *id;
                match &self.object(id).kind {
                    Kind::Function(closure) => {
                        let closure = closure.clone();
                        let own = match self.object(id).properties.get("@@this") {
                            Some(Slot::Value(this)) => Some(this.clone()),
                            Some(Slot::Getter(_)) | None => None,
                        };
                        self.run(&closure, own.unwrap_or(this), args)
                    }
                    Kind::Bound { function, this, args: first } => {
                        let (function, this, mut all) = (function.clone(), this.clone(), first.clone());
                        all.extend(args);
                        self.deeper(|me| me.call(&function, this, all)).unwrap_or(Ok(Value::RUNTIME))
                    }
                    Kind::Resolve => {
                        self.set_value(id, "value", args.into_iter().next().unwrap_or(Value::Undefined));
                        Ok(Value::Undefined)
                    }
                    Kind::Plain
                    | Kind::Array(_)
                    | Kind::Class(_)
                    | Kind::Map(_)
                    | Kind::Set(_)
                    | Kind::Schema(_)
                    | Kind::Namespace(_)
                    | Kind::Regex(..)
                    | Kind::Tool(_) => {
                        self.call_callbacks(&args)?;
                        Ok(Value::RUNTIME)
                    }
                }
            }
            Value::External(external) => {
                let external = Rc::clone(external);
                match self.taken_registration(&external, &args)? {
                    Some(result) => Ok(result),
                    None => self.call_external(&external, this, args),
                }
            }
            Value::Unknown(Unknown::Setting | Unknown::Assumed(_)) => {
                self.call_callbacks(&args)?;
                Ok(Value::Unknown(Unknown::Setting))
            }
            _ => {
                self.call_callbacks(&args)?;
                Ok(Value::RUNTIME)
            }
        }
    }

    /// What a dependency gets as a callback it may call: with arguments that are not known.
    pub(in super::super) fn call_callbacks(&mut self, args: &[Value]) -> Eval<()> {
        self.call_callbacks_with(args, &Value::RUNTIME)
    }

    /// The same, with `given` for each argument.
    pub(in super::super) fn call_callbacks_with(&mut self, args: &[Value], given: &Value) -> Eval<()> {
        for arg in args {
            if matches!(self.kind(arg), Some(Kind::Function(_) | Kind::Bound { .. })) {
                let result = self.uncertainly(|this| {
                    // Most callbacks are called: a registration in one depends on no condition.
                    this.conditional -= 1;
                    let result = this.call(arg, Value::RUNTIME, vec![given.clone(); 4]);
                    this.conditional += 1;
                    result
                });
                if let Err(Abrupt::Limit) = result {
                    return Err(Abrupt::Limit);
                }
            }
        }
        Ok(())
    }

    /// Runs a function of the package.
    pub(in super::super) fn run(&mut self, closure: &Closure, this: Value, args: Vec<Value>) -> Eval {
        self.run_as(closure, this, args, false)
    }

    /// Runs a function; with `awaits` a generator that a compiler made of an async function.
    fn run_as(&mut self, closure: &Closure, this: Value, args: Vec<Value>, awaits: bool) -> Eval {
        let function = Rc::clone(&closure.function);
        let active = self.frames.iter().filter(|frame| frame.function == function.place).count();
        // Under a condition that is not known a function that calls itself would never end.
        let most = if self.uncertain > 0 { 2 } else { MAX_RECURSION };
        if active >= most || self.frames.len() >= MAX_CALLS {
            return Ok(Value::RUNTIME);
        }
        self.called.insert((function.place.file, function.place.byte));
        let code = self.code_of(&function);
        let loads_module = self.is_module_call(&args);
        let scope = self.new_scope(Some(closure.scope));
        let (returns, yields) = (Vec::new(), Vec::new());
        self.frames.push(Frame { this, home: closure.home, function: function.place, returns, yields, awaits });
        let result = self.deeper(|this| this.run_body(&function, &code, scope, args));
        let frame = self.frames.pop();
        let flow = match result.unwrap_or(Ok(Flow::Return(Value::RUNTIME))) {
            // A program that works loads its modules without an error, so the error comes of what is not known here.
            Err(Abrupt::Throw(_)) if loads_module && self.handled == 0 => Flow::Next,
            flow => flow?,
        };
        let mut value = match flow {
            Flow::Return(value) => value,
            Flow::Next | Flow::Break(_) | Flow::Continue(_) => Value::Undefined,
        };
        let Some(frame) = frame else { return Ok(value) };
        if function.is_generator && !awaits {
            return Ok(self.array(frame.yields));
        }
        for other in frame.returns {
            value = self.richer(other, value);
        }
        Ok(value)
    }

    /// Whether a function with `args` is a module that a bundle made a function of: it gets `module`, `exports`, or both.
    fn is_module_call(&self, args: &[Value]) -> bool {
        args.iter().take(2).filter_map(Value::as_object).any(|id| {
            let object = self.object(id);
            matches!(object.kind, Kind::Plain) && object.properties.get("exports").is_some()
        })
    }

    fn run_body(
        &mut self,
        function: &Rc<Function>,
        code: &Rc<super::super::syntax::Code>,
        scope: ScopeId,
        args: Vec<Value>,
    ) -> Eval<Flow> {
        if !function.is_arrow && code.names_arguments {
            let arguments = self.array(args.clone());
            self.declare(scope, "arguments".into(), arguments);
        }
        let mut args = args.into_iter();
        for param in &function.params {
            if let super::super::syntax::Pattern::Rest(inner) = &param.pattern {
                let rest = self.array(args.by_ref().collect());
                self.bind(inner, rest, scope, Bind::Declare)?;
                continue;
            }
            let value = args.next().unwrap_or(Value::Undefined);
            self.bind(&param.pattern, value, scope, Bind::Declare)?;
            if param.is_property {
                self.set_param_property(&param.pattern, scope)?;
            }
        }
        self.code(code, scope)
    }

    fn set_param_property(&mut self, pattern: &super::super::syntax::Pattern, scope: ScopeId) -> Eval<()> {
        use super::super::syntax::Pattern;
        let name = match pattern {
            Pattern::Name(name) => name,
            Pattern::Default(inner, _) => match &**inner {
                Pattern::Name(name) => name,
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let value = self.lookup(name, scope)?;
        let this = self.frames.last().map_or(Value::Undefined, |frame| frame.this.clone());
        self.set(&this, name.clone(), value)
    }
}
