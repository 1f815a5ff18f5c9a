//! Times the program as a user runs it, beside floors of the same run: a file of tools in JSON lines, a listing of 200 tools,
//! the help, the policy of 10,000 tools, and a merge of that policy.
//!
//! ```text
//! cargo bench --bench whole_program -- 515000 docs/performance.svg
//! ```
//!
//! The number is the largest file, in tools of about 540 bytes; files of 100 tools and more are timed on the way, and their
//! costs are drawn into the SVG file if one is named. The same number gives the same files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The program of this build.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mcp-scan");
/// Tools of a server of the files.
const TOOLS_OF_A_SERVER: usize = 20;
/// Runs of a short command, of which the median counts.
const RUNS: usize = 15;

const VERBS: [&str; 16] = [
    "get", "list", "search", "create", "update", "delete", "send", "run", "read", "write", "cancel", "refund",
    "export", "import", "archive", "approve",
];
const THINGS: [&str; 16] = [
    "invoice", "order", "customer", "issue", "page", "branch", "file", "message", "ticket", "payment", "record",
    "table", "job", "user", "event", "report",
];

/// What a run took.
struct Run {
    time: Duration,
    /// The peak of its memory in MiB, where the system tells it.
    memory: Option<u64>,
}

/// The cost of a file of tools.
struct Stream {
    tools: usize,
    parse: Duration,
    program: Run,
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let largest = arguments.first().and_then(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let mut streams = Vec::new();
    let sizes = (2..).map(|power| 10_usize.pow(power)).take_while(|size| *size < largest).chain([largest]);
    println!(
        "{:>9} {:>12} {:>12} {:>7} {:>10} {:>8}",
        "tools", "parse, ms", "mcp-scan, ms", "times", "us a tool", "MiB"
    );
    for tools in sizes {
        let stream = stream(folder.path(), tools)?;
        let (parse, program) = (stream.parse.as_secs_f64() * 1e3, stream.program.time.as_secs_f64() * 1e3);
        println!(
            "{tools:>9} {parse:>12.1} {program:>12.1} {:>7.1} {:>10.1} {:>8}",
            program / parse,
            program * 1e3 / tools as f64,
            shown(stream.program.memory)
        );
        streams.push(stream);
    }
    for (what, run) in short_runs(folder.path())? {
        println!("{what:<48} {:>8.1} ms {:>6} MiB", run.time.as_secs_f64() * 1e3, shown(run.memory));
    }
    arguments.get(1).map_or(Ok(()), |file| fs::write(file, plot(&streams)))
}

/// Times a file of `tools` tools: parsed by serde_json on one core, and scanned.
fn stream(folder: &Path, tools: usize) -> io::Result<Stream> {
    let file = folder.join(format!("{tools}.jsonl"));
    let mut lines = BufWriter::new(File::create(&file)?);
    for number in 0..tools {
        writeln!(lines, "{}", line(number))?;
    }
    lines.into_inner()?.sync_all()?;
    let start = Instant::now();
    for line in BufReader::new(File::open(&file)?).lines() {
        std::hint::black_box(serde_json::from_str::<Value>(&line?)?);
    }
    let parse = start.elapsed();
    let program = run(&["-f", "jsonl", &file.display().to_string(), "--no-fail-on-attack"])?;
    fs::remove_file(file)?;
    Ok(Stream { tools, parse, program })
}

/// The commands that end at once, with the median of their times.
fn short_runs(folder: &Path) -> io::Result<Vec<(&'static str, Run)>> {
    let file = |name: &str| folder.join(name).display().to_string();
    for (name, tools) in [("200.json", 200), ("10000.json", 10_000)] {
        let tools: Vec<Value> = (0..tools).map(tool).collect();
        fs::write(file(name), json!({ "tools": tools }).to_string())?;
    }
    let (small, large, policy) = (file("200.json"), file("10000.json"), file("policy.yaml"));
    let mut found = vec![("--help", median(&["--help"], || Ok(()))?)];
    found.push(("a saved listing of 200 tools", median(&[&small], || Ok(()))?));
    let write = ["-q", &large, "--policy", &policy];
    found.push(("10,000 tools with a policy", median(&write, || fs::remove_file(&policy).or(Ok(())))?));
    let merge = ["-q", &large, "--policy", &policy, "--merge"];
    found.push(("10,000 tools merged into their policy", median(&merge, || Ok(()))?));
    Ok(found)
}

/// The run of the median time among [`RUNS`]; `before` is done before each.
fn median(words: &[&str], before: impl Fn() -> io::Result<()>) -> io::Result<Run> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        before()?;
        runs.push(run(words)?);
    }
    runs.sort_by_key(|run| run.time);
    Ok(runs.swap_remove(RUNS / 2))
}

