//! Policies that only the engine they are written for can decide: Rego modules, and the Cedar policies of ToolHive's file.

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::time::Duration;

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
};
use regex::Regex;
use regorus::PolicyLengthConfig;
use regorus::utils::limits::ExecutionTimerConfig;
use serde_json::{Map, Value, json};

use super::dialect::tree::{self, Node};
use super::dialect::{Dialect, PolicyError};
use super::{Call, Outcome, Verdict, re2};

/// Longest time for one decision of a Rego module.
const MAX_TIME: Duration = Duration::from_secs(2);
/// Steps of the interpreter between two looks at the clock.
const STEPS: NonZeroU32 = NonZeroU32::new(1_000).expect("not 0");
/// The limits of a module: a policy may name as many tools as a server lists.
const LENGTHS: PolicyLengthConfig = PolicyLengthConfig {
    max_col: NonZeroU32::new(1 << 16).expect("not 0"),
    max_file_bytes: NonZeroUsize::new(64 << 20).expect("not 0"),
    max_lines: NonZeroUsize::new(4_000_000).expect("not 0"),
};
/// The largest number that ToolHive passes on.
const MAX_DECIMAL: f64 = 922_337_203_685_477.0;

/// A policy with the engine that decides it.
pub(crate) enum EnginePolicy {
    Rego(Box<regorus::Engine>),
    Cedar(Box<Cedar>),
}

/// Why an engine has no decision, or does not take a policy.
#[derive(Debug, thiserror::Error)]
enum EngineError {
    #[error(transparent)]
    Engine(Box<dyn std::error::Error + Send + Sync>),
    #[error("data.mcp_scan.decision is {0}, not \"allow\", \"ask\" or \"deny\"")]
    NoDecision(regorus::Value),
    #[error("its type is not cedarv1")]
    NotCedar,
    #[error("it has no key cedar")]
    NoCedar,
    #[error("cedar has no key policies")]
    NoPolicies,
    #[error("policies is not a list of texts")]
    NoTexts,
    #[error("entities_json is not a list: {0}")]
    NoEntities(#[source] serde_json::Error),
}

impl EngineError {
    fn engine(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Engine(cause.into())
    }
}

/// The Cedar policies and entities of ToolHive's file.
pub(crate) struct Cedar {
    policies: PolicySet,
    entities: Vec<Value>,
}

impl EnginePolicy {
    /// The format of `text`, if only an engine can decide it. `dialect` is the format that a person named.
    pub(crate) fn format(text: &str, dialect: Option<Dialect>) -> Option<Dialect> {
        if let Some(dialect) = dialect {
            return [Dialect::OPA, Dialect::TOOL_HIVE].into_iter().find(|format| *format == dialect);
        }
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        if first.is_some_and(|line| line.starts_with("package ")) {
            return Some(Dialect::OPA);
        }
        let is_cedar =
            text.contains("cedarv1") && tree::yaml(text).is_ok_and(|(root, _)| kind(&root) == Some("cedarv1"));
        is_cedar.then_some(Dialect::TOOL_HIVE)
    }

    /// Reads a policy of `format`, which is one that [`Self::format`] gives.
    pub(crate) fn read(text: &str, format: Dialect) -> Result<Self, PolicyError> {
        let failed = |cause: String| PolicyError::Engine { dialect: format.name(), cause };
        if format == Dialect::OPA {
            let mut engine = regorus::Engine::new();
            engine.set_execution_timer_config(ExecutionTimerConfig { limit: MAX_TIME, check_interval: STEPS });
            engine.set_policy_length_config(LENGTHS);
            let mut patterns = Patterns::default();
            let matches = move |values: Vec<regorus::Value>| Ok(patterns.matches(&values));
            let added = engine.add_extension("regex.match".into(), 2, Box::new(matches));
            added.map_err(|cause| failed(cause.to_string()))?;
            engine.add_policy("policy.rego".into(), text.into()).map_err(|cause| failed(cause.to_string()))?;
            return Ok(Self::Rego(Box::new(engine)));
        }
        let (root, _) = tree::yaml(text).map_err(|cause| failed(cause.sentence()))?;
        Ok(Self::Cedar(Box::new(Cedar::read(&root).map_err(|cause| failed(cause.to_string()))?)))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Rego(_) => Dialect::OPA,
            Self::Cedar(_) => Dialect::TOOL_HIVE,
        }
    }

