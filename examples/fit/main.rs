//! Fits the second reader to labelled tools and writes `rules/similar-wording.tsv`:
//!
//! ```text
//! cargo run --release --example fit -- ../shared/corpus/{wide,pool,tune-more}.jsonl.gz ../shared/corpus/tune.jsonl
//! ```
//!
//! Rows without a label take it from `fixtures/labels`. Only the work part of the rows is used, doubtful rows are left
//! out, and the same rows give the same bytes. It prints the figures of five folds by server family: each fold is
//! classified with weights fitted to the other four. `--folds` writes nothing; `--share 50` fits each fold to half of the
//! other families, to see what more labels are worth.

mod labels;
mod regression;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use labels::Labels;
use mcp_scan::classify::{ServerContext, classify, features, likeliest_by_wording};
use mcp_scan::eval::{Figures, Label, Part, Share, Truth, family};
use mcp_scan::model::{Annotations, Category, Tool};
use mcp_scan::rules::{FeatureKind, Ruleset, Wording};
use mcp_scan::source::{Target, saved::Saved};

/// Where the data file is, in the repository.
const DATA_FILE: &str = "rules/similar-wording.tsv";
/// Categories.
const CLASSES: usize = 5;
/// Folds by server family.
const FOLDS: usize = 5;
/// Server families that must have a feature before it counts.
const MIN_FAMILIES: usize = 4;
/// The weight of the penalty.
const REGULARISATION: f64 = 5.0;
/// The smallest weight that is written, in hundredths.
const MIN_WEIGHT: i64 = 5;
/// The share of the labels that a careful person could defend beside a row's own.
const DEFENSIBLE: f64 = 0.3;
/// The probabilities at which labelled tools are counted, in hundredths of a percent.
const BANDS: [u32; 7] = [2_000, 5_000, 7_500, 9_000, 9_500, 9_850, 9_950];

const HEADER: &str = "\
# What labelled tools teach the second reader. Made by `cargo run --release --example fit`; not edited.
# Columns: kind, key, labelled tools, then a number each for Read, Write, Execute, Destructive and Financial.
# Kind `labels`: all labelled tools by label. Kind `said`: labelled tools by label, where the second reader said this with
# at least this probability (in 1/100 %) and their servers were left out of the fit. Every other kind is a kind of feature:
# the stem of a word and where it stands, or what the rules found. Its numbers are the hundredths of log-odds that the
# feature adds for each category.
";

/// A labelled tool.
struct Row {
    server: String,
    family: String,
    fold: usize,
    tool: Tool,
    truth: Truth,
    label: Category,
    features: BTreeSet<(FeatureKind, String)>,
}

/// Labelled rows, and what the tools of their servers share.
#[derive(Default)]
struct Rows {
    labelled: Vec<Row>,
    tools: HashMap<String, Vec<Tool>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let only_folds = files.iter().position(|argument| argument == "--folds").map(|at| files.remove(at)).is_some();
    let share = match files.iter().position(|argument| argument == "--share") {
        Some(at) => files.drain(at..(at + 2).min(files.len())).nth(1).ok_or("--share needs a number")?.parse()?,
        None => 100,
    };
    let mut ruleset = Ruleset::builtin()?;
    ruleset.wording = Wording::default();
    let labels = Labels::read()?;
    let mut rows = Rows::default();
    for file in &files {
        rows.read(file, &labels)?;
    }
    let context = |tools: &Vec<Tool>| ServerContext::from_tools(tools, &ruleset);
    let contexts: HashMap<String, ServerContext> =
        rows.tools.iter().map(|(server, tools)| (server.clone(), context(tools))).collect();
    let mut rows = rows.labelled;
    for row in &mut rows {
        row.features = features(&row.tool, &contexts[&row.server], &ruleset).into_iter().collect();
    }
    let mut figures = BTreeMap::new();
    let mut said = BTreeMap::new();
    for fold in 0..FOLDS {
        let others = |row: &Row| row.fold != fold && hash(&format!("share {}", row.family)) % 100 < share;
        ruleset.wording = Wording::parse(&fitted(&rows, others, &BTreeMap::new()))?;
        for row in rows.iter().filter(|row| row.fold == fold) {
            count(row, &contexts[&row.server], &ruleset, &mut figures, &mut said);
        }
    }
    figures.iter().for_each(|(stratum, figures)| print(stratum, figures));
    if only_folds {
        return Ok(());
    }
    let text = fitted(&rows, |_| true, &said);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DATA_FILE);
    println!("{DATA_FILE}: {} bytes", text.len());
    Ok(std::fs::write(path, text)?)
}

