//! Fits the second reader to labelled tools and writes `rules/similar-wording.tsv`:
//!
//! ```text
//! cargo run --release --example fit -- ../shared/corpus/wide.jsonl.gz ../shared/corpus/tune.jsonl ../shared/corpus/tune-more.jsonl.gz
//! ```
//!
//! Only the work part of the rows is used, doubtful rows are left out, and the same rows give the same bytes. It prints
//! the figures of five folds by server family: each fold is classified with weights fitted to the other four.

mod regression;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use mcp_scan::classify::{ServerContext, classify, likeliest_by_wording, words_that_count};
use mcp_scan::eval::{Figures, Label, Part, Share, Truth, family};
use mcp_scan::model::{Annotations, Category, Tool};
use mcp_scan::rules::{Ruleset, WordPlace, Wording};
use mcp_scan::source::{Target, saved::Saved};
use regression::CLASSES;

/// Where the data file is, in the repository.
const DATA_FILE: &str = "rules/similar-wording.tsv";
/// Folds by server family.
const FOLDS: usize = 5;
/// Server families that must have a word before it counts.
const MIN_FAMILIES: usize = 3;
/// The weight of the penalty.
const REGULARISATION: f64 = 1.4;
/// The share of the fitted log-odds that counts beside the rules' verdict.
const STRENGTH: f64 = 1.3;
/// The smallest weight that is written, in hundredths.
const MIN_WEIGHT: i32 = 5;
/// The probabilities at which labelled tools are counted, in hundredths of a percent.
const BANDS: [u32; 7] = [2_000, 5_000, 7_500, 9_000, 9_700, 9_950, 9_990];

const HEADER: &str = "\
# What labelled tools teach the second reader about words. Made by `cargo run --release --example fit`; not edited.
# Columns: kind, key, labelled tools, then a number each for Read, Write, Execute, Destructive and Financial.
# Kind `rules`: labelled tools by label, where the rules alone give this verdict with this confidence.
# Kind `said`: labelled tools by label, where the second reader said this with at least this probability (in 1/100 %)
# and their servers were left out of the fit. Every other kind is a place where a word stands, and its numbers are the
# hundredths of log-odds that the word adds for each category.
";

/// A labelled tool.
struct Row {
    server: String,
    family: String,
    fold: usize,
    tool: Tool,
    truth: Truth,
    label: Category,
    words: BTreeSet<(WordPlace, String)>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let mut ruleset = Ruleset::builtin()?;
    ruleset.wording = Wording::default();
    let mut rows = Vec::new();
    for file in &files {
        read(file, &mut rows)?;
    }
    let contexts = contexts(&rows, &ruleset);
    for row in &mut rows {
        row.words = words_that_count(&row.tool, &contexts[&row.server], &ruleset).into_iter().collect();
    }
    let verdicts = verdicts_by_rules(&rows, &contexts, &ruleset);
    let mut figures = BTreeMap::new();
    let mut said = BTreeMap::new();
    for fold in 0..FOLDS {
        let text = fitted(&rows, &verdicts, |row| row.fold != fold, &BTreeMap::new());
        ruleset.wording = Wording::parse(&text)?;
        for row in rows.iter().filter(|row| row.fold == fold) {
            count(row, &contexts[&row.server], &ruleset, &mut figures, &mut said);
        }
    }
    figures.iter().for_each(|(stratum, figures)| print(stratum, figures));
    let text = fitted(&rows, &verdicts, |_| true, &said);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA_FILE);
    println!("{DATA_FILE}: {} bytes", text.len());
    Ok(std::fs::write(path, text)?)
}

/// Adds the rows of `file` that teach something: those of the work part, with one of the five labels.
fn read(file: &str, rows: &mut Vec<Row>) -> Result<(), Box<dyn std::error::Error>> {
    for line in Saved::open(&Target::File(file.into())).map_err(|error| format!("{file}: {error:?}"))?.lines() {
        let truth = Truth::of(&line.raw)?;
        let server = line.server.unwrap_or_default();
        let Label::Is(label) = truth.label else { continue };
        if truth.doubtful || Part::of_server(&server) == Part::Sealed {
            continue;
        }
        let tool = Tool { annotations: Annotations::default(), ..line.tool };
        let family = family(&server);
        rows.push(Row { fold: fold_of(&family), server, family, tool, truth, label, words: BTreeSet::new() });
    }
    Ok(())
}

/// A number below [`FOLDS`] that is the same in every run.
fn fold_of(family: &str) -> usize {
    family.bytes().fold(5_381_usize, |hash, byte| hash.wrapping_mul(33) ^ usize::from(byte)) % FOLDS
}

fn contexts(rows: &[Row], ruleset: &Ruleset) -> HashMap<String, ServerContext> {
    let mut tools: HashMap<&String, Vec<&Tool>> = HashMap::new();
    for row in rows {
        tools.entry(&row.server).or_default().push(&row.tool);
    }
    tools.into_iter().map(|(server, tools)| (server.clone(), ServerContext::from_tools(tools, ruleset))).collect()
}

