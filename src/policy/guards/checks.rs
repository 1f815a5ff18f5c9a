//! The checks of `guards.yaml` entries on a single parameter.

use serde_json::{Number, Value, json};

use crate::model::{Adds, Check, Condition, Op, Parameter, Total};
use crate::rules::{GuardEntry, GuardTemplate, Settings};
use crate::text::json::plain;
use crate::text::words::Words;

/// Most values of a parameter that a guard lists.
const MAX_VALUES: usize = 200;
/// Shortest word whose longer forms also match.
const MIN_STEM: usize = 5;

/// What the checks on the parameters of one tool share.
pub(crate) struct Checks<'a> {
    /// Some operations of a dispatch tool may not need an argument.
    pub(crate) is_dispatch: bool,
    /// The user's settings.
    pub(crate) settings: &'a Settings,
    /// The tool's description.
    pub(crate) description: Option<&'a str>,
}

impl Checks<'_> {
    /// The check of `entry` on `parameter`; `None` if the schema already requires as much.
    pub(crate) fn check_for(&self, entry: &GuardEntry, parameter: &Parameter) -> Option<Check> {
        let listed = !parameter.values.is_empty();
        let argument = |op, value| Check::Argument(condition(entry, parameter, op, value, self.is_dispatch));
        match &entry.check {
            GuardTemplate::Compare { op: Op::Regex, .. } | GuardTemplate::Pattern { .. } if listed => None,
            GuardTemplate::Compare { op, value } => {
                let value = self.set_number(entry).map_or_else(|| within(*op, value, parameter), Value::Number);
                Some(argument(*op, value))
            }
            GuardTemplate::Pattern { value, narrowed, .. } => {
                let set = self.set(entry);
                let pattern = match narrowed.as_ref().filter(|_| !set.is_empty()) {
                    Some(narrowed) => narrowed.replace("%set%", &any_of(set)),
                    None => value.clone(),
                };
                Some(argument(Op::Regex, pattern.into()))
            }
            GuardTemplate::ListedValues => {
                let fits = listed && parameter.values.len() <= MAX_VALUES;
                fits.then(|| argument(Op::In, json!(parameter.values)))
            }
            GuardTemplate::WithoutWords(excluded) if listed => {
                let is_of = |word: &str| excluded.words.iter().any(|known| is_form_of(word, known));
                let has_word = |value: &&String| Words::new(value.as_str()).iter().any(is_of);
                let kept: Vec<&String> = parameter.values.iter().filter(|value| !has_word(value)).collect();
                match kept.len() {
                    n if n == parameter.values.len() || n > MAX_VALUES => None,
                    0 => Some(not_given(&parameter.path)),
                    _ => Some(argument(Op::In, json!(kept))),
                }
            }
            GuardTemplate::WithoutWords(excluded) => {
                let word = excluded.other_word();
                Some(argument(Op::Regex, format!(r"^(?:\W|\b{word}\b)*$").into()))
            }
            GuardTemplate::RefusedOperations | GuardTemplate::Limit(_) => None,
            GuardTemplate::Given if parameter.types.words() == "string" && !listed => {
                Some(argument(Op::Neq, "".into()))
            }
            GuardTemplate::Given => Some(argument(Op::Exists, true.into())),
            GuardTemplate::BoundedKey { keys, max } => {
                let texts = [parameter.description.as_deref(), self.description];
                let names = |key: &&String| texts.into_iter().flatten().any(|text| names_key(text, key));
                Some(match keys.iter().find(names) {
                    Some(key) => must_hold(format!("{}.{key}", parameter.path), Op::Lte, json!(max)),
                    // No call passes.
                    None => must_hold(parameter.path.clone(), Op::Exists, false.into()),
                })
            }
            GuardTemplate::WithoutKey(key) => Some(not_given(&format!("{}.{key}", parameter.path))),
            GuardTemplate::WithoutKeys(keys) => Some(not_given(&format!("{}.{}", parameter.path, keys.first()?))),
            GuardTemplate::Approval => Some(not_given(&parameter.path)),
            // A total counts calls that give the number; it would deny the others.
            GuardTemplate::Total { .. } if self.is_dispatch && !parameter.required => None,
            GuardTemplate::Total { max, window_seconds } => Some(Check::Total(Total {
                adds: Adds::Argument(parameter.path.clone()),
                window_seconds: *window_seconds,
                max: self.set_number(entry).and_then(|number| number.as_u64()).unwrap_or(*max),
            })),
        }
    }

    /// What must hold beside `check`: the other keys are not given, and a number is not below the least one.
    pub(crate) fn further(&self, entry: &GuardEntry, check: &Check, parameter: &Parameter) -> Vec<Check> {
        if let GuardTemplate::WithoutKeys(keys) = &entry.check {
            return keys.iter().skip(1).map(|key| not_given(&format!("{}.{key}", parameter.path))).collect();
        }
        self.least(entry, check, parameter).into_iter().collect()
    }

    /// The least number beside the greatest one that `check` allows; `None` if the entry has none, or the schema requires
    /// as much.
    fn least(&self, entry: &GuardEntry, check: &Check, parameter: &Parameter) -> Option<Check> {
        let (least, Check::Argument(most)) = (entry.at_least?, check) else { return None };
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let is_required = most.parameter == parameter.path && parameter.minimum.is_some_and(|own| own >= least as f64);
        let check = Check::Argument(Condition { op: Op::Gte, value: json!(least), ..most.clone() });
        (most.op == Op::Lte && !is_required).then_some(check)
    }

    /// True if the check contains a placeholder that a person must set.
    pub(crate) fn is_start(&self, entry: &GuardEntry) -> bool {
        let is_number = matches!(entry.check, GuardTemplate::Compare { .. } | GuardTemplate::Total { .. });
        is_number && entry.set.is_some() && self.set_number(entry).is_none()
    }

    fn set(&self, entry: &GuardEntry) -> &[String] {
        entry.set.as_ref().map_or(&[], |name| self.settings.get(name))
    }

    fn set_number(&self, entry: &GuardEntry) -> Option<Number> {
        self.set(entry).last()?.parse().ok()
    }
}

