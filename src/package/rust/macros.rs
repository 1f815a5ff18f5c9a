//! Macros that make texts, lists and JSON.

use serde_json::{Map, Value as Json};
use tree_sitter::Node;

use super::source::{arguments, children, last_word, parsed_arguments};
use super::value::{At, Evaluator, MAX_DEPTH, MAX_TEXT, Value};
use crate::package::source_tree::normalized;

impl<'t> Evaluator<'t> {
    pub(super) fn macro_value(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let name = last_word(node.child_by_field_name("macro").map(of).unwrap_or_default());
        let Some(tokens) = children(node).into_iter().find(|child| child.kind() == "token_tree") else {
            return Value::Unknown;
        };
        if matches!(name, "json" | "object") {
            let inner = children_of_tokens(tokens);
            return match &inner[..] {
                [only] if name == "json" => self.json_token(*only, text, at, depth),
                _ if name == "object" && inner.len() == 1 => self.json_token(inner[0], text, at, depth),
                _ => self.json_tokens(&inner, text, at, depth),
            };
        }
        let inner = of(tokens);
        let Some((code, tree)) = inner.get(1..inner.len().saturating_sub(1)).and_then(parsed_arguments) else {
            return Value::Unknown;
        };
        let args = arguments(&tree);
        match name {
            "concat" => {
                let mut made = String::new();
                for arg in args {
                    match self.eval(arg, &code, at, depth) {
                        Value::Json(Json::String(text)) => made.push_str(&text),
                        Value::Json(Json::Number(number)) => made.push_str(&number.to_string()),
                        _ => return Value::PartialText(made),
                    }
                    if made.len() > MAX_TEXT {
                        return Value::Unknown;
                    }
                }
                Value::text(made)
            }
            "vec" => self.list(&args, &code, at, depth),
            "format" => self.format(&args, &code, at, depth),
            "indoc" | "formatdoc" | "textwrap" => {
                let value = args.first().map_or(Value::Unknown, |arg| self.eval(*arg, &code, at, depth));
                value.whole_text().map_or(Value::Unknown, |text| Value::text(dedented(text)))
            }
            "env" => {
                match args.first().map(|arg| self.eval(*arg, &code, at, depth)).as_ref().and_then(Value::whole_text) {
                    Some("CARGO_PKG_NAME") => Value::text(self.crate_name.clone()),
                    Some("CARGO_PKG_VERSION") => Value::text(self.crate_version.clone()),
                    _ => Value::Unknown,
                }
            }
            "include_str" => {
                let path = args.first().map(|arg| self.eval(*arg, &code, at, depth));
                let folder = self.sources.files[at.file].path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let path = path.as_ref().and_then(Value::whole_text);
                let path = path.and_then(|path| normalized(format!("{folder}/{path}").trim_start_matches('/')));
                path.and_then(|path| self.tree.text(&path)).map_or(Value::Unknown, Value::text)
            }
            "schema_for" => args.first().map_or(Value::Unknown, |arg| {
                Value::SchemaOf(code.get(arg.byte_range()).unwrap_or_default().to_owned())
            }),
            _ => Value::Unknown,
        }
    }

