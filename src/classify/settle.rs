//! Which of two plain claims decides, the name's or the description's.

use std::collections::HashSet;

use super::claims::Claim;
use super::reading::Reading;
use crate::model::{Category, Place};
use crate::rules::Effect;

/// Parameter roles through which a call says what is to be run.
pub(crate) const CODE_ROLES: [&str; 3] = ["code", "command", "query-language"];

/// Two plain claims that differ, the name's and the opening's: the deciding one first.
pub(crate) fn settle<'t>(reading: &Reading<'t>, name: Claim<'t>, opening: Claim<'t>) -> (Claim<'t>, Claim<'t>) {
    let same_verb = name.lemma == opening.lemma && name.meaning.specific != opening.meaning.specific;
    let said_twice = name.lemma == opening.lemma && name.meaning.specific && opening.meaning.specific;
    let grammar = &reading.rules.grammar;
    let opening_wins = match (name.says(), opening.says()) {
        // One verb, of which only the description names the object, or names it in full.
        _ if same_verb => opening.meaning.specific,
        _ if said_twice => true,
        // "delete_target_tag: removes a tag from a target": the tag stays.
        _ if opening.meaning.outweighs_name && !name.meaning.specific => true,
        // A name that plainly reads is believed, unless the description tells of something grave.
        (Category::Read, Category::Write) => name.ambiguous,
        // "analyze_health: triggers a new analysis": what is set off works on after the call.
        (Category::Read, Category::Execute) => {
            !is_runner(reading, &opening)
                || runs_code(reading, &opening)
                || takes_code(reading) && reading.statement(Effect::ReadsOnly).is_none()
        }
        // "deploy_contract: simulates a deployment": nothing is done.
        (_, Category::Read) if is_one_of(reading, &grammar.simulators, &opening) => true,
        // "authorize: checks whether a user may ...": a question is answered.
        (_, Category::Read) if is_question(reading, &opening) => true,
        // "write_guide: generates step-by-step instructions": a text is returned.
        (Category::Write, Category::Read) if is_one_of(reading, &grammar.makers, &name) => {
            opening.meaning.specific && !name.meaning.specific
        }
        // "execute_query: runs a PromQL query": what is run tells more than that it is run.
        // "deploy_logs: shows the log of a deployment": the last noun tells what is read.
        (Category::Execute, Category::Read) => {
            (opening.meaning.specific && !name.meaning.specific) || ends_in_read_noun(reading)
        }
        (_, Category::Read) => false,
        // "execute_sql: runs statements to insert, update and delete": what is run decides.
        (Category::Execute, Category::Destructive) if takes_code(reading) => false,
        // "delete_flag: removes a flag from a project": the graver word stands.
        (n @ Category::Destructive, o @ Category::Write) | (n @ Category::Write, o @ Category::Destructive) => o > n,
        _ if name.meaning.specific != opening.meaning.specific => opening.meaning.specific,
        (n, o) => o > n,
    };
    if opening_wins { (opening, name) } else { (name, opening) }
}

/// True for a name that ends in a noun for what is read.
fn ends_in_read_noun(reading: &Reading<'_>) -> bool {
    let last = reading.name.len().saturating_sub(1);
    last > reading.namespace && reading.rules.grammar.read_nouns.contains(reading.name.get(last))
}

/// True for "checks whether", "verifies if".
fn is_question(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    let next = reading.words(claim.place).get(claim.at + 1);
    claim.place == Place::Description && ["if", "whether"].contains(&next)
}

/// True for "executes JavaScript code": what is run is code.
fn runs_code(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    let words = reading.words(claim.place);
    let is_code = |at: usize| ["code", "script", "scripts", "command", "commands"].contains(&words.get(at));
    (claim.at + 1..claim.at + 4).any(is_code)
}

/// True for a verb that hands something over to be run.
fn is_runner(reading: &Reading<'_>, claim: &Claim<'_>) -> bool {
    is_one_of(reading, &reading.rules.grammar.runners, claim)
}

/// True when the verb of `claim` is one of `words`.
pub(crate) fn is_one_of(reading: &Reading<'_>, words: &HashSet<String>, claim: &Claim<'_>) -> bool {
    words.contains(reading.words(claim.place).get(claim.at))
}

/// True when a parameter takes code, a command or a statement that may write.
pub(crate) fn takes_code(reading: &Reading<'_>) -> bool {
    CODE_ROLES.iter().any(|role| reading.role(role).is_some())
}
