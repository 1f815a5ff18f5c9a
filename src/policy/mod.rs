//! Policies: made from assessments in a neutral form, and written in every format.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::{
    ByCategory, Category, Confidence, Decision, Guard, Overridden, Package, Parameter, PolicyAction, RateLimit, Report,
    Server, ServerReport, ToolReport,
};
use crate::text::slug::slug;

mod call;
pub mod cases;
pub(crate) mod check;
mod counters;
mod decide;
mod decider;
mod decisions;
pub(crate) mod diagnostic;
pub mod dialect;
pub(crate) mod diff;
mod document;
pub(crate) mod engines;
mod example_call;
mod exposure;
mod files;
mod guard_examples;
mod guards;
pub(crate) mod hook;
mod implication;
pub(crate) mod learn;
pub(crate) mod limit;
pub(crate) mod merge;
pub(crate) mod overlay;
pub(crate) mod patch;
mod re2;
pub(crate) mod recorded;
pub(crate) mod replay;
mod roots;
mod simulate;
mod spellings;
mod sql;
mod weakness;

pub use call::{Call, Outcome, Verdict};
pub(crate) use counters::{Addition, Counters};
pub use decide::{by_profile, decide};
pub(crate) use decider::{Decided, Decider};
pub use decisions::{Decisions, RuleNames};
pub use dialect::{Dialect, Note, write};
pub use dialect::{PolicyError, StartValue, about, can_address, notes, remarks, to_set, unenforced};
pub use document::{Document, read};
pub(crate) use exposure::Exposure;
pub use files::{PolicyFile, write_all};
pub(crate) use guard_examples::example_failures;
pub use implication::without_superseded;
pub(crate) use roots::settings;
pub use simulate::{Simulator, evaluate};
pub(crate) use sql::SqlGuards;

/// The order of the categories in a policy file.
const ORDER: [Category; 5] =
    [Category::Read, Category::Write, Category::Execute, Category::Financial, Category::Destructive];

/// The profile of a policy that was made from recorded calls.
const LEARNT: &str = "learnt";

/// A policy for the tools of one server, independent of formats.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The server's name as it was sent.
    pub server: String,
    /// The server's name in a client's configuration, known or assumed: see [`key`].
    pub key: String,
    /// The server's version, if it reported one.
    pub version: Option<String>,
    /// The package that it was started from, if known.
    pub package: Option<Package>,
    /// The digest of the ruleset: `sha256:` and 64 hex digits.
    pub ruleset: String,
    /// The profile in use, an id in `policy.yaml`.
    pub profile: String,
    /// The action for tools without a rule.
    pub default: PolicyAction,
    /// Limits on the calls of all tools together, each of another window.
    pub all_tools: Vec<RateLimit>,
    /// One rule per tool name: Read, Write, Execute, Financial, Destructive, each in the order of the listing.
    pub rules: Vec<Rule>,
}

/// The assumed name of `server` in a client's configuration: the last part of a name such as "example/shop-mcp".
/// Lower-case letters, digits, `_` and hyphens.
pub(crate) fn key(server: &Server) -> String {
    slug(server.name.rsplit('/').next().unwrap_or_default())
}

/// The decision for one tool, and what readers of the policy should know about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The tool's name, exactly as its server gives it.
    pub tool: String,
    /// The tool's category.
    pub category: Category,
    /// The author's description.
    pub description: Option<String>,
    /// Its arguments.
    pub parameters: Vec<Parameter>,
    /// The decision of the policy.
    pub decision: Decision,
    /// The classification by the rules, if a person overrode it.
    pub overridden: Option<Box<Overridden>>,
    /// True if a client should ask for approval even though the policy allows the tool: the classification is
    /// uncertain, the author says that it changes something, or it reveals secrets.
    pub confirm: bool,
    /// True if the author says that it only reads.
    pub claims_to_read: bool,
    /// How many listed tools have this name. The strictest decision on any of them applies.
    pub listed: usize,
}

impl Policy {
    /// The policy for `server`, one of the servers of `report`.
    pub fn for_server(server: &ServerReport, report: &Report) -> Self {
        let policy = Self::new(server, &report.ruleset).under(&report.profile);
        Self { all_tools: report.all_tools.clone(), ..policy }
    }

