//! Shared by the YAML formats: a file with comments and sections.

use std::borrow::Cow;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use minijinja::Environment;
use serde::Serialize;

use crate::model::{Category, Decision, Guard, Parameter, PolicyAction, RateLimit};
use crate::policy::{LEARNT, ORDER, Policy, Rule};
use crate::render;
use crate::text::embedded::{EmbeddedFile, files};
use crate::text::{clean, prose};

use super::error::WriteError;
use super::stated::Stated;
use super::{about, all_tools};
use guard::{GuardRule, Marks};

pub(crate) use guard::{scalar, shared_value};

mod guard;

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates/policy");
static TEMPLATES: LazyLock<Vec<EmbeddedFile>> = LazyLock::new(|| files(&FOLDER));
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| render::environment(&TEMPLATES, None));

/// Width of comment text, in columns; with indent and marker, lines stay within 78.
const COMMENT_WIDTH: usize = 74;
/// Longest description in a comment, in characters.
const MAX_DESCRIPTION: usize = 400;
/// Most parameters that a comment lists.
const MAX_PARAMETERS: usize = 20;
/// Longest parameter path or server name in a comment, in characters.
const MAX_NAME: usize = 80;

/// How a YAML format writes a rule.
pub(crate) struct Shape {
    /// The template for a tool's entry.
    pub(crate) template: &'static str,
    /// What the format states for a rule.
    pub(crate) state: fn(&Rule) -> Stated,
    /// True when guards that start with one value share one place to set it; false when each entry can be taken out of the
    /// file as it stands.
    pub shares: bool,
    /// True when the format can limit the calls of all tools together.
    pub limits_all_tools: bool,
}

/// The complete file, with comments.
pub(crate) fn file(policy: &Policy, shape: &Shape) -> Result<String, WriteError> {
    let stated: Vec<(&Rule, Stated)> = policy.rules.iter().map(|rule| (rule, (shape.state)(rule))).collect();
    let sharing = stated.iter().filter(|_| shape.shares).flat_map(|(_, stated)| active_guards(stated));
    let mut marks = Marks::new(sharing);
    let tools: Vec<ToolRule> = stated.iter().map(|(rule, stated)| ToolRule::new(rule, stated, &mut marks)).collect();
    let to_set = to_set(&tools);
    let (hidden, listed): (Vec<ToolRule>, Vec<ToolRule>) = tools.into_iter().partition(ToolRule::is_hidden);
    let section = |category| Section { category, tools: listed.iter().filter(|t| t.category == category).collect() };
    let sections: Vec<Section> = ORDER.map(section).into_iter().filter(|section| !section.tools.is_empty()).collect();
    let name = clean::excerpt(&policy.server, MAX_NAME);
    let limits = policy.limits_on_all_tools().iter().filter(|_| shape.limits_all_tools);
    let all_tools: Vec<NamedLimit> =
        limits.map(|limit| NamedLimit { name: all_tools::name(*limit), limit: Limit::from(*limit) }).collect();
    let file = File {
        rule_template: shape.template,
        title: about::title(policy),
        server: &name,
        version: policy.version.as_deref().map(|v| clean::excerpt(v, MAX_NAME)),
        package: policy.package.as_ref().map(about::package),
        ruleset: &policy.ruleset,
        profile: &policy.profile,
        is_learnt: policy.profile == LEARNT,
        to_set,
        hidden,
        counts: about::counts(policy),
        default: policy.default,
        named: !all_tools.is_empty() || sections.iter().flat_map(|s| &s.tools).any(|t| t.decision.is_some()),
        all_tools,
        sections,
    };
    render("file.yaml", &file)
}

/// Only the rule for one tool.
pub(crate) fn fragment(rule: &Rule, shape: &Shape) -> Result<String, WriteError> {
    let stated = (shape.state)(rule);
    let comment = stated.remarks().flat_map(|remark| wrap(remark, "", "")).collect();
    let mut marks = Marks::new(active_guards(&stated));
    let tool = ToolRule { comment, ..ToolRule::new(rule, &stated, &mut marks) };
    render("fragment.yaml", &Fragment { rule_template: shape.template, hidden: tool.is_hidden(), tool })
}

#[derive(Serialize)]
struct File<'a> {
    rule_template: &'static str,
    title: &'static str,
    server: &'a str,
    version: Option<String>,
    package: Option<String>,
    ruleset: &'a str,
    profile: &'a str,
    /// True if it was made from recorded calls.
    is_learnt: bool,
    /// Lines that list the values a person must set.
    to_set: Vec<String>,
    hidden: Vec<ToolRule<'a>>,
    counts: String,
    default: PolicyAction,
    /// False if no tool can be named, so that the mapping is empty.
    named: bool,
    /// Limits on the calls of all tools together.
    all_tools: Vec<NamedLimit>,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct NamedLimit {
    name: String,
    limit: Limit,
}

#[derive(Serialize)]
struct Section<'a> {
    category: Category,
    tools: Vec<&'a ToolRule<'a>>,
}

#[derive(Serialize)]
struct Fragment<'a> {
    rule_template: &'static str,
    hidden: bool,
    tool: ToolRule<'a>,
}

#[derive(Serialize)]
struct ToolRule<'a> {
    name: &'a str,
    category: Category,
    /// Cleaned lines of at most [`COMMENT_WIDTH`] columns.
    comment: Vec<String>,
    decision: Option<RuleDecision>,
    guards: Vec<GuardRule>,
}

