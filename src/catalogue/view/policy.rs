//! Policies on the pages.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalogue::address;
use crate::catalogue::site::Site;
use crate::model::{Category, Decision, PolicyAction, RateLimit, ServerReport, Severity, ToolReport};
use crate::policy::dialect::client::{Client, Permission};
use crate::policy::dialect::{self, Dialect, PolicyError};
use crate::policy::{self, Policy};
use crate::text::prose;

/// The policy for a tool.
#[derive(Serialize)]
pub(crate) struct Rule {
    /// `allow`, `approve`, `deny` or `hide`.
    action: &'static str,
    /// The number of guards on the arguments.
    guards: usize,
    /// True if the tool is allowed only because guards deny its dangerous calls.
    partly: bool,
    /// True if the decision is the one recommended for the tool's category.
    advised: bool,
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
    /// The policy `decision` for a tool of `category`.
    pub(crate) fn new(decision: &Decision, category: Category) -> Self {
        let limit = decision.rate_limit.map(|limit| Limit {
            max: limit.max,
            calls: prose::count(limit.max as usize, "call"),
            window: limit.window_name(),
        });
        let action = decision.action;
        Self {
            action: action.name(),
            guards: match action.refuses() {
                true => 0,
                false => decision.guards.iter().filter(|guard| guard.can_be_held()).count(),
            },
            partly: !action.refuses() && decision.guards.iter().any(|guard| guard.essential),
            advised: match category.severity() {
                Severity::Critical => action == PolicyAction::Deny,
                Severity::Low | Severity::Medium | Severity::High => action == PolicyAction::Allow,
            },
            limit,
            reason: decision.reason.clone(),
        }
    }
}

/// The policy for a tool in the first format of the site. Answers on the page must match what this format can enforce.
#[derive(Serialize)]
pub(crate) struct Shown {
    /// The format name on the command line.
    format: &'static str,
    /// The program that reads the format, for use in a sentence.
    reader: &'static str,
    /// The options with which mcp-scan writes the whole policy in this format.
    options: String,
    /// The settings file that contains the policy, for a client format.
    file: Option<&'static str>,
    rule: Rule,
    /// True if the agent does not even see the tool.
    unseen: bool,
    /// True if the format can limit the number of calls.
    counts: bool,
    /// True if the format can deny the tool.
    refuses: bool,
    /// True if unnamed tools are denied.
    closed: bool,
    /// Why the action differs from the intended one, if it does.
    notes: Vec<String>,
}

impl Shown {
    /// The policy for `tool` in the first format of the site, or in the default format if the site shows none.
    pub(crate) fn new(site: &Site<'_>, tool: &ToolReport) -> Self {
        let dialect = site.options.formats.first().copied().unwrap_or(Dialect::INTERCEPT);
        let (reader, hides_refused, client) = match dialect {
            Dialect::Proxy(proxy) => (proxy.reader, proxy.hides_refused, None),
            Dialect::Client(client) => (client.name.title, client.hides, Some(client)),
        };
        let stated = |decision| dialect::stated_decision(tool, decision, dialect);
        let decision = stated(tool.decision.clone());
        let refused = decision.action.refuses();
        let differs = decision.action != tool.decision.action;
        Self {
            format: dialect.name(),
            reader,
            options: options(dialect, &site.report.profile),
            file: client.map(|client| client.file),
            rule: Rule::new(&decision, tool.assessment.category),
            unseen: decision.action == PolicyAction::Hide || refused && hides_refused,
            counts: RateLimit::per(1, "hour")
                .is_some_and(|limit| stated(Decision::limited(limit)).rate_limit.is_some()),
            refuses: stated(Decision::deny(None)).action.refuses(),
            closed: client.is_none_or(|client| client.unnamed == Permission::Refused),
            notes: if differs { dialect::snippet_notes(tool, dialect) } else { Vec::new() },
        }
    }
}

/// The command-line options that write a policy in `dialect` with `profile`.
fn options(dialect: Dialect, profile: &str) -> String {
    let mut options = format!("--policy policy.{}", dialect.file_extension());
    if dialect != Dialect::INTERCEPT {
        options += &format!(" --policy-format {}", dialect.name());
    }
    if profile != "starter" {
        options += &format!(" --profile {profile}");
    }
    options
}

