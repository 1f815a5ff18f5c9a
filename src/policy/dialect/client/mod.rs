//! The permission settings of MCP clients. None of them counts calls or looks at arguments: a tool runs freely, is asked
//! about, or is refused. One file per shape of settings; the table of formats says which client has which.
//!
//! Facts are from the clients' own documentation unless a client is marked as not `checked`: then only third parties
//! state them, and nobody here has seen the client obey. `docs/policy-formats.md` repeats the marks.

use std::collections::BTreeMap;

use crate::model::{Decision, PolicyAction};
use crate::policy::{Policy, Rule};
use crate::text::prose;

use super::{Decisions, PolicyError, Stated, about};
use names::ServerNames;

pub(super) use claude_code::CLAUDE_CODE;
pub(super) use codex::CODEX;
pub(super) use cursor::{CURSOR, CURSOR_CLI};
pub(super) use server_lists::{CLINE, COPILOT_CLI, GEMINI, KIRO, QWEN, ROO, WINDSURF};
pub(super) use vscode::VSCODE;
pub(super) use zed::ZED;

mod claude_code;
mod codex;
mod cursor;
mod names;
mod server_lists;
mod vscode;
mod zed;

/// What a client does with calls of a tool, most lenient first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// They run without a question.
    Free,
    /// A person is asked each time.
    Ask,
    /// They are refused, or the tool is not there.
    Refused,
}

/// The tools that settings name for one server, with their answers; or why they are no settings of that client.
type Read = Result<BTreeMap<String, Answer>, String>;

/// One client's settings.
pub struct Client {
    /// Its name as a policy format.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Where the client reads these settings; what is written here is merged into that file.
    pub file: &'static str,
    /// The ending of the file that is written, without the dot.
    pub extension: &'static str,
    /// The answers that it can give for a tool by name.
    pub can: &'static [Answer],
    /// What it does with a tool that the settings do not name.
    pub unnamed: Answer,
    /// True when a tool that is refused is not shown to the agent either.
    pub hides: bool,
    /// False when nobody but third parties states how it reads this.
    pub checked: bool,
    /// How a server must be called for its settings to mean it and no other.
    servers: ServerNames,
    /// Whether a tool of that name can be named exactly.
    can_name: fn(&str) -> bool,
    write: fn(&Named<'_>) -> Result<String, String>,
    read: fn(&str, &str) -> Read,
}

/// The tools that settings name, by the answer they give.
pub struct Named<'a> {
    /// The name by which the client's own configuration knows the server.
    pub server: &'a str,
    /// Lines for a reader, where the format has comments.
    pub comment: &'a [String],
    /// Tools that run freely.
    pub free: Vec<&'a str>,
    /// Tools that are asked about.
    pub ask: Vec<&'a str>,
    /// Tools that are refused.
    pub refused: Vec<&'a str>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Client {
    /// What these settings say for `rule`.
    pub(super) fn state(&self, rule: &Rule) -> Stated {
        let said = self.answer(rule);
        let decision = match said {
            Answer::Free => Decision::allow(),
            Answer::Ask => Decision::approve(None),
            Answer::Refused => Decision::deny(rule.decision.reason.clone()),
        };
        let note = (said > wanted(rule)).then(|| self.stricter(rule, said));
        let unsaid = (said < wanted(rule)).then(|| self.weaker(rule, said)).or_else(|| self.unlimited(rule, said));
        Stated { decision: Some(decision), note, unsaid }
    }

    /// An error when these settings cannot be told of a server that is called `server` in the client's configuration.
    pub(super) fn can_address(&self, server: &str) -> Result<(), PolicyError> {
        match (self.servers.can)(server) {
            true => Ok(()),
            false => Err(PolicyError::Name { client: self.title, server: server.to_owned(), rule: self.servers.rule }),
        }
    }

    /// The whole settings for `policy`, whose server they must be able to address.
    pub fn file(&self, policy: &Policy) -> Result<String, String> {
        let comment = self.comment(policy);
        self.write(&policy.key, &comment, &policy.rules)
    }

    /// The settings for one tool of the server that is known as `server`.
    pub fn fragment(&self, server: &str, rule: &Rule) -> Result<String, String> {
        self.write(server, &[], std::slice::from_ref(rule))
    }

    /// What the settings `text` say for the tools of the server that is known as `server`.
    pub fn read(&self, text: &str, server: &str) -> Result<Decisions, Vec<String>> {
        let named = (self.read)(text, server).map_err(|problem| vec![problem])?;
        let tools =
            named.into_iter().map(|(tool, answer)| (tool, Decision { action: action(answer), ..Decision::allow() }));
        Ok(Decisions { default: action(self.unnamed), tools: tools.collect(), every: None })
    }

