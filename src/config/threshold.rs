//! What may not pass the gate, and for which server.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::model::{Assessment, Category, Finding, FindingKind, Flow, Severity};

/// From where on something fails the gate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Threshold {
    /// Tools and findings this severe or more.
    Severity(Severity),
    /// Tools of this score or more, 1-5.
    Score(u8),
    /// Tools of this category.
    Category(Category),
    /// Servers of this grade, `A` to `F`, or a worse one.
    Grade(char),
    /// Every flow between tools.
    Flow,
    /// Findings of kind attack that are certain: High or more severe.
    Attack,
    /// Findings, or flows, with this id.
    Id(String),
}

impl Threshold {
    /// True when a tool of this assessment may not pass.
    pub(crate) fn fails_tool(&self, assessment: &Assessment) -> bool {
        match self {
            Self::Severity(least) => assessment.severity >= *least,
            Self::Score(least) => assessment.score.value >= *least,
            Self::Category(category) => assessment.category == *category,
            Self::Grade(_) | Self::Flow | Self::Attack | Self::Id(_) => false,
        }
    }

    /// True when this finding may not pass.
    pub(crate) fn fails_finding(&self, finding: &Finding) -> bool {
        match self {
            Self::Severity(least) => finding.severity >= *least,
            Self::Id(id) => finding.id == *id,
            Self::Attack => finding.kind == FindingKind::Attack && finding.severity >= Severity::High,
            Self::Score(_) | Self::Category(_) | Self::Grade(_) | Self::Flow => false,
        }
    }

    /// True when this flow may not pass. A severity is of tools and of what is wrong with them; a flow says what they
    /// can do together, and fails where that is asked for.
    pub(crate) fn fails_flow(&self, flow: &Flow) -> bool {
        match self {
            Self::Flow => true,
            Self::Id(id) => flow.id == *id,
            Self::Severity(_) | Self::Score(_) | Self::Category(_) | Self::Grade(_) | Self::Attack => false,
        }
    }

    /// True when a server of this grade may not pass.
    pub(crate) fn fails_grade(&self, grade: &str) -> bool {
        matches!(self, Self::Grade(best) if grade.starts_with(|letter: char| letter >= *best))
    }
}

/// Why a text is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// A grade that does not exist.
    #[error("a grade is grade-a to grade-f")]
    Grade,
    /// None of the known words, and no id.
    #[error(
        "give low, medium, high or critical, a score from 1 to 5, a category, grade-a to grade-f, flow, attack, or the id of a finding or of a flow"
    )]
    Unknown,
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let word = text.trim().to_ascii_lowercase();
        let named = |name: &str| name.eq_ignore_ascii_case(&word);
        let severity = Severity::ALL.into_iter().find(|s| named(s.name())).map(Self::Severity);
        let category = Category::ALL.into_iter().find(|c| named(c.name())).map(Self::Category);
        let score = word.parse().ok().filter(|n| (1..=5).contains(n)).map(Self::Score);
        let letter = word.strip_prefix("grade-").map(|letter| match letter.as_bytes() {
            [letter @ b'a'..=b'f'] => Ok(Self::Grade(char::from(letter.to_ascii_uppercase()))),
            _ => Err(ThresholdError::Grade),
        });
        let flow = named("flow").then_some(Self::Flow).or(named("attack").then_some(Self::Attack));
        let is_id = word.contains('-') && word.split('-').all(|part| part.chars().any(|c| c.is_ascii_alphanumeric()));
        let found = severity.or(category).or(score).or(flow).map(Ok).or(letter);
        found.or_else(|| is_id.then(|| Ok(Self::Id(word.clone())))).unwrap_or(Err(ThresholdError::Unknown))
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What is said of those that fail: "2 tools" is followed by "at High or more severe".
impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Severity(Severity::Critical) => f.write_str("at Critical"),
            Self::Severity(least) => write!(f, "at {least} or more severe"),
            Self::Score(5) => f.write_str("at 5/5"),
            Self::Score(least) => write!(f, "at {least}/5 or more"),
            Self::Category(category) => write!(f, "of category {category}"),
            Self::Grade('F') => f.write_str("of grade F"),
            Self::Grade(best) => write!(f, "of grade {best} or worse"),
            Self::Flow => f.write_str("between tools"),
            Self::Attack => f.write_str("aimed at the model or its user"),
            Self::Id(id) => write!(f, "named {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confidence, Score};

    fn assessed(category: Category, score: u8) -> Assessment {
        Assessment {
            category,
            severity: category.severity(),
            score: Score { value: score, arithmetic: String::new() },
            confidence: Confidence::High,
            signals: vec![],
            evidence: vec![],
            actions: vec![],
            overridden: None,
        }
    }

    #[test]
    fn a_threshold_is_read_from_a_word() {
        for (word, threshold) in [
            ("HIGH", Threshold::Severity(Severity::High)),
            ("5", Threshold::Score(5)),
            ("execute", Threshold::Category(Category::Execute)),
            ("grade-D", Threshold::Grade('D')),
            ("flow", Threshold::Flow),
            ("read-only-hint-denied", Threshold::Id("read-only-hint-denied".into())),
        ] {
            assert_eq!(word.parse(), Ok(threshold));
        }
        for wrong in ["0", "6", "", "urgent", "-1", "grade-g", "grade-", "-", "a--b"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_reaches_the_threshold_fails() {
        let high = Threshold::Severity(Severity::High);
        assert!(high.fails_tool(&assessed(Category::Execute, 3)) && high.fails_tool(&assessed(Category::Financial, 4)));
        assert!(!high.fails_tool(&assessed(Category::Write, 3)));
        assert!(Threshold::Score(3).fails_tool(&assessed(Category::Write, 3)));
        assert!(!Threshold::Score(4).fails_tool(&assessed(Category::Execute, 3)));
        let execute = Threshold::Category(Category::Execute);
        assert!(execute.fails_tool(&assessed(Category::Execute, 3)));
        assert!(!execute.fails_tool(&assessed(Category::Destructive, 5)), "a category is no severity");
        let grade = Threshold::Grade('C');
        assert!(grade.fails_grade("C") && grade.fails_grade("F") && !grade.fails_grade("B"));
    }
}
