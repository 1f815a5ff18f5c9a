//! Grave acts that a definition names beside the sentences of its description: in titles, defaults, examples and results of
//! its schemas, in code blocks, at the end of its name; and texts of which no word is known (`doubts.yaml`).

use super::reading::Reading;
use super::{actions, evidence, names, told};
use crate::model::{Category, Evidence, EvidenceField, JsonTypes, LongText, SchemaPlace};
use crate::rules::{Doubts, Effect, FeatureKind, Inflection, LemmaId, Object, Strength};
use crate::text::prefix::prefix;
use crate::text::stem::stem;
use crate::text::words::Words;

/// Longest text that is read, in bytes.
const MAX_TEXT: usize = 4_000;
/// Words of an object that are looked at.
const MAX_OBJECT: usize = 6;
/// Words between a receipt and what was done.
const MAX_RECEIPT: usize = 9;
/// Most words of a default or a title that can be an order.
const MAX_ORDER: usize = 6;
/// Fewest words of a sentence of which one must be known.
const MIN_UNKNOWN: usize = 3;

/// Words between a thing and what is done to it.
const BEFORE_PARTICIPLE: [&str; 14] =
    ["to", "be", "been", "is", "are", "was", "were", "will", "gets", "get", "that", "which", "has", "have"];

/// The first act that is named beside the description of a tool that seems to read.
pub(super) fn find(reading: &Reading<'_>) -> Option<Evidence> {
    of_schemas(reading)
        .or_else(|| of_other_fields(reading))
        .or_else(|| of_description(reading))
        .or_else(|| of_name(reading))
        .or_else(|| of_unread(reading))
}

/// The two schemas of a tool.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Input,
    Output,
}

fn of_schemas(reading: &Reading<'_>) -> Option<Evidence> {
    let mut found = None;
    let mut shows_run = false;
    // The names and titles of definitions, each with the act that it names.
    let mut definitions: Vec<(String, Option<Evidence>)> = Vec::new();
    for (side, schema) in [(Side::Input, &reading.tool.input_schema), (Side::Output, &reading.tool.output_schema)] {
        let Some(schema) = schema else { continue };
        schema.each_text_with_place(&mut |place, text| {
            if found.is_some() || text.len() < 3 {
                return;
            }
            let words = Words::new(prefix(&text, MAX_TEXT));
            shows_run |=
                side == Side::Output && place == SchemaPlace::PropertyName && reading.rules.doubts.is_trace(&words);
            let act = Beside { reading, words: &words }.of_schema(side, place);
            let act = act.map(|(at, says)| in_schema(words.text(at, at), says));
            match place {
                SchemaPlace::Definition => definitions.push((text.clone().into_owned(), act)),
                SchemaPlace::Name
                | SchemaPlace::Label
                | SchemaPlace::PropertyName
                | SchemaPlace::PropertyTitle
                | SchemaPlace::Description
                | SchemaPlace::PropertyDescription
                | SchemaPlace::Default
                | SchemaPlace::Example
                | SchemaPlace::Constant
                | SchemaPlace::Pattern
                | SchemaPlace::Other => found = act,
            }
        });
    }
    // What runs something takes it, under a name that says nothing.
    let text = JsonTypes::from_names(["string"]);
    let takes_text = || {
        reading.tool.parameters.iter().any(|parameter| {
            parameter.types.share(text) && parameter.description.is_none() && told::is_blank(parameter, reading.rules)
        })
    };
    let reads_only = reading.statement(Effect::ReadsOnly).is_some();
    let router = || actions::router_parameter(reading).filter(|_| !reads_only);
    let takes_anything = || {
        let open = |schema: &crate::model::Schema| schema.mentions("\"additionalProperties\":true");
        reading.tool.parameters.is_empty() && reading.tool.input_schema.as_ref().is_some_and(open)
    };
    found
        .or_else(|| of_definitions(reading, definitions))
        .or_else(|| (shows_run && takes_text()).then(|| in_schema("outputSchema", Category::Execute)))
        .or_else(|| router().map(|chooser| in_schema(chooser.name(), Category::Execute)))
        .or_else(|| takes_anything().then(|| in_schema("additionalProperties", Category::Write)))
}

