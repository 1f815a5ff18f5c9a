//! Signatures of functions as values: what `inspect.signature` returns, and what a program puts in place of a signature.

use std::rc::Rc;

use tree_sitter::Node;

use super::interpreter::{ITEM_BYTES, Interpreter, VALUE_BYTES};
use super::schema::parameters_of;
use super::value::{Args, Call, Function, Scope, Value};

/// The attribute that takes the place of the signature of a function.
pub(super) const REPLACEMENT: &str = "__signature__";

const SIGNATURE: &str = "inspect.Signature";
const PARAMETER: &str = "inspect.Parameter";
/// What a parameter without a default or a type has in its place.
pub(super) const EMPTY: &str = "inspect.Parameter.empty";

/// A parameter of a function. `None` for a type or a default that it does not have.
pub(super) struct Parameter<'t> {
    pub(super) name: Rc<str>,
    pub(super) of: Option<Value<'t>>,
    pub(super) default: Option<Value<'t>>,
}

/// True for a signature or a parameter.
pub(super) fn is_one(call: &Call<'_>) -> bool {
    matches!(&*call.callee, SIGNATURE | PARAMETER)
}

impl<'t> Interpreter<'t> {
    /// The parameters that a tool of `function` lists. `None` if another signature was put in place, and is not known.
    pub(super) fn listed_parameters(&mut self, function: &Rc<Function<'t>>) -> Option<Vec<Parameter<'t>>> {
        let replacement = function.attributes.borrow().get(REPLACEMENT).cloned();
        match replacement {
            Some(signature) => self.parameters_in(&signature),
            None => Some(self.declared_parameters(&function.signature_of())),
        }
    }

    /// The parameters that `function` is written with, without its receiver and those that take any others.
    pub(super) fn declared_parameters(&mut self, function: &Rc<Function<'t>>) -> Vec<Parameter<'t>> {
        let module = function.module;
        let text = |node: Node<'t>| self.modules.all[module].text.get(node.byte_range()).unwrap_or_default();
        let declared: Vec<(&str, Option<Node<'t>>)> = parameters_of(function.node)
            .into_iter()
            .filter_map(|node| match node.kind() {
                "identifier" => Some((text(node), None)),
                "typed_parameter" => {
                    let name = node.named_child(0).filter(|name| name.kind() == "identifier")?;
                    Some((text(name), node.child_by_field_name("type")))
                }
                "default_parameter" | "typed_default_parameter" => {
                    Some((text(node.child_by_field_name("name")?), node.child_by_field_name("type")))
                }
                _ => None,
            })
            .collect();
        // Methods that are registered are bound, also when they are known by their class alone.
        let bound = function.receiver.is_some() || function.class.borrow().is_some();
        let mut parameters = Vec::new();
        for (at, (name, of)) in declared.into_iter().enumerate() {
            if at == 0 && bound && ["self", "cls"].contains(&name) {
                continue;
            }
            let scope = Rc::new(Scope::new(Some(function.scope.clone()), module));
            let of = of.map(|node| self.annotation(node, &scope));
            let default = function.defaults.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.clone());
            parameters.push(Parameter { name: name.into(), of, default });
        }
        parameters
    }

    /// The parameters of a signature. `None` if not all of them are known.
    fn parameters_in(&mut self, signature: &Value<'t>) -> Option<Vec<Parameter<'t>>> {
        let Value::Call(signature) = signature.plain() else { return None };
        let Some(Value::Dict(dict)) = signature.args.named("parameters").filter(|_| &*signature.callee == SIGNATURE)
        else {
            return None;
        };
        if dict.borrow().open {
            return None;
        }
        let known = |value: Option<&Value<'t>>| {
            value.filter(|value| !matches!(value, Value::External(name) if &**name == EMPTY)).cloned()
        };
        let mut parameters = Vec::new();
        for (_, parameter) in &dict.borrow().entries {
            let Value::Call(parameter) = parameter else { return None };
            let takes_others = matches!(parameter.args.named("kind"),
                Some(Value::External(name)) if name.contains(".VAR_"));
            if !takes_others {
                parameters.push(Parameter {
                    name: parameter.args.named("name")?.whole_text()?,
                    of: known(parameter.args.named("annotation")),
                    default: known(parameter.args.named("default")),
                });
            }
        }
        Some(parameters)
    }

    /// A call of `inspect.signature`, or of the class of a signature or a parameter. `None` for another.
    pub(super) fn signature_function(&mut self, name: &str, args: &Args<'t>) -> Option<Value<'t>> {
        match name {
            "inspect.signature" => match args.positional.first()?.plain() {
                Value::Function(function) => Some(self.signature_value(&function)),
                _ => None,
            },
            SIGNATURE => Some(self.made_signature(args.get(0, "parameters").cloned().unwrap_or(Value::None))),
            PARAMETER => {
                let empty = || Value::external(EMPTY);
                let of = |at: usize, name: &str| args.get(at, name).cloned();
                let named = |name: &str| args.named(name).cloned().unwrap_or_else(empty);
                let (name, kind) = (of(0, "name")?, of(1, "kind").unwrap_or(Value::Unknown));
                Some(self.made_parameter(name, kind, named("default"), named("annotation")))
            }
            _ => None,
        }
    }

    fn signature_value(&mut self, function: &Rc<Function<'t>>) -> Value<'t> {
        if let Some(replacement) = function.attributes.borrow().get(REPLACEMENT) {
            return replacement.clone();
        }
        let mut entries = Vec::new();
        for Parameter { name, of, default } in self.declared_parameters(&function.signature_of()) {
            let kind = Value::external("inspect.Parameter.POSITIONAL_OR_KEYWORD");
            let or_empty = |value: Option<Value<'t>>| value.unwrap_or_else(|| Value::external(EMPTY));
            let parameter = self.made_parameter(Value::text(&name), kind, or_empty(default), or_empty(of));
            entries.push((Value::text(&name), parameter));
        }
        self.signature_of_entries(Value::dict(entries))
    }

    /// The signature of a list of parameters.
    fn made_signature(&mut self, parameters: Value<'t>) -> Value<'t> {
        let (parameters, open) = match parameters {
            Value::None => (Vec::new(), false),
            parameters => self.items(&parameters),
        };
        let named = |parameter: Value<'t>| match &parameter {
            Value::Call(call) if is_one(call) => Some((call.args.named("name")?.clone(), parameter)),
            _ => None,
        };
        let count = parameters.len();
        let entries: Vec<(Value<'t>, Value<'t>)> = parameters.into_iter().filter_map(named).collect();
        let open = open || entries.len() < count;
        let dict = Value::dict(entries);
        if let Value::Dict(dict) = &dict {
            dict.borrow_mut().open = open;
        }
        self.signature_of_entries(dict)
    }

    fn signature_of_entries(&mut self, parameters: Value<'t>) -> Value<'t> {
        self.copying(VALUE_BYTES);
        let args = Args { named: vec![("parameters".into(), parameters)], ..Args::default() };
        Value::Call(Rc::new(Call { callee: SIGNATURE.into(), args, place: (0, 0) }))
    }

    fn made_parameter(
        &mut self,
        name: Value<'t>,
        kind: Value<'t>,
        default: Value<'t>,
        annotation: Value<'t>,
    ) -> Value<'t> {
        self.copying(VALUE_BYTES + 4 * ITEM_BYTES);
        let named = [("name", name), ("kind", kind), ("default", default), ("annotation", annotation)];
        let named = named.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let args = Args { named, ..Args::default() };
        Value::Call(Rc::new(Call { callee: PARAMETER.into(), args, place: (0, 0) }))
    }

    /// `replace` of a signature or a parameter.
    pub(super) fn replaced(&mut self, call: &Rc<Call<'t>>, args: &Args<'t>) -> Value<'t> {
        if &*call.callee == SIGNATURE {
            return match args.named("parameters") {
                Some(parameters) => self.made_signature(parameters.clone()),
                None => Value::Call(call.clone()),
            };
        }
        let of = |name: &str| args.named(name).or(call.args.named(name)).cloned().unwrap_or(Value::Unknown);
        self.made_parameter(of("name"), of("kind"), of("default"), of("annotation"))
    }
}
