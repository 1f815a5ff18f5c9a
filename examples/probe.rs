use mcp_scan::source::*;
use std::sync::Arc;
#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let targets = match Target::parse(&words, false) {
        Ok(t) => t,
        Err(e) => {
            println!("{e:#?}");
            return;
        }
    };
    let mut options = Options { progress: Some(Arc::new(|s: &str| eprintln!("[{s}]"))), ..Options::default() };
    if let Ok(s) = std::env::var("START") {
        options.start_timeout = std::time::Duration::from_secs(s.parse().unwrap());
    }
    if let Ok(s) = std::env::var("PROTO") {
        options.protocol = s.parse().unwrap();
    }
    for t in targets {
        let at = std::time::Instant::now();
        let r = read(&t, &options).await;
        for l in r.listings {
            println!(
                "{:?}\n{} tools: {:?}\n{:#?}",
                l.server,
                l.tools.len(),
                l.tools.iter().map(|t| &t.name).take(300).collect::<Vec<_>>(),
                l.deviations.iter().take(10).collect::<Vec<_>>()
            );
        }
        for e in r.errors {
            println!("ERROR {}\n what: {}\n why: {}\n hint: {:?}", e.target, e.what, e.why, e.hint);
        }
        eprintln!("{:?}", at.elapsed());
    }
}
