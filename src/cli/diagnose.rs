//! Writes messages to standard error. All errors have the same format: what failed, on what, why, what to try.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use super::args::CommonArgs;
use super::error::CliError;
use super::exit::Exit;
use crate::model::ReportedError;
use crate::source::secret::hide_issued;
use crate::text::clean;
use crate::text::log::without_commands;
use crate::text::reveal::reveal;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default();

/// Maximum length of a target in a message, in characters.
const MAX_TARGET: usize = 200;

/// Which messages to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    /// Errors only.
    pub(crate) quiet: bool,
    /// Details too.
    pub(crate) verbose: bool,
}

impl From<&CommonArgs> for Messages {
    fn from(common: &CommonArgs) -> Self {
        Self { quiet: common.quiet, verbose: common.verbose }
    }
}

impl Messages {
    /// Writes the error that ends the run and returns its exit code.
    pub(crate) fn end(self, error: &CliError) -> Exit {
        match error {
            CliError::Interrupted { .. } => self.failure(&error.to_string()),
            // The user quit, so no message is needed.
            CliError::Quit => {}
            error => self.error(error),
        }
        exit(error)
    }

    /// Writes an error.
    pub(crate) fn error(self, error: impl Into<ReportedError>) {
        write_line(&shaped(&error.into()));
    }

    /// Writes an error on one line.
    pub(crate) fn failure(self, text: &str) {
        write_line(&format!("{ERROR}error:{ERROR:#} {}", clean::one_line(text)));
    }

    /// Writes a warning about a result that is still returned.
    pub(crate) fn warning(self, text: &str) {
        if !self.quiet {
            write_line(&format!("{WARNING}warning:{WARNING:#} {}", clean::one_line(text)));
        }
    }

    /// Writes a line that the user must see to go on.
    pub(crate) fn always(self, text: &str) {
        write_line(&clean::one_line(text));
    }

    /// Writes a detail, with `--verbose` only.
    pub(crate) fn detail(self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Writes a line of a file after `mark`, with its indentation. Invisible characters are shown; several spaces in a row
    /// become one.
    pub(crate) fn quoted_line(self, mark: &str, line: &str) {
        if !self.quiet {
            let text = line.trim_start_matches([' ', '\t']);
            let indent: usize = line[..line.len() - text.len()].chars().map(|c| if c == '\t' { 2 } else { 1 }).sum();
            let words: Vec<String> = text.split(' ').map(reveal).collect();
            write_line(&format!("  {mark} {:indent$}{}", "", clean::one_line(&words.join(" "))));
        }
    }

    /// Writes what was done.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            write_line(&clean::one_line(text));
        }
    }
}

impl From<&CliError> for ReportedError {
    fn from(error: &CliError) -> Self {
        match error {
            CliError::Source(error) => error.into(),
            CliError::Config(error) => error.into(),
            CliError::Rules(error) => error.into(),
            CliError::Lock(error) => error.into(),
            CliError::Baseline(error) => error.into(),
            CliError::Policy(error) => error.into(),
            CliError::Add(error) => error.into(),
            CliError::Login(error) => error.into(),
            CliError::Remove(error) => error.into(),
            CliError::Install(error) => error.into(),
            CliError::Guard(error) => error.into(),
            CliError::Site(error) => error.into(),
            CliError::Output(error) => error.into(),
            CliError::Usage(error) => error.into(),
            CliError::Internal(error) => error.into(),
            CliError::Interrupted { .. } | CliError::Quit => Self {
                target: "this run".into(),
                what: "could not read all targets".into(),
                why: error.to_string(),
                hint: None,
                left_unread: None,
            },
        }
    }
}

/// The exit code for a run that ends with `error`.
fn exit(error: &CliError) -> Exit {
    match error {
        CliError::Source(_)
        | CliError::Config(_)
        | CliError::Rules(_)
        | CliError::Lock(_)
        | CliError::Baseline(_)
        | CliError::Policy(_)
        | CliError::Add(_)
        | CliError::Login(_)
        | CliError::Remove(_)
        | CliError::Install(_)
        | CliError::Guard(_)
        | CliError::Site(_)
        | CliError::Output(_)
        | CliError::Usage(_) => Exit::Usage,
        CliError::Internal(_) => Exit::Internal,
        CliError::Interrupted { .. } | CliError::Quit => Exit::Interrupted,
    }
}

/// Prints a message without tokens of known issuers. A closed standard error is ignored.
fn write_line(text: &str) {
    let hidden = hide_issued(text);
    let _ = writeln!(anstream::stderr(), "{}", hidden.as_deref().unwrap_or(text));
}

fn shaped(error: &ReportedError) -> String {
    let what = clean::one_line(&error.what);
    let mut text = format!("{ERROR}error:{ERROR:#} {what}: {}", clean::excerpt(&error.target, MAX_TARGET));
    // The cause may contain several lines of a server's standard error.
    for line in clean::clean(&error.why).lines().filter(|line| !line.trim().is_empty()) {
        let _ = write!(text, "\n  {}", without_commands(line.trim_end()));
    }
    if let Some(hint) = &error.hint {
        let _ = write!(text, "\n{HELP}help:{HELP:#} {}", clean::one_line(hint));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_one_shape_and_cannot_act_on_the_terminal() {
        let error = ReportedError {
            target: "npx -y \u{1b}[2Jpkg".into(),
            what: "could not start the server".into(),
            why: "it exited with code 1:\n\n\u{1b}[31mError: API_KEY\u{202e} is required\n".into(),
            hint: Some("set it: --env\nAPI_KEY=...".into()),
            left_unread: None,
        };
        assert_eq!(
            anstream::adapter::strip_str(&shaped(&error)).to_string(),
            "error: could not start the server: npx -y pkg\n  it exited with code 1:\n  Error: API_KEY is required\n\
             help: set it: --env API_KEY=..."
        );
    }
}
