//! Streams JSONL with one tool per line, in constant memory. A line that cannot be decoded is returned with its error.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use serde_json::Value;

use super::forms::{self, Origin};
use super::limits::MAX_LINE;
use crate::model::{Deviation, Listing, NotRead, Server, Tool};
use crate::source::bounds;
use crate::source::decode::{self, Decoder};
use crate::text::duplicate_keys::duplicate_key;

/// One line of JSONL.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The line number, from 1; blank lines count.
    pub number: usize,
    /// The server that the line names.
    pub server: Option<String>,
    /// The tool. Its `error` is set if the line cannot be decoded.
    pub tool: Tool,
    /// Whether the whole definition was decoded.
    pub(crate) is_read: bool,
    /// A key that stands twice in one object of the line.
    pub(crate) repeated_key: Option<String>,
    /// The whole line, for keys outside the tool. Null if it is not JSON, or no tool.
    pub raw: Value,
    /// The length of the line in bytes.
    pub bytes: usize,
}

/// The lines of `reader`, without blank ones. A read error gives a last line with that error.
pub(crate) fn lines(mut reader: impl BufRead) -> impl Iterator<Item = Line> {
    let mut number = 0;
    let mut buffer = Vec::new();
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended {
            number += 1;
            match next_line(&mut reader, &mut buffer) {
                Ok(Next::End) => ended = true,
                Ok(Next::TooLong) => {
                    return Some(broken(number, format!("line {number} is longer than {} MiB", MAX_LINE >> 20)));
                }
                Ok(Next::Whole) if buffer.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Next::Whole) => {
                    if let Some(line) = line(number, &buffer) {
                        return Some(line);
                    }
                }
                Err(cause) => {
                    ended = true;
                    return Some(broken(number, format!("reading stopped at line {number}: {cause}")));
                }
            }
        }
        None
    })
}

enum Next {
    Whole,
    TooLong,
    End,
}

/// Reads one line into `buffer`. The rest of a line that is too long is skipped.
fn next_line(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> std::io::Result<Next> {
    buffer.clear();
    if reader.by_ref().take(MAX_LINE).read_until(b'\n', buffer)? == 0 {
        return Ok(Next::End);
    }
    if buffer.ends_with(b"\n") || (buffer.len() as u64) < MAX_LINE {
        return Ok(Next::Whole);
    }
    loop {
        buffer.clear();
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', buffer)?;
        if read == 0 || buffer.ends_with(b"\n") {
            return Ok(Next::TooLong);
        }
    }
}

/// The tool of a line. `None` for a line of our own report that is about a server.
fn line(number: usize, bytes: &[u8]) -> Option<Line> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bounds::has_too_many_values(bytes) {
        return Some(broken(number, format!("line {number} holds more than {} values", bounds::MAX_VALUES)));
    }
    let line = match serde_json::from_slice::<Value>(bytes) {
        Ok(raw) if raw.as_object().is_some_and(forms::is_about_server) => return None,
        Ok(raw) => {
            let (mut tool, deviations) = decode::tool(&raw, number);
            if let Some(why) = raw.as_object().and_then(forms::why_no_tool) {
                // Its texts are kept: whoever reads them may follow them.
                let tool = Tool { error: Some(format!("line {number} {why}")), ..tool };
                return Some(Line { tool, ..broken(number, String::new()) });
            }
            // A line may also have keys of other meaning: its server, a label, our own verdict.
            decode::without_other_keys(&mut tool);
            let repeated_key = duplicate_key(bytes);
            let is_read = repeated_key.is_none()
                && tool.error.is_none()
                && deviations.iter().all(|deviation| deviation.not_read.is_none());
            let server = raw.get("server").and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
            Line { number, server, tool, is_read, repeated_key, raw, bytes: bytes.len() }
        }
        Err(cause) => {
            broken(number, format!("line {number}, column {} is not JSON: {}", cause.column(), reason(&cause)))
        }
    };
    Some(line)
}

