//! Weights of the features of sentences. Texts are labelled, sentences are not: of an attack, the sentences that score like
//! the most suspicious one count as orders, and the others teach nothing.

use std::collections::HashMap;

use super::regression;
use super::rows::{Row, Rows};

/// Labelled texts that must have a feature before it counts.
const MIN_TEXTS: usize = 3;
/// The weight of the penalty.
const REGULARISATION: f64 = 1.0;
/// Fits: the first takes all sentences of an attack but the opening for orders.
const ROUNDS: usize = 2;
/// A sentence is an order if it scores this much less than the most suspicious one at most.
const DISTANCE: f64 = 1.0;
/// An attack, or not.
const CLASSES: usize = 2;

/// Fitted weights.
pub struct Weights {
    /// The score of a sentence without features.
    pub start: f64,
    /// By feature; 0 for one that does not count.
    weights: Vec<f64>,
    /// Labelled texts with the feature.
    texts: Vec<usize>,
}

impl Weights {
    /// The weights that fit the rows which `wanted` takes.
    pub fn fit(rows: &Rows, wanted: impl Fn(&Row) -> bool) -> Self {
        let wanted: Vec<&Row> = rows.all.iter().filter(|row| wanted(row)).collect();
        let texts = texts_by_feature(rows.features.len(), &wanted);
        let known: Vec<usize> = (0..texts.len()).filter(|feature| texts[*feature] >= MIN_TEXTS).collect();
        let places: HashMap<usize, usize> = known.iter().enumerate().map(|(at, feature)| (*feature, at)).collect();
        let mut fitted: Option<Self> = None;
        for _ in 0..ROUNDS {
            let mut sentences = Vec::new();
            for row in &wanted {
                for (at, features) in row.sentences.iter().enumerate() {
                    let right = match row.label {
                        Some(true) if !is_order(row, at, fitted.as_ref()) => continue,
                        Some(true) => [0.0, 1.0],
                        Some(false) | None => [1.0, 0.0],
                    };
                    let features = features.iter().filter_map(|feature| places.get(feature).copied()).collect();
                    sentences.push(regression::Row { features, right });
                }
            }
            let orders = sentences.iter().map(|row| row.right[1]).sum::<f64>();
            let share = orders / sentences.len() as f64;
            let fit = regression::fit(&sentences, known.len(), [1.0 - share, share], REGULARISATION);
            let mut weights = vec![0.0; texts.len()];
            for (feature, pair) in known.iter().zip(fit.chunks_exact(CLASSES)) {
                weights[*feature] = pair[1] - pair[0];
            }
            fitted = Some(Self { start: (share / (1.0 - share)).ln(), weights, texts: texts.clone() });
        }
        fitted.unwrap_or_else(|| Self { start: 0.0, weights: vec![0.0; texts.len()], texts })
    }

    /// The weight of a feature.
    pub fn of(&self, feature: usize) -> f64 {
        self.weights[feature]
    }

    /// The number of labelled texts with a feature.
    pub fn texts(&self, feature: usize) -> usize {
        self.texts[feature]
    }

    /// The score of the most suspicious sentence of a row.
    pub fn score_of(&self, row: &Row) -> f64 {
        row.sentences.iter().map(|sentence| self.score(sentence)).fold(f64::MIN, f64::max)
    }

    fn score(&self, sentence: &[usize]) -> f64 {
        self.start + sentence.iter().map(|feature| self.weights[*feature]).sum::<f64>()
    }
}

/// True if sentence `at` of an attack counts as an order.
fn is_order(row: &Row, at: usize, fitted: Option<&Weights>) -> bool {
    match fitted {
        Some(weights) => weights.score(&row.sentences[at]) >= weights.score_of(row) - DISTANCE,
        None => at > 0 || row.sentences.len() == 1,
    }
}

fn texts_by_feature(features: usize, rows: &[&Row]) -> Vec<usize> {
    let mut texts = vec![0; features];
    for row in rows.iter().filter(|row| row.label.is_some()) {
        let mut all: Vec<usize> = row.sentences.iter().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().for_each(|feature| texts[feature] += 1);
    }
    texts
}
