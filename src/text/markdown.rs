//! Markdown as plain text: marks of headings, emphasis and code are removed; all words and addresses stay.

pub(crate) fn plain(text: &str) -> String {
    if !text.contains(['`', '*', '[', '#', '|']) {
        return text.to_owned();
    }
    let keep = keep_mask(text);
    text.chars().zip(keep).filter(|(_, keep)| *keep).map(|(c, _)| c).collect()
}

/// For each character of `text`, whether it is kept: false for Markdown marks.
pub(crate) fn keep_mask(text: &str) -> Vec<bool> {
    let mut keep = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let chars: Vec<char> = line.chars().collect();
        keep.extend(keep_mask_of_line(&chars));
    }
    keep
}

fn keep_mask_of_line(line: &[char]) -> Vec<bool> {
    let mut keep = vec![true; line.len()];
    let indent = line.iter().take_while(|c| c.is_whitespace()).count();
    let rest = &line[indent.min(line.len())..];
    if is_rule_of_table(rest) || rest.starts_with(&['`', '`', '`']) && !rest[3..].contains(&'`') {
        keep.iter_mut().zip(line).for_each(|(keep, c)| *keep = *c == '\n');
        return keep;
    }
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if (1..=6).contains(&hashes) && rest.get(hashes).is_some_and(|c| *c == ' ') {
        keep[indent..=indent + hashes].fill(false);
    }
    let mut at = indent;
    while at < line.len() {
        match line[at] {
            '`' => keep[at] = false,
            '*' if line.get(at + 1) == Some(&'*') => {
                keep[at..at + 2].fill(false);
                at += 1;
            }
            '[' => {
                if let Some(end) = end_of_label(&line[at..]) {
                    keep[at] = false;
                    keep[at + end] = false;
                }
            }
            _ => {}
        }
        at += 1;
    }
    keep
}

/// True for a table's delimiter row, such as `| --- | :-: |`.
fn is_rule_of_table(line: &[char]) -> bool {
    line.first() == Some(&'|') && line.contains(&'-') && line.iter().all(|c| " \n\r|:-".contains(*c))
}

/// The index of `]` in a link `[label](address)`.
fn end_of_label(line: &[char]) -> Option<usize> {
    let end = line.iter().skip(1).position(|c| matches!(c, '[' | ']'))? + 1;
    let address = line.get(end + 1..)?;
    (line[end] == ']' && address.first() == Some(&'(') && address.contains(&')')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_words_stay() {
        for (text, want) in [
            ("## Usage\nCalls **the** `api`.", "Usage\nCalls the api."),
            ("See [the docs](https://x.example/a).", "See the docs(https://x.example/a)."),
            ("```json\n{\"a\": 1}\n```\nDone", "\n{\"a\": 1}\n\nDone"),
            ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n\n| 1 | 2 |"),
            ("a * b, a[0], #1, __init__, [x]", "a * b, a[0], #1, __init__, [x]"),
            ("<!-- hidden --> <b>x</b>", "<!-- hidden --> <b>x</b>"),
            ("", ""),
        ] {
            assert_eq!(plain(text), want);
        }
    }
}
