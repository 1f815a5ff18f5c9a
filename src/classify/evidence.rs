//! Builds evidence: which words of which text support a category.

use super::reading::Reading;
use crate::model::{Category, Evidence, EvidenceField};

/// Evidence in the words `from..=to` of the text at `place`.
pub(crate) fn between(
    reading: &Reading<'_>,
    rule: &str,
    place: EvidenceField,
    from: usize,
    to: usize,
    says: Category,
) -> Evidence {
    let words = reading.words(place);
    let (start, end) = words.bytes(from, to);
    let chars = |to: usize| words.source()[..to].chars().count();
    Evidence {
        rule: rule.to_owned(),
        place,
        parameter: None,
        span: [chars(start), chars(end)],
        text: words.text(from, to).to_owned(),
        says,
    }
}

/// Evidence from the parameter at `path`.
pub(crate) fn in_parameter(rule: &str, path: &str, text: &str, says: Category) -> Evidence {
    Evidence {
        rule: rule.to_owned(),
        place: EvidenceField::Parameter,
        parameter: Some(path.to_owned()),
        span: [0, text.chars().count()],
        text: text.to_owned(),
        says,
    }
}
