//! The question before a configured server is started or connected to. It shows exactly what would happen.

use crate::model::Origin;
use crate::source::client::{Proposal, ShownValue, UncheckedFiles, changes_what_runs};
use crate::text::reveal::reveal;
use crate::text::{prose, shell};

/// Maximum length of a name from a configuration, in characters.
const MAX_NAME: usize = 100;
/// A longer question states its length, in characters, so that its end is not mistaken for the whole.
const LONG: usize = 1_000;
/// Half of how much of a command is repeated at the end of a long question, in characters.
const HALF_SCREEN: usize = 2_000;

/// What the server gets in addition to its configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Additions {
    /// The names of variables that the command line sets for every server.
    pub(crate) by_command_line: Vec<String>,
    /// The names of variables that `mcp-scan.yaml` sets for this server.
    pub(crate) by_configuration: Vec<String>,
    /// Whether it gets our whole environment.
    pub(crate) inherits: bool,
}

/// What becomes of a yes in the file of agreements.
#[derive(Debug)]
pub(crate) enum Recording {
    /// There is no such file.
    None,
    /// It is recorded with so many files of the project.
    Files(usize),
    /// The file has an agreement to something else.
    Changed { file: String, changes: String },
    /// It is not recorded.
    Unchecked(UncheckedFiles),
}

/// The question about the server at `origin`.
pub(crate) fn question(origin: &Origin, proposal: &Proposal, additions: &Additions, recording: &Recording) -> String {
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
    let headers: Vec<String> = proposal.headers().iter().map(|header| reveal(header)).collect();
    for (what, list) in
        [("environment", named), ("environment that changes what runs", variables(influential)), ("headers", headers)]
    {
        if !list.is_empty() {
            lines.push(format!("{what}: {}", list.join(", ")));
        }
    }
    let foreign = foreign_characters(&lines[1]);
    if !foreign.is_empty() {
        lines.push(format!("characters that are not ASCII: {}", foreign.join(", ")));
    }
    if proposal.uses_home() {
        lines.push(
            "with your home: of the settings there an agreement covers the usual ones of shells, git and package managers"
                .into(),
        );
    }
    match recording {
        Recording::None => {}
        Recording::Files(0) if !proposal.starts() => {}
        Recording::Files(0) => lines.push("an agreement covers no file, only the command and its variables".into()),
        Recording::Files(count) => {
            let but = if proposal.root().join(".git").exists() { "; git's messages do not count" } else { "" };
            lines.push(format!("an agreement holds until a file changes: {}{but}", prose::count(*count, "file")));
        }
        Recording::Changed { file, changes } => {
            lines.push(format!("it is not what was agreed to in {}:", reveal(file)));
            lines.extend(changes.lines().map(|line| format!("  {line}")));
        }
        Recording::Unchecked(cause) => {
            lines.push(format!("an agreement is not recorded: {}", reveal(&cause.to_string())));
        }
    }
    let length: usize = lines.iter().map(|line| line.chars().count()).sum();
    if length > LONG {
        lines.push(format!("This question has {length} characters: read it from its first line on."));
        let again = lines.get(1).map(|command| format!("Again, it would {what}: {}", both_ends(command)));
        lines.extend(again);
    }
    lines.join("\n  ")
}

/// `command`, or its start and its end if it is too long to stand on one screen.
fn both_ends(command: &str) -> String {
    let place = |number: usize| command.char_indices().nth(number).map_or(command.len(), |(at, _)| at);
    let length = command.chars().count();
    match length.checked_sub(2 * HALF_SCREEN).filter(|left_out| *left_out > 0) {
        Some(left_out) => {
            let (start, end) = (&command[..place(HALF_SCREEN)], &command[place(length - HALF_SCREEN)..]);
            format!("{start} [... {left_out} characters that stand above ...] {end}")
        }
        None => command.to_owned(),
    }
}

fn short(name: &str) -> String {
    let shown = reveal(name);
    match shown.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}...", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

/// `NAME=value` for each variable, or only the name if its value is a secret.
fn variables(variables: Vec<(&str, ShownValue<'_>)>) -> Vec<String> {
    let shown = |(name, value): (&str, ShownValue<'_>)| match value {
        ShownValue::Value(value) => format!("{}={}", reveal(name), reveal(&shell::quote(value))),
        ShownValue::Hidden => format!("{} (value not shown)", reveal(name)),
        ShownValue::NotSet => format!("{} (not set)", reveal(name)),
    };
    variables.into_iter().map(shown).collect()
}

/// The non-ASCII characters of `line`, which may look like others: `а (U+0430)`.
fn foreign_characters(line: &str) -> Vec<String> {
    let mut found: Vec<char> = line.chars().filter(|c| !c.is_ascii() && *c != '×').collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(20).map(|c| format!("{c} (U+{:04X})", u32::from(c))).collect()
}
