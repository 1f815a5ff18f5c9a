//! Tests of saved listings.

use super::*;
use crate::model::FailureCause;
use std::io::Write;

fn fixture(name: &str) -> Target {
    Target::File(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/listings").join(name))
}

fn read(name: &str) -> Vec<Listing> {
    Saved::open(&fixture(name)).and_then(Saved::listings).unwrap()
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Target) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (dir, Target::File(path))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.tools.iter().map(|t| t.name.as_str()).collect()
}

#[test]
fn every_form_is_read() {
    for (file, server, tools) in [
        ("result.json", "result", &["lookup_word", "add_word"][..]),
        ("response.json", "response", &["lookup_word", "add_word"]),
        ("array.json", "array", &["lookup_word", "add_word"]),
        ("one-tool.json", "one-tool", &["lookup_word"]),
        ("capture.json", "word-book", &["lookup_word", "add_word"]),
        ("empty.json", "empty", &[]),
    ] {
        let listings = read(file);
        assert_eq!(listings.len(), 1, "{file}");
        assert_eq!((listings[0].server.name.as_str(), names(&listings[0])), (server, tools.to_vec()), "{file}");
        assert_eq!(listings[0].deviations, [], "{file}");
    }
}

#[test]
fn jsonl_is_grouped_by_server_in_order_of_appearance() {
    let listings = read("words.jsonl");
    let shown: Vec<(String, Vec<&str>)> = listings.iter().map(|l| (l.server.name.clone(), names(l))).collect();
    assert_eq!(
        shown,
        [
            ("word-book".to_owned(), vec!["lookup_word", "add_word"]),
            ("atlas".to_owned(), vec!["find_place"]),
            ("words".to_owned(), vec!["unnamed-tool-4"])
        ]
    );
    let broken = &listings[2].tools[0];
    assert!(broken.error.as_deref().unwrap().contains("line 4"), "{:?}", broken.error);
}

#[test]
fn jsonl_is_known_by_its_first_line_or_its_name() {
    assert!(Saved::open(&fixture("words.jsonl")).unwrap().is_jsonl());
    assert!(!Saved::open(&fixture("capture.json")).unwrap().is_jsonl());
    let line = b"\n{\"name\":\"a\",\"inputSchema\":{}}\n{\"name\":\"b\",\"inputSchema\":{}}\n";
    let (_dir, target) = written("tools.txt", line);
    let saved = Saved::open(&target).unwrap();
    assert!(saved.is_jsonl());
    assert_eq!(saved.lines().map(|l| l.tool.name).collect::<Vec<_>>(), ["a", "b"]);
    let labelled =
        b"{\"name\":\"a\",\"description\":\"d\",\"label\":\"Read\"}\n\n{\"name\":\"b\",\"label\":\"Read\"}\n";
    let (_dir, target) = written("tools.txt", labelled);
    assert!(Saved::open(&target).unwrap().is_jsonl(), "a second object makes it many");
    let (_dir, target) = written("x.JSONL.GZ", &gzip(b"oops\n"));
    assert!(Saved::open(&target).unwrap().is_jsonl());
}

#[test]
fn blank_lines_before_the_first_take_no_time_to_speak_of() {
    let text = "\n".repeat(2 << 20) + "{\"name\":\"a\",\"inputSchema\":{}}\n";
    let (_dir, target) = written("tools.txt", text.as_bytes());
    let since = std::time::Instant::now();
    assert!(Saved::open(&target).unwrap().is_jsonl());
    assert!(since.elapsed() < std::time::Duration::from_secs(30), "{:?}", since.elapsed());
}

#[test]
fn gzip_is_unpacked_and_a_broken_one_is_an_error() {
    let packed = gzip(b"[{\"name\":\"a\",\"inputSchema\":{}}]");
    let (_dir, target) = written("a.json.gz", &packed);
    assert_eq!(names(&Saved::open(&target).unwrap().listings().unwrap()[0]), ["a"]);
    let (_dir, target) = written("a.json.gz", &packed[..packed.len() - 9]);
    assert!(Saved::open(&target).and_then(Saved::listings).is_err());
}

#[test]
fn a_small_file_of_very_many_values_is_an_error_and_spoils_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let bomb = gzip(format!("[{}0]", "[],".repeat(5_000_000)).as_bytes());
    assert!(bomb.len() < 100_000);
    std::fs::write(dir.path().join("a.json.gz"), &bomb).unwrap();
    std::fs::write(dir.path().join("b.jsonl.gz"), &bomb).unwrap();
    std::fs::write(dir.path().join("c.json"), "[{\"name\":\"c\",\"inputSchema\":{}}]").unwrap();
    let reading = folder(dir.path(), &Budget::default(), |_| {});
    let why = reading.errors[0].cause.to_string();
    assert_eq!((reading.errors.len(), why.as_str()), (1, "it holds more than 1000000 values"));
    assert!(reading.listings[0].tools[0].error.as_deref().unwrap().contains("more than 1000000 values"));
    assert_eq!(names(&reading.listings[1]), ["c"]);
}