    /// `format!`; what is not known is left out.
    fn format(&self, args: &[Node<'_>], text: &str, at: At<'_, 't>, depth: usize) -> Value {
        let Some((first, rest)) = args.split_first() else { return Value::Unknown };
        let pattern = self.eval(*first, text, at, depth);
        let Some(pattern) = pattern.whole_text() else { return Value::Unknown };
        let named = |name: &str| {
            let is_it = |arg: &&Node<'_>| {
                arg.kind() == "assignment_expression"
                    && arg.child_by_field_name("left").and_then(|left| text.get(left.byte_range())) == Some(name)
            };
            match rest.iter().find(is_it).and_then(|arg| arg.child_by_field_name("right")) {
                Some(value) => self.eval(value, text, at, depth),
                None => self.identifier(name, at, depth),
            }
        };
        let (mut made, mut partial, mut next) = (String::new(), false, 0);
        let mut letters = pattern.chars().peekable();
        while let Some(c) = letters.next() {
            match c {
                '{' if letters.peek() == Some(&'{') => {
                    letters.next();
                    made.push('{');
                }
                '}' => {
                    letters.next_if(|c| *c == '}');
                    made.push('}');
                }
                '{' => {
                    let inside: String = letters.by_ref().take_while(|c| *c != '}').collect();
                    let value = match inside.split(':').next().unwrap_or_default() {
                        "" => {
                            next += 1;
                            rest.get(next - 1).map_or(Value::Unknown, |arg| self.eval(*arg, text, at, depth))
                        }
                        name => match name.parse::<usize>() {
                            Ok(nth) => rest.get(nth).map_or(Value::Unknown, |arg| self.eval(*arg, text, at, depth)),
                            Err(_) => named(name),
                        },
                    };
                    match value {
                        Value::Json(Json::String(text)) if !inside.contains(':') => made.push_str(&text),
                        Value::Json(Json::Number(number)) if !inside.contains(':') => {
                            made.push_str(&number.to_string());
                        }
                        _ => partial = true,
                    }
                }
                c => made.push(c),
            }
            if made.len() > MAX_TEXT {
                return Value::Unknown;
            }
        }
        if partial { Value::PartialText(made) } else { Value::text(made) }
    }

    /// A value in `json!`: a list, an object, or an expression.
    fn json_token(&self, node: Node<'_>, text: &str, at: At<'_, 't>, depth: usize) -> Value {
        if depth > MAX_DEPTH || self.is_exhausted() {
            return Value::Unknown;
        }
        let of = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        if node.kind() != "token_tree" {
            return if of(node) == "null" { Value::Json(Json::Null) } else { self.eval(node, text, at, depth) };
        }
        let tokens = children_of_tokens(node);
        let parts = tokens.split(|token| of(*token) == ",").filter(|part| !part.is_empty());
        let (mut partial, is_object) = (false, of(node).starts_with('{'));
        let (mut map, mut items) = (Map::new(), Vec::new());
        for part in parts {
            let (key, value) = match part {
                [key, colon, value @ ..] if is_object && of(*colon) == ":" => (Some(*key), value),
                _ if is_object => {
                    partial = true;
                    continue;
                }
                value => (None, value),
            };
            let value = match self.json_tokens(value, text, at, depth + 1) {
                Value::Json(json) => json,
                Value::PartialObject(json) => {
                    partial = true;
                    json
                }
                Value::PartialText(text) => {
                    partial = true;
                    text.into()
                }
                Value::Unknown | Value::SchemaOf(_) => {
                    partial = true;
                    continue;
                }
            };
            match key.map(|key| self.eval(key, text, at, depth)) {
                None => items.push(value),
                Some(Value::Json(Json::String(key))) => {
                    map.insert(key, value);
                }
                Some(_) => partial = true,
            }
        }
        let json = if is_object { Json::Object(map) } else { Json::Array(items) };
        if partial { Value::PartialObject(json) } else { Value::Json(json) }
    }

    /// The tokens of one value in `json!`.
    fn json_tokens(&self, tokens: &[Node<'_>], text: &str, at: At<'_, 't>, depth: usize) -> Value {
        match tokens {
            [] => Value::Unknown,
            [only] => self.json_token(*only, text, at, depth),
            [first, .., last] => {
                let inner = text.get(first.start_byte()..last.end_byte()).unwrap_or_default();
                let Some((code, tree)) = parsed_arguments(inner) else { return Value::Unknown };
                arguments(&tree).first().map_or(Value::Unknown, |arg| self.eval(*arg, &code, at, depth))
            }
        }
    }
}

/// The tokens between the brackets of a token tree.
pub(super) fn children_of_tokens(tree: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = tree.walk();
    let mut tokens: Vec<Node<'_>> = tree.children(&mut cursor).collect();
    tokens.retain(|token| !matches!(token.kind(), "line_comment" | "block_comment"));
    if tokens.len() < 2 {
        return Vec::new();
    }
    tokens.pop();
    tokens.remove(0);
    tokens
}

fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let text = text.strip_prefix('\n').unwrap_or(text);
    let common = text.lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text.split('\n').map(|line| line.get(common..).unwrap_or(line.trim_start())).collect();
    lines.join("\n")
}
