//! `--format cyclonedx`: CycloneDX 1.6 JSON. A server is a service with its tools as nested services, and the package
//! that it was started from is a component. A finding is a vulnerability of its server or tool; a flow is a
//! vulnerability of every tool in it. Timestamp and serial number are omitted so that the same input gives the same
//! bytes.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use packageurl::PackageUrl;
use serde_json::{Map, Value, json};

use super::{json, wording};
use crate::model::{
    Counts, Finding, Flow, Package, Registry, Report, ServerReport, Severity, ToolRef, ToolReport, Transport,
};
use crate::rules::Ruleset;
use crate::text::{clean, prose};

/// Writes `report` as a bill of materials. The ruleset contains the descriptions of the findings.
pub(crate) fn write(report: &Report, ruleset: &Ruleset, out: impl Write) -> io::Result<()> {
    let packages = report.all_servers().filter_map(|server| Some(component(server.server.package.as_ref()?, server)));
    let depends = |server: &ServerReport| {
        let on: Vec<String> = server.server.package.iter().map(|_| package_ref(server)).collect();
        json!({ "ref": server_ref(server), "dependsOn": on })
    };
    let vulnerabilities =
        report.all_servers().flat_map(|server| server.findings().map(move |finding| (server, finding)));
    let complete = if report.errors.is_empty() { "complete" } else { "incomplete" };
    let refs = tool_refs(report);
    let errors =
        report.errors.iter().map(|error| property("unread-target", &format!("{}: {}", error.target, error.why)));
    let figures = Counts::new(report).by_name();
    let figures = figures.iter().map(|(name, figure)| property(name, &figure.to_string()));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": { "components": [
                { "type": "application", "name": "mcp-scan", "version": report.mcp_scan_version }
            ] },
            "properties": figures.chain(errors).collect::<Value>(),
        },
        "components": packages.collect::<Value>(),
        "services": report.all_servers().map(service).collect::<Value>(),
        "dependencies": report.all_servers().map(depends).collect::<Value>(),
        "compositions": [{ "aggregate": complete, "assemblies": report.all_servers().map(server_ref).collect::<Value>() }],
        "vulnerabilities": vulnerabilities
            .enumerate()
            .map(|(at, (server, finding))| vulnerability(at, server, finding, ruleset))
            .chain(report.flows.found.iter().map(|flow| of_flow(flow, report, &refs, ruleset)))
            .collect::<Value>(),
    });
    json::write(&document, out)
}

fn server_ref(server: &ServerReport) -> String {
    format!("server/{}", server.slug)
}

fn tool_ref(server: &ServerReport, tool: &ToolReport) -> String {
    format!("server/{}/tool/{}", server.slug, tool.slug)
}

fn package_ref(server: &ServerReport) -> String {
    format!("package/{}", server.slug)
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": format!("mcp-scan:{name}"), "value": clean::one_line(value) })
}

fn service(server: &ServerReport) -> Value {
    let mut service = Map::new();
    service.insert("bom-ref".into(), server_ref(server).into());
    service.insert("name".into(), clean::one_line(&server.server.name).into());
    if let Some(version) = &server.server.version {
        service.insert("version".into(), clean::excerpt(version, wording::MAX_NAME).into());
    }
    if let Some(title) = &server.server.title {
        service.insert("description".into(), clean::one_line(title).into());
    }
    if matches!(server.server.transport, Transport::Http | Transport::Sse) {
        service.insert("endpoints".into(), json!([clean::one_line(&server.server.target)]));
    }
    let grade = server.grade.iter().map(|grade| property("grade", grade));
    let target = [
        property("target", &server.server.target),
        property("answer", server.verdict.answer.words()),
        property("because", &server.verdict.because),
        property("verdict", &wording::verdict_text(server)),
    ];
    service.insert("properties".into(), target.into_iter().chain(grade).collect());
    service.insert("services".into(), server.tools.iter().map(|tool| tool_service(server, tool)).collect());
    service.into()
}

fn tool_service(server: &ServerReport, tool: &ToolReport) -> Value {
    let verdict = &tool.assessment;
    let mut properties = vec![
        property("category", verdict.category.name()),
        property("severity", verdict.severity.name()),
        property("score", &verdict.score.value.to_string()),
        property("confidence", verdict.confidence.name()),
    ];
    if let Some(own) = &verdict.overridden {
        properties.push(property(
            "overridden",
            &format!("by the rules {} {}/5: {}", own.category, own.score.value, own.reason),
        ));
    }
    properties.extend(verdict.signals.iter().map(|signal| property("signal", &signal.id)));
    json!({
        "bom-ref": tool_ref(server, tool),
        "name": wording::visible_name(&tool.tool.name),
        "description": clean::one_line(tool.tool.description.as_deref().unwrap_or_default()),
        "properties": properties,
    })
}

fn component(package: &Package, server: &ServerReport) -> Value {
    let mut component = Map::new();
    component.insert("type".into(), "application".into());
    component.insert("bom-ref".into(), package_ref(server).into());
    component.insert("name".into(), clean::one_line(&package.name).into());
    if let Some(version) = &package.version {
        component.insert("version".into(), clean::excerpt(version, wording::MAX_NAME).into());
    }
    if let Some(purl) = purl(package) {
        component.insert("purl".into(), purl.into());
    }
    component.into()
}