    /// The decision on one call. These formats count nothing.
    pub(crate) fn decide(&mut self, call: &Call) -> Verdict {
        let decided = match self {
            Self::Rego(engine) => ask_rego(engine, call),
            Self::Cedar(cedar) => cedar.decide(call),
        };
        let (outcome, rule, message) = match decided {
            Ok((outcome, rule)) => (outcome, rule, None),
            Err(cause) => (Outcome::Denied, "no decision".to_owned(), Some(cause.to_string())),
        };
        Verdict { outcome, rule, message }
    }
}

/// `regex.match` as the Open Policy Agent has it. That of the interpreter refuses patterns above 100 KiB once compiled, such
/// as those on paths.
#[derive(Debug, Clone, Default)]
struct Patterns(HashMap<String, Option<Regex>>);

impl Patterns {
    /// Undefined for what is no pattern and no text.
    fn matches(&mut self, values: &[regorus::Value]) -> regorus::Value {
        let [pattern, text] = values else { return regorus::Value::Undefined };
        let (Ok(pattern), Ok(text)) = (pattern.as_string(), text.as_string()) else { return regorus::Value::Undefined };
        let compiled = self.0.entry(pattern.to_string()).or_insert_with(|| re2::compile(pattern).ok());
        compiled.as_ref().map_or(regorus::Value::Undefined, |regex| regex.is_match(text).into())
    }
}

/// The `type` of ToolHive's file.
fn kind(root: &Node) -> Option<&str> {
    root.child("type").and_then(Node::word)
}

/// Evaluates `data.mcp_scan.decision`.
fn ask_rego(engine: &mut regorus::Engine, call: &Call) -> Result<(Outcome, String), EngineError> {
    let input = json!({"tool": call.tool, "arguments": call.arguments}).to_string();
    engine.set_input(regorus::Value::from_json_str(&input).map_err(EngineError::engine)?);
    let answer = engine.eval_rule("data.mcp_scan.decision".into()).map_err(EngineError::engine)?;
    let outcome = match answer.as_string().map(|word| word.to_string()).as_deref() {
        Ok("allow") => Outcome::Allowed,
        Ok("ask") => Outcome::Approval,
        Ok("deny") => Outcome::Denied,
        _ => return Err(EngineError::NoDecision(answer)),
    };
    Ok((outcome, "decision".to_owned()))
}

impl Cedar {
    fn read(root: &Node) -> Result<Self, EngineError> {
        if kind(root) != Some("cedarv1") {
            return Err(EngineError::NotCedar);
        }
        let cedar = root.child("cedar").ok_or(EngineError::NoCedar)?;
        let policies = cedar.child("policies").ok_or(EngineError::NoPolicies)?;
        let texts: Option<Vec<&str>> = policies.items().iter().map(Node::word).collect();
        let texts = texts.ok_or(EngineError::NoTexts)?;
        let entities = cedar.child("entities_json").and_then(Node::word).unwrap_or("[]");
        Ok(Self {
            policies: PolicySet::from_str(&texts.join("\n")).map_err(EngineError::engine)?,
            entities: serde_json::from_str(entities).map_err(EngineError::NoEntities)?,
        })
    }

