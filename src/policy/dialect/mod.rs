//! The formats that a policy can be said in, one file each. A dialect only writes and reads: what is allowed was decided
//! before. Where a format cannot say a rule, it says something stricter and a note tells so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Check, Decision, Guard, PolicyAction, ToolReport};
use crate::text::{clean, prose};

use super::decisions::Decisions;
use super::flaw::{self, Flaw};
use super::implication::without_superseded;
use super::{Policy, Rule};

mod about;
pub mod client;
pub(super) mod form;
mod formats;
mod intercept;
mod opa;
mod policylayer;
mod seed;
mod toolhive;
pub(super) mod tree;
mod yaml;

/// What a format says for one rule: the rule's own decision, or as much of it as the format can say.
struct Stated {
    /// Nothing when the tool cannot be named at all, so that the default holds. Its guards are those that are said.
    decision: Option<Decision>,
    /// For people: where the format says something stricter.
    note: Option<String>,
    /// For people: the guards that it cannot say, so that a call passes which was meant to be refused.
    unsaid: Option<String>,
}

impl Stated {
    /// The rule's own decision, or a denial where a person should be asked.
    fn exactly(rule: &Rule) -> Self {
        let decision = rule.decision.clone();
        if decision.action != PolicyAction::Approve {
            return Self { decision: Some(decision), note: None, unsaid: None };
        }
        let decision = Decision { action: PolicyAction::Deny, rate_limit: None, ..decision };
        Self::strictly(decision, "This format cannot ask a person, so the tool is denied.")
    }

    /// A stricter decision than the rule's, and why.
    fn strictly(decision: Decision, note: &str) -> Self {
        Self { decision: Some(decision), note: Some(note.to_owned()), unsaid: None }
    }

    /// A tool named `*` cannot be named where `*` means every tool; the default, which denies, holds for it.
    fn unless_wildcard(rule: &Rule) -> Self {
        if rule.tool != "*" {
            return Self::exactly(rule);
        }
        let note = "A tool named \"*\" is left out, since \"*\" means every tool here; the default denies it.";
        Self { decision: None, note: Some(note.into()), unsaid: None }
    }

    /// The same with those guards for which `say` gives a form; where it gives none for a guard on which the permission
    /// rests, the tool is denied.
    fn with_guards(mut self, say: impl Fn(&Guard) -> Option<Guard>) -> Self {
        let Some(decision) = self.decision.as_mut().filter(|decision| !decision.guards.is_empty()) else { return self };
        let (mut said, mut unsaid) = (Vec::new(), Vec::new());
        for guard in std::mem::take(&mut decision.guards) {
            match say(&guard) {
                Some(form) => said.push(form),
                None if guard.essential && !decision.action.refuses() => {
                    let note = "This format cannot tell the tool's harmless calls from the others, so it is denied.";
                    return Self::strictly(Decision::deny(guard.on_deny), note);
                }
                // A person is asked about every call.
                None if decision.action == PolicyAction::Approve && !guard.can_be_held() => {}
                None => unsaid.push(guard),
            }
        }
        // Only here: a format that has no words for the stricter guard still needs the milder one, and what is a question
        // in the policy may be a refusal in the format.
        decision.guards = without_superseded(said);
        self.unsaid = left_out(&unsaid).filter(|_| !decision.action.refuses());
        self
    }

    /// What a reader of the file should know.
    fn remarks(&self) -> impl Iterator<Item = &str> {
        self.note.iter().chain(&self.unsaid).map(String::as_str)
    }
}

/// Longest list of arguments in a note, in characters of each.
const MAX_ARGUMENT: usize = 60;

/// "Not held here, ...: `url` (public-host)."
fn left_out(guards: &[Guard]) -> Option<String> {
    let name = |guard: &Guard| {
        let paths: Vec<String> = guard.parameters().iter().map(|path| clean::excerpt(path, MAX_ARGUMENT)).collect();
        if paths.is_empty() { guard.id.clone() } else { format!("{} ({})", prose::list(&paths), guard.id) }
    };
    let names: Vec<String> = guards.iter().map(name).collect();
    let text = format!("Not guarded here, because this format cannot say it: {}.", prose::list(&names));
    (!guards.is_empty()).then_some(text)
}

