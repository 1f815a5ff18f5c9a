//! The headers of the revisions without sessions: they repeat the method, the name and marked arguments of a request.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::outgoing::Outgoing;

/// The keyword that marks an argument.
const KEYWORD: &str = "x-mcp-header";
/// Most tools whose marked arguments are remembered.
const MAX_TOOLS: usize = 10_000;
/// Most marked arguments of a tool, and how deep they may be.
const MAX_MARKED: usize = 64;
const MAX_DEPTH: usize = 16;

/// The marked arguments of the tools that a server has listed.
#[derive(Debug, Default)]
pub(super) struct MarkedArguments(HashMap<String, Vec<Marked>>);

/// An argument that is repeated in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Marked {
    path: Vec<String>,
    header: String,
}

impl MarkedArguments {
    /// Remembers the tools in `reply`, a reply to `tools/list`.
    pub(super) fn learn(&mut self, reply: &str) {
        let Ok(reply) = serde_json::from_str::<Value>(reply) else { return };
        for tool in reply["result"]["tools"].as_array().into_iter().flatten() {
            let Some(name) = tool["name"].as_str() else { continue };
            let mut marked = Vec::new();
            collect(&tool["inputSchema"], &mut Vec::new(), &mut marked);
            if marked.is_empty() {
                self.0.remove(name);
            } else if self.0.len() < MAX_TOOLS {
                self.0.insert(name.to_owned(), marked);
            }
        }
    }

    /// The headers of `message`, which names its revision itself.
    pub(super) fn headers(&self, message: &Outgoing) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = Vec::new();
        let mut add = |name: &str, value: &str| {
            let name = HeaderName::try_from(name);
            let value = HeaderValue::try_from(encoded(value));
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.push((name, value));
            }
        };
        add("mcp-method", &message.method);
        if let Some(name) = &message.name {
            add("mcp-name", name);
        }
        let marked = message.name.as_ref().and_then(|name| self.0.get(name));
        for Marked { path, header } in marked.into_iter().flatten().filter(|_| message.method == "tools/call") {
            let value = path.iter().try_fold(message.arguments.as_ref(), |value, key| Some(value?.get(key)));
            let text = match value.flatten() {
                Some(Value::String(text)) => text.clone(),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => continue,
            };
            add(&format!("mcp-param-{header}"), &text);
        }
        headers
    }
}

/// Collects the marked arguments below `schema`, which is at `path`.
fn collect(schema: &Value, path: &mut Vec<String>, marked: &mut Vec<Marked>) {
    if path.len() >= MAX_DEPTH {
        return;
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        if let Some(header) = schema[KEYWORD].as_str()
            && marked.len() < MAX_MARKED
        {
            marked.push(Marked { path: path.clone(), header: header.to_owned() });
        }
        collect(schema, path, marked);
        path.pop();
    }
}

/// `value` as a header has it: in Base64 if a header cannot hold it as it is, or if it looks as if it were encoded.
fn encoded(value: &str) -> String {
    let is_plain = value.chars().all(|c| (' '..='~').contains(&c)) && value.trim() == value;
    if is_plain && !value.starts_with("=?base64?") {
        value.to_owned()
    } else {
        format!("=?base64?{}?=", STANDARD.encode(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_repeat_method_name_and_marked_arguments() {
        let mut marked = MarkedArguments::default();
        marked.learn(
            r#"{"result":{"tools":[{"name":"add","inputSchema":{"properties":{
                "region":{"type":"string","x-mcp-header":"Region"},
                "in":{"properties":{"n":{"x-mcp-header":"N"}}},"bad":{"x-mcp-header":"a b"}}}}]}}"#,
        );
        let headers = |line: &str| {
            let headers = marked.headers(&Outgoing::parse(line.to_owned()).unwrap());
            headers.into_iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(
            headers(
                r#"{"id":1,"method":"tools/call","params":{"name":"add","arguments":{"region":"é","in":{"n":7},"bad":"x"}}}"#
            ),
            ["mcp-method: tools/call", "mcp-name: add", "mcp-param-region: =?base64?w6k=?=", "mcp-param-n: 7"]
        );
        assert_eq!(headers(r#"{"id":1,"method":"tools/list"}"#), ["mcp-method: tools/list"]);
        assert_eq!(encoded("a\r\nX: y"), "=?base64?YQ0KWDogeQ==?=");
    }
}
