//! A tool taken apart once: the words of its texts, the sentences of its description, the phrases that stand in them,
//! and what each parameter is for. Everything after this looks things up here.

use crate::model::{Parameter, Place, Tool};
use crate::rules::{Effect, Found, PhraseOwner, Ruleset, StatementEntry};
use crate::text::words::Words;

/// Longest description that is read, in bytes; what decides stands at its head, and hostile ones are endless.
const MAX_DESCRIPTION: usize = 20_000;
/// Longest parameter description that is read, in bytes.
const MAX_PARAMETER_TEXT: usize = 1_000;

/// A tool, read.
pub struct Reading<'t> {
    /// The tool.
    pub tool: &'t Tool,
    /// The rules by which it was read.
    pub rules: &'t Ruleset,
    /// The words of its name.
    pub name: Words<'t>,
    /// The words of its title.
    pub title: Words<'t>,
    /// The words of its description.
    pub description: Words<'t>,
    /// The sentences of the description that say what the tool does, as word ranges, end exclusive.
    pub sentences: Vec<(usize, usize)>,
    /// The phrases of statements and signals, with the text they stand in.
    pub phrases: Vec<(Place, Found<PhraseOwner>)>,
    /// For each parameter role (as in the ruleset) the first parameter that has it.
    pub roles: Vec<Option<&'t Parameter>>,
}

impl<'t> Reading<'t> {
    /// Reads `tool`.
    pub fn of(tool: &'t Tool, rules: &'t Ruleset) -> Self {
        let name = Words::of(tool.name.as_str());
        let title = Words::of(tool.title.as_deref().or(tool.annotations.title.as_deref()).unwrap_or(""));
        let description = words_of_description(tool);
        let mut phrases = Vec::new();
        for (place, words) in [(Place::Name, &name), (Place::Title, &title), (Place::Description, &description)] {
            phrases.extend(rules.phrases.find(words).into_iter().map(|found| (place, found)));
        }
        let roles = roles(tool, rules, &description);
        let sentences = sentences(&description, rules);
        Self { tool, rules, name, title, description, sentences, phrases, roles }
    }

    /// The words of the text at `place`.
    pub fn words(&self, place: Place) -> &Words<'t> {
        match place {
            Place::Title => &self.title,
            Place::Description => &self.description,
            _ => &self.name,
        }
    }

    /// The first statement with `effect`, with the place where it stands.
    pub fn statement(&self, effect: Effect) -> Option<(&'t StatementEntry, Place, Found<PhraseOwner>)> {
        self.phrases.iter().find_map(|&(place, found)| match found.owner {
            PhraseOwner::Statement(at) if self.rules.statements[at].effect == effect => {
                Some((&self.rules.statements[at], place, found))
            }
            _ => None,
        })
    }

    /// The first parameter with the role `id`.
    pub fn role(&self, id: &str) -> Option<&'t Parameter> {
        let at = self.rules.inputs.iter().position(|i| i.entry.id == id)?;
        self.roles[at]
    }
}

/// The words of a tool's description, as far as it is read.
pub fn words_of_description(tool: &Tool) -> Words<'_> {
    Words::of(bounded(tool.description.as_deref().unwrap_or(""), MAX_DESCRIPTION))
}

/// The words of a parameter's name, and of its description as far as it is read.
pub fn words_of_parameter(parameter: &Parameter) -> (Words<'_>, Words<'_>) {
    let text = bounded(parameter.description.as_deref().unwrap_or(""), MAX_PARAMETER_TEXT);
    (Words::of(parameter.name()), Words::of(text))
}

/// `text` up to `max` bytes, at a character's boundary.
fn bounded(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

fn roles<'t>(tool: &'t Tool, rules: &Ruleset, description: &Words<'_>) -> Vec<Option<&'t Parameter>> {
    let mut roles = vec![None; rules.inputs.len()];
    for parameter in &tool.parameters {
        let (name, text) = words_of_parameter(parameter);
        for (role, input) in roles.iter_mut().zip(&rules.inputs) {
            if role.is_none() && input.fits(parameter, &name, &text, description) {
                *role = Some(parameter);
            }
        }
    }
    roles
}

/// The sentences before the part that documents arguments, results or examples.
fn sentences(words: &Words<'_>, rules: &Ruleset) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for at in 0..words.len() {
        if at == start && !out.is_empty() && opens_section(words, at, rules) {
            return out;
        }
        let last = at + 1 == words.len();
        if last || ends_sentence(words.gap_after(at), words.is_capitalised(at + 1)) {
            out.push((start, at + 1));
            start = at + 1;
        }
    }
    out
}

fn opens_section(words: &Words<'_>, at: usize, rules: &Ruleset) -> bool {
    let Some(sections) = rules.grammar.sections.get(words.get(at)) else { return false };
    sections.iter().any(|section| {
        let last = at + section.len() - 1;
        let stands = section.iter().enumerate().all(|(i, w)| words.get(at + i) == &**w);
        let after = words.gap_after(last);
        stands && (after.contains(':') || (words.gap_before(at).contains('\n') && after.contains('\n')))
    })
}

/// True when the text between two words ends a sentence: a full stop and space, or a line that starts anew.
fn ends_sentence(gap: &str, next_is_capitalised: bool) -> bool {
    let mut chars = gap.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '。' | '！' | '？' | ';' | '；' => return true,
            '.' | '!' | '?' if chars.peek().is_none_or(|n| n.is_whitespace() || "\"')*".contains(*n)) => return true,
            '\n' if next_is_capitalised || chars.clone().any(|n| "\n-*•#:`".contains(n)) => return true,
            ':' if chars.peek() == Some(&'\n') => return true,
            _ => {}
        }
    }
    false
}
