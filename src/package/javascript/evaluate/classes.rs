//! Classes and their instances.

use std::rc::Rc;

use super::super::interpreter::{Abrupt, Eval, Frame, Interpreter};
use super::super::syntax::{Class, MemberKind, Name, Position};
use super::super::value::{ClassValue, Closure, External, Kind, ObjectId, ScopeId, Slot, Value};

/// The longest chain of classes.
const MAX_PARENTS: usize = 32;
/// The methods of a compiler of JSON Schema.
const COMPILES_SCHEMAS: [&str; 3] = ["addMetaSchema", "addKeyword", "compile"];

impl Interpreter<'_> {
    pub(super) fn class(&mut self, class: &Rc<Class>, scope: ScopeId) -> Eval {
        let parent = class.parent.as_ref().map(|parent| self.expr(parent, scope)).transpose()?;
        let scope = self.new_scope(Some(scope));
        let prototype = self.allocate(Kind::Plain);
        self.object_mut(prototype).prototype = match &parent {
            Some(Value::Object(id)) => match self.get(&Value::Object(*id), "prototype")? {
                Value::Undefined => Some(Value::RUNTIME),
                value => Some(value),
            },
            Some(Value::External(external)) => Some(external.member("()")),
            Some(_) => Some(Value::RUNTIME),
            None => None,
        };
        let constructor = class.members.iter().find_map(|member| match (&member.key, &member.kind) {
            (super::super::syntax::Key::Name(name), MemberKind::Method(function))
                if &**name == "constructor" && !member.is_static =>
            {
                Some(Rc::clone(function))
            }
            _ => None,
        });
        let value = ClassValue { class: Rc::clone(class), scope, parent, prototype, constructor };
        let id = self.allocate(Kind::Class(value));
        self.set_value(prototype, "constructor", Value::Object(id));
        if let Some(name) = &class.name {
            self.declare(scope, name.clone(), Value::Object(id));
        }
        self.frames.push(Frame {
            this: Value::Object(id),
            home: None,
            function: Position { file: u32::MAX, byte: class.place.byte },
            returns: Vec::new(),
            yields: Vec::new(),
            awaits: false,
        });
        let result = self.class_members(class, id, prototype, scope);
        self.frames.pop();
        result?;
        Ok(Value::Object(id))
    }

    fn class_members(&mut self, class: &Class, id: ObjectId, prototype: ObjectId, scope: ScopeId) -> Eval<()> {
        for member in &class.members {
            let owner = if member.is_static { id } else { prototype };
            match &member.kind {
                MemberKind::Method(function) => {
                    let value = self.method_value(function, scope, Some(owner));
                    match self.key(&member.key, scope)? {
                        Some(name) if &*name == "constructor" && !member.is_static => {}
                        Some(name) => self.set_value(owner, name, value),
                        None => self.object_mut(owner).open = true,
                    }
                }
                MemberKind::Getter(function) => {
                    let value = self.method_value(function, scope, Some(owner));
                    match self.key(&member.key, scope)? {
                        Some(name) => self.object_mut(owner).properties.set(name, Slot::Getter(value)),
                        None => self.object_mut(owner).open = true,
                    }
                }
                MemberKind::Setter => {}
                MemberKind::Field(value) if member.is_static => {
                    let name = self.key(&member.key, scope)?;
                    let value = match value {
                        Some(value) => self.run(
                            &Closure { function: Rc::clone(value), scope, home: Some(id) },
                            Value::Object(id),
                            Vec::new(),
                        )?,
                        None => Value::Undefined,
                    };
                    if let Some(name) = name {
                        self.set_value(id, name, value);
                    }
                }
                MemberKind::Field(_) => {}
                MemberKind::StaticBlock(function) => {
                    self.run(
                        &Closure { function: Rc::clone(function), scope, home: Some(id) },
                        Value::Object(id),
                        Vec::new(),
                    )?;
                }
            }
        }
        Ok(())
    }

    /// `new callee(...args)`.
    pub(in super::super) fn construct(&mut self, callee: &Value, args: Vec<Value>, place: Position) -> Eval {
        self.step()?;
        if let Some(schema) = self.schema_of_definition(callee, &args)? {
            return Ok(schema);
        }
        if self.is_schema_validator(callee)? {
            let validator = Rc::new(External { module: "ajv".into(), path: Vec::new() });
            return self.construct_external(&validator, args);
        }
        match self.kind(callee) {
            Some(Kind::Class(class)) => {
                let prototype = class.prototype;
                let instance = self.allocate(Kind::Plain);
                self.object_mut(instance).prototype = Some(Value::Object(prototype));
                let instance = Value::Object(instance);
                let result = self.initialize(callee, &instance, args)?;
                self.constructed(callee, &instance, place)?;
                // A constructor may return another object.
                Ok(if matches!(result, Value::Object(_)) { result } else { instance })
            }
            Some(Kind::Function(_)) => {
                let instance = self.allocate(Kind::Plain);
                let prototype = self.get(callee, "prototype")?;
                self.object_mut(instance).prototype = prototype.as_object().map(Value::Object);
                let result = self.call(callee, Value::Object(instance), args)?;
                Ok(if matches!(result, Value::Object(_)) { result } else { Value::Object(instance) })
            }
            Some(Kind::Bound { function, .. }) => {
                let function = function.clone();
                self.deeper(|this| this.construct(&function, args, place)).unwrap_or(Ok(Value::RUNTIME))
            }
            Some(
                Kind::Plain
                | Kind::Array(_)
                | Kind::Map(_)
                | Kind::Set(_)
                | Kind::Schema(_)
                | Kind::Namespace(_)
                | Kind::Regex(..)
                | Kind::Tool(_)
                | Kind::Resolve,
            )
            | None => match callee {
                Value::External(external) => {
                    let external = Rc::clone(external);
                    self.construct_external(&external, args)
                }
                _ => {
                    self.call_callbacks(&args)?;
                    Ok(Value::RUNTIME)
                }
            },
        }
    }

    /// Whether `class` makes a compiler of JSON Schema that is bundled into the package. Its code makes code, in many steps
    /// for each schema, and registers nothing: it counts as a dependency.
    fn is_schema_validator(&mut self, class: &Value) -> Eval<bool> {
        let prototype = match self.kind(class) {
            Some(Kind::Class(class)) => Value::Object(class.prototype),
            Some(Kind::Function(_)) => self.get(class, "prototype")?,
            _ => return Ok(false),
        };
        if prototype.as_object().is_none() {
            return Ok(false);
        }
        for method in COMPILES_SCHEMAS {
            let method = self.get(&prototype, method)?;
            if self.closure(&method).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs the constructors and the fields of a class and its parents on `instance`.
    fn initialize(&mut self, class: &Value, instance: &Value, args: Vec<Value>) -> Eval {
        let Some(Kind::Class(value)) = self.kind(class) else {
            if matches!(self.kind(class), Some(Kind::Function(_))) {
                return self.call(class, instance.clone(), args);
            }
            return Ok(Value::Undefined);
        };
        let value = value.clone();
        let depth = self.frames.iter().filter(|frame| frame.home == Some(value.prototype)).count();
        if depth > MAX_PARENTS {
            return Ok(Value::Undefined);
        }
        let result = match (&value.constructor, &value.parent) {
            (Some(constructor), parent) => {
                // The fields are set before the constructor runs, or when it calls `super`.
                if parent.is_none() {
                    self.fields(&value, instance)?;
                }
                let closure =
                    Closure { function: Rc::clone(constructor), scope: value.scope, home: Some(value.prototype) };
                match self.run(&closure, instance.clone(), args) {
                    // An error of a constructor does not undo what it did before.
                    Err(Abrupt::Throw(_)) => Value::Undefined,
                    result => result?,
                }
            }
            (None, Some(parent)) => {
                let parent = parent.clone();
                let result =
                    self.deeper(|this| this.initialize(&parent, instance, args)).unwrap_or(Ok(Value::Undefined))?;
                self.fields(&value, instance)?;
                result
            }
            (None, None) => {
                self.fields(&value, instance)?;
                Value::Undefined
            }
        };
        Ok(result)
    }

    fn fields(&mut self, value: &ClassValue, instance: &Value) -> Eval<()> {
        let class = Rc::clone(&value.class);
        for member in class.members.iter().filter(|member| !member.is_static) {
            let MemberKind::Field(field) = &member.kind else { continue };
            let Some(name) = self.key(&member.key, value.scope)? else { continue };
            let content = match field {
                Some(field) => {
                    let closure =
                        Closure { function: Rc::clone(field), scope: value.scope, home: Some(value.prototype) };
                    self.run(&closure, instance.clone(), Vec::new())?
                }
                None => Value::Undefined,
            };
            self.set(instance, name, content)?;
        }
        Ok(())
    }

    /// The class whose method runs, by the prototype that it belongs to.
    fn current_class(&mut self) -> Eval<Option<(ClassValue, Value)>> {
        let Some((home, this)) = self.frames.last().and_then(|frame| Some((frame.home?, frame.this.clone()))) else {
            return Ok(None);
        };
        let class = match self.object(home).properties.get("constructor") {
            Some(Slot::Value(class)) => class.clone(),
            // A static method: its home is the class itself.
            Some(Slot::Getter(_)) | None => Value::Object(home),
        };
        Ok(match self.kind(&class) {
            Some(Kind::Class(value)) => Some((value.clone(), this)),
            _ => None,
        })
    }

    /// `super(...)`.
    pub(super) fn super_call(&mut self, args: Vec<Value>) -> Eval {
        let Some((class, this)) = self.current_class()? else { return Ok(Value::Undefined) };
        let result = match &class.parent {
            Some(parent @ Value::Object(_)) => self.initialize(parent, &this, args)?,
            _ => {
                self.record_parent_arguments(&this, &args);
                Value::Undefined
            }
        };
        self.fields(&class, &this)?;
        Ok(result)
    }

    /// `super.name`.
    pub(super) fn super_member(&mut self, name: &Name) -> Eval {
        let Some(home) = self.frames.last().and_then(|frame| frame.home) else { return Ok(Value::RUNTIME) };
        let parent = match &self.object(home).kind {
            Kind::Class(class) => class.parent.clone(),
            _ => self.object(home).prototype.clone(),
        };
        match parent {
            Some(parent) => self.get(&parent, name),
            None => Ok(Value::Undefined),
        }
    }

    /// What the class of a dependency is constructed with is a property of its own, in case a framework reads it.
    fn record_parent_arguments(&mut self, this: &Value, args: &[Value]) {
        if let (Some(id), Some(first)) = (this.as_object(), args.first()) {
            self.set_value(id, "@@super", first.clone());
        }
    }
}
