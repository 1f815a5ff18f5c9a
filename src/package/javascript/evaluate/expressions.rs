//! Expressions.

use std::rc::Rc;

use super::super::interpreter::{Binding, Eval, Interpreter, MAX_TEXT, either};
use super::super::syntax::{Expr, Function, Item, Key, Logical, Name, Property};
use super::super::value::{External, Kind, ScopeId, Slot, Unknown, Value};
use super::Truth;
use super::patterns::Bind;

impl Interpreter<'_> {
    pub(in super::super) fn expr(&mut self, expr: &Expr, scope: ScopeId) -> Eval {
        self.step()?;
        self.deeper(|this| this.expr_here(expr, scope)).unwrap_or_else(|| {
            self.limit_reached = true;
            Ok(Value::RUNTIME)
        })
    }

    fn expr_here(&mut self, expr: &Expr, scope: ScopeId) -> Eval {
        Ok(match expr {
            Expr::Undefined => Value::Undefined,
            Expr::Null => Value::Null,
            Expr::Bool(holds) => Value::Bool(*holds),
            Expr::Number(number) => Value::Number(*number),
            Expr::String(text) => Value::String(text.clone()),
            Expr::Regex(pattern, flags) => self.new_object(Kind::Regex(pattern.clone(), flags.clone())),
            Expr::Template(texts, parts) => self.template(texts, parts, scope)?,
            Expr::TaggedTemplate(tag, texts, parts) => self.tagged_template(tag, texts, parts, scope)?,
            Expr::Identifier(name) => self.lookup(name, scope)?,
            Expr::This => self.this(),
            Expr::Super | Expr::Unsupported => Value::RUNTIME,
            Expr::ImportMeta => Value::external("", &["import.meta", self.module_of(scope)]),
            Expr::Array(items) => self.array_literal(items, scope)?,
            Expr::Object(properties) => self.object_literal(properties, scope)?,
            Expr::Function(function) => self.function_expr(function, scope),
            Expr::Class(class) => self.class(class, scope)?,
            Expr::Unary(operator, value) => {
                let value = self.expr(value, scope)?;
                self.unary(*operator, &value)
            }
            Expr::Delete(target) => self.delete(target, scope)?,
            Expr::Update { by, prefix, target } => {
                let before = self.expr(target, scope)?;
                let after = self.number(&before).map_or(Value::RUNTIME, |number| Value::Number(number + by));
                self.assign_to(target, after.clone(), scope)?;
                if *prefix { after } else { before }
            }
            Expr::Binary(operator, left, right) => {
                let left = self.expr(left, scope)?;
                let right = self.expr(right, scope)?;
                self.binary(*operator, &left, &right)?
            }
            Expr::Logical(operator, left, right) => {
                let left = self.expr(left, scope)?;
                self.logical(*operator, left, |this| this.expr(right, scope))?
            }
            Expr::Assign(pattern, value) => {
                let value = self.named_expr(value, pattern, scope)?;
                self.bind(pattern, value.clone(), scope, Bind::Assign)?;
                value
            }
            Expr::AssignBinary(operator, target, value) => {
                let before = self.expr(target, scope)?;
                let value = self.expr(value, scope)?;
                let after = self.binary(*operator, &before, &value)?;
                self.assign_to(target, after.clone(), scope)?;
                after
            }
            Expr::AssignLogical(operator, target, value) => {
                let before = self.expr(target, scope)?;
                let after = self.logical(*operator, before, |this| this.expr(value, scope))?;
                self.assign_to(target, after.clone(), scope)?;
                after
            }
            Expr::Conditional(condition, yes, no) => self.conditional(condition, yes, no, scope)?,
            Expr::Member { object, name, optional } => {
                if matches!(**object, Expr::Super) {
                    return self.super_member(name);
                }
                let object = self.expr(object, scope)?;
                if self.chain_ends(&object, *optional) { Value::Undefined } else { self.get(&object, name)? }
            }
            Expr::Index { object, index, optional } => {
                let object = self.expr(object, scope)?;
                if self.chain_ends(&object, *optional) {
                    return Ok(Value::Undefined);
                }
                let index = self.expr(index, scope)?;
                match self.property_name(&index)? {
                    Some(name) => self.get(&object, &name)?,
                    None => Value::RUNTIME,
                }
            }
            Expr::Call { callee, args, optional, place } => self.call_expr(callee, args, *optional, *place, scope)?,
            Expr::New { callee, args, place } => {
                let callee = self.expr(callee, scope)?;
                let args = self.arguments(args, scope)?;
                self.construct(&callee, args, *place)?
            }
            Expr::Chain(inner) => {
                let outer = std::mem::replace(&mut self.skips_chain, false);
                let value = self.expr(inner, scope);
                self.skips_chain = outer;
                value?
            }
            Expr::Import(specifier) => {
                let specifier = self.expr(specifier, scope)?;
                match specifier.as_str() {
                    Some(specifier) => {
                        let from = self.module_of(scope);
                        {
                            let from = from.to_owned();
                            self.import(&from, specifier, None)?
                        }
                    }
                    None => Value::RUNTIME,
                }
            }
            Expr::Sequence(parts) => {
                let mut last = Value::Undefined;
                for part in parts {
                    last = self.expr(part, scope)?;
                }
                last
            }
            Expr::Await(value) => self.expr(value, scope)?,
            Expr::YieldAll(value) => {
                let value = self.expr(value, scope)?;
                let (items, _) = self.iterated(&value)?.unwrap_or((vec![Value::RUNTIME], true));
                if let Some(mut yields) = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.yields)) {
                    self.extend(&mut yields, items);
                    if let Some(frame) = self.frames.last_mut() {
                        frame.yields = yields;
                    }
                }
                Value::Undefined
            }
            Expr::Yield(value) => {
                let value = value.as_ref().map_or(Ok(Value::Undefined), |value| self.expr(value, scope))?;
                match self.frames.last_mut() {
                    Some(frame) if frame.awaits => value,
                    Some(frame) => {
                        frame.yields.push(value);
                        Value::Undefined
                    }
                    None => Value::Undefined,
                }
            }
        })
    }

    /// A function expression; one with a name knows itself by it.
    fn function_expr(&mut self, function: &Rc<Function>, scope: ScopeId) -> Value {
        let Some(name) = function.name.as_ref().filter(|_| !function.is_arrow) else {
            return self.function_value(function, scope);
        };
        let inner = self.new_scope(Some(scope));
        let value = self.function_value(function, inner);
        self.declare(inner, name.clone(), value.clone());
        value
    }

    /// Whether the rest of a chain is skipped, because `?.` found nothing here or before.
    pub(super) fn chain_ends(&mut self, object: &Value, optional: bool) -> bool {
        self.skips_chain |= optional && object.is_nullish();
        self.skips_chain
    }

    fn template(&mut self, texts: &[Rc<str>], parts: &[Expr], scope: ScopeId) -> Eval {
        let mut text = texts.first().map(|first| first.to_string()).unwrap_or_default();
        let mut known = true;
        for (part, after) in parts.iter().zip(texts.iter().skip(1)) {
            let value = self.expr(part, scope)?;
            match self.text_of(&value)? {
                Some(part) => text.push_str(&part),
                None => known = false,
            }
            text.push_str(after);
            if text.len() > MAX_TEXT {
                self.limit_reached = true;
                return Ok(Value::RUNTIME);
            }
        }
        Ok(if known { self.text(text) } else { Value::RUNTIME })
    }

    /// `dedent` and `String.raw` give a text; another tag is a function that is called.
    fn tagged_template(&mut self, tag: &Expr, texts: &[Rc<str>], parts: &[Expr], scope: ScopeId) -> Eval {
        let tag = self.expr(tag, scope)?;
        if let Value::External(external) = &tag {
            let text = self.template(texts, parts, scope)?;
            return Ok(match (&*external.module, text.as_str()) {
                ("", Some(_)) => text,
                (module, Some(plain)) if module.contains("dedent") || module.contains("outdent") => {
                    let plain = super::super::builtins::dedented(plain);
                    self.text(plain)
                }
                _ => Value::RUNTIME,
            });
        }
        let strings: Vec<Value> = texts.iter().map(|text| Value::String(text.clone())).collect();
        let raw = self.array(strings.clone());
        let strings = self.array(strings);
        if let Some(id) = strings.as_object() {
            self.set_value(id, "raw", raw);
        }
        let mut args = vec![strings];
        for part in parts {
            args.push(self.expr(part, scope)?);
        }
        self.call(&tag, Value::Undefined, args)
    }

    pub(in super::super) fn lookup(&mut self, name: &Name, scope: ScopeId) -> Eval {
        let Some(owner) = self.find(scope, name) else {
            return Ok(match &**name {
                "undefined" => Value::Undefined,
                "NaN" => Value::Number(f64::NAN),
                "Infinity" => Value::Number(f64::INFINITY),
                "arguments" => Value::RUNTIME,
                name => Value::external("", &[name]),
            });
        };
        match self.scopes[owner.0 as usize].names.get(name) {
            Some(Binding::Value(value)) => Ok(value.clone()),
            Some(Binding::Import(module, Some(exported))) => {
                let (module, exported) = (*module, exported.clone());
                self.exported(module, &exported)
            }
            Some(Binding::Import(module, None)) => {
                let module = *module;
                Ok(self.namespace(module))
            }
            None => Ok(Value::Undefined),
        }
    }

    fn array_literal(&mut self, items: &[Item], scope: ScopeId) -> Eval {
        let mut values = Vec::with_capacity(items.len());
        let mut open = false;
        for item in items {
            match item {
                Item::One(expr) => values.push(self.expr(expr, scope)?),
                Item::Hole => values.push(Value::Undefined),
                Item::Spread(expr) => {
                    let value = self.expr(expr, scope)?;
                    match self.iterated(&value)? {
                        Some((more, more_open)) => open |= !self.extend(&mut values, more) || more_open,
                        None => open |= !value.is_nullish(),
                    }
                }
            }
        }
        let id = self.allocate(Kind::Array(values));
        self.object_mut(id).open = open;
        Ok(Value::Object(id))
    }

    fn object_literal(&mut self, properties: &[Property], scope: ScopeId) -> Eval {
        let id = self.allocate(Kind::Plain);
        for property in properties {
            match property {
                Property::Value(key, expr) => {
                    let name = self.key(key, scope)?;
                    let value = match expr {
                        Expr::Function(function) => self.method_value(function, scope, Some(id)),
                        expr => self.expr(expr, scope)?,
                    };
                    match name {
                        Some(name) if &*name == "__proto__" && matches!(key, Key::Name(_)) => {
                            self.object_mut(id).prototype = value.as_object().map(Value::Object);
                        }
                        Some(name) => self.set_value(id, name, value),
                        None => self.object_mut(id).open = true,
                    }
                }
                Property::Getter(key, function) => {
                    let getter = self.method_value(function, scope, Some(id));
                    match self.key(key, scope)? {
                        Some(name) => self.object_mut(id).properties.set(name, Slot::Getter(getter)),
                        None => self.object_mut(id).open = true,
                    }
                }
                Property::Setter => {}
                Property::Spread(expr) => {
                    let value = self.expr(expr, scope)?;
                    self.copy_properties(&value, id)?;
                }
            }
        }
        Ok(Value::Object(id))
    }

    fn delete(&mut self, target: &Expr, scope: ScopeId) -> Eval {
        let (object, name) = match target {
            Expr::Member { object, name, .. } => (self.expr(object, scope)?, Some(name.clone())),
            Expr::Index { object, index, .. } => {
                let object = self.expr(object, scope)?;
                let index = self.expr(index, scope)?;
                (object, self.property_name(&index)?)
            }
            _ => return Ok(Value::Bool(true)),
        };
        if let (Some(id), Some(name)) = (object.as_object(), name) {
            self.object_mut(id).properties.remove(&name);
        }
        Ok(Value::Bool(true))
    }

    fn logical(&mut self, operator: Logical, left: Value, right: impl FnOnce(&mut Self) -> Eval) -> Eval {
        let takes_right = match operator {
            Logical::Coalesce => match &left {
                Value::Undefined | Value::Null => Truth::Known(true),
                Value::Unknown(Unknown::Setting) => Truth::Assumed(true),
                Value::Unknown(Unknown::Runtime) => Truth::Unknown,
                Value::External(_) if self.truth(&left) == Truth::Unknown => Truth::Unknown,
                value if self.is_setting(value) && matches!(value, Value::External(_)) => Truth::Assumed(true),
                _ => Truth::Known(false),
            },
            Logical::Or => self.truth(&left).negated(),
            Logical::And => self.truth(&left),
        };
        match takes_right {
            Truth::Known(true) => right(self),
            Truth::Known(false) => Ok(left),
            Truth::Assumed(true) => {
                let value = right(self)?;
                Ok(match value {
                    Value::Bool(holds) => Value::Unknown(Unknown::Assumed(holds)),
                    value => value,
                })
            }
            // A setting that is unset gives what it would give then.
            Truth::Assumed(false) => Ok(left),
            Truth::Unknown => {
                let right = self.uncertainly(right)?;
                Ok(match operator {
                    // A call of a dependency with a default beside it: the default is a guess.
                    Logical::Or | Logical::Coalesce => either(left, right),
                    Logical::And if matches!(right, Value::Object(_)) => right,
                    Logical::And => Value::RUNTIME,
                })
            }
        }
    }

    fn conditional(&mut self, condition: &Expr, yes: &Expr, no: &Expr, scope: ScopeId) -> Eval {
        let condition = self.expr(condition, scope)?;
        match self.truth(&condition) {
            Truth::Known(true) => self.expr(yes, scope),
            Truth::Known(false) => self.expr(no, scope),
            Truth::Assumed(holds) => {
                let value = self.expr(if holds { yes } else { no }, scope)?;
                Ok(match value {
                    Value::Bool(holds) => Value::Unknown(Unknown::Assumed(holds)),
                    value => value,
                })
            }
            Truth::Unknown => {
                let yes = self.uncertainly(|this| this.expr(yes, scope))?;
                let no = self.uncertainly(|this| this.expr(no, scope))?;
                Ok(self.richer(yes, no))
            }
        }
    }

    /// Of two possible values the one that says more.
    pub(in super::super) fn richer(&self, one: Value, other: Value) -> Value {
        if let (Some((a, _)), Some((b, _))) = (self.items(&one), self.items(&other)) {
            return if a.len() > b.len() { one } else { other };
        }
        match (&one, &other) {
            (Value::Object(a), Value::Object(b)) => {
                if self.object(*a).properties.len() > self.object(*b).properties.len() { one } else { other }
            }
            (Value::Object(_), _) => one,
            _ => either(one, other),
        }
    }

    fn this(&self) -> Value {
        self.frames.last().map_or(Value::Undefined, |frame| frame.this.clone())
    }

    /// `a.b` where `a` is of a dependency or of the language.
    pub(super) fn external_member(&mut self, external: &Rc<External>, name: &str) -> Value {
        self.builtin_member(external, name)
    }
}