    /// The starter policy for one server: what is not named is denied.
    pub fn new(server: &ServerReport, ruleset_digest: &str) -> Self {
        let mut rules: Vec<Rule> = Vec::with_capacity(server.tools.len());
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(server.tools.len());
        for tool in &server.tools {
            let rule = Rule::new(tool);
            match places.get(tool.tool.name.as_str()).and_then(|&at| rules.get_mut(at)) {
                Some(first) => first.join(rule),
                None => {
                    places.insert(&tool.tool.name, rules.len());
                    rules.push(rule);
                }
            }
        }
        rules.sort_by_key(|rule| ORDER.iter().position(|c| *c == rule.category));
        Self {
            server: server.server.display_name().to_owned(),
            key: key(&server.server),
            version: server.server.version.clone(),
            package: server.server.package.clone(),
            ruleset: ruleset_digest.to_owned(),
            profile: "starter".into(),
            default: PolicyAction::Deny,
            all_tools: Vec::new(),
            rules,
        }
    }

    /// Sets the profile in use.
    pub fn under(self, profile: &str) -> Self {
        Self { profile: profile.to_owned(), ..self }
    }

    /// Sets the server's name in client configurations.
    pub(crate) fn known_as(self, name: &str) -> Self {
        Self { key: name.to_owned(), ..self }
    }

    /// Limits on the calls of all tools together, as a file says them. There all tools are called `*`; where the server has
    /// a tool of that name, the limits would name it under a default that denies, so there are none.
    pub(crate) fn limits_on_all_tools(&self) -> &[RateLimit] {
        let is_named_so = self.rules.iter().any(|rule| rule.tool == "*");
        if is_named_so { &[] } else { &self.all_tools }
    }

    /// What it answers for each tool: its meaning, without what explains it.
    pub fn decisions(&self) -> Decisions {
        let tools = self.rules.iter().map(|rule| (rule.tool.clone(), rule.decision.clone())).collect();
        Decisions { default: self.default, tools, every: dialect::all_tools(self.limits_on_all_tools()) }
    }

    /// The number of tools by category.
    pub(crate) fn categories(&self) -> ByCategory {
        ByCategory::count(self.rules.iter().map(|rule| rule.category))
    }
}

impl Rule {
    /// The rule for one tool of a listing.
    pub(crate) fn new(tool: &ToolReport) -> Self {
        Self {
            tool: tool.tool.name.clone(),
            category: tool.assessment.category,
            description: tool.tool.description.clone(),
            parameters: tool.tool.parameters.clone(),
            decision: tool.decision.clone(),
            overridden: tool.assessment.overridden.clone(),
            confirm: should_confirm(tool),
            claims_to_read: tool.tool.annotations.read_only_hint == Some(true),
            listed: 1,
        }
    }

    /// True if a person is asked about the tool, and only about how much a call reads.
    pub(crate) fn asks_about_extent(&self) -> bool {
        self.category == Category::Read && self.decision.action == PolicyAction::Approve && self.decision.extent
    }

    /// True if a format that cannot state `guard` may leave it out: few values of the argument do harm, or it is only about how
    /// much a tool reads that changes nothing.
    pub(crate) fn may_leave_out(&self, guard: &Guard) -> bool {
        guard.skip_if_uninspected || self.category == Category::Read && guard.asks && guard.extent
    }

    /// Merges the rule of another tool with the same name: an agent cannot tell them apart, so the stricter decision
    /// applies, with the guards of both.
    fn join(&mut self, mut other: Self) {
        let listed = self.listed + other.listed;
        let stricter = |rule: &Self| (calls_per_day(&rule.decision), Reverse(rule.category));
        if stricter(&other) < stricter(self) {
            std::mem::swap(self, &mut other);
        }
        let guards = &mut self.decision.guards;
        let more = other.decision.guards.into_iter().filter(|guard| !guards.contains(guard));
        guards.extend(more.collect::<Vec<_>>());
        self.decision.extent &= other.decision.extent || other.decision.action == PolicyAction::Allow;
        self.confirm |= other.confirm;
        self.claims_to_read |= other.claims_to_read;
        self.listed = listed;
    }
}

/// Signals of tools that clients should not run without approval.
const CONFIRMED_SIGNALS: [&str; 2] = ["secret-output", "permission-change"];

/// True if the client's default, which asks for approval, is better than running the tool freely.
fn should_confirm(tool: &ToolReport) -> bool {
    let assessment = &tool.assessment;
    assessment.confidence == Confidence::Low
        || tool.tool.annotations.read_only_hint == Some(false)
        || assessment.signals.iter().any(|signal| CONFIRMED_SIGNALS.contains(&signal.id.as_str()))
}

/// How much a decision allows: its action, then its calls per day.
fn calls_per_day(decision: &Decision) -> (Reverse<PolicyAction>, u64) {
    let per_day = |limit: RateLimit| u64::from(limit.max) * 86_400 / u64::from(limit.window_seconds.max(1));
    let calls = if decision.action.refuses() { 0 } else { decision.rate_limit.map_or(u64::MAX, per_day) };
    (Reverse(decision.action), calls)
}

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod tests;
