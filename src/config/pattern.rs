//! A pattern for names: `*` and `?` as in a shell, `{a,b}` for either, matching the whole name.

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Deserializer};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// Compiles `text`; a `*` takes a `/` too, for servers are named `@scope/package`. Case does not count.
    pub fn new(text: &str) -> Result<Self, String> {
        let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(false).build();
        glob.map(|glob| Self(glob.compile_matcher())).map_err(|e| format!("not a pattern: {e}"))
    }

    /// True when it fits the whole of `name`.
    pub fn fits(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        self.0.glob().glob()
    }
}

impl Default for Pattern {
    fn default() -> Self {
        Self::new("*").expect("a star is a pattern")
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_whole_names() {
        for (pattern, name, fits) in [
            ("*", "@scope/pkg", true),
            ("@scope/*", "@scope/pkg", true),
            ("delete_*", "delete_user", true),
            ("delete_*", "undelete_user", false),
            ("{get,list}_?", "list_a", true),
            ("GitHub", "github", true),
            ("a.b", "axb", false),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().fits(name), fits, "{pattern} {name}");
        }
        assert!(Pattern::new("{a").is_err() && Pattern::new("[").is_err());
    }
}
