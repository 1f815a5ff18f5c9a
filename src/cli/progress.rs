//! A sign of life on standard error while servers start: a line for each server that is rewritten on a terminal, lines
//! that stay with `--verbose`, and nothing elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::args::CommonArgs;
use crate::source;
use crate::text::clean;

/// Most characters shown of what is being done, so that the line fits a terminal.
const MAX_MESSAGE: usize = 64;

/// The sign of life.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Nobody would see it.
    Nothing(Quiet),
    /// A line for each thing done.
    Lines,
    /// A line for each target that is being read, rewritten.
    Spinners(MultiProgress),
}

/// Why there is no sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// The user wants none.
    RequestedTarget,
    /// Standard error is a file or a pipe.
    NoTerminal,
}

impl Progress {
    /// As much as `common` asks for and standard error can show.
    pub(crate) fn start(common: &CommonArgs) -> Self {
        if common.verbose {
            return Self::Lines;
        }
        if common.quiet {
            return Self::Nothing(Quiet::RequestedTarget);
        }
        if common.plain || !std::io::stderr().is_terminal() {
            return Self::Nothing(Quiet::NoTerminal);
        }
        Self::Spinners(MultiProgress::new())
    }

    /// Shows what a person must know, in a line that stays.
    pub(crate) fn notices(&self) -> Option<source::Progress> {
        let lines = match self {
            Self::Nothing(Quiet::RequestedTarget) => return None,
            Self::Nothing(Quiet::NoTerminal) | Self::Lines => None,
            Self::Spinners(lines) => Some(lines.clone()),
        };
        Some(Arc::new(move |text| {
            let print = || {
                let _ = writeln!(std::io::stderr(), "warning: {}", clean::one_line(text));
            };
            match &lines {
                Some(lines) => lines.suspend(print),
                None => print(),
            }
        }))
    }

    /// Shows what is being done about `target`.
    pub(crate) fn teller(&self, target: &str) -> Option<source::Progress> {
        let target = target.to_owned();
        let line = move |state: &str| clean::one_line(&format!("{state}: {target}"));
        match self {
            Self::Nothing(_) => None,
            Self::Lines => Some(Arc::new(move |state| {
                let _ = writeln!(std::io::stderr(), "{}", line(state));
            })),
            Self::Spinners(lines) => {
                let own = Line::new(lines);
                Some(Arc::new(move |state| own.0.set_message(clean::excerpt(&line(state), MAX_MESSAGE))))
            }
        }
    }
}

/// The line of one target; gone when dropped.
struct Line(ProgressBar);

impl Line {
    fn new(lines: &MultiProgress) -> Self {
        let bar = lines.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
