//! Weights of words, learned from labelled tools: the data of the similar-wording model, `rules/similar-wording.tsv`.
//!
//! A line has eight columns: kind, key, number of labelled tools, and a number per category. For a feature, these five
//! are weights: log-odds in hundredths. For the kinds `labels` and `said`, they are counts of labelled tools by label.

use rustc_hash::FxHashMap;

use crate::model::Category;

/// The kind of a feature. A word can have several: the first word of a name is also a word of the name.
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
    /// The rule with the most influence on the verdict.
    Deciding,
    /// A rule with influence on the verdict.
    Rule,
    /// The category of a piece of evidence, and its text field.
    Evidence,
    /// The rule of the strongest verb or noun in the name.
    NameRule,
    /// The rule of the strongest verb or noun in the opening.
    OpeningRule,
    /// The category that the name alone suggests, and how clearly.
    NameSays,
    /// The category that the opening alone suggests, and how clearly.
    OpeningSays,
    /// The categories that name and opening suggest.
    BothSay,
    /// A statement of the description.
    Statement,
    /// A parameter role.
    Role,
    /// A missing part of the definition.
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

/// A value per category, in the order of [`Category::ALL`].
pub type ByCategory<T> = [T; 5];

/// A known feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its index over all kinds.
    pub id: u32,
    /// Log-odds for each category, in hundredths.
    pub weights: ByCategory<i32>,
}

/// Labelled tools for which the model was at least this sure, by weights that were fitted without their servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalibrationBin {
    pub category: Category,
    /// The lowest probability, in hundredths of a percent.
    pub at_least: u32,
    /// Numbers of labelled tools, by label.
    pub labels: ByCategory<u32>,
}

/// The data of the similar-wording model; the default has no features.
#[derive(Debug, Default)]
pub struct Wording {
    kinds: [FxHashMap<Box<str>, Feature>; FeatureKind::ALL.len()],
    features: u32,
    labels: ByCategory<u32>,
    calibration: Vec<CalibrationBin>,
}

/// A line of the data file is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: not a line of eight known columns: {text}")]
pub struct WordingError {
    number: usize,
    text: String,
}

impl Wording {
    /// Parses the data file.
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
        let mut columns = line.split('\t');
        let (kind, key, _tools) = (columns.next()?, columns.next()?, columns.next()?);
        let mut numbers = ByCategory::<i32>::default();
        for number in &mut numbers {
            *number = columns.next()?.parse().ok()?;
        }
        if columns.next().is_some() {
            return None;
        }
        let counts = || Some(numbers.map(|number| u32::try_from(number).unwrap_or(0)));
        match kind {
            "labels" => self.labels = counts()?,
            "said" => {
                let (category, at_least) = key.split_once(' ')?;
                let (category, at_least) = (category_from_name(category)?, at_least.parse().ok()?);
                self.calibration.push(CalibrationBin { category, at_least, labels: counts()? });
            }
            _ => {
                let kind = FeatureKind::ALL.into_iter().find(|known| known.name() == kind)?;
                let feature = Feature { id: self.features, weights: numbers };
                self.features += 1;
                self.kinds[kind as usize].insert(key.into(), feature);
            }
        }
        Some(())
    }

    /// True if there are no features.
    pub(crate) fn is_empty(&self) -> bool {
        self.features == 0
    }

    /// The feature `key` of this kind, if known.
    pub(crate) fn feature(&self, kind: FeatureKind, key: &str) -> Option<Feature> {
        self.kinds[kind as usize].get(key).copied()
    }

    /// Numbers of all labelled tools, by label.
    pub(crate) fn labels(&self) -> ByCategory<u32> {
        self.labels
    }

    /// The labelled tools of the highest level for `category` that `probability` reaches.
    pub(crate) fn calibration_bin(&self, category: Category, probability: f64) -> Option<CalibrationBin> {
        let reached = |bin: &&CalibrationBin| f64::from(bin.at_least) <= probability * 10_000.0;
        self.calibration
            .iter()
            .filter(|bin| bin.category == category)
            .filter(reached)
            .max_by_key(|s| s.at_least)
            .copied()
    }
}

fn category_from_name(category: &str) -> Option<Category> {
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
        let labels = |probability| wording.calibration_bin(Category::Read, probability).map(|bin| bin.labels[0]);
        assert_eq!([labels(0.5), labels(0.95), labels(0.99)], [None, Some(46), Some(46)]);
        assert_eq!(wording.calibration_bin(Category::Read, 0.99).unwrap().labels.iter().sum::<u32>(), 47);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_an_error() {
        for line in ["name\tlist\t3\t1\t2", "nowhere\tlist\t3\t1\t2\t3\t4\t5", "said\tRead\t3\t1\t2\t3\t4\t5", "x"] {
            let error = Wording::parse(&format!("# c\n{line}\n")).unwrap_err();
            assert!(error.to_string().starts_with("line 2: "), "{line}");
        }
    }
}