/// A policy, or a part of one, in one format.
#[derive(Serialize)]
pub(crate) struct Snippet {
    /// The HTML id of its tab.
    id: &'static str,
    name: &'static str,
    /// True for the settings of a client, false for a proxy or policy engine.
    client: bool,
    /// The program that reads this format.
    note: String,
    /// The file with the server's whole policy in this format. `None` if the format cannot name the server.
    href: Option<String>,
    text: String,
    /// Where the format cannot express the intended policy.
    notes: Vec<String>,
}

const MAX_NOTES: usize = 12;

/// The policy for one tool in every format.
pub(crate) fn snippets(site: &Site<'_>, server: &ServerReport, tool: &ToolReport) -> Vec<Snippet> {
    let key = policy::key(&server.server);
    let one = |dialect: &Dialect| {
        if let Err(cause) = dialect::can_address(&key, *dialect) {
            return refused(*dialect, &cause);
        }
        let text = dialect::snippet(&key, tool, *dialect);
        snippet(server, *dialect, text, dialect::snippet_notes(tool, *dialect))
    };
    site.options.formats.iter().map(one).collect()
}

/// The whole policy of a server in every format. The page contains up to `max` bytes of policy text, the first format
/// and then the shortest ones. The other texts are left empty and linked instead.
pub(crate) fn wholes(site: &Site<'_>, server: &ServerReport, max: usize) -> Result<Vec<Snippet>, PolicyError> {
    let policy = Policy::for_server(server, site.report);
    let whole = |dialect: &Dialect| match dialect::write(&policy, *dialect) {
        Err(cause @ PolicyError::Name { .. }) => Ok(refused(*dialect, &cause)),
        written => Ok(snippet(server, *dialect, written?, notes(&policy, *dialect))),
    };
    let mut wholes: Vec<Snippet> = site.options.formats.iter().map(whole).collect::<Result<_, PolicyError>>()?;
    let mut order: Vec<usize> = (0..wholes.len()).collect();
    order.sort_by_key(|at| (*at > 0, wholes[*at].text.len()));
    let mut left = max;
    for at in order {
        match left.checked_sub(wholes[at].text.len()) {
            Some(rest) => left = rest,
            None => wholes[at].text.clear(),
        }
    }
    Ok(wholes)
}

/// Where the format cannot express `policy`, without duplicates.
fn notes(policy: &Policy, dialect: Dialect) -> Vec<String> {
    let mut tools: BTreeMap<String, usize> = BTreeMap::new();
    for note in dialect::notes(policy, dialect).into_iter().chain(dialect::unenforced(policy, dialect)) {
        *tools.entry(note.text).or_default() += 1;
    }
    let of_tools = |(text, count): (String, usize)| format!("{}: {text}", prose::count(count, "tool"));
    let remarks = dialect::remarks(policy, dialect).into_iter();
    remarks.chain(tools.into_iter().map(of_tools)).take(MAX_NOTES).collect()
}

/// The whole policy of a server in one format.
pub fn whole(site: &Site<'_>, server: &ServerReport, dialect: Dialect) -> Result<String, PolicyError> {
    dialect::write(&Policy::for_server(server, site.report), dialect)
}

fn snippet(server: &ServerReport, dialect: Dialect, text: String, notes: Vec<String>) -> Snippet {
    Snippet {
        id: dialect.name(),
        name: match dialect {
            Dialect::Proxy(proxy) => proxy.tab,
            Dialect::Client(client) => client.name.title,
        },
        client: matches!(dialect, Dialect::Client(_)),
        note: reader(dialect),
        href: Some(address::policy(&server.slug, dialect)),
        text,
        notes,
    }
}

/// The placeholder for a format that cannot name the server.
fn refused(dialect: Dialect, cause: &PolicyError) -> Snippet {
    Snippet {
        id: dialect.name(),
        name: dialect.title(),
        client: matches!(dialect, Dialect::Client(_)),
        note: prose::sentence(&cause.to_string()),
        href: None,
        text: String::new(),
        notes: Vec::new(),
    }
}

/// The program that reads a format, in words.
fn reader(dialect: Dialect) -> String {
    let of_client = |client: &Client| {
        let unnamed = match client.unnamed {
            Permission::Free => "lets a tool run that is not named there",
            Permission::Ask => "asks about a tool that is not named there",
            Permission::Refused => "refuses a tool that is not named there",
        };
        format!("Goes into {}; {} {unnamed}.", client.file, client.name.title)
    };
    match dialect {
        Dialect::Proxy(proxy) => proxy.note.into(),
        Dialect::Client(client) => of_client(client),
    }
}
