//! The modules, and the pipeline in ten lines.
//!
//! ```text
//! text <- model <- {rules, package <- source};  rules <- classify;  classify <- {config, audit, policy};  all of them <- {catalogue, report} <- cli
//! ```
//!
//! - [`text`] words, cleaning, slugs, grammar; [`model`] the types of servers, tools and reports
//! - [`rules`] the ruleset, read from `rules/`; [`source`] a target becomes listings
//! - [`package`] the source of a package becomes the tools that it registers, pure and without a run
//! - [`classify`] a tool and the ruleset become an assessment, pure
//! - `guard` a policy enforced on live calls
//! - [`config`] the settings in `mcp-scan.yaml`
//! - [`audit`] findings about a definition; [`policy`] what to allow, and every policy format
//! - [`render`] the one template environment; [`catalogue`] and [`mod@report`] draw a report and decide nothing
//! - [`server`] this program as an MCP server, whatever its tools do
//! - [`cli`] the command line; the only part that prints

#![forbid(unsafe_code)]
// Only the command line prints.
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)]

pub mod audit;
pub mod catalogue;
pub mod classify;
pub mod cli;
pub mod config;
pub mod eval;
pub(crate) mod guard;
pub mod model;
pub mod orders;
pub(crate) mod package;
pub mod policy;
pub(crate) mod render;
pub mod report;
pub mod rules;
pub(crate) mod server;
pub mod source;
pub mod text;

use std::borrow::Cow;
use std::collections::HashMap;

use classify::ServerContext;
use config::{Config, MatchedEntries, ServerIdentity};
use model::{
    ByCategory, BySeverity, Decision, Finding, Flows, Listing, Report, ReportedError, ServerReport, Tool, ToolReport,
};
use orders::{ScanNames, Siblings};
use rayon::prelude::*;
use rules::{Ruleset, Settings};
use source::SourceError;

/// The verdict on everything that was listed, in the order it was listed, by the rules alone.
pub fn report(listings: Vec<Listing>, errors: Vec<SourceError>, ruleset: &Ruleset) -> Report {
    report_with(listings, errors, ruleset, &Config::default())
}

/// The verdict on everything that was listed, with what a person decided in the place of what the rules say.
pub(crate) fn report_with(
    listings: Vec<Listing>,
    errors: Vec<SourceError>,
    ruleset: &Ruleset,
    config: &Config,
) -> Report {
    let mut listings = listings;
    listings.iter_mut().for_each(|listing| listing.hide_secrets(&source::secret::hide_in_report));
    let (unread, read): (Vec<Listing>, Vec<Listing>) = listings.into_iter().partition(|listing| listing.unread);
    let scan = ScanNames::new(read.iter().flat_map(|listing| &listing.tools).map(|tool| tool.name.as_str()));
    let assess = |listing| assess_server(listing, &scan, ruleset, config);
    let mut servers: Vec<ServerReport> = read.into_par_iter().map(assess).collect();
    tell_apart(&mut servers);
    let unread: Vec<ServerReport> = unread.into_iter().map(assess).collect();
    // They cost no grade: that is of a server by itself. Orders about tools of the other servers were read with its own texts.
    for (server, tool, finding) in audit::across(&servers, ruleset) {
        let server = &mut servers[server];
        let mut found = [finding];
        config.mark_ignored(&(&server.server).into(), &mut found);
        found[0].tool_index = Some(tool);
        server.tools[tool].findings.extend(found);
    }
    let mut flows = audit::flows(&servers, ruleset);
    config.mark_ignored_flows(&servers, &mut flows);
    let mut used = MatchedEntries::default();
    used.note_flows(&flows);
    for server in &servers {
        server.tools.iter().for_each(|tool| used.note(tool));
        used.note_findings(&server.own_findings);
    }
    unread.iter().for_each(|server| used.note_findings(&server.own_findings));
    let mut report = Report {
        schema_version: model::SCHEMA_VERSION.into(),
        mcp_scan_version: env!("CARGO_PKG_VERSION").into(),
        ruleset: ruleset.digest.clone(),
        profile: ruleset.profile.id.clone(),
        all_tools: ruleset.profile.all_tools.clone(),
        flows: Flows { cut: audit::smallest_cut(&flows), found: flows },
        servers,
        unread,
        drift: None,
        errors: errors.iter().map(ReportedError::from).collect(),
        unmatched: config.unmatched(&used),
    };
    report.hide_secrets(&source::secret::hide_in_report);
    report
}

/// The verdict on one tool by the rules alone.
#[cfg(test)]
pub(crate) fn assess_tool(tool: Tool, ruleset: &Ruleset) -> ToolReport {
    let (context, siblings, unknown) = (ServerContext::default(), Siblings::default(), ServerIdentity::default());
    assess_tool_with(tool, &context, &siblings, &unknown, ruleset, &ruleset.settings, &Config::default())
}

/// The verdict on one tool of this server, among the tools that `context` was built from: classified,
/// overridden where a person decided, audited, and given its place in a policy with the `settings` of its server.
pub(crate) fn assess_tool_with(
    tool: Tool,
    context: &ServerContext,
    siblings: &Siblings<'_>,
    server: &ServerIdentity,
    ruleset: &Ruleset,
    settings: &Settings,
    config: &Config,
) -> ToolReport {
    let mut assessment = classify::classify(&tool, context, ruleset);
    config.override_verdict(server, &tool.name, &mut assessment, ruleset);
    let is_overridden = assessment.overridden.is_some();
    let without_hints = (!is_overridden).then(|| classify::classify_without_hints(&tool, context, ruleset)).flatten();
    let mut findings = audit::findings(&tool, siblings, &assessment, ruleset);
    config.mark_ignored(server, &mut findings);
    let mut decision = match findings.iter().find(|finding| finding.is_sure_attack()) {
        Some(attack) => Decision::deny(Some(format!("The definition attacks the agent ({}).", attack.id))),
        None => policy::decide(&tool, &assessment, ruleset, settings),
    };
    // A large scan keeps very many of these short lists, each made with room for more.
    assessment.signals.shrink_to_fit();
    assessment.evidence.shrink_to_fit();
    decision.guards.shrink_to_fit();
    findings.shrink_to_fit();
    ToolReport {
        slug: text::slug::slug(&tool.name),
        tool,
        assessment,
        without_hints: without_hints.map(Box::new),
        findings,
        decision,
    }
}

