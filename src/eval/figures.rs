//! Accuracy figures over verdicts and labels.

use serde::Serialize;
use serde::ser::SerializeStruct;

use super::truth::{Label, Truth};
use crate::model::{Assessment, Category, Confidence};

/// A share: `part` of `whole`. Serialized with its ratio, which is null if `whole` is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// The number that counts.
    pub part: usize,
    /// The total number.
    pub whole: usize,
}

impl Share {
    /// From 0 to 1; `None` if `whole` is 0.
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

/// The share of right verdicts at one confidence.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AtConfidence {
    /// The confidence of the verdicts.
    pub confidence: Confidence,
    /// Right verdicts, over all verdicts at this confidence.
    pub right: Share,
}

/// The figures over labelled tools, without doubtful rows.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The rows counted. `NonRead` rows count only in figures about Read and not Read.
    pub tools: usize,
    /// Verdicts that the label or `accept` allows, over rows with one of the five labels.
    pub five_way: Share,
    /// The mean F1 over the categories that occur. A verdict that `accept` allows counts as the label.
    pub macro_f1: Option<f64>,
    /// Verdicts other than Read, over tools labelled other than Read.
    pub mutating_recall: Share,
    /// Verdicts that are not Read and not accepted, over tools labelled Read.
    pub false_alarms: Share,
    /// Destructive, Financial or Execute tools with the verdict Read.
    pub dangerous_misses: usize,
    /// The share of right verdicts per confidence.
    pub by_confidence: Vec<AtConfidence>,
    /// Rows by counted label and verdict, for F1.
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

/// The mean F1 over the categories that occur as label or verdict.
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