/// The act that a definition names, if it is none of several operations: `DeleteItem` beside `GetItem` is a kind.
fn of_definitions(reading: &Reading<'_>, definitions: Vec<(String, Option<Evidence>)>) -> Option<Evidence> {
    let begins_with_verb = |name: &String| {
        let words = Words::new(name.as_str());
        let form = reading.rules.lexicon.form(words.get(0));
        form.is_some_and(|form| form.inflection == Inflection::Base)
    };
    let (name, _) = definitions.iter().find(|(_, act)| act.is_some())?;
    let is_kind = definitions.iter().any(|(other, _)| other != name && begins_with_verb(other));
    if is_kind {
        return None;
    }
    definitions.into_iter().find_map(|(_, act)| act)
}

fn in_schema(text: &str, says: Category) -> Evidence {
    let place = EvidenceField::Schema;
    let span = [0, text.chars().count()];
    Evidence { rule: Doubts::ID.into(), place, parameter: None, span, text: text.to_owned(), says }
}

/// `_meta`, and fields that the protocol does not have.
fn of_other_fields(reading: &Reading<'_>) -> Option<Evidence> {
    let other = |long: &&LongText| !["description", "inputSchema", "outputSchema"].contains(&long.field);
    reading.tool.long_texts.iter().filter(other).find_map(|long| {
        let words = Words::new(prefix(&long.text, MAX_TEXT));
        let (at, says) = Beside { reading, words: &words }.statement_or_act(0, words.len())?;
        Some(in_schema(words.text(at, at), says))
    })
}

fn of_description(reading: &Reading<'_>) -> Option<Evidence> {
    let words = &reading.description;
    let beside = Beside { reading, words };
    let in_sections = reading.sections.iter().find_map(|&(start, end)| {
        beside.statement(start, end).or_else(|| beside.receipt(start, end)).or_else(|| beside.target(start, end))
    });
    let (at, says) = in_sections.or_else(|| beside.code_or_request())?;
    Some(evidence::between(reading, Doubts::ID, EvidenceField::Description, at, at, says))
}

/// The grave verb that the name ends with behind another: `list_items_purge`.
fn of_name(reading: &Reading<'_>) -> Option<Evidence> {
    let words = &reading.name;
    let last = words.len().checked_sub(1).filter(|last| *last > reading.namespace + 1)?;
    let form = reading.rules.lexicon.form(words.get(last))?;
    let is_verb = form.inflection == Inflection::Base && !form.noun;
    let is_rehearsed = (0..last).any(|at| reading.rules.doubts.entry.rehearsals.contains(words.get(at)));
    if !is_verb || is_rehearsed {
        return None;
    }
    let says = Beside { reading, words }.grave(form.lemma, &names::object_of_name(reading, words, last))?;
    Some(evidence::between(reading, Doubts::ID, EvidenceField::Name, last, last, says))
}

/// A sentence of which no word is known, beside one that is read; or a text that was not read to its end.
fn of_unread(reading: &Reading<'_>) -> Option<Evidence> {
    let words = &reading.description;
    let said = |from: usize, to: usize| {
        evidence::between(reading, Doubts::ID, EvidenceField::Description, from, to, Category::Write)
    };
    let all = reading.sentences.iter().skip(1).chain(&reading.boilerplate);
    let mut unknown = all.filter(|&&(start, end)| is_unknown_sentence(reading, start, end));
    if let Some(&(start, end)) = unknown.next().filter(|_| opens_in_english(reading)) {
        return Some(said(start, end - 1));
    }
    let last = words.len().saturating_sub(1);
    reading.is_cut.then(|| said(last, last))
}

