//! Words quoted as a POSIX shell needs them.

/// `word` as a shell reads it back: in single quotes where it is empty or holds a character that means something to a
/// shell.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() || "-_./:=@%+,^]".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The command line of `words`.
pub(crate) fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_words_back() {
        let words = ["npx", "-y", "@a/b@1.2.3", "", "a b", "TOKEN=$(cmd) exec x", "it's", "*", "{a,b}", "~", "größe"];
        let line = join(words);
        assert_eq!(line, r#"npx -y @a/b@1.2.3 '' 'a b' 'TOKEN=$(cmd) exec x' 'it'\''s' '*' '{a,b}' '~' größe"#);
        assert_eq!(shlex::split(&line).unwrap(), words);
    }
}
