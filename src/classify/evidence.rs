//! Where the words stand that a verdict rests on.

use super::reading::Reading;
use crate::model::{Category, Evidence, Place};

/// Evidence in the words `from..=to` of the text at `place`.
pub(crate) fn between(
    reading: &Reading<'_>,
    rule: &str,
    place: Place,
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

/// Evidence that stands in the parameter at `path`.
pub(crate) fn in_parameter(rule: &str, path: &str, text: &str, says: Category) -> Evidence {
    Evidence {
        rule: rule.to_owned(),
        place: Place::Parameter,
        parameter: Some(path.to_owned()),
        span: [0, text.chars().count()],
        text: text.to_owned(),
        says,
    }
}