/// True if the description begins with an English verb, so that a sentence of unknown words is in another language.
fn opens_in_english(reading: &Reading<'_>) -> bool {
    let first = reading.sentences.first().map_or("", |&(start, _)| reading.description.get(start));
    let form = reading.rules.lexicon.form(first);
    form.is_some_and(|form| [Inflection::Base, Inflection::Third].contains(&form.inflection))
}

/// True for words that end like a sentence, are no list, and of which none is known.
fn is_unknown_sentence(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let words = &reading.description;
    let is_spelled = |at: &usize| words.get(*at).chars().count() > 1 && words.get(*at).chars().all(char::is_alphabetic);
    let ends = words.gap_after(end - 1).trim_start_matches(['"', ')']).starts_with(['.', '!', '?', '。', '।', '؟']);
    let is_list = (start..end - 1).any(|at| words.gap_after(at).contains([',', ':', '|', '、', '：']));
    ends && !is_list
        && (start..end).filter(is_spelled).count() >= MIN_UNKNOWN
        && !(start..end).any(|at| is_known(reading, words.get(at)))
}

/// True for a word that the rules or the labelled tools know.
fn is_known(reading: &Reading<'_>, word: &str) -> bool {
    let (rules, grammar) = (reading.rules, &reading.rules.grammar);
    let labelled = |kind| rules.wording.feature(kind, stem(word)).is_some();
    word.chars().any(|c| c.is_ascii_digit())
        || rules.lexicon.form(word).is_some()
        || rules.lexicon.joined_form(word).is_some()
        || rules.further_acts.participle(word, &rules.lexicon).is_some()
        || [&grammar.determiners, &grammar.prepositions, &grammar.negations, &grammar.read_nouns, &grammar.describers]
            .into_iter()
            .any(|list| list.contains(word))
        || [FeatureKind::Opening, FeatureKind::Later, FeatureKind::Name, FeatureKind::Parameter]
            .into_iter()
            .any(labelled)
}

/// A text beside the description.
struct Beside<'r, 't> {
    reading: &'r Reading<'t>,
    words: &'r Words<'r>,
}

/// The word that names an act, and what it says.
type Act = (usize, Category);

impl Beside<'_, '_> {
    fn of_schema(&self, side: Side, place: SchemaPlace) -> Option<Act> {
        let all = (0, self.words.len());
        match (side, place) {
            (Side::Input, SchemaPlace::Name | SchemaPlace::Definition) => {
                self.order().or_else(|| self.target(all.0, all.1))
            }
            // The label of a value is one word.
            (Side::Input, SchemaPlace::Label) => self.order().filter(|_| self.words.len() > 1 && self.is_spaced()),
            (Side::Input, SchemaPlace::PropertyTitle) => self.target(all.0, all.1),
            (Side::Input, SchemaPlace::PropertyDescription) => {
                self.each_sentence(&|start, end| self.target(start, end))
            }
            (Side::Input, SchemaPlace::Description) => {
                self.each_sentence(&|start, end| self.target(start, end).or_else(|| self.purpose(start, end)))
            }
            (Side::Input, SchemaPlace::Default) => self.order().or_else(|| self.statement(all.0, all.1)),
            (_, SchemaPlace::Example) | (Side::Input, SchemaPlace::Constant | SchemaPlace::Pattern) => {
                self.statement(all.0, all.1)
            }
            (_, SchemaPlace::Other) => self.each_sentence(&|start, end| self.statement_or_act(start, end)),
            (Side::Output, SchemaPlace::Name) => self.order().or_else(|| self.done(all.0, 1)),
            (Side::Output, SchemaPlace::Constant) => self.done(all.0, all.1),
            (Side::Output, SchemaPlace::Description) => {
                self.each_sentence(&|start, end| self.receipt(start, end).or_else(|| self.was_done(start, end)))
            }
            (Side::Output, SchemaPlace::PropertyDescription) => {
                self.each_sentence(&|start, end| self.receipt(start, end).or_else(|| self.done_by_call(start, end)))
            }
            (Side::Input, SchemaPlace::PropertyName)
            | (
                Side::Output,
                SchemaPlace::Label
                | SchemaPlace::Definition
                | SchemaPlace::PropertyName
                | SchemaPlace::PropertyTitle
                | SchemaPlace::Default
                | SchemaPlace::Pattern,
            ) => None,
        }
    }

