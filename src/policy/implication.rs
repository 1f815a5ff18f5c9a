//! Finds guards that other guards imply: every call that passes one passes the other. If this is unknown, as for two
//! patterns, the answer is no. Not a solver, which would be far larger than these few comparisons.

use std::collections::HashSet;

use serde_json::Value;

use super::decider::compares;
use super::re2;
use crate::model::{Adds, Check, Condition, Guard, Op, Parameter, Total};
use crate::text::json::plain;

/// True if every call that passes `by` passes `other`.
pub(crate) fn implies(by: &Check, other: &Check) -> bool {
    by == other
        || match (by, other) {
            (Check::Argument(by), Check::Argument(other)) => condition(by, other),
            (Check::Argument(by), Check::Refusal(other)) => {
                other.refused_when.iter().filter_map(negated).any(|fails| condition(by, &fails))
            }
            // If all conditions of the one denial hold wherever the other denies, it denies these calls as well.
            (Check::Refusal(by), Check::Refusal(other)) => {
                by.refused_when.iter().all(|wanted| other.refused_when.iter().any(|given| condition(given, wanted)))
            }
            (Check::Total(by), Check::Total(other)) => total(by, other),
            (Check::Argument(_) | Check::Refusal(_) | Check::Total(_) | Check::Unenforceable(_), _) => false,
        }
}

/// The guard that makes the one at `index` redundant, because every call that passes it passes that one too; of two
/// equal guards the first stays. A guard that asks for approval never replaces a denial. Presence checks neither
/// replace others nor are replaced, since they exist for their message.
pub(crate) fn superseding(guards: &[Guard], index: usize) -> Option<&Guard> {
    let guard = &guards[index];
    let is_of_presence = |guard: &Guard| guard.conditions().iter().any(|condition| condition.op == Op::Exists);
    let supersedes = |(other, by): &(usize, &Guard)| {
        *other != index
            && (!by.asks || guard.asks)
            && !is_of_presence(by)
            && implies(&by.check, &guard.check)
            && (*other < index || !implies(&guard.check, &by.check))
    };
    if is_of_presence(guard) { None } else { guards.iter().enumerate().find(supersedes).map(|(_, by)| by) }
}

/// Drops guards that others make redundant.
pub fn without_superseded(guards: Vec<Guard>) -> Vec<Guard> {
    let stays: Vec<bool> = (0..guards.len()).map(|index| superseding(&guards, index).is_none()).collect();
    guards.into_iter().zip(stays).filter_map(|(guard, stays)| stays.then_some(guard)).collect()
}

/// The condition that holds exactly if this one does not.
fn negated(condition: &Condition) -> Option<Condition> {
    let op = condition.op.opposite()?;
    Some(Condition { op, absent_passes: !condition.absent_passes, ..condition.clone() })
}

/// True if every call that meets `by` meets `other`.
fn condition(by: &Condition, other: &Condition) -> bool {
    let absent = !passes_absent(by) || passes_absent(other);
    by.parameter == other.parameter && absent && values(by, other)
}

/// True if a call without the argument passes.
pub(crate) fn passes_absent(condition: &Condition) -> bool {
    if condition.op == Op::Exists { condition.value == false } else { condition.absent_passes }
}

/// True if every value that meets `by` meets `other`.
fn values(by: &Condition, other: &Condition) -> bool {
    let numbers = by.value.as_f64().zip(other.value.as_f64());
    match (by.op, other.op, numbers) {
        (Op::Exists, _, _) if by.value == false => true,
        (_, Op::Exists, _) => other.value == true,
        (Op::Lt | Op::Lte, Op::Lt | Op::Lte, Some((a, b))) => {
            a < b || (a <= b && (by.op == Op::Lt || other.op == Op::Lte))
        }
        (Op::Gt | Op::Gte, Op::Gt | Op::Gte, Some((a, b))) => {
            a > b || (a >= b && (by.op == Op::Gt || other.op == Op::Gte))
        }
        (Op::Eq | Op::In, _, _) => {
            let holds = Test::new(other);
            listed(by).iter().all(|value| holds.passes(value))
        }
        (_, Op::Neq | Op::NotIn, _) => {
            let holds = Test::new(by);
            !matches!(holds, Test::Never) && !listed(other).iter().any(|value| holds.passes(value))
        }
        _ => by.op == other.op && by.value == other.value,
    }
}

/// The values in a comparison.
fn listed(condition: &Condition) -> &[Value] {
    match (&condition.value, condition.op) {
        (Value::Array(values), Op::In | Op::NotIn) => values,
        (value, _) => std::slice::from_ref(value),
    }
}

