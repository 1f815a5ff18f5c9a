//! Policies with typing errors: the reader reports them at positions within the file, and never panics.

use proptest::prelude::*;

use super::{Dialect, Document, PolicyError, read};
use crate::text::clean::is_unsafe;

/// Policies with all features of their formats.
const WHOLE: [(Dialect, &str); 3] = [
    (
        Dialect::INTERCEPT,
        "version: \"1\"\ndescription: d\ndefault: deny\nhide: [h]\ntools:\n  look: {rules: []}\n  pay:\n    rules:\n      \
         - {name: few, rate_limit: 5/hour, on_deny: Wait.}\n      - name: known\n        conditions:\n          \
         - {path: args.to, op: in, value: &to [a, 'b']}\n          - {path: args.é, op: regex, value: ^x}\n      \
         - name: spent\n        conditions: [{path: state.pay.sum, op: lte, value: 10}]\n        \
         state: {counter: sum, window: day, increment_from: args.amount}\n  give: {rules: [{name: n, conditions: [{path: args.to, op: not_in, value: *to}]}]}\n",
    ),
    (
        Dialect::SEED,
        "tools:\n  look:\n    rules:\n      - action: allow\n        rate_limit: {max: 5, window: 60}\n        validate:\n          \
         required_args: true\n  drop: {rules: [{action: deny, reason: \"No\\tnever.\"}]}\n",
    ),
    (
        Dialect::POLICY_LAYER,
        r#"{"version": "1", "default": "deny", "hide": ["h\ud83d\ude00"], "tools": {
  "look": {"require": [{"path": "args.a", "op": "exists", "value": true}],
    "deny_if": [{"conditions": [{"path": "args.é", "op": "gt", "value": 1.5}], "on_deny": "No."}],
    "limits": [{"counter": "c", "window": "hour", "max": 5, "scope": "grant"}]}
}}"#,
    ),
];

/// Typing errors to insert into a policy.
const SLIPS: [&str; 24] = [
    "",
    " ",
    "\n",
    "\t",
    "-",
    ":",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "&a ",
    "*a",
    "!x ",
    "<<: ",
    "~",
    "0",
    "-1e999",
    "é\u{202e}",
    "\r",
    "# ",
    "tools: ",
    "\u{feff}",
];

proptest! {
    /// However a policy is mutated, the reader reports its problems at positions within the file.
    #[test]
    fn a_spoilt_policy_is_told_at_places_that_are_in_it(
        whole in prop::sample::select(WHOLE.to_vec()),
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0..9usize, prop::sample::select(SLIPS.to_vec())), 1..5),
        as_dialect in prop::sample::select(Dialect::readable().collect::<Vec<_>>()),
    ) {
        let (own, mut text) = (whole.0, whole.1.to_owned());
        for (at, length, slip) in slips {
            let at = at.index(text.len() + 1);
            let start = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let end = ((start + length).min(text.len())..).find(|at| text.is_char_boundary(*at)).unwrap();
            text.replace_range(start..end, slip);
        }
        for dialect in [Some(own), Some(as_dialect), None] {
            let Err(error) = Document::read(&text, dialect) else { continue };
            let PolicyError::Read { diagnostics, .. } = &error else { panic!("{error}") };
            prop_assert!(!diagnostics.is_empty());
            let lines: Vec<&str> = text.split('\n').collect();
            for diagnostic in diagnostics {
                let place = diagnostic.position(&text);
                let line = lines.get(usize::try_from(place.line).unwrap() - 1);
                let columns = line.map_or(0, |line| line.chars().count() as u64 + 1);
                prop_assert!((1..=columns).contains(&place.column), "{place:?} is not in {text:?}: {diagnostic:?}");
                prop_assert!(diagnostic.span.end <= text.len() + 1, "{diagnostic:?} reaches out of {text:?}");
            }
            let report = error.report("p", &text);
            prop_assert!(report.contains('^') && !report.contains(is_unsafe), "{report}");
        }
    }
}

#[test]
fn the_whole_policies_are_good() {
    for (dialect, text) in WHOLE {
        read(text, dialect).unwrap_or_else(|error| panic!("{}", error.report(dialect.name(), text)));
    }
}
