//! The findings on a text that a server returned, such as the result of a tool.

use super::{finding, ordered};
use crate::model::{Finding, FindingKind, Severity, texts_of_result};
use crate::orders::ToolNames;
use crate::rules::{Detect, FindingRule, Ruleset};

/// The attacks in `text` that are surely meant for the model. Results hold any text, so weaker signs do not count.
pub(crate) fn on_result(text: &str, ruleset: &Ruleset) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for piece in texts_of_result(text) {
        let texts = [piece];
        let orders = ruleset.reader.read(&texts, &ToolNames::default());
        let find = |(index, rule): (usize, &FindingRule)| match &rule.detect {
            _ if rule.kind != FindingKind::Attack => None,
            Detect::Text(detector) => Some(finding(rule, rule.severity, None, detector.find(&texts)?)),
            Detect::Sentences(_) => {
                let order = orders.iter().find(|order| order.entry == index)?;
                Some(ordered(rule, order, None, &texts))
            }
            Detect::Tool(_) | Detect::Item(_) | Detect::Server(_) | Detect::Servers(_) => None,
        };
        let found = ruleset.findings.iter().enumerate().filter_map(find);
        let is_sure = |finding: &Finding| finding.severity >= Severity::High;
        for finding in found.filter(is_sure) {
            if all.iter().all(|known| known.id != finding.id) {
                all.push(finding);
            }
        }
    }
    all
}
