//! A scan as a SARIF log.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{About, Finding, Rule};
use crate::model::{Counts, Locations, Report};
use crate::rules::{FindingRule, Ruleset};
use crate::text::digest::sha256;

/// Writes the findings of `report`, with the rules that gave them.
pub fn write(report: &Report, ruleset: &Ruleset, locations: &Locations, out: impl Write) -> io::Result<()> {
    let rules: Vec<Rule> = ruleset.findings.iter().map(rule).collect();
    let about = About { counts: Some(Counts::of(report)), errors: &report.errors };
    super::write(&rules, &findings(report, locations), about, out)
}

fn rule(rule: &FindingRule) -> Rule {
    let entry = &rule.entry;
    Rule {
        id: entry.id.clone(),
        title: entry.title.clone(),
        severity: entry.severity,
        why: entry.why.clone(),
        remedy: entry.remedy.clone(),
        references: entry.references.clone(),
    }
}

fn findings(report: &Report, locations: &Locations) -> Vec<Finding> {
    let mut alike: HashMap<[String; 3], usize> = HashMap::new();
    let servers = report.servers.iter().enumerate();
    let all = servers.flat_map(|(at, server)| server.findings.iter().map(move |finding| (at, server, finding)));
    let result = |(at, server, finding): (usize, &crate::model::ServerReport, &crate::model::Finding)| {
        let (name, tool) = (&server.server.name, finding.tool.as_deref());
        // The words of a finding may get better: it is still the same one.
        let same = [name.clone(), tool.unwrap_or_default().to_owned(), finding.id.clone()];
        let nth = alike.entry(same.clone()).or_default();
        let fingerprint = sha256(same.iter().chain([&nth.to_string()]));
        *nth += 1;
        let located = locations.of(at, tool);
        Finding {
            rule: finding.id.clone(),
            severity: finding.severity,
            text: finding.text.clone(),
            // GitHub refuses a log with a finding that stands in no file: a server's name stands in for one.
            file: Some(located.map_or_else(|| server.slug.clone(), |(file, _)| file.to_owned())),
            place: located.map(|(_, position)| (position.line, position.column)),
            subject: tool.map_or_else(|| name.clone(), |tool| format!("{name}/{tool}")),
            fingerprint,
            suppression: finding.suppression(),
        }
    };
    all.map(result).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{DefinedIn, Position};
    use crate::report::sample;

    fn log(report: &Report, locations: &Locations) -> Value {
        let mut out = Vec::new();
        write(report, &Ruleset::builtin().unwrap(), locations, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_log_is_valid_and_every_result_has_its_rule_and_its_place() {
        let mut report = sample::report();
        let mut own = report.servers[0].findings[0].clone();
        (own.id, own.tool, own.ignored) = ("plain-http".into(), None, None);
        report.servers[1].findings = vec![own];
        report.servers[0].findings[0].id = "hidden-text".into();
        let tools = [("drop_table".to_owned(), Position { line: 3, column: 5 })].into();
        let log = log(
            &report,
            &Locations(vec![Some(DefinedIn { file: "a b.json".into(), server: Position::START, tools }), None]),
        );
        // As it is published, one of its patterns has a bracket too many, which no expression may have.
        let schema = include_str!("../../../tests/schemas/sarif-2.1.0.schema.json").replace("{2}]?$", "{2}$");
        let schema = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in results {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        }
        let physical = |at: usize| &results[at]["locations"][0]["physicalLocation"];
        assert_eq!(
            *physical(0),
            json!({"artifactLocation": {"uri": "a%20b.json"}, "region": {"startLine": 3, "startColumn": 5}})
        );
        assert_eq!(*physical(1), json!({"artifactLocation": {"uri": "empty"}}));
        assert_eq!(results[1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "empty");
        assert!(results[0]["suppressions"].is_array() && results[1]["suppressions"].is_null());
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    }

    #[test]
    fn fingerprints_stay_and_tell_findings_apart() {
        let mut report = sample::report();
        let one = report.servers[0].findings[0].clone();
        report.servers[0].findings = vec![one.clone(), one];
        let prints = |report: &Report| -> Vec<Value> {
            let log = log(report, &Locations::default());
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results.iter().map(|result| result["partialFingerprints"]["mcpScan/v1"].clone()).collect()
        };
        let first = prints(&report);
        assert_ne!(first[0], first[1]);
        report.servers[0].findings[0].text = "Said in other words.".into();
        report.servers[0].tools.reverse();
        assert_eq!(prints(&report), first);
    }
}
