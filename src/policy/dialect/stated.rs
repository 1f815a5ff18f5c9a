//! What a format states for a rule: the rule's own decision, or the part of it that the format can express.

use crate::model::{Check, Decision, Guard, PolicyAction};
use crate::policy::Rule;
use crate::policy::implication::without_superseded;
use crate::text::{clean, prose};

/// What a format states for a rule: the rule's own decision, or the part of it that the format can express.
pub struct Stated {
    /// `None` if the tool cannot be named, so that the default applies. Contains only guards that the format can
    /// express.
    pub decision: Option<Decision>,
    /// For display: how the format is stricter than the rule.
    pub note: Option<String>,
    /// For display: guards that the format cannot express, so that some calls pass that should be denied.
    pub unenforced: Option<String>,
}

impl Stated {
    /// The rule's own decision. If it requires approval, the tool is open where that is only about how much a call reads,
    /// and denied otherwise.
    pub(crate) fn exactly(rule: &Rule) -> Self {
        let decision = Decision { extent: false, ..rule.decision.clone() };
        if decision.action != PolicyAction::Approve {
            return Self { decision: Some(decision), note: None, unenforced: None };
        }
        if rule.asks_about_extent() {
            let decision = Decision { action: PolicyAction::Allow, reason: None, ..decision };
            return Self { decision: Some(decision), note: None, unenforced: Some(UNASKED.into()) };
        }
        let decision = Decision { action: PolicyAction::Deny, rate_limit: None, ..decision };
        Self::strictly(decision, "This format cannot ask a person, so the tool is denied.")
    }

    /// A stricter decision than the rule's, with the reason.
    pub(crate) fn strictly(decision: Decision, note: &str) -> Self {
        Self { decision: Some(decision), note: Some(note.to_owned()), unenforced: None }
    }

    /// The default, which denies, for a tool named `*`, since `*` means every tool; any other rule as it is.
    pub(crate) fn unless_wildcard(rule: &Rule) -> Self {
        if rule.tool != "*" {
            return Self::exactly(rule);
        }
        Self::unnamed("A tool named \"*\" is left out, since \"*\" means every tool here; the default denies it.")
    }

    /// No decision for a tool that the format cannot name, so that the default denies it.
    pub(crate) fn unnamed(note: &str) -> Self {
        Self { decision: None, note: Some(note.to_owned()), unenforced: None }
    }

    /// The same without rate limits, for a format that cannot count calls.
    pub(crate) fn without_limits(mut self) -> Self {
        if self.decision.as_mut().is_some_and(|decision| decision.rate_limit.take().is_some()) {
            let limit = "This format cannot count calls, so they are not limited.";
            self.unenforced = joined(self.unenforced, Some(limit.into()));
        }
        self
    }

    /// The same with hidden tools denied.
    pub(crate) fn with_hidden_denied(mut self) -> Self {
        if let Some(decision) = self.decision.as_mut().filter(|decision| decision.action == PolicyAction::Hide) {
            decision.action = PolicyAction::Deny;
        }
        self
    }

    /// Replaces each guard of `rule` by the form that `say` gives for it, or drops it. The tool is denied if a guard without a
    /// form is the only reason why it is allowed, or looks at an argument that can do harm.
    pub(crate) fn with_guards(mut self, rule: &Rule, say: impl Fn(&Guard) -> Option<Guard>) -> Self {
        let Some(decision) = self.decision.as_mut().filter(|decision| !decision.guards.is_empty()) else { return self };
        let (mut said, mut unenforced) = (Vec::new(), Vec::new());
        for guard in std::mem::take(&mut decision.guards) {
            match say(&guard) {
                Some(form) => said.push(form),
                None if guard.essential && !decision.action.refuses() => {
                    let note = "This format cannot tell the tool's harmless calls from the others, so it is denied.";
                    return Self::strictly(Decision::deny(guard.on_deny), note);
                }
                None if decision.action == PolicyAction::Allow && looks_at_harm(rule, &guard) => {
                    let note = format!("{}, so the tool is denied.", unsaid(&guard));
                    return Self::strictly(Decision::deny(guard.on_deny), &note);
                }
                // Every call needs approval anyway.
                None if decision.action == PolicyAction::Approve && !guard.can_be_held() => {}
                None => unenforced.push(guard),
            }
        }
        // Only now: a format that cannot express the stricter guard still needs the milder one, and approval in the
        // policy may be a denial in the format.
        decision.guards = without_superseded(said);
        let left_out = left_out(&unenforced).filter(|_| !decision.action.refuses());
        self.unenforced = joined(self.unenforced, left_out);
        self
    }

    /// What readers of the file should know.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.note.iter().chain(&self.unenforced).map(String::as_str)
    }
}

/// True if nothing but `guard` keeps an argument from doing harm. What a total adds up is limited, and no more.
fn looks_at_harm(rule: &Rule, guard: &Guard) -> bool {
    matches!(guard.check, Check::Argument(_)) && !rule.may_leave_out(guard)
}

/// The note where a person would be asked how much is read, and cannot be.
const UNASKED: &str = "How much a call reads is not held here, because this format cannot ask a person.";

/// Both notes.
fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    let texts: Vec<String> = first.into_iter().chain(second).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// "This format cannot say the guard on url (public-host)".
fn unsaid(guard: &Guard) -> String {
    let paths: Vec<String> = guard.parameters().iter().map(|path| clean::excerpt(path, MAX_ARGUMENT)).collect();
    format!("This format cannot say the guard on {} ({})", prose::list(&paths), guard.id)
}

/// True for a name of printable ASCII without quotes and backslashes, which needs no escapes in any language.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"'\\".contains(&byte))
}

/// Longest argument path in a note, in characters.
const MAX_ARGUMENT: usize = 60;

/// A note on guards that are left out: "Not held here, ...: `url` (public-host)."
fn left_out(guards: &[Guard]) -> Option<String> {
    let name = |guard: &Guard| {
        let paths: Vec<String> = guard.parameters().iter().map(|path| clean::excerpt(path, MAX_ARGUMENT)).collect();
        if paths.is_empty() { guard.id.clone() } else { format!("{} ({})", prose::list(&paths), guard.id) }
    };
    let names: Vec<String> = guards.iter().map(name).collect();
    let text = format!("Not guarded here, because this format cannot say it: {}.", prose::list(&names));
    (!guards.is_empty()).then_some(text)
}
