//! The starter policy as the pages show it.

use serde::Serialize;

use crate::catalogue::address;
use crate::catalogue::site::Site;
use crate::model::{Decision, PolicyAction, ServerReport, ToolReport};
use crate::policy::Policy;
use crate::policy::dialect::{self, Dialect, PolicyError};
use crate::text::prose;

/// What the policy does with one tool.
#[derive(Serialize)]
pub struct Rule {
    /// No call goes through in the formats of the page, which cannot ask a person.
    denied: bool,
    hidden: bool,
    /// A person is asked, where a format can do that.
    asked: bool,
    /// How many demands on the arguments.
    guards: usize,
    limit: Option<Limit>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct Limit {
    max: u32,
    calls: String,
    window: &'static str,
}

impl Rule {
    /// The view of `decision`.
    pub fn of(decision: &Decision) -> Self {
        let limit = decision.rate_limit.map(|limit| Limit {
            max: limit.max,
            calls: prose::count(limit.max as usize, "call"),
            window: limit.window_name(),
        });
        let action = decision.action;
        Self {
            denied: action != PolicyAction::Allow,
            hidden: action == PolicyAction::Hide,
            asked: action == PolicyAction::Approve,
            guards: decision.guards.len(),
            limit,
            reason: decision.reason.clone(),
        }
    }
}

/// A policy, or a piece of one, in one format.
#[derive(Serialize)]
pub struct Snippet {
    /// The id of its tab.
    id: &'static str,
    name: &'static str,
    /// What reads this format.
    note: &'static str,
    /// The file that holds the server's whole policy in this format.
    href: String,
    text: String,
    /// Where the format can say a rule only more strictly than it was meant.
    notes: Vec<String>,
}

/// Most notes shown.
const MAX_NOTES: usize = 20;

/// The rule for one tool in every format.
pub fn snippets(server: &ServerReport, tool: &ToolReport) -> Vec<Snippet> {
    Dialect::READABLE.into_iter().map(|d| snippet(server, d, dialect::snippet(&server.slug, tool, d), vec![])).collect()
}

/// The whole policy of a server in every format, without the text where it is longer than a page should be.
pub fn wholes(site: &Site<'_>, server: &ServerReport, max: usize) -> Result<Vec<Snippet>, PolicyError> {
    let policy = Policy::of(server, &site.report.ruleset).under(&site.report.profile);
    let whole = |dialect| {
        let text = dialect::write(&policy, dialect)?;
        let notes = dialect::notes(&policy, dialect).into_iter().take(MAX_NOTES).map(|note| note.text).collect();
        Ok(snippet(server, dialect, if text.len() > max { String::new() } else { text }, notes))
    };
    Dialect::READABLE.into_iter().map(whole).collect()
}

/// The whole policy of a server in one format.
pub fn whole(site: &Site<'_>, server: &ServerReport, dialect: Dialect) -> Result<String, PolicyError> {
    dialect::write(&Policy::of(server, &site.report.ruleset).under(&site.report.profile), dialect)
}

fn snippet(server: &ServerReport, dialect: Dialect, text: String, notes: Vec<String>) -> Snippet {
    let (id, name, note) = match dialect {
        Dialect::Intercept => ("intercept", "Intercept", "YAML that the Intercept proxy loads as it is."),
        Dialect::Seed => ("rules", "Rule list", "YAML in the plain shape of action, rate_limit and reason."),
        Dialect::PolicyLayer => ("json", "policy.json", "JSON for PolicyLayer's hosted proxy."),
        other => (other.name(), other.title(), "In the form that it reads."),
    };
    Snippet { id, name, note, href: address::policy(&server.slug, dialect), text, notes }
}
