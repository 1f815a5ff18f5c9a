//! Text that was written with secrets and is kept without them.

use std::fmt;
use std::ops::Deref;

/// A text with each secret replaced by `***`. It knows whether it hides one, whatever characters it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Redacted {
    /// The text without secrets.
    shown: String,
    /// True when a secret was replaced.
    hides_secret: bool,
}

impl Redacted {
    /// What stands in the place of a secret.
    pub(crate) const MARK: &'static str = "***";

    /// A secret; it is printed as `***`.
    pub(crate) fn secret() -> Self {
        Self { shown: Self::MARK.into(), hides_secret: true }
    }

    /// `shown`, from which secrets were taken if `hides_secret`.
    pub(crate) fn new(shown: String, hides_secret: bool) -> Self {
        Self { shown, hides_secret }
    }

    /// The text without secrets.
    pub(crate) fn as_str(&self) -> &str {
        &self.shown
    }

    /// True when a secret was replaced.
    pub(crate) fn hides_secret(&self) -> bool {
        self.hides_secret
    }

    /// Adds `part` at the end.
    pub(crate) fn push(&mut self, part: &Self) {
        self.push_str(&part.shown);
        self.hides_secret |= part.hides_secret;
    }

    /// Adds `text`, which holds no secret, at the end.
    pub(crate) fn push_str(&mut self, text: &str) {
        self.shown.push_str(text);
    }

    /// The same secret in the text that `change` makes of what is shown.
    pub(crate) fn map(self, change: impl FnOnce(String) -> String) -> Self {
        Self { shown: change(self.shown), hides_secret: self.hides_secret }
    }
}

/// A text that holds no secret.
impl From<String> for Redacted {
    fn from(shown: String) -> Self {
        Self { shown, hides_secret: false }
    }
}

/// A text that holds no secret.
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
