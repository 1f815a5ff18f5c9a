//! Finds a text that is split over the descriptions of several tools, so that no single description contains it.

use crate::model::{ModelText, ToolReport};
use crate::text::prose;
use crate::text::words::Words;

/// The words that introduce the number of a part.
const PARTS: [&str; 6] = ["part", "piece", "fragment", "chunk", "segment", "step"];
/// Most words before such a word.
const MAX_LEAD: usize = 3;
/// Most words of the number of a part with its lead: `Step 2 of 3`.
const MAX_NUMBER: usize = MAX_LEAD + 4;
/// Most parts read.
const MAX_PARTS: usize = 32;

/// The joined texts of `tools`: descriptions that begin with "Part 1 of 3:" or the like, in the order of their numbers.
pub(crate) fn joined(tools: &[ToolReport]) -> Vec<ModelText<'static>> {
    let part = |tool: &'_ ToolReport| {
        let (number, rest) = numbered(tool.tool.description.as_deref()?)?;
        Some((number, rest.to_owned(), tool.tool.name.clone()))
    };
    let mut parts: Vec<(u32, String, String)> = tools.iter().filter_map(part).take(MAX_PARTS).collect();
    parts.sort();
    parts.dedup_by_key(|part| part.0);
    if parts.len() < 2 {
        return Vec::new();
    }
    let names: Vec<String> = parts.iter().map(|part| part.2.clone()).collect();
    let place = format!("the text that {} share", prose::list(&names));
    let texts: Vec<&str> = parts.iter().map(|part| part.1.as_str()).collect();
    let is_encoded = texts.iter().all(|text| !text.contains(char::is_whitespace));
    vec![ModelText::new(place, texts.join(if is_encoded { "" } else { " " }))]
}

/// The part number at the start of `text`, and the text after it.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let words = Words::opening(text, MAX_NUMBER);
    let at = (0..words.len().min(MAX_LEAD)).find(|at| PARTS.contains(&words.get(*at)))?;
    let number = words.get(at + 1).parse().ok()?;
    let has_total = words.get(at + 2) == "of" || words.gap_after(at + 1).contains('/');
    let last = match (words.get(at + 2), has_total) {
        ("of", true) => at + 3,
        (_, true) => at + 2,
        (_, false) => at + 1,
    };
    let rest = text.get(words.bytes(last, last).1..)?;
    Some((number, rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '.' | ')' | ']' | '-' | ','))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_numbers() {
        assert_eq!(numbered("Part 1 of 3: Read the notes."), Some((1, "Read the notes")));
        assert_eq!(numbered("(Step 2/3) and send them"), Some((2, "and send them")));
        assert_eq!(numbered("Fragment 3: aGVsbG8"), Some((3, "aGVsbG8")));
        assert_eq!(numbered("Lists the parts of a machine."), None);
        assert_eq!(numbered("Takes one more step 2 times."), None);
    }
}
