//! Converts a scan report to a SARIF log.

use std::collections::HashMap;
use std::io::{self, Write};

use super::{Finding, PathStep, Rule, RunFacts};
use crate::model::{Counts, Drift, Flow, Locations, Report, Severity, ToolRef};
use crate::report::{drift, wording};
use crate::rules::{FindingRule, FlowEntry, Ruleset};
use crate::text::digest::sha256;
use crate::text::prose;

/// The rule id for changes since the lock.
const DRIFT: &str = "drift";

/// Writes the findings, flows and changes of `report`, with their rules.
pub(crate) fn write(report: &Report, ruleset: &Ruleset, locations: &Locations, out: impl Write) -> io::Result<()> {
    let mut rules: Vec<Rule> =
        ruleset.findings.iter().map(rule).chain(ruleset.flows.iter().map(rule_of_flow)).collect();
    let facts = RunFacts { counts: Some(Counts::new(report)), errors: &report.errors, servers: &report.servers };
    let mut results = findings(report, ruleset, locations);
    results.extend(report.flows.found.iter().map(|flow| of_flow(flow, report, locations)));
    if let Some(drift) = &report.drift {
        rules.push(rule_of_drift());
        results.extend(changes(drift, report, locations));
    }
    super::write(&rules, &results, facts, out)
}

fn rule(rule: &FindingRule) -> Rule {
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: rule.severity,
        why: rule.why.clone(),
        remedy: rule.remedy.clone(),
        references: rule.references.clone(),
    }
}

fn rule_of_flow(flow: &FlowEntry) -> Rule {
    Rule {
        id: flow.id.clone(),
        title: flow.title.clone(),
        severity: flow.severity,
        why: flow.why.clone(),
        remedy: flow.remedy.clone(),
        references: flow.references.clone(),
    }
}

/// This rule is not in any rule file: the lock defines what was approved.
fn rule_of_drift() -> Rule {
    Rule {
        id: DRIFT.into(),
        title: "What was approved has changed".into(),
        severity: Severity::High,
        why: "A server that changes after it was approved can do what nobody agreed to.".into(),
        remedy: "Look at the change with `mcp-scan diff`, and approve it with `mcp-scan lock`.".into(),
        references: vec!["SAFE-T1201".into(), "CWE-494".into()],
    }
}

/// The location is that of the tool, or of its server if the tool was removed.
fn changes(drift: &Drift, report: &Report, locations: &Locations) -> Vec<Finding> {
    let mut alike = HashMap::new();
    let result = |difference: drift::Difference| {
        let indices = difference.indices(report);
        let located = indices.and_then(|(server, tool)| locations.position_of(server, tool));
        let slug =
            || indices.map_or_else(|| difference.server.clone(), |(server, _)| report.servers[server].slug.clone());
        Finding {
            rule: DRIFT.into(),
            severity: difference.severity(),
            text: prose::sentence(&format!("{}: {}", wording::visible_name(&difference.server), difference.text)),
            file: Some(located.map_or_else(slug, |(file, _)| file.to_owned())),
            position: located.map(|(_, position)| (position.line, position.column)),
            subject: subject(&difference.server, difference.tool.as_deref()),
            fingerprint: fingerprint(
                &mut alike,
                [&difference.server, difference.tool.as_deref().unwrap_or_default(), DRIFT],
            ),
            suppression: None,
            path: Vec::new(),
        }
    };
    drift::differences(drift).into_iter().map(result).collect()
}

fn subject(server: &str, tool: Option<&str>) -> String {
    tool.map_or_else(|| server.to_owned(), |tool| format!("{server}/{tool}"))
}

/// A digest of server, tool and rule, plus a counter for findings that are equal in all three. The text is not
/// included, so a finding keeps its fingerprint if its wording is improved.
fn fingerprint(alike: &mut HashMap<[String; 3], usize>, same: [&str; 3]) -> String {
    let same = same.map(str::to_owned);
    let nth = alike.entry(same.clone()).or_default();
    let fingerprint = sha256(same.iter().chain([&nth.to_string()]));
    *nth += 1;
    fingerprint
}

/// The location is that of the first tool; the code flow is one path through the flow.
fn of_flow(flow: &Flow, report: &Report, locations: &Locations) -> Finding {
    let step = |(tool, title): (&ToolRef, &str)| {
        let indices = report.indices_of(tool);
        let located = indices.and_then(|(server, listed)| locations.position_of(server, Some(listed)));
        let server = indices.map_or(&tool.server, |(server, _)| &report.servers[server].server.name);
        PathStep {
            text: format!("{} {title}", wording::tool_name(tool, report)),
            file: Some(located.map_or_else(|| tool.server.clone(), |(file, _)| file.to_owned())),
            position: located.map(|(_, position)| (position.line, position.column)),
            subject: format!("{server}/{}", tool.tool),
        }
    };
    let path: Vec<PathStep> =
        flow.path.iter().zip(flow.steps.iter().map(|step| step.title.as_str())).map(step).collect();
    let first = path.first();
    Finding {
        rule: flow.id.clone(),
        severity: flow.severity,
        text: wording::flow_text(flow, report),
        file: first.and_then(|step| step.file.clone()),
        position: first.and_then(|step| step.position),
        subject: first.map(|step| step.subject.clone()).unwrap_or_default(),
        // A log has one result per flow rule, whichever tools take part.
        fingerprint: sha256(["flow", &flow.id]),
        suppression: flow.suppression(),
        path,
    }
}