#[test]
fn what_is_no_listing_is_said_with_the_forms_that_are() {
    for (text, why) in [
        ("", "it is empty"),
        ("{\"tools\": [\n  {\"name\": }]}", "line 2 column 12"),
        ("{\"hello\": 1}", "an object without `tools`"),
        ("[1, 2]", "an array without a tool"),
        ("\"tools\"", "a string"),
        (&"[".repeat(200), "it is nested more than 128 levels deep at line 1"),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"fetch failed\"}}", "fetch failed"),
        ("{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}", "names servers to start"),
    ] {
        let (_dir, target) = written("x.json", text.as_bytes());
        let error = Saved::open(&target).and_then(Saved::listings).unwrap_err().cause;
        assert!(error.to_string().contains(why), "{text}: {error}");
        assert!(error.hint().unwrap().contains("tools/list"), "{text}");
    }
    let error = Saved::open(&Target::File("no/such.json".into())).err().unwrap().cause.to_string();
    assert!(error.contains("No such file") || error.contains("cannot find"), "{error}");
}

#[test]
fn a_folder_is_read_in_order_and_a_bad_file_is_only_its_own_error() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let listing = |name: &str| format!("{{\"tools\":[{{\"name\":\"{name}\",\"inputSchema\":{{}}}}]}}");
    write("b.json", &listing("b"));
    write("a/z.json", &listing("z"));
    write("c.json", "{");
    write("notes.txt", "not read");
    write(".git/x.json", &listing("hidden"));
    let reading = folder(dir.path(), &Budget::default(), |_| {});
    let read: Vec<&str> = reading.listings.iter().flat_map(names).collect();
    assert_eq!(read, ["z", "b"]);
    assert_eq!(reading.errors.len(), 1);
    assert!(reading.errors[0].target.ends_with("c.json"));
    let nothing = tempfile::tempdir().unwrap();
    assert!(folder(nothing.path(), &Budget::default(), |_| {}).errors[0].cause.to_string().contains(".json"));
}

#[test]
fn hostile_texts_are_kept_as_they_are() {
    let listing = &read("hostile.json")[0];
    let all = names(listing);
    assert!(all.contains(&"../../x") && all.contains(&"CON"));
    assert!(all.iter().any(|n| n.chars().count() == 300) && all.iter().any(|n| n.contains('\u{1b}')));
    assert!(listing.tools.iter().any(|t| t.description.as_deref().is_some_and(|d| d.contains('\u{202e}'))));
}

#[test]
fn odd_definitions_do_not_cost_the_good_ones() {
    let listing = &read("odd.json")[0];
    let good: Vec<&str> = listing.tools.iter().filter(|t| t.error.is_none()).map(|t| t.name.as_str()).collect();
    assert!(good.starts_with(&["first_good"]) && good.ends_with(&["last_good"]));
    let ids: std::collections::BTreeSet<&str> = listing.deviations.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(
        ids.into_iter().collect::<Vec<_>>(),
        [
            "annotations-not-object",
            "description-not-string",
            "hint-misnamed",
            "hint-not-boolean",
            "input-schema-misnamed",
            "input-schema-missing",
            "input-schema-not-object",
            "name-missing",
            "name-not-string",
            "name-repeated",
            "output-schema-not-object",
            "title-not-string",
            "tool-not-object",
        ]
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        if let Ok(value) = document(&bytes) {
            let _ = forms::listings(&value, &forms::Origin { name: "x".into(), shown: "x".into() });
        }
        let _ = forms::is_tool_line(&bytes);
        for line in lines(&bytes[..]) {
            proptest::prop_assert!(!line.tool.name.is_empty());
        }
    }
}

#[test]
fn a_zstandard_file_is_read_within_the_same_limits() {
    let listing = br#"{"tools": [{"name": "look", "inputSchema": {}}]}"#;
    let packed = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let (_dir, target) = written("shop.json.zst", &packed(listing));
    let listings = Saved::open(&target).and_then(Saved::listings).unwrap();
    assert_eq!((listings[0].tools[0].name.as_str(), target.suggested_name().as_str()), ("look", "shop"));
    let bomb = format!("[{}1]", "1,".repeat(bounds::MAX_VALUES + 1));
    let (_dir, target) = written("bomb.zst", &packed(bomb.as_bytes()));
    assert!(Saved::open(&target).and_then(Saved::listings).is_err());
    let (_dir, target) = written("broken.json.zst", &packed(listing)[..20]);
    assert!(Saved::open(&target).and_then(Saved::listings).is_err());
}

#[test]
fn a_key_that_stands_twice_is_a_part_that_was_not_read() {
    for (text, is_twice) in [
        (
            r#"{"tools": [{"name": "look", "description": "Reads.", "description": "Deletes.", "inputSchema": {}}]}"#,
            true,
        ),
        (r#"{"tools": [{"name": "look", "description": "Reads.", "inputSchema": {"description": "x"}}]}"#, false),
    ] {
        let (_dir, target) = written("shop.json", text.as_bytes());
        let listings = Saved::open(&target).and_then(Saved::listings).unwrap();
        let found = listings[0].deviations.iter().any(|found| found.id == "duplicate-key" && found.not_read.is_some());
        assert_eq!(found, is_twice, "{text}");
    }
}
