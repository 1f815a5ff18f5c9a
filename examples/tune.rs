use mcp_scan::{
    eval::*,
    rules::Ruleset,
    source::{Target, saved::Saved},
};
fn main() {
    let t0 = std::time::Instant::now();
    let rules = match Ruleset::builtin() {
        Ok(r) => r,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(2)
        }
    };
    eprintln!("rules {:?}", t0.elapsed());
    for file in std::env::args().skip(1) {
        let mut ev = Evaluation::new(&rules, Hints::Withhold);
        let saved = Saved::open(&Target::File(file.clone().into())).unwrap();
        let t = std::time::Instant::now();
        let mut n = 0;
        for line in saved.lines() {
            n += 1;
            let raw = line.raw;
            ev.add(line.server, line.tool, &Truth::of(&raw).unwrap());
        }
        let e = t.elapsed();
        let a = ev.finish();
        for m in &a.misses {
            println!(
                "{}{} -> {} {:?} | {} | {} | {}",
                if m.doubtful { "?" } else { "" },
                m.label,
                m.verdict,
                m.confidence,
                m.server.as_deref().unwrap_or("-"),
                m.tool,
                m.because
            );
        }
        println!(
            "== {file}: n={n} five={:.2}% f1={:.3} recall={:.2}% fa={:.2}% danger={} doubt={:?} {:?} {e:?}",
            100.0 * a.five_way.ratio().unwrap_or(0.0),
            a.macro_f1.unwrap_or(0.0),
            100.0 * a.mutating_recall.ratio().unwrap(),
            100.0 * a.false_alarms.ratio().unwrap(),
            a.dangerous_misses,
            a.doubtful,
            a.by_confidence.iter().map(|c| (c.confidence.name(), c.right.part, c.right.whole)).collect::<Vec<_>>()
        );
    }
}
