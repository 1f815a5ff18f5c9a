//! What a server lacks, as far as its own messages tell: variables of the environment that it names and was not given.

use crate::source::Options;

/// Most names that are kept of one server.
const MOST: usize = 5;

/// The variables of a setting or a credential that `lines` name and `options` do not give, in the order of their
/// appearance.
pub fn names(lines: &[String], options: &Options) -> Vec<String> {
    let is_setting = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.rsplit_once('_').is_some_and(|(head, last)| {
                head.len() > 1 && options.setting_words.iter().any(|known| known == last)
            })
    };
    let given = |word: &str| {
        options.env.iter().any(|(name, _)| name == word) || options.containment.pass_env.iter().any(|name| name == word)
    };
    let mut names: Vec<String> = Vec::new();
    let words = lines
        .iter()
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')));
    for word in words.filter(|word| is_setting(word) && !given(word)) {
        if names.len() < MOST && !names.iter().any(|name| name == word) {
            names.push(word.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_messages() {
        let options = Options { setting_words: vec!["KEY".into(), "URL".into()], ..Options::default() };
        let lines = [
            "Error: SHOP_API_KEY is required (set SHOP_API_KEY or DB_URL)".to_owned(),
            "ERR_MODULE_NOT_FOUND at NODE_OPTIONS; E404 _KEY A_KEY".to_owned(),
        ];
        assert_eq!(names(&lines, &options), ["SHOP_API_KEY", "DB_URL"]);
    }

    #[test]
    fn what_was_given_is_not_lacking_and_there_is_an_end() {
        let options = Options {
            setting_words: vec!["KEY".into(), "URL".into()],
            env: vec![("SHOP_API_KEY".into(), "x".into())],
            ..Options::default()
        };
        let line = |text: &str| names(&[text.to_owned()], &options);
        assert_eq!(line("SHOP_API_KEY is refused; set DB_URL, DB_URL or MODE"), ["DB_URL"]);
        let many: String = (0..100).map(|i| format!("K{i}_KEY ")).collect();
        assert_eq!(line(&many).len(), MOST);
    }
}
