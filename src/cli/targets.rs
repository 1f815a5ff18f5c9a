//! The targets of a run: the words of the command line, then the lines of the `--targets` file, numbered, and of these
//! the `--shard` of this run.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::args::FleetArgs;
use super::error::{UsageCause, UsageError};
use crate::source::{SourceError, Target, TargetCause};

/// Maximum size of a target file, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// One requested target.
#[derive(Debug, Clone)]
pub(crate) struct RequestedTarget {
    /// Its position among all requested targets, from 1. Does not depend on the shard.
    pub(crate) number: usize,
    /// The target, or why the words are not valid.
    pub(crate) target: Result<Target, SourceError>,
}

impl RequestedTarget {
    /// The target for display, without secrets.
    pub(crate) fn display(&self) -> String {
        match &self.target {
            Ok(target) => target.display(),
            Err(error) => error.target.clone(),
        }
    }
}

/// The targets in `words`. With `forced` the words are one command.
pub(crate) fn of_words(words: &[String], forced: bool) -> Vec<RequestedTarget> {
    numbered(parsed(words, forced))
}

/// The targets in `words` and in the target file, limited to the requested shard.
pub(crate) fn of_fleet(words: &[String], forced: bool, args: &FleetArgs) -> Result<Vec<RequestedTarget>, UsageError> {
    let mut all = parsed(words, forced);
    if let Some(file) = &args.targets_file {
        let error = |cause: UsageCause| UsageError::new(file.display().to_string(), cause);
        let text = text(file).map_err(error)?;
        all.extend(lines(&text));
        if all.is_empty() {
            return Err(error(UsageCause::NoTargets));
        }
        if file == Path::new("-") && all.iter().any(|target| matches!(target, Ok(Target::Stdin))) {
            return Err(error(UsageCause::StdinTwice));
        }
    }
    let ours = |requested: &RequestedTarget| args.shard.is_none_or(|shard| shard.has(requested.number));
    Ok(numbered(all).into_iter().filter(ours).collect())
}

/// Refuses headers for addresses of several origins: a credential is for one.
pub(crate) fn refuse_shared_headers(
    requested: &[RequestedTarget],
    headers: &[(String, String)],
) -> Result<(), UsageError> {
    let origin = |requested: &RequestedTarget| match &requested.target {
        Ok(Target::Url(url)) => Some(url.origin().ascii_serialization()),
        Ok(_) | Err(_) => None,
    };
    let origins: BTreeSet<String> = requested.iter().filter_map(origin).collect();
    match headers.first() {
        Some((name, _)) if origins.len() > 1 => {
            let origins = origins.into_iter().collect();
            Err(UsageError::new(format!("--header {name}"), UsageCause::SharedHeader { origins }))
        }
        Some(_) | None => Ok(()),
    }
}

fn parsed(words: &[String], forced: bool) -> Vec<Result<Target, SourceError>> {
    if words.is_empty() { Vec::new() } else { Target::parse(words, forced) }
}

/// Numbers the targets.
pub(crate) fn numbered(targets: impl IntoIterator<Item = Result<Target, SourceError>>) -> Vec<RequestedTarget> {
    targets.into_iter().zip(1..).map(|(target, number)| RequestedTarget { number, target }).collect()
}

fn text(file: &Path) -> Result<String, UsageCause> {
    let mut text = String::new();
    let read = match file == Path::new("-") {
        true => io::stdin().take(MAX_FILE + 1).read_to_string(&mut text),
        false => File::open(file).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text)),
    };
    match read {
        Ok(size) if size as u64 > MAX_FILE => Err(UsageCause::TargetsTooLarge { mib: MAX_FILE >> 20 }),
        Ok(_) => Ok(text),
        Err(cause) => Err(UsageCause::Targets(cause)),
    }
}

/// One target per line, without blank lines and comments. A line with no valid target, or with several, is an error of
/// its own.
fn lines(text: &str) -> Vec<Result<Target, SourceError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().zip(1..).filter_map(|(line, number)| of_line(line, number)).collect()
}

fn of_line(line: &str, number: usize) -> Option<Result<Target, SourceError>> {
    // Do not quote the line, which may contain a secret.
    let error = |cause: TargetCause| SourceError::new(format!("line {number} of the file of targets"), cause);
    let Some(mut words) = shlex::split(line) else {
        return Some(Err(error(TargetCause::UnclosedQuote)));
    };
    let forced = words.first().is_some_and(|word| word == "--");
    if forced {
        words.remove(0);
    }
    let mut targets = parsed(&words, forced);
    match targets.len() {
        0 if forced => Some(Err(error(TargetCause::NoCommandOnLine))),
        0 => None,
        1 => targets.pop(),
        _ => Some(Err(error(TargetCause::SeveralOnLine))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::values::shard;

    #[test]
    fn a_line_is_a_target_and_its_own_error() {
        let text = "\u{feff}# a fleet\n\nhttps://a.example/mcp # the first\nsh -c 'echo \"a b\"'\n-- sh\nsh 'open\nhttps://a.example https://b.example\n--\nno-such-program-here\r\n";
        let read: Vec<String> = lines(text)
            .iter()
            .map(|line| match line {
                Ok(target) => target.display(),
                Err(error) => {
                    format!("{}: {}", error.target, error.cause.to_string().split(" (").next().unwrap())
                }
            })
            .collect();
        let line = |number: usize, why: &str| format!("line {number} of the file of targets: {why}");
        assert_eq!(
            read,
            [
                "https://a.example/mcp".to_owned(),
                "sh -c 'echo \"a b\"'".into(),
                "sh".into(),
                line(6, "a quote is not closed"),
                line(7, "it names several targets"),
                line(8, "no command follows `--`"),
                "no-such-program-here: no program of this name was found on the PATH".into(),
            ]
        );
    }

    #[test]
    fn every_target_is_in_exactly_one_share() {
        let words: Vec<String> = (0..10).map(|i| format!("https://{i}.example")).collect();
        let share = |shard| {
            let args = FleetArgs { targets_file: None, shard, resume: None };
            of_fleet(&words, false, &args).unwrap().iter().map(|requested| requested.number).collect::<Vec<_>>()
        };
        let mut joined = (1..=3).flat_map(|i| share(Some(shard(&format!("{i}/3")).unwrap()))).collect::<Vec<_>>();
        assert_eq!(share(Some(shard("2/3").unwrap())), [2, 5, 8]);
        joined.sort_unstable();
        assert_eq!(joined, share(None));
    }
}
