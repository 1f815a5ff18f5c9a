//! Guards: conditions on the arguments of a call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rate_limit::RateLimit;
use crate::text::clean;

/// A condition on the calls of an allowed tool. A call must pass all guards of its tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The id of the `guards.yaml` entry, or the rule name in a policy file that was read.
    pub id: String,
    #[serde(flatten)]
    pub check: Check,
    /// The part of the definition that caused the guard. `None` in a policy file that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// True if the tool is allowed only because of this guard. A format that cannot express the guard must not allow
    /// the tool.
    #[serde(default, skip_serializing_if = "is_false")]
    pub essential: bool,
    /// True if a call that fails the guard needs a person's approval; false if it is denied.
    #[serde(default, skip_serializing_if = "is_false")]
    pub asks: bool,
    /// True if the value is a placeholder that a person must set.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fill_in: bool,
    /// True if a format that cannot inspect the argument leaves it unguarded, instead of asking about the tool or denying
    /// each call that gives it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skip_if_uninspected: bool,
    /// True if it is about how much a call reads, or of whom, and nothing else. A format that can neither compare nor ask leaves a Read
    /// tool open.
    #[serde(default, skip_serializing_if = "is_false")]
    pub extent: bool,
    /// The comparison of each element, if the argument is an array or is inside one: for formats that can look into it.
    /// Its parameter has array marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Condition>,
    /// Parts that the argument must not contain, for formats without regular expressions. They refuse less than the
    /// condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fence: Vec<String>,
    /// The error message for the agent if the guard denies a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_deny: Option<String>,
}

/// The condition of a guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Check {
    /// A comparison with one argument.
    Argument(Condition),
    /// Comparisons that together deny a call.
    Refusal(Refusal),
    /// A limit on a total over a time window.
    Total(Total),
    /// A condition that no format can express.
    Unenforceable(UnenforceableGuard),
}

/// An argument that needs a guard but cannot have one: it is inside an array, its name contains a dot, or its type does
/// not allow the check. Every format reports it in its notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnenforceableGuard {
    /// The parameter's path with array marks: `files[].path`.
    pub(crate) unheld: String,
}

/// A comparison of an argument with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The argument's dotted path, without array marks: `requestBody.amount`.
    pub parameter: String,
    pub op: Op,
    /// The value to compare with: a list for `in` and `not_in`, a number for ordering comparisons, a string for
    /// `regex`, a boolean for `exists`, any JSON value for the others.
    pub value: Value,
    /// True if a call without this argument passes. A `null` argument counts as missing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub absent_passes: bool,
}

/// Comparisons of which at least one must fail for a call to pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A call is denied if all of these hold. Never empty.
    pub(crate) refused_when: Vec<Condition>,
}

/// A comparison operator. All but `exists` apply only if the argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal. Numbers are compared as numbers, everything else as text.
    Eq,
    /// Not equal.
    Neq,
    /// Equal to one of a list.
    In,
    /// Equal to none of a list.
    NotIn,
    /// Less than, for numbers.
    Lt,
    /// Less than or equal, for numbers.
    Lte,
    /// Greater than, for numbers.
    Gt,
    /// Greater than or equal, for numbers.
    Gte,
    /// A string that contains a match of an RE2 pattern.
    Regex,
    /// A string that contains the value, or a list with the value as an element.
    Contains,
    /// The argument is given (true) or missing (false).
    Exists,
}

impl Op {
    /// All operators.
    pub(crate) const ALL: [Self; 11] = [
        Self::Eq,
        Self::Neq,
        Self::In,
        Self::NotIn,
        Self::Lt,
        Self::Lte,
        Self::Gt,
        Self::Gte,
        Self::Regex,
        Self::Contains,
        Self::Exists,
    ];

