//! Describes the permission settings of a client, and renders a policy in them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::listed_values::ListedValues;
use super::names::ServerNames;
use crate::model::{ClientName, Decision, PolicyAction};
use crate::policy::dialect::about;
use crate::policy::dialect::error::{PolicyError, WriteError};
use crate::policy::dialect::stated::Stated;
use crate::policy::hook::HookClient;
use crate::policy::{Decisions, Policy, Rule};
use crate::text::prose;

/// What a client does with calls of a tool, most permissive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// They run without a prompt.
    Free,
    /// They need approval each time.
    Ask,
    /// They are denied, or the tool is not available.
    Refused,
}

/// The tools that the settings name for a server; an error if the text is not valid for that client.
pub(crate) type ReadTools = Result<BTreeMap<String, Permission>, SettingsError>;

/// Why a text is not valid for a client.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is not valid JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is not TOML in the client's form.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// It is not YAML in the client's form.
    #[error(transparent)]
    Yaml(#[from] serde_saphyr::Error),
}

/// How the behavior of a client was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// That version of the program was run with such settings.
    Ran(&'static str),
    /// Its source code was read.
    Source,
    /// Its documentation says so.
    Documented,
    /// Only third parties say so.
    ThirdParty,
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ran(version) => write!(f, "ran {version}"),
            Self::Source => f.write_str("source"),
            Self::Documented => f.write_str("documented"),
            Self::ThirdParty => f.write_str("third party"),
        }
    }
}

/// What a client does with a tool whose author says that it only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOnlyHint {
    /// It ignores the hint.
    Ignored,
    /// The tool runs if the settings do not name it.
    RunsUnnamed,
    /// The tool runs unless it is denied.
    Runs,
}

/// The permission settings of a client.
pub struct Client {
    /// The client's name; its id is the name of the format.
    pub name: ClientName,
    /// Where the client reads these settings. The output is merged into that file.
    pub file: &'static str,
    /// The extension of the written file, without the dot.
    pub extension: &'static str,
    /// The permissions that it can give to a named tool.
    pub can: &'static [Permission],
    /// What it does with tools that the settings do not name.
    pub unnamed: Permission,
    /// True if denied tools are not listed to the agent.
    pub hides: bool,
    /// How this behavior was verified.
    pub checked: Evidence,
    /// What it does with a tool whose author says that it only reads.
    pub read_only_hint: ReadOnlyHint,
    /// True if it can allow a tool only with listed values of one argument.
    pub compares_values: bool,
    /// A further warning for users of the settings.
    pub warning: Option<&'static str>,
    /// The server names that the settings can address exactly.
    pub servers: ServerNames,
    /// True if a tool with that name can be named exactly.
    pub can_name: fn(&str) -> bool,
    /// A tool's name as the client writes it. Several tools can get the same name.
    pub spelled: fn(&str) -> String,
    /// Renders the settings for these tools.
    pub write: fn(&ToolsByDecision<'_>) -> Result<String, WriteError>,
    /// The tools that a text (first argument) names for a server (second).
    pub read: fn(&str, &str) -> ReadTools,
}

/// The tools that the settings name, by permission.
pub struct ToolsByDecision<'a> {
    /// The server's name in the client's own configuration.
    pub server: &'a str,
    /// Comment lines, if the format has comments.
    pub comment: &'a [String],
    /// Tools that run without a prompt.
    pub free: Vec<String>,
    /// Tools that need approval.
    pub ask: Vec<String>,
    pub refused: Vec<String>,
    /// The values with which a tool may be called, of those that have such; other calls of them are refused.
    pub(crate) listed_values: BTreeMap<String, ListedValues>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name.id)
    }
}

