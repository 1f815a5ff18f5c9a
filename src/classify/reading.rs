//! Parses a tool once: the words of its texts, the sentences of its description, the phrases in them, and the role of
//! each parameter. All later steps look things up here.

use std::cell::OnceCell;

use super::ServerContext;
use crate::model::{EvidenceField, Parameter, Tool};
use crate::rules::{Effect, Found, PhraseOwner, Ruleset, StatementEntry};
use crate::text::prefix::prefix;
use crate::text::words::Words;

/// Longest description that is read, in bytes. The deciding part comes first, and hostile descriptions are endless.
const MAX_DESCRIPTION: usize = 20_000;
/// Longest parameter description that is read, in bytes.
const MAX_PARAMETER_TEXT: usize = 8_000;

/// A parsed tool.
pub(crate) struct Reading<'t> {
    pub(crate) tool: &'t Tool,
    /// The rules that it was read with.
    pub(crate) rules: &'t Ruleset,
    pub(crate) name: Words<'t>,
    /// How many leading words of the name are the server's namespace.
    pub(crate) namespace: usize,
    pub(crate) title: Words<'t>,
    pub(crate) description: Words<'t>,
    /// The sentences that are specific to this tool, as word ranges with exclusive ends.
    pub(crate) sentences: Vec<(usize, usize)>,
    /// The sentences that many tools of the server share.
    pub(crate) boilerplate: Vec<(usize, usize)>,
    /// The sentences of sections about arguments, results or examples, and those of code blocks.
    pub(crate) sections: Vec<(usize, usize)>,
    /// The parameters with a description, and its words.
    pub(crate) parameter_texts: Vec<(&'t Parameter, Words<'t>)>,
    /// The phrases of statements and signals, with the text that contains them.
    pub(crate) phrases: Vec<(EvidenceField, Found<PhraseOwner>)>,
    /// The first parameter with each role, by the role's index in the ruleset.
    pub(crate) roles: Vec<Option<&'t Parameter>>,
    /// True if a text is longer than what is read of it.
    pub(crate) is_cut: bool,
    /// The roles that no parameter has by its name, and that the texts tell; `told` finds them when they are needed.
    pub(super) told: OnceCell<Vec<Told>>,
}

/// A role of `inputs.yaml` that the texts tell, and where.
#[derive(Debug)]
pub(crate) struct Told {
    /// The id of the role.
    pub(crate) role: String,
    /// The text with the words `from..=to`.
    pub(crate) place: EvidenceField,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl<'t> Reading<'t> {
    /// Parses `tool`, one of the tools that `context` was built from.
    pub(crate) fn new(tool: &'t Tool, context: &ServerContext, rules: &'t Ruleset) -> Self {
        let name = Words::new(tool.name.as_str());
        let title = Words::new(tool.title.as_deref().or(tool.annotations.title.as_deref()).unwrap_or(""));
        let description = words_of_description(tool);
        let mut phrases = Vec::new();
        for (place, words) in [(EvidenceField::Name, &name), (EvidenceField::Title, &title)] {
            phrases.extend(rules.phrases.find(words).into_iter().map(|found| (place, found)));
        }
        let about_this_tool = |found: &Found<PhraseOwner>| {
            let is_kept = |at: usize| [Effect::Stores, Effect::Changes].contains(&rules.statements[at].effect);
            let keeps = matches!(found.owner, PhraseOwner::Statement(at) if is_kept(at));
            let is_another_tools = keeps && tells_of_another_tool(&description, found.from, &tool.name);
            !advises_against(&description, found.from, rules) && !is_another_tools
        };
        let found = rules.phrases.find(&description).into_iter().filter(about_this_tool);
        phrases.extend(found.map(|found| (EvidenceField::Description, found)));
        let (roles, parameter_texts) = roles(tool, rules, &description);
        let namespace = context.namespace_len(&name);
        let Sentences { own, sections } = sentences(&description, rules);
        let (boilerplate, sentences) =
            own.into_iter().partition(|&(start, end)| context.is_boilerplate(description.text(start, end - 1)));
        Self {
            tool,
            rules,
            name,
            namespace,
            title,
            description,
            sentences,
            boilerplate,
            sections,
            parameter_texts,
            phrases,
            roles,
            is_cut: is_cut(tool),
            told: OnceCell::new(),
        }
    }

    /// The words of the text at `place`.
    pub(crate) fn words(&self, place: EvidenceField) -> &Words<'t> {
        match place {
            EvidenceField::Title => &self.title,
            EvidenceField::Description => &self.description,
            EvidenceField::Name
            | EvidenceField::Parameter
            | EvidenceField::Schema
            | EvidenceField::Annotations
            | EvidenceField::Nothing => &self.name,
        }
    }

    /// The first statement with `effect`, the text that contains it, and the match. A limit to reading does not hold if
    /// another sentence says that something changes: "Mutates the host. Readonly accounts are refused".
    pub(crate) fn statement(&self, effect: Effect) -> Option<(&'t StatementEntry, EvidenceField, Found<PhraseOwner>)> {
        let found = self.stated(effect)?;
        let is_void = effect == Effect::ReadsOnly && self.stated(Effect::Changes).is_some();
        (!is_void).then_some(found)
    }

    fn stated(&self, effect: Effect) -> Option<(&'t StatementEntry, EvidenceField, Found<PhraseOwner>)> {
        self.phrases.iter().find_map(|&(place, found)| match found.owner {
            PhraseOwner::Statement(at) if self.rules.statements[at].effect == effect => {
                Some((&self.rules.statements[at], place, found))
            }
            PhraseOwner::Statement(_) | PhraseOwner::Signal(_) | PhraseOwner::Exception => None,
        })
    }

