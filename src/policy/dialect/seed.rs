//! The YAML rule list of public tool pages: one rule per tool, with an action, a limit in seconds and a reason. Allowed
//! Execute tools also require their required arguments.

use std::collections::BTreeMap;

use crate::model::{Category, Check, Decision, Guard, Op, PolicyAction, RateLimit};
use crate::policy::Rule;
use crate::policy::decisions::{Contents, Decisions, RuleNames};
use crate::text::prose;

use super::allow_or_deny::{ALLOW_OR_DENY, AllowOrDeny};
use super::proxy::Proxy;
use super::stated::Stated;
use super::tree::{Node, Value};
use super::validator::Validator;
use super::yaml;

pub(crate) const FORMAT: Proxy = Proxy {
    name: "seed",
    title: "Rule list",
    reader: "such a proxy",
    tab: "Rule list",
    note: "YAML in the plain shape of action, rate_limit and reason.",
    file: "the YAML of public tool pages",
    download: "rules.yaml",
    extension: "yaml",
    can: [
        "no: denied",
        "no: denied",
        "seconds",
        "required arguments only; a tool with other guards is denied, but for one that only reads much",
    ],
    checked: "documented",
    hides_refused: false,
    state,
    fits: None,
    write: |policy| yaml::file(policy, &SHAPE),
    fragment: |rule| yaml::fragment(rule, &SHAPE),
    remarks: |_| Vec::new(),
    read: Some(|validator, root| Contents { decisions: file(validator, root), names: RuleNames::default() }),
};

/// How this format says a rule.
const SHAPE: yaml::Shape = yaml::Shape { template: "seed.yaml", state, shares: true, limits_all_tools: false };

/// What this format states for `rule`. Its template requires the required arguments of Execute tools, and it has no other
/// guards.
pub(crate) fn state(rule: &Rule) -> Stated {
    let is_said = |guard: &Guard| rule.category == Category::Execute && is_requirement(guard);
    let guards = rule.decision.guards.iter().filter(|guard| !is_said(guard)).cloned().collect();
    let rule = Rule { decision: Decision { guards, ..rule.decision.clone() }, ..rule.clone() };
    let mut stated = Stated::unless_wildcard(&rule).with_guards(&rule, |_| None);
    if let Some(decision) = stated.decision.as_mut().filter(|decision| decision.action == PolicyAction::Hide) {
        decision.action = PolicyAction::Deny;
        stated.note = Some("This format cannot hide a tool, so it is denied.".into());
    }
    stated
}

/// True if the guard only requires that an argument is present. An empty text counts as present in this format.
fn is_requirement(guard: &Guard) -> bool {
    let Check::Argument(condition) = &guard.check else { return false };
    let is_given = condition.op == Op::Exists && condition.value == true;
    is_given || condition.op == Op::Neq && condition.value == "" && !condition.absent_passes
}

/// The decisions of the file `root`. Problems are added to `validator`, and their parts are left out.
fn file(validator: &mut Validator, root: &Node) -> Decisions {
    let mut read = Decisions { default: PolicyAction::Allow, tools: BTreeMap::new(), every: None };
    let Some(fields) = validator.fields(root, "a policy", &["version", "description", "default", "tools"]) else {
        return read;
    };
    if let Some(version) = fields.get("version") {
        validator.version(version);
    }
    validator.optional_text(&fields, "description");
    if let Some(plain) = fields.get("default").and_then(|node| validator.word(node, "default", &ALLOW_OR_DENY)) {
        read.default = plain.into();
    }
    let tools = validator.required(&fields, "tools").and_then(|node| validator.entries(node, "tools"));
    for (name, node) in tools.into_iter().flatten() {
        if name.text == "*" {
            validator.diagnostic(&name.span, "\"*\" speaks of every tool and is no answer for one", "name the tools");
        }
        if let Some(decision) = tool(validator, node) {
            read.tools.insert(name.text.clone(), decision);
        }
    }
    read
}

/// The decision for one tool.
fn tool(validator: &mut Validator, node: &Node) -> Option<Decision> {
    let fields = validator.fields(node, "a tool", &["rules"])?;
    let rules = validator.required(&fields, "rules")?;
    let Value::List(items) = &rules.value else {
        validator.wrong(rules, "rules", "a list of one rule");
        return None;
    };
    if items.len() != 1 {
        let what = format!("a tool has one rule, got {}", prose::count(items.len(), "rule"));
        validator.diagnostic(&rules.span, what, "keep one; it allows or denies");
    }
    let decisions: Vec<Option<Decision>> = items.iter().map(|node| rule(validator, node)).collect();
    decisions.into_iter().next()?
}

