//! RE2 patterns, as the policy engines use them. The `regex` crate is similar, but each accepts patterns that the other
//! rejects or reads differently. So a pattern is parsed by RE2's rules and rewritten for the crate. Source: the syntax
//! page of github.com/google/re2. Own code, because no crate parses RE2's syntax without RE2 itself, which is C++;
//! `fuzz/targets/policy.rs` fuzzes it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use regex::Regex;

use error::PatternError;

mod error;

/// RE2's maximum of repetitions; those of nested repetitions are multiplied.
const MAX_REPETITIONS: u64 = 1_000;
/// Names of the classes `[:name:]`.
const POSIX_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// RE2 rejects it.
    Refused(PatternError),
    /// Only the `regex` crate rejects it; RE2 may accept it.
    Here(String),
}

/// Most compiled patterns that are kept.
const MAX_KEPT: usize = 64;

thread_local! {
    /// Compiled patterns by their text. The tools of one server share a few long ones.
    static KEPT: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Compiles the pattern with RE2's meaning.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Unusable> {
    if let Some(kept) = KEPT.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(kept);
    }
    let written = Translator::new(pattern).run().map_err(Unusable::Refused)?;
    let compiled = Regex::new(&written).map_err(|cause| {
        let cause = cause.to_string();
        Unusable::Here(cause.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned())
    })?;
    KEPT.with_borrow_mut(|kept| {
        if kept.len() < MAX_KEPT {
            kept.insert(pattern.to_owned(), compiled.clone());
        }
    });
    Ok(compiled)
}

/// What comes before the current position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    /// Nothing that can be repeated.
    #[default]
    Nothing,
    Atom,
    Repetition,
}

/// An open group.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    last: Last,
    /// The repetitions within the last item, and within any item of the group.
    last_count: u64,
    count: u64,
}

