//! The figures over a set of verdicts and labels.

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::truth::{Label, Truth};
use crate::model::{Assessment, Category, Confidence};

/// A share: `part` of `whole`. Serialised with its ratio, null when there was nothing to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

impl Share {
    /// Between 0 and 1; `None` if there was nothing to count.
    pub fn ratio(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    pub(super) fn count(&mut self, hit: bool) {
        self.whole += 1;
        self.part += usize::from(hit);
    }
}

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Share", 3)?;
        fields.serialize_field("ratio", &self.ratio())?;
        fields.serialize_field("part", &self.part)?;
        fields.serialize_field("whole", &self.whole)?;
        fields.end()
    }
}

/// How many of the verdicts at one confidence were right.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AtConfidence {
    /// The level.
    pub confidence: Confidence,
    /// Right of all at that level.
    pub right: Share,
}

/// The figures over a set of labelled tools, doubtful rows left out.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Rows counted; `NonRead` rows are counted in the read-or-not figures only.
    pub tools: usize,
    /// Verdicts that the label accepts, over rows with one of the five labels.
    pub five_way: Share,
    /// The mean over the categories present of their F1; a verdict that `accept` allows counts as the label.
    pub macro_f1: Option<f64>,
    /// Tools labelled other than Read that were not called Read.
    pub mutating_recall: Share,
    /// Tools labelled Read that were called something else (not accepted).
    pub false_alarms: Share,
    /// Destructive, Financial or Execute tools that were called Read.
    pub dangerous_misses: usize,
    /// Right by level of confidence.
    pub by_confidence: Vec<AtConfidence>,
    /// Rows by the label that counts and the verdict, for F1.
    #[serde(skip)]
    counted: [[usize; 5]; 5],
}

impl Default for Figures {
    fn default() -> Self {
        let levels = [Confidence::High, Confidence::Medium, Confidence::Low];
        Self {
            tools: 0,
            five_way: Share::default(),
            macro_f1: None,
            mutating_recall: Share::default(),
            false_alarms: Share::default(),
            dangerous_misses: 0,
            by_confidence: levels.map(|confidence| AtConfidence { confidence, right: Share::default() }).to_vec(),
            counted: [[0; 5]; 5],
        }
    }
}

impl Figures {
    /// Counts one verdict against its label.
    pub fn count(&mut self, truth: &Truth, assessment: &Assessment) {
        let verdict = assessment.category;
        let right = truth.accept.contains(&verdict);
        self.tools += 1;
        for level in &mut self.by_confidence {
            if level.confidence == assessment.confidence {
                level.right.count(right);
            }
        }
        let said_read = verdict == Category::Read;
        match truth.label {
            Label::Is(label) => {
                self.five_way.count(right);
                let counts_as = if right { verdict } else { label };
                self.counted[counts_as as usize][verdict as usize] += 1;
                if label == Category::Read {
                    self.false_alarms.count(!said_read && !right);
                } else {
                    self.mutating_recall.count(!said_read || right);
                }
                self.dangerous_misses += usize::from(label >= Category::Execute && said_read && !right);
            }
            Label::NonRead => self.mutating_recall.count(!said_read),
        }
        self.macro_f1 = macro_f1(&self.counted);
    }
}

/// The mean F1 over the categories that are labels or verdicts at all.
fn macro_f1(counted: &[[usize; 5]; 5]) -> Option<f64> {
    let scores: Vec<f64> = (0..5)
        .filter_map(|class| {
            let labelled: usize = counted[class].iter().sum();
            let judged: usize = counted.iter().map(|row| row[class]).sum();
            let both = counted[class][class];
            (labelled > 0).then(|| 2.0 * both as f64 / (labelled + judged) as f64)
        })
        .collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}
