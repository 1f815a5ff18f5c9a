//! Texts: their literals, their methods, and how values are shown in them.

use std::rc::Rc;

use tree_sitter::Node;

use super::collections::MAX_ITEMS;
use super::interpreter::{ITEM_BYTES, Interpreter, MAX_TEXT, children};
use super::literal;
use super::value::{Args, Scope, Text, Value};

/// How deep collections are shown in a text.
const MAX_SHOWN: usize = 8;

impl<'t> Interpreter<'t> {
    pub(super) fn string(&mut self, node: Node<'t>, scope: &Rc<Scope<'t>>) -> Value<'t> {
        let prefix = node.child(0).map_or("", |start| self.text(start, scope)).to_lowercase();
        let prefix = prefix.trim_end_matches(['"', '\'']);
        let (is_raw, is_format) = (prefix.contains('r'), prefix.contains('f'));
        let (mut text, mut partial, mut setting) = (String::new(), false, false);
        let parts = children(node);
        for part in &parts {
            match part.kind() {
                "string_content" => {
                    // Python reads every end of line as one sign.
                    let content = self.text(*part, scope).replace("\r\n", "\n");
                    let content = if is_raw { content } else { literal::unescaped(&content) };
                    text += &if is_format { content.replace("{{", "{").replace("}}", "}") } else { content };
                }
                "interpolation" => {
                    let value = self.field(*part, "expression", scope);
                    let parts = children(*part);
                    let of_kind = |kind: &str| parts.iter().find(|child| child.kind() == kind);
                    let format = of_kind("format_specifier").map(|node| self.text(*node, scope));
                    let conversion = of_kind("type_conversion").map(|node| self.text(*node, scope));
                    setting |= value.is_setting();
                    let converted = match conversion {
                        Some("!r") => {
                            represented(&value, MAX_SHOWN).map(|text| Text { text: text.into(), partial: false })
                        }
                        Some("!s") | None => shown(&value),
                        Some(_) => None,
                    };
                    let converted = match format {
                        Some(format) => formatted(&value, format.trim_start_matches(':')),
                        None => converted,
                    };
                    match converted {
                        Some(shown) => {
                            text += &shown.text;
                            partial |= shown.partial;
                        }
                        None => partial = true,
                    }
                }
                _ => {}
            }
            if text.len() > MAX_TEXT {
                return Value::Unknown;
            }
        }
        self.text_value(text, partial).setting_if(setting)
    }

    pub(super) fn text_method(&mut self, text: &Text, method: &str, args: &Args<'t>) -> Value<'t> {
        let argument = |at: usize| args.positional.get(at).and_then(Value::whole_text);
        self.looking_through(text.text.len() / 8);
        let made = match method {
            "strip" => match argument(0) {
                Some(chars) => text.text.trim_matches(|c| chars.contains(c)).to_owned(),
                None => text.text.trim().to_owned(),
            },
            "lstrip" => match argument(0) {
                Some(chars) => text.text.trim_start_matches(|c| chars.contains(c)).to_owned(),
                None => text.text.trim_start().to_owned(),
            },
            "rstrip" => match argument(0) {
                Some(chars) => text.text.trim_end_matches(|c| chars.contains(c)).to_owned(),
                None => text.text.trim_end().to_owned(),
            },
            "lower" | "casefold" => text.text.to_lowercase(),
            "upper" => text.text.to_uppercase(),
            "capitalize" => {
                let mut chars = text.text.chars();
                let first = chars.next().map(char::to_uppercase).into_iter().flatten();
                first.chain(chars.flat_map(char::to_lowercase)).collect()
            }
            "encode" | "decode" | "expandtabs" => text.text.to_string(),
            "replace" => match (argument(0), argument(1)) {
                (Some(from), Some(to)) if !from.is_empty() => {
                    let count = text.text.matches(&*from).count();
                    if text.text.len() + count.saturating_mul(to.len()) > MAX_TEXT {
                        return Value::Unknown;
                    }
                    text.text.replace(&*from, &to)
                }
                _ => return Value::Unknown,
            },
            "join" => {
                let Some(parts) = args.positional.first() else { return Value::Unknown };
                let (items, open) = self.items(parts);
                let texts: Vec<Option<Text>> = items.iter().map(Value::as_text).collect();
                let partial =
                    open || text.partial || texts.iter().any(|part| part.as_ref().is_none_or(|part| part.partial));
                let texts: Vec<Rc<str>> = texts.into_iter().flatten().map(|part| part.text).collect();
                let size = texts.iter().map(|part| part.len() + text.text.len()).sum::<usize>();
                if size > MAX_TEXT {
                    return Value::Unknown;
                }
                return self.text_value(texts.join(&*text.text), partial);
            }
            "format" => {
                let (made, partial) = format_text(text, args);
                return self.text_value(made, partial);
            }
            "split" if !text.partial && (args.positional.len() > 1 || args.named("maxsplit").is_some()) => {
                let (Some(by), Some(Value::Int(most @ 0..=100))) = (argument(0), args.get(1, "maxsplit")) else {
                    return Value::Unknown;
                };
                if by.is_empty() {
                    return Value::Unknown;
                }
                let parts: Vec<Value<'t>> = text.text.splitn(*most as usize + 1, &*by).map(Value::text).collect();
                self.copying(text.text.len() + parts.len() * ITEM_BYTES);
                return Value::list(parts);
            }
            "split" if !text.partial => {
                let parts: Vec<Value<'t>> = match argument(0) {
                    Some(by) if !by.is_empty() => text.text.split(&*by).take(MAX_ITEMS + 1).map(Value::text).collect(),
                    _ => text.text.split_whitespace().take(MAX_ITEMS + 1).map(Value::text).collect(),
                };
                self.copying(text.text.len() + parts.len() * ITEM_BYTES);
                return if parts.len() > MAX_ITEMS { Value::Unknown } else { Value::list(parts) };
            }
            "splitlines" if !text.partial => {
                let lines: Vec<Value<'t>> = text.text.lines().take(MAX_ITEMS + 1).map(Value::text).collect();
                self.copying(text.text.len() + lines.len() * ITEM_BYTES);
                return if lines.len() > MAX_ITEMS { Value::Unknown } else { Value::list(lines) };
            }
            "rsplit" if !text.partial && argument(1).is_none() && args.positional.len() == 2 => {
                let (Some(by), Some(Value::Int(1))) = (argument(0), args.positional.get(1)) else {
                    return Value::Unknown;
                };
                return match text.text.rsplit_once(&*by) {
                    Some((before, after)) => Value::list(vec![Value::text(before), Value::text(after)]),
                    None => Value::list(vec![Value::text(&text.text)]),
                };
            }
            "partition" | "rpartition" if !text.partial => {
                let Some(by) = argument(0).filter(|by| !by.is_empty()) else { return Value::Unknown };
                let is_first = method == "partition";
                let found = if is_first { text.text.split_once(&*by) } else { text.text.rsplit_once(&*by) };
                let parts = match found {
                    Some((before, after)) => [before, &*by, after],
                    None if is_first => [&*text.text, "", ""],
                    None => ["", "", &*text.text],
                };
                return Value::Tuple(Rc::new(parts.into_iter().map(Value::text).collect()));
            }
            "startswith" | "endswith" if !text.partial => {
                let is_start = method == "startswith";
                let is = |part: &str| if is_start { text.text.starts_with(part) } else { text.text.ends_with(part) };
                return match args.positional.first().map(Value::plain) {
                    Some(Value::Tuple(parts)) => {
                        let parts: Option<Vec<Rc<str>>> = parts.iter().map(Value::whole_text).collect();
                        parts.map_or(Value::Unknown, |parts| Value::Bool(parts.iter().any(|part| is(part))))
                    }
                    Some(part) => part.whole_text().map_or(Value::Unknown, |part| Value::Bool(is(&part))),
                    None => Value::Unknown,
                };
            }
            "isidentifier" | "isupper" | "islower" | "isdigit" | "isalpha" | "isalnum" if !text.partial => {
                let all = |is: fn(char) -> bool| !text.text.is_empty() && text.text.chars().all(is);
                return Value::Bool(match method {
                    "isidentifier" => {
                        all(|c| c.is_alphanumeric() || c == '_') && !text.text.starts_with(|c: char| c.is_numeric())
                    }
                    "isupper" => {
                        !text.text.chars().any(char::is_lowercase) && text.text.chars().any(char::is_uppercase)
                    }
                    "islower" => {
                        !text.text.chars().any(char::is_uppercase) && text.text.chars().any(char::is_lowercase)
                    }
                    "isdigit" => all(|c| c.is_ascii_digit()),
                    "isalpha" => all(char::is_alphabetic),
                    _ => all(char::is_alphanumeric),
                });
            }
            "count" if !text.partial => {
                let Some(part) = argument(0).filter(|part| !part.is_empty()) else { return Value::Unknown };
                return Value::Int(text.text.matches(&*part).count() as i64);
            }
            "removesuffix" => argument(0)
                .and_then(|part| text.text.strip_suffix(&*part).map(str::to_owned))
                .unwrap_or(text.text.to_string()),
            "removeprefix" => argument(0)
                .and_then(|p| text.text.strip_prefix(&*p).map(str::to_owned))
                .unwrap_or(text.text.to_string()),
            "title" => super::schema::title(&text.text.replace(' ', "_")),
            _ => return Value::Unknown,
        };
        self.text_value(made, text.partial)
    }
}

