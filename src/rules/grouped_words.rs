//! Long lists of word sequences in the rule files, divided into groups that each say what their words are.

use serde::Deserialize;

/// Word sequences, each alone or in a group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct GroupedWords(Vec<Part>);

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Part {
    Words(String),
    Group(Group),
}

/// `{of: a step in a browser, words: [click, scroll]}`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    of: String,
    words: Vec<String>,
}

impl GroupedWords {
    /// All word sequences, without their groups.
    pub(crate) fn all(&self) -> Vec<String> {
        let words = |part: &Part| match part {
            Part::Words(words) => vec![words.clone()],
            Part::Group(group) => group.words.clone(),
        };
        self.0.iter().flat_map(words).collect()
    }

    /// The lists for display: those without a group under `kind`, each group under `kind` and what its words are.
    pub(crate) fn listed(&self, kind: &str) -> Vec<(String, Vec<String>)> {
        let mut alone = Vec::new();
        let mut lists = Vec::new();
        for part in &self.0 {
            match part {
                Part::Words(words) => alone.push(words.clone()),
                Part::Group(group) => lists.push((format!("{kind}, {}", group.of), group.words.clone())),
            }
        }
        lists.insert(0, (kind.to_owned(), alone));
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_alone_or_in_groups() {
        let yaml = "[wait, {of: a step in a browser, words: [click, go back]}, {of: a file, words: [write file]}]";
        let words: GroupedWords = serde_saphyr::from_str(yaml).unwrap();
        assert_eq!(words.all(), ["wait", "click", "go back", "write file"]);
        let kinds: Vec<String> = words.listed("unless").into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["unless", "unless, a step in a browser", "unless, a file"]);
        for wrong in ["[{words: [click]}]", "[{of: x, words: [a], more: 1}]", "[5: 1]"] {
            assert!(serde_saphyr::from_str::<GroupedWords>(wrong).is_err(), "{wrong}");
        }
    }
}