fn findings(report: &Report, ruleset: &Ruleset, locations: &Locations) -> Vec<Finding> {
    let mut alike: HashMap<[String; 3], usize> = HashMap::new();
    let servers = report.all_servers().enumerate();
    let all = servers.flat_map(|(at, server)| server.findings().map(move |finding| (at, server, finding)));
    let result = |(at, server, finding): (usize, &crate::model::ServerReport, &crate::model::Finding)| {
        let (name, tool) = (&server.server.name, finding.tool.as_deref());
        let located = locations.position_of(at, finding.tool_index);
        let located = located.map(|(file, position)| (file.to_owned(), (position.line, position.column)));
        let rule = ruleset.findings.iter().find(|rule| rule.id == finding.id);
        let definition = finding.tool_index.and_then(|index| server.tools.get(index)).map(|tool| &tool.tool);
        let in_source = rule.and_then(|rule| rule.detect.place_in_source(&server.server, definition));
        // Of a package: the file in it, below the folder or the archive that was read.
        let in_source = in_source.map(|(file, line)| {
            let read = server.server.saved_in.as_deref().map(|read| format!("{}/{file}", read.trim_end_matches('/')));
            (read.unwrap_or_else(|| file.to_owned()), (line as u64, 1))
        });
        let located = in_source.or(located);
        Finding {
            rule: finding.id.clone(),
            severity: finding.severity,
            text: finding.text.clone(),
            position: located.as_ref().map(|(_, position)| *position),
            // GitHub rejects a log with a result without a file, so the server's slug is used as the file name.
            file: Some(located.map_or_else(|| server.slug.clone(), |(file, _)| file)),
            subject: subject(name, tool),
            fingerprint: fingerprint(&mut alike, [name, tool.unwrap_or_default(), &finding.id]),
            suppression: finding.suppression(),
            path: Vec::new(),
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
        let mut report = Report { drift: Some(sample::drift()), ..sample::report() };
        let mut own = report.servers[0].findings().next().unwrap().clone();
        (own.id, own.tool, own.ignored, own.tool_index) = ("plain-http".into(), None, None, None);
        sample::replace_findings(&mut report.servers[1], vec![own]);
        report.servers[0].findings_mut().next().unwrap().id = "hidden-text".into();
        let tools = vec![None, None, Some(Position { line: 3, column: 5 })];
        let log = log(
            &report,
            &Locations(vec![Some(DefinedIn { file: "a b.json".into(), server: Position::START, tools }), None]),
        );
        // The published schema contains a regular expression with a stray bracket, which no engine accepts.
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
        assert_eq!(results[2]["ruleId"], "mutable-launch", "of the server that was not read");
        let flow = &results[3];
        assert_eq!((&flow["ruleId"], &flow["level"]), (&json!("secret-to-outbound"), &json!("warning")));
        let path = flow["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
        let step = |at: usize| &path[at]["location"]["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!((path.len(), step(0)), (2, &json!("shop/get_order")));
        assert_eq!(path[0]["location"]["message"]["text"], "get_order (The shopreddesrever next) reads secrets");
        let changes: Vec<&Value> = results.iter().filter(|result| result["ruleId"] == "drift").collect();
        let results: Vec<(&Value, &Value, &Value)> = changes
            .iter()
            .map(|change| {
                let location = &change["locations"][0];
                let name = &location["logicalLocations"][0]["fullyQualifiedName"];
                (&change["level"], name, &location["physicalLocation"]["region"]["startLine"])
            })
            .collect();
        assert_eq!(results[0], (&json!("error"), &json!("shop/drop_table"), &json!(3)));
        assert_eq!(
            (results.len(), results[1].0, results[1].2),
            (3, &json!("note"), &json!(1)),
            "what is gone stands at its server"
        );
        assert_eq!(results[2], (&json!("error"), &json!("empty"), &Value::Null));
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    }

    #[test]
    fn fingerprints_stay_and_tell_findings_apart() {
        let mut report = sample::report();
        let one = report.servers[0].findings().next().unwrap().clone();
        sample::replace_findings(&mut report.servers[0], vec![one.clone(), one]);
        let prints = |report: &Report| -> Vec<Value> {
            let log = log(report, &Locations::default());
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results.iter().map(|result| result["partialFingerprints"]["mcpScan/v1"].clone()).collect()
        };
        let first = prints(&report);
        assert_ne!(first[0], first[1]);
        report.servers[0].own_findings[0].text = "Said in other words.".into();
        report.servers[0].tools.reverse();
        assert_eq!(prints(&report), first);
    }
}
