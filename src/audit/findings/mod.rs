//! Applies the rules of `findings.yaml` to a tool, to a server, and to servers that are used together. Pure, and
//! bounded by the size of the listing.

mod examples;
mod items;
mod results;
mod split_text;

pub(crate) use examples::failures as example_failures;
pub use items::on_items;
pub(crate) use results::on_result;

use std::slice;

use crate::classify::classify_alone;
use crate::model::{
    Assessment, Deviation, Finding, FindingKind, ModelText, Parameter, Server, ServerReport, Severity, Tool,
    ToolReport, texts_of_server, texts_of_tool,
};
use crate::orders::{Order, Siblings, ToolNames};
use crate::rules::{Detect, FindingRule, Possible, Ruleset, ServerView};
use crate::text::digest::{of_words, sha256};

/// The findings on one tool, given the other tools of its server, in rule order.
pub fn findings(tool: &Tool, siblings: &Siblings<'_>, verdict: &Assessment, ruleset: &Ruleset) -> Vec<Finding> {
    let texts = texts_of_tool(tool);
    let orders = ruleset.reader.read(&texts, &names_around(tool, siblings));
    let possible = possible_in(&texts);
    let mut found: Vec<Finding> = Vec::new();
    for (index, rule) in ruleset.findings.iter().enumerate() {
        let text = match &rule.detect {
            _ if !rule.applies_to(verdict.category) => None,
            Detect::Tool(detector) => detector.find(&rule.title, tool, verdict),
            Detect::Text(detector) => detector.find(&texts, &possible),
            Detect::Sentences(_) => {
                let mut orders = orders.iter().filter(|order| order.entry == index);
                let order = orders.find(|order| !is_said(rule, order, &texts, &found));
                found.extend(order.map(|order| ordered(rule, order, Some(&tool.name), &texts)));
                None
            }
            Detect::Item(_) | Detect::Server(_) | Detect::Servers(_) => None,
        };
        found.extend(text.map(|text| finding(rule, rule.severity(verdict), Some(&tool.name), text)));
    }
    with_content_digest(&mut found, || texts.iter().map(|text| &*text.source));
    found
}

/// Sets what a baseline knows the attacks in `found` by, which were found in `texts`. Neither white space nor the order of
/// `texts` counts.
fn with_content_digest<'t, T: Iterator<Item = &'t str>>(found: &mut [Finding], texts: impl Fn() -> T) {
    let mut attacks = found.iter_mut().filter(|finding| finding.kind == FindingKind::Attack).peekable();
    if attacks.peek().is_none() {
        return;
    }
    let mut digests: Vec<String> = texts().map(of_words).collect();
    digests.sort();
    let digest = sha256(digests);
    attacks.for_each(|attack| attack.content_digest = Some(digest.clone()));
}

