//! Stems of English words, to compare inflected forms: `creates`, `created` and `creation` share a stem.

/// Endings, longest first.
const ENDINGS: [&str; 11] = ["ions", "ion", "ings", "ing", "ies", "ied", "es", "ed", "e", "s", "y"];
/// The shortest stem, in bytes.
const MIN_STEM: usize = 3;

/// `word` (in lower case) without its ending; a word that is not ASCII stays as it is.
pub(crate) fn stem(word: &str) -> &str {
    let ends_like_one = word.ends_with(['s', 'n', 'g', 'd', 'e', 'y']);
    if !ends_like_one || !word.is_ascii() {
        return word;
    }
    let cut = |ending: &&str| word.strip_suffix(*ending).filter(|stem| stem.len() >= MIN_STEM);
    ENDINGS.iter().find_map(cut).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (words, want) in [
            (["create", "creates", "created", "creation"], "creat"),
            (["apply", "applies", "applied", "apply"], "appl"),
            (["list", "lists", "listed", "listing"], "list"),
            (["yes", "as", "ion", "größe"], ""),
        ] {
            for word in words {
                assert_eq!(stem(word), if want.is_empty() { word } else { want }, "{word}");
            }
        }
    }
}
