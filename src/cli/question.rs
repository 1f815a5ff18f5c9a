//! The question before a server of a configuration is started or reached: exactly what would happen, and nothing hidden.

use crate::model::Origin;
use crate::source::client::{Proposal, ShownValue, changes_what_runs};
use crate::text::reveal::reveal;
use crate::text::shell;

/// Most characters of a name that a file gives.
const MAX_NAME: usize = 100;
/// From this length on a question states its length, so that its end is not taken for the whole.
const LONG: usize = 1_000;

/// What the server gets beside what its configuration says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Additions {
    /// The names of the variables that the command line gives to every server.
    pub(crate) by_command_line: Vec<String>,
    /// The names of the variables that `mcp-scan.yaml` gives to this one.
    pub(crate) by_configuration: Vec<String>,
    /// All of our own environment.
    pub(crate) inherits: bool,
}

/// The question about the server that `origin` names.
pub(crate) fn question(origin: &Origin, proposal: &Proposal, additions: &Additions) -> String {
    let what = if proposal.starts() { "start" } else { "reach" };
    let mut lines = vec![
        format!("{} ({}) would {what}:", short(&origin.display()), short(&origin.client)),
        reveal(&proposal.line()),
    ];
    if let Some(host) = proposal.host() {
        lines.push(format!("host: {}", reveal(&host)));
    }
    if proposal.starts() {
        lines.push(format!("in the folder {}", reveal(&proposal.folder().display().to_string())));
        if proposal.folder() != proposal.project() {
            lines.push(format!("of the project {}", reveal(&proposal.project().display().to_string())));
        }
    }
    let (influential, other): (Vec<_>, Vec<_>) =
        proposal.variables().into_iter().partition(|(name, _)| changes_what_runs(name));
    let mut named = variables(other);
    named.extend(additions.by_command_line.iter().map(|name| reveal(name)));
    named.extend(additions.by_configuration.iter().map(|name| format!("{} (by mcp-scan.yaml)", reveal(name))));
    if additions.inherits {
        named.push("and all of your environment".into());
    }
    let scripts: Vec<String> = proposal.scripts().keys().map(|script| reveal(script)).collect();
    let headers: Vec<String> = proposal.headers().iter().map(|header| reveal(header)).collect();
    for (what, list) in [
        ("environment", named),
        ("environment that changes what runs", variables(influential)),
        ("headers", headers),
        ("files of the project that it runs", scripts),
    ] {
        if !list.is_empty() {
            lines.push(format!("{what}: {}", list.join(", ")));
        }
    }
    let foreign = foreign_characters(&lines[1]);
    if !foreign.is_empty() {
        lines.push(format!("characters that are not ASCII: {}", foreign.join(", ")));
    }
    let length: usize = lines.iter().map(|line| line.chars().count()).sum();
    if length > LONG {
        lines.push(format!("This question has {length} characters: read it from its first line on."));
    }
    lines.join("\n  ")
}

fn short(name: &str) -> String {
    let shown = reveal(name);
    match shown.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}...", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

/// `NAME=value`, or the name alone of one whose value is a secret.
fn variables(variables: Vec<(&str, ShownValue<'_>)>) -> Vec<String> {
    let shown = |(name, value): (&str, ShownValue<'_>)| match value {
        ShownValue::Value(value) => format!("{}={}", reveal(name), reveal(&shell::quote(value))),
        ShownValue::Hidden => format!("{} (value not shown)", reveal(name)),
        ShownValue::NotSet => format!("{} (not set)", reveal(name)),
    };
    variables.into_iter().map(shown).collect()
}

/// The characters of `line` that may look like others, each once: `а (U+0430)`.
fn foreign_characters(line: &str) -> Vec<String> {
    let mut found: Vec<char> = line.chars().filter(|c| !c.is_ascii() && *c != '×').collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(20).map(|c| format!("{c} (U+{:04X})", u32::from(c))).collect()
}
