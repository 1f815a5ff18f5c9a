//! Checks a policy against its server: missing rules, rules without effect, and rules that are too weak.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::Rule;
use super::decisions::Decisions;
use super::dialect::{Dialect, all_tools, stated_decision};
use super::document::Document;
use super::implication::implies;
use super::merge::{GONE, remembered_names, unset_values};
use super::weakness::{Compared, Comparison, MissingGuard, Weakness, is_around};
use crate::model::{Check, Decision, Guard, Ignored, PolicyAction, Position, ServerReport, Severity, Tool, ToolReport};
use crate::rules::{PolicyProblem, Ruleset};
use crate::text::prose;

mod by_calls;
mod conditions;
mod renames;
mod schema;
mod unreachable;

pub(crate) use by_calls::check_by_calls;

/// A problem of a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// The id of the entry in `policy-problems.yaml`.
    pub(crate) id: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The tool, as named by the policy or the server; `*` for all tools.
    pub(crate) tool: String,
    /// What is wrong, in one sentence.
    pub(crate) text: String,
    /// The reason, if the configuration accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ignored: Option<Ignored>,
    /// The overlay that has the tool's entry, if the policy file has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overlay: Option<String>,
    /// The position of the tool's entry in its file, if it has one.
    #[serde(flatten)]
    pub(crate) place: Option<Position>,
}

impl Problem {
    /// True if it fails the check: it is no mere remark, and nobody has accepted it.
    pub(crate) fn fails(&self) -> bool {
        self.severity >= Severity::Medium && self.ignored.is_none()
    }
}

/// All problems of the policy `document` (with content `text`) for `server`, in file order. Problems without a position
/// come first.
pub(crate) fn check(text: &str, document: &Document, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    let decisions = &document.decisions;
    let mut found = weakened(document, server, ruleset);
    let listed: HashMap<&str, &ToolReport> = server.tools.iter().map(|tool| (tool.tool.name.as_str(), tool)).collect();
    let renamed = renames::likely(text, &found.places, decisions, server);
    let is_other = decisions.tools.len() > 1 && !listed.is_empty() && renamed.is_empty();
    if is_other && !decisions.tools.keys().any(|name| listed.contains_key(name.as_str())) {
        found.other_server(decisions, server);
        return found.in_order();
    }
    let deleted = if decisions.default.refuses() { remembered_names(text) } else { BTreeSet::new() };
    for name in server.tools.iter().map(|tool| tool.tool.name.as_str()) {
        if !decisions.tools.contains_key(name) && !deleted.contains(name) {
            found.unnamed(name, decisions);
        }
    }
    if document.dialect == Dialect::INTERCEPT {
        for (rule, tool) in unset_values(text, &document.root) {
            found.add("unset-value", &tool, format!("The value of {rule} for {tool} is not set."));
        }
    }
    if let Some(every) = &decisions.every {
        found.unreachable("*", every, None);
        found.conditions("*", None, every);
    }
    for (name, decision) in &decisions.tools {
        found.unreachable(name, decision, decisions.every.as_ref());
        match listed.get(name.as_str()) {
            // A merge left it, so that the tool is refused if it comes back.
            None if decision.action.refuses()
                && !renamed.contains_key(name.as_str())
                && is_marked_gone(text, found.places.get(name)) => {}
            None => found.unknown(name, renamed.get(name.as_str()).copied()),
            Some(tool) => found.unguarded_arguments(tool, decision, document.dialect),
        }
        found.conditions(name, listed.get(name.as_str()).map(|tool| &tool.tool), decision);
    }
    found.in_order()
}

/// Where the policy `document` lets more pass than the default policy for `server`, in file order.
pub(crate) fn weaknesses(document: &Document, server: &ServerReport, ruleset: &Ruleset) -> Vec<Problem> {
    weakened(document, server, ruleset).in_order()
}

fn weakened<'r>(document: &Document, server: &ServerReport, ruleset: &'r Ruleset) -> ProblemList<'r> {
    let decisions = &document.decisions;
    let mut found = ProblemList { places: document.places(), entries: &ruleset.policy_problems, problems: Vec::new() };
    if !decisions.default.refuses() {
        found.add("open-default", "*", "The default allows every tool that the policy does not name.".into());
    }
    if document.dialect.limits_all_tools() {
        found.limits_on_all_tools(decisions, server, ruleset);
    }
    let mut comparison = Comparison::new(ruleset);
    for tool in &server.tools {
        if let Some(own) = decisions.tools.get(&tool.tool.name) {
            found.weaker(tool, own, document, &mut comparison);
        }
    }
    found
}

