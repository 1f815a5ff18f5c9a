//! What a format says for a rule: the rule's own decision, or as much of it as the format can say.

use crate::model::{Decision, Guard, PolicyAction};
use crate::policy::Rule;
use crate::policy::implication::without_superseded;
use crate::text::{clean, prose};

/// What a format says for one rule: the rule's own decision, or as much of it as the format can say.
pub struct Stated {
    /// Nothing when the tool cannot be named at all, so that the default holds. Its guards are those that are said.
    pub decision: Option<Decision>,
    /// For people: where the format says something stricter.
    pub note: Option<String>,
    /// For people: the guards that it cannot say, so that a call passes which was meant to be refused.
    pub unenforced: Option<String>,
}

impl Stated {
    /// The rule's own decision, or a denial where a person should be asked.
    pub(crate) fn exactly(rule: &Rule) -> Self {
        let decision = rule.decision.clone();
        if decision.action != PolicyAction::Approve {
            return Self { decision: Some(decision), note: None, unenforced: None };
        }
        let decision = Decision { action: PolicyAction::Deny, rate_limit: None, ..decision };
        Self::strictly(decision, "This format cannot ask a person, so the tool is denied.")
    }

    /// A stricter decision than the rule's, and why.
    pub(crate) fn strictly(decision: Decision, note: &str) -> Self {
        Self { decision: Some(decision), note: Some(note.to_owned()), unenforced: None }
    }

    /// A tool named `*` cannot be named where `*` means every tool; the default, which denies, holds for it.
    pub(crate) fn unless_wildcard(rule: &Rule) -> Self {
        if rule.tool != "*" {
            return Self::exactly(rule);
        }
        let note = "A tool named \"*\" is left out, since \"*\" means every tool here; the default denies it.";
        Self { decision: None, note: Some(note.into()), unenforced: None }
    }

    /// The same with those guards for which `say` gives a form; where it gives none for a guard on which the permission
    /// rests, the tool is denied.
    pub(crate) fn with_guards(mut self, say: impl Fn(&Guard) -> Option<Guard>) -> Self {
        let Some(decision) = self.decision.as_mut().filter(|decision| !decision.guards.is_empty()) else { return self };
        let (mut said, mut unenforced) = (Vec::new(), Vec::new());
        for guard in std::mem::take(&mut decision.guards) {
            match say(&guard) {
                Some(form) => said.push(form),
                None if guard.essential && !decision.action.refuses() => {
                    let note = "This format cannot tell the tool's harmless calls from the others, so it is denied.";
                    return Self::strictly(Decision::deny(guard.on_deny), note);
                }
                // A person is asked about every call.
                None if decision.action == PolicyAction::Approve && !guard.can_be_held() => {}
                None => unenforced.push(guard),
            }
        }
        // Only here: a format that has no words for the stricter guard still needs the milder one, and what is a question
        // in the policy may be a refusal in the format.
        decision.guards = without_superseded(said);
        self.unenforced = left_out(&unenforced).filter(|_| !decision.action.refuses());
        self
    }

    /// What a reader of the file should know.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.note.iter().chain(&self.unenforced).map(String::as_str)
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
