//! What labelled tools teach about words: the data of the second reader, `rules/similar-wording.tsv`.
//!
//! A line has eight columns: kind, key, number of labelled tools, and a number for each category. For a word the five
//! numbers are weights: hundredths of log-odds that the word adds for each category. For the kinds `rules` and `said`
//! they are labelled tools by their label.

use std::collections::HashMap;

use crate::model::{Category, Confidence};

/// Where in a definition a word stands. One word can count in several places: the first word of a name also counts as
/// a word of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordPlace {
    /// Anywhere in the name.
    Name,
    NameFirst,
    NameLast,
    /// In the first sentence of the description.
    Opening,
    /// First in the description.
    OpeningFirst,
    /// In the second sentence.
    Second,
    /// In a later sentence.
    Later,
    /// In the name of a parameter.
    Parameter,
}

impl WordPlace {
    /// All places, in the order of the data file.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::NameFirst,
        Self::NameLast,
        Self::Opening,
        Self::OpeningFirst,
        Self::Second,
        Self::Later,
        Self::Parameter,
    ];

    /// Its kind in the data file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameFirst => "name-first",
            Self::NameLast => "name-last",
            Self::Opening => "opening",
            Self::OpeningFirst => "opening-first",
            Self::Second => "second",
            Self::Later => "later",
            Self::Parameter => "parameter",
        }
    }
}

/// A number for each category, in the order of [`Category::ALL`].
pub type ByCategory<T> = [T; 5];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Which word, counted over all places.
    pub id: u32,
    /// Hundredths of log-odds for each category.
    pub weights: ByCategory<i32>,
}

/// Labelled tools about which the second reader was as sure as this, judged by weights fitted without their servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaidBefore {
    pub category: Category,
    /// The least probability, in hundredths of a percent.
    pub at_least: u32,
    /// Labelled tools, by their label.
    pub labels: ByCategory<u32>,
}

/// The data of the second reader; the default knows no word.
#[derive(Debug, Default)]
pub struct Wording {
    places: [HashMap<Box<str>, Word>; WordPlace::ALL.len()],
    words: u32,
    rules: HashMap<(Category, Confidence), ByCategory<u32>>,
    said: Vec<SaidBefore>,
}

/// A line that is not data of the second reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: not a line of eight known columns: {text}")]
pub struct WordingError {
    number: usize,
    text: String,
}

impl Wording {
    /// Reads the data file.
    pub fn parse(text: &str) -> Result<Self, WordingError> {
        let mut wording = Self::default();
        for (at, line) in text.lines().enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                wording.add(line).ok_or_else(|| WordingError { number: at + 1, text: line.to_owned() })?;
            }
        }
        Ok(wording)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [kind, key, _tools, numbers @ ..] = columns.as_slice() else { return None };
        let numbers: Vec<i32> = numbers.iter().map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let numbers: ByCategory<i32> = numbers.try_into().ok()?;
        let counts = || Some(numbers.map(|number| u32::try_from(number).unwrap_or(0)));
        match *kind {
            "rules" => {
                let (category, confidence) = key.split_once(' ')?;
                let confidence = CONFIDENCES.into_iter().find(|level| level.name() == confidence)?;
                self.rules.insert((named(category)?, confidence), counts()?);
            }
            "said" => {
                let (category, at_least) = key.split_once(' ')?;
                let (category, at_least) = (named(category)?, at_least.parse().ok()?);
                self.said.push(SaidBefore { category, at_least, labels: counts()? });
            }
            _ => {
                let place = WordPlace::ALL.into_iter().find(|place| place.name() == *kind)?;
                let word = Word { id: self.words, weights: numbers };
                self.words += 1;
                self.places[place as usize].insert((*key).into(), word);
            }
        }
        Some(())
    }

    /// True when it knows no word.
    pub fn is_empty(&self) -> bool {
        self.words == 0
    }

    /// What is known of `word` in `place`.
    pub fn word(&self, place: WordPlace, word: &str) -> Option<Word> {
        self.places[place as usize].get(word).copied()
    }

    /// The labels of the tools to which the rules alone gave this verdict.
    pub fn labels_for(&self, category: Category, confidence: Confidence) -> ByCategory<u32> {
        self.rules.get(&(category, confidence)).copied().unwrap_or_default()
    }

    /// The tools about which the second reader said `category` as surely as `probability`.
    pub fn said_before(&self, category: Category, probability: f64) -> Option<SaidBefore> {
        let reached = |said: &&SaidBefore| f64::from(said.at_least) <= probability * 10_000.0;
        self.said.iter().filter(|said| said.category == category).filter(reached).max_by_key(|s| s.at_least).copied()
    }
}

/// All levels of confidence.
const CONFIDENCES: [Confidence; 3] = [Confidence::High, Confidence::Medium, Confidence::Low];

fn named(category: &str) -> Option<Category> {
    Category::ALL.into_iter().find(|c| c.name() == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "# a comment\n\
        rules\tRead high\t100\t97\t2\t1\t0\t0\n\
        said\tRead 9000\t50\t46\t4\t0\t0\t0\n\
        said\tRead 9800\t47\t46\t1\t0\t0\t0\n\
        name\tlist\t318\t142\t-35\t-51\t-30\t-26\n";

    #[test]
    fn a_data_file_is_read() {
        let wording = Wording::parse(DATA).unwrap();
        assert_eq!(wording.word(WordPlace::Name, "list").unwrap().weights, [142, -35, -51, -30, -26]);
        assert_eq!(wording.word(WordPlace::Opening, "list"), None);
        assert_eq!(wording.labels_for(Category::Read, Confidence::High), [97, 2, 1, 0, 0]);
        assert_eq!(wording.labels_for(Category::Read, Confidence::Low), [0; 5]);
        let labels = |probability| wording.said_before(Category::Read, probability).map(|said| said.labels[0]);
        assert_eq!([labels(0.5), labels(0.95), labels(0.99)], [None, Some(46), Some(46)]);
        assert_eq!(wording.said_before(Category::Read, 0.99).unwrap().labels.iter().sum::<u32>(), 47);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_an_error() {
        for line in ["name\tlist\t3\t1\t2", "nowhere\tlist\t3\t1\t2\t3\t4\t5", "rules\tRead\t3\t1\t2\t3\t4\t5", "x"] {
            assert!(
                Wording::parse(&format!("# c\n{line}\n")).unwrap_err().to_string().starts_with("line 2: "),
                "{line}"
            );
        }
    }
}
