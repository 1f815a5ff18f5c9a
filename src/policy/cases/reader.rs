//! Reads cases from a companion file, or from JSON lines. Reports all problems at once, with their positions.

use serde_json::Value as Json;

use super::Case;
use crate::policy::call::Outcome;
use crate::policy::diagnostic::PolicyDiagnostic;
use crate::policy::dialect::tree::{self, Node, Value};
use crate::policy::dialect::validator::Validator;

/// Reads the cases of a companion: a YAML file with `tests`.
pub fn companion(text: &str) -> Result<Vec<Case>, Vec<PolicyDiagnostic>> {
    let (root, diagnostics) = tree::yaml(text).map_err(|diagnostic| vec![diagnostic])?;
    let mut validator = Validator::new(diagnostics);
    let fields = validator.fields(&root, "a file of calls", &["tests"]);
    let tests = fields.and_then(|fields| validator.required(&fields, "tests"));
    let tests = tests.map_or(&[][..], |node| validator.list(node, "tests"));
    let cases = tests.iter().filter_map(|node| case(&mut validator, node)).collect();
    validator.finish(cases)
}

/// Reads cases from JSON lines, one object per line; empty lines are skipped.
pub fn lines(text: &str) -> Result<Vec<Case>, Vec<PolicyDiagnostic>> {
    let (mut cases, mut diagnostics, mut start) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let (begins, content) = (start, line.trim_start_matches('\u{feff}'));
        let begins = begins + (line.len() - content.len());
        start += line.len();
        if content.trim().is_empty() {
            continue;
        }
        let read = tree::json(content).map_err(|diagnostic| vec![diagnostic]).and_then(|node| {
            let mut validator = Validator::default();
            let case = case(&mut validator, &node);
            validator.finish(case)
        });
        match read {
            Ok(case) => cases.extend(case),
            Err(found) => diagnostics.extend(found.into_iter().map(|diagnostic| PolicyDiagnostic {
                span: diagnostic.span.start + begins..diagnostic.span.end + begins,
                ..diagnostic
            })),
        }
    }
    if diagnostics.is_empty() { Ok(cases) } else { Err(diagnostics) }
}

/// A call and its expected outcome.
fn case(validator: &mut Validator, node: &Node) -> Option<Case> {
    let fields = validator.fields(node, "a call", &["about", "tool", "name", "arguments", "at", "expect", "rule"])?;
    let tool = match (fields.get("tool"), fields.get("name")) {
        (Some(_), Some(name)) => {
            validator.diagnostic(&name.span, "tool and name are the same", "keep one of them");
            return None;
        }
        (None, Some(name)) => Some(name),
        _ => validator.required(&fields, "tool"),
    };
    let tool = tool.and_then(|node| validator.text(node, "tool"));
    let arguments = fields.get("arguments").map_or(Json::Null, |node| arguments(validator, node));
    let at = fields.get("at").and_then(|node| {
        let seconds = node.json().as_u64();
        if seconds.is_none() {
            validator.wrong(node, "at", "a whole number of seconds from 0");
        }
        seconds
    });
    let expected = Outcome::ALL.map(|outcome| (outcome.name(), outcome));
    let expect = fields.get("expect").and_then(|node| validator.word(node, "expect", &expected));
    let about = validator.optional_text(&fields, "about").map(str::to_owned);
    let rule = validator.optional_text(&fields, "rule").map(str::to_owned);
    Some(Case { about, tool: tool?.to_owned(), arguments, at, expect, rule })
}

/// The arguments of a call: a mapping of names to values.
fn arguments(validator: &mut Validator, node: &Node) -> Json {
    if !matches!(node.value, Value::Map(_)) {
        validator.wrong(node, "arguments", "a mapping of names to values");
    }
    node.json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_calls_is_told_in_words_and_in_its_place() {
        for (line, column, says) in [
            (r#"{"tool": "t", "arguments": [1]}"#, 28, "arguments must be a mapping of names to values, got a list"),
            (r#"{"tool": "t", "arguments": "x"}"#, 28, "arguments must be a mapping"),
            (r#"{"tool": "t", "at": -1}"#, 21, "at must be a whole number of seconds from 0, got -1"),
            (r#"{"tool": "t", "at": 1.5}"#, 21, "at must be a whole number"),
            (
                r#"{"tool": "t", "expect": "allow"}"#,
                25,
                "expect cannot be \"allow\"; it is allowed, approval, limited or denied",
            ),
            (r#"{"tool": "t", "expct": "allowed"}"#, 15, "did you mean \"expect\"?"),
            (r#"{"arguments": {}}"#, 1, "a call must have the key tool"),
            (r#"{"tool": "t", "name": "t"}"#, 23, "keep one of them"),
            (r#"{"tool": ["t"]}"#, 10, "tool must be a text, got a list"),
            ("[]", 1, "a call must be a mapping, got a list"),
            (r#"{"tool": "t""#, 1, "this is no JSON"),
            ("tool: t", 1, "this is no JSON"),
        ] {
            let text = format!("\u{feff}{{\"tool\": \"t\"}}\n\n{line}\n");
            let diagnostics = lines(&text).expect_err(line);
            let place = diagnostics[0].position(&text);
            assert!(diagnostics[0].sentence().contains(says), "{line}: {diagnostics:?}");
            assert_eq!((diagnostics.len(), place.line, place.column), (1, 3, column), "{line}: {diagnostics:?}");
        }
        let companion_of = |calls: &str| {
            companion(calls).map_err(|diagnostics| {
                diagnostics
                    .iter()
                    .map(|diagnostic| (diagnostic.position(calls).line, diagnostic.sentence()))
                    .collect::<Vec<_>>()
            })
        };
        let told = companion_of("tests:\n  - {tool: t, at: -1}\n  - {tool: t, arguments: [1]}\n").unwrap_err();
        assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3], "{told:?}");
        assert!(companion_of("tests:\n").is_err() && companion_of("").is_err() && companion_of("calls: []").is_err());
        assert_eq!(companion_of("tests: [{name: 5, arguments: ~}]").unwrap()[0].tool, "5");
    }
}