    /// The first parameter with the role `id`.
    pub(crate) fn role(&self, id: &str) -> Option<&'t Parameter> {
        let at = self.rules.inputs.iter().position(|i| i.entry.id == id)?;
        self.roles[at]
    }
}

/// The words of a tool's name and of its title.
pub(crate) fn words_of_name_and_title(tool: &Tool) -> [Words<'_>; 2] {
    [Words::new(tool.name.as_str()), Words::new(tool.title.as_deref().unwrap_or_default())]
}

/// The words of a tool's description, cut to the longest that is read.
pub(crate) fn words_of_description(tool: &Tool) -> Words<'_> {
    Words::new(prefix(tool.description.as_deref().unwrap_or(""), MAX_DESCRIPTION))
}

/// True if a text of `tool` is longer than what is read of it.
fn is_cut(tool: &Tool) -> bool {
    let longer = |text: Option<&str>, most: usize| text.is_some_and(|text| text.len() > most);
    longer(tool.description.as_deref(), MAX_DESCRIPTION)
        || tool.parameters.iter().any(|parameter| longer(parameter.description.as_deref(), MAX_PARAMETER_TEXT))
}

/// The words of a parameter's name, and of its description, cut to the longest that is read.
pub(crate) fn words_of_parameter(parameter: &Parameter) -> (Words<'_>, Words<'_>) {
    let text = prefix(parameter.description.as_deref().unwrap_or(""), MAX_PARAMETER_TEXT);
    (Words::new(parameter.name()), Words::new(text))
}

/// The first parameter with each role, and the parameters with a description.
type ParametersRead<'t> = (Vec<Option<&'t Parameter>>, Vec<(&'t Parameter, Words<'t>)>);

fn roles<'t>(tool: &'t Tool, rules: &Ruleset, description: &Words<'_>) -> ParametersRead<'t> {
    let mut roles = vec![None; rules.inputs.iter().len()];
    let mut texts = Vec::new();
    for parameter in &tool.parameters {
        let (name, text) = words_of_parameter(parameter);
        for (at, _) in rules.inputs.of_parameter(parameter, &name, &text, description) {
            roles[at].get_or_insert(parameter);
        }
        if !text.is_empty() {
            texts.push((parameter, text));
        }
    }
    (roles, texts)
}

/// The sentences of a description, as word ranges with exclusive ends; those that say what the tool is not for are left
/// out.
#[derive(Default)]
struct Sentences {
    /// Those before the section about arguments, results or examples, without code blocks.
    own: Vec<(usize, usize)>,
    /// All others.
    sections: Vec<(usize, usize)>,
}

fn sentences(words: &Words<'_>, rules: &Ruleset) -> Sentences {
    let mut out = Sentences::default();
    let mut start = 0;
    let mut in_section = false;
    let mut in_code = false;
    // True within a list of what the tool is not for.
    let mut against = false;
    for at in 0..words.len() {
        if words.gap_before(at).matches("```").count() % 2 == 1 {
            in_code = !in_code;
            start = at;
        }
        in_section |= at == start && opens_section(words, at, rules);
        if at + 1 == words.len() || words.ends_sentence(at) {
            let is_point = words.gap_before(start).contains(['×', '✗', '❌', '-', '*', '•']);
            let advises = discourages(words, start, rules);
            against = advises || (against && is_point);
            match against {
                true => {}
                false if in_code || in_section => out.sections.push((start, at + 1)),
                false => out.own.push((start, at + 1)),
            }
            start = at + 1;
        }
    }
    out
}

/// True if the sentence of word `at` says when not to call the tool: "Do not use this to ...".
fn advises_against(words: &Words<'_>, at: usize, rules: &Ruleset) -> bool {
    let start = (0..at).rev().find(|&before| words.ends_sentence(before)).map_or(0, |before| before + 1);
    discourages(words, start, rules)
}

/// True if the sentence of word `at` tells in front of it what another tool does: "edits made via `set_row` are saved".
fn tells_of_another_tool(words: &Words<'_>, at: usize, own: &str) -> bool {
    let is_part = |word: usize| words.gap_after(word) == "_";
    let earlier = || (0..at).rev().take_while(|&word| !words.ends_sentence(word));
    earlier().any(|lead| {
        let first = lead + 1;
        let last = (first..at).find(|&word| !is_part(word)).unwrap_or(first);
        ["via", "with", "by", "through", "using"].contains(&words.get(lead))
            && last > first
            && last < at
            && words.text(first, last) != own
    })
}

/// True if a sentence that says when not to call the tool begins at word `start`.
fn discourages(words: &Words<'_>, start: usize, rules: &Ruleset) -> bool {
    rules.grammar.discouragements.iter().any(|opening| words.starts_at(start, opening))
}

/// True if word `at` opens a section about arguments, results or examples.
fn opens_section(words: &Words<'_>, at: usize, rules: &Ruleset) -> bool {
    let Some(sections) = rules.grammar.sections.get(words.get(at)) else { return false };
    sections.iter().any(|section| {
        let last = at + section.len() - 1;
        let stands = words.starts_at(at, section);
        let after = words.gap_after(last);
        let heads_a_line = at == 0 || words.gap_before(at).contains('\n');
        stands && ((at > 0 && after.contains(':')) || (heads_a_line && after.contains('\n')))
    })
}