/// Fewest tools of a server that are worth a task of their own on another core.
const TOOLS_OF_A_TASK: usize = 32;

fn assess_server(listing: Listing, scan: &ScanNames, ruleset: &Ruleset, config: &Config) -> ServerReport {
    let Listing { server, tools, items, deviations, unread, left_unread } = listing;
    let identity = ServerIdentity::from(&server);
    let settings = policy::settings(&server, ruleset);
    let mut pages = HashMap::new();
    let context = ServerContext::from_tools(&tools, ruleset);
    let siblings = Siblings::new(tools.iter().map(|tool| tool.name.as_str())).in_scan(scan);
    let mut tools: Vec<ToolReport> = tools
        .into_par_iter()
        .with_min_len(TOOLS_OF_A_TASK)
        .map(|tool| assess_tool_with(tool, &context, &siblings, &identity, ruleset, &settings, config))
        .collect();
    for tool in &mut tools {
        tool.slug = unique(&tool.slug, &mut pages);
    }
    let categories = ByCategory::count(tools.iter().map(|t| t.assessment.category));
    let named = server.package.as_ref().map_or(server.name.as_str(), |p| p.name.as_str());
    let mut own_findings = Vec::new();
    for (tool, finding) in audit::on_server(&server, &tools, &siblings, &deviations, ruleset) {
        let mut found = [finding];
        config.mark_ignored(&identity, &mut found);
        match tool {
            Some(index) => tools[index].findings.extend(found),
            None => own_findings.extend(found),
        }
    }
    for (tool, finding) in audit::on_live(&server, &tools, ruleset) {
        let mut found = [finding];
        config.mark_ignored(&identity, &mut found);
        if let Some(tool) = tool.and_then(|index| tools.get_mut(index)) {
            if found[0].is_sure_attack() {
                let why = format!("The running server attacks the agent ({}).", found[0].id);
                tool.decision = Decision::deny(Some(why));
            }
            tool.findings.extend(found);
        } else {
            own_findings.extend(found);
        }
    }
    let mut on_items = audit::on_items(&items, &siblings, ruleset);
    config.mark_ignored(&identity, &mut on_items);
    own_findings.extend(on_items);
    for (index, tool) in tools.iter_mut().enumerate() {
        tool.findings.iter_mut().for_each(|finding| finding.tool_index = Some(index));
    }
    let findings: Vec<&Finding> = own_findings.iter().chain(tools.iter().flat_map(|tool| &tool.findings)).collect();
    let flows = audit::own_flows(tools.iter(), ruleset);
    let grade = audit::grade(&tools, &findings, &flows, &deviations, ruleset);
    let exposure = grade.as_ref().map(|grade| grade.exposure.clone());
    let points = grade.as_ref().map(|grade| grade.points_by_tool.as_slice()).unwrap_or_default();
    let verdict_input = audit::VerdictInput {
        read: !unread,
        has_items: !items.is_empty(),
        server: &server,
        tools: points.iter().copied().zip(&tools).collect(),
        findings: findings.clone(),
        deviations: &deviations,
        flows: Cow::Borrowed(&flows),
        exposure: exposure.as_ref(),
    };
    let verdict = audit::verdict(&verdict_input, ruleset);
    ServerReport {
        slug: text::slug::slug(named),
        tool_count: tools.len(),
        categories,
        severities: BySeverity::from_categories(&categories),
        grade: grade.as_ref().map(|grade| grade.letter.clone()),
        grade_arithmetic: grade.as_ref().map(|grade| grade.arithmetic.clone()),
        grade_raised_by: grade.as_ref().map(|grade| grade.raised_by.clone()).unwrap_or_default(),
        verdict,
        exposure,
        care: grade.map(|grade| grade.care),
        own_findings,
        deviations,
        tools,
        items,
        left_unread,
        server,
    }
}

/// Gives servers with the same slug different ones, made from where they were read: a slug must not depend on the other
/// servers of the scan, or one server could take over the address of another.
fn tell_apart(servers: &mut [ServerReport]) {
    let mut named: HashMap<String, u32> = HashMap::new();
    for server in servers.iter() {
        *named.entry(server.slug.clone()).or_default() += 1;
    }
    let mut taken = HashMap::new();
    for report in servers {
        if named[&report.slug] > 1 {
            let origin = format!("{}\n{}", report.server.target, report.server.name);
            report.slug = format!("{}-{}", report.slug, text::slug::short_hash(&origin));
        }
        report.slug = unique(&report.slug, &mut taken);
    }
}

/// `slug`, or `slug-2`, `slug-3`, ... when it is taken: two tools may bear one name. `taken` counts how often each was
/// asked for, so that ten thousand tools of one name take ten thousand steps.
fn unique(slug: &str, taken: &mut HashMap<String, u32>) -> String {
    loop {
        let count = taken.entry(slug.to_owned()).or_default();
        *count += 1;
        let free = if *count == 1 { slug.to_owned() } else { format!("{slug}-{count}") };
        if *count == 1 || taken.insert(free.clone(), 1).is_none() {
            return free;
        }
    }
}
