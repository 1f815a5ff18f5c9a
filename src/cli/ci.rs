//! Whether a CI system runs the program.

use std::ffi::OsStr;

/// True in a CI system, which sets `CI`.
pub(super) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| is_set(&value))
}

/// False for the values by which people say that it is none.
fn is_set(value: &OsStr) -> bool {
    !["", "0", "false"].iter().any(|unset| value.eq_ignore_ascii_case(unset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_the_variable_decides() {
        assert!(["true", "1", "yes"].iter().all(|value| is_set(value.as_ref())));
        assert!(!["", "0", "false", "False"].iter().any(|value| is_set(value.as_ref())));
    }
}
