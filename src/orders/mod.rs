//! Finds orders to the model in tool definitions (tool poisoning).
//!
//! A text is split into sentences of tokens ([`sentences`]). Each token has word classes: from the vocabulary in
//! `rules/order-words.yaml`, or from its form (tool name, quotation, path, address). A [`Structure`] in
//! `rules/findings.yaml` says which sequences of classes are suspicious. A second reader, [`similar_wording`], compares
//! each sentence with labelled ones. The code contains no attack phrases.

mod classes;
mod disguise;
mod error;
mod features;
mod literals;
mod names;
mod near_names;
mod negation;
mod respelled;
mod sentences;
mod shape;
mod similar_wording;
mod structure;
mod tokens;
mod vocabulary;
mod word_groups;

pub(crate) use error::StructureError;
pub use names::{ScanNames, Siblings, ToolNames};
pub(crate) use structure::{Sample, Structure};
pub(crate) use vocabulary::{Vocabulary, WordClass};

use classes::Classes;
use disguise::Uncovered;
use features::{Feature, each_feature, groups_of_opening};
use sentences::Sentence;
use similar_wording::{MIN_TOKENS, SimilarWording};
use structure::Compiled;

use crate::model::{ModelText, Severity};
use crate::text::clean;

/// Longest quotation in a finding, in characters.
const MAX_QUOTE: usize = 160;
/// From how many bytes on the texts of one definition are long: in shorter ones structures hardly match by chance.
const LONG: usize = 160;
/// Most bytes that are read of all texts of one definition.
const MAX_BYTES: usize = 200_000;

/// Finds orders by a vocabulary and by structures, each of which belongs to an entry of `findings.yaml`.
#[derive(Debug, Default)]
pub struct Reader {
    vocabulary: Vocabulary,
    structures: Vec<(usize, Compiled)>,
    /// A sentence without any of these classes matches no structure.
    wanted: Classes,
    /// The second reader.
    similar: SimilarWording,
    /// The entry for texts that only the second reader takes for an attack.
    entry_of_similar: Option<usize>,
}

/// The texts of the data files of the second reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordingFiles<'f> {
    pub(crate) groups: &'f str,
    pub(crate) weights: &'f str,
}

/// An order to the model that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// The index of the entry whose structure matched.
    pub(crate) entry: usize,
    /// The severity of the matched structure; high if the text was disguised.
    pub(crate) severity: Severity,
    /// The index of the text that contains it.
    pub(crate) text: usize,
    /// The words that matched, on one line.
    pub(crate) quote: String,
    /// Why it is suspicious.
    pub(crate) about: String,
}

impl Reader {
    /// A reader for `structures`, each with the index of its entry. Texts that only the second reader takes for an attack
    /// belong to `entry_of_similar`.
    pub(crate) fn new<'a>(
        classes: Vec<WordClass>,
        structures: impl Iterator<Item = (usize, &'a Structure)>,
        wording: WordingFiles<'_>,
        entry_of_similar: Option<usize>,
    ) -> Result<Self, StructureError> {
        let vocabulary = Vocabulary::new(classes)?;
        let compile = |(entry, structure): (usize, &Structure)| Ok((entry, Compiled::new(structure, &vocabulary)?));
        let structures: Vec<(usize, Compiled)> = structures.map(compile).collect::<Result<_, StructureError>>()?;
        let wanted = structures.iter().fold(Classes::NONE, |all, (_, structure)| all | structure.wanted());
        let similar = SimilarWording::parse(wording.groups, wording.weights, &vocabulary)?;
        Ok(Self { vocabulary, structures, wanted, similar, entry_of_similar })
    }

    /// Leaves out the second reader.
    pub(crate) fn forget_similar_wording(&mut self) {
        self.similar = SimilarWording::default();
    }

