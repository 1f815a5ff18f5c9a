//! Errors that wrap each other.

use std::error::Error;

use super::clean;

/// The longest text, in characters.
const MAX_TEXT: usize = 200;

/// The innermost cause, such as "Connection refused (os error 111)".
pub(crate) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    clean::excerpt(&cause.to_string(), MAX_TEXT)
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