/// True if a merge marked the entry at `place`, because the server no longer lists its tool.
fn is_marked_gone(text: &str, place: Option<&Position>) -> bool {
    let above = place.and_then(|place| usize::try_from(place.line).ok()?.checked_sub(2));
    above.and_then(|line| text.lines().nth(line)).is_some_and(|line| line.trim() == GONE)
}

/// The problems found so far.
struct ProblemList<'r> {
    places: BTreeMap<String, Position>,
    entries: &'r [PolicyProblem],
    problems: Vec<Problem>,
}

impl ProblemList<'_> {
    fn add(&mut self, id: &str, tool: &str, text: String) {
        let severity =
            self.entries.iter().find(|entry| entry.id == id).map_or(Severity::Medium, |entry| entry.severity);
        let place = self.places.get(tool).copied();
        let (id, tool) = (id.to_owned(), tool.to_owned());
        self.problems.push(Problem { id, severity, tool, text, ignored: None, overlay: None, place });
    }

    fn other_server(&mut self, decisions: &Decisions, server: &ServerReport) {
        let (named, name) = (prose::count(decisions.tools.len(), "tool"), server.server.display_name());
        let text = format!("The policy names {named}, and {name} has none of them: it seems to be for another server.");
        self.add("other-server", "*", text);
    }

    fn in_order(mut self) -> Vec<Problem> {
        self.problems.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.tool.cmp(&b.tool)));
        self.problems
    }

    fn unnamed(&mut self, tool: &str, decisions: &Decisions) {
        let (who, refuses) = (format!("No rule names the tool {tool}"), decisions.default.refuses());
        match (tool, refuses) {
            // `*` means every tool in all formats, so no rule can name a tool called `*`: only the default applies to
            // it.
            ("*", true) => {}
            ("*", false) => {
                let text = "No rule can name the tool \"*\", since that means every tool; the default allows it.";
                self.add("unnamed-tool-allowed", tool, text.into());
            }
            (_, true) => self.add("unnamed-tool", tool, format!("{who}; the default refuses it.")),
            (_, false) => self.add("unnamed-tool-allowed", tool, format!("{who}; the default allows it.")),
        }
    }

    fn unknown(&mut self, tool: &str, renamed: Option<&str>) {
        let renamed = renamed.map_or_else(String::new, |name| format!("; it may now be called {name}"));
        self.add("unknown-tool", tool, format!("The server has no tool {tool}{renamed}."));
    }

    /// Reports limits of the profile on the calls of all tools together that the policy does not keep.
    fn limits_on_all_tools(&mut self, decisions: &Decisions, server: &ServerReport, ruleset: &Ruleset) {
        let is_named_so = server.tools.iter().any(|tool| tool.tool.name == "*");
        let Some(wanted) = all_tools(&ruleset.profile.all_tools).filter(|_| !is_named_so) else { return };
        let every = decisions.every.as_ref();
        if every.is_some_and(|every| every.action.refuses()) {
            return;
        }
        let own: Vec<Check> = every.map_or_else(Vec::new, limits);
        for limit in limits(&wanted) {
            if !own.iter().any(|own| implies(own, &limit)) {
                let text = format!("The policy does not keep the limit on all tools together: {}.", limit.words());
                self.add("weaker-than-default", "*", text);
            }
        }
    }

    fn weaker(&mut self, tool: &ToolReport, own: &Decision, document: &Document, comparison: &mut Comparison<'_>) {
        let wanted = &tool.decision;
        let stated = stated_decision(tool, wanted.clone(), document.dialect);
        let (parameters, every) = (tool.tool.parameters.as_slice(), document.decisions.every.as_ref());
        let found = comparison.weaknesses(Compared { wanted, stated: &stated, parameters, own, every });
        let (name, category) = (&tool.tool.name, tool.assessment.category);
        for weakness in found {
            let said = || {
                let (own, wanted) = (own.words(), wanted.words());
                format!("{name} is {category}: the policy says \"{own}\", the default for that is \"{wanted}\".")
            };
            match weakness {
                Weakness::Lets { path, values, asks } => {
                    let value = values.first().map_or_else(String::new, ToString::to_string);
                    let does = if asks { "asks about" } else { "refuses" };
                    let text =
                        format!("{name} is {category}: the policy lets {path} be {value}, which the default {does}.");
                    self.add("weaker-than-default", name, text);
                }
                Weakness::Unguarded(guards) => {
                    let paths: BTreeSet<&String> = guards.iter().flat_map(MissingGuard::arguments).collect();
                    for path in paths {
                        self.add("missing-guard", name, format!("{name} is allowed, and nothing guards {path}."));
                    }
                }
                Weakness::Total(total) => {
                    let words = Check::Total(total).words();
                    let text = format!("{name} is {category}: the policy does not keep the total {words}.");
                    self.add("weaker-than-default", name, text);
                }
                Weakness::Allowed | Weakness::Calls => self.add("weaker-than-default", name, said()),
                Weakness::Asked => self.add("asked-not-refused", name, said()),
            }
        }
    }

    /// Reports arguments of an allowed tool that should be guarded and that this format cannot inspect: those that may be
    /// left out, elements of lists, and how much is read.
    fn unguarded_arguments(&mut self, tool: &ToolReport, decision: &Decision, dialect: Dialect) {
        if decision.action != PolicyAction::Allow {
            return;
        }
        let rule = Rule::new(tool);
        if rule.asks_about_extent()
            && stated_decision(tool, tool.decision.clone(), dialect).action == PolicyAction::Allow
        {
            self.extent(tool, None, dialect);
        }
        if tool.decision.action != PolicyAction::Allow {
            return;
        }
        let guarded: BTreeSet<&str> = decision.guards.iter().flat_map(Guard::parameters).collect();
        let is_guarded = |path: &&str| guarded.iter().any(|outer| is_around(outer, path));
        let left_open = tool.decision.guards.iter().filter(|guard| guard.skip_if_uninspected);
        let open: BTreeSet<&str> = left_open.flat_map(Guard::parameters).filter(|path| !is_guarded(path)).collect();
        let name = &tool.tool.name;
        for path in open {
            let format = dialect.name();
            let text = format!("{name} is allowed, and a policy of the format {format} cannot look at {path}.");
            self.add("unguarded-argument", name, text);
        }
        let is_extent = |guard: &&Guard| guard.extent && !guard.skip_if_uninspected && rule.may_leave_out(guard);
        let mut extents = tool.decision.guards.iter().filter(is_extent).peekable();
        if extents.peek().is_none() {
            return;
        }
        let stated = stated_decision(tool, tool.decision.clone(), dialect);
        let unsaid = extents.flat_map(Guard::parameters).filter(|path| !is_guarded(path));
        let is_said = |path: &&str| stated.guards.iter().any(|guard| guard.parameters().contains(path));
        let open: BTreeSet<&str> = unsaid.filter(|path| !is_said(path)).collect();
        open.into_iter().for_each(|path| self.extent(tool, Some(path), dialect));
    }

    /// Reports that the format holds neither how much the tool reads nor asks about it.
    fn extent(&mut self, tool: &ToolReport, path: Option<&str>, dialect: Dialect) {
        let (name, format) = (&tool.tool.name, dialect.name());
        let of = path.map_or_else(String::new, |path| format!(" by {path}"));
        let text = format!(
            "{name} may read as much as it likes{of}, and a policy of the format {format} cannot ask about that."
        );
        self.add("unguarded-extent", name, text);
    }

    fn unreachable(&mut self, tool: &str, decision: &Decision, every: Option<&Decision>) {
        for text in unreachable::problems(tool, decision, every) {
            self.add("unreachable-rule", tool, text);
        }
    }

    fn conditions(&mut self, name: &str, tool: Option<&Tool>, decision: &Decision) {
        for (id, text) in conditions::problems(name, tool, &decision.guards) {
            self.add(id, name, text);
        }
    }
}

/// The limits of `decision` as totals.
fn limits(decision: &Decision) -> Vec<Check> {
    let limit = decision.rate_limit.map(|limit| Check::Total(limit.into()));
    let totals = decision.guards.iter().map(|guard| guard.check.clone());
    limit.into_iter().chain(totals.filter(|check| matches!(check, Check::Total(_)))).collect()
}