    fn each_sentence(&self, find: &dyn Fn(usize, usize) -> Option<Act>) -> Option<Act> {
        let mut start = 0;
        (0..self.words.len()).find_map(|at| {
            let ends = at + 1 == self.words.len() || self.words.ends_sentence(at);
            ends.then(|| find(std::mem::replace(&mut start, at + 1), at + 1)).flatten()
        })
    }

    /// The title or default is an order: `DropTableRequest`, `delete_item`.
    fn order(&self) -> Option<Act> {
        let words = self.words;
        if words.len() > MAX_ORDER {
            return None;
        }
        let envelopes = &self.reading.rules.doubts.entry.envelopes;
        let mut object = names::object_of_name(self.reading, words, 0);
        while object.phrase.last().is_some_and(|word| envelopes.contains(*word)) {
            object.phrase.pop();
        }
        Some((0, self.verb(0, Some(Inflection::Base), &object)?))
    }

    /// What goes in is said to be deleted: "table to drop", "the bucket that gets erased".
    fn target(&self, start: usize, end: usize) -> Option<Act> {
        let (words, doubts) = (self.words, &self.reading.rules.doubts);
        (start + 1..end).find_map(|at| {
            let length = doubts.target_len(words, at);
            let says = match length {
                0 if words.get(at) == "to" => self.verb(at + 1, Some(Inflection::Base), &self.object_before(start, at)),
                0 => None,
                length => self.participle(at + length, start),
            };
            let at = at + length.max(1);
            // Money is spoken of where nothing is paid: "amount to pay".
            (says == Some(Category::Destructive) && at < end && !self.is_open(start, at, end))
                .then_some((at, Category::Destructive))
        })
    }

    /// "Arguments for deleting rows".
    fn purpose(&self, start: usize, end: usize) -> Option<Act> {
        (start + 1..end).find_map(|at| {
            let leads = ["for", "of"].contains(&self.words.get(at - 1));
            let says = self.verb(at, Some(Inflection::Gerund), &self.object(at + 1, end)).filter(|_| leads)?;
            (!self.is_open(start, at, end)).then_some((at, says))
        })
    }

    /// "A message that the item was deleted", "confirmation of the deletion".
    fn receipt(&self, start: usize, end: usize) -> Option<Act> {
        let words = self.words;
        let receipts = &self.reading.rules.doubts.entry.receipts;
        let from = (start..end).find(|&at| receipts.contains(words.get(at)))?;
        let leads = (from + 1..end.min(from + 3)).any(|at| ["that", "of", "for"].contains(&words.get(at)));
        let says = |at: usize| self.participle(at, start).or_else(|| self.deed(at));
        let found = (from + 1..end.min(from + MAX_RECEIPT)).find_map(|at| Some((at, says(at)?)));
        found.filter(|(at, says)| leads && *says == Category::Destructive && !self.is_open(start, *at, end))
    }

    /// "The account, which was deleted".
    fn was_done(&self, start: usize, end: usize) -> Option<Act> {
        let is_be = |at: usize| ["is", "are", "was", "were", "been", "gets"].contains(&self.words.get(at));
        let (at, says) =
            (start + 1..end).find_map(|at| Some((at, self.participle(at, start).filter(|_| is_be(at - 1))?)))?;
        (!self.is_open(start, at, end)).then_some((at, says))
    }

    /// "deleted by this call".
    fn done_by_call(&self, start: usize, end: usize) -> Option<Act> {
        let tools = &self.reading.rules.further_acts.entry.tools;
        let by_call = |at: usize| {
            self.words.get(at + 1) == "by" && self.words.get(at + 2) == "this" && tools.contains(self.words.get(at + 3))
        };
        (start..end).find_map(|at| Some((at, self.participle(at, start).filter(|_| by_call(at))?)))
    }