/// Runs the program; its output is thrown away.
fn run(words: &[&str]) -> io::Result<Run> {
    let start = Instant::now();
    let mut child = Command::new(PROGRAM).args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory = None;
    while child.try_wait()?.is_none() {
        memory = peak(&status).or(memory);
        std::thread::sleep(Duration::from_micros(500));
    }
    Ok(Run { time: start.elapsed(), memory })
}

/// The peak of the memory of a process in MiB, by its status on Linux.
fn peak(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

fn shown(memory: Option<u64>) -> String {
    memory.map_or_else(|| "?".into(), |mib| mib.to_string())
}

fn line(number: usize) -> Value {
    let mut line = tool(number);
    line["server"] = format!("server-{}-mcp", number / TOOLS_OF_A_SERVER).into();
    line
}

fn tool(number: usize) -> Value {
    let (verb, thing) = (VERBS[number % 16], THINGS[number / 16 % 16]);
    json!({
        "name": format!("{verb}_{thing}_{number}"),
        "description": format!(
            "{}{} one {thing} of the account, with everything that is known of it at that time. Takes the number of the \
             {thing} and returns what it is afterwards.",
            verb[..1].to_uppercase(),
            &verb[1..]
        ),
        "inputSchema": {
            "type": "object",
            "properties": {
                format!("{thing}_id"): {"type": "string", "description": format!("The number of the {thing}.")},
                "limit": {"type": "integer", "description": "The most results to return.", "default": 20},
                "state": {"type": "string", "enum": ["open", "closed", "all"]},
            },
            "required": [format!("{thing}_id")],
        },
    })
}

/// The costs over the number of tools, both axes by powers of ten.
fn plot(streams: &[Stream]) -> String {
    const UNIT: f64 = 90.0;
    let x = |tools: usize| 70.0 + UNIT * ((tools as f64).log10() - 2.0);
    let y = |time: Duration| 340.0 - UNIT * 0.7 * (time.as_secs_f64() * 1e3).log10().max(0.0);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 520 400\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Time by the number of tools</title>\n<rect width=\"520\" height=\"400\" fill=\"#fff\"/>\n",
    );
    let mut add = |line: String| writeln!(svg, "{line}").expect("a string takes all text");
    for power in 2..=6 {
        let at = 70.0 + UNIT * f64::from(power - 2);
        add(format!("<line x1=\"{at}\" y1=\"25\" x2=\"{at}\" y2=\"340\" stroke=\"#ddd\"/>"));
        add(format!("<text x=\"{at}\" y=\"358\" text-anchor=\"middle\">{}</text>", 10_u32.pow(power as u32)));
    }
    for (power, name) in ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"].iter().enumerate() {
        let at = 340.0 - UNIT * 0.7 * power as f64;
        add(format!("<line x1=\"70\" y1=\"{at}\" x2=\"430\" y2=\"{at}\" stroke=\"#ddd\"/>"));
        add(format!("<text x=\"62\" y=\"{}\" text-anchor=\"end\">{name}</text>", at + 4.0));
    }
    add("<text x=\"250\" y=\"385\" text-anchor=\"middle\">tools in one file of JSON lines</text>".into());
    let curves = [("mcp-scan", "#b3261e", true), ("parsing alone", "#3b6ea5", false)];
    for (name, colour, is_program) in curves {
        let time = |stream: &Stream| if is_program { stream.program.time } else { stream.parse };
        let points: Vec<String> =
            streams.iter().map(|stream| format!("{:.1},{:.1}", x(stream.tools), y(time(stream)))).collect();
        add(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        ));
        if let Some(last) = streams.last() {
            let (x, y) = (x(last.tools) + 6.0, y(time(last)) + 4.0);
            add(format!("<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>"));
        }
    }
    svg.push_str("</svg>\n");
    svg
}
