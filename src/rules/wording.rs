//! What labelled tools teach about the features of a tool: the data of the second reader, `rules/similar-wording.tsv`.
//!
//! A line has eight columns: kind, key, number of labelled tools, and a number for each category. For a feature the five
//! numbers are weights: hundredths of log-odds that it adds for each category. For the kinds `labels` and `said` they are
//! labelled tools by their label.

use rustc_hash::FxHashMap;

use crate::model::Category;

/// What a feature of a tool is. One word can give several: the first word of a name is also a word of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureKind {
    /// A word of the name.
    Name,
    /// The first word of the name.
    NameFirst,
    /// The last word of the name.
    NameLast,
    /// A word of the description's first sentence.
    Opening,
    /// The first word of the description.
    OpeningFirst,
    /// A word of its second or third sentence.
    Later,
    /// A word of a parameter's name.
    Parameter,
    /// The verdict of the rules alone, with its confidence.
    Verdict,
    /// The rule that the verdict rests on most.
    Deciding,
    /// A rule that the verdict rests on.
    Rule,
    /// What evidence says, and in which text.
    Evidence,
    /// The rule of the name's strongest verb or noun.
    NameRule,
    /// The rule of the opening's strongest verb or noun.
    OpeningRule,
    /// What the name says by itself, and how plainly.
    NameSays,
    /// What the opening says by itself, and how plainly.
    OpeningSays,
    /// What name and opening say.
    BothSay,
    /// A statement of the description.
    Statement,
    /// What a parameter is for.
    Role,
    /// A part that the definition lacks.
    Without,
}

impl FeatureKind {
    /// All kinds, in the order of the data file.
    pub(crate) const ALL: [Self; 19] = [
        Self::Name,
        Self::NameFirst,
        Self::NameLast,
        Self::Opening,
        Self::OpeningFirst,
        Self::Later,
        Self::Parameter,
        Self::Verdict,
        Self::Deciding,
        Self::Rule,
        Self::Evidence,
        Self::NameRule,
        Self::OpeningRule,
        Self::NameSays,
        Self::OpeningSays,
        Self::BothSay,
        Self::Statement,
        Self::Role,
        Self::Without,
    ];

    /// Its name in the data file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameFirst => "name-first",
            Self::NameLast => "name-last",
            Self::Opening => "opening",
            Self::OpeningFirst => "opening-first",
            Self::Later => "later",
            Self::Parameter => "parameter",
            Self::Verdict => "verdict",
            Self::Deciding => "deciding",
            Self::Rule => "rule",
            Self::Evidence => "evidence",
            Self::NameRule => "name-rule",
            Self::OpeningRule => "opening-rule",
            Self::NameSays => "name-says",
            Self::OpeningSays => "opening-says",
            Self::BothSay => "both-say",
            Self::Statement => "statement",
            Self::Role => "role",
            Self::Without => "without",
        }
    }
}

/// A number for each category, in the order of [`Category::ALL`].
pub type ByCategory<T> = [T; 5];

/// A feature that the data knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Which feature, counted over all kinds.
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

/// The data of the second reader; the default knows no feature.
#[derive(Debug, Default)]
pub struct Wording {
    kinds: [FxHashMap<Box<str>, Feature>; FeatureKind::ALL.len()],
    features: u32,
    labels: ByCategory<u32>,
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
            "labels" => self.labels = counts()?,
            "said" => {
                let (category, at_least) = key.split_once(' ')?;
                let (category, at_least) = (named(category)?, at_least.parse().ok()?);
                self.said.push(SaidBefore { category, at_least, labels: counts()? });
            }
            _ => {
                let kind = FeatureKind::ALL.into_iter().find(|known| known.name() == *kind)?;
                let feature = Feature { id: self.features, weights: numbers };
                self.features += 1;
                self.kinds[kind as usize].insert((*key).into(), feature);
            }
        }
        Some(())
    }

    /// True when it knows no feature.
    pub(crate) fn is_empty(&self) -> bool {
        self.features == 0
    }

    /// What is known of the feature `key` of this kind.
    pub(crate) fn feature(&self, kind: FeatureKind, key: &str) -> Option<Feature> {
        self.kinds[kind as usize].get(key).copied()
    }

    /// All labelled tools, by their label.
    pub(crate) fn labels(&self) -> ByCategory<u32> {
        self.labels
    }

    /// The tools about which the second reader said `category` as surely as `probability`.
    pub(crate) fn said_before(&self, category: Category, probability: f64) -> Option<SaidBefore> {
        let reached = |said: &&SaidBefore| f64::from(said.at_least) <= probability * 10_000.0;
        self.said.iter().filter(|said| said.category == category).filter(reached).max_by_key(|s| s.at_least).copied()
    }
}

fn named(category: &str) -> Option<Category> {
    Category::ALL.into_iter().find(|c| c.name() == category)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "# a comment\n\
        labels\tall\t100\t97\t2\t1\t0\t0\n\
        said\tRead 9000\t50\t46\t4\t0\t0\t0\n\
        said\tRead 9800\t47\t46\t1\t0\t0\t0\n\
        name\tlist\t318\t142\t-35\t-51\t-30\t-26\n";

    #[test]
    fn a_data_file_is_read() {
        let wording = Wording::parse(DATA).unwrap();
        assert_eq!(wording.feature(FeatureKind::Name, "list").unwrap().weights, [142, -35, -51, -30, -26]);
        assert_eq!(wording.feature(FeatureKind::Opening, "list"), None);
        assert_eq!(wording.labels(), [97, 2, 1, 0, 0]);
        let labels = |probability| wording.said_before(Category::Read, probability).map(|said| said.labels[0]);
        assert_eq!([labels(0.5), labels(0.95), labels(0.99)], [None, Some(46), Some(46)]);
        assert_eq!(wording.said_before(Category::Read, 0.99).unwrap().labels.iter().sum::<u32>(), 47);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_an_error() {
        for line in ["name\tlist\t3\t1\t2", "nowhere\tlist\t3\t1\t2\t3\t4\t5", "said\tRead\t3\t1\t2\t3\t4\t5", "x"] {
            let error = Wording::parse(&format!("# c\n{line}\n")).unwrap_err();
            assert!(error.to_string().starts_with("line 2: "), "{line}");
        }
    }
}