/// True if calls within the limit `by` never exceed `other`, which counts the same. Windows are aligned, so an hour
/// contains sixty minutes. A sum of arguments can decrease, so sums only compare over equal windows.
fn total(by: &Total, other: &Total) -> bool {
    let (own, wanted) = (u64::from(by.window_seconds.max(1)), u64::from(other.window_seconds.max(1)));
    let most = match by.adds {
        Adds::Each(step) if step > 0 && own < wanted => by.max.saturating_mul(wanted.div_ceil(own)),
        Adds::Each(step) if step > 0 => by.max,
        Adds::Each(_) | Adds::Argument(_) if own == wanted => by.max,
        Adds::Each(_) | Adds::Argument(_) => return false,
    };
    by.adds == other.adds && most <= other.max
}

/// True if `value` meets all `conditions` on its argument.
pub(crate) fn meets(conditions: &[&Condition], value: &Value) -> bool {
    conditions.iter().all(|condition| Test::new(condition).passes(value))
}

/// The values that `condition` is meant to deny: those in its list, or those in the schema that are not in its list.
pub(crate) fn refused_values(condition: &Condition, parameters: &[Parameter]) -> Vec<Value> {
    let listed = condition.value.as_array().map_or(&[][..], Vec::as_slice);
    match condition.op {
        Op::NotIn => listed.to_vec(),
        Op::In => {
            let parameter = parameters.iter().find(|parameter| parameter.path == condition.parameter);
            let values = parameter.into_iter().flat_map(|parameter| &parameter.values);
            let is_kept = |value: &&String| listed.iter().any(|kept| plain(kept) == **value);
            values.filter(|value| !is_kept(value)).map(|value| Value::from(value.as_str())).collect()
        }
        Op::Eq | Op::Neq | Op::Lt | Op::Lte | Op::Gt | Op::Gte | Op::Regex | Op::Contains | Op::Exists => Vec::new(),
    }
}

/// A comparison prepared for many values, with the same meaning as in a call.
enum Test<'c> {
    Listed {
        values: ValueSet,
        wanted: bool,
        absent: bool,
    },
    Pattern(Box<regex::Regex>, bool),
    Given(bool),
    Other(&'c Condition),
    /// An invalid pattern.
    Never,
}

impl<'c> Test<'c> {
    fn new(condition: &'c Condition) -> Self {
        let absent = condition.absent_passes;
        match condition.op {
            Op::Eq | Op::In => Self::Listed { values: ValueSet::new(listed(condition)), wanted: true, absent },
            Op::Neq | Op::NotIn => Self::Listed { values: ValueSet::new(listed(condition)), wanted: false, absent },
            Op::Regex => match condition.value.as_str().map(re2::compile) {
                Some(Ok(pattern)) => Self::Pattern(Box::new(pattern), absent),
                _ => Self::Never,
            },
            Op::Exists => Self::Given(condition.value == true),
            Op::Lt | Op::Lte | Op::Gt | Op::Gte | Op::Contains => Self::Other(condition),
        }
    }

    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Given(wanted) => *wanted != value.is_null(),
            Self::Never => false,
            Self::Listed { absent, .. } | Self::Pattern(_, absent) if value.is_null() => *absent,
            Self::Other(condition) if value.is_null() => condition.absent_passes,
            Self::Listed { values, wanted, .. } => values.has(value) == *wanted,
            Self::Pattern(pattern, _) => value.as_str().is_some_and(|text| pattern.is_match(text)),
            Self::Other(condition) => compares(condition.op, value, &condition.value),
        }
    }
}

/// The values of a list, indexed as they compare: numbers as numbers, everything else as text.
struct ValueSet {
    numbers: HashSet<u64>,
    texts: HashSet<String>,
    texts_of_others: HashSet<String>,
}

impl ValueSet {
    fn new(values: &[Value]) -> Self {
        let others = values.iter().filter(|value| !value.is_number());
        Self {
            numbers: values.iter().filter_map(Value::as_f64).map(f64::to_bits).collect(),
            texts: values.iter().map(plain).collect(),
            texts_of_others: others.map(plain).collect(),
        }
    }

