//! How fast tools are classified and their texts read for orders, with the cost of parsing apart. Tools come from `../shared/corpus/unlabelled.jsonl.gz`
//! where that is there, else from the example listing, repeated.
//!
//! Floors in the same run: parsing the same JSON, and taking the same texts apart into words, without which no verdict is
//! possible. The goals are 12 µs a tool for `classify`, 6 µs a tool from `findings without orders` to `findings`, and 20 ms
//! for the ruleset.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_scan::audit;
use mcp_scan::classify::{ServerContext, classify};
use mcp_scan::model::{Assessment, Listing, Tool};
use mcp_scan::orders::{Reader, Siblings};
use mcp_scan::rules::{Group, Ruleset};
use mcp_scan::source::{Target, saved::Saved};
use mcp_scan::text::words::Words;

/// Tools classified in one iteration, at least.
const TOOLS: usize = 2_000;

fn listings() -> Vec<Listing> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../shared/corpus/unlabelled.jsonl.gz");
    let file = if corpus.is_file() { corpus } else { root.join("fixtures/listings/example-shop.json") };
    let saved = Saved::open(&Target::File(file)).expect("the listing opens");
    let listings = saved.listings().expect("it is a listing");
    let tools: usize = listings.iter().map(|listing| listing.tools.len()).sum();
    let repeated = listings.iter().cycle().take(listings.len() * TOOLS.div_ceil(tools));
    repeated.cloned().collect()
}

/// The tools as JSON, as far as classification reads them.
fn json(tools: &[&Tool]) -> Vec<String> {
    let json = |tool: &&Tool| serde_json::json!({"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema});
    tools.iter().map(|tool| json(tool).to_string()).collect()
}

fn classification(criterion: &mut Criterion) {
    let rules = Ruleset::builtin().expect("the built-in rules load");
    let rules_alone = Ruleset::builtin().expect("the built-in rules load").without(Group::SimilarWording);
    let listings = listings();
    let tools: Vec<&Tool> = listings.iter().flat_map(|listing| &listing.tools).collect();
    let texts = json(&tools);
    let mut group = criterion.benchmark_group("tools");
    group.sample_size(20).throughput(Throughput::Elements(tools.len() as u64));
    group.bench_function("floor: parse", |bencher| {
        bencher.iter(|| {
            texts.iter().filter_map(|text| serde_json::from_str::<serde_json::Value>(black_box(text)).ok()).count()
        });
    });
    group.bench_function("floor: words", |bencher| {
        bencher.iter(|| {
            tools.iter().map(|t| words(&t.name) + words(t.description.as_deref().unwrap_or(""))).sum::<usize>()
        });
    });
    for (name, rules) in [("classify", &rules), ("classify by the rules alone", &rules_alone)] {
        group.bench_function(name, |bencher| bencher.iter(|| listings.iter().for_each(|l| classify_all(l, rules))));
    }
    let verdicts: Vec<Vec<Assessment>> = listings.iter().map(|listing| verdicts(listing, &rules)).collect();
    let no_orders = Ruleset { reader: Reader::default(), ..Ruleset::builtin().expect("the built-in rules load") };
    for (name, rules) in [("findings without orders", &no_orders), ("findings", &rules)] {
        let judged = || listings.iter().zip(&verdicts);
        group.bench_function(name, |bencher| bencher.iter(|| judged().for_each(|(l, v)| find_all(l, v, rules))));
    }
    group.finish();
    criterion.bench_function("compile the ruleset", |bencher| bencher.iter(|| Ruleset::builtin().expect("they load")));
}

/// Classifies the tools of one server, with their context.
fn classify_all(listing: &Listing, rules: &Ruleset) {
    let context = ServerContext::from_tools(&listing.tools, rules);
    listing.tools.iter().for_each(|tool| drop(black_box(classify(black_box(tool), &context, rules))));
}

fn verdicts(listing: &Listing, rules: &Ruleset) -> Vec<Assessment> {
    let context = ServerContext::from_tools(&listing.tools, rules);
    listing.tools.iter().map(|tool| classify(tool, &context, rules)).collect()
}

/// What is wrong with the tools of one server.
fn find_all(listing: &Listing, verdicts: &[Assessment], rules: &Ruleset) {
    let siblings = Siblings::new(listing.tools.iter().map(|tool| tool.name.as_str()));
    let found = |(tool, verdict)| black_box(audit::findings(black_box(tool), &siblings, verdict, rules)).len();
    black_box(listing.tools.iter().zip(verdicts).map(found).sum::<usize>());
}

fn words(text: &str) -> usize {
    Words::new(black_box(text)).len()
}

criterion_group!(benches, classification);
criterion_main!(benches);
