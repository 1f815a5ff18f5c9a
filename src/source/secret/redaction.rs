//! A text whose secrets are being removed.

use std::ops::Range;

use regex::{Captures, Regex};

use super::names::HIDDEN;

/// A text with its secrets removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    /// The text, with [`HIDDEN`] in place of each secret.
    pub shown: String,
    /// The removed secrets.
    pub hidden: Vec<String>,
}

impl Redaction {
    pub(super) fn new(text: &str) -> Self {
        Self { shown: text.to_owned(), hidden: Vec::new() }
    }

    pub(super) fn whole(text: &str) -> Self {
        Self { shown: HIDDEN.to_owned(), hidden: vec![text.to_owned()] }
    }

    /// Replaces every match by the result of `write`, which adds what it redacts to the list.
    pub(super) fn replace(
        &mut self,
        pattern: &Regex,
        mut write: impl FnMut(&Captures<'_>, &mut Vec<String>) -> String,
    ) {
        let hidden = &mut self.hidden;
        self.shown = pattern.replace_all(&self.shown, |found: &Captures<'_>| write(found, hidden)).into_owned();
    }

    pub(super) fn hide_spans(&mut self, spans: Vec<Range<usize>>) {
        let mut shown = String::new();
        let mut end = 0;
        for span in spans {
            let Some(token) = self.shown.get(span.clone()) else { continue };
            shown.push_str(self.shown.get(end..span.start).unwrap_or_default());
            shown.push_str(HIDDEN);
            self.hidden.push(token.to_owned());
            end = span.end;
        }
        if end > 0 {
            shown.push_str(self.shown.get(end..).unwrap_or_default());
            self.shown = shown;
        }
    }
}
