//! A text with the bodies of its functions blanked out, so that the grammar has little to parse: most functions of a bundle
//! are never called. Positions stay as they are.

/// The shortest text for which this is worth it, in bytes.
pub(super) const WORTH_IT: usize = 16 << 10;

/// After these words a `/` starts a regular expression.
const BEFORE_EXPRESSION: [&[u8]; 14] = [
    b"return",
    b"typeof",
    b"case",
    b"in",
    b"of",
    b"delete",
    b"void",
    b"throw",
    b"new",
    b"instanceof",
    b"do",
    b"else",
    b"yield",
    b"await",
];
/// After these words a parenthesis holds no parameters of a function.
const BEFORE_CONDITION: [&[u8]; 7] = [b"if", b"for", b"while", b"switch", b"with", b"catch", b"await"];

/// The token before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// One after which an expression starts, so a `/` starts a regular expression.
    Operator,
    Arrow,
    /// A word or a number that starts at this byte.
    Word(usize),
    /// The end of an expression.
    End,
    /// `)`, whether a function's body may follow, and the byte after it.
    Parenthesis(bool, usize),
}

enum Open {
    Parenthesis {
        may_be_parameters: bool,
    },
    Bracket,
    Brace,
    /// The body of a function that is in no other body, from this byte on.
    Body(usize),
    /// `${` in a template.
    Template,
}

/// `text` with each body of a function blanked out that is in no other function and longer than `short`. The brace at `own` is
/// not the start of such a body. `None` if the text could not be followed to its end.
pub(super) fn outline(text: &str, own: Option<usize>, short: usize) -> Option<String> {
    let bytes = text.as_bytes();
    let mut scan = Scan { bytes, at: 0, before: Before::Operator, open: Vec::new(), own, short, bodies: Vec::new() };
    if bytes.starts_with(b"#!") {
        scan.skip_line();
    }
    while scan.at < bytes.len() {
        scan.token()?;
    }
    if !scan.open.is_empty() {
        return None;
    }
    let mut outlined = Vec::with_capacity(bytes.len());
    for (start, end) in scan.bodies {
        outlined.extend_from_slice(&bytes[outlined.len()..start]);
        outlined.resize(end, b' ');
    }
    outlined.extend_from_slice(&bytes[outlined.len()..]);
    String::from_utf8(outlined).ok()
}

struct Scan<'text> {
    bytes: &'text [u8],
    at: usize,
    before: Before,
    open: Vec<Open>,
    own: Option<usize>,
    short: usize,
    /// The insides of the bodies to blank out.
    bodies: Vec<(usize, usize)>,
}

