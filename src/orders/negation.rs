//! What a negation governs.

use super::tokens::{Token, ends_sentence};
use super::vocabulary::Vocabulary;
use crate::text::words::Words;

/// Most tokens between a negation and its verb.
const TO_VERB: usize = 4;
/// Most tokens between a negation and what is absent.
const TO_ABSENCE: usize = 24;
/// Most words of a list or an aside that a comma ends: "never, ...", "do not edit, ...".
const ASIDE: usize = 3;

/// The first byte of the negation of the verb at word `at`: a few of the `tokens` before it, with no other verb in between
/// unless joined by "or", and not in an earlier clause ("not ready, ask the user"). What is not to be done without telling
/// the user is to be told.
pub(super) fn of_verb(words: &Words<'_>, at: usize, vocabulary: &Vocabulary, tokens: &[Token]) -> Option<usize> {
    let is_joined = matches!(words.get(at.wrapping_sub(1)), "or" | "nor" | "and" | "ni" | "o" | "ou" | "oder");
    let opens_clause = words.gap_before(at).contains(',');
    for token in tokens.iter().rev().take(TO_VERB) {
        if token.classes.intersects(vocabulary.not) {
            let is_apart = opens_clause && !words.source()[token.end..].starts_with(',');
            let is_reversed = token.classes.intersects(vocabulary.lacking) && token.negation.is_some();
            return (!is_apart && !is_reversed).then_some(token.start);
        }
        if token.classes.intersects(vocabulary.verbs) && !is_joined {
            return None;
        }
    }
    None
}

/// The first byte of the negation in the clause after the last of the `tokens`, for what says that something is absent: "never post it
/// without telling". It is none if only a delay is negated: "do not wait and post it without telling".
pub(super) fn of_absence(words: &Words<'_>, vocabulary: &Vocabulary, tokens: &[Token]) -> Option<usize> {
    let negates = |token: &Token| {
        token.classes.intersects(vocabulary.not | vocabulary.nothing) && !token.classes.intersects(vocabulary.lacking)
    };
    let mut next: Option<&Token> = None;
    for (index, token) in tokens.iter().enumerate().rev().take(TO_ABSENCE) {
        let last = (token.words.1 as usize).saturating_sub(1);
        let gap = words.gap_after(last);
        if ends_sentence(words, last + 1) || gap.contains([';', ':', '(', '\u{2014}']) {
            return None;
        }
        if gap.contains(',') && next.is_some() {
            let before = || tokens[..=index].iter().rev();
            let is_delay = before().take(ASIDE).any(|token| token.classes.intersects(vocabulary.delay));
            // "never, not even once, ..."
            let is_cut_off = |token: &Token| words.source()[token.end..].starts_with(',');
            let in_list = before().take(ASIDE).find(|token| negates(token)).filter(|_| !is_delay);
            let apart = || before().take(TO_ABSENCE).find(|token| negates(token) && is_cut_off(token));
            return in_list.or_else(apart).map(|token| token.start);
        }
        if negates(token) {
            let is_delay = next.is_some_and(|next| next.classes.intersects(vocabulary.delay));
            return (!is_delay).then_some(token.start);
        }
        next = Some(token);
    }
    None
}
