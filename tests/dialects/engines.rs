//! What the engines themselves answer: Cedar as ToolHive asks it, and an interpreter of Rego.

use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request};
use serde_json::{Value, json};

/// ToolHive with one authorization file.
pub struct ToolHive(PolicySet);

impl ToolHive {
    pub fn with(file: &str) -> Self {
        let file: Value = serde_json::from_str(file).expect("the file is JSON");
        assert_eq!((&file["version"], &file["type"]), (&json!("1.0"), &json!("cedarv1")));
        let policies = file["cedar"]["policies"].as_array().expect("a list of policies");
        let text: Vec<&str> = policies.iter().map(|policy| policy.as_str().expect("a policy is a text")).collect();
        Self(PolicySet::from_str(&text.join("\n")).unwrap_or_else(|e| panic!("{e}\n{}", text.join("\n"))))
    }

    /// Whether the call is permitted. Arguments are handed over as ToolHive does: numbers as decimals with four digits, and
    /// of what is no scalar only that it is there.
    pub fn permits(&self, tool: &str, arguments: &Value) -> bool {
        let handed = |(name, value): (&String, &Value)| match value {
            Value::String(_) | Value::Bool(_) => (format!("arg_{name}"), value.clone()),
            Value::Number(number) => {
                let decimal = format!("{:.4}", number.as_f64().expect("a number"));
                (format!("arg_{name}"), json!({"__extn": {"fn": "decimal", "arg": decimal}}))
            }
            _ => (format!("arg_{name}_present"), json!(true)),
        };
        let context = arguments.as_object().into_iter().flatten().map(handed).collect();
        let context = Context::from_json_value(Value::Object(context), None).expect("a context");
        let uid = |kind: &str, id: &str| {
            EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind).expect("a type"), EntityId::new(id))
        };
        let [who, how, what] = [uid("Client", "someone"), uid("Action", "call_tool"), uid("Tool", tool)];
        let request = Request::new(who, how, what, context, None).expect("a request");
        Authorizer::new().is_authorized(&request, &self.0, &Entities::empty()).decision() == Decision::Allow
    }
}

/// The Open Policy Agent with one module.
pub struct Opa(regorus::Engine);

impl Opa {
    pub fn with(module: &str) -> Self {
        let mut engine = regorus::Engine::new();
        engine.add_policy("policy.rego".into(), module.into()).unwrap_or_else(|e| panic!("{e}\n{module}"));
        Self(engine)
    }

    /// "allow", "ask" or "deny".
    pub fn decision(&mut self, tool: &str, arguments: &Value) -> String {
        let input = json!({"tool": tool, "arguments": arguments}).to_string();
        self.0.set_input(regorus::Value::from_json_str(&input).expect("the input is JSON"));
        let answer = self.0.eval_rule("data.mcp_scan.decision".into()).expect("the module answers");
        answer.as_string().expect("a word").to_string()
    }

    /// The tools that an agent should not be shown.
    pub fn hidden(&mut self) -> Vec<String> {
        let answer = self.0.eval_rule("data.mcp_scan.hidden".into()).expect("the module answers");
        serde_json::from_str(&answer.to_json_str().expect("JSON")).expect("a list of names")
    }
}