/// A rule that a format could say only more strictly than it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The tool it concerns, as its server names it.
    pub tool: String,
    /// One sentence for people.
    pub text: String,
}

/// What a format that knows two answers says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Allow,
    Deny,
}

/// What a file calls them.
const PLAIN: [(&str, Plain); 2] = [("allow", Plain::Allow), ("deny", Plain::Deny)];

impl From<Plain> for PolicyAction {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Allow => Self::Allow,
            Plain::Deny => Self::Deny,
        }
    }
}

impl From<PolicyAction> for Plain {
    /// What is neither is a denial.
    fn from(action: PolicyAction) -> Self {
        if action == PolicyAction::Allow { Self::Allow } else { Self::Deny }
    }
}

/// Hides the tools `names`; what else is said of them stands behind that.
fn hide<'t>(tools: &mut BTreeMap<String, Decision>, names: impl IntoIterator<Item = &'t str>) {
    for name in names {
        let decision = tools.entry(name.to_owned()).or_insert_with(Decision::allow);
        (decision.action, decision.reason) = (PolicyAction::Hide, None);
    }
}

pub use formats::{Dialect, FORMATS, Proxy};
pub(super) use yaml::{comment_lines, description, scalar, shared_value, to_set_lines};

/// A policy that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The templates do not give a file.
    #[error("could not write the {dialect} policy: {cause}")]
    Write {
        /// The format's name.
        dialect: &'static str,
        /// What went wrong, as the library tells it.
        cause: String,
    },
    /// The client cannot be told of a server of this name.
    #[error("{client} cannot be told of a server called {server:?}: a name there has {rule}")]
    Name {
        /// The client, for people.
        client: &'static str,
        /// The name by which its configuration was taken to know the server.
        server: String,
        /// What names are made of there.
        rule: &'static str,
    },
    /// The text is not a policy of this format.
    #[error("not a valid {dialect} policy: {}", sentences(.flaws))]
    Read {
        /// The format's name.
        dialect: &'static str,
        /// Everything that is wrong, in the order of the text.
        flaws: Vec<Flaw>,
    },
    /// No policy of this format can be read.
    #[error("a {0} policy is only written, never read")]
    Unreadable(&'static str),
}

impl PolicyError {
    /// The name of the format.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Write { dialect, .. } | Self::Read { dialect, .. } | Self::Unreadable(dialect) => dialect,
            Self::Name { client, .. } => client,
        }
    }

    /// Everything that is wrong with `text`, the content of `file`, each with its place, its line and a caret.
    pub fn report(&self, file: &str, text: &str) -> String {
        match self {
            Self::Read { flaws, .. } => flaw::report(file, text, flaws),
            other => other.to_string(),
        }
    }
}

fn sentences(flaws: &[Flaw]) -> String {
    flaws.iter().map(Flaw::sentence).collect::<Vec<_>>().join("; ")
}

/// The whole file for `policy`: the same policy always gives the same bytes.
pub fn write(policy: &Policy, dialect: Dialect) -> Result<String, PolicyError> {
    let written = match dialect {
        Dialect::Proxy(proxy) => (proxy.write)(policy),
        Dialect::Client(client) => {
            can_address(&policy.key, dialect)?;
            client.file(policy)
        }
    };
    written.map_err(|cause| PolicyError::Write { dialect: dialect.name(), cause })
}

/// An error when a file of this format cannot name a server called `server`.
pub fn can_address(server: &str, dialect: Dialect) -> Result<(), PolicyError> {
    match dialect {
        Dialect::Client(client) => client.can_address(server),
        Dialect::Proxy(_) => Ok(()),
    }
}

/// The Intercept file for `policy` in which no value refers to another, so that entries can be taken out of it.
pub fn write_apart(policy: &Policy) -> Result<String, PolicyError> {
    let written = yaml::file(policy, &intercept::APART);
    written.map_err(|cause| PolicyError::Write { dialect: Dialect::INTERCEPT.name(), cause })
}