/// `text.format(...)` up to the longest text, with plain fields only, and whether parts of it are missing.
fn format_text(text: &Text, args: &Args<'_>) -> (String, bool) {
    let (mut made, mut partial, mut next, mut rest) = (String::new(), text.partial, 0, &*text.text);
    while let Some(at) = rest.find(['{', '}']).filter(|_| made.len() <= MAX_TEXT) {
        made += &rest[..at];
        let after = &rest[at..];
        if after.starts_with("{{") || after.starts_with("}}") {
            made += &after[..1];
            rest = &after[2..];
            continue;
        }
        let Some(end) = after.find('}').filter(|_| after.starts_with('{')) else {
            partial = true;
            rest = &after[1..];
            continue;
        };
        let field = &after[1..end];
        let value = match field.parse::<usize>() {
            Ok(at) => args.positional.get(at),
            Err(_) if field.is_empty() => {
                next += 1;
                args.positional.get(next - 1)
            }
            Err(_) => args.named(field),
        };
        match value.and_then(shown) {
            Some(shown) => {
                made += &shown.text;
                partial |= shown.partial;
            }
            None => partial = true,
        }
        rest = &after[end + 1..];
    }
    made += rest;
    (made, partial)
}

/// The value as `str()` shows it. `None` if that is not known.
pub(super) fn shown(value: &Value<'_>) -> Option<Text> {
    let text = match value.plain() {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.1}"),
        Value::Float(value) => value.to_string(),
        other @ (Value::List(_) | Value::Tuple(_) | Value::Dict(_)) => represented(&other, MAX_SHOWN)?,
        other => return other.as_text(),
    };
    Some(Text { text: text.into(), partial: false })
}

