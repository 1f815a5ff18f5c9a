//! Strings, templates, numbers and regular expressions.

use std::rc::Rc;

use tree_sitter::Node;

use super::super::syntax::Expr;
use super::Lowering;

impl Lowering<'_, '_> {
    /// The text of a string without its quotes.
    pub(super) fn string(&self, node: Node<'_>) -> Rc<str> {
        let text = self.text(node);
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        unescaped(inner).into()
    }

    /// The texts around the expressions of a template, and the expressions.
    pub(super) fn template(&mut self, node: Node<'_>) -> (Vec<Rc<str>>, Vec<Expr>) {
        let (mut texts, mut expressions) = (Vec::new(), Vec::new());
        let mut start = node.start_byte() + 1;
        for child in self.children(node) {
            if child.kind() == "template_substitution" {
                texts.push(self.template_text(start, child.start_byte()));
                start = child.end_byte();
                let inner = self.children(child).first().copied();
                expressions.push(inner.map_or(Expr::Unsupported, |inner| self.expr(inner)));
            }
        }
        texts.push(self.template_text(start, node.end_byte().saturating_sub(1)));
        (texts, expressions)
    }

    fn template_text(&self, start: usize, end: usize) -> Rc<str> {
        unescaped(&self.text.get(start..end).unwrap_or_default().replace("\r\n", "\n")).into()
    }

    pub(super) fn number(&self, node: Node<'_>) -> Expr {
        let text = self.text(node).replace('_', "").to_ascii_lowercase();
        let text = text.strip_suffix('n').unwrap_or(&text);
        let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(|number| number as f64);
        let number = match text.get(..2) {
            Some("0x") => radix(&text[2..], 16),
            Some("0b") => radix(&text[2..], 2),
            Some("0o") => radix(&text[2..], 8),
            _ => text.parse().ok(),
        };
        number.map_or(Expr::Unsupported, Expr::Number)
    }

    pub(super) fn regex(&self, node: Node<'_>) -> Expr {
        let part = |field| node.child_by_field_name(field).map_or("", |part| self.text(part));
        Expr::Regex(part("pattern").into(), part("flags").into())
    }
}

/// `text` with its escapes replaced. A half of a surrogate pair becomes the replacement character.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let push = |units: &mut Vec<u16>, c: char| units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(&mut units, c);
            continue;
        }
        match chars.next() {
            Some('n') => push(&mut units, '\n'),
            Some('t') => push(&mut units, '\t'),
            Some('r') => push(&mut units, '\r'),
            Some('b') => push(&mut units, '\u{8}'),
            Some('f') => push(&mut units, '\u{c}'),
            Some('v') => push(&mut units, '\u{b}'),
            Some('0') if !chars.peek().is_some_and(char::is_ascii_digit) => push(&mut units, '\0'),
            Some('\r') => {
                chars.next_if_eq(&'\n');
            }
            Some('\n' | '\u{2028}' | '\u{2029}') | None => {}
            Some('x') => {
                let digits: String = chars.by_ref().take(2).collect();
                units.extend(u16::from_str_radix(&digits, 16).ok());
            }
            Some('u') if chars.next_if_eq(&'{').is_some() => {
                let digits: String = chars.by_ref().take_while(|c| *c != '}').collect();
                push(&mut units, u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                units.extend(u16::from_str_radix(&digits, 16).ok());
            }
            Some(other) => push(&mut units, other),
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_are_replaced() {
        for (text, expected) in [
            (r"a\n\tb", "a\n\tb"),
            (r"\x41\u0042\u{43}", "ABC"),
            (r"\ud83d\ude00", "😀"),
            (r"\ud83d", "\u{fffd}"),
            ("one\\\ntwo", "onetwo"),
            (r"\'\\\q", r"'\q"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }
}