    /// The most severe order per entry in `texts`, the texts of one definition. Where the second reader takes all sentences of
    /// long texts for honest ones, an order that is not sure is only Low: structures match there by chance. Figures of both
    /// are in docs/findings.md.
    pub(crate) fn read(&self, texts: &[ModelText<'_>], names: &ToolNames<'_>) -> Vec<Order> {
        let sentences = self.sentences(texts, names);
        let mut orders = self.by_structure(texts, &sentences, false);
        if orders.is_empty() {
            orders.extend(self.by_wording(texts, &sentences));
        } else if self.is_honest_and_long(texts, &sentences) {
            let unsure = orders.iter_mut().filter(|order| order.severity == Severity::Medium);
            unsure.for_each(|order| order.severity = Severity::Low);
        }
        for (index, text) in texts.iter().enumerate() {
            for Uncovered { name, plain, is_encoded } in disguise::uncovered(&text.source, text.words.source()) {
                let plain = [ModelText::new(text.label.as_str(), plain)];
                for order in self.by_structure(&plain, &self.sentences(&plain, names), is_encoded) {
                    let about = format!("{} in {name}", order.about);
                    add(&mut orders, Order { text: index, about, severity: Severity::High, ..order });
                }
            }
        }
        orders
    }

    /// True if `structure` by itself matches `sample`.
    pub(crate) fn matches(&self, structure: &Structure, sample: &Sample) -> Result<bool, StructureError> {
        let scan = ScanNames::new(sample.elsewhere.iter().map(String::as_str));
        let own = [sample.name.as_str()];
        let siblings = Siblings::new(sample.others.iter().map(String::as_str).chain(own)).in_scan(&scan);
        let names = ToolNames::new(&sample.name, std::iter::empty(), &siblings).taking_nothing(sample.takes_nothing);
        let mut texts = vec![ModelText::new("the description", sample.text.as_str())];
        texts.extend(sample.parameter.as_deref().map(|text| ModelText::of_parameter("the parameter", text)));
        let sentences = self.sentences(&texts, &names);
        Ok(Compiled::new(structure, &self.vocabulary)?.find(&sentences).is_some())
    }

    /// The features of each sentence of `texts` that the second reader compares, each a kind and a key.
    pub(crate) fn features(&self, texts: &[ModelText<'_>], names: &ToolNames<'_>) -> Vec<Vec<(&'static str, String)>> {
        let groups = &self.similar.groups;
        let of_sentence = |sentence: &Sentence| {
            let words = &texts.get(sentence.text)?.words;
            let mut all = Vec::new();
            each_feature(
                sentence,
                words,
                || groups_of_opening(words, groups),
                groups,
                |feature| match feature {
                    Feature::Word(stem, _) => all.push(("word", stem.to_owned())),
                    Feature::Group(group) => all.push(("group", groups.name(group).to_owned())),
                    Feature::Pair(a, b) => all.push(("pair", format!("{} {}", groups.name(a), groups.name(b)))),
                    Feature::Classes(classes) => {
                        all.extend(self.vocabulary.names(classes).map(|name| ("class", name.to_owned())));
                    }
                    Feature::Place(place) => all.push(("place", place.name().to_owned())),
                    Feature::Shared(groups) => all.push(("shared", groups.to_string())),
                },
            );
            Some(all)
        };
        let sentences = self.sentences(texts, names);
        sentences.iter().filter(|sentence| sentence.tokens.len() >= MIN_TOKENS).filter_map(of_sentence).collect()
    }

    /// The sentences of `texts`, then one for the whole definition.
    fn sentences(&self, texts: &[ModelText<'_>], names: &ToolNames<'_>) -> Vec<Sentence> {
        let mut sentences: Vec<Sentence> = Vec::new();
        let mut left = MAX_BYTES;
        for (index, text) in texts.iter().enumerate() {
            if left < text.source.len() {
                break;
            }
            left -= text.source.len();
            sentences::read(index, text, &self.vocabulary, names, &mut sentences);
        }
        let known = names.of_definition();
        if !known.is_empty() {
            sentences.push(Sentence::of_definition(known));
        }
        sentences
    }

    /// True for long texts whose every sentence is more like those of honest texts.
    fn is_honest_and_long(&self, texts: &[ModelText<'_>], sentences: &[Sentence]) -> bool {
        let length: usize = texts.iter().map(|text| text.source.len()).sum();
        let most = || self.similar.most_similar(texts, sentences, |_| true);
        length >= LONG && most().is_some_and(|most| self.similar.is_honest(most))
    }

    /// The order that only the second reader finds: its wording is nearly certainly that of an attack.
    fn by_wording(&self, texts: &[ModelText<'_>], sentences: &[Sentence]) -> Option<Order> {
        let entry = self.entry_of_similar?;
        let counts = |sentence: &Sentence| !self.vocabulary.denies(&sentence.tokens);
        let most = self.similar.most_similar(texts, sentences, counts).filter(|most| self.similar.is_attack(*most))?;
        let sentence = &sentences[most.sentence];
        let (first, last) = (sentence.tokens.first()?, sentence.tokens.last()?);
        let quote = texts[sentence.text].words.source().get(first.start..last.end).unwrap_or_default();
        let (text, quote) = (sentence.text, clean::excerpt(quote, MAX_QUOTE));
        Some(Order { entry, severity: Severity::Medium, text, quote, about: self.similar.labelled(most) })
    }

    /// Finds orders by their structure; with `is_encoded`, also by structures that only count in encoded texts.
    fn by_structure(&self, texts: &[ModelText<'_>], sentences: &[Sentence], is_encoded: bool) -> Vec<Order> {
        let whole = sentences.iter().fold(Classes::NONE, |all, sentence| all | sentence.classes);
        let mut orders: Vec<Order> = Vec::new();
        if !whole.intersects(self.wanted) {
            return orders;
        }
        let structures =
            self.structures.iter().filter(|(_, it)| it.is_possible(whole) && (is_encoded || !it.disguised));
        for (entry, structure) in structures {
            if orders.iter().any(|order| order.entry == *entry && order.severity >= structure.severity) {
                continue;
            }
            let Some(found) = structure.find(sentences) else { continue };
            let text = sentences[found.sentence].text;
            let quote = texts[text].words.source().get(found.start..found.end).unwrap_or_default();
            let (severity, about) = (structure.severity, structure.about.clone());
            add(&mut orders, Order { entry: *entry, severity, text, quote: clean::excerpt(quote, MAX_QUOTE), about });
        }
        orders
    }
}

/// Adds `order`, or replaces a less severe one of the same entry.
fn add(orders: &mut Vec<Order>, order: Order) {
    match orders.iter_mut().find(|known| known.entry == order.entry) {
        Some(known) if known.severity < order.severity => *known = order,
        Some(_) => {}
        None => orders.push(order),
    }
}