    /// A participle of the words: `DeletedAccount`, "file deleted".
    fn done(&self, start: usize, end: usize) -> Option<Act> {
        let (at, says) = (start..end).find_map(|at| Some((at, self.participle(at, start)?)))?;
        (!self.is_open(start, at, self.words.len())).then_some((at, says))
    }

    /// A statement or a command that changes something.
    fn statement(&self, start: usize, end: usize) -> Option<Act> {
        let (words, rules) = (self.words, self.reading.rules);
        let length =
            |at: usize| rules.doubts.statement_len(words, at).or_else(|| rules.further_acts.command_len(words, at));
        let at = (start..end).find(|&at| length(at).is_some_and(|length| at + length <= end))?;
        let refuses = ["refused", "blocked", "rejected", "forbidden", "prevents", "detects", "injection"];
        let is_refused =
            (start..end).any(|at| refuses.contains(&words.get(at)) || rules.grammar.negations.contains(words.get(at)));
        (!is_refused).then_some((at, Category::Destructive))
    }

    /// A statement, or a verb that says what is done: "drops the table afterwards".
    fn statement_or_act(&self, start: usize, end: usize) -> Option<Act> {
        let act = |at: usize| {
            let inflection = if at == start { None } else { Some(Inflection::Third) };
            let takes_thing = self.reading.rules.grammar.determiners.contains(self.words.get(at + 1))
                || super::further_acts::PRONOUNS.contains(&self.words.get(at + 1));
            let says = self.verb(at, inflection, &self.object(at + 1, end)).filter(|_| takes_thing)?;
            (!self.is_open(start, at, end)).then_some((at, says))
        };
        self.statement(start, end).or_else(|| (start..end).find_map(act))
    }

    /// A call of a method, or a request, that deletes: `client.delete_item(id)`, `DELETE /items/3`.
    fn code_or_request(&self) -> Option<Act> {
        let words = self.words;
        let is_call = |at: usize| {
            let joined = |at: usize| words.gap_after(at) == "_" || words.gap_after(at).is_empty();
            let last = (at..words.len()).find(|&at| at + 1 == words.len() || !joined(at)).unwrap_or(at);
            words.gap_before(at) == "." && words.gap_after(last).starts_with('(')
        };
        let is_request = |at: usize| {
            let gap = words.gap_after(at);
            words.text(at, at) == "DELETE"
                && gap.starts_with([' ', '`'])
                && (gap.trim_start_matches([' ', '`']).starts_with(['/', '{']) || words.get(at + 1).starts_with("http"))
        };
        let says = |at: usize| match is_request(at) {
            true => Some(Category::Destructive),
            false if is_call(at) => {
                self.verb(at, Some(Inflection::Base), &names::object_of_name(self.reading, words, at))
            }
            false => None,
        };
        (1..words.len()).find_map(|at| Some((at, says(at)?)))
    }

    /// True if other words of the sentence leave open whether it is done, or say that another tool does it.
    fn is_open(&self, start: usize, at: usize, end: usize) -> bool {
        let (words, opens) = (self.words, &self.reading.rules.doubts.entry.opens);
        let negations = &self.reading.rules.grammar.negations;
        let is_tool_name = |at: usize| {
            let before = words.gap_before(at);
            (words.gap_after(at) == "_" && self.is_spaced()) || (before.ends_with('`') && !before.ends_with("```"))
        };
        (start..end).filter(|other| *other != at).any(|other| {
            opens.contains(words.get(other)) || negations.contains(words.get(other)) || is_tool_name(other)
        })
    }

    /// True if the text has more than one identifier.
    fn is_spaced(&self) -> bool {
        self.words.source().trim().contains(' ')
    }

