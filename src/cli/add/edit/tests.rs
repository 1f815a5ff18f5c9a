//! Tests of edits: what is inserted comes out again, and the rest stays.

use super::*;
use crate::cli::add::entry;
use crate::source::client::CLIENTS;

fn fragment(text: &str) -> Fragment<'_> {
    Fragment { text, depth: 2, keeps_values: false }
}

fn permissions(text: &str) -> Fragment<'_> {
    Fragment { text, depth: usize::MAX, keeps_values: true }
}

#[test]
fn what_is_put_in_comes_out_again_and_the_rest_stays() {
    for (format, text, new, lines) in [
        (
            Settings::Json,
            "{\n  // mine\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"a\": { \"command\": \"x\" }, // keep\n  },\n  \"allow\": [\"one\"]\n}\n",
            r#"{"mcpServers": {"b": {"command": "y", "args": ["1"]}}, "allow": ["one", "two"], "new": {"k": true}}"#,
            ["// mine", "// keep"],
        ),
        (
            Settings::Toml,
            "# mine\nmodel = \"m\"\n\n[mcp_servers.a] # keep\ncommand = \"x\"\n\n[approval]\nallow = [\"one\"]\n",
            "[mcp_servers.b]\ncommand = \"y\"\nargs = [\"1\"]\n[approval]\nallow = [\"one\", \"two\"]\n",
            ["# mine", "# keep"],
        ),
    ] {
        let windows = text.replace('\n', "\r\n");
        for text in [text.to_owned(), windows.clone(), format!("\u{feff}{windows}")] {
            for new in [Fragment { depth: usize::MAX, ..fragment(new) }, permissions(new)] {
                let inserted = format.insert(&text, new).unwrap();
                let edited = inserted.text;
                assert!(lines.iter().all(|line| edited.contains(line)), "{edited}");
                assert!(edited.contains("two") && edited.contains('y') && edited != text, "{edited}");
                assert!(text.lines().all(|line| edited.contains(line.trim_end_matches(['}', ']', '\n']))));
                let again = format.insert(&edited, new).unwrap();
                assert!(again.text == edited && again.insertions.is_empty(), "{}", again.text);
                assert_eq!(format.remove(&edited, &inserted.insertions).unwrap(), text);
            }
        }
    }
}

/// Every client that `add` offers, with a server that is there already, comments, and both kinds of line ends.
#[test]
fn the_entry_of_every_client_comes_out_again() {
    let server = |name: &str| crate::source::Target::parse(&[name.into(), "serve".into()], true).remove(0).unwrap();
    let mut seen = 0;
    for client in &CLIENTS {
        if entry::is_in_a_list(client) {
            continue;
        }
        let place = client.configuration(None).or_else(|| client.configuration(Some(Path::new("project"))));
        let Some(format) = place.and_then(|file| Settings::from_path(&file).ok()) else { continue };
        let of = |name: &str| format.text(&entry::document(client, name, &server("sh"), &[], &[]).unwrap()).unwrap();
        let depth = client.servers.first().unwrap().len() + 1;
        let (theirs, ours) = (of("theirs"), of("ours"));
        let comment = if format == Settings::Json { "// mine\n" } else { "# mine\n" };
        let pretty = match format {
            Settings::Json => serde_json::to_string_pretty(&serde_json::from_str::<Value>(&theirs).unwrap()).unwrap(),
            Settings::Toml => theirs.clone(),
        };
        let empty = if format == Settings::Json { "{}\n" } else { "" };
        for text in [empty.to_owned(), pretty.clone(), format!("{comment}{pretty}\n")] {
            for text in [text.replace('\n', "\r\n"), text] {
                let new = Fragment { depth, ..fragment(&ours) };
                let inserted = format.insert(&text, new).unwrap();
                assert!(inserted.text.contains("ours"), "{}: {}", client.name.id, inserted.text);
                let removed = format.remove(&inserted.text, &inserted.insertions).unwrap();
                assert_eq!(removed.trim_end(), text.trim_end(), "{}: {:?}", client.name.id, inserted.text);
            }
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen} clients");
}

#[test]
fn what_others_added_beside_it_stays() {
    let (ours, theirs) = (
        r#"{"servers": {"a": {"command": "x"}}, "p": {"allow": ["a1"]}}"#,
        r#"{"servers": {"b": {"command": "y"}}, "p": {"allow": ["b1"]}}"#,
    );
    let first = Settings::Json.insert("{}", permissions(ours)).unwrap();
    let second = Settings::Json.insert(&first.text, permissions(theirs)).unwrap();
    let left = Settings::Json.remove(&second.text, &first.insertions).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&left).unwrap(), serde_json::from_str::<Value>(theirs).unwrap());
    let left = Settings::Json.remove(&left, &second.insertions).unwrap();
    assert_eq!(left.trim(), "{\n  \"servers\": {},\n  \"p\": {\n    \"allow\": []\n  }\n}".trim(), "{left}");
}

#[test]
fn a_mode_that_a_person_chose_stays_and_is_named() {
    let (mine, ours) = (
        r#"{"permissions": {"defaultMode": "plan"}}"#,
        r#"{"permissions": {"deny": ["a"], "defaultMode": "default"}}"#,
    );
    let inserted = Settings::Json.insert(mine, permissions(ours)).unwrap();
    assert_eq!(inserted.kept, ["permissions.defaultMode stays \"plan\"; mcp-scan would write \"default\""]);
    assert!(inserted.text.contains("plan") && inserted.text.contains("deny"), "{}", inserted.text);
    let inserted = Settings::Toml.insert("mode = \"auto\"\n", permissions("mode = \"ask\"\n")).unwrap();
    assert_eq!((inserted.kept.len(), inserted.text.as_str()), (1, "mode = \"auto\"\n"));
}

#[test]
fn another_value_is_not_replaced() {
    let error = |format: Settings, text: &str, new: &str| format.insert(text, fragment(new)).unwrap_err().to_string();
    let json = error(Settings::Json, r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 2}}"#);
    assert_eq!(json, "a.b is there already, with another value");
    assert!(error(Settings::Toml, "a = 1\n", "a = 2\n").contains("a is there already"));
    let args = error(Settings::Json, r#"{"s": {"x": {"args": ["1"]}}}"#, r#"{"s": {"x": {"args": ["2"]}}}"#);
    assert!(args.contains("s.x is there already"), "the arguments of a command are not joined: {args}");
    let more = Settings::Json
        .insert(r#"{"s": {"x": {"args": ["1"], "trust": false}}}"#, fragment(r#"{"s": {"x": {"args": ["1"]}}}"#));
    assert!(more.unwrap().insertions.is_empty(), "permissions beside the command are no other entry");
    assert!(error(Settings::Json, "[]", "{}").contains("not an object"));
    assert!(error(Settings::Json, "{", "{}").contains("not JSON"));
    let fresh = Settings::Json.insert("", fragment(r#"{"a": 1}"#)).unwrap().text;
    assert_eq!(serde_json::from_str::<Value>(&fresh).unwrap(), serde_json::json!({"a": 1}));
}
