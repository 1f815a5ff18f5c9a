//! Progress on standard error while servers start: a line per server that is updated in place on a terminal, permanent
//! lines with `--verbose`, otherwise nothing.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::args::CommonArgs;
use crate::source;
use crate::text::clean;

/// Maximum length of a status text, in characters, so that the line fits a terminal.
const MAX_MESSAGE: usize = 64;

/// How progress is shown.
#[derive(Debug)]
pub(crate) enum Progress {
    /// Not at all.
    Silent(SilenceReason),
    /// One line per step.
    Lines,
    /// One line per target, updated in place.
    Spinners(MultiProgress),
}

/// Why no progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilenceReason {
    /// The user passed `--quiet`.
    Option,
    /// Standard error is a file or a pipe.
    NoTerminal,
}

impl Progress {
    /// The progress that `common` requests and standard error can show.
    pub(crate) fn start(common: &CommonArgs) -> Self {
        if common.verbose {
            return Self::Lines;
        }
        if common.quiet {
            return Self::Silent(SilenceReason::Option);
        }
        if common.plain || !std::io::stderr().is_terminal() {
            return Self::Silent(SilenceReason::NoTerminal);
        }
        Self::Spinners(MultiProgress::new())
    }

    /// A callback that shows warnings as permanent lines. `None` with `--quiet`.
    pub(crate) fn notices(&self) -> Option<source::Progress> {
        let lines = match self {
            Self::Silent(SilenceReason::Option) => return None,
            Self::Silent(SilenceReason::NoTerminal) | Self::Lines => None,
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

    /// A callback that shows the current step for `target`.
    pub(crate) fn for_target(&self, target: &str) -> Option<source::Progress> {
        let target = target.to_owned();
        let line = move |state: &str| clean::one_line(&format!("{state}: {target}"));
        match self {
            Self::Silent(_) => None,
            Self::Lines => Some(Arc::new(move |state| {
                let _ = writeln!(std::io::stderr(), "{}", line(state));
            })),
            Self::Spinners(lines) => {
                let own = TargetLine::new(lines);
                Some(Arc::new(move |state| own.0.set_message(clean::excerpt(&line(state), MAX_MESSAGE))))
            }
        }
    }
}

/// The line of one target. It is removed on drop.
struct TargetLine(ProgressBar);

impl TargetLine {
    fn new(lines: &MultiProgress) -> Self {
        let bar = lines.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for TargetLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