/// `text % value` up to the longest text, with `%s` and `%d` only, and whether parts of it are missing.
pub(super) fn percent(text: &Text, value: &Value<'_>) -> (String, bool) {
    let values = match value {
        Value::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    };
    let (mut made, mut partial, mut values, mut rest) = (String::new(), text.partial, values.iter(), &*text.text);
    while let Some((before, after)) = rest.split_once('%').filter(|_| made.len() <= MAX_TEXT) {
        made += before;
        rest = after.get(1..).unwrap_or_default();
        match after.chars().next() {
            Some('%') => made.push('%'),
            Some('s' | 'd') => match values.next().and_then(shown) {
                Some(shown) => made += &shown.text,
                None => partial = true,
            },
            _ => return (made, true),
        }
    }
    made += rest;
    (made, partial)
}

/// The value as `repr()` shows it, to this depth. `None` if that is not known.
fn represented(value: &Value<'_>, depth: usize) -> Option<String> {
    if depth == 0 {
        return None;
    }
    let all = |items: &[Value<'_>]| {
        let items: Option<Vec<String>> = items.iter().map(|item| represented(item, depth - 1)).collect();
        items.map(|items| items.join(", ")).filter(|text| text.len() <= MAX_TEXT)
    };
    match value.plain() {
        Value::Text(text) if !text.partial => {
            let quote = if text.text.contains('\'') && !text.text.contains('"') { '"' } else { '\'' };
            let escaped = text.text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
            let escaped = if quote == '\'' { escaped.replace('\'', "\\'") } else { escaped };
            Some(format!("{quote}{escaped}{quote}"))
        }
        Value::List(list) if !list.borrow().open => all(&list.borrow().items).map(|items| format!("[{items}]")),
        Value::Tuple(items) if items.len() == 1 => all(&items).map(|items| format!("({items},)")),
        Value::Tuple(items) => all(&items).map(|items| format!("({items})")),
        Value::Dict(dict) if !dict.borrow().open => {
            let pair = |(key, value): &(Value<'_>, Value<'_>)| {
                Some(format!("{}: {}", represented(key, depth - 1)?, represented(value, depth - 1)?))
            };
            let pairs: Option<Vec<String>> = dict.borrow().entries.iter().map(pair).collect();
            pairs.map(|pairs| format!("{{{}}}", pairs.join(", "))).filter(|text| text.len() <= MAX_TEXT)
        }
        plain @ (Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
            shown(&plain).map(|text| text.text.to_string())
        }
        _ => None,
    }
}

/// `value` as a format shows it: digits in groups, or digits after the point. `None` for another format.
fn formatted(value: &Value<'_>, format: &str) -> Option<Text> {
    let (grouped, rest) = match format.split_once(',') {
        Some(("", rest)) => (true, rest),
        Some(_) => return None,
        None => (false, format),
    };
    let digits = match (value.plain(), rest) {
        (Value::Int(value), "" | "d") => value.to_string(),
        (Value::Text(_), "" | "s") if !grouped => return value.as_text(),
        (value @ (Value::Int(_) | Value::Float(_)), rest) => {
            let places: usize =
                rest.strip_prefix('.')?.strip_suffix('f')?.parse().ok().filter(|places| *places < 20)?;
            let number = match value {
                Value::Int(value) => value as f64,
                Value::Float(value) => value,
                _ => return None,
            };
            format!("{number:.places$}")
        }
        _ => return None,
    };
    let text = if grouped { in_groups(&digits) } else { digits };
    Some(Text { text: text.into(), partial: false })
}

/// Digits in groups of three.
fn in_groups(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}