impl Scan<'_> {
    fn token(&mut self) -> Option<()> {
        let byte = self.bytes[self.at];
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'"' | b'\'' => self.string(byte)?,
            b'`' => {
                self.at += 1;
                self.template()?;
            }
            b'/' => self.slash()?,
            b'(' => {
                let may_be_parameters = match self.before {
                    Before::Word(start) => !BEFORE_CONDITION.contains(&self.word(start)),
                    _ => true,
                };
                self.push(Open::Parenthesis { may_be_parameters });
            }
            b'[' => self.push(Open::Bracket),
            b'{' => self.brace(),
            b')' => match self.open.pop()? {
                Open::Parenthesis { may_be_parameters } => {
                    self.at += 1;
                    self.before = Before::Parenthesis(may_be_parameters, self.at);
                }
                _ => return None,
            },
            b']' => match self.open.pop()? {
                Open::Bracket => self.step(Before::End),
                _ => return None,
            },
            b'}' => self.closing_brace()?,
            b'=' if self.bytes.get(self.at + 1) == Some(&b'>') => {
                self.at += 2;
                self.before = Before::Arrow;
            }
            b'+' | b'-' if self.bytes.get(self.at + 1) == Some(&byte) => {
                self.at += 2;
                self.before = Before::End;
            }
            byte if is_word(byte) => {
                let start = self.at;
                while self.bytes.get(self.at).copied().is_some_and(is_word) {
                    self.at += 1;
                }
                // A name after a point is no keyword.
                let is_member = start > 0 && self.bytes[start - 1] == b'.';
                self.before = if is_member { Before::End } else { Before::Word(start) };
            }
            _ => self.step(Before::Operator),
        }
        Some(())
    }

    fn step(&mut self, before: Before) {
        self.at += 1;
        self.before = before;
    }

    fn push(&mut self, open: Open) {
        self.open.push(open);
        self.step(Before::Operator);
    }

    /// The word that starts at `start` and ends where the scan is, or before.
    fn word(&self, start: usize) -> &[u8] {
        let length = self.bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        &self.bytes[start..start + length]
    }

    fn brace(&mut self) {
        let follows_parameters = match self.before {
            Before::Arrow => true,
            // In a new line it may be a block after a call.
            Before::Parenthesis(may_be_parameters, end) => {
                may_be_parameters && !self.bytes[end..self.at].contains(&b'\n')
            }
            Before::Operator | Before::Word(_) | Before::End => false,
        };
        let is_inside = self.open.iter().any(|open| matches!(open, Open::Body(_)));
        let is_body = follows_parameters && !is_inside && self.own != Some(self.at);
        self.push(if is_body { Open::Body(self.at + 1) } else { Open::Brace });
    }

    fn closing_brace(&mut self) -> Option<()> {
        match self.open.pop()? {
            Open::Template => {
                self.at += 1;
                return self.template();
            }
            Open::Body(start) => {
                if self.at - start > self.short {
                    self.bodies.push((start, self.at));
                }
            }
            Open::Brace => {}
            Open::Parenthesis { .. } | Open::Bracket => return None,
        }
        // Hardly anything is divided by what follows a brace.
        self.step(Before::Operator);
        Some(())
    }

    fn string(&mut self, quote: u8) -> Option<()> {
        self.at += 1;
        loop {
            match *self.bytes.get(self.at)? {
                b'\\' => self.at += 2,
                b'\n' => return None,
                byte if byte == quote => break,
                _ => self.at += 1,
            }
        }
        self.step(Before::End);
        Some(())
    }

    /// The text of a template, to its end or to the next `${`.
    fn template(&mut self) -> Option<()> {
        loop {
            match *self.bytes.get(self.at)? {
                b'\\' => self.at += 2,
                b'`' => {
                    self.step(Before::End);
                    return Some(());
                }
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    self.push(Open::Template);
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn slash(&mut self) -> Option<()> {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.skip_line(),
            Some(b'*') => {
                self.at += 2;
                while !self.bytes[self.at..].starts_with(b"*/") {
                    self.at += 1;
                    self.bytes.get(self.at)?;
                }
                self.at += 2;
            }
            _ => {
                let starts_regex = match self.before {
                    Before::Operator | Before::Arrow => true,
                    Before::Word(start) => BEFORE_EXPRESSION.contains(&self.word(start)),
                    Before::Parenthesis(may_be_parameters, _) => !may_be_parameters,
                    Before::End => false,
                };
                match self.end_of_regex().filter(|_| starts_regex) {
                    Some(end) => {
                        self.at = end;
                        self.before = Before::End;
                    }
                    None => self.step(Before::Operator),
                }
            }
        }
        Some(())
    }

    /// The byte after the regular expression that starts here. `None` if its line has no end of one.
    fn end_of_regex(&self) -> Option<usize> {
        let mut at = self.at + 1;
        let mut in_class = false;
        loop {
            match *self.bytes.get(at)? {
                b'\\' => at += 1,
                b'\n' => return None,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
    }

    fn skip_line(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| *byte != b'\n') {
            self.at += 1;
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that is long enough to be blanked out.
    fn long(inner: &str) -> String {
        format!("{inner}{}", " work();".repeat(40))
    }

    #[test]
    fn bodies_are_blanked_and_the_rest_stays() {
        let body = long("const a = { b: /[/}]'/, c: `}${d({})}` }; // }\n");
        for (before, after) in [
            ("const x = 1; function f(a, b = {}) {", "}\nconst y = /\\//g;"),
            ("const f = async (a) => {", "};"),
            ("class A extends B { constructor() {", "} static x = 4 / 2; }"),
            ("const o = { method({ a }) {", "}, other: 2 };"),
        ] {
            let text = format!("{before}{body}{after}");
            let expected = format!("{before}{}{after}", " ".repeat(body.len()));
            assert_eq!(outline(&text, None, 240).as_deref(), Some(expected.as_str()), "{before}");
        }
    }

    #[test]
    fn blocks_are_no_bodies() {
        let block = long("");
        for before in ["if (a) {", "for await (const x of y) {", "try {} catch (e) {", "call()\n{", "x = {"] {
            let text = format!("{before}{block}}}");
            assert_eq!(outline(&text, None, 240).as_deref(), Some(text.as_str()), "{before}");
        }
    }

    #[test]
    fn the_own_body_stays_and_its_functions_go() {
        let (inner, rest) = (long(""), long(" "));
        let text = format!("()=>{{ function f() {{{inner}}}{rest}}}");
        let expected = format!("()=>{{ function f() {{{}}}{rest}}}", " ".repeat(inner.len()));
        assert_eq!(outline(&text, Some(4), 240), Some(expected));
    }

    #[test]
    fn a_text_that_does_not_close_has_no_outline() {
        for text in ["f(", "a]", "`${", "'open", "/* open", "{ ( }"] {
            assert_eq!(outline(text, None, 240), None, "{text}");
        }
    }
}