/// For each row the rules' verdict, as a key of the data file.
fn verdicts_by_rules(rows: &[Row], contexts: &HashMap<String, ServerContext>, ruleset: &Ruleset) -> Vec<String> {
    let key = |row: &Row| {
        let assessment = classify(&row.tool, &contexts[&row.server], ruleset);
        format!("{} {}", assessment.category, assessment.confidence)
    };
    rows.iter().map(key).collect()
}

/// The data file for the rows that `wanted` takes.
fn fitted(
    rows: &[Row],
    verdicts: &[String],
    wanted: impl Fn(&Row) -> bool,
    said: &BTreeMap<(Category, u32), [u32; CLASSES]>,
) -> String {
    let rows: Vec<(&Row, &String)> = rows.iter().zip(verdicts).filter(|(row, _)| wanted(row)).collect();
    let mut families: BTreeMap<&(WordPlace, String), HashSet<&str>> = BTreeMap::new();
    let mut tools: HashMap<&(WordPlace, String), usize> = HashMap::new();
    for (row, _) in &rows {
        for word in &row.words {
            families.entry(word).or_default().insert(&row.family);
            *tools.entry(word).or_default() += 1;
        }
    }
    families.retain(|_, families| families.len() >= MIN_FAMILIES);
    let words: Vec<&(WordPlace, String)> = families.into_keys().collect();
    let places: HashMap<&(WordPlace, String), usize> = words.iter().enumerate().map(|(at, word)| (*word, at)).collect();
    let mut prior = [0.0; CLASSES];
    let mut by_verdict: BTreeMap<&String, [u32; CLASSES]> = BTreeMap::new();
    for (row, verdict) in &rows {
        prior[row.label as usize] += 1.0 / rows.len() as f64;
        by_verdict.entry(verdict).or_default()[row.label as usize] += 1;
    }
    let fit_row = |(row, _): &(&Row, &String)| regression::Row {
        features: row.words.iter().filter_map(|word| places.get(word).copied()).collect(),
        class: row.label as usize,
    };
    let fit_rows: Vec<regression::Row> = rows.iter().map(fit_row).collect();
    let weights = regression::fit(&fit_rows, words.len(), prior, REGULARISATION);

    let mut text = HEADER.to_owned();
    let mut line = |kind: &str, key: &str, tools: usize, numbers: [i64; CLASSES]| {
        let numbers = numbers.map(|number| number.to_string()).join("\t");
        let _ = writeln!(text, "{kind}\t{key}\t{tools}\t{numbers}");
    };
    for (verdict, labels) in by_verdict {
        line("rules", verdict, labels.iter().sum::<u32>() as usize, labels.map(i64::from));
    }
    for ((category, at_least), labels) in said {
        let tools = labels.iter().sum::<u32>() as usize;
        line("said", &format!("{category} {at_least}"), tools, labels.map(i64::from));
    }
    for (word, weights) in words.iter().zip(weights.chunks_exact(CLASSES)) {
        let rounded: Vec<i64> = weights.iter().map(|weight| (100.0 * STRENGTH * weight).round() as i64).collect();
        if rounded.iter().any(|weight| weight.abs() >= i64::from(MIN_WEIGHT)) {
            line(word.0.name(), &word.1, tools[*word], std::array::from_fn(|class| rounded[class]));
        }
    }
    text
}

/// Counts the verdict on a row of the fold that was left out.
fn count(
    row: &Row,
    context: &ServerContext,
    ruleset: &Ruleset,
    figures: &mut BTreeMap<String, Figures>,
    said: &mut BTreeMap<(Category, u32), [u32; CLASSES]>,
) {
    let assessment = classify(&row.tool, context, ruleset);
    let stratum = row.truth.stratum.clone().unwrap_or_else(|| "other sets".to_owned());
    figures.entry(stratum).or_default().count(&row.truth, &assessment);
    if let Some((category, probability)) = likeliest_by_wording(&row.tool, context, ruleset) {
        let band = BANDS.iter().rev().find(|band| f64::from(**band) <= probability * 10_000.0);
        if let Some(band) = band {
            let label = if row.truth.accept.contains(&category) { category } else { row.label };
            said.entry((category, *band)).or_default()[label as usize] += 1;
        }
    }
}

fn print(stratum: &str, figures: &Figures) {
    let percent = |share: Share| share.ratio().map_or("-".to_owned(), |ratio| format!("{:.1} %", 100.0 * ratio));
    println!(
        "{stratum}: {} tools, five-way {}, macro-F1 {:.3}, recall {}, false alarms {}, dangerous misses {}",
        figures.tools,
        percent(figures.five_way),
        figures.macro_f1.unwrap_or_default(),
        percent(figures.mutating_recall),
        percent(figures.false_alarms),
        figures.dangerous_misses,
    );
    for level in &figures.by_confidence {
        println!("  right at {} confidence: {} of {}", level.confidence, percent(level.right), level.right.whole);
    }
}
