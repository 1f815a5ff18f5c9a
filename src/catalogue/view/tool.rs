//! The page of a tool.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::parts::{AttackRow, Label, MAX_NAME, ToolRow};
use super::policy::{Rule, Shown, Snippet, snippets};
use super::server::{ServerFacts, texts};
use crate::catalogue::highlight::{Piece, pieces};
use crate::catalogue::naming;
use crate::catalogue::related::{self, ToolIndex};
use crate::catalogue::site::Site;
use crate::classify::{self, Change};
use crate::model::{
    Action, Annotations, Assessment, Category, Evidence, EvidenceField, Finding, FindingKind, Parameter, Signal,
    ToolReport,
};
use crate::text::{clean, prose};

/// Longest description shown, in characters.
const MAX_DESCRIPTION: usize = 4_000;
/// Most rows per table: parameters, operations, evidence.
const MAX_PARAMETERS: usize = 32;
const MAX_ACTIONS: usize = 60;
const MAX_EVIDENCE: usize = 12;
const MAX_VALUES: usize = 8;
const MAX_UNJUDGED: usize = 12;
const MAX_ATTACKS: usize = 5;

/// The data for `tool.html`.
#[derive(Serialize)]
pub(crate) struct ToolPage<'a> {
    tool: ToolView<'a>,
    category_texts: String,
    /// Findings that are certainly attacks on the agent.
    aimed_at_the_agent: Vec<&'a Finding>,
    name_pieces: Vec<Piece>,
    description_pieces: Vec<Piece>,
    evidence: Vec<EvidenceRow<'a>>,
    more_evidence: usize,
    would_change: Vec<ChangeRow>,
    /// The parameter that selects the operation of a call, if there is one.
    chooser: Option<String>,
    /// Its values, most severe category first.
    actions: Vec<(String, Label)>,
    more_actions: usize,
    /// The operations that no rule knows.
    unjudged: Vec<String>,
    more_unjudged: usize,
    parameters: Vec<ParameterRow>,
    more_parameters: usize,
    hints: Vec<(&'static str, &'static str)>,
    findings: Vec<(Label, &'a Finding)>,
    snippets: Vec<Snippet>,
    attacks: Vec<AttackRow<'a>>,
    here: Vec<ToolRow>,
    elsewhere: Vec<ToolRow>,
}

/// The tool's facts for the texts of the page.
#[derive(Serialize)]
struct ToolView<'a> {
    name: String,
    title: Option<String>,
    description_excerpt: String,
    error: Option<&'a str>,
    category: Label,
    severity: Label,
    score: u8,
    arithmetic: &'a str,
    confidence: &'static str,
    signals: Vec<SignalView<'a>>,
    overridden: Option<OverriddenView<'a>>,
    server: ServerFacts<'a>,
    parameters: usize,
    required: usize,
    structured_result: bool,
    policy: Rule,
    shown: Shown,
    mixed: Option<Mixed>,
    /// True if a signal says that a wrong call may be hard to undo.
    lasting: bool,
}

/// A tool whose operations differ in category.
#[derive(Serialize)]
struct Mixed {
    /// The number of operations: `3 operations`.
    operations: String,
    /// How many have the tool's category: `1 is`, `2 are`.
    gravest: String,
}

impl Mixed {
    fn new(verdict: &Assessment) -> Option<Self> {
        let operations = verdict.actions.len();
        let gravest = verdict.actions.iter().filter(|action| action.category == verdict.category).count();
        let are = if gravest == 1 { "is" } else { "are" };
        (gravest > 0 && gravest < operations).then(|| Self {
            operations: prose::count(operations, "operation"),
            gravest: format!("{} {are}", prose::thousands(gravest)),
        })
    }
}

/// The verdict of the rules that a person has overridden.
#[derive(Serialize)]
struct OverriddenView<'a> {
    reason: String,
    category: Label,
    arithmetic: &'a str,
    confidence: &'static str,
}

#[derive(Serialize)]
struct SignalView<'a> {
    text: &'a str,
    aggravating: bool,
    href: Option<String>,
}

#[derive(Serialize)]
struct EvidenceRow<'a> {
    rule: &'a str,
    rule_href: Option<String>,
    place: String,
    text: String,
    says: Label,
}

/// A change of the definition that would change the verdict.
#[derive(Serialize)]
struct ChangeRow {
    condition: String,
    category: Label,
    score: u8,
}

#[derive(Serialize)]
struct ParameterRow {
    path: String,
    types: String,
    required: bool,
    values: Vec<String>,
    more_values: usize,
    default: Option<String>,
    format: Option<String>,
    description: Option<String>,
}

