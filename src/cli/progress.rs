//! A sign of life on standard error while servers start: a line that is rewritten on a terminal, lines that stay with
//! `--verbose`, and nothing elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::CommonArgs;
use crate::source;
use crate::text::clean;

/// Most characters shown of what is being done, so that the line fits a terminal.
const MAX_MESSAGE: usize = 64;

/// The sign of life; gone when dropped.
#[derive(Debug)]
pub enum Progress {
    /// Nobody would see it.
    Nothing,
    /// A line for each thing done.
    Lines,
    /// One line that is rewritten.
    Spinner(ProgressBar),
}

impl Progress {
    /// As much as `common` asks for and standard error can show.
    pub fn start(common: &CommonArgs) -> Self {
        if common.verbose {
            return Self::Lines;
        }
        if common.quiet || !std::io::stderr().is_terminal() {
            return Self::Nothing;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self::Spinner(bar)
    }

    /// Shows what is being done about `target`.
    pub fn teller(&self, target: &str) -> Option<source::Progress> {
        let target = target.to_owned();
        let line = move |state: &str| clean::one_line(&format!("{state}: {target}"));
        match self {
            Self::Nothing => None,
            Self::Lines => Some(Arc::new(move |state| {
                let _ = writeln!(std::io::stderr(), "{}", line(state));
            })),
            Self::Spinner(bar) => {
                let bar = bar.clone();
                Some(Arc::new(move |state| bar.set_message(clean::excerpt(&line(state), MAX_MESSAGE))))
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Self::Spinner(bar) = self {
            bar.finish_and_clear();
        }
    }
}
