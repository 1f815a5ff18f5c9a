//! Markdown as plain text: what only marks a heading, emphasis or code goes, every word and every address stays.

/// `text` without the marks.
pub(crate) fn plain(text: &str) -> String {
    let kept = kept(text);
    text.chars().zip(kept).filter(|(_, kept)| *kept).map(|(c, _)| c).collect()
}

/// For each character of `text` whether it stays: false for a mark.
pub(crate) fn kept(text: &str) -> Vec<bool> {
    let mut kept = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let chars: Vec<char> = line.chars().collect();
        kept.extend(kept_of_line(&chars));
    }
    kept
}

fn kept_of_line(line: &[char]) -> Vec<bool> {
    let mut kept = vec![true; line.len()];
    let indent = line.iter().take_while(|c| c.is_whitespace()).count();
    let rest = &line[indent.min(line.len())..];
    if is_rule_of_table(rest) || rest.starts_with(&['`', '`', '`']) && !rest[3..].contains(&'`') {
        kept.iter_mut().zip(line).for_each(|(kept, c)| *kept = *c == '\n');
        return kept;
    }
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if (1..=6).contains(&hashes) && rest.get(hashes).is_some_and(|c| *c == ' ') {
        kept[indent..=indent + hashes].fill(false);
    }
    let mut at = indent;
    while at < line.len() {
        match line[at] {
            '`' => kept[at] = false,
            '*' if line.get(at + 1) == Some(&'*') => {
                kept[at..at + 2].fill(false);
                at += 1;
            }
            '[' => {
                if let Some(end) = end_of_label(&line[at..]) {
                    kept[at] = false;
                    kept[at + end] = false;
                }
            }
            _ => {}
        }
        at += 1;
    }
    kept
}

/// True for `| --- | :-: |`.
fn is_rule_of_table(line: &[char]) -> bool {
    line.first() == Some(&'|') && line.contains(&'-') && line.iter().all(|c| " \n\r|:-".contains(*c))
}

/// Where the label of a link ends: the place of `]` in `[label](address)`.
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