pub(crate) fn tool<'a>(site: &Site<'a>, index: ToolIndex) -> ToolPage<'a> {
    let (server, report) = (site.server(index), site.tool(index));
    let (tool, verdict) = (&report.tool, &report.assessment);
    let description = tool.description.as_deref().unwrap_or("");
    let (here, elsewhere) = site.neighbours(index);
    let operations = Operations::new(&verdict.actions);
    let unjudged = operations.unjudged(&tool.parameters);
    let is_attack = |finding: &&Finding| finding.kind == FindingKind::Attack && finding.ignored.is_none();
    let quotes: Vec<&str> = report.findings.iter().filter(is_attack).filter_map(|it| it.quote.as_deref()).collect();
    ToolPage {
        aimed_at_the_agent: report.findings.iter().filter(|finding| finding.is_sure_attack()).collect(),
        category_texts: texts(verdict.category),
        name_pieces: name_pieces(&tool.name, verdict),
        description_pieces: pieces(
            description,
            &verdict.evidence,
            &quotes,
            EvidenceField::Description,
            MAX_DESCRIPTION,
        ),
        evidence: verdict.evidence.iter().take(MAX_EVIDENCE).map(|e| evidence(site, e)).collect(),
        more_evidence: verdict.evidence.len().saturating_sub(MAX_EVIDENCE),
        would_change: would_change(site, index),
        chooser: operations.chooser.map(|path| clean::excerpt(path, MAX_NAME)),
        actions: operations
            .gravest_first
            .iter()
            .take(MAX_ACTIONS)
            .map(|a| (clean::excerpt(&a.value, MAX_NAME), Label::category(a.category)))
            .collect(),
        more_actions: verdict.actions.len().saturating_sub(MAX_ACTIONS),
        unjudged: unjudged.iter().take(MAX_UNJUDGED).map(|value| clean::excerpt(value, 60)).collect(),
        more_unjudged: unjudged.len().saturating_sub(MAX_UNJUDGED),
        parameters: tool.parameters.iter().take(MAX_PARAMETERS).map(|p| parameter(p, &operations)).collect(),
        more_parameters: tool.parameters.len().saturating_sub(MAX_PARAMETERS),
        hints: hints(&tool.annotations),
        findings: report.findings.iter().map(|f| (Label::severity(f.severity), f)).collect(),
        snippets: snippets(site, server, report),
        attacks: related::attacks(report, &site.ruleset.attacks)
            .into_iter()
            .take(MAX_ATTACKS)
            .map(AttackRow::new)
            .collect(),
        here: here.into_iter().map(|p| ToolRow::new(site, p)).collect(),
        elsewhere: elsewhere.into_iter().map(|p| ToolRow::new(site, p)).collect(),
        tool: view(site, report, verdict, ServerFacts::new(server)),
    }
}

/// True if the signal `id` says that a wrong call may be hard to undo.
fn is_lasting(site: &Site<'_>, id: &str) -> bool {
    site.ruleset.signals.iter().any(|signal| signal.lasting && signal.id == id)
}

/// The name with its evidence marked. A placeholder if no character of it is visible.
fn name_pieces(name: &str, verdict: &Assessment) -> Vec<Piece> {
    match clean::one_line(name).is_empty() {
        true => pieces(&naming::tool(name), &[], &[], EvidenceField::Name, MAX_NAME),
        false => pieces(name, &verdict.evidence, &[], EvidenceField::Name, MAX_NAME),
    }
}

fn view<'a>(site: &Site<'a>, report: &'a ToolReport, verdict: &'a Assessment, server: ServerFacts<'a>) -> ToolView<'a> {
    let tool = &report.tool;
    let title = tool.title.as_deref().or(tool.annotations.title.as_deref()).map(|t| clean::excerpt(t, MAX_NAME));
    let name = naming::tool(&tool.name);
    let signal =
        |s: &'a Signal| SignalView { text: &s.text, aggravating: s.aggravating, href: site.signal_page(&s.id) };
    ToolView {
        title: title.filter(|t| !t.is_empty() && *t != name),
        name,
        description_excerpt: naming::described(tool.description.as_deref().unwrap_or(""), 300),
        error: tool.error.as_deref(),
        category: Label::category(verdict.category),
        severity: Label::severity(verdict.severity),
        score: verdict.score.value,
        arithmetic: &verdict.score.arithmetic,
        confidence: verdict.confidence.name(),
        signals: verdict.signals.iter().map(signal).collect(),
        overridden: verdict.overridden.as_ref().map(|own| OverriddenView {
            reason: clean::excerpt(&own.reason, 600),
            category: Label::category(own.category),
            arithmetic: &own.score.arithmetic,
            confidence: own.confidence.name(),
        }),
        server,
        parameters: report.parameter_count().total,
        required: report.parameter_count().required,
        structured_result: tool.output_schema.is_some(),
        policy: Rule::new(&report.decision, verdict.category),
        shown: Shown::new(site, report),
        mixed: Mixed::new(verdict),
        lasting: verdict.signals.iter().any(|signal| is_lasting(site, &signal.id)),
    }
}

