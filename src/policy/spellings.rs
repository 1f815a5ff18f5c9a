//! How a server may read an argument: a path without `..`, and an address as browsers read it. A guard that lets an argument
//! pass as it is written must let it pass as it is read, too.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 4_096;

/// Which parts of a path are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathParts {
    /// Only `..`, which leads elsewhere.
    Upward,
    /// Also `.` and doubled slashes, which name the same file otherwise.
    All,
}

/// The path or the address that `text` is, as a server may read it. `None` if it is neither, or is written so already.
pub(super) fn as_read(text: &str, parts: PathParts) -> Option<String> {
    let is_one_line = text.len() <= MAX_TEXT && !text.contains('\n');
    if !is_one_line {
        return None;
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() || url.scheme() == "file" => address(text, &url),
        Ok(_) | Err(_) => path(text, parts),
    }
}

/// `url` in the spelling of `text`, but for a host and a path that `text` spells otherwise.
fn address(text: &str, url: &Url) -> Option<String> {
    let written = text.split_once("://").map(|(_, rest)| rest);
    let end = written.map(|rest| rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    let (authority, rest) = match (written, end) {
        (Some(rest), Some(end)) => rest.split_at(end),
        _ => ("", "/.."),
    };
    let host = match url.host() {
        Some(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("[{address}]"),
        },
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
        None => String::new(),
    };
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
    let named = port.map_or(authority, |port| &authority[..authority.len() - port.len() - 1]);
    let is_same_host = named.eq_ignore_ascii_case(&host) || (host.contains("xn--") && !named.contains('@'));
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let leads_elsewhere = |part: &str| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    };
    let is_same_path = !path.split(['/', '\\']).any(leads_elsewhere) && !path.contains('\\');
    if is_same_host && is_same_path {
        return None;
    }
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = if path.is_empty() { "" } else { url.path() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{}://{host}{port}{path}{query}{fragment}", url.scheme()))
}

/// Both marks that divide a path on Windows.
const SEPARATORS: [char; 2] = ['/', '\\'];

fn path(text: &str, parts: PathParts) -> Option<String> {
    // Servers decode some paths, and Windows knows two separators.
    let leads_upward = |text: &str| text.split(SEPARATORS).any(|part| part == "..");
    let decoded =
        percent_decode_str(text).decode_utf8().ok().filter(|decoded| decoded != text && leads_upward(decoded));
    if let Some(decoded) = decoded {
        return Some(path(&decoded, parts).unwrap_or_else(|| decoded.into_owned()));
    }
    if text.contains('/') && text.contains('\\') && leads_upward(text) {
        return path(&text.replace('\\', "/"), parts);
    }
    let separator = if text.contains('/') { '/' } else { '\\' };
    let is_path = text.starts_with(['/', '\\', '.', '~']) || parts == PathParts::Upward;
    let is_meant = |part: &str| part == ".." || (parts == PathParts::All && (part == "." || part.is_empty()));
    let inner = text.strip_prefix(separator).unwrap_or(text);
    let inner = inner.strip_suffix(separator).unwrap_or(inner);
    if !text.contains(separator) && text != ".." || !is_path || !inner.split(separator).any(is_meant) {
        return None;
    }
    // A command: its words are paths, and it is none.
    let first = text.split(separator).next().unwrap_or_default();
    let ends_word = |part: &str| part.strip_suffix("..").is_some_and(|word| word.ends_with(char::is_whitespace));
    if first.contains(char::is_whitespace) || text.split(separator).any(ends_word) {
        return None;
    }
    let is_absolute = text.starts_with(separator);
    let mut kept: Vec<&str> = Vec::new();
    for part in text.split(separator) {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(last) if *last != ".." && *last != "~" && !last.ends_with(':') => drop(kept.pop()),
                None if is_absolute => {}
                Some(_) | None => kept.push(part),
            },
            _ => kept.push(part),
        }
    }
    let mut read = if is_absolute { separator.to_string() } else { String::new() };
    read.push_str(&kept.join(&separator.to_string()));
    if text.ends_with(separator) && !kept.is_empty() {
        read.push(separator);
    }
    (read != text).then_some(read)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::policy::{Call, Decider, Document, Outcome, SqlGuards};
    use crate::rules::SqlRules;

    #[test]
    fn a_guard_lets_pass_only_what_it_also_lets_pass_as_a_server_reads_it() {
        let policy = "
version: '1'
default: deny
tools:
  read: {rules: [{name: inside, conditions: [{path: args.path, op: regex, value: ^/srv/}]}]}
  drop: {rules: [{name: no keys, conditions: [{path: args.path, op: not_in, value: [/etc/passwd]}]}]}
  get: {rules: [{name: ours, conditions: [{path: args.url, op: regex, value: '^https://api\\.example\\.com(/open/|$)'}]}]}
";
        let document = Document::read(policy, None).unwrap();
        let sql = SqlGuards::new(&SqlRules::load(None).unwrap());
        let decider = Decider::new(&document.decisions).parsing(Arc::new(sql));
        let passes = |tool: &str, arguments: Value| {
            let call = Call { tool: tool.into(), arguments, at: 0 };
            decider.decide(&document.decisions, &call).verdict.outcome == Outcome::Allowed
        };
        for (path, expected) in
            [("/srv/a", true), ("/srv/a/../b", true), ("/srv/../etc/passwd", false), ("/srv//a", true)]
        {
            assert_eq!(passes("read", json!({"path": path})), expected, "{path}");
        }
        for (path, expected) in
            [("/etc/hosts", true), ("/etc/passwd", false), ("//etc/./passwd", false), ("/x/../etc/passwd", false)]
        {
            assert_eq!(passes("drop", json!({"path": path})), expected, "{path}");
        }
        for (url, expected) in [
            ("https://api.example.com", true),
            ("https://api.example.com/open/a", true),
            ("https://api.example.com/open/../admin", false),
            ("https://api.example.com/open/%2E%2e/admin", false),
        ] {
            assert_eq!(passes("get", json!({"url": url})), expected, "{url}");
        }
    }

    #[test]
    fn paths_are_read_as_a_file_system_reads_them() {
        for (text, read) in [
            ("/srv/../etc/passwd", "/etc/passwd"),
            ("/srv/a/../../../etc/", "/etc/"),
            ("a/../../b", "../b"),
            ("docs/a b/../../etc", "etc"),
            (r"C:\srv\..\Windows", r"C:\Windows"),
            (r"C:/srv\..\Windows", "C:/Windows"),
            (r"/srv/a\..\..\..\etc/passwd", "/etc/passwd"),
            ("/srv/%2e%2E/etc", "/etc"),
            ("/srv/..%2f..%5Cetc", "/etc"),
            ("/srv/100%/a", "/srv/100%/a"),
            ("/srv/a%20b", "/srv/a%20b"),
            (r"C:\..\..\x", r"C:\..\..\x"),
            ("~/../x", "~/../x"),
        ] {
            let expected = (text != read).then(|| read.to_owned());
            assert_eq!(as_read(text, PathParts::Upward), expected, "{text}");
        }
        for command in ["ls ../../x", "cat a/../b", "./run.sh ../../x"] {
            assert_eq!(as_read(command, PathParts::All), None, "{command}");
        }
        assert_eq!(as_read("/etc//./passwd", PathParts::All).as_deref(), Some("/etc/passwd"));
        for same in
            ["/srv/a.txt", "/srv/", "a..b/c", "notes ../ x", "//div/a", "..", "/", "", "and/or", "../x", "line\n/../x"]
        {
            assert_eq!(as_read(same, PathParts::Upward), None, "{same}");
        }
    }

    #[test]
    fn addresses_are_read_as_browsers_read_them() {
        for (text, read) in [
            ("http://2130706433/a?b#c", "http://127.0.0.1/a?b#c"),
            ("http://0x7f.1:80", "http://127.0.0.1:80"),
            ("http://[::ffff:127.0.0.1]/", "http://127.0.0.1/"),
            ("https://api.example.com@evil.example/x", "https://evil.example/x"),
            (r"https://evil.example\@api.example.com/", "https://evil.example/@api.example.com/"),
            ("https:evil.example", "https://evil.example/"),
            ("http://ｌocalhost/", "http://localhost/"),
            ("http://localhost./", "http://localhost/"),
            ("https://api.example.com/open/%2e%2e/admin", "https://api.example.com/admin"),
            ("file:///srv/../etc/passwd", "file:///etc/passwd"),
        ] {
            assert_eq!(as_read(text, PathParts::Upward).as_deref(), Some(read), "{text}");
        }
        for same in [
            "https://api.example.com",
            "https://API.example.com:443/a b?x=../y#z",
            "https://ex\u{e4}mple.com/",
            "http://[::1]:80/",
            "mailto:a@example.com",
            "git@example.com:a/b.git",
            "file:///srv/a",
        ] {
            assert_eq!(as_read(same, PathParts::Upward), None, "{same}");
        }
    }
}