impl Client {
    /// What these settings state for each rule of `policy`, in order. If the client gives several tools the same name,
    /// the strictest permission applies.
    pub(crate) fn states(&self, policy: &Policy) -> Vec<Stated> {
        let strictest = self.strictest(&policy.rules);
        let state = |rule: &Rule| match strictest.get(&(self.spelled)(&rule.tool)) {
            Some(&said) if said > self.permission(rule) => Stated {
                decision: Some(Decision { action: action(said), ..Decision::allow() }),
                note: Some(format!(
                    "{} calls another tool by the same name, so the stricter permission holds.",
                    self.name.title
                )),
                unenforced: None,
            },
            _ => self.state(rule),
        };
        policy.rules.iter().map(state).collect()
    }

    /// By name as the client writes it, the strictest permission of its tools.
    fn strictest(&self, rules: &[Rule]) -> HashMap<String, Permission> {
        let mut strictest: HashMap<String, Permission> = HashMap::new();
        for rule in rules.iter().filter(|rule| (self.can_name)(&rule.tool)) {
            let permission = self.permission(rule);
            let entry = strictest.entry((self.spelled)(&rule.tool)).or_insert(permission);
            *entry = permission.max(*entry);
        }
        strictest
    }

    /// What these settings state for `rule`.
    pub(crate) fn state(&self, rule: &Rule) -> Stated {
        let said = self.permission(rule);
        let guards = || self.listed_values(rule).map(|listed| listed.guard).into_iter().collect();
        let decision = match said {
            Permission::Free => Decision { guards: guards(), ..Decision::allow() },
            Permission::Ask => Decision { guards: guards(), ..Decision::approve(None) },
            Permission::Refused => Decision::deny(rule.decision.reason.clone()),
        };
        let note = (said > self.wanted(rule)).then(|| self.stricter(rule, said));
        let unenforced = (said < self.wanted(rule))
            .then(|| self.weaker(rule, said))
            .or_else(|| self.unlimited(rule, said))
            .or_else(|| self.believed(rule, said));
        Stated { decision: Some(decision), note, unenforced }
    }

    /// An error if these settings cannot address a server with the name `server`.
    pub fn can_address(&self, server: &str) -> Result<(), PolicyError> {
        match (self.servers.can)(server) {
            true => Ok(()),
            false => {
                Err(PolicyError::Name { client: self.name.title, server: server.to_owned(), rule: self.servers.rule })
            }
        }
    }

    /// The complete settings for `policy`. Its server must be addressable.
    pub(crate) fn file(&self, policy: &Policy) -> Result<String, WriteError> {
        let comment = self.comment(policy);
        self.write(&policy.key, &comment, &policy.rules)
    }

    /// The settings for one tool of `server`.
    pub(crate) fn fragment(&self, server: &str, rule: &Rule) -> Result<String, WriteError> {
        self.write(server, &[], std::slice::from_ref(rule))
    }

    /// The decisions of the settings `text` for the tools of `server`.
    pub fn read(&self, text: &str, server: &str) -> Result<Decisions, SettingsError> {
        let named = (self.read)(text, server)?;
        let tools = named
            .into_iter()
            .map(|(tool, permission)| (tool, Decision { action: action(permission), ..Decision::allow() }));
        Ok(Decisions { default: action(self.unnamed), tools: tools.collect(), every: None })
    }

