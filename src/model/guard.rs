//! What a call's arguments must meet for the call to pass.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rate_limit::RateLimit;
use crate::text::clean;

/// One demand on the calls of an allowed tool; all guards of a tool must pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The entry of `guards.yaml` that made it; in a file that was read, the name of its rule.
    pub id: String,
    /// What is asked of a call.
    #[serde(flatten)]
    pub check: Check,
    /// What in the definition caused it; nothing in a file that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// True when the tool is allowed only because of this guard: a format that cannot say it must not allow the tool.
    #[serde(default, skip_serializing_if = "is_false")]
    pub essential: bool,
    /// True when a call that does not meet it waits for a person; false when it is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub asks: bool,
    /// True when the value is only a start and a person must set it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fill_in: bool,
    /// The sentence that an agent gets back when the guard refuses a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_deny: Option<String>,
}

/// What a guard asks of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Check {
    /// A comparison with one argument.
    Argument(Condition),
    /// Comparisons that refuse a call together.
    Refusal(Refusal),
    /// A total over the calls of a window.
    Total(Total),
    /// Nothing, since no format has words for it.
    Unenforceable(UnenforceableGuard),
}

/// An argument that should be guarded and cannot be: it stands in a list, holds a dot in its name, or is of a type with
/// which the check cannot be made. Every format tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnenforceableGuard {
    /// The parameter's path, with its array marks: `files[].path`.
    pub(crate) unheld: String,
}

/// An argument compared with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The argument's dotted path, without array marks: `requestBody.amount`.
    pub parameter: String,
    /// The comparison.
    pub op: Op,
    /// What it is compared with: a list for `in` and `not_in`, a number for the orders, a string for `regex`, true or
    /// false for `exists`, anything for the others.
    pub value: Value,
    /// True when a call without this argument passes. What is `null` is not given.
    #[serde(default, skip_serializing_if = "is_false")]
    pub absent_passes: bool,
}

/// Comparisons; at least one must fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A call is refused when all of these hold; never empty.
    pub(crate) refused_when: Vec<Condition>,
}

/// A comparison; all but `exists` are about an argument that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal: numbers as numbers, all else as text.
    Eq,
    /// Not equal.
    Neq,
    /// Equal to one of a list.
    In,
    /// Equal to none of a list.
    NotIn,
    /// A smaller number.
    Lt,
    /// A number not greater.
    Lte,
    /// A greater number.
    Gt,
    /// A number not smaller.
    Gte,
    /// A string in which an RE2 pattern is found.
    Regex,
    /// A string with that part, or a list with that element.
    Contains,
    /// Given (true) or not given (false).
    Exists,
}

impl Op {
    /// All comparisons.
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

    /// The name, as Intercept and PolicyLayer spell it.
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

    /// True for the comparisons that hold for numbers alone.
    pub(crate) fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte)
    }

    /// The comparison that holds exactly when this one does not, about an argument that is given and, for the orders,
    /// a number; none for `regex`,
    /// `contains` and `exists`, which keep their name and turn their value, or cannot be turned.
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

/// At most `max` in all calls of one window together; windows are aligned to the clock in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// What one call adds.
    pub adds: Adds,
    /// 60, 3600 or 86400.
    pub window_seconds: u32,
    /// The most that the window may hold.
    pub max: u64,
}

/// What one call adds to a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adds {
    /// The same each time.
    Each(u32),
    /// The number in the argument of that path, cut to a whole one; a call without it is refused.
    Argument(String),
}

/// What in a definition caused a guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The signal, the parameter's role, or what else the entry of `guards.yaml` answers.
    pub id: String,
    /// For people: `Takes an amount of money (amount)`.
    pub text: String,
}

impl Guard {
    /// The guard called `id` that refuses a call which does not meet `check`, with nothing else known of it.
    pub(crate) fn new(id: impl Into<String>, check: Check) -> Self {
        Self { id: id.into(), check, cause: None, essential: false, asks: false, fill_in: false, on_deny: None }
    }

    /// The paths of the arguments it is about, each once; none for a total of calls.
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

    /// True when some format has words for it.
    pub(crate) fn can_be_held(&self) -> bool {
        !matches!(self.check, Check::Unenforceable(_))
    }

    /// Its comparisons with arguments; none for what is no comparison.
    pub(crate) fn conditions(&self) -> &[Condition] {
        match &self.check {
            Check::Argument(condition) => std::slice::from_ref(condition),
            Check::Refusal(refusal) => &refusal.refused_when,
            Check::Total(_) | Check::Unenforceable(_) => &[],
        }
    }
}

/// Characters of a value in a sentence.
const MAX_VALUE: usize = 200;

impl Check {
    /// What it asks, in a line that is safe to show: "amount <= 100", "at most 5 calls per hour".
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
    /// What it asks, in a line that is safe to show: "amount <= 100".
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

/// `text` from a file as it can be shown: short, and with what is invisible made visible.
fn shown(text: &str) -> String {
    clean::excerpt(&clean::visible(text), MAX_VALUE)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
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
        for check in [Check::Argument(condition), Check::Refusal(refusal), Check::Total(total), unheld] {
            let guard = Guard {
                id: "g".into(),
                check,
                cause: Some(Cause { id: "c".into(), text: "t".into() }),
                essential: true,
                asks: true,
                fill_in: false,
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
