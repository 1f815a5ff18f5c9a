//! Simulates a policy: which calls pass, need approval or are denied, and by which rule.
//!
//! Windows are aligned to the clock, as in the engines. Only calls that pass are counted; a call that needs approval is
//! assumed to be approved.

use std::sync::Arc;

use super::call::{Call, Verdict};
use super::counters::Counters;
use super::decider::Decider;
use super::decisions::{Decisions, RuleNames};
use super::sql::SqlGuards;

/// A policy in use, with its counters.
#[derive(Debug)]
pub struct Simulator<'p> {
    decisions: &'p Decisions,
    decider: Decider,
    counters: Counters,
}

impl<'p> Simulator<'p> {
    /// Starts with all counters at zero.
    pub fn new(decisions: &'p Decisions) -> Self {
        Self { decisions, decider: Decider::new(decisions), counters: Counters::default() }
    }

    /// The same, where a parser reads what the guards of `sql` are about.
    pub(crate) fn parsing(self, sql: Arc<SqlGuards>) -> Self {
        Self { decider: self.decider.parsing(sql), ..self }
    }

    /// Reports rules by the `names` of the file.
    pub(crate) fn naming(self, names: RuleNames) -> Self {
        Self { decider: self.decider.naming(names), ..self }
    }

    /// The verdict on `call`. A call that passes is counted.
    pub fn call(&mut self, call: &Call) -> Verdict {
        let decided = self.decider.decide(self.decisions, call);
        match self.counters.reserve(&decided.limits, call.at) {
            Ok(_) => decided.verdict,
            Err(exceeded) => decided.limits[exceeded].refusal.clone(),
        }
    }
}