    /// The name in Intercept and PolicyLayer policies.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Regex => "regex",
            Self::Contains => "contains",
            Self::Exists => "exists",
        }
    }

    /// True for operators that apply only to numbers.
    pub(crate) fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte)
    }

    /// The operator that holds if and only if this one does not, for an argument that is given and, for ordering
    /// operators, a number. `None` for `regex`, `contains` and `exists`: they have no opposite operator, and are
    /// negated by their value if at all.
    pub(crate) fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Neq,
            Self::Neq => Self::Eq,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Lt => Self::Gte,
            Self::Lte => Self::Gt,
            Self::Gt => Self::Lte,
            Self::Gte => Self::Lt,
            Self::Regex | Self::Contains | Self::Exists => return None,
        })
    }
}

/// A limit of `max` for the sum over all calls in a time window. Windows are aligned to the clock in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The amount that one call adds.
    pub adds: Adds,
    /// 60, 3600 or 86400.
    pub window_seconds: u32,
    /// The limit per window.
    pub max: u64,
}

/// The amount that one call adds to a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adds {
    /// A constant.
    Each(u32),
    /// The number in the argument with that path, truncated to an integer. A call without the argument is denied.
    Argument(String),
}

/// The part of a definition that caused a guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The id of the signal, the parameter role or other trigger in `guards.yaml`.
    pub id: String,
    /// Display text: `Takes an amount of money (amount)`.
    pub text: String,
}

/// Prefix of the names of rules that mean approval. Intercept denies such calls; clients that can prompt do so.
pub(crate) const APPROVE: &str = "approve ";

impl Guard {
    /// A guard `id` that denies a call if it fails `check`, with default values otherwise.
    pub(crate) fn new(id: impl Into<String>, check: Check) -> Self {
        Self {
            id: id.into(),
            check,
            cause: None,
            essential: false,
            asks: false,
            fill_in: false,
            skip_if_uninspected: false,
            extent: false,
            each: None,
            fence: Vec::new(),
            on_deny: None,
        }
    }

    /// The id of its entry in `guards.yaml`: its name without the word that marks a rule that asks.
    pub(crate) fn entry_id(&self) -> &str {
        self.id.strip_prefix(APPROVE).unwrap_or(&self.id)
    }

    /// The name of its rule in a format that has no question: one that asks is marked.
    pub(crate) fn marked_name(&self) -> String {
        if self.asks { format!("{APPROVE}{}", self.id) } else { self.id.clone() }
    }

    /// The paths of the compared arguments, without duplicates. Empty for a total that counts calls.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        match &self.check {
            Check::Argument(condition) => vec![&condition.parameter],
            Check::Refusal(Refusal { refused_when }) => {
                let mut paths: Vec<&str> = refused_when.iter().map(|condition| condition.parameter.as_str()).collect();
                paths.sort_unstable();
                paths.dedup();
                paths
            }
            Check::Total(Total { adds: Adds::Argument(path), .. })
            | Check::Unenforceable(UnenforceableGuard { unheld: path }) => {
                vec![path]
            }
            Check::Total(_) => Vec::new(),
        }
    }

    /// True if at least one format can express it.
    pub(crate) fn can_be_held(&self) -> bool {
        !matches!(self.check, Check::Unenforceable(_))
    }

    /// Its comparisons with arguments. Empty for other checks.
    pub(crate) fn conditions(&self) -> &[Condition] {
        match &self.check {
            Check::Argument(condition) => std::slice::from_ref(condition),
            Check::Refusal(refusal) => &refusal.refused_when,
            Check::Total(_) | Check::Unenforceable(_) => &[],
        }
    }
}

/// Longest value in a sentence, in characters.
const MAX_VALUE: usize = 200;

impl Check {
    /// The condition in words that are safe to display: "amount <= 100", "at most 5 calls per hour".
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Argument(condition) => condition.words(),
            Self::Refusal(refusal) => {
                let conditions: Vec<String> = refusal.refused_when.iter().map(Condition::words).collect();
                format!("not ({})", conditions.join(" and "))
            }
            Self::Unenforceable(UnenforceableGuard { unheld }) => format!("{} is not held", shown(unheld)),
            Self::Total(Total { adds, window_seconds, max }) => {
                let window = RateLimit::window_of(*window_seconds);
                match adds {
                    Adds::Each(1) => format!("at most {max} calls per {window}"),
                    Adds::Each(step) => format!("at most {max} per {window}, {step} a call"),
                    Adds::Argument(path) => format!("at most {max} of {} per {window}", shown(path)),
                }
            }
        }
    }
}