fn rule(validator: &mut Validator, node: &Node) -> Option<Decision> {
    let fields = validator.fields(node, "a rule", &["action", "rate_limit", "validate", "reason"])?;
    let action = validator.required(&fields, "action").and_then(|node| validator.word(node, "action", &ALLOW_OR_DENY));
    let (limit, reason) = (fields.get("rate_limit"), fields.get("reason"));
    let rate_limit = limit.and_then(|node| rate_limit(validator, node));
    let text = validator.optional_text(&fields, "reason");
    if let Some(validate) = fields.get("validate") {
        self::validate(validator, validate);
    }
    match (action, limit, reason) {
        (Some(AllowOrDeny::Deny), Some(limit), _) => {
            validator.diagnostic(&limit.span, "a denied tool has no rate_limit", "leave it out, or allow the tool");
        }
        (Some(AllowOrDeny::Allow), _, Some(reason)) => {
            validator.diagnostic(&reason.span, "an allowed tool has no reason", "leave it out, or deny the tool");
        }
        (Some(AllowOrDeny::Allow | AllowOrDeny::Deny) | None, ..) => {}
    }
    Some(Decision {
        action: action?.into(),
        rate_limit,
        reason: text.map(str::to_owned),
        guards: Vec::new(),
        extent: false,
    })
}

/// A number of calls, and a window in seconds.
fn rate_limit(validator: &mut Validator, node: &Node) -> Option<RateLimit> {
    let fields = validator.fields(node, "rate_limit", &["max", "window"])?;
    let max = validator.required(&fields, "max").and_then(|node| validator.whole(node, "max"));
    let window = validator.required(&fields, "window").and_then(|node| validator.whole(node, "window"));
    let limit = RateLimit::new(max?, window?);
    limit.map_err(|why| validator.diagnostic(&node.span, why.to_string(), "")).ok()
}

/// Whether required arguments must be present; the simulator ignores this.
fn validate(validator: &mut Validator, node: &Node) {
    let Some(fields) = validator.fields(node, "validate", &["required_args"]) else { return };
    let flag = validator.required(&fields, "required_args");
    if let Some(node) = flag.filter(|node| !node.json().is_boolean()) {
        validator.wrong(node, "required_args", "true or false");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::diagnostic::PolicyDiagnostic;
    use crate::policy::dialect::Dialect;
    use crate::policy::document::decisions_or_diagnostics;

    fn read(text: &str) -> Result<Decisions, Vec<PolicyDiagnostic>> {
        decisions_or_diagnostics(text, Dialect::SEED)
    }

    #[test]
    fn a_page_of_rules_reads_as_it_says() {
        let text = "
tools:
  create_note: {rules: [{action: allow, rate_limit: {max: 30, window: 60}}]}
  drop_note: {rules: [{action: deny, reason: Ask first.}]}
";
        let read = read(text).unwrap();
        assert_eq!(read.for_tool("create_note").rate_limit, RateLimit::per(30, "minute"));
        assert_eq!(read.for_tool("drop_note").reason.as_deref(), Some("Ask first."));
        assert_eq!(read.for_tool("other").action, PolicyAction::Allow);
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (rules, want) in [
            ("[]", "one rule, got 0 rules"),
            ("[{action: allow}, {action: deny}]", "one rule, got 2 rules"),
            ("{action: allow}", "must be a list"),
            ("[{}]", "must have the key action"),
            ("[{action: allow, validate: {required_args: maybe}}]", "true or false"),
            ("[{name: n, action: allow}]", "name"),
            ("[{action: allow, rate_limit: 30/minute}]", "rate_limit"),
            ("[{action: deny, rate_limit: {max: 1, window: 60}}]", "no rate_limit"),
            ("[{action: allow, reason: r}]", "no reason"),
            ("[{action: allow, rate_limit: {max: 0, window: 60}}]", "from 1"),
            ("[{action: allow, rate_limit: {max: 5, window: 90}}]", "got 90"),
        ] {
            let diagnostics = read(&format!("tools:\n  t:\n    rules: {rules}\n")).unwrap_err();
            assert!(diagnostics.len() == 1 && diagnostics[0].sentence().contains(want), "{rules}: {diagnostics:?}");
        }
    }
}
