//! The answer whether a server can be added: the first entry of `verdict.yaml` whose condition holds, and the notes.

use std::borrow::Cow;
use std::collections::HashSet;

use super::flows::own_flows;
use crate::model::{Answer, Deviation, Exposure, Finding, Flow, SandboxKind, Server, ToolReport, Transport, Verdict};
use crate::rules::{Condition, Ruleset, VerdictEntry};
use crate::text::{clean, prose};

/// Longest name and longest sentence in a verdict, in characters.
const MAX_NAME: usize = 80;
const MAX_SENTENCE: usize = 240;
/// Most tools named.
const MAX_TOOLS: usize = 3;
/// The points of an exposure that does no harm, so that its tools need no name.
const HARMLESS: u32 = 100;

/// The facts that a verdict is based on.
pub(crate) struct VerdictInput<'a> {
    /// False if only its entry in a configuration is known.
    pub(crate) read: bool,
    /// True if it lists prompts, resources or skills.
    pub(crate) has_items: bool,
    /// The server, with its sandbox and missing credentials.
    pub(crate) server: &'a Server,
    /// Its tools, each with its exposure points.
    pub(crate) tools: Vec<(u32, &'a ToolReport)>,
    pub(crate) findings: Vec<&'a Finding>,
    /// Its protocol deviations.
    pub(crate) deviations: &'a [Deviation],
    pub(crate) flows: Cow<'a, [Flow]>,
    /// The worst exposure; `None` if it lists no tools.
    pub(crate) exposure: Option<&'a Exposure>,
}

pub(crate) fn verdict(input: &VerdictInput<'_>, ruleset: &Ruleset) -> Verdict {
    let Some((entry, answer)) = input.answer(ruleset) else {
        // Custom rules may have no matching entry; the built-in ones always have one.
        return Verdict {
            answer: Answer::DoNotAdd,
            because: "no rule answers".into(),
            unless: None,
            notes: input.notes(None, ruleset),
            rule: "no-rule".into(),
        };
    };
    Verdict {
        answer,
        because: input.fact(&entry.when, ruleset).unwrap_or_default(),
        unless: entry.unless.as_ref().and_then(|text| input.unless(text, answer, ruleset)),
        notes: input.notes(Some(&entry.when), ruleset),
        rule: entry.id.clone(),
    }
}

