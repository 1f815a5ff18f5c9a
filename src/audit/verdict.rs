//! Whether a server can be added: the first entry of `verdict.yaml` of which the condition holds.

use crate::model::{Answer, Deviation, Exposure, Finding, FindingKind, Flow, Severity, Verdict};
use crate::rules::{Condition, Ruleset};
use crate::text::{clean, prose};

/// Most characters of a name or a sentence in a verdict.
const MAX_NAME: usize = 80;
const MAX_SENTENCE: usize = 240;
/// Most tools that are named.
const MAX_TOOLS: usize = 3;

/// What a verdict rests on.
pub struct Known<'a> {
    /// False when only its entry in a configuration is known.
    pub read: bool,
    /// What is wrong with its definitions.
    pub findings: &'a [Finding],
    /// Where it left the protocol.
    pub deviations: &'a [Deviation],
    /// The flows between its own tools.
    pub flows: &'a [Flow],
    /// The worst that it lets an agent do; none when it lists no tools.
    pub exposure: Option<&'a Exposure>,
}

/// The verdict on a server.
pub fn verdict(known: &Known<'_>, ruleset: &Ruleset) -> Verdict {
    let found = ruleset.verdicts.iter().find_map(|entry| Some((entry, known.fact(&entry.when, ruleset)?)));
    match found {
        Some((entry, because)) => Verdict {
            answer: entry.answer,
            because,
            unless: entry.unless.as_ref().map(|text| text.replace("{tools}", &known.tools())),
            rule: entry.id.clone(),
        },
        // Rules of one's own may answer less than the built-in ones, which always answer.
        None => Verdict {
            answer: Answer::DoNotAdd,
            because: "no rule answers".into(),
            unless: None,
            rule: "no-rule".into(),
        },
    }
}

impl Known<'_> {
    /// The fact that fulfils `condition`, if it holds.
    fn fact(&self, condition: &Condition, ruleset: &Ruleset) -> Option<String> {
        let Condition { attack, finding, not_read, no_tools, flow, below } = condition;
        let mut fact = None;
        if let Some(least) = attack {
            let worst = self.worst(*least, |finding| finding.kind == FindingKind::Attack)?;
            fact = Some(of_finding(worst, ruleset));
        }
        if let Some(least) = finding {
            fact = Some(of_finding(self.worst(*least, |_| true)?, ruleset));
        }
        if let Some(part) = not_read {
            let found = self.deviations.iter().find(|deviation| deviation.not_read == Some(*part))?;
            fact = Some(lower(clean::excerpt(&found.text, MAX_SENTENCE).trim_end_matches('.')));
        }
        if *no_tools {
            let why = if self.read { "it lists no tools" } else { "it was not read" };
            fact = self.exposure.is_none().then(|| why.to_owned());
            fact.as_ref()?;
        }
        if let Some(least) = flow {
            let found = self.flows.iter().filter(|flow| flow.severity >= *least).max_by_key(|flow| flow.severity)?;
            let way: Vec<String> = found.path.iter().map(|tool| clean::excerpt(&tool.tool, MAX_NAME)).collect();
            fact = Some(format!("{} ({})", lower(&found.title), way.join(" -> ")));
        }
        if let Some(points) = below {
            self.exposure.filter(|exposure| exposure.points < *points)?;
        }
        fact.or_else(|| self.exposed())
    }

    /// The gravest finding of severity `least` or more that `counts`.
    fn worst(&self, least: Severity, counts: impl Fn(&Finding) -> bool) -> Option<&Finding> {
        let open = self.findings.iter().filter(|finding| finding.severity >= least && counts(finding));
        open.fold(None, |worst: Option<&Finding>, finding| match worst {
            Some(worst) if worst.severity >= finding.severity => Some(worst),
            _ => Some(finding),
        })
    }

    /// `it runs any command or code that it is given (run_command)`.
    fn exposed(&self) -> Option<String> {
        let exposure = self.exposure?;
        let reads = exposure.points == 100;
        Some(if reads { format!("it {}", exposure.title) } else { format!("it {} ({})", exposure.title, self.tools()) })
    }

    /// `delete_user, drop_table and 3 more tools`.
    fn tools(&self) -> String {
        let tools = self.exposure.map_or(&[][..], |exposure| &exposure.tools);
        let mut named: Vec<String> = tools.iter().take(MAX_TOOLS).map(|name| clean::excerpt(name, MAX_NAME)).collect();
        let more = tools.len().saturating_sub(MAX_TOOLS);
        if more > 0 {
            named.push(prose::count(more, "more tool"));
        }
        prose::list(&named)
    }
}

/// `text that a person cannot see (add)`.
fn of_finding(finding: &Finding, ruleset: &Ruleset) -> String {
    let title = ruleset.findings.iter().find(|rule| rule.id == finding.id).map(|rule| rule.title.as_str());
    let title = lower(title.unwrap_or(&finding.id));
    match &finding.tool {
        Some(tool) => format!("{title} ({})", clean::excerpt(tool, MAX_NAME)),
        None => title,
    }
}

/// A sentence of our own inside another one.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
