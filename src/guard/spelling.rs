//! Spellings that another program may take for the same name.

use crate::text::fold::fold;

/// `name` without outer white space, control and invisible characters and differences of case, with Latin letters for those
/// that look like them. Some parsers match keys and methods without case, and some of these also match the long s and the Kelvin
/// sign.
pub(super) fn folded(name: &str) -> String {
    // The long s looks like an f.
    let name = name.trim().replace('\u{17f}', "s");
    fold(&name).chars().filter(|c| !c.is_control()).flat_map(char::to_lowercase).collect()
}

/// True if `name` is not `known` but may be taken for it.
pub(super) fn resembles(name: &str, known: &str) -> bool {
    name != known && folded(name) == folded(known)
}

/// True if the method `name` is not `known` but may be taken for it, also by a program that divides it otherwise:
/// `/tools/call`, `tools.call`, `toolsCall`.
pub(super) fn is_like_method(name: &str, known: &str) -> bool {
    let letters = |name: &str| folded(name).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    name != known && letters(name) == letters(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_cases_resemble_and_the_name_itself_does_not() {
        for name in ["Method", "METHOD", " method", "method\t"] {
            assert!(resembles(name, "method"), "{name}");
        }
        assert!(resembles("param\u{17f}", "params") && resembles("\u{212a}ey", "key"));
        assert!(
            resembles("p\u{430}rams", "params") && resembles("me\u{200b}thod", "method"),
            "a Cyrillic letter, and none"
        );
        assert!(resembles("delete\0", "delete") && resembles("\u{1b}delete", "delete"), "control characters");
        assert!(!resembles("method", "method") && !resembles("methods", "method"));
    }

    #[test]
    fn methods_that_are_divided_otherwise_are_alike() {
        for name in ["/tools/call", "tools//call", "tools.call", "toolsCall", "tools\u{2215}call", "tools/call\0"] {
            assert!(is_like_method(name, "tools/call"), "{name}");
        }
        for name in ["tools/call", "tools/calls", "tools/list", "call/tools"] {
            assert!(!is_like_method(name, "tools/call"), "{name}");
        }
    }
}
