//! Text for logs that a CI system reads: no part of it is executed as a command of that system.
//!
//! GitHub Actions acts on lines that begin with `::error ...::` and on `##[error]` anywhere, Azure Pipelines on
//! `##vso[...]`, TeamCity on `##teamcity[...]`, GitLab and Travis on section marks, Buildkite on lines that begin with
//! `---`, `+++` or `~~~`. A long text may be wrapped anywhere, so commands are broken at any position in a line.

use std::borrow::Cow;

/// The workflow commands of GitHub Actions.
const GITHUB: [&str; 17] = [
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "echo",
    "add-mask",
    "set-output",
    "save-state",
    "set-env",
    "add-path",
    "add-matcher",
    "remove-matcher",
    "stop-commands",
    "internal-set-repo-path",
    "set-input",
];
/// Prefixes that begin a command anywhere in a line, and the offset at which a backslash breaks them.
const ANYWHERE: [(&str, usize); 7] = [
    ("##[", 1),
    ("##vso[", 1),
    ("##teamcity[", 1),
    ("section_start:", 7),
    ("section_end:", 7),
    ("travis_fold:", 6),
    ("travis_time:", 6),
];
/// Words that open or close a group of lines in Buildkite.
const BUILDKITE: [&str; 4] = ["---", "+++", "~~~", "^^^"];

/// `line` with a backslash inserted into every CI command.
pub(crate) fn without_commands(line: &str) -> Cow<'_, str> {
    if !may_have_command(line.as_bytes()) {
        return Cow::Borrowed(line);
    }
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(next) = line.as_bytes().get(at..).and_then(|rest| rest.iter().position(|byte| begins_command(*byte)))
    {
        at += next;
        let rest = line.get(at..).unwrap_or_default();
        let is_start = line.get(..at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace));
        if let Some(split) = break_point(rest, is_start) {
            out.push_str(line.get(copied..at + split).unwrap_or_default());
            out.push('\\');
            copied = at + split;
            at = copied.max(at + 1);
        } else {
            at += 1;
        }
    }
    if out.is_empty() {
        return Cow::Borrowed(line);
    }
    out.push_str(line.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// False if `line` surely has no command: each has a colon, a number sign, or three equal marks.
fn may_have_command(line: &[u8]) -> bool {
    let (mut before, mut previous) = (0, 0);
    line.iter().any(|&byte| {
        let is_mark = matches!(byte, b'-' | b'+' | b'~' | b'^') && byte == previous && byte == before;
        (before, previous) = (previous, byte);
        is_mark || matches!(byte, b':' | b'#')
    })
}

/// True for the bytes with which a command can begin, as [`break_point`] knows them.
fn begins_command(byte: u8) -> bool {
    matches!(byte, b':' | b'#' | b's' | b'S' | b't' | b'T' | b'-' | b'+' | b'~' | b'^')
}

/// The offset at which to break the command at the start of `rest`, if there is one; `is_start`: a word begins there.
fn break_point(rest: &str, is_start: bool) -> Option<usize> {
    let first = rest.as_bytes().first()?;
    match first {
        b':' => is_github(rest).then_some(1),
        b'#' | b's' | b'S' | b't' | b'T' => {
            let begins = |mark: &str| rest.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
            ANYWHERE.iter().find(|(mark, _)| begins(mark)).map(|(_, split)| *split)
        }
        b'-' | b'+' | b'~' | b'^' if is_start => {
            let word = rest.split(char::is_whitespace).next().unwrap_or_default();
            BUILDKITE.contains(&word).then_some(1)
        }
        _ => None,
    }
}

/// True for `::name` followed by more colons, as in every GitHub command.
fn is_github(rest: &str) -> bool {
    let Some(command) = rest.strip_prefix("::") else { return false };
    let name = command.split([':', ' ']).next().unwrap_or_default();
    let behind = command.get(name.len()..).unwrap_or_default();
    GITHUB.iter().any(|known| known.eq_ignore_ascii_case(name)) && behind.contains("::")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_are_broken_wherever_they_stand() {
        for (text, shown) in [
            ("::error::x", ":\\:error::x"),
            ("a b::Warning file=x,line=1::b", "a b:\\:Warning file=x,line=1::b"),
            ("::stop-commands::t ::add-mask::y", ":\\:stop-commands::t :\\:add-mask::y"),
            ("x##vso[task.setvariable variable=p]y", "x#\\#vso[task.setvariable variable=p]y"),
            ("###[group]a", "##\\#[group]a"),
            ("section_start:1:a\r", "section\\_start:1:a\r"),
            ("--- Build", "-\\-- Build"),
            ("see +++", "see +\\++"),
        ] {
            assert_eq!(without_commands(text), shown);
        }
    }

    #[test]
    fn other_text_stays() {
        for text in
            ["std::vector", "log::error", "a ::error", "# Heading", "##", "--dry-run", "a---b", "x -- y", "ä::ö"]
        {
            assert!(matches!(without_commands(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_broken_twice(text in "[:#a-e\\[ \\-é]{0,30}(::error::|##vso\\[|--- ){0,3}[: #é]{0,5}") {
            let once = without_commands(&text).into_owned();
            prop_assert_eq!(&without_commands(&once), &once);
            prop_assert_eq!(once.replace('\\', ""), text);
        }
    }
}