/// True for `known` and words that begin with it: `closed`, `closedwon`. Short words must be equal.
fn is_form_of(word: &str, known: &str) -> bool {
    word == known || known.len() >= MIN_STEM && word.starts_with(known)
}

/// A pattern that matches any of `texts`.
fn any_of(texts: &[String]) -> String {
    let escaped: Vec<String> = texts.iter().map(|text| regex::escape(text.trim_end_matches('/'))).collect();
    format!("(?:{})", escaped.join("|"))
}

/// True if `key` stands in `text` as a name of its own.
fn names_key(text: &str, key: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && !"_$".contains(c)).any(|name| name == key)
}

/// A comparison that a call without the argument fails.
fn must_hold(parameter: String, op: Op, value: Value) -> Check {
    Check::Argument(Condition { parameter, op, value, absent_passes: false })
}

fn not_given(path: &str) -> Check {
    let value = Value::Bool(false);
    Check::Argument(Condition { parameter: path.to_owned(), op: Op::Exists, value, absent_passes: true })
}

/// Keeps a cap within the bounds of the schema.
fn within(op: Op, value: &Value, parameter: &Parameter) -> Value {
    let (Some(cap), Op::Lte) = (value.as_f64(), op) else { return value.clone() };
    let held = cap.min(parameter.maximum.unwrap_or(cap)).max(parameter.minimum.unwrap_or(f64::MIN));
    if held == cap {
        return value.clone();
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
    let whole = (held.fract() == 0.0 && held.abs() < 1e15).then(|| json!(held as i64));
    whole.or_else(|| Number::from_f64(held).map(Value::Number)).unwrap_or_else(|| value.clone())
}

/// A comparison with the argument. A switch that is on by default must be present to be off.
pub(crate) fn condition(entry: &GuardEntry, parameter: &Parameter, op: Op, value: Value, may_lack: bool) -> Condition {
    let off_by_default = op != Op::Eq || parameter.default.as_deref().is_none_or(|default| plain(&value) == default);
    let absent_passes = (may_lack || !entry.must_be_given) && !parameter.required && off_by_default;
    Condition { parameter: parameter.path.clone(), op, value, absent_passes }
}