/// The changes that would change the verdict. Empty for a definition that was not read in full, and for a verdict that
/// a person has set.
fn would_change(site: &Site<'_>, index: ToolIndex) -> Vec<ChangeRow> {
    let report = site.tool(index);
    if report.tool.error.is_some() || report.assessment.overridden.is_some() {
        return Vec::new();
    }
    let row = |change: Change| ChangeRow {
        condition: change.condition,
        category: Label::category(change.category),
        score: change.score,
    };
    let context = &site.contexts[index.server()];
    classify::would_change(&report.tool, &report.assessment, context, site.ruleset).into_iter().map(row).collect()
}

fn evidence<'a>(site: &Site<'_>, evidence: &'a Evidence) -> EvidenceRow<'a> {
    let place = match (evidence.place, &evidence.parameter) {
        (EvidenceField::Parameter, Some(path)) => format!("parameter {}", clean::excerpt(path, MAX_NAME)),
        (EvidenceField::Parameter, None) => "a parameter".into(),
        (EvidenceField::Name, _) => "name".into(),
        (EvidenceField::Title, _) => "title".into(),
        (EvidenceField::Description, _) => "description".into(),
        (EvidenceField::Schema, _) => "schema".into(),
        (EvidenceField::Annotations, _) => "author's hints".into(),
        (EvidenceField::Nothing, _) => "nothing to go by".into(),
    };
    EvidenceRow {
        rule: &evidence.rule,
        rule_href: site.rulebook.address_of(&evidence.rule),
        place,
        text: clean::excerpt(&evidence.text, MAX_NAME),
        says: Label::category(evidence.says),
    }
}

/// The operations that the values of one parameter select. Empty for most tools.
struct Operations<'a> {
    chooser: Option<&'a str>,
    gravest_first: Vec<&'a Action>,
    categories: HashMap<&'a str, Category>,
}

impl<'a> Operations<'a> {
    fn new(actions: &'a [Action]) -> Self {
        let mut gravest_first: Vec<&Action> = actions.iter().collect();
        gravest_first.sort_by_key(|action| Reverse(action.category));
        let categories = actions.iter().map(|action| (action.value.as_str(), action.category)).collect();
        Self { chooser: actions.first().map(|action| action.parameter.as_str()), gravest_first, categories }
    }

    /// The values of `parameter`; for the operation parameter, most severe category first.
    fn deciding_first<'p>(&self, parameter: &'p Parameter) -> Vec<&'p String> {
        let mut values: Vec<&String> = parameter.values.iter().collect();
        if self.chooser == Some(&parameter.path) {
            values.sort_by_key(|value| Reverse(self.categories.get(value.as_str())));
        }
        values
    }

    /// The operations that no rule knows.
    fn unjudged<'p>(&self, parameters: &'p [Parameter]) -> Vec<&'p String> {
        let chooser = parameters.iter().find(|parameter| self.chooser == Some(&parameter.path));
        let values = chooser.into_iter().flat_map(|parameter| &parameter.values);
        values.filter(|value| !self.categories.contains_key(value.as_str())).collect()
    }
}

fn parameter(parameter: &Parameter, operations: &Operations<'_>) -> ParameterRow {
    let short =
        |text: &Option<Box<str>>, max| text.as_deref().map(|t| clean::excerpt(t, max)).filter(|t| !t.is_empty());
    ParameterRow {
        path: clean::excerpt(&parameter.path, MAX_NAME),
        types: parameter.types.words(),
        required: parameter.required,
        values: operations.deciding_first(parameter).iter().take(MAX_VALUES).map(|v| clean::excerpt(v, 60)).collect(),
        more_values: parameter.values.len().saturating_sub(MAX_VALUES),
        default: short(&parameter.default, 60),
        format: short(&parameter.format, 40),
        description: parameter
            .description
            .as_deref()
            .map(|text| naming::described(text, 200))
            .filter(|text| !text.is_empty()),
    }
}

/// The hints that the definition contains, with their value.
fn hints(annotations: &Annotations) -> Vec<(&'static str, &'static str)> {
    [
        ("readOnlyHint", annotations.read_only_hint),
        ("destructiveHint", annotations.destructive_hint),
        ("idempotentHint", annotations.idempotent_hint),
        ("openWorldHint", annotations.open_world_hint),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|v| (name, if v { "true" } else { "false" })))
    .collect()
}
