//! Fits the second reader of orders to labelled texts and writes `rules/similar-orders.tsv`:
//!
//! ```text
//! cargo run --release --example fit-orders -- ../shared/corpus/{poison-tune,pool,unlabelled}.jsonl.gz
//! ```
//!
//! Rows with `label` `poisoned` or `clean` are labelled texts, and all others are tools of real servers, which count as
//! harmless. Rows of `fixtures/poisoned/free` are always read. Only the work part of real servers is used. The same rows
//! give the same bytes. Two folds, by server, tell how texts score that the weights have not seen: they set the limit and
//! are printed. `--without SET` leaves out a set of labelled texts, and tells how the weights score it.

mod rows;
mod sentences;

#[path = "../fit/regression.rs"]
mod regression;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use mcp_scan::rules::Ruleset;
use rows::{Row, Rows};
use sentences::Weights;

/// Where the data file is, in the repository.
const DATA_FILE: &str = "rules/similar-orders.tsv";
/// Folds by server.
const FOLDS: usize = 2;
/// The share of real tools that may be flagged.
const FLAGGED: f64 = 0.0004;
/// The share of honest look-alikes that may be flagged.
const FLAGGED_LOOKALIKES: f64 = 0.025;
/// How far above the limit texts are counted, in hundredths.
const BANDS: [i32; 3] = [0, 100, 250];
/// The smallest weight that is written, in hundredths.
const MIN_WEIGHT: i32 = 10;

const HEADER: &str = "\
# What labelled texts teach the second reader of orders. Made by `cargo run --release --example fit-orders`; not edited.
# Columns: kind, key, texts, and a number. `start` is the score of a sentence without features, in hundredths of log-odds;
# from `attack` on a text is an attack. `band`: texts with at least the score KEY, by weights fitted without them, and how
# many of them are attacks. Every other kind is a kind of feature: the stem of a word, its group in word-groups.tsv, two
# groups in a row, a class of order-words.yaml, the place of the sentence, and how many groups it shares with the first
# sentence. Its texts are the labelled ones that have it, and its number is the hundredths of log-odds that it adds.
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let without = match files.iter().position(|argument| argument == "--without") {
        Some(at) => Some(files.drain(at..(at + 2).min(files.len())).nth(1).ok_or("--without needs a set")?),
        None => None,
    };
    let ruleset = Ruleset::builtin()?;
    let rows = Rows::read(&files, &ruleset)?;
    if let Some(set) = without {
        return tell_of(&rows, &set);
    }
    let mut scores = vec![f64::MIN; rows.all.len()];
    for fold in 0..FOLDS {
        let weights = Weights::fit(&rows, |row| row.fold(FOLDS) != fold);
        for (row, score) in rows.all.iter().zip(&mut scores).filter(|(row, _)| row.fold(FOLDS) == fold) {
            *score = weights.score_of(row);
        }
    }
    let attack = least_of_attack(&rows, &scores);
    print(&rows, &scores, attack, |_| true);
    let text = data_file(&rows, &Weights::fit(&rows, |_| true), attack, &scores);
    println!("{DATA_FILE}: {} bytes", text.len());
    Ok(std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA_FILE), text)?)
}

/// Prints how weights fitted without `set` and without half of the real tools score these.
fn tell_of(rows: &Rows, set: &str) -> Result<(), Box<dyn std::error::Error>> {
    let is_seen = |row: &Row| row.set != set && (row.label.is_some() || row.fold(FOLDS) == 0);
    let weights = Weights::fit(rows, is_seen);
    let scores: Vec<f64> = rows.all.iter().map(|row| weights.score_of(row)).collect();
    let unseen: Vec<(&Row, f64)> =
        rows.all.iter().zip(scores.iter().copied()).filter(|(row, _)| !is_seen(row)).collect();
    let attack = limit(unseen.iter().filter(|(row, _)| row.label.is_none()).map(|(_, score)| *score), FLAGGED);
    print(rows, &scores, attack, |row| !is_seen(row));
    Ok(())
}

/// The score from which on a text is an attack.
fn least_of_attack(rows: &Rows, scores: &[f64]) -> f64 {
    let of = |label: Option<bool>| {
        rows.all.iter().zip(scores).filter(move |(row, _)| row.label == label).map(|(_, score)| *score)
    };
    limit(of(None), FLAGGED).max(limit(of(Some(false)), FLAGGED_LOOKALIKES))
}

/// Prints the number of flagged rows by set, for the rows that `wanted` takes.
fn print(rows: &Rows, scores: &[f64], attack: f64, wanted: impl Fn(&Row) -> bool) {
    let mut sets: BTreeMap<(&str, Option<bool>), [usize; 2]> = BTreeMap::new();
    for (row, score) in rows.all.iter().zip(scores).filter(|(row, _)| wanted(row)) {
        let counts = sets.entry((&row.set, row.label)).or_default();
        counts[0] += 1;
        counts[1] += usize::from(*score >= attack);
    }
    println!("an attack from {attack:.2} on");
    for ((set, label), [all, flagged]) in sets {
        let label = label.map_or("of real servers", |is_attack| if is_attack { "poisoned" } else { "clean" });
        println!("{set} {label}: {flagged} of {all} flagged");
    }
}

/// The least score that no more than `share` of `scores` have.
fn limit(scores: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut scores: Vec<f64> = scores.collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.get((scores.len() as f64 * share) as usize).map_or(f64::MAX, |score| score + 0.01)
}

fn data_file(rows: &Rows, weights: &Weights, attack: f64, scores: &[f64]) -> String {
    let mut text = HEADER.to_owned();
    let mut line = |kind: &str, key: &str, texts: usize, number: i32| {
        let _ = writeln!(text, "{kind}\t{key}\t{texts}\t{number}");
    };
    let labelled = rows.all.iter().filter(|row| row.label.is_some()).count();
    line("start", "all", rows.all.len(), hundredths(weights.start));
    line("attack", "from", labelled, hundredths(attack));
    let bands = BANDS.map(|above| hundredths(attack) + above);
    for (at, at_least) in bands.iter().enumerate() {
        let below = bands.get(at + 1).copied().unwrap_or(i32::MAX);
        let here = rows.all.iter().zip(scores).filter(|(_, score)| (*at_least..below).contains(&hundredths(**score)));
        let (texts, attacks) =
            here.fold((0, 0), |(texts, attacks), (row, _)| (texts + 1, attacks + i32::from(row.label == Some(true))));
        line("band", &at_least.to_string(), texts, attacks);
    }
    for (feature, (kind, key)) in rows.features.iter().enumerate() {
        let weight = hundredths(weights.of(feature));
        if weight.abs() >= MIN_WEIGHT {
            line(kind, key, weights.texts(feature), weight);
        }
    }
    text
}

fn hundredths(score: f64) -> i32 {
    (100.0 * score).round().clamp(-90_000.0, 90_000.0) as i32
}