struct Translator<'p> {
    rest: &'p str,
    out: String,
    group: Group,
    around: Vec<Group>,
    names: HashSet<&'p str>,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Self {
        let names = HashSet::new();
        Self { rest: pattern, out: String::new(), group: Group::default(), around: Vec::new(), names }
    }

    fn run(mut self) -> Result<String, PatternError> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.group.last = Last::Nothing;
                }
                '*' | '+' | '?' => self.repeat(&c.to_string(), 1)?,
                '{' => match bounds(self.rest) {
                    Some((length, least, most)) => {
                        let (text, rest) = self.rest.split_at(length);
                        self.rest = rest;
                        if least > most {
                            return Err(PatternError::BackwardRepetition(text.to_owned()));
                        }
                        self.repeat(&format!("{{{text}"), most)?;
                    }
                    None => self.literal(c),
                },
                '^' | '$' | '.' => self.atom(c.encode_utf8(&mut [0; 4])),
                _ => self.literal(c),
            }
        }
        if self.around.is_empty() { Ok(self.out) } else { Err(PatternError::OpenGroup) }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Skips `text` if it comes next, and returns whether it did.
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.stands_last(1);
    }

    fn literal(&mut self, c: char) {
        self.atom(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn stands_last(&mut self, count: u64) {
        self.group = Group { last: Last::Atom, last_count: count, count: self.group.count.max(count) };
    }

    /// A repetition, written `text`, with `count` as its upper bound.
    fn repeat(&mut self, text: &str, count: u64) -> Result<(), PatternError> {
        match self.group.last {
            Last::Nothing => return Err(PatternError::NothingToRepeat),
            Last::Repetition => return Err(PatternError::RepeatedRepetition),
            Last::Atom => {}
        }
        let count = self.group.last_count.saturating_mul(count.max(1));
        if count > MAX_REPETITIONS {
            return Err(PatternError::TooManyRepetitions);
        }
        self.stands_last(count);
        self.group.last = Last::Repetition;
        self.out.push_str(text);
        if self.eat("?") {
            self.out.push('?');
        }
        Ok(())
    }

    /// Allows another repetition of the last item, because something without a meaning of its own is in between.
    fn ends_repetition(&mut self) {
        if self.group.last == Last::Repetition {
            self.group.last = Last::Atom;
        }
    }

    /// Reads an escape, after the backslash.
    fn escape(&mut self) -> Result<(), PatternError> {
        let Some(c) = self.next() else { return Err(PatternError::TrailingBackslash) };
        match c {
            'Q' => {
                let (text, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                text.chars().for_each(|c| self.literal(c));
                self.ends_repetition();
            }
            'A' => self.atom(r"\A"),
            'z' => self.atom(r"\z"),
            'b' => self.atom(r"(?-u:\b)"),
            'B' => self.atom(r"(?-u:\B)"),
            'C' => self.atom("(?s:.)"),
            'p' | 'P' => {
                let class = self.property(c == 'P')?;
                self.atom(&class);
            }
            _ => match perl_class(c) {
                Some(class) => self.atom(class),
                None => {
                    let c = self.character(c)?;
                    self.literal(c);
                }
            },
        }
        Ok(())
    }

    /// The character of the escape `\c`.
    fn character(&mut self, c: char) -> Result<char, PatternError> {
        let code = match c {
            'a' => 0x07,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                if c != '0' && more == 0 {
                    return Err(PatternError::Backreference);
                }
                let (digits, rest) = self.rest.split_at(more);
                self.rest = rest;
                u32::from_str_radix(&format!("{c}{digits}"), 8).unwrap_or_default()
            }
            'x' => self.hexadecimal().ok_or(PatternError::Hexadecimal)?,
            '8' | '9' => return Err(PatternError::Backreference),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
            _ => return Err(PatternError::UnknownEscape(c)),
        };
        char::from_u32(code).ok_or(PatternError::NoCharacter(code))
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let (digits, rest) = match self.rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => self.rest.split_at_checked(2)?,
        };
        self.rest = rest;
        let is_hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)
    }

    /// Reads what follows `\p` or `\P`: a category or a script.
    fn property(&mut self, mut negated: bool) -> Result<String, PatternError> {
        let name = if self.eat("{") {
            let (name, rest) = self.rest.split_once('}').ok_or(PatternError::OpenProperty)?;
            self.rest = rest;
            name
        } else {
            let length = self.rest.chars().next().map_or(0, char::len_utf8);
            let (name, rest) = self.rest.split_at(length);
            self.rest = rest;
            name
        };
        let plain = name.strip_prefix('^');
        negated ^= plain.is_some();
        let name = plain.unwrap_or(name);
        let sign = if negated { 'P' } else { 'p' };
        let class = match name {
            "Any" => format!(r"\{sign}{{Any}}"),
            _ if name.len() <= 2 => format!(r"\{sign}{{gc={name}}}"),
            _ => format!(r"\{sign}{{sc={name}}}"),
        };
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let is_known = is_name && Regex::new(&class).is_ok();
        is_known.then_some(class).ok_or(PatternError::UnknownProperty)
    }

    /// Reads the rest of a class in square brackets. RE2 gives `[` and `&&` no special meaning there.
    fn class(&mut self) -> Result<(), PatternError> {
        let mut class = String::from(if self.eat("^") { "[^" } else { "[" });
        let mut is_first = true;
        while is_first || !self.eat("]") {
            let Some(c) = self.next() else { return Err(PatternError::OpenClass) };
            is_first = false;
            match c {
                '[' if self.rest.starts_with(':') && self.rest[1..].contains(":]") => {
                    class.push_str(&self.posix_class()?);
                    continue;
                }
                '\\' if self.rest.starts_with(['p', 'P']) => {
                    let negated = self.next() == Some('P');
                    class.push_str(&self.property(negated)?);
                    continue;
                }
                '\\' => {
                    if let Some(perl) = self.rest.chars().next().and_then(perl_class) {
                        self.next();
                        class.push_str(perl);
                        continue;
                    }
                }
                _ => {}
            }
            let low = self.class_character(c)?;
            let is_range = self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]");
            let high = match is_range.then(|| (self.next(), self.next())) {
                Some((_, Some(c))) => self.class_character(c)?,
                _ => low,
            };
            if low > high {
                return Err(PatternError::BackwardRange { low, high });
            }
            class.push_str(&format!(r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high)));
        }
        class.push(']');
        self.atom(&class);
        Ok(())
    }

    /// Reads a character of a class that begins with `c`.
    fn class_character(&mut self, c: char) -> Result<char, PatternError> {
        match c {
            '\\' => {
                let escaped = self.next().ok_or(PatternError::TrailingBackslash)?;
                self.character(escaped)
            }
            _ => Ok(c),
        }
    }

    /// Reads `[:alpha:]` after the first bracket.
    fn posix_class(&mut self) -> Result<String, PatternError> {
        let (name, rest) = self.rest[1..].split_once(":]").unwrap_or_default();
        self.rest = rest;
        let class = format!("[:{name}:]");
        let is_known = POSIX_CLASSES.contains(&name.strip_prefix('^').unwrap_or(name));
        is_known.then_some(class).ok_or_else(|| PatternError::UnknownClass(name.to_owned()))
    }

    fn open(&mut self) -> Result<(), PatternError> {
        if !self.eat("?") {
            self.begin("(");
            return Ok(());
        }
        if ["=", "!", "<=", "<!"].iter().any(|sign| self.rest.starts_with(sign)) {
            return Err(PatternError::LookAround);
        }
        if self.rest.starts_with("P=") || self.rest.starts_with("P>") {
            return Err(PatternError::Backreference);
        }
        if self.eat("P<") || self.eat("<") {
            let (name, rest) = self.rest.split_once('>').unwrap_or_default();
            self.rest = rest;
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(PatternError::GroupName);
            }
            if !self.names.insert(name) {
                return Err(PatternError::DuplicateGroup(name.to_owned()));
            }
            self.begin("(");
            return Ok(());
        }
        self.flags()
    }

    fn begin(&mut self, text: &str) {
        self.out.push_str(text);
        self.around.push(std::mem::take(&mut self.group));
    }

    /// Reads `(?i-s:` or `(?i-s)` after the question mark.
    fn flags(&mut self) -> Result<(), PatternError> {
        let (mut flags, mut negated, mut is_stated) = (BTreeMap::new(), false, true);
        loop {
            match self.next() {
                Some(flag @ ('i' | 'm' | 's' | 'U')) => {
                    flags.insert(flag, !negated);
                    is_stated = true;
                }
                Some('-') if !negated => (negated, is_stated) = (true, false),
                Some(end @ (':' | ')')) if is_stated => {
                    let of = |wanted: bool| flags.iter().filter(move |(_, on)| **on == wanted).map(|(flag, _)| *flag);
                    let (on, off): (String, String) = (of(true).collect(), of(false).collect());
                    let off = if off.is_empty() { off } else { format!("-{off}") };
                    match end {
                        ':' => self.begin(&format!("(?{on}{off}:")),
                        _ if flags.is_empty() => self.ends_repetition(),
                        _ => {
                            self.ends_repetition();
                            self.out.push_str(&format!("(?{on}{off})"));
                        }
                    }
                    return Ok(());
                }
                Some(c) if c.is_ascii_alphabetic() || c == '-' => {
                    return Err(PatternError::UnknownFlag);
                }
                Some(c) => return Err(PatternError::UnknownGroup(c)),
                None => return Err(PatternError::OpenGroup),
            }
        }
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let around = self.around.pop().ok_or(PatternError::UnopenedGroup)?;
        let count = self.group.count.max(1);
        self.group = around;
        self.atom(")");
        self.stands_last(count);
        Ok(())
    }
}

/// Parses the bounds of a repetition up to the brace, as in `2,5}`: length, minimum and maximum, as far as they are
/// given. `None` if the brace is a literal.
fn bounds(text: &str) -> Option<(usize, u64, u64)> {
    let inner = &text[..text.find('}')?];
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let is_plain = is_number && (digits.len() == 1 || !digits.starts_with('0'));
        is_plain.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let (least, most) = match inner.split_once(',') {
        None | Some((_, "")) => (number(inner.trim_end_matches(','))?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((inner.len() + 1, least, most.unwrap_or(least)))
}

/// RE2's class for the escape `\c`, in ASCII only.
fn perl_class(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
