//! The examples of the findings, run as they stand.

use super::across::{are_alike, is_shadowing};
use super::{findings, lone_writer, on_server};
use crate::classify::classify;
use crate::model::{Decision, Deviation, Origin, Package, Registry, Server, Tool, ToolReport};
use crate::rules::{Detect, Example, FindingRule, Ruleset};
use crate::text::words::Words;

/// Every example that does not come out as its finding says.
pub fn failures(ruleset: &Ruleset) -> Vec<String> {
    let mut failures = Vec::new();
    for rule in &ruleset.findings {
        let (id, examples) = (&rule.entry.id, &rule.entry.examples);
        for (list, wanted) in [(&examples.matches, true), (&examples.reject, false)] {
            if list.is_empty() {
                failures.push(format!("{id}: no example that should {}", if wanted { "match" } else { "not match" }));
            }
            for example in list.iter().filter(|example| applies(rule, example, ruleset) != wanted) {
                let should = if wanted { "should" } else { "should not" };
                failures.push(format!("{id} {should} apply to {}: {}", example.name, example.because));
            }
        }
    }
    failures
}

fn applies(rule: &FindingRule, example: &Example, ruleset: &Ruleset) -> bool {
    let found = match rule.entry.detect {
        Detect::ProtocolDeviation
        | Detect::UnpinnedPackage
        | Detect::PlainHttp
        | Detect::Target
        | Detect::SecretInLaunch => {
            let (mut server, deviations) = server(&example.name);
            let origin = || Origin { secrets: example.others.clone(), ..Origin::default() };
            server.configured = (!example.others.is_empty()).then(origin);
            on_server(&server, &[], &deviations, ruleset)
        }
        Detect::ReadOnlyServerWrites => {
            let server = Server { instructions: example.text.clone(), ..server(&example.name).0 };
            on_server(&server, &others(example, ruleset), &[], ruleset)
        }
        Detect::LoneWritingTool => {
            let mut tools = others(example, ruleset);
            tools.push(report(example.tool(), ruleset));
            lone_writer(&tools, ruleset).into_iter().map(|(_, finding)| finding).collect()
        }
        Detect::NameOfAnotherServer => return example.others.iter().any(|other| are_alike(&example.name, other)),
        Detect::ShadowsAnotherTool => return is_shadowing(rule, &example.tool(), &example.others),
        _ => {
            let tool = example.tool();
            findings(&tool, &classify(&tool, ruleset), ruleset)
        }
    };
    found.iter().any(|finding| finding.id == rule.entry.id)
}

/// The other tools of the example's server.
fn others(example: &Example, ruleset: &Ruleset) -> Vec<ToolReport> {
    let tool = |name: &String| {
        let description = Some(format!("{}.", Words::of(name.as_str()).iter().collect::<Vec<_>>().join(" ")));
        report(Tool { name: name.clone(), description, ..Tool::default() }, ruleset)
    };
    example.others.iter().map(tool).collect()
}

fn report(tool: Tool, ruleset: &Ruleset) -> ToolReport {
    let assessment = classify(&tool, ruleset);
    ToolReport { slug: String::new(), tool, assessment, findings: Vec::new(), decision: Decision::allow() }
}

/// The server that an example means: its target, its package with a version, or with `!` one that deviates.
fn server(name: &str) -> (Server, Vec<Deviation>) {
    let package = name.split_once('@').map(|(name, version)| Package {
        registry: Registry::Npm,
        name: name.into(),
        version: Some(version.into()),
    });
    let deviation = Deviation { id: "example".into(), tool: None, text: "An example.".into(), not_read: None };
    let deviations = if name.starts_with('!') { vec![deviation] } else { Vec::new() };
    (Server { name: name.into(), target: name.into(), package, ..Server::default() }, deviations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_keeps_its_word() {
        let failures = failures(&Ruleset::builtin().unwrap());
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
