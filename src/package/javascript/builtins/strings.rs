//! Methods of strings, numbers and regular expressions.

use regex::Regex;

use super::super::interpreter::{Eval, Interpreter, MAX_ITEMS, MAX_TEXT, TEXT_BYTES};
use super::super::numbers;
use super::super::value::{Kind, Value};
use super::{arg, index};

/// The longest regular expression, in bytes, and the most memory of a compiled one.
const MAX_PATTERN: usize = 1_000;
const MAX_REGEX: usize = 1 << 20;
/// Compiling one takes as long as copying so many values.
const REGEX_COST: usize = 800;
/// Matching a byte takes as long as copying so many values.
const REGEX_BYTE_COST: usize = 4;

impl Interpreter<'_> {
    pub(super) fn string_method(&mut self, text: &str, name: &str, args: &[Value]) -> Eval {
        // What it is compared with or cut by must be known.
        if args.iter().any(Value::is_unknown) {
            return Ok(Value::RUNTIME);
        }
        let first = arg(args, 0);
        self.scanning(text.len());
        let length = text.chars().count();
        let part = |from: usize, to: usize| text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>();
        let needle = first.as_str();
        let result = match (name, needle) {
            ("trim", _) => text.trim().to_owned(),
            ("trimStart" | "trimLeft", _) => text.trim_start().to_owned(),
            ("trimEnd" | "trimRight", _) => text.trim_end().to_owned(),
            ("toLowerCase" | "toLocaleLowerCase", _) => text.to_lowercase(),
            ("toUpperCase" | "toLocaleUpperCase", _) => text.to_uppercase(),
            ("toString" | "valueOf" | "normalize", _) => text.to_owned(),
            ("slice", _) => part(index(&first, length, 0), index(&arg(args, 1), length, length)),
            ("substring", _) => {
                let clamp = |value: Value, otherwise| match value {
                    Value::Number(number) => (number.max(0.0) as usize).min(length),
                    _ => otherwise,
                };
                let (from, to) = (clamp(first, 0), clamp(arg(args, 1), length));
                part(from.min(to), from.max(to))
            }
            ("substr", _) => {
                let from = index(&first, length, 0);
                let count = if let Value::Number(count) = arg(args, 1) { count.max(0.0) as usize } else { length };
                part(from, from.saturating_add(count).min(length))
            }
            ("concat", _) => match self.joined(args, "")? {
                Some(rest) => format!("{text}{rest}"),
                None => return Ok(Value::RUNTIME),
            },
            ("repeat", _) => match first {
                Value::Number(count) if count >= 0.0 && count * (text.len() as f64) < MAX_TEXT as f64 => {
                    text.repeat(count as usize)
                }
                _ => return Ok(Value::RUNTIME),
            },
            ("padStart" | "padEnd", _) => {
                let Value::Number(width) = first else { return Ok(Value::RUNTIME) };
                let fill = arg(args, 1).as_str().unwrap_or(" ").to_owned();
                let missing = (width.clamp(0.0, MAX_TEXT as f64) as usize).saturating_sub(length);
                let fill: String = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
                if name == "padStart" { format!("{fill}{text}") } else { format!("{text}{fill}") }
            }
            ("charAt" | "at", _) => {
                let at = index(&first, length, 0);
                return Ok(text.chars().nth(at).map_or(Value::Undefined, |c| Value::string(&c.to_string())));
            }
            ("charCodeAt" | "codePointAt", _) => {
                let at = index(&first, length, 0);
                return Ok(text
                    .chars()
                    .nth(at)
                    .map_or(Value::Number(f64::NAN), |c| Value::Number(f64::from(u32::from(c)))));
            }
            ("startsWith", Some(needle)) => return Ok(Value::Bool(text.starts_with(needle))),
            ("endsWith", Some(needle)) => return Ok(Value::Bool(text.ends_with(needle))),
            ("includes", Some(needle)) => return Ok(Value::Bool(text.contains(needle))),
            ("indexOf" | "lastIndexOf", Some(needle)) => {
                let at = if name == "indexOf" { text.find(needle) } else { text.rfind(needle) };
                return Ok(Value::Number(at.map_or(-1.0, |at| text[..at].chars().count() as f64)));
            }
            ("localeCompare", Some(needle)) => return Ok(Value::Number(f64::from(text.cmp(needle) as i8))),
            ("split", _) => return self.split(text, &first),
            ("replace" | "replaceAll", _) => return self.replace(text, &first, &arg(args, 1), name == "replaceAll"),
            ("match" | "matchAll" | "search", _) => match self.regex(&first, text) {
                Some((regex, global)) => return self.matches(&regex, text, name, global),
                None => return Ok(Value::RUNTIME),
            },
            _ => return Ok(Value::RUNTIME),
        };
        Ok(self.text(result))
    }

    fn split(&mut self, text: &str, separator: &Value) -> Eval {
        let parts: Vec<Value> = match separator {
            Value::Undefined => self.copied_texts(std::iter::once(text)),
            Value::String(separator) if separator.is_empty() => self.copied_texts(chars_of(text)),
            Value::String(separator) => self.copied_texts(text.split(&**separator)),
            separator => match self.regex(separator, text) {
                Some((regex, _)) => self.copied_texts(regex.split(text)),
                None => return Ok(Value::RUNTIME),
            },
        };
        Ok(self.array(parts))
    }

    fn replace(&mut self, text: &str, pattern: &Value, by: &Value, all: bool) -> Eval {
        let (regex, global) = match pattern {
            Value::String(pattern) => match Regex::new(&regex::escape(pattern)) {
                Ok(regex) => (regex, all),
                Err(_) => return Ok(Value::RUNTIME),
            },
            pattern => match self.regex(pattern, text) {
                Some((regex, global)) => (regex, global),
                None => return Ok(Value::RUNTIME),
            },
        };
        let (mut result, mut end) = (String::new(), 0);
        for captures in regex.captures_iter(text).take(if global { usize::MAX } else { 1 }) {
            self.step()?;
            let Some(whole) = captures.get(0) else { continue };
            result.push_str(&text[end..whole.start()]);
            end = whole.end();
            if self.is_callable(by) {
                let groups =
                    captures.iter().map(|group| group.map_or(Value::Undefined, |group| Value::string(group.as_str())));
                let args: Vec<Value> = groups.collect();
                let value = self.call(by, Value::Undefined, args)?;
                match self.text_of(&value)? {
                    Some(text) => result.push_str(&text),
                    None => return Ok(Value::RUNTIME),
                }
            } else {
                let Some(by) = self.text_of(by)? else { return Ok(Value::RUNTIME) };
                self.copying(by.len());
                expand(&by, &captures, &mut result);
            }
            if result.len() > MAX_TEXT {
                break;
            }
        }
        result.push_str(&text[end..]);
        Ok(self.text(result))
    }

    fn matches(&mut self, regex: &Regex, text: &str, name: &str, global: bool) -> Eval {
        if name == "search" {
            return Ok(Value::Number(
                regex.find(text).map_or(-1.0, |found| text[..found.start()].chars().count() as f64),
            ));
        }
        if name == "match" && global {
            let found = self.copied_texts(regex.find_iter(text).map(|found| found.as_str()));
            return Ok(if found.is_empty() { Value::Null } else { self.array(found) });
        }
        let groups = |captures: regex::Captures<'_>| -> Vec<Value> {
            captures.iter().map(|group| group.map_or(Value::Undefined, |group| Value::string(group.as_str()))).collect()
        };
        if name == "match" {
            self.keep(text.len());
            return Ok(match regex.captures(text).map(groups) {
                Some(groups) => self.array(groups),
                None => Value::Null,
            });
        }
        let mut all = Vec::new();
        for captures in regex.captures_iter(text).take(MAX_ITEMS) {
            self.step()?;
            self.keep(captures.len() * (captures.get(0).map_or(0, |whole| whole.len()) + TEXT_BYTES));
            let groups = groups(captures);
            all.push(self.array(groups));
        }
        Ok(self.array(all))
    }

    /// The regular expression that is run over `text`, if it means the same here, and whether it is global.
    fn regex(&mut self, value: &Value, text: &str) -> Option<(Regex, bool)> {
        self.copying(REGEX_COST + text.len() * REGEX_BYTE_COST);
        let Some(Kind::Regex(pattern, flags)) = self.kind(value) else { return None };
        compiled(pattern, flags).map(|regex| (regex, flags.contains('g')))
    }

    pub(super) fn regex_method(&mut self, pattern: &str, flags: &str, name: &str, args: &[Value]) -> Eval {
        let text = arg(args, 0);
        self.copying(REGEX_COST + text.as_str().map_or(0, str::len) * REGEX_BYTE_COST);
        let (Some(regex), Some(text)) = (compiled(pattern, flags), text.as_str()) else { return Ok(Value::RUNTIME) };
        match name {
            "test" => Ok(Value::Bool(regex.is_match(text))),
            "exec" => self.matches(&regex, text, "match", false),
            _ => Ok(Value::RUNTIME),
        }
    }

    pub(super) fn number_method(&mut self, number: f64, name: &str, args: &[Value]) -> Option<Value> {
        match (name, arg(args, 0)) {
            ("toString", Value::Undefined) | ("valueOf", _) => Some(Value::string(&numbers::to_string(number))),
            ("toLocaleString", Value::Undefined | Value::String(_)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(Value::string(&grouped(number as i64)))
            }
            ("toFixed", digits) => match digits {
                Value::Number(digits) if (0.0..=20.0).contains(&digits) => {
                    Some(Value::string(&format!("{number:.*}", digits as usize)))
                }
                _ => Some(Value::string(&format!("{number:.0}"))),
            },
            _ => Some(Value::RUNTIME),
        }
    }
}