/// A decision with all fields present, since the templates are strict.
#[derive(Serialize)]
struct RuleDecision {
    denied: bool,
    approved: bool,
    hidden: bool,
    limit: Option<Limit>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Limit {
    max: u32,
    window: &'static str,
    window_seconds: u32,
}

impl<'a> ToolRule<'a> {
    fn new<'g>(rule: &'a Rule, stated: &'g Stated, marks: &mut Marks<'g>) -> Self {
        let comment = comment(rule, stated);
        // Guards in a comment do not refer to values elsewhere.
        let (mut apart, active) = (Marks::default(), active_guards(stated).next().is_some());
        let marks = if active { marks } else { &mut apart };
        let guards = stated.decision.as_ref().map_or(&[][..], |decision| &decision.guards);
        let guards = guard::rules(rule, guards, marks);
        let decision = stated.decision.clone().map(RuleDecision::from);
        Self { name: &rule.tool, category: rule.category, comment, decision, guards }
    }

    fn is_hidden(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.hidden)
    }
}

impl From<RateLimit> for Limit {
    fn from(limit: RateLimit) -> Self {
        Self { max: limit.max, window: limit.window_name(), window_seconds: limit.window_seconds }
    }
}

impl From<Decision> for RuleDecision {
    fn from(decision: Decision) -> Self {
        let limit = decision.rate_limit.map(Limit::from);
        let hidden = decision.action == PolicyAction::Hide;
        let approved = decision.action == PolicyAction::Approve;
        Self { denied: decision.action.refuses(), approved, hidden, limit, reason: decision.reason }
    }
}

fn render(template: &str, context: &impl Serialize) -> Result<String, WriteError> {
    Ok(render::render(&ENVIRONMENT, template, context)?)
}

/// The guards in effect; those of a denied tool are only written in a comment.
fn active_guards(stated: &Stated) -> impl Iterator<Item = &Guard> {
    stated.decision.iter().filter(|decision| !decision.action.refuses()).flat_map(|decision| &decision.guards)
}

/// The values that a person must set, as comment lines.
fn to_set(tools: &[ToolRule<'_>]) -> Vec<String> {
    let active = tools.iter().filter(|tool| tool.decision.as_ref().is_some_and(|decision| !decision.denied));
    let marked = active
        .flat_map(|tool| tool.guards.iter().filter(|guard| guard.is_to_be_set()).map(move |g| (g.name(), tool.name)));
    to_set_lines(marked)
}

/// The comment lines in the head that list the values a person must set: pairs of rule and tool.
pub(crate) fn to_set_lines<'a>(places: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    about::to_set(places).map(|text| comment_lines(&text)).unwrap_or_default()
}

/// `text` wrapped for a comment, without comment markers.
pub(crate) fn comment_lines(text: &str) -> Vec<String> {
    wrap(text, "", "")
}

/// The description of a tool for a comment; empty if it has none.
pub(crate) fn description(rule: &Rule) -> String {
    clean::excerpt(rule.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION)
}

/// What a person should know about a tool before changing its rule.
fn comment(rule: &Rule, stated: &Stated) -> Vec<String> {
    let description = description(rule);
    let mut lines = if description.is_empty() { vec!["(no description)".into()] } else { wrap(&description, "", "") };
    let listed = rule.parameters.iter().take(MAX_PARAMETERS);
    lines.extend(listed.flat_map(|parameter| wrap(&describe(parameter), "  - ", "    ")));
    let more = rule.parameters.len().saturating_sub(MAX_PARAMETERS);
    if rule.parameters.is_empty() {
        lines.push("  (no parameters)".into());
    }
    if more > 0 {
        lines.push(format!("  and {}", prose::count(more, "more parameter")));
    }
    if rule.listed > 1 {
        let text = format!(
            "The server lists {} of this name; the strictest verdict holds.",
            prose::count(rule.listed, "tool")
        );
        lines.extend(wrap(&text, "", ""));
    }
    if let Some(own) = &rule.overridden {
        let reason = prose::sentence(&clean::excerpt(&own.reason, MAX_DESCRIPTION));
        lines.extend(wrap(&format!("Overridden, by the rules {}: {reason}", own.category), "NOTE: ", "  "));
    }
    lines.extend(stated.remarks().flat_map(|remark| wrap(remark, "NOTE: ", "  ")));
    lines
}

/// A parameter for a comment: "requestBody.apiKey (string, required)".
fn describe(parameter: &Parameter) -> String {
    let types = parameter.types.words();
    let required = if parameter.required { ", required" } else { "" };
    format!("{} ({types}{required})", clean::excerpt(&parameter.path, MAX_NAME))
}

/// Wraps `text` at [`COMMENT_WIDTH`] columns, between words. `first` is put before the first line and `then` before the
/// others.
fn wrap(text: &str, first: &str, then: &str) -> Vec<String> {
    let options = textwrap::Options::new(COMMENT_WIDTH)
        .initial_indent(first)
        .subsequent_indent(then)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&clean::one_line(text), options).into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_broken_between_words() {
        let text = "word ".repeat(40);
        let lines = wrap(&text, "- ", "  ");
        assert!(lines.len() > 2 && lines.iter().all(|l| l.chars().count() <= COMMENT_WIDTH), "{lines:?}");
        assert!(lines[0].starts_with("- word") && lines[1].starts_with("  word"));
        assert_eq!(lines.join(" ").matches("word").count(), 40);
        let long = "x".repeat(200);
        assert_eq!(wrap(&format!("a {long} b"), "", ""), ["a", &long, "b"]);
        assert_eq!(wrap("one\r\ntwo\u{2028}\u{85}three", "", ""), ["one twothree"]);
    }
}
