//! Finds orders to the model in tool definitions (tool poisoning).
//!
//! A text is split into sentences of tokens ([`sentences`]). Each token has word classes: from the vocabulary in
//! `rules/order-words.yaml`, or from its form (tool name, quotation, path, address). A [`Structure`] in
//! `rules/findings.yaml` says which sequences of classes are suspicious. The code contains no attack phrases.

mod classes;
mod disguise;
mod error;
mod names;
mod sentences;
mod shape;
mod structure;
mod vocabulary;

pub(crate) use error::StructureError;
pub use names::{ScanNames, Siblings, ToolNames};
pub(crate) use structure::Structure;
pub(crate) use vocabulary::{Vocabulary, WordClass};

use classes::Classes;
use disguise::Uncovered;
use sentences::Sentence;
use structure::Compiled;

use crate::model::{ModelText, Severity};
use crate::text::clean;

/// Longest quotation in a finding, in characters.
const MAX_QUOTE: usize = 160;
/// Most bytes that are read of all texts of one definition.
const MAX_BYTES: usize = 200_000;

/// Finds orders by a vocabulary and by structures, each of which belongs to an entry of `findings.yaml`.
#[derive(Debug, Default)]
pub struct Reader {
    vocabulary: Vocabulary,
    structures: Vec<(usize, Compiled)>,
    /// A sentence without any of these classes matches no structure.
    wanted: Classes,
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
    /// A reader for `structures`, each with the index of its entry.
    pub(crate) fn new<'a>(
        classes: Vec<WordClass>,
        structures: impl Iterator<Item = (usize, &'a Structure)>,
    ) -> Result<Self, StructureError> {
        let vocabulary = Vocabulary::new(classes)?;
        let compile = |(entry, structure): (usize, &Structure)| Ok((entry, Compiled::new(structure, &vocabulary)?));
        let structures: Vec<(usize, Compiled)> = structures.map(compile).collect::<Result<_, _>>()?;
        let wanted = structures.iter().fold(Classes::NONE, |all, (_, structure)| all | structure.wanted());
        Ok(Self { vocabulary, structures, wanted })
    }

    /// The most severe order per entry in `texts`, the texts of one definition.
    pub(crate) fn read(&self, texts: &[ModelText<'_>], names: &ToolNames<'_>) -> Vec<Order> {
        let mut orders = self.read_plain(texts, names, false);
        for (index, text) in texts.iter().enumerate() {
            for Uncovered { name, plain, is_encoded } in disguise::uncovered(&text.source, text.words.source()) {
                let found = self.read_plain(&[ModelText::new(text.label.as_str(), plain)], names, is_encoded);
                for order in found {
                    let about = format!("{} in {name}", order.about);
                    add(&mut orders, Order { text: index, about, severity: Severity::High, ..order });
                }
            }
        }
        orders
    }

    /// Finds orders in texts as written; with `is_encoded`, also by structures that only count in encoded texts.
    fn read_plain(&self, texts: &[ModelText<'_>], names: &ToolNames<'_>, is_encoded: bool) -> Vec<Order> {
        let mut sentences: Vec<Sentence> = Vec::new();
        let mut left = MAX_BYTES;
        for (index, text) in texts.iter().enumerate() {
            if left < text.source.len() {
                break;
            }
            left -= text.source.len();
            sentences::read(index, &text.words, &self.vocabulary, names, &mut sentences);
        }
        let known = names.of_definition();
        if !known.is_empty() {
            sentences.push(Sentence::of_definition(known));
        }
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
            let Some(found) = structure.find(&sentences) else { continue };
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
