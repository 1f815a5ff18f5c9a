//! A sign of life on standard error while servers start: only on a terminal, and gone when they have answered.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::text::clean;

/// The sign of life; gone when dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Shows that `targets` are being read, if anyone would see it.
    pub fn start(targets: &[String], wanted: bool) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(message(targets));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// `Reading https://host/mcp`, `Reading 3 targets`.
fn message(targets: &[String]) -> String {
    match targets {
        [one] => format!("Reading {}", clean::excerpt(one, 60)),
        several => format!("Reading {}", crate::text::prose::count(several.len(), "target")),
    }
}