/// The smallest policy that holds the rule for one tool, made by the same code as a whole file; `server` is the name by
/// which a client knows the server.
pub fn snippet(server: &str, tool: &ToolReport, dialect: Dialect) -> String {
    let rule = Rule::of(tool);
    let written = match dialect {
        Dialect::Proxy(proxy) => (proxy.fragment)(&rule),
        Dialect::Client(client) => client.fragment(server, &rule),
    };
    written.expect("the built-in templates can say any rule")
}

/// What a reader of [`snippet`] should know: where it says something else than was meant.
pub fn snippet_notes(tool: &ToolReport, dialect: Dialect) -> Vec<String> {
    dialect.state(&Rule::of(tool)).remarks().map(str::to_owned).collect()
}

/// What `dialect` says for `tool` where `decision` is meant; where it cannot name the tool, the default, which denies.
pub fn said(tool: &ToolReport, decision: Decision, dialect: Dialect) -> Decision {
    let rule = Rule { decision, ..Rule::of(tool) };
    dialect.state(&rule).decision.unwrap_or_else(|| Decision::deny(None))
}

/// Where `dialect` says something stricter than `policy` means, in the order of its rules.
pub fn notes(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |rule: &Rule| Some(Note { tool: rule.tool.clone(), text: dialect.state(rule).note? });
    policy.rules.iter().filter_map(note).collect()
}

/// Which server `policy` is for, what it holds and by which rules it was made: one line each.
pub fn about(policy: &Policy) -> Vec<String> {
    about::lines(policy)
}

/// What a reader of the file must know of it as a whole.
pub fn remarks(policy: &Policy, dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Proxy(proxy) => (proxy.remarks)(policy),
        Dialect::Client(client) => client.remarks(policy),
    }
}

/// Where `dialect` asks less of a call than `policy` means, in the order of its rules.
pub fn unsaid(policy: &Policy, dialect: Dialect) -> Vec<Note> {
    let note = |rule: &Rule| Some(Note { tool: rule.tool.clone(), text: dialect.state(rule).unsaid? });
    policy.rules.iter().filter_map(note).collect()
}

/// What the file that `dialect` writes for `policy` means.
pub fn stated(policy: &Policy, dialect: Dialect) -> Decisions {
    let said = |rule: &Rule| Some((rule.tool.clone(), dialect.state(rule).decision?));
    Decisions { default: policy.default, tools: policy.rules.iter().filter_map(said).collect(), every: None }
}

/// A value with which the file that `dialect` writes starts, and which a person must set.
#[derive(Debug, Clone, PartialEq)]
pub struct StartValue {
    /// The guard that asks for it, the first of those that share it.
    pub guard: Guard,
    /// The tools that it is for.
    pub tools: Vec<String>,
}

impl StartValue {
    /// True when `guard` of another tool asks for the same: a total has a counter, and a value, for each tool.
    fn is_of(&self, guard: &Guard) -> bool {
        match (&self.guard.check, &guard.check) {
            (Check::Argument(mine), Check::Argument(other)) => self.guard.id == guard.id && mine.value == other.value,
            _ => false,
        }
    }
}

/// The values that a person must set in the file that `dialect` writes, in the order of its rules.
pub fn to_set(policy: &Policy, dialect: Dialect) -> Vec<StartValue> {
    let mut values: Vec<StartValue> = Vec::new();
    for rule in &policy.rules {
        let decision = dialect.state(rule).decision.filter(|decision| !decision.action.refuses());
        for guard in decision.into_iter().flat_map(|decision| decision.guards).filter(|guard| guard.fill_in) {
            match values.iter_mut().find(|value| value.is_of(&guard)) {
                Some(value) if value.tools.contains(&rule.tool) => {}
                Some(value) => value.tools.push(rule.tool.clone()),
                None => values.push(StartValue { guard, tools: vec![rule.tool.clone()] }),
            }
        }
    }
    values
}
