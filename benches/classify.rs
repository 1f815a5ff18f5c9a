//! How fast tools are judged, beside a floor in the same run: taking the same texts apart into words, without which no
//! verdict is possible. Tools come from `../shared/corpus/unlabelled.jsonl.gz` where that is there, else from the
//! example listing, repeated.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mcp_scan::classify::classify_alone;
use mcp_scan::model::Tool;
use mcp_scan::rules::Ruleset;
use mcp_scan::source::{Target, saved::Saved};
use mcp_scan::text::words::Words;

/// Tools judged in one iteration, at least.
const TOOLS: usize = 2_000;

fn tools() -> Vec<Tool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../shared/corpus/unlabelled.jsonl.gz");
    let file = if corpus.is_file() { corpus } else { root.join("fixtures/listings/example-shop.json") };
    let saved = Saved::open(&Target::File(file)).expect("the listing opens");
    let tools: Vec<Tool> = saved.listings().expect("it is a listing").into_iter().flat_map(|l| l.tools).collect();
    let count = tools.len().max(TOOLS);
    tools.into_iter().cycle().take(count).collect()
}

fn judge(criterion: &mut Criterion) {
    let rules = Ruleset::builtin().expect("the built-in rules load");
    let tools = tools();
    let mut group = criterion.benchmark_group("tools");
    group.sample_size(20).throughput(Throughput::Elements(tools.len() as u64));
    group.bench_function("floor: words", |bencher| {
        bencher.iter(|| {
            tools.iter().map(|t| words(&t.name) + words(t.description.as_deref().unwrap_or(""))).sum::<usize>()
        });
    });
    group.bench_function("classify", |bencher| {
        bencher.iter(|| tools.iter().for_each(|tool| drop(black_box(classify_alone(black_box(tool), &rules)))));
    });
    group.finish();
    criterion.bench_function("compile the ruleset", |bencher| bencher.iter(|| Ruleset::builtin().expect("they load")));
}

fn words(text: &str) -> usize {
    Words::of(black_box(text)).len()
}

criterion_group!(benches, judge);
criterion_main!(benches);
