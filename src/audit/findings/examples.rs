//! Runs the examples of the finding rules.

use super::{findings, on_server};
use crate::classify::classify_alone;
use crate::model::{Decision, Deviation, Origin, Package, Redacted, Registry, Server, Tool, ToolReport};
use crate::orders::{Sample, Siblings, Structure};
use crate::rules::{Detect, Example, FindingRule, Ruleset, ServerDetector, ServersDetector, are_alike};
use crate::text::words::Words;

/// The examples whose result differs from what their rule states.
pub(crate) fn failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = Vec::new();
    for rule in &ruleset.findings {
        let (id, examples) = (&rule.id, &rule.examples);
        for (list, wanted) in [(&examples.matches, true), (&examples.reject, false)] {
            if list.is_empty() {
                failures.push(format!("{id}: no example that should {}", if wanted { "match" } else { "not match" }));
            }
            for example in list.iter().filter(|example| applies(rule, example, ruleset) != wanted) {
                let should = if wanted { "should" } else { "should not" };
                failures.push(format!("{id} {should} apply to {}: {}", example.name, example.because));
            }
        }
        if let Detect::Sentences(sentences) = &rule.detect {
            failures.extend(misread(id, &sentences.structures, ruleset));
        }
    }
    failures
}

/// The pairs of the structures of `id` whose result differs from what they state.
fn misread(id: &str, structures: &[Structure], ruleset: &Ruleset) -> Vec<String> {
    let reads = |structure, sample: &Sample| ruleset.reader.matches(structure, sample).unwrap_or_default();
    let mut failures = Vec::new();
    for (number, structure) in structures.iter().enumerate() {
        let place = format!("structure {} of {id} ({})", number + 1, structure.about);
        let Some(pair) = &structure.pair else {
            failures.push(format!("{place}: no pair of examples"));
            continue;
        };
        if !reads(structure, &pair.matches) {
            failures.push(format!("{place} should match: {}", pair.matches.text));
        }
        if reads(structure, &pair.reject) {
            failures.push(format!("{place} should not match: {}", pair.reject.text));
        }
    }
    failures
}

fn applies(rule: &FindingRule, example: &Example, ruleset: &Ruleset) -> bool {
    match &rule.detect {
        Detect::Tool(_) | Detect::Text(_) | Detect::Sentences(_) => {
            let tool = example.tool();
            let siblings = Siblings::new(example.others.iter().map(String::as_str));
            findings(&tool, &siblings, &classify_alone(&tool, ruleset), ruleset)
                .iter()
                .any(|finding| finding.id == rule.id)
        }
        Detect::Server(detector) => {
            let (server, tools, deviations) = server(detector, example, ruleset);
            let siblings = Siblings::new(tools.iter().map(|tool| tool.tool.name.as_str()));
            on_server(&server, &tools, &siblings, &deviations, ruleset).iter().any(|(_, finding)| finding.id == rule.id)
        }
        Detect::Item(detector) => detector.matches(&example.name),
        Detect::Servers(ServersDetector::NameOfAnotherServer) => {
            example.others.iter().any(|other| are_alike(&example.name, other))
        }
        Detect::Servers(ServersDetector::ShadowsAnotherTool(detector)) => {
            detector.is_shadowing(&example.tool(), &example.others)
        }
    }
}

/// The server that an example describes. Its name is the target, or a package with a version; `!` stands for a server
/// with protocol deviations. `others` names its other tools, and the origin of a secret is included where the rule
/// needs it.
fn server(
    detector: &ServerDetector,
    example: &Example,
    ruleset: &Ruleset,
) -> (Server, Vec<ToolReport>, Vec<Deviation>) {
    let name = example.name.as_str();
    let package = name.rsplit_once('@').map(|(name, version)| Package {
        registry: Registry::Npm,
        name: name.into(),
        version: Some(version.into()),
    });
    let mut server = Server { name: name.into(), target: target(name), package, ..Server::default() };
    let (mut tools, mut deviations) = (Vec::new(), Vec::new());
    match detector {
        ServerDetector::ProtocolDeviation => {
            let deviation = Deviation { id: "example".into(), tool: None, text: "An example.".into(), not_read: None };
            deviations.extend(name.starts_with('!').then_some(deviation));
        }
        ServerDetector::PackageWarning(_) => {
            let id = name.trim_start_matches('!').to_owned();
            deviations.push(Deviation { id, tool: None, text: "An example.".into(), not_read: None });
        }
        ServerDetector::SecretInLaunch => {
            let origin = || Origin { secrets: example.others.clone(), ..Origin::default() };
            server.configured = (!example.others.is_empty()).then(origin);
        }
        ServerDetector::Authorization(_) => server.authorization = example.authorization.clone(),
        ServerDetector::SettingMatches(_) => {
            server.configured = Some(Origin { settings: example.settings.clone(), ..Origin::default() });
        }
        ServerDetector::ReadOnlyServerWrites(_) => {
            server.instructions = example.text.clone();
            tools = others(example, ruleset);
        }
        ServerDetector::LoneWritingTool(_) => {
            tools = others(example, ruleset);
            tools.push(report(example.tool(), ruleset));
        }
        ServerDetector::LiveDiffers(_) => server.compared = example.compared.clone(),
        ServerDetector::Publication(_) => server.publication = example.publication.clone(),
        ServerDetector::UnpinnedPackage
        | ServerDetector::NameNearKnown(_)
        | ServerDetector::PlainHttp
        | ServerDetector::LaunchMatches(_) => {}
    }
    (server, tools, deviations)
}

/// The target `name`. Each `{secret}` becomes a secret.
fn target(name: &str) -> Redacted {
    let mut target = Redacted::default();
    for (at, part) in name.split("{secret}").enumerate() {
        if at > 0 {
            target.push(&Redacted::secret());
        }
        target.push_str(part);
    }
    target
}

fn others(example: &Example, ruleset: &Ruleset) -> Vec<ToolReport> {
    let tool = |name: &String| {
        let description = Some(format!("{}.", Words::new(name.as_str()).iter().collect::<Vec<_>>().join(" ")));
        report(Tool { name: name.clone(), description, ..Tool::default() }, ruleset)
    };
    example.others.iter().map(tool).collect()
}

fn report(tool: Tool, ruleset: &Ruleset) -> ToolReport {
    let assessment = classify_alone(&tool, ruleset);
    ToolReport {
        slug: String::new(),
        tool,
        assessment,
        without_hints: None,
        findings: Vec::new(),
        decision: Decision::allow(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FindingKind, Severity};

    /// Lock drift counts findings from Medium on as a risk.
    #[test]
    fn every_attack_raises_the_risk_of_a_drift() {
        let ruleset = Ruleset::builtin().unwrap();
        for rule in ruleset.findings.iter().filter(|rule| rule.kind == FindingKind::Attack) {
            let structures = match &rule.detect {
                Detect::Sentences(sentences) => sentences.structures.as_slice(),
                Detect::Tool(_) | Detect::Text(_) | Detect::Item(_) | Detect::Server(_) | Detect::Servers(_) => &[],
            };
            let severities = structures.iter().map(|structure| structure.severity).chain([rule.severity]);
            assert!(severities.min() >= Some(Severity::Medium), "{}", rule.id);
        }
    }

    #[test]
    fn every_finding_keeps_its_word() {
        let failures = failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