    /// What a reader of the settings must know of them as a whole.
    pub fn remarks(&self, policy: &Policy) -> Vec<String> {
        let mut remarks =
            vec![format!("Merge this into {}; it takes the server to be called \"{}\" there.", self.file, policy.key)];
        if policy.default.refuses() && self.unnamed != Answer::Refused {
            remarks.push(format!("A tool that is not named here is not refused: {} asks about it.", self.title));
        }
        let held = |rule: &&Rule| rule.decision.action == PolicyAction::Allow && wanted(rule) != Answer::Free;
        let unheld = policy.rules.iter().filter(held).count();
        if unheld > 0 {
            let tools = prose::count(unheld, "tool");
            remarks.push(format!(
                "{} counts no calls and looks at no arguments, so the limits and guards of {tools} do not hold there.",
                self.title
            ));
        }
        let hidden = policy.rules.iter().filter(|rule| rule.decision.action == PolicyAction::Hide).count();
        if hidden > 0 && !self.hides {
            let tools = prose::count(hidden, "hidden tool");
            remarks.push(format!("{} may still show the agent what it does not let it call: {tools}.", self.title));
        }
        if !self.checked {
            remarks.push(format!("How {} reads this is known from third parties only.", self.title));
        }
        remarks
    }

    fn comment(&self, policy: &Policy) -> Vec<String> {
        let mut lines = about::lines(policy);
        lines.extend(self.remarks(policy));
        let weaker = policy.rules.iter().filter(|rule| self.state(rule).unsaid.is_some()).count();
        if weaker > 0 {
            lines.push(format!("Weaker than the policy for {}: see what the run said.", prose::count(weaker, "tool")));
        }
        lines
    }

    fn write(&self, server: &str, comment: &[String], rules: &[Rule]) -> Result<String, String> {
        let mut named = Named { server, comment, free: vec![], ask: vec![], refused: vec![] };
        for rule in rules.iter().filter(|rule| (self.can_name)(&rule.tool)) {
            let answer = self.answer(rule);
            let list = match answer {
                Answer::Free => &mut named.free,
                Answer::Ask => &mut named.ask,
                Answer::Refused => &mut named.refused,
            };
            // What may run freely is not held back by name where being unnamed means the same.
            let by_itself = answer == self.unnamed && wanted(rule) < answer;
            if self.can.contains(&answer) && !by_itself {
                list.push(&rule.tool);
            }
        }
        (self.write)(&named)
    }

    /// The answer that comes nearest to what is wanted: that one, else the next stricter one, else the strictest there is.
    fn answer(&self, rule: &Rule) -> Answer {
        let by_name: &[Answer] = if (self.can_name)(&rule.tool) { self.can } else { &[] };
        let sayable = || by_name.iter().copied().chain([self.unnamed]);
        let wanted = wanted(rule);
        let enough = sayable().filter(|answer| *answer >= wanted).min();
        enough.or_else(|| sayable().max()).unwrap_or(self.unnamed)
    }

    fn stricter(&self, rule: &Rule, said: Answer) -> String {
        let what = match said {
            Answer::Refused => "the tool is not there",
            Answer::Ask | Answer::Free => "a person is asked each time",
        };
        match (self.can_name)(&rule.tool) {
            true => format!("{} cannot say what was meant, so {what}.", self.title),
            false => format!("{} cannot name this tool, so {what}.", self.title),
        }
    }

    fn weaker(&self, rule: &Rule, said: Answer) -> String {
        let verb = if (self.can_name)(&rule.tool) { "refuse" } else { "name" };
        let what = if said == Answer::Ask { "asks about its calls" } else { "lets it run" };
        format!("{} cannot {verb} this tool: it {what}.", self.title)
    }

    /// What no client holds: limits and guards of a tool that runs.
    fn unlimited(&self, rule: &Rule, said: Answer) -> Option<String> {
        let held = rule.decision.rate_limit.is_none() && rule.decision.guards.is_empty();
        (said == Answer::Free && !held && !rule.decision.action.refuses())
            .then(|| format!("{} neither counts calls nor looks at their arguments.", self.title))
    }
}

/// What the policy wants of a client. No client can hold a limit or a guard, so that a person has to look instead.
fn wanted(rule: &Rule) -> Answer {
    let decision = &rule.decision;
    match decision.action {
        PolicyAction::Allow if decision.rate_limit.is_none() && decision.guards.is_empty() && !rule.confirm => {
            Answer::Free
        }
        PolicyAction::Allow if decision.guards.iter().any(|guard| guard.essential) => Answer::Refused,
        PolicyAction::Allow | PolicyAction::Approve => Answer::Ask,
        PolicyAction::Deny | PolicyAction::Hide => Answer::Refused,
    }
}

fn action(answer: Answer) -> PolicyAction {
    match answer {
        Answer::Free => PolicyAction::Allow,
        Answer::Ask => PolicyAction::Approve,
        Answer::Refused => PolicyAction::Deny,
    }
}

/// Pretty-printed JSON with a newline, and nothing invisible in it.
fn json(value: &serde_json::Value) -> Result<String, String> {
    let text = serde_json::to_string_pretty(value).map_err(|cause| cause.to_string())?;
    Ok(crate::text::quote::json(&text) + "\n")
}

/// The strings of a JSON list; nothing for what is no list.
fn strings(value: &serde_json::Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
}

fn parse(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests;