/// The expressions of detectors that can match in `texts`.
fn possible_in(texts: &[ModelText<'_>]) -> Possible {
    Possible::in_texts(texts.iter().map(|text| text.words.source()))
}

/// True if one of the findings in `found` quotes the same words as `order`, by a rule beside which `rule` is left out.
fn is_said(rule: &FindingRule, order: &Order, texts: &[ModelText<'_>], found: &[Finding]) -> bool {
    let quote = order.quote.to_lowercase();
    let start = format!("{} says \"", texts[order.text].label_capitalised());
    found.iter().filter(|finding| rule.left_out_beside.contains(&finding.id)).any(|finding| {
        let quoted = finding.text.strip_prefix(&start).and_then(|rest| rest.rsplit_once('"'));
        quoted.is_some_and(|(words, _)| {
            let words = words.to_lowercase();
            words.contains(&quote) || quote.contains(&words)
        })
    })
}

/// The features of each sentence of a tool, as kind and key, to fit the weights of the second reader of orders.
pub fn sentence_features(tool: &Tool, siblings: &Siblings<'_>, ruleset: &Ruleset) -> Vec<Vec<(&'static str, String)>> {
    ruleset.reader.features(&texts_of_tool(tool), &names_around(tool, siblings))
}

fn names_around<'a>(tool: &Tool, siblings: &'a Siblings<'a>) -> ToolNames<'a> {
    let takes_nothing = tool.input_schema.is_some() && tool.parameters.is_empty();
    let names = ToolNames::new(&tool.name, tool.parameters.iter().map(Parameter::name), siblings);
    names.taking_nothing(takes_nothing)
}

/// The findings on a server, and those on tools that need all tools of the server. Each comes with the index of its
/// tool, if any.
pub fn on_server(
    server: &Server,
    tools: &[ToolReport],
    siblings: &Siblings<'_>,
    deviations: &[Deviation],
    ruleset: &Ruleset,
) -> Vec<(Option<usize>, Finding)> {
    let mut texts = texts_of_server(server);
    let own = texts.len();
    texts.extend(split_text::joined(server, tools));
    let view = ServerView { server, tools, deviations, known: &ruleset.known_packages };
    // Each joined text is read by itself: what it holds is no part of the other texts.
    let readings: Vec<&[ModelText<'_>]> = [&texts[..own]].into_iter().chain(texts[own..].chunks(1)).collect();
    let read = |texts: &[ModelText<'_>]| ruleset.reader.read(texts, &ToolNames::new("", std::iter::empty(), siblings));
    let orders: Vec<Vec<Order>> = readings.iter().map(|texts| read(texts)).collect();
    let possible = possible_in(&texts);
    let find = |(index, rule): (usize, &FindingRule)| match &rule.detect {
        Detect::Sentences(_) => {
            let of_rule = |(texts, orders): (&&[ModelText<'_>], &Vec<Order>)| {
                let order = orders.iter().find(|order| order.entry == index)?;
                Some((None, ordered(rule, order, None, texts)))
            };
            readings.iter().zip(&orders).find_map(of_rule)
        }
        Detect::Text(detector) => Some((None, finding(rule, rule.severity, None, detector.find(&texts, &possible)?))),
        Detect::Server(detector) => {
            let found = detector.find(view)?;
            let tool = found.tool.and_then(|index| tools.get(index));
            let severity = tool.map_or(rule.severity, |tool| rule.severity(&tool.assessment));
            Some((found.tool, finding(rule, severity, tool.map(|tool| tool.tool.name.as_str()), found.text)))
        }
        Detect::Tool(_) | Detect::Item(_) | Detect::Servers(_) => None,
    };
    let mut found: Vec<(Option<usize>, Finding)> = ruleset.findings.iter().enumerate().filter_map(find).collect();
    let settings = server.configured.iter().flat_map(|origin| origin.settings.iter().chain(&*origin.file_settings));
    let read = || texts.iter().map(|text| &*text.source).chain(settings.clone().map(String::as_str));
    for (_, finding) in &mut found {
        with_content_digest(slice::from_mut(finding), read);
        if let (FindingKind::SupplyChain, Some(package)) = (finding.kind, &server.package) {
            finding.content_digest = Some(sha256([&package.name]));
        }
    }
    found
}

/// The attacks in the tools of a started server that the source of its package does not have, each with the index of the tool
/// in the source, if it is there.
pub fn on_live(server: &Server, tools: &[ToolReport], ruleset: &Ruleset) -> Vec<(Option<usize>, Finding)> {
    let Some(live) = server.compared.as_ref().and_then(|compared| compared.live.as_ref()) else { return Vec::new() };
    let siblings = Siblings::new(live.tools.iter().map(|tool| tool.name.as_str()));
    let mut found = Vec::new();
    for tool in &live.tools {
        let index = tools.iter().position(|known| known.tool.name == tool.name);
        let is_known = |finding: &Finding| {
            index.is_some_and(|index| tools[index].findings.iter().any(|known| known.id == finding.id))
        };
        let attacks = findings(tool, &siblings, &classify_alone(tool, ruleset), ruleset).into_iter();
        let hidden = attacks.filter(|finding| finding.kind == FindingKind::Attack && !is_known(finding));
        found.extend(hidden.map(|finding| {
            let text = format!("Only when the server runs: {}", finding.text);
            (index, Finding { text, ..finding })
        }));
    }
    found
}

/// The findings that a server has only because of other servers, each with the indices of server and tool.
pub fn across(servers: &[ServerReport], ruleset: &Ruleset) -> Vec<(usize, usize, Finding)> {
    let mut all = Vec::new();
    for rule in &ruleset.findings {
        let Detect::Servers(detector) = &rule.detect else { continue };
        for found in detector.find(servers) {
            let tool = &servers[found.server].tools[found.tool];
            let finding = finding(rule, rule.severity(&tool.assessment), Some(&tool.tool.name), found.text);
            all.push((found.server, found.tool, finding));
        }
    }
    all
}

/// A finding of `rule` about the suspicious instruction `order`: it quotes the words and gives the reason.
fn ordered(rule: &FindingRule, order: &Order, tool: Option<&str>, texts: &[ModelText<'_>]) -> Finding {
    let text = format!("{} says \"{}\": {}.", texts[order.text].label_capitalised(), order.quote, order.about);
    Finding { quote: Some(order.quote.clone()), ..finding(rule, order.severity, tool, text) }
}

/// A finding of `rule` on `tool`, or on the server if `tool` is `None`.
fn finding(rule: &FindingRule, severity: Severity, tool: Option<&str>, text: String) -> Finding {
    Finding {
        id: rule.id.clone(),
        kind: rule.kind,
        severity,
        tool: tool.map(Into::into),
        text,
        ignored: None,
        known: false,
        quote: None,
        tool_index: None,
        content_digest: None,
    }
}
