//! Definitions in Chinese, Spanish, Portuguese, French, German, Japanese, Korean, Russian, Turkish, Polish, Italian, Dutch,
//! Vietnamese, Indonesian and Arabic, written for this test: the verb must be found where each language puts it.

use std::path::Path;

use mcp_scan::eval::{Evaluation, Hints, Truth};
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};

#[test]
fn verbs_of_fifteen_languages() {
    let rules = Ruleset::builtin().expect("the built-in rules load");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/labelled/languages.jsonl");
    let mut evaluation = Evaluation::new(&rules, Hints::Withhold, vec![], None);
    for line in Saved::open(&Target::File(path)).expect("the fixture opens").lines() {
        evaluation.add(line.server, line.tool, &Truth::new(&line.raw).expect("a label"));
    }
    let accuracy = evaluation.finish();
    let misses: Vec<String> = accuracy
        .misses
        .iter()
        .map(|m| format!("{}: {} called {} ({})", m.tool, m.label, m.verdict, m.because))
        .collect();
    assert_eq!(accuracy.figures.tools, 67);
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}
