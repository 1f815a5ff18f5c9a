//! Decides between the claims of name and description when both are clear and they differ.

use rustc_hash::FxHashSet;

use super::claims::{Claim, Standing};
use super::reading::Reading;
use super::told;
use crate::model::{Category, EvidenceField};
use crate::rules::Effect;

/// Roles of parameters by which the caller passes code to run.
pub(crate) const CODE_ROLES: [&str; 3] = ["code", "command", "query-language"];

/// Orders two clear, different claims of the name and the opening: the deciding one comes first.
pub(crate) fn settle<'t>(reading: &Reading<'t>, name: Claim<'t>, opening: Claim<'t>) -> (Claim<'t>, Claim<'t>) {
    let same_verb = name.lemma == opening.lemma && name.meaning.specific != opening.meaning.specific;
    let said_twice = name.lemma == opening.lemma && name.meaning.specific && opening.meaning.specific;
    let grammar = &reading.rules.grammar;
    let opening_wins = match (name.says(), opening.says()) {
        // The same verb: the claim with a specific object decides.
        _ if same_verb => opening.meaning.specific,
        _ if said_twice => true,
        // "detach_script: removes a script from a node": the name says that the script stays.
        (Category::Write, Category::Destructive) if takes_apart(reading, &name, &opening) => false,
        // "delete_target_tag: removes a tag from a target": the tag still exists.
        _ if opening.meaning.outweighs_name && !name.meaning.specific => true,
        // A name that clearly reads decides, unless the description mentions something severe.
        (Category::Read, Category::Write) => name.ambiguous,
        // "analyze_health: triggers a new analysis": what is triggered continues after the call.
        (Category::Read, Category::Execute) => {
            !is_runner(reading, &opening)
                || runs_code(reading, &opening)
                || takes_code(reading) && reading.statement(Effect::ReadsOnly).is_none()
        }
        // "deploy_contract: simulates a deployment": nothing is deployed.
        (_, Category::Read) if is_one_of(reading, &grammar.simulators, &opening) => true,
        // "authorize: checks whether a user may ...": it only answers a question.
        (_, Category::Read) if is_question(reading, &opening) => true,
        // "write_guide: generates step-by-step instructions": it only returns a text.
        (Category::Write, Category::Read) if is_one_of(reading, &grammar.makers, &name) => {
            opening.meaning.specific && !name.meaning.specific
        }
        // "execute_query: runs a PromQL query": the query says more than "execute". "deploy_logs: shows the log of a
        // deployment": the last noun says what is read.
        (Category::Execute, Category::Read) => {
            (opening.meaning.specific && !name.meaning.specific) || ends_in_read_noun(reading)
        }
        // "undo_history: lists what can be undone": the noun after the verb is what is looked up.
        (Category::Write, Category::Read) if ends_in_read_noun(reading) => {
            let is_lookup = opening.standing == Standing::Sure && is_one_of(reading, &grammar.lookups, &opening);
            is_lookup && name.at + 2 == reading.name.len()
        }
        (_, Category::Read) => false,
        // "execute_sql: runs statements to insert, update and delete": running code decides.
        (Category::Execute, Category::Destructive) if takes_code(reading) => false,
        // "delete_flag: removes a flag from a project": the more severe claim decides.
        (n @ Category::Destructive, o @ Category::Write) | (n @ Category::Write, o @ Category::Destructive) => o > n,
        _ if name.meaning.specific != opening.meaning.specific => opening.meaning.specific,
        (n, o) => o > n,
    };
    if opening_wins { (opening, name) } else { (name, opening) }
}

/// True for a name such as "detach" or "unlink", whose description only says "removes".
fn takes_apart(reading: &Reading<'_>, name: &Claim<'_>, opening: &Claim<'_>) -> bool {
    let grammar = &reading.rules.grammar;
    is_one_of(reading, &grammar.detachers, name)
        && is_one_of(reading, &grammar.removers, opening)
        && !opening.meaning.specific
}

/// True if the last word of the name is a noun for what is read.
fn ends_in_read_noun(reading: &Reading<'_>) -> bool {
    let last = reading.name.len().saturating_sub(1);
    last > reading.namespace && reading.rules.grammar.read_nouns.contains(reading.name.get(last))
}

/// True for "checks whether", "verifies if".
fn is_question(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    let next = reading.words(claim.place).get(claim.at + 1);
    claim.place == EvidenceField::Description && ["if", "whether"].contains(&next)
}

/// True for "executes JavaScript code": the object is code.
pub(crate) fn runs_code(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    let words = reading.words(claim.place);
    let is_code = |at: usize| ["code", "script", "scripts", "command", "commands"].contains(&words.get(at));
    (claim.at + 1..claim.at + 4).any(is_code)
}

/// True for a verb that runs what it is given.
pub(crate) fn is_runner(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    is_one_of(reading, &reading.rules.grammar.runners, claim)
}

pub(crate) fn is_one_of(reading: &Reading<'_>, words: &FxHashSet<String>, claim: &Claim<'_>) -> bool {
    words.contains(reading.words(claim.place).get(claim.at))
}

/// True if code, a command or a query that may write goes in.
pub(crate) fn takes_code(reading: &Reading<'_>) -> bool {
    CODE_ROLES.iter().any(|role| told::takes(reading, role))
}
