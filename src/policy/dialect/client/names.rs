//! Which names of servers and tools the settings of a client can hold.

use crate::text::clean::is_unsafe;

/// The names of servers that a client's settings can tell from all others.
pub struct ServerNames {
    /// Whether a server of that name can be addressed.
    pub can: fn(&str) -> bool,
    /// What such a name is made of: "only ASCII letters, digits, - and _".
    pub rule: &'static str,
}

/// Names that stand between the underscores of `mcp__SERVER__TOOL`.
pub(crate) const BETWEEN_UNDERSCORES: ServerNames = ServerNames {
    can: |server| is_word(server) && !server.contains("__") && !server.ends_with('_'),
    rule: "only ASCII letters, digits, - and _, without __ and with no _ at the end",
};

/// Names that the client takes for its own servers.
pub(crate) const WORDS: ServerNames = ServerNames { can: is_word, rule: "only ASCII letters, digits, - and _" };

/// Names that stand before the colon, in a list where some characters make a pattern.
pub(crate) const BEFORE_COLON: ServerNames =
    ServerNames { can: is_plain, rule: "only ASCII letters, digits and the characters - _ . and /" };

/// Names that stand before the slash.
pub(crate) const BEFORE_SLASH: ServerNames = ServerNames {
    can: |server| is_plain(server) && !server.contains('/'),
    rule: "only ASCII letters, digits and the characters - _ and .",
};

/// Names that stand between two colons, where nothing makes a pattern.
pub(crate) const BETWEEN_COLONS: ServerNames =
    ServerNames { can: |server| is_key(server) && !server.contains(':'), rule: "any visible characters but :" };

/// Names that are keys of a JSON object, as the client's own list of servers has them.
pub(crate) const KEYS: ServerNames = ServerNames { can: is_key, rule: "visible characters, and not __proto__" };

/// A name that no settings take for a pattern or for a list of arguments: the characters that the protocol recommends.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
}

/// A name that every client leaves as it is: by what third parties say, some turn every other character into `_`.
pub(crate) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

/// A name that is written as it is.
pub(crate) fn as_is(name: &str) -> String {
    name.to_owned()
}

/// The name with `_` for every character but ASCII letters, digits, `_` and `-`.
pub(crate) fn folded(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect()
}

/// The name with `_` for every dot.
pub(crate) fn without_dots(name: &str) -> String {
    name.replace('.', "_")
}

/// Any name that stays one when it is folded.
pub(crate) fn is_some(tool: &str) -> bool {
    !tool.is_empty()
}

/// Any name but the one that means every tool.
pub(crate) fn is_no_wildcard(tool: &str) -> bool {
    tool != "*"
}

/// A name with nothing invisible in it: TOML's library may put a text between single quotes, where nothing can be escaped.
pub(crate) fn is_visible(tool: &str) -> bool {
    tool != "*" && !tool.contains(is_unsafe)
}

/// A key that stays one in the objects of JavaScript.
fn is_key(name: &str) -> bool {
    !name.trim().is_empty() && name != "__proto__" && !name.contains(|c: char| c.is_control() || is_unsafe(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_addressed_only_by_a_name_that_means_no_other() {
        let long = "x".repeat(200);
        let names = [
            "shop",
            "my server",
            "a.b/c",
            "x__y",
            "x_",
            "a:b",
            "*",
            "\u{1f600}",
            "",
            "__proto__",
            "a\u{202e}b",
            "a\nb",
            &long,
        ];
        let takes = |rule: &ServerNames| names.into_iter().filter(|name| (rule.can)(name)).collect::<Vec<_>>();
        assert_eq!(takes(&BETWEEN_UNDERSCORES), ["shop", &long]);
        assert_eq!(takes(&WORDS), ["shop", "x__y", "x_", "__proto__", &long]);
        assert_eq!(takes(&BEFORE_COLON), ["shop", "a.b/c", "x__y", "x_", "__proto__", &long]);
        assert_eq!(takes(&BEFORE_SLASH), ["shop", "x__y", "x_", "__proto__", &long]);
        assert_eq!(takes(&BETWEEN_COLONS), ["shop", "my server", "a.b/c", "x__y", "x_", "*", "\u{1f600}", &long]);
        assert_eq!(takes(&KEYS), ["shop", "my server", "a.b/c", "x__y", "x_", "a:b", "*", "\u{1f600}", &long]);
    }
}
