//! The starter policy as the pages show it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalogue::address;
use crate::catalogue::site::Site;
use crate::model::{Decision, PolicyAction, ServerReport, ToolReport};
use crate::policy::dialect::client::{Answer, CLIENTS, Client};
use crate::policy::dialect::{self, Dialect, PolicyError};
use crate::policy::{self, Policy};
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
            guards: decision.guards.iter().filter(|guard| guard.can_be_held()).count(),
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
    /// True for the settings of a client, false for what a proxy or an engine reads.
    client: bool,
    /// What reads this format.
    note: String,
    /// The file that holds the server's whole policy in this format.
    href: String,
    text: String,
    /// Where the format says something else than was meant.
    notes: Vec<String>,
}

/// Most notes shown.
const MAX_NOTES: usize = 12;

/// The rule for one tool in every format.
pub fn snippets(site: &Site<'_>, server: &ServerReport, tool: &ToolReport) -> Vec<Snippet> {
    let key = policy::key(&server.server);
    let one = |dialect: &Dialect| {
        let text = dialect::snippet(&key, tool, *dialect);
        snippet(server, *dialect, text, dialect::snippet_notes(tool, *dialect))
    };
    site.options.formats.iter().map(one).collect()
}

/// The whole policy of a server in every format, without the text where it and those before it are longer than a page
/// should be.
pub fn wholes(site: &Site<'_>, server: &ServerReport, max: usize) -> Result<Vec<Snippet>, PolicyError> {
    let policy = Policy::of(server, &site.report.ruleset).under(&site.report.profile);
    let mut left = max;
    let whole = |dialect: &Dialect| {
        let text = dialect::write(&policy, *dialect)?;
        let shown = left.checked_sub(text.len());
        left = shown.unwrap_or(left);
        Ok(snippet(server, *dialect, shown.map_or_else(String::new, |_| text), notes(&policy, *dialect)))
    };
    site.options.formats.iter().map(whole).collect()
}

/// Where the format says something else than `policy`, each thing once.
fn notes(policy: &Policy, dialect: Dialect) -> Vec<String> {
    let mut tools: BTreeMap<String, usize> = BTreeMap::new();
    for note in dialect::notes(policy, dialect).into_iter().chain(dialect::unsaid(policy, dialect)) {
        *tools.entry(note.text).or_default() += 1;
    }
    let of_tools = |(text, count): (String, usize)| format!("{}: {text}", prose::count(count, "tool"));
    let remarks = dialect::remarks(policy, dialect).into_iter();
    remarks.chain(tools.into_iter().map(of_tools)).take(MAX_NOTES).collect()
}

/// The whole policy of a server in one format.
pub fn whole(site: &Site<'_>, server: &ServerReport, dialect: Dialect) -> Result<String, PolicyError> {
    dialect::write(&Policy::of(server, &site.report.ruleset).under(&site.report.profile), dialect)
}

fn snippet(server: &ServerReport, dialect: Dialect, text: String, notes: Vec<String>) -> Snippet {
    Snippet {
        id: dialect.name(),
        name: if dialect == Dialect::PolicyLayer { "policy.json" } else { dialect.title() },
        client: matches!(dialect, Dialect::Client(_)),
        note: reader(dialect),
        href: address::policy(&server.slug, dialect),
        text,
        notes,
    }
}

/// What reads a format, for people.
fn reader(dialect: Dialect) -> String {
    let of_client = |client: &Client| {
        let unnamed = match client.unnamed {
            Answer::Free => "lets a tool run that is not named there",
            Answer::Ask => "asks about a tool that is not named there",
            Answer::Refused => "refuses a tool that is not named there",
        };
        format!("Goes into {}; {} {unnamed}.", client.file, client.title)
    };
    match dialect {
        Dialect::Intercept => "YAML that the Intercept proxy loads as it is.".into(),
        Dialect::InterceptApproval => "YAML for later versions of the Intercept proxy; a guess at their syntax.".into(),
        Dialect::Seed => "YAML in the plain shape of action, rate_limit and reason.".into(),
        Dialect::PolicyLayer => "JSON for PolicyLayer's hosted proxy.".into(),
        Dialect::ToolHive => "Authorization in Cedar, in the file that ToolHive reads.".into(),
        Dialect::Opa => "A Rego module for the Open Policy Agent.".into(),
        Dialect::Client(at) => of_client(&CLIENTS[at]),
    }
}
