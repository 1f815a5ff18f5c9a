//! Declarations and assignments, also of parts.

use super::super::interpreter::{Eval, Interpreter};
use super::super::syntax::{Expr, Key, Name, Pattern};
use super::super::value::{Kind, ScopeId, Value};

/// What happens to the names of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bind {
    Declare,
    Assign,
}

impl Interpreter<'_> {
    pub(super) fn bind(&mut self, pattern: &Pattern, value: Value, scope: ScopeId, bind: Bind) -> Eval<()> {
        self.step()?;
        match pattern {
            Pattern::Name(name) => match bind {
                Bind::Declare => self.declare(scope, name.clone(), value),
                Bind::Assign => self.assign(scope, name, value),
            },
            Pattern::Target(target) => self.assign_to(target, value, scope)?,
            Pattern::Default(inner, default) => {
                let value = match value {
                    Value::Undefined => self.named_expr(default, inner, scope)?,
                    value if self.is_setting(&value) => self.named_expr(default, inner, scope)?,
                    value => value,
                };
                self.bind(inner, value, scope, bind)?;
            }
            Pattern::Rest(inner) => self.bind(inner, value, scope, bind)?,
            Pattern::Array(patterns) => {
                let items = self.iterated(&value)?;
                for (at, pattern) in patterns.iter().enumerate() {
                    let item = match (&items, pattern) {
                        (_, None) => continue,
                        (Some((items, open)), Some(Pattern::Rest(_))) => {
                            let rest = items.iter().skip(at).cloned().collect();
                            let id = self.allocate(Kind::Array(rest));
                            self.object_mut(id).open = *open;
                            Value::Object(id)
                        }
                        (Some((items, open)), Some(_)) => {
                            let otherwise = if *open { Value::RUNTIME } else { Value::Undefined };
                            items.get(at).cloned().unwrap_or(otherwise)
                        }
                        // A part of something unknown is looked up, so that what is known of it stays.
                        (None, Some(_)) => self.get(&value, &at.to_string())?,
                    };
                    if let Some(pattern) = pattern {
                        self.bind(pattern, item, scope, bind)?;
                    }
                }
            }
            Pattern::Object(properties, rest) => {
                let mut taken: Vec<Name> = Vec::new();
                for (key, pattern) in properties {
                    let part = match self.key(key, scope)? {
                        Some(name) => {
                            let part = self.get(&value, &name)?;
                            taken.push(name);
                            part
                        }
                        None => Value::RUNTIME,
                    };
                    self.bind(pattern, part, scope, bind)?;
                }
                if let Some(rest) = rest {
                    let copy = self.allocate(Kind::Plain);
                    self.copy_properties(&value, copy)?;
                    for name in &taken {
                        self.object_mut(copy).properties.remove(name);
                    }
                    self.bind(rest, Value::Object(copy), scope, bind)?;
                }
            }
        }
        Ok(())
    }

    /// A value that takes the name of what it is assigned to, if it is a function or a class without one.
    pub(super) fn named_expr(&mut self, expr: &Expr, pattern: &Pattern, scope: ScopeId) -> Eval {
        let value = self.expr(expr, scope)?;
        if let (Pattern::Name(name), Expr::Function(_) | Expr::Class(_), Value::Object(id)) = (pattern, expr, &value)
            && self.object(*id).properties.get("name").is_none()
        {
            self.set_value(*id, "name", Value::String(name.clone()));
        }
        Ok(value)
    }

    /// The name of a key. `None` if it is not known.
    pub(super) fn key(&mut self, key: &Key, scope: ScopeId) -> Eval<Option<Name>> {
        match key {
            Key::Name(name) => Ok(Some(name.clone())),
            Key::Computed(expr) => {
                let value = self.expr(expr, scope)?;
                self.property_name(&value)
            }
        }
    }

    pub(in super::super) fn property_name(&mut self, value: &Value) -> Eval<Option<Name>> {
        match value {
            Value::String(name) => Ok(Some(name.clone())),
            // Symbols: one name for each that is well known.
            Value::External(external)
                if external.module.is_empty() && external.path.first().is_some_and(|name| &**name == "Symbol") =>
            {
                Ok(Some(format!("@@{}", external.dotted()).into()))
            }
            value => Ok(self.text_of(value)?.map(Into::into)),
        }
    }

    pub(super) fn assign_to(&mut self, target: &Expr, value: Value, scope: ScopeId) -> Eval<()> {
        match target {
            Expr::Identifier(name) => self.assign(scope, name, value),
            Expr::Member { object, name, .. } => {
                let object = self.expr(object, scope)?;
                self.set(&object, name.clone(), value)?;
            }
            Expr::Index { object, index, .. } => {
                let object = self.expr(object, scope)?;
                let index = self.expr(index, scope)?;
                match self.property_name(&index)? {
                    Some(name) => self.set(&object, name, value)?,
                    None => {
                        if let Some(id) = object.as_object() {
                            self.object_mut(id).open = true;
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