    /// What the verb at word `at` says, in the form `inflection` or in any, if it is grave and news.
    fn verb(&self, at: usize, inflection: Option<Inflection>, object: &Object<'_>) -> Option<Category> {
        let form = self.reading.rules.lexicon.form(self.words.get(at))?;
        let fits = match inflection {
            Some(wanted) => form.inflection == wanted && !(form.noun && wanted == Inflection::Third),
            None => form.inflection != Inflection::Gerund,
        };
        self.grave(form.lemma, object).filter(|_| fits)
    }

    fn participle(&self, at: usize, start: usize) -> Option<Category> {
        let rules = self.reading.rules;
        // "unregistered": what was never registered.
        let word = self.words.get(at);
        let is_negated = word.strip_prefix("un").is_some_and(|rest| rules.lexicon.participle(rest).is_some());
        let lemma = rules.further_acts.participle(word, &rules.lexicon).filter(|_| !is_negated)?;
        let determiners = &rules.grammar.determiners;
        let phrase = (start.max(at.saturating_sub(MAX_OBJECT))..at).map(|at| self.words.get(at));
        let phrase = phrase.filter(|word| !determiners.contains(*word) && !BEFORE_PARTICIPLE.contains(word));
        let is_mild = rules.further_acts.entry.mild.contains(self.words.get(at));
        self.grave(lemma, &Object { phrase: phrase.collect(), ..Object::default() }).filter(|_| !is_mild)
    }

    fn deed(&self, at: usize) -> Option<Category> {
        self.grave(self.reading.rules.further_acts.deed(self.words.get(at))?, &Object::default())
    }

    fn object(&self, from: usize, end: usize) -> Object<'_> {
        let grammar = &self.reading.rules.grammar;
        let to = (from..end.min(from + MAX_OBJECT)).find(|&at| grammar.prepositions.contains(self.words.get(at)));
        let words = (from..to.unwrap_or(end.min(from + MAX_OBJECT))).map(|at| self.words.get(at));
        Object { phrase: words.filter(|word| !grammar.determiners.contains(*word)).collect(), ..Object::default() }
    }

    /// What stands in front of word `at`: "table to drop".
    fn object_before(&self, start: usize, at: usize) -> Object<'_> {
        let determiners = &self.reading.rules.grammar.determiners;
        let words = (start.max(at.saturating_sub(MAX_OBJECT))..at).map(|at| self.words.get(at));
        Object { phrase: words.filter(|word| !determiners.contains(*word)).collect(), ..Object::default() }
    }

    /// What the verb says of `object`, if it loses or pays, and neither the name nor the opening speaks of it.
    fn grave(&self, lemma: LemmaId, object: &Object<'_>) -> Option<Category> {
        let rules = self.reading.rules;
        let meaning = rules.lexicon.meaning(lemma, object);
        let entry = &rules.further_acts.entry;
        let is_outside = object.phrase.iter().any(|word| entry.outside.contains(*word) || entry.faded.contains(*word))
            || object.phrase.last().is_some_and(|word| entry.returned.contains(*word));
        let is_grave = meaning.says >= Category::Destructive && meaning.strength == Strength::Strong;
        (is_grave && !is_outside && !self.is_spoken_of(lemma)).then_some(meaning.says)
    }

    /// True if the name, the title or the first sentence has a form of the verb: "lists deleted items".
    fn is_spoken_of(&self, lemma: LemmaId) -> bool {
        let (reading, rules) = (self.reading, self.reading.rules);
        let first = reading.sentences.first().copied().unwrap_or_default();
        let is_form = |word: &str| {
            rules.lexicon.form(word).is_some_and(|form| form.lemma == lemma)
                || rules.further_acts.participle(word, &rules.lexicon) == Some(lemma)
                || rules.further_acts.deed(word) == Some(lemma)
        };
        let is_own = std::ptr::eq(self.words, &raw const reading.name);
        let name = reading.name.iter().filter(|_| !is_own);
        let opening = (first.0..first.1).map(|at| reading.description.get(at));
        name.chain(reading.title.iter()).chain(opening).any(is_form)
    }
}
