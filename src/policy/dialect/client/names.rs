//! Which names of servers and tools a client's settings can contain.

use crate::text::clean::is_unsafe;

/// The server names that a client's settings can tell apart from all others.
pub struct ServerNames {
    /// True if a server with that name can be addressed.
    pub can: fn(&str) -> bool,
    /// The characters of such names: "only ASCII letters, digits, - and _".
    pub rule: &'static str,
}

/// Names between the underscores of `mcp__SERVER__TOOL`.
pub(crate) const BETWEEN_UNDERSCORES: ServerNames = ServerNames {
    can: |server| is_word(server) && !server.contains("__") && !server.ends_with('_'),
    rule: "only ASCII letters, digits, - and _, without __ and with no _ at the end",
};

/// Names that the client accepts for its own servers.
pub(crate) const WORDS: ServerNames = ServerNames { can: is_word, rule: "only ASCII letters, digits, - and _" };

/// Names before a colon, in a list in which some characters form patterns.
pub(crate) const BEFORE_COLON: ServerNames =
    ServerNames { can: is_plain, rule: "only ASCII letters, digits and the characters - _ . and /" };

/// Names before a slash.
pub(crate) const BEFORE_SLASH: ServerNames = ServerNames {
    can: |server| is_plain(server) && !server.contains('/'),
    rule: "only ASCII letters, digits and the characters - _ and .",
};

/// Names between two colons, where no character forms a pattern.
pub(crate) const BETWEEN_COLONS: ServerNames =
    ServerNames { can: |server| is_key(server) && !server.contains(':'), rule: "any visible characters but :" };

/// Names that are keys of a JSON object, as in the client's own list of servers.
pub(crate) const KEYS: ServerNames = ServerNames { can: is_key, rule: "visible characters, and not __proto__" };

/// A name that no settings interpret as a pattern or a list of arguments: it has only characters that the protocol
/// recommends.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
}

/// A name that every client keeps as it is. According to third parties, some clients replace all other characters by
/// `_`.
pub(crate) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

/// The name unchanged.
pub(crate) fn as_is(name: &str) -> String {
    name.to_owned()
}

/// The name with every character except ASCII letters, digits, `_` and `-` replaced by `_`.
pub(crate) fn folded(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' }).collect()
}

/// The name with dots replaced by `_`.
pub(crate) fn without_dots(name: &str) -> String {
    name.replace('.', "_")
}

/// True for names that are not empty.
pub(crate) fn is_some(tool: &str) -> bool {
    !tool.is_empty()
}

/// True for all names except `*`, which means every tool.
pub(crate) fn is_no_wildcard(tool: &str) -> bool {
    tool != "*"
}

/// True for names without invisible characters: the TOML library may write single quotes, which allow no escapes.
pub(crate) fn is_visible(tool: &str) -> bool {
    tool != "*" && !tool.contains(is_unsafe)
}

/// True for names that are safe as keys of JavaScript objects.
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