    /// Asks as ToolHive asks: arguments are attributes of the tool and of the context.
    fn decide(&self, call: &Call) -> Result<(Outcome, String), EngineError> {
        let tool = uid("Tool", &call.tool)?;
        let attributes = attributes(&call.arguments);
        let own = json!({
            "uid": {"type": "Tool", "id": call.tool},
            "attrs": Value::Object(attributes.clone()),
            "parents": [],
        });
        let entities: Vec<&Value> = self.entities.iter().chain([&own]).collect();
        let entities = Entities::from_json_value(json!(entities), None).map_err(EngineError::engine)?;
        let context = Context::from_json_value(Value::Object(attributes), None).map_err(EngineError::engine)?;
        let request = Request::new(uid("Client", "mcp-scan")?, uid("Action", "call_tool")?, tool, context, None);
        let request = request.map_err(EngineError::engine)?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        let by = response.diagnostics().reason().next().map_or_else(|| "default".to_owned(), ToString::to_string);
        let outcome = match response.decision() {
            CedarDecision::Allow => Outcome::Allowed,
            CedarDecision::Deny => Outcome::Denied,
        };
        Ok((outcome, by))
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, EngineError> {
    let kind = EntityTypeName::from_str(kind).map_err(EngineError::engine)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

/// The arguments as ToolHive passes them on: texts, booleans and numbers by their values, of all others the presence.
fn attributes(arguments: &Value) -> Map<String, Value> {
    let arguments = arguments.as_object().into_iter().flatten();
    let attribute = |(name, value): (&String, &Value)| match value {
        Value::String(_) | Value::Bool(_) => Some((format!("arg_{name}"), value.clone())),
        Value::Number(number) => {
            let number = number.as_f64().filter(|number| number.abs() <= MAX_DECIMAL)?;
            let decimal = json!({"__extn": {"fn": "decimal", "arg": format!("{number:.4}")}});
            Some((format!("arg_{name}"), decimal))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => Some((format!("arg_{name}_present"), json!(true))),
    };
    arguments.filter_map(attribute).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(policy: &mut EnginePolicy, tool: &str, arguments: Value) -> Outcome {
        policy.decide(&Call { tool: tool.into(), arguments, at: 0 }).outcome
    }

    #[test]
    fn rego_and_cedar_are_decided_by_their_engines() {
        let rego = "# a comment\npackage mcp_scan\n\nimport rego.v1\n\ndefault decision := \"deny\"\n\ndecision := \
                    \"allow\" if { input.tool == \"look\" }\n\ndecision := \"ask\" if { input.tool == \"pay\" }\n";
        let cedar = r#"{"version": "1.0", "type": "cedarv1", "cedar": {"policies": [
            "permit(principal, action == Action::\"call_tool\", resource == Tool::\"look\");",
            "permit(principal, action, resource == Tool::\"pay\") when { resource.arg_amount.lessThan(decimal(\"5.0\")) };"
        ], "entities_json": "[]"}}"#;
        for (text, format, [look, pay, other]) in [
            (rego, Dialect::OPA, [Outcome::Allowed, Outcome::Approval, Outcome::Denied]),
            (cedar, Dialect::TOOL_HIVE, [Outcome::Allowed, Outcome::Allowed, Outcome::Denied]),
        ] {
            assert_eq!(EnginePolicy::format(text, None), Some(format));
            let mut policy = EnginePolicy::read(text, format).unwrap();
            assert_eq!(outcome(&mut policy, "look", json!({"a": [1], "b": null, "c": 1e300})), look);
            assert_eq!(outcome(&mut policy, "pay", json!({"amount": 4})), pay);
            assert_eq!(outcome(&mut policy, "other", json!({})), other);
        }
        assert_eq!(EnginePolicy::format("version: '1'\ntools: {}\n", None), None);
    }

    #[test]
    fn what_is_no_policy_is_an_error_and_what_decides_nothing_denies() {
        for (text, format) in [
            ("package mcp_scan\ndecision := ", Dialect::OPA),
            (r#"{"type": "cedarv1"}"#, Dialect::TOOL_HIVE),
            (r#"{"type": "cedarv1", "cedar": {"policies": ["permit("]}}"#, Dialect::TOOL_HIVE),
        ] {
            assert!(matches!(EnginePolicy::read(text, format), Err(PolicyError::Engine { .. })), "{text}");
        }
        let mut silent = EnginePolicy::read("package mcp_scan\nx := 1\n", Dialect::OPA).unwrap();
        assert_eq!(outcome(&mut silent, "look", json!({})), Outcome::Denied);
    }

    #[test]
    fn a_module_that_does_not_end_denies() {
        let module = "package mcp_scan\nimport rego.v1\ndecision := \"allow\" if { some a in numbers.range(1, 3000); some b in \
                      numbers.range(1, 3000); some c in numbers.range(1, 3000); a + b + c == 0 }\n";
        let mut policy = EnginePolicy::read(module, Dialect::OPA).unwrap();
        assert_eq!(outcome(&mut policy, "look", json!({})), Outcome::Denied);
    }
}