    /// Remarks about the settings as a whole.
    pub fn remarks(&self, policy: &Policy) -> Vec<String> {
        let mut remarks =
            vec![format!("Merge this into {}; it takes the server to be called \"{}\" there.", self.file, policy.key)];
        if policy.default.refuses() && self.unnamed != Permission::Refused {
            let hint = match self.read_only_hint {
                ReadOnlyHint::Ignored => "",
                ReadOnlyHint::RunsUnnamed | ReadOnlyHint::Runs => {
                    ", and lets it run where its author says that it only reads"
                }
            };
            let what = if self.unnamed == Permission::Ask { "asks about it" } else { "lets it run" };
            remarks.push(format!("A tool that is not named here is not refused: {} {what}{hint}.", self.name.title));
        }
        let held = |rule: &&Rule| rule.decision.action == PolicyAction::Allow && self.wanted(rule) != Permission::Free;
        let unheld = policy.rules.iter().filter(held).count();
        if unheld > 0 {
            let tools = prose::count(unheld, "tool");
            let looks = if self.compares_values { "only at listed values of one argument" } else { "at no arguments" };
            remarks.push(format!(
                "{} counts no calls and looks {looks}, so the limits and guards of {tools} do not hold there.",
                self.name.title
            ));
            if HookClient::from_name(self.name.id).is_some() {
                remarks.push(format!("A hook holds them: see the format {}-hook.", self.name.id));
            }
        }
        let hidden = policy.rules.iter().filter(|rule| rule.decision.action == PolicyAction::Hide).count();
        if hidden > 0 && !self.hides {
            let tools = prose::count(hidden, "hidden tool");
            remarks
                .push(format!("{} may still show the agent what it does not let it call: {tools}.", self.name.title));
        }
        remarks.extend(self.warning.map(str::to_owned));
        if self.checked == Evidence::ThirdParty {
            remarks.push(format!("How {} reads this is known from third parties only.", self.name.title));
        }
        remarks
    }

    /// The lines about the server, with the counts of what these settings let through.
    pub(crate) fn about(&self, policy: &Policy) -> Vec<String> {
        let mut stated = policy.clone();
        for (rule, said) in stated.rules.iter_mut().zip(self.states(policy)) {
            rule.decision =
                said.decision.unwrap_or_else(|| Decision { action: action(self.unnamed), ..Decision::allow() });
        }
        about::lines(&stated)
    }

    fn comment(&self, policy: &Policy) -> Vec<String> {
        let mut lines = self.about(policy);
        lines.extend(self.remarks(policy));
        let weaker = policy.rules.iter().filter(|rule| self.state(rule).unenforced.is_some()).count();
        if weaker > 0 {
            lines.push(format!("Weaker than the policy for {}: see what the run said.", prose::count(weaker, "tool")));
        }
        lines
    }

    fn write(&self, server: &str, comment: &[String], rules: &[Rule]) -> Result<String, WriteError> {
        let strictest = self.strictest(rules);
        let mut written = HashSet::new();
        let (free, ask, refused, listed_values) = (vec![], vec![], vec![], BTreeMap::new());
        let mut named = ToolsByDecision { server, comment, free, ask, refused, listed_values };
        for rule in rules.iter().filter(|rule| (self.can_name)(&rule.tool)) {
            let name = (self.spelled)(&rule.tool);
            let permission = strictest.get(&name).copied().unwrap_or(self.unnamed);
            let list = match permission {
                Permission::Free => &mut named.free,
                Permission::Ask => &mut named.ask,
                Permission::Refused => &mut named.refused,
            };
            // A tool is not listed as free if unnamed tools run freely anyway and the policy wants something stricter.
            let by_itself = permission == self.unnamed && permission > self.permission(rule).min(self.wanted(rule));
            if self.can.contains(&permission) && !by_itself && written.insert(name.clone()) {
                named.listed_values.extend(self.listed_values(rule).map(|listed| (name.clone(), listed)));
                list.push(name);
            }
        }
        (self.write)(&named)
    }

    /// The closest permission that the client can give: the wanted one, else the next stricter one, else the strictest.
    fn permission(&self, rule: &Rule) -> Permission {
        let by_name: &[Permission] = if (self.can_name)(&rule.tool) { self.can } else { &[] };
        let sayable = || by_name.iter().copied().chain([self.unnamed]);
        let wanted = self.wanted(rule);
        let enough = sayable().filter(|permission| *permission >= wanted).min();
        enough.or_else(|| sayable().max()).unwrap_or(self.unnamed)
    }

    /// The permission that the policy wants, where the client can compare an argument for calls with listed values of it.
    pub(super) fn wanted(&self, rule: &Rule) -> Permission {
        match self.listed_values(rule) {
            Some(listed) if listed.suffices => Permission::Free,
            Some(_) => Permission::Ask,
            None => wanted(rule),
        }
    }

