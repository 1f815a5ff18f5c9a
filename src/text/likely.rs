//! Which of the known words somebody most likely meant.

/// From which likeness on a word is taken for another one misspelt.
const LIKENESS: f64 = 0.85;

/// The entry of `known` most similar to `word`; `None` if none is similar.
pub(crate) fn likely<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let alike = known.into_iter().map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &word), known));
    let alike = alike.filter(|(likeness, _)| *likeness >= LIKENESS);
    alike.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_none() {
        let known = ["hidden-text", "plain-http", "read-only-hint-contradicted", "read-only-hint-denied"];
        for (word, meant) in [
            ("hiden-text", Some("hidden-text")),
            ("read-only-hint-contradictd", Some("read-only-hint-contradicted")),
            ("Plain-HTPP", Some("plain-http")),
            ("unpinned-package", None),
        ] {
            assert_eq!(likely(word, known), meant, "{word}");
        }
    }
}