/// The verdict on a single call, with all counters at zero.
pub fn evaluate(decisions: &Decisions, call: &Call) -> Verdict {
    Simulator::new(decisions).call(call)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Adds, Check, Condition, Decision, Guard, Op, PolicyAction, RateLimit, Refusal, Total};
    use crate::policy::call::Outcome;

    fn guard(check: Check) -> Guard {
        Guard { on_deny: Some("No.".into()), ..Guard::new("g", check) }
    }

    fn decisions(decision: Decision) -> Decisions {
        Decisions { default: PolicyAction::Deny, tools: [("t".to_owned(), decision)].into(), every: None }
    }

    fn call(at: u64, arguments: Value) -> Call {
        Call { tool: "t".into(), arguments, at }
    }

    #[test]
    fn each_comparison_means_what_it_says() {
        let cases = [
            (Op::Eq, json!("5"), json!("5"), true),
            (Op::Eq, json!(5), json!(5.0), true),
            (Op::Eq, json!(5), json!("6"), false),
            (Op::Neq, json!(true), json!(false), true),
            (Op::In, json!(["usd", "eur"]), json!("eur"), true),
            (Op::In, json!(["usd"]), json!("gbp"), false),
            (Op::NotIn, json!(["delete"]), json!("list"), true),
            (Op::NotIn, json!(["delete"]), json!("delete"), false),
            (Op::Lte, json!(10), json!(10), true),
            (Op::Lt, json!(10), json!(10), false),
            (Op::Gte, json!(0), json!(-1), false),
            (Op::Gt, json!(0), json!(1), true),
            (Op::Lte, json!(10), json!("5"), false),
            (Op::Regex, json!("^a+$"), json!("aaa"), true),
            (Op::Regex, json!("^a+$"), json!("b"), false),
            (Op::Regex, json!("("), json!("("), false),
            (Op::Contains, json!("b"), json!("abc"), true),
            (Op::Contains, json!("b"), json!(["a", "b"]), true),
            (Op::Contains, json!("b"), json!(5), false),
            (Op::Exists, json!(true), json!(0), true),
            (Op::Exists, json!(false), json!(0), false),
            (Op::Exists, json!(true), json!(null), false),
        ];
        for (op, value, given, passes) in cases {
            let condition = Condition { parameter: "a.b".into(), op, value: value.clone(), absent_passes: false };
            let decisions =
                decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..Decision::allow() });
            let verdict = evaluate(&decisions, &call(0, json!({"a": {"b": given}})));
            let wanted = if passes { Outcome::Allowed } else { Outcome::Denied };
            assert_eq!(verdict.outcome, wanted, "{given} {} {value}", op.name());
        }
    }

    #[test]
    fn what_is_not_given_passes_where_the_guard_says_so() {
        for absent_passes in [true, false] {
            let condition = Condition { parameter: "a".into(), op: Op::Eq, value: json!(1), absent_passes };
            let decisions =
                decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..Decision::allow() });
            for arguments in [json!({}), json!({"a": null}), json!(7)] {
                let passes = evaluate(&decisions, &call(0, arguments)).outcome == Outcome::Allowed;
                assert_eq!(passes, absent_passes);
            }
        }
    }

    #[test]
    fn a_refusal_needs_all_its_conditions() {
        let condition =
            |parameter: &str, op, value| Condition { parameter: parameter.into(), op, value, absent_passes: false };
        let refused_when = vec![condition("a", Op::Gt, json!(9)), condition("b", Op::Regex, json!("^x"))];
        let check = Check::Refusal(Refusal { refused_when });
        let decisions = decisions(Decision { guards: vec![guard(check)], ..Decision::allow() });
        for (arguments, passes) in [
            (json!({"a": 10, "b": "xy"}), false),
            (json!({"a": 9, "b": "xy"}), true),
            (json!({"a": 10, "b": "y"}), true),
            (json!({"a": 10}), true),
            (json!({}), true),
        ] {
            let verdict = evaluate(&decisions, &call(0, arguments.clone()));
            assert_eq!(verdict.outcome == Outcome::Allowed, passes, "{arguments}");
        }
    }

    #[test]
    fn a_limit_counts_the_calls_of_its_window_and_only_those_that_pass() {
        let limited = Decision::limited(RateLimit::per(2, "minute").unwrap());
        let condition = Condition { parameter: "a".into(), op: Op::Eq, value: json!(1), absent_passes: false };
        let decisions = decisions(Decision { guards: vec![guard(Check::Argument(condition))], ..limited });
        let mut simulator = Simulator::new(&decisions);
        let mut outcome = |at, a: i32| simulator.call(&call(at, json!({"a": a}))).outcome;
        assert_eq!(outcome(0, 1), Outcome::Allowed);
        assert_eq!(outcome(1, 2), Outcome::Denied);
        assert_eq!(outcome(58, 1), Outcome::Allowed);
        assert_eq!(outcome(59, 1), Outcome::Limited);
        assert_eq!(outcome(60, 1), Outcome::Allowed);
    }

    #[test]
    fn a_total_adds_up_what_the_calls_say() {
        let total = Total { adds: Adds::Argument("amount".into()), window_seconds: 86_400, max: 100 };
        let decisions = decisions(Decision { guards: vec![guard(Check::Total(total))], ..Decision::approve(None) });
        let mut simulator = Simulator::new(&decisions);
        let mut outcome = |at, amount: Value| simulator.call(&call(at, json!({"amount": amount}))).outcome;
        assert_eq!(outcome(0, json!(60.9)), Outcome::Approval);
        assert_eq!(outcome(9, json!(41)), Outcome::Limited);
        assert_eq!(outcome(9, json!(39.1)), Outcome::Approval);
        assert_eq!(outcome(9, json!(0.01)), Outcome::Limited);
        assert_eq!(outcome(9, json!("1")), Outcome::Denied);
        assert_eq!(outcome(86_400, json!(100)), Outcome::Approval);
    }

    #[test]
    fn a_tool_that_is_not_named_gets_the_default_and_every_tool_what_is_said_of_all() {
        let limit = RateLimit::per(1, "day").unwrap();
        let mut decisions = decisions(Decision::allow());
        let other = Call { tool: "u".into(), ..call(0, json!({})) };
        let verdict = evaluate(&decisions, &other);
        assert_eq!((verdict.outcome, verdict.rule.as_str()), (Outcome::Denied, "default"));
        (decisions.default, decisions.every) = (PolicyAction::Allow, Some(Decision::limited(limit)));
        let mut simulator = Simulator::new(&decisions);
        assert_eq!(simulator.call(&other).outcome, Outcome::Allowed);
        assert_eq!(simulator.call(&call(0, json!({}))).outcome, Outcome::Limited, "all tools share the counter");
        decisions.default = PolicyAction::Deny;
        let named_so = Call { tool: "*".into(), ..call(0, json!({})) };
        assert_eq!(
            evaluate(&decisions, &named_so).outcome,
            Outcome::Allowed,
            "it is named under the default that denies"
        );
        decisions.tools.insert("t".into(), Decision::deny(Some("Never.".into())));
        let verdict = evaluate(&decisions, &call(0, json!({})));
        assert_eq!((verdict.rule.as_str(), verdict.message.as_deref()), ("deny", Some("Never.")));
    }
}
