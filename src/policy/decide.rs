//! Applies a profile to a tool.

use super::guards::{self, Guards};
use super::implication::implies;
use crate::model::{Assessment, Category, Decision, Evidence, EvidenceField, Guard, PolicyAction, Tool};
use crate::rules::{Profile, Ruleset, Settings};

/// The decision of the selected profile of `ruleset` for `tool`; `settings` are those of its server.
pub fn decide(tool: &Tool, assessment: &Assessment, ruleset: &Ruleset, settings: &Settings) -> Decision {
    by_profile(tool, assessment, &ruleset.profile, ruleset, settings)
}

/// The decision of `profile` for `tool`. If a dispatch tool would be denied, its harmless operations stay allowed. A
/// tool needs approval if its calls cannot be told apart.
pub fn by_profile(
    tool: &Tool,
    assessment: &Assessment,
    profile: &Profile,
    ruleset: &Ruleset,
    settings: &Settings,
) -> Decision {
    let mut decision = profile.decide(assessment.category, assessment).clone();
    // An override by a person is not relaxed.
    if decision.action.refuses()
        && assessment.overridden.is_none()
        && let Some((category, guard)) = harmless_part(tool, assessment, profile, ruleset)
    {
        let milder = profile.decide(category, assessment);
        if !milder.action.refuses() {
            decision = Decision { guards: vec![guard], ..milder.clone() };
        }
    }
    let found = guards::for_tool(tool, assessment, profile, ruleset, settings);
    let Guards { mut guards, asked_about, reading_passes, asks_beyond_extent, limit, .. } = found;
    if decision.action == PolicyAction::Deny
        && assessment.overridden.is_none()
        && let Some(reason) = found.asked_in_place_of_refusal
    {
        decision = Decision { action: PolicyAction::Approve, reason: Some(reason), ..decision };
    }
    let lies_in_argument = guards.iter().any(|guard| guard.essential) && !is_dangerous_by_name(assessment, profile);
    let runs = profile.decide(Category::Execute, assessment);
    if decision.action.refuses() && assessment.overridden.is_none() && lies_in_argument && !runs.action.refuses() {
        decision = runs.clone();
    } else {
        // The action does not depend on whether a format can express the guards.
        guards.iter_mut().for_each(|guard| guard.essential = false);
    }
    if decision.action == PolicyAction::Allow && decision.rate_limit.is_some() {
        decision.rate_limit = limit.or(decision.rate_limit);
    }
    let is_implied = |guard: &Guard| decision.guards.iter().any(|essential| implies(&essential.check, &guard.check));
    let more: Vec<Guard> = guards.into_iter().filter(|guard| !is_implied(guard)).collect();
    decision.guards.extend(more);
    let is_free = decision.action == PolicyAction::Allow && assessment.overridden.is_none();
    let asked_about = asked_about.filter(|_| is_free);
    if reading_passes
        && asked_about.is_some()
        && let Some(guard) = guards::on_changing_operations(tool, assessment, ruleset)
    {
        let guard = Guard { on_deny: asked_about, ..guard };
        decision.guards.iter_mut().filter(|guard| !guard.can_be_held()).for_each(|guard| guard.asks = false);
        // A question does not stand in for a refusal.
        decision.guards.retain(|other| !other.asks || !implies(&guard.check, &other.check));
        decision.guards.insert(0, guard);
        return decision;
    }
    match asked_about {
        Some(reason) => {
            let extent = !asks_beyond_extent;
            Decision { action: PolicyAction::Approve, reason: Some(reason), extent, ..decision }
        }
        None => {
            // The action has another reason than what cannot be inspected.
            decision.guards.iter_mut().filter(|guard| !guard.can_be_held()).for_each(|guard| guard.asks = false);
            decision
        }
    }
}

/// The worst category of the operations that `profile` allows, and the guard that denies the others. `None` if the tool
/// is dangerous beyond some of its operations.
fn harmless_part(
    tool: &Tool,
    assessment: &Assessment,
    profile: &Profile,
    ruleset: &Ruleset,
) -> Option<(Category, Guard)> {
    let allowed =
        assessment.actions.iter().map(|action| action.category).filter(|category| !profile.refuses(*category));
    let worst = allowed.max()?;
    let is_hinted = |piece: &Evidence| profile.refuses(piece.says) && piece.place == EvidenceField::Annotations;
    if is_dangerous_by_name(assessment, profile) || assessment.evidence.iter().any(is_hinted) {
        return None;
    }
    Some((worst, guards::on_operations(tool, assessment, profile, ruleset)?))
}

/// True if the tool's name or title suggests a category that `profile` denies.
fn is_dangerous_by_name(assessment: &Assessment, profile: &Profile) -> bool {
    let is_named = |piece: &Evidence| matches!(piece.place, EvidenceField::Name | EvidenceField::Title);
    assessment.evidence.iter().any(|piece| profile.refuses(piece.says) && is_named(piece))
}