impl Rows {
    /// Adds the rows of `file` that teach something: labelled ones of the work part.
    fn read(&mut self, file: &str, labels: &Labels) -> Result<(), Box<dyn std::error::Error>> {
        for mut line in Saved::open(&Target::File(file.into())).map_err(|error| format!("{file}: {error:?}"))?.lines() {
            let server = line.server.unwrap_or_default();
            let tool = Tool { annotations: Annotations::default(), ..line.tool };
            self.tools.entry(server.clone()).or_default().push(tool.clone());
            labels.add_to(&server, &mut line.raw);
            if line.raw.get("label").is_none() || Part::of_server(&server) == Part::Sealed {
                continue;
            }
            let truth = Truth::new(&line.raw)?;
            if let (Label::Is(label), false) = (truth.label, truth.doubtful) {
                let family = family(&server);
                let fold = hash(&family) % FOLDS;
                self.labelled.push(Row { fold, server, family, tool, truth, label, features: BTreeSet::new() });
            }
        }
        Ok(())
    }
}

/// A number that is the same in every run.
fn hash(text: &str) -> usize {
    text.bytes().fold(5_381_usize, |hash, byte| hash.wrapping_mul(33) ^ usize::from(byte))
}

/// The data file for the rows that `wanted` takes.
fn fitted(rows: &[Row], wanted: impl Fn(&Row) -> bool, said: &BTreeMap<(Category, u32), [u32; CLASSES]>) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| wanted(row)).collect();
    let mut families: BTreeMap<&(FeatureKind, String), HashSet<&str>> = BTreeMap::new();
    let mut tools: HashMap<&(FeatureKind, String), usize> = HashMap::new();
    for row in &rows {
        for feature in &row.features {
            families.entry(feature).or_default().insert(&row.family);
            *tools.entry(feature).or_default() += 1;
        }
    }
    families.retain(|_, families| families.len() >= MIN_FAMILIES);
    let known: Vec<&(FeatureKind, String)> = families.into_keys().collect();
    let places: HashMap<&(FeatureKind, String), usize> = known.iter().enumerate().map(|(at, key)| (*key, at)).collect();
    let mut labels = [0; CLASSES];
    for row in &rows {
        labels[row.label as usize] += 1;
    }
    let fit_row = |row: &&Row| regression::Row {
        features: row.features.iter().filter_map(|feature| places.get(feature).copied()).collect(),
        right: right(row),
    };
    let fit_rows: Vec<regression::Row<CLASSES>> = rows.iter().map(fit_row).collect();
    let total: u32 = labels.iter().sum();
    let prior = labels.map(|count: u32| (f64::from(count) + 1.0) / f64::from(total + 5));
    let weights = regression::fit(&fit_rows, known.len(), prior, REGULARISATION);

    let mut text = HEADER.to_owned();
    let mut line = |kind: &str, key: &str, tools: usize, numbers: [i64; CLASSES]| {
        let numbers = numbers.map(|number| number.to_string()).join("\t");
        let _ = writeln!(text, "{kind}\t{key}\t{tools}\t{numbers}");
    };
    line("labels", "all", total as usize, labels.map(i64::from));
    for ((category, at_least), labels) in said {
        let tools = labels.iter().sum::<u32>() as usize;
        line("said", &format!("{category} {at_least}"), tools, labels.map(i64::from));
    }
    for (feature, weights) in known.iter().zip(weights.chunks_exact(CLASSES)) {
        let rounded: Vec<i64> = weights.iter().map(|weight| (100.0 * weight).round() as i64).collect();
        if rounded.iter().any(|weight| weight.abs() >= MIN_WEIGHT) {
            line(feature.0.name(), &feature.1, tools[*feature], std::array::from_fn(|class| rounded[class]));
        }
    }
    text
}

/// How much each category is right for a row.
fn right(row: &Row) -> [f64; CLASSES] {
    let others = row.truth.accept.iter().filter(|category| **category != row.label).count();
    let share = DEFENSIBLE / others.max(1) as f64;
    Category::ALL.map(|category| match category {
        _ if category == row.label => 1.0 - if others > 0 { DEFENSIBLE } else { 0.0 },
        _ if row.truth.accept.contains(&category) => share,
        _ => 0.0,
    })
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
    let Some((category, probability)) = likeliest_by_wording(&row.tool, context, ruleset) else { return };
    let band = BANDS.iter().rev().find(|band| f64::from(**band) <= probability * 10_000.0);
    if let Some(band) = band {
        let label = if row.truth.accept.contains(&category) { category } else { row.label };
        said.entry((category, *band)).or_default()[label as usize] += 1;
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