impl VerdictInput<'_> {
    /// The first entry whose condition holds, with its answer.
    fn answer<'r>(&self, ruleset: &'r Ruleset) -> Option<(&'r VerdictEntry, Answer)> {
        let answers = ruleset.verdicts.iter().filter_map(|entry| Some((entry, entry.answer?)));
        answers.into_iter().find(|(entry, _)| self.fact(&entry.when, ruleset).is_some())
    }

    /// The notes whose condition holds, except those with the condition of the answer, `answered`.
    fn notes(&self, answered: Option<&Condition>, ruleset: &Ruleset) -> Vec<String> {
        let notes = ruleset.verdicts.iter().filter_map(|entry| Some((entry, entry.note.as_ref()?)));
        notes
            .filter(|(entry, _)| answered != Some(&entry.when) && self.fact(&entry.when, ruleset).is_some())
            .map(|(_, note)| note.clone())
            .collect()
    }

    /// `text` with the names of the tools to remove for a better answer than `answer`. `None` if removing them does not
    /// help, or if they are too many to name.
    fn unless(&self, text: &str, answer: Answer, ruleset: &Ruleset) -> Option<String> {
        const TOOLS: &str = "{tools}";
        if !text.contains(TOOLS) {
            return Some(text.to_owned());
        }
        let is_worse = |entry: &&VerdictEntry| entry.answer.is_some_and(|other| other <= answer);
        let limit = ruleset.verdicts.iter().filter(is_worse).filter_map(|entry| entry.when.below).max()?;
        let (removed, remaining): (Vec<_>, Vec<_>) =
            self.tools.iter().copied().partition(|(points, _)| *points < limit);
        let names: HashSet<&str> = removed.iter().map(|(_, tool)| tool.tool.name.as_str()).collect();
        let is_about_removed = |finding: &&&Finding| finding.tool.as_deref().is_some_and(|name| names.contains(name));
        let best = remaining.iter().max_by_key(|(points, _)| *points)?.0;
        let exposure = self.exposure.map(|exposure| Exposure { points: best, ..exposure.clone() });
        let rest = VerdictInput {
            findings: self.findings.iter().filter(|finding| !is_about_removed(finding)).copied().collect(),
            flows: Cow::Owned(own_flows(remaining.iter().map(|(_, tool)| *tool), ruleset)),
            tools: remaining,
            exposure: exposure.as_ref(),
            ..*self
        };
        let (_, better) = rest.answer(ruleset)?;
        if removed.len() > MAX_TOOLS {
            return None;
        }
        let mut removed = removed;
        removed.sort_by_key(|(points, _)| *points);
        let removed_names = tool_list(removed.iter().map(|(_, tool)| tool.tool.name.as_str()));
        (better > answer).then(|| text.replace(TOOLS, &removed_names).replace("{answer}", better.words()))
    }

    /// The fact that makes `condition` true. `None` if it does not hold.
    fn fact(&self, condition: &Condition, ruleset: &Ruleset) -> Option<String> {
        let Condition {
            // `worst` reads them.
            attack: _,
            finding: _,
            not_read,
            no_tools,
            only_items,
            flow,
            below,
            from_source,
            uncontained,
            entry_alone,
            only_settings,
            disabled,
            lacks_credentials,
        } = condition;
        let mut fact = None;
        if condition.demands_finding() {
            fact = Some(finding_text(self.worst(condition)?, ruleset));
        }
        if let Some(part) = not_read {
            let found = self.deviations.iter().find(|deviation| deviation.not_read == Some(*part))?;
            fact = Some(lower_first(clean::excerpt(&found.text, MAX_SENTENCE).trim_end_matches('.')));
        }
        if *entry_alone {
            let clean = "its tools were not read; nothing was found in its entry";
            (!self.read && !self.server.is_settings()).then(|| fact.get_or_insert_with(|| clean.to_owned()))?;
        }
        if *only_settings {
            let clean = "nothing was found in these settings of a client";
            (!self.read && self.server.is_settings()).then(|| fact.get_or_insert_with(|| clean.to_owned()))?;
        }
        if *disabled {
            let is_off = self.server.configured.as_ref().is_some_and(|origin| origin.disabled);
            is_off.then(|| fact.get_or_insert_with(|| "it is switched off".to_owned()))?;
        }
        if *no_tools {
            let why = if self.read { "it lists no tools" } else { "its tools were not read" };
            fact = (self.exposure.is_none() && !self.has_items).then(|| why.to_owned());
            fact.as_ref()?;
        }
        if *only_items {
            let holds = self.exposure.is_none() && self.has_items;
            let clean = holds.then(|| "it brings no tools, and nothing was found in its texts".to_owned())?;
            fact.get_or_insert(clean);
        }
        if let Some(least) = flow {
            let found = self.flows.iter().filter(|flow| flow.severity >= *least).max_by_key(|flow| flow.severity)?;
            let mut path: Vec<String> = found.path.iter().map(|tool| clean::name(&tool.tool, MAX_NAME)).collect();
            // A tool that takes two steps is named once.
            path.dedup();
            fact = Some(format!("{} ({})", lower_first(&found.title), path.join(" -> ")));
        }
        if let Some(points) = below {
            self.exposure.filter(|exposure| exposure.points < *points)?;
        }
        if *from_source {
            let words = "its source was read and not run, so it may have tools that were not seen";
            fact = (self.server.transport == Transport::Package).then(|| words.to_owned());
            fact.as_ref()?;
        }
        if *uncontained {
            fact =
                (self.server.containment == Some(SandboxKind::None)).then(|| "it was started without a sandbox".into());
            fact.as_ref()?;
        }
        if *lacks_credentials {
            fact = (!self.server.missing_credentials.is_empty()).then(|| "it lacks credentials".into());
            fact.as_ref()?;
        }
        fact.or_else(|| self.exposure_text())
    }

    /// The gravest finding that matches `condition`, the first of several.
    fn worst(&self, condition: &Condition) -> Option<&Finding> {
        let matching = self.findings.iter().copied().filter(|finding| condition.matches_finding(finding));
        matching.fold(None, |worst: Option<&Finding>, finding| match worst {
            Some(worst) if worst.severity >= finding.severity => Some(worst),
            _ => Some(finding),
        })
    }

    /// `it runs any command or code that it is given (run_command)`.
    fn exposure_text(&self) -> Option<String> {
        let exposure = self.exposure?;
        if exposure.points == HARMLESS {
            return Some(format!("it {}", exposure.title));
        }
        let tools = tool_list(exposure.tools.iter().map(String::as_str));
        Some(format!("it {} ({tools})", exposure.title))
    }
}

/// `delete_user, drop_table and 3 more tools`.
fn tool_list<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(MAX_TOOLS);
    let mut listed: Vec<String> = names.take(MAX_TOOLS).map(|name| clean::name(name, MAX_NAME)).collect();
    if more > 0 {
        listed.push(prose::count(more, "more tool"));
    }
    prose::list(&listed)
}

/// `text that a person cannot see (add)`.
fn finding_text(finding: &Finding, ruleset: &Ruleset) -> String {
    let title = ruleset.findings.iter().find(|rule| rule.id == finding.id).map(|rule| rule.title.as_str());
    let title = lower_first(title.unwrap_or(&finding.id));
    match &finding.tool {
        Some(tool) => format!("{title} ({})", clean::name(tool, MAX_NAME)),
        None => title,
    }
}

/// `text` with its first letter in lower case, for use inside a sentence.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    // A name such as `SKILL.md` stays as it is.
    if chars.clone().nth(1).is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
