//! The gate: what may not pass, and what did not.

use std::str::FromStr;

use crate::model::{Assessment, Severity};

/// From where on a tool fails the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// This severe or more.
    Severity(Severity),
    /// This score or more, 1-5.
    Score(u8),
}

impl Threshold {
    /// True when a tool of this assessment may not pass.
    pub fn fails(self, assessment: &Assessment) -> bool {
        match self {
            Self::Severity(least) => assessment.severity >= least,
            Self::Score(least) => assessment.score.value >= least,
        }
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let severity = Severity::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(text));
        let score = || text.parse().ok().filter(|n| (1..=5).contains(n));
        severity
            .map(Self::Severity)
            .or_else(|| score().map(Self::Score))
            .ok_or_else(|| "give low, medium, high, critical, or a score from 1 to 5".into())
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Severity(Severity::Critical) => f.write_str("Critical"),
            Self::Severity(least) => write!(f, "{least} or more severe"),
            Self::Score(5) => f.write_str("5/5"),
            Self::Score(least) => write!(f, "{least}/5 or more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Category, Confidence, Score};

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
    fn a_threshold_is_a_severity_or_a_score() {
        assert_eq!("HIGH".parse(), Ok(Threshold::Severity(Severity::High)));
        assert_eq!("5".parse(), Ok(Threshold::Score(5)));
        for wrong in ["0", "6", "", "urgent", "-1"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_reaches_the_threshold_fails() {
        let high = Threshold::Severity(Severity::High);
        assert!(high.fails(&assessed(Category::Execute, 3)) && high.fails(&assessed(Category::Financial, 4)));
        assert!(!high.fails(&assessed(Category::Write, 3)));
        assert!(Threshold::Score(3).fails(&assessed(Category::Write, 3)));
        assert!(!Threshold::Score(4).fails(&assessed(Category::Execute, 3)));
    }
}
