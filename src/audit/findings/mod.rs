//! What is wrong with a definition: each entry of `findings.yaml` held against a tool, a server, and the servers that
//! are used together. Pure, and bounded by the size of the listing.

mod across;
mod characters;
mod examples;
mod hints;
mod purpose;
mod schema;
mod server;
mod texts;

pub use across::across;
pub use examples::failures as example_failures;
pub use purpose::lone_writer;
pub use server::on_server;

use crate::model::{Assessment, Finding, Severity, Tool};
use crate::rules::{Detect, FindingRule, Ruleset};
use texts::Texts;

/// The findings on one tool, in the order of the rules.
pub fn findings(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset) -> Vec<Finding> {
    let texts = Texts::of_tool(tool);
    let found = |rule: &FindingRule| {
        let text = rule.concerns(assessment.category).then(|| on_tool(rule, tool, assessment, &texts))??;
        Some(finding(rule, rule.severity(assessment), Some(&tool.name), text))
    };
    ruleset.findings.iter().filter_map(found).collect()
}

/// What `rule` says of one tool.
fn on_tool(rule: &FindingRule, tool: &Tool, assessment: &Assessment, texts: &Texts<'_>) -> Option<String> {
    match rule.entry.detect {
        Detect::HiddenText => texts.hidden(),
        Detect::InvisibleCharacters => texts.invisible(),
        Detect::HomoglyphName => characters::homoglyph(&tool.name),
        Detect::Phrases => texts.phrase(rule),
        Detect::Patterns => texts.pattern(rule),
        Detect::ContradictedHint => hints::contradicted(rule, tool, assessment),
        Detect::DestructiveWithoutHint => hints::missing(tool),
        Detect::Signal => schema::signal(rule, assessment),
        Detect::BroadDispatchTool => schema::broad_dispatch(rule, tool, assessment),
        Detect::UntypedParameter => schema::untyped(tool),
        // About a server, or several.
        _ => None,
    }
}

/// A finding of `rule` on `tool`, or on its server.
fn finding(rule: &FindingRule, severity: Severity, tool: Option<&str>, text: String) -> Finding {
    let (id, tool) = (rule.entry.id.clone(), tool.map(Into::into));
    Finding { id, severity, tool, text, ignored: None, known: false, listed: None }
}