impl Condition {
    /// The comparison in words that are safe to display: "amount <= 100".
    pub(crate) fn words(&self) -> String {
        let (parameter, value) = (shown(&self.parameter), shown(&self.value.to_string()));
        let sign = match self.op {
            Op::Eq => "=",
            Op::Neq => "!=",
            Op::In => "in",
            Op::NotIn => "not in",
            Op::Lt => "<",
            Op::Lte => "<=",
            Op::Gt => ">",
            Op::Gte => ">=",
            Op::Regex => "matches",
            Op::Contains => "contains",
            Op::Exists => {
                return format!("{parameter} {}", if self.value == true { "is given" } else { "is not given" });
            }
        };
        let absent = if self.absent_passes { ", or not given" } else { "" };
        format!("{parameter} {sign} {value}{absent}")
    }
}

/// An excerpt of `text` for display, with invisible characters made visible.
fn shown(text: &str) -> String {
    clean::excerpt(&clean::visible(text), MAX_VALUE)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_reads_back_as_it_was_written() {
        let condition = Condition {
            parameter: "a.b".into(),
            op: Op::NotIn,
            value: serde_json::json!(["delete", 1]),
            absent_passes: true,
        };
        let total = Total { adds: Adds::Argument("amount".into()), window_seconds: 86_400, max: 500 };
        let refusal = Refusal { refused_when: vec![condition.clone(), condition.clone()] };
        let unheld = Check::Unenforceable(UnenforceableGuard { unheld: "files[].path".into() });
        let each = Some(condition.clone());
        for check in [Check::Argument(condition), Check::Refusal(refusal), Check::Total(total), unheld] {
            let guard = Guard {
                id: "g".into(),
                check,
                cause: Some(Cause { id: "c".into(), text: "t".into() }),
                essential: true,
                asks: true,
                fill_in: false,
                skip_if_uninspected: true,
                extent: true,
                each: each.clone(),
                fence: vec!["..".into()],
                on_deny: None,
            };
            let written = serde_json::to_value(&guard).unwrap();
            assert_eq!(serde_json::from_value::<Guard>(written).unwrap(), guard);
        }
    }

    #[test]
    fn what_is_asked_is_told_with_its_value() {
        let on = |op, value: Value, absent_passes| Condition { parameter: "a.b".into(), op, value, absent_passes };
        let refused_when = vec![on(Op::Gt, 5.into(), false), on(Op::Contains, "x\u{1b}[2J\u{202e}".into(), false)];
        let total = |adds| Check::Total(Total { adds, window_seconds: 3_600, max: 9 });
        for (check, words) in [
            (Check::Argument(on(Op::Lte, 100.into(), true)), "a.b <= 100, or not given"),
            (Check::Argument(on(Op::NotIn, serde_json::json!(["x", 1]), false)), r#"a.b not in ["x",1]"#),
            (Check::Argument(on(Op::Exists, false.into(), true)), "a.b is not given"),
            (Check::Refusal(Refusal { refused_when }), r#"not (a.b > 5 and a.b contains "x\u001b[2J\u{202e}")"#),
            (total(Adds::Each(1)), "at most 9 calls per hour"),
            (total(Adds::Each(2)), "at most 9 per hour, 2 a call"),
            (total(Adds::Argument("sum".into())), "at most 9 of sum per hour"),
        ] {
            assert_eq!(check.words(), words);
        }
        let long = Check::Argument(on(Op::Eq, "y".repeat(9_000).into(), false));
        assert!(long.words().len() < 300, "{}", long.words());
    }

    #[test]
    fn operators_are_named_and_turned_as_they_are_written() {
        for op in Op::ALL {
            assert_eq!(serde_json::to_value(op).unwrap(), op.name());
            assert_eq!(op.opposite().and_then(Op::opposite), op.opposite().map(|_| op));
        }
    }
}
