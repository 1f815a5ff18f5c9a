//! The environment variables of a setting or a credential that a server names on its standard error: what it may need.

/// How the names of such variables end, after an underscore.
const ENDINGS: [&str; 24] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASS",
    "CREDENTIALS",
    "URL",
    "URI",
    "HOST",
    "USER",
    "USERNAME",
    "EMAIL",
    "ID",
    "ENDPOINT",
    "DSN",
    "PAT",
    "AUTH",
    "DOMAIN",
    "ACCOUNT",
    "WORKSPACE",
    "PROJECT",
    "REGION",
    "PROFILE",
    "PATH",
];

/// What a line says of a variable that is missing. A server that goes on also names variables that it has.
const LACKS: [&str; 16] = [
    "missing",
    "required",
    "requires",
    "require",
    "not set",
    "not found",
    "not provided",
    "not configured",
    "not defined",
    "undefined",
    "must be",
    "please set",
    "please provide",
    "need to set",
    "is empty",
    "without",
];

/// Most names that are kept.
const MOST: usize = 10;

/// The variables that `lines` name, in the order of their appearance.
pub(crate) fn named<'a>(lines: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in lines {
        for word in line.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')) {
            let last = word.rsplit_once('_').map(|(head, last)| (head.len(), last));
            let is_name = last.is_some_and(|(head, last)| head > 1 && ENDINGS.contains(&last));
            let is_new = !names.iter().any(|name| name == word);
            if is_name && is_new && word.starts_with(|c: char| c.is_ascii_uppercase()) && names.len() < MOST {
                names.push(word.to_owned());
            }
        }
    }
    names
}

/// The variables that `lines` say are missing.
pub(crate) fn missing(lines: &[String]) -> Vec<String> {
    let lacks = |line: &&String| {
        let line = line.to_lowercase();
        LACKS.iter().any(|words| line.contains(words))
    };
    named(lines.iter().filter(lacks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_in_messages() {
        let lines = [
            "Error: SHOP_API_KEY is required (set SHOP_API_KEY or DB_URL)".to_owned(),
            "ERR_MODULE_NOT_FOUND at NODE_OPTIONS; E404 _KEY A_KEY".to_owned(),
            "using BOOK_URL=http://x".to_owned(),
        ];
        assert_eq!(named(&lines), ["SHOP_API_KEY", "DB_URL", "BOOK_URL"]);
        assert_eq!(missing(&lines), ["SHOP_API_KEY", "DB_URL"]);
    }
}
