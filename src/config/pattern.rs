//! A pattern for names: `*` and `?` as in a shell, `{a,b}` for either, matching the whole name.

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Deserializer};

/// Longest pattern, in bytes; the names that it is for have a few dozen.
const MAX_LENGTH: usize = 1_000;
/// How deep braces may stand in braces: the compiler of patterns gives up on more, and cannot say so.
const MAX_DEPTH: usize = 8;

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("not a pattern: it is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Its braces are nested too deeply.
    #[error("not a pattern: more than {MAX_DEPTH} braces stand in one another")]
    TooDeep,
    /// The library refuses it.
    #[error("not a pattern: {0}")]
    Syntax(#[from] globset::Error),
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// Compiles `text`; a `*` takes a `/` too, for servers are named `@scope/package`. Case does not count.
    pub(crate) fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > MAX_LENGTH {
            return Err(PatternError::TooLong);
        }
        if depth(text) > MAX_DEPTH {
            return Err(PatternError::TooDeep);
        }
        let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(false).build();
        Ok(Self(glob?.compile_matcher()))
    }

    /// True when it fits the whole of `name`.
    pub(crate) fn fits(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// As it is written.
    pub(crate) fn text(&self) -> &str {
        self.0.glob().glob()
    }
}

/// How deep braces stand in braces at most.
fn depth(text: &str) -> usize {
    let mut depth = 0_usize;
    let depths = text.bytes().map(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth
    });
    depths.max().unwrap_or(0)
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
        let nested = |depth| format!("{}a{}", "{".repeat(depth), "}".repeat(depth));
        assert!(Pattern::new(&nested(MAX_DEPTH)).unwrap().fits("a"));
        for depth in [MAX_DEPTH + 1, 150, 400] {
            assert!(Pattern::new(&nested(depth)).unwrap_err().to_string().contains("braces"));
        }
        assert!(Pattern::new(&"a".repeat(2_000)).unwrap_err().to_string().contains("longer than"));
        assert!(Pattern::new("{a").is_err() && Pattern::new("[").is_err());
    }
}