/// The parser's message without the line number, which is always 1.
fn reason(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn broken(number: usize, why: String) -> Line {
    Line {
        number,
        server: None,
        tool: decode::unreadable(number, why),
        is_read: false,
        repeated_key: None,
        raw: Value::Null,
        bytes: 0,
    }
}

/// The deviation that a key stands twice in one object.
pub(super) fn repeated_key(key: &str, tool: Option<&str>) -> Deviation {
    let found = decode::deviation("duplicate-key", tool, &decode::duplicate_key_text(key));
    Deviation { not_read: Some(NotRead::Part), ..found }
}

/// Groups the lines into one listing per server, in order of first appearance. A line without a server belongs to the
/// file.
pub(crate) fn grouped(lines: impl Iterator<Item = Line>, origin: &Origin) -> Vec<Listing> {
    let mut order: Vec<(String, Decoder)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for line in lines {
        let name = line.server.unwrap_or_else(|| origin.name.clone());
        let place = *places.entry(name).or_insert_with_key(|name| {
            order.push((name.clone(), Decoder::default()));
            order.len() - 1
        });
        if let Some((_, decoder)) = order.get_mut(place) {
            decoder.deviations.extend(line.repeated_key.map(|key| repeated_key(&key, Some(&line.tool.name))));
            match line.raw {
                Value::Null => decoder.unreadable(line.tool),
                raw => {
                    decoder.tool(&raw);
                    decoder.tools.last_mut().into_iter().for_each(decode::without_other_keys);
                }
            }
        }
    }
    if order.is_empty() {
        order.push((origin.name.clone(), Decoder::default()));
    }
    order
        .into_iter()
        .map(|(name, decoder)| {
            decoder.into_listing(Server { name, target: origin.shown.as_str().into(), ..Server::default() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_does_not_end_the_stream() {
        let text =
            "\u{feff}{\"server\":\"s\",\"name\":\"a\",\"label\":\"Read\"}\n\n{\"name\": oops}\n[]\n{\"name\":\"b\"}";
        let all: Vec<Line> = lines(text.as_bytes()).collect();
        let shown: Vec<(usize, &str, bool)> =
            all.iter().map(|l| (l.number, l.tool.name.as_str(), l.tool.error.is_some())).collect();
        assert_eq!(shown, [(1, "a", false), (3, "unnamed-tool-3", true), (4, "unnamed-tool-4", true), (5, "b", false)]);
        assert_eq!((all[0].server.as_deref(), all[0].raw["label"].as_str()), (Some("s"), Some("Read")));
        assert!(all[1].tool.error.as_deref().unwrap().starts_with("line 3, column 10 is not JSON: expected value"));
    }

    #[test]
    fn a_line_that_is_no_tool_is_an_error() {
        for text in [
            r#"{"tools":[{"name":"bad"}]}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"bad"}]}}"#,
            r#"{"name":"s","tools":[{"name":"bad"}]}"#,
            r#"{"prompts":[{"name":"bad"}]}"#,
            r#"{"name":"x","tools":{"add":{"description":"bad"}}}"#,
            r#"{"name":"x","result":{"tools":[{"name":"bad"}]}}"#,
            r#"{"dir":"in","message":{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"bad"}]}}}"#,
            r#"{"name":"in","message":{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"bad"}]}}}"#,
            r#"{"name":"in","message":"{\"result\":{\"tools\":[{\"name\":\"bad\"}]}}"}"#,
            r#"{"name":"x","description":"d","inputSchema":{},"data":[{"tools":[{"name":"bad"}]}]}"#,
            r#"{"name":"in","message":{"method":"ping"}}"#,
            r#"{"description":"Nameless."}"#,
        ] {
            let all: Vec<Line> = lines(text.as_bytes()).collect();
            assert!(all.len() == 1 && !all[0].is_read && all[0].tool.error.is_some(), "{text}");
        }
    }

    #[test]
    fn a_tool_may_have_keys_of_other_meaning_beside_it() {
        for text in [
            r#"{"name":"b","label":"Read"}"#,
            r#"{"server":"s","name":"b","judged":{"by":"me"}}"#,
            r#"{"name":"b","description":"d","label":["Read"],"result":{"ok":true}}"#,
            r#"{"name":"b","inputSchema":{"properties":{"tools":{"description":"Their names."}}}}"#,
        ] {
            let all: Vec<Line> = lines(text.as_bytes()).collect();
            assert!(all.len() == 1 && all[0].tool.error.is_none(), "{text}: {:?}", all[0].tool.error);
        }
    }

    #[test]
    fn a_key_that_stands_twice_in_a_line_is_a_part_that_was_not_read() {
        let text = r#"{"name":"b","description":"Deletes.","description":"Reads.","inputSchema":{}}"#;
        let origin = Origin { name: "x".into(), shown: "x".into() };
        let listings = grouped(lines(text.as_bytes()), &origin);
        let found = listings[0].deviations.iter().find(|found| found.id == "duplicate-key").unwrap();
        assert_eq!((found.tool.as_deref(), found.not_read), (Some("b"), Some(NotRead::Part)));
    }

    #[test]
    fn a_line_of_our_report_about_a_server_is_no_tool_and_no_error() {
        let about =
            r#"{"server":"s","server_verdict":{"answer":"add"},"server_grade":"A","skills":["x"],"findings":[]}"#;
        assert_eq!(lines(about.as_bytes()).count(), 0);
        for more in [r#""tools":[{"name":"bad"}]"#, r#""description":"Bad.""#, r#""prompts":[{"name":"bad"}]"#] {
            let text = about.replace("\"findings\":[]", &format!("\"findings\":[],{more}"));
            let all: Vec<Line> = lines(text.as_bytes()).collect();
            assert!(all.len() == 1 && all[0].tool.error.is_some(), "{text}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = vec![b' '; 3 * MAX_LINE as usize];
        let text = [&long[..], b"\n{\"name\":\"b\"}\n"].concat();
        let all: Vec<Line> = lines(&text[..]).collect();
        assert!(all[0].tool.error.as_deref().unwrap().contains("longer than 16 MiB"));
        assert_eq!((all.len(), all[1].number, all[1].tool.name.as_str()), (2, 2, "b"));
    }

    #[test]
    fn an_error_of_the_reader_is_the_last_line() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("disk on fire"))
            }
        }
        let reader = std::io::BufReader::new((&b"{\"name\":\"a\"}\n"[..]).chain(Fails));
        let all: Vec<Line> = lines(reader).collect();
        assert_eq!(all.len(), 2);
        assert!(all[1].tool.error.as_deref().unwrap().contains("disk on fire"));
    }
}
