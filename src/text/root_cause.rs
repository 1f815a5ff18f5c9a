//! Errors that wrap each other.

use std::error::Error;
use std::io;

use super::clean;
use super::os_error::in_words;

/// The longest text, in characters.
const MAX_TEXT: usize = 200;

/// The innermost cause, such as "nothing listens there (connection refused)".
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let why = cause.downcast_ref::<io::Error>().map_or_else(|| cause.to_string(), in_words);
    clean::excerpt(&why, MAX_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Inner;

    #[derive(Debug, thiserror::Error)]
    #[error("the request failed")]
    struct Outer(#[source] Inner);

    #[test]
    fn the_innermost_cause_is_named() {
        assert_eq!(root_cause(&Outer(Inner)), "refused");
        assert_eq!(root_cause(&Inner), "refused");
    }
}