/// The package URL, `pkg:npm/%40scope/name@1.2.0`. `None` for an unknown registry.
fn purl(package: &Package) -> Option<String> {
    let (kind, (scope, name)) = match package.registry {
        Registry::Npm => {
            ("npm", package.name.split_once('/').map_or((None, &*package.name), |(scope, name)| (Some(scope), name)))
        }
        Registry::Pypi => ("pypi", (None, &*package.name)),
        Registry::Other => return None,
    };
    let mut purl = PackageUrl::new(kind, name).ok()?;
    if let Some(scope) = scope {
        purl.with_namespace(scope).ok()?;
    }
    if let Some(version) = &package.version {
        purl.with_version(version).ok()?;
    }
    Some(purl.to_string())
}

/// `at` makes the `bom-ref` unique, because two findings may be equal.
fn vulnerability(at: usize, server: &ServerReport, finding: &Finding, ruleset: &Ruleset) -> Value {
    let tool = finding.tool_index.and_then(|at| server.tools.get(at));
    let affected = tool.map_or_else(|| server_ref(server), |tool| tool_ref(server, tool));
    let rule = ruleset.findings.iter().find(|rule| rule.id == finding.id);
    let weaknesses =
        rule.iter().flat_map(|rule| &rule.references).filter_map(|id| id.strip_prefix("CWE-")?.parse().ok());
    json!({
        "bom-ref": format!("finding/{}", at + 1),
        "id": finding.id,
        "source": { "name": "mcp-scan" },
        "ratings": ratings(finding.severity),
        "cwes": weaknesses.collect::<Vec<u32>>(),
        "description": prose::sentence(&clean::one_line(&finding.text)),
        "detail": rule.map_or("", |rule| &rule.why),
        "recommendation": rule.map_or("", |rule| &rule.remedy),
        "analysis": analysis(finding.suppression()),
        "affects": [{ "ref": affected }],
    })
}

/// The `bom-ref` of each tool by server slug and tool name. If tools share a name, the first one.
fn tool_refs(report: &Report) -> HashMap<(&str, &str), String> {
    let tools = report.servers.iter().flat_map(|server| server.tools.iter().map(move |tool| (server, tool)));
    let mut refs = HashMap::new();
    for (server, tool) in tools {
        refs.entry((server.slug.as_str(), tool.tool.name.as_str())).or_insert_with(|| tool_ref(server, tool));
    }
    refs
}

fn of_flow(flow: &Flow, report: &Report, refs: &HashMap<(&str, &str), String>, ruleset: &Ruleset) -> Value {
    let rule = ruleset.flows.iter().find(|rule| rule.id == flow.id);
    let tools: BTreeSet<&ToolRef> = flow.steps.iter().flat_map(|step| &step.tools).collect();
    let affected = tools.into_iter().filter_map(|tool| refs.get(&(tool.server.as_str(), tool.tool.as_str())));
    let affected = affected.map(|tool| json!({ "ref": tool }));
    json!({
        "bom-ref": format!("flow/{}", flow.id),
        "id": flow.id,
        "source": { "name": "mcp-scan" },
        "ratings": ratings(flow.severity),
        "description": prose::sentence(&wording::flow_text(flow, report)),
        "detail": rule.map_or("", |rule| &rule.why),
        "recommendation": rule.map_or("", |rule| &rule.remedy),
        "analysis": analysis(flow.suppression()),
        "affects": affected.collect::<Value>(),
    })
}

fn ratings(severity: Severity) -> Value {
    json!([{ "severity": severity.name().to_lowercase(), "method": "other" }])
}

fn analysis(suppression: Option<String>) -> Value {
    match suppression {
        Some(why) => json!({ "state": "exploitable", "response": ["will_not_fix"], "detail": clean::one_line(&why) }),
        None => json!({ "state": "in_triage" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_bill_of_materials_is_valid_and_refers_to_what_is_in_it() {
        let mut report = sample::report();
        report.servers[0].server.package =
            Some(Package { registry: Registry::Npm, name: "@acme/shop".into(), version: Some("1.2.0".into()) });
        report.servers[1].server.transport = Transport::Http;
        report.servers[1].server.target = "https://example.com/mcp".into();
        let mut out = Vec::new();
        write(&report, &Ruleset::builtin().unwrap(), &mut out).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let schema = |text: &str| jsonschema::Resource::from_contents(read(text));
        let registry = jsonschema::Registry::new()
            .extend([
                (
                    "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
                    schema(include_str!("../../tests/schemas/spdx.schema.json")),
                ),
                (
                    "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
                    schema(include_str!("../../tests/schemas/jsf-0.82.schema.json")),
                ),
            ])
            .and_then(|registry| registry.prepare())
            .unwrap();
        let validator = jsonschema::options()
            .with_registry(&registry)
            .should_validate_formats(false)
            .build(&read(include_str!("../../tests/schemas/cyclonedx-1.6.schema.json")))
            .unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn packages_become_package_urls() {
        let package = |registry, name: &str, version: Option<&str>| Package {
            registry,
            name: name.into(),
            version: version.map(Into::into),
        };
        assert_eq!(purl(&package(Registry::Npm, "@acme/shop", Some("1.2.0"))).unwrap(), "pkg:npm/%40acme/shop@1.2.0");
        assert_eq!(purl(&package(Registry::Pypi, "mcp-server-time", None)).unwrap(), "pkg:pypi/mcp-server-time");
        assert_eq!(purl(&package(Registry::Other, "x", None)), None);
    }
}
