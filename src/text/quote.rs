//! Text quoted for YAML and JSON: it reads back exactly, and nothing in the file is invisible or changes direction.
//!
//! The library decides when and how to quote; added here is only that what [`is_unsafe`] names is escaped, which
//! inside double quotes never changes what is read.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::clean::is_unsafe;

/// Longest key that may stand before its colon: YAML readers look no more than 1,024 characters ahead.
const LONGEST_SIMPLE_KEY: usize = 1_000;

/// `text` as a YAML scalar on one line: plain where that is safe, else in double quotes.
pub(crate) fn yaml(text: &str) -> String {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let written = if is_escaped(text) {
        serde_saphyr::to_string_with_options(&serde_saphyr::DoubleQuoted(text), options)
    } else {
        serde_saphyr::to_string_with_options(&text, options)
    };
    let written = written.expect("any string can be written as YAML");
    let written = escape_unsafe(written.trim_end_matches('\n'), yaml_escape);
    without_double_hash(&written)
}

/// True for text that is written in double quotes, where every character can be escaped.
fn is_escaped(text: &str) -> bool {
    text.contains(is_unsafe) || text.contains(COMMAND)
}

/// How the commands of some CI systems begin: a file that is shown in a log must not hold one.
const COMMAND: &str = "##";

/// `quoted`, a text in double quotes, without two `#` beside each other.
fn without_double_hash(quoted: &str) -> String {
    quoted.replace(COMMAND, "\\u0023#").replace("##", "#\\u0023")
}

/// `text` as the key of a YAML block mapping that is indented by `indent` spaces, its colon included. A key that is too
/// long to stand before its colon is written in two lines, the second one indented.
pub(crate) fn yaml_key(text: &str, indent: usize) -> String {
    let key = if is_escaped(text) { yaml(text) } else { plain_or_quoted_key(text) };
    if key.chars().count() > LONGEST_SIMPLE_KEY { format!("? {key}\n{:indent$}:", "") } else { format!("{key}:") }
}

/// The key as the library writes it: fewer texts may stand plain as a key than as a value.
fn plain_or_quoted_key(text: &str) -> String {
    let entry = serde_saphyr::to_string(&BTreeMap::from([(text, 0)])).expect("any string can be a YAML key");
    let line = entry.lines().next().unwrap_or_default();
    // The library, too, writes a long key in two lines, but sees it before it is escaped here.
    line.strip_prefix("? ").or_else(|| line.strip_suffix(": 0")).unwrap_or(line).to_owned()
}

/// `json`, a JSON text, as YAML on one line: every unsafe character inside its strings is escaped as YAML escapes it.
pub(crate) fn yaml_flow(json: &str) -> String {
    escape_unsafe(json, yaml_escape)
}

/// `json`, a JSON text, with every unsafe character inside its strings escaped; outside of strings JSON has none.
pub(crate) fn json(json: &str) -> String {
    without_double_hash(&escape_unsafe(json, json_escape))
}

fn escape_unsafe(text: &str, escape: fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) { escape(c, &mut out) } else { out.push(c) }
    }
    out
}

fn yaml_escape(c: char, out: &mut String) {
    let code = u32::from(c);
    let written = if code > 0xFFFF { write!(out, "\\U{code:08X}") } else { write!(out, "\\u{code:04X}") };
    written.expect("a String takes all that is written");
}

fn json_escape(c: char, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        write!(out, "\\u{unit:04x}").expect("a String takes all that is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that a careless YAML writer breaks on, with how they must be written.
    const WRITTEN: [(&str, &str); 24] = [
        ("create_api_key", "create_api_key"),
        ("issues.list", "issues.list"),
        ("删除记录", "删除记录"),
        ("", "\"\""),
        (" ", "\" \""),
        ("~", "\"~\""),
        ("null", "\"null\""),
        ("no", "\"no\""),
        ("1e5", "\"1e5\""),
        ("0x10", "\"0x10\""),
        ("12:30:45", "\"12:30:45\""),
        ("2026-01-01", "\"2026-01-01\""),
        ("<<", "\"<<\""),
        ("*", "\"*\""),
        ("- a", "\"- a\""),
        ("a: b", "\"a: b\""),
        ("a #b", "\"a #b\""),
        ("say \"hi\"", "say \"hi\""),
        ("tab\tnew\nline", "\"tab\\tnew\\nline\""),
        ("esc\u{1b}[31m", "\"esc\\e[31m\""),
        ("rtl\u{202e}\u{200b}", "\"rtl\\u202E\\u200B\""),
        ("tag\u{e0041}", "\"tag\\U000E0041\""),
        ("##vso[task.x]", "\"\\u0023#vso[task.x]\""),
        ("###", "\"\\u0023#\\u0023\""),
    ];

    #[test]
    fn scalars_and_keys_are_quoted_where_they_must_be() {
        for (text, want) in WRITTEN {
            assert_eq!(yaml(text), want, "{text:?}");
            assert_eq!(yaml_key(text, 2), format!("{want}:"), "{text:?}");
        }
        assert_eq!(yaml_key("a:b", 0), "\"a:b\":");
        assert_eq!(yaml_key("__proto__", 0), "__proto__:");
    }

    #[test]
    fn a_long_key_is_written_in_two_lines() {
        let long = "\u{202e}".repeat(300);
        for (long, start) in [(long, "\"\\u202E"), ("x".repeat(2_000), "xx"), ("? ".repeat(600), "\"? ?")] {
            let text = format!("  {} 7\n", yaml_key(&long, 2));
            assert!(text.starts_with(&format!("  ? {start}")) && text.ends_with("\n  : 7\n"), "{text}");
            let read: BTreeMap<String, u8> = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read, BTreeMap::from([(long, 7)]));
        }
    }

    #[test]
    fn json_strings_show_nothing_invisible() {
        let value = serde_json::json!({"a\u{202e}\u{7f}": "x\u{e0041}\n"});
        let text = json(&value.to_string());
        assert_eq!(text, r#"{"a\u202e\u007f":"x\udb40\udc41\n"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    proptest::proptest! {
        #[test]
        fn any_text_reads_back(text in proptest::prelude::any::<String>()) {
            let entry = format!("{} {}\n", yaml_key(&text, 0), yaml(&text));
            proptest::prop_assert!(!entry.trim_end_matches('\n').contains('\n') || entry.starts_with("? "));
            proptest::prop_assert!(!entry.contains(is_unsafe));
            let read: BTreeMap<String, String> = serde_saphyr::from_str(&entry).unwrap();
            proptest::prop_assert_eq!(read, BTreeMap::from([(text.clone(), text)]));
        }
    }
}
