//! The words of a command that may name files: arguments as they stand, and the words of those that are code.

use std::borrow::Cow;

/// A part of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The part.
    pub(crate) text: Cow<'a, str>,
    /// It stands in a text that a shell or an interpreter reads, so that any file that it names may be run.
    pub(crate) is_code: bool,
}

/// What divides the words of a shell.
const DIVIDES_COMMANDS: &str = "`;|&()<>";

/// The words of the argument `text`: its parts, and the whole of it.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let is_code = text.contains(|c: char| c.is_whitespace() || "'\"\\$".contains(c) || DIVIDES_COMMANDS.contains(c));
    let word = |text| Word { text, is_code };
    let divides = |c: char| c.is_whitespace() || "'\",=$:{}[]".contains(c) || DIVIDES_COMMANDS.contains(c);
    let mut words: Vec<Word<'_>> = filled(text.split(divides)).map(|part| word(Cow::Borrowed(part))).collect();
    if is_code {
        // A shell joins what quotes divide, and reads `$PWD/run.sh` as a path.
        let of_shell = filled(text.split(|c: char| c.is_whitespace() || DIVIDES_COMMANDS.contains(c)));
        for part in of_shell.filter(|part| part.contains(['\'', '"', '\\', '*', '?', '['])) {
            let unquoted = part.replace(['\'', '"', '\\'], "");
            words.push(word(Cow::Owned(unquoted)));
        }
    }
    if !text.is_empty() && words.iter().all(|known| known.text != text) {
        words.push(Word { text: Cow::Borrowed(text), is_code: false });
    }
    words
}

fn filled<'a>(parts: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    parts.filter(|part| !part.is_empty() && *part != "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_read_as_a_shell_reads_it() {
        let texts = |text| words(text).into_iter().map(|word| word.text.into_owned()).collect::<Vec<_>>();
        assert_eq!(texts("server.js"), ["server.js"]);
        assert_eq!(texts("--require=./a.js"), ["--require", "./a.js", "--require=./a.js"]);
        assert!(texts("exec ./ru''n.sh").contains(&"./run.sh".into()));
        assert!(texts("exec \"$PWD\"/run.sh").contains(&"/run.sh".into()));
        assert!(words("a b").iter().take(2).all(|word| word.is_code) && !words("a")[0].is_code);
    }
}