fn compiled(pattern: &str, flags: &str) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    // `/` and a few others are escaped in JavaScript and must not be here.
    let mut translated = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                '/' => translated.push('/'),
                'd' => translated.push_str("[0-9]"),
                other => translated.extend(['\\', other]),
            },
            c => translated.push(c),
        }
    }
    let mut builder = regex::RegexBuilder::new(&translated);
    builder.size_limit(MAX_REGEX).case_insensitive(flags.contains('i')).multi_line(flags.contains('m'));
    builder.dot_matches_new_line(flags.contains('s')).build().ok()
}

/// The characters of `text`, each as a text.
pub(in super::super) fn chars_of(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()])
}

/// Adds a replacement to `result`, with its `$1`, `$&` and `$$` filled in, up to the longest text.
fn expand(by: &str, captures: &regex::Captures<'_>, result: &mut String) {
    let mut rest = by;
    while let Some(at) = rest.find('$').filter(|_| result.len() <= MAX_TEXT) {
        result.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let group = after[..digits].parse::<usize>().ok().filter(|group| (1..captures.len()).contains(group));
        if let Some(group) = group {
            result.push_str(captures.get(group).map_or("", |group| group.as_str()));
            rest = &after[digits..];
        } else if let Some(after) = after.strip_prefix('&') {
            result.push_str(captures.get(0).map_or("", |whole| whole.as_str()));
            rest = after;
        } else {
            result.push('$');
            rest = after.strip_prefix('$').unwrap_or(after);
        }
    }
    result.push_str(rest);
}

/// `1234567` as `1,234,567`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut result = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// `text` without the indentation that all of its lines share, as the templates of `dedent` and `outdent`.
pub(in super::super) fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let indented = lines.iter().skip(1).filter(|line| !line.trim().is_empty());
    let shared = indented.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len()).min().unwrap_or(0);
    let cut = lines.iter().enumerate().map(|(at, line)| match at {
        0 => *line,
        _ => line.get(shared.min(line.len() - line.trim_start_matches([' ', '\t']).len())..).unwrap_or(line),
    });
    cut.collect::<Vec<_>>().join("\n").trim().to_owned()
}