    fn listed_values(&self, rule: &Rule) -> Option<ListedValues> {
        let can = self.compares_values && (self.can_name)(&rule.tool);
        ListedValues::for_rule(rule).filter(|_| can)
    }

    fn stricter(&self, rule: &Rule, said: Permission) -> String {
        let what = match said {
            Permission::Refused => "the tool is not there",
            Permission::Ask | Permission::Free => "a person is asked each time",
        };
        match (self.can_name)(&rule.tool) {
            true => format!("{} cannot say what was meant, so {what}.", self.name.title),
            false => format!("{} cannot name this tool, so {what}.", self.name.title),
        }
    }

    fn weaker(&self, rule: &Rule, said: Permission) -> String {
        let verb = if (self.can_name)(&rule.tool) { "refuse" } else { "name" };
        let what = if said == Permission::Ask { "asks about its calls" } else { "lets it run" };
        format!("{} cannot {verb} this tool: it {what}.", self.name.title)
    }

    /// A note if the client skips the prompt because the tool's author says that it only reads.
    fn believed(&self, rule: &Rule, said: Permission) -> Option<String> {
        let runs = self.read_only_hint == ReadOnlyHint::Runs && rule.claims_to_read && said == Permission::Ask;
        runs.then(|| format!("{} does not ask about it, since its author says that it only reads.", self.name.title))
    }

    /// A note if the tool has limits or guards, which no client enforces, and runs freely.
    fn unlimited(&self, rule: &Rule, said: Permission) -> Option<String> {
        let is_listed = || self.listed_values(rule).is_some_and(|listed| listed.suffices);
        let held = rule.decision.rate_limit.is_none() && rule.decision.guards.is_empty() || is_listed();
        (said == Permission::Free && !held && !rule.decision.action.refuses())
            .then(|| format!("{} neither counts calls nor looks at their arguments.", self.name.title))
    }
}

/// The permission that the policy wants. No client can enforce a limit or most guards, so such tools need approval.
fn wanted(rule: &Rule) -> Permission {
    let decision = &rule.decision;
    let is_free = || decision.rate_limit.is_none() && decision.guards.iter().all(|guard| guard.skip_if_uninspected);
    match decision.action {
        PolicyAction::Allow if is_free() && !rule.confirm => Permission::Free,
        PolicyAction::Allow if decision.guards.iter().any(|guard| guard.essential) => Permission::Refused,
        PolicyAction::Allow | PolicyAction::Approve => Permission::Ask,
        PolicyAction::Deny | PolicyAction::Hide => Permission::Refused,
    }
}

pub(super) fn action(permission: Permission) -> PolicyAction {
    match permission {
        Permission::Free => PolicyAction::Allow,
        Permission::Ask => PolicyAction::Approve,
        Permission::Refused => PolicyAction::Deny,
    }
}

/// Pretty-printed JSON with a final newline and with invisible characters escaped.
pub(crate) fn json(value: &serde_json::Value) -> Result<String, WriteError> {
    Ok(crate::text::quote::json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// The strings in a JSON list; empty for other values.
pub(crate) fn strings(value: &serde_json::Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// The lists of clients that have one for each permission.
pub(crate) const PERMISSION_LISTS: [(&str, Permission); 3] =
    [("allow", Permission::Free), ("ask", Permission::Ask), ("deny", Permission::Refused)];

/// The tools in `lists` under `permissions` in `text`. Each entry is a tool's name between `before` and `after`.
pub(crate) fn read_lists(text: &str, lists: &[(&str, Permission)], before: &str, after: &str) -> ReadTools {
    let settings = parse(text)?;
    let named = lists.iter().flat_map(|(key, permission)| {
        let entries = strings(&settings["permissions"][*key]);
        let tools = entries.filter_map(|entry| entry.strip_prefix(before)?.strip_suffix(after));
        tools.map(|tool| (tool.to_owned(), *permission)).collect::<Vec<_>>()
    });
    Ok(named.collect())
}

pub(crate) fn parse(text: &str) -> Result<serde_json::Value, SettingsError> {
    Ok(serde_json::from_str(text)?)
}
