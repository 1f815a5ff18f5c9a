//! Literals of strings and numbers.

/// The text of a string's `content` with its escapes resolved.
pub(super) fn unescaped(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some(escape) = chars.next() else {
            text.push('\\');
            break;
        };
        let mut hex = |count: usize, text: &mut String| {
            let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_hexdigit)).take(count).collect();
            let code = u32::from_str_radix(&digits, 16).ok();
            text.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
        };
        match escape {
            '\n' => {}
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'v' => text.push('\u{b}'),
            'a' => text.push('\u{7}'),
            '\\' | '\'' | '"' => text.push(escape),
            'x' => hex(2, &mut text),
            'u' => hex(4, &mut text),
            'U' => hex(8, &mut text),
            '0'..='7' => {
                let mut digits = escape.to_string();
                while digits.len() < 3
                    && let Some(digit) = chars.next_if(|c| ('0'..='7').contains(c))
                {
                    digits.push(digit);
                }
                let code = u32::from_str_radix(&digits, 8).ok();
                text.extend(code.and_then(char::from_u32));
            }
            other => text.extend(['\\', other]),
        }
    }
    text
}

/// The value of an integer literal. `None` if it is too large.
pub(super) fn integer(text: &str) -> Option<i64> {
    let digits = text.replace('_', "").to_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok();
        }
    }
    digits.parse().ok()
}

/// `text` without the indentation that all its lines but the first share, as `inspect.cleandoc`.
pub(super) fn cleandoc(text: &str) -> String {
    let expanded = text.replace('\t', "        ");
    let mut lines = expanded.split('\n');
    let first = lines.next().unwrap_or_default().trim_start();
    let rest: Vec<&str> = lines.collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let margin = rest.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let mut cleaned = vec![first];
    cleaned.extend(rest.iter().map(|line| line.get(margin..).unwrap_or_default()));
    while cleaned.last().is_some_and(|line| line.trim().is_empty()) {
        cleaned.pop();
    }
    let start = cleaned.iter().position(|line| !line.trim().is_empty()).unwrap_or(cleaned.len());
    cleaned[start..].join("\n").trim_end().to_owned()
}

/// `text` without the indentation that all its lines share, as `textwrap.dedent`.
pub(super) fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let indent = |line: &&&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let margin = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indent(&line)).min().unwrap_or(0);
    let cut = |line: &&str| if line.trim().is_empty() { "" } else { &line[margin..] }.to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(unescaped(r"a\n\x41\u00e9\101\q\\"), "a\nA\u{e9}A\\q\\");
        assert_eq!(unescaped("a\\\nb"), "ab");
        assert_eq!(
            (integer("0x_ff"), integer("1_000"), integer("9".repeat(30).as_str())),
            (Some(255), Some(1000), None)
        );
    }

    #[test]
    fn indentation_is_removed() {
        assert_eq!(cleandoc("\n    A.\n\n      B\n    "), "A.\n\n  B");
        assert_eq!(cleandoc("A.\n    B"), "A.\nB");
        assert_eq!(dedent("  a\n    b\n"), "a\n  b\n");
    }
}