    fn has(&self, value: &Value) -> bool {
        match value.as_f64() {
            Some(number) => self.numbers.contains(&number.to_bits()) || self.texts_of_others.contains(&plain(value)),
            None => self.texts.contains(&plain(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Refusal;

    fn on_a(op: Op, value: Value) -> Check {
        Check::Argument(Condition { parameter: "a".into(), op, value, absent_passes: false })
    }

    #[test]
    fn one_demand_holds_wherever_another_does() {
        let given = |wanted: bool| on_a(Op::Exists, json!(wanted));
        let refused = |op, value| Check::Refusal(Refusal { refused_when: on_a_conditions(&[(op, value)]) });
        let cases = [
            (on_a(Op::Lte, json!(5)), on_a(Op::Lt, json!(6)), true),
            (on_a(Op::Lte, json!(5)), on_a(Op::Lt, json!(5)), false),
            (on_a(Op::Gt, json!(5)), on_a(Op::Gte, json!(5)), true),
            (on_a(Op::In, json!(["x", "y"])), on_a(Op::In, json!(["y", "z", "x"])), true),
            (on_a(Op::In, json!(["y", "z", "x"])), on_a(Op::In, json!(["x", "y"])), false),
            (on_a(Op::Eq, json!(5)), on_a(Op::In, json!(["5", 6])), true),
            (on_a(Op::Eq, json!("x1")), on_a(Op::Regex, json!("^x")), true),
            (on_a(Op::NotIn, json!(["x", "y"])), on_a(Op::Neq, json!("y")), true),
            (on_a(Op::NotIn, json!(["x"])), on_a(Op::NotIn, json!(["x", "y"])), false),
            (on_a(Op::Lte, json!(5)), on_a(Op::NotIn, json!([6, 7])), true),
            (on_a(Op::Regex, json!("^x")), on_a(Op::Neq, json!("y")), true),
            (on_a(Op::Regex, json!("(")), on_a(Op::Neq, json!("y")), false),
            (on_a(Op::Regex, json!("^x")), on_a(Op::Regex, json!("x")), false),
            (on_a(Op::Eq, json!("x")), given(true), true),
            (given(true), on_a(Op::Neq, json!("x")), false),
            (given(false), on_a(Op::Neq, json!("x")), false),
            (on_a(Op::Lte, json!(5)), refused(Op::Gt, json!(9)), true),
            (on_a(Op::Lte, json!(9)), refused(Op::Gt, json!(5)), false),
            (refused(Op::Gt, json!(5)), refused(Op::Gt, json!(9)), true),
            (refused(Op::Gt, json!(9)), refused(Op::Gt, json!(5)), false),
        ];
        for (by, other, wanted) in cases {
            assert_eq!(implies(&by, &other), wanted, "{} => {}", by.words(), other.words());
            assert!(implies(&by, &by), "{}", by.words());
        }
    }

    fn on_a_conditions(conditions: &[(Op, Value)]) -> Vec<Condition> {
        let made = |(op, value): &(Op, Value)| Condition {
            parameter: "a".into(),
            op: *op,
            value: value.clone(),
            absent_passes: false,
        };
        conditions.iter().map(made).collect()
    }

    #[test]
    fn a_refusal_of_less_is_within_one_of_more() {
        let both = [(Op::Gt, json!(5)), (Op::Neq, json!(7))];
        let [narrow, wide] =
            [&both[..], &both[..1]].map(|of| Check::Refusal(Refusal { refused_when: on_a_conditions(of) }));
        assert!(implies(&wide, &narrow) && !implies(&narrow, &wide));
    }

    #[test]
    fn a_total_is_within_another_by_what_its_windows_can_hold() {
        let each = |max, window_seconds| Check::Total(Total { adds: Adds::Each(1), window_seconds, max });
        let sum = |max, window_seconds| Check::Total(Total { adds: Adds::Argument("a".into()), window_seconds, max });
        for (by, other, wanted) in [
            (each(5, 60), each(6, 60), true),
            (each(5, 86_400), each(5, 60), true),
            (each(6, 86_400), each(5, 60), false),
            (each(1, 60), each(60, 3_600), true),
            (each(1, 60), each(59, 3_600), false),
            (sum(5, 60), sum(6, 60), true),
            (sum(5, 86_400), sum(6, 60), false),
            (sum(5, 60), each(5, 60), false),
        ] {
            assert_eq!(implies(&by, &other), wanted, "{} => {}", by.words(), other.words());
        }
    }

    #[test]
    fn values_are_looked_up_as_they_are_compared() {
        let all =
            [json!(5), json!(5.0), json!("5"), json!("5.0"), json!(true), json!("true"), json!([1]), json!("[1]")];
        for one in &all {
            let list = ValueSet::new(std::slice::from_ref(one));
            for value in &all {
                assert_eq!(list.has(value), compares(Op::Eq, value, one), "{value} {one}");
            }
        }
    }
}
