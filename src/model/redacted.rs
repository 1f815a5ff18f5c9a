//! Text whose secrets are redacted.

use std::fmt;
use std::ops::Deref;

/// A text in which each secret is replaced by `***`. It records whether it contains a secret, because `***` may also be
/// part of the original text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Redacted {
    /// The text without secrets.
    shown: String,
    /// True when a secret was replaced.
    hides_secret: bool,
}

impl Redacted {
    /// The replacement for a secret.
    pub(crate) const MARK: &'static str = "***";

    /// A single secret, displayed as `***`.
    pub(crate) fn secret() -> Self {
        Self { shown: Self::MARK.into(), hides_secret: true }
    }

    /// A text that is already redacted. `hides_secret` is true if it contained secrets.
    pub(crate) fn new(shown: String, hides_secret: bool) -> Self {
        Self { shown, hides_secret }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.shown
    }

    pub(crate) fn hides_secret(&self) -> bool {
        self.hides_secret
    }

    /// Appends `part`.
    pub(crate) fn push(&mut self, part: &Self) {
        self.push_str(&part.shown);
        self.hides_secret |= part.hides_secret;
    }

    /// Appends `text`, which must not contain a secret.
    pub(crate) fn push_str(&mut self, text: &str) {
        self.shown.push_str(text);
    }

    /// Applies `change` to the shown text.
    pub(crate) fn map(self, change: impl FnOnce(String) -> String) -> Self {
        Self { shown: change(self.shown), hides_secret: self.hides_secret }
    }
}

/// A text without secrets.
impl From<String> for Redacted {
    fn from(shown: String) -> Self {
        Self { shown, hides_secret: false }
    }
}

/// A text without secrets.
impl From<&str> for Redacted {
    fn from(shown: &str) -> Self {
        Self::from(shown.to_owned())
    }
}

impl From<Redacted> for String {
    fn from(text: Redacted) -> Self {
        text.shown
    }
}

impl Deref for Redacted {
    type Target = str;

    fn deref(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
