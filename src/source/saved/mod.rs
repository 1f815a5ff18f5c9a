//! Saved listings: a file, a folder or standard input; plain, gzip or Zstandard; one JSON document, or JSONL with one tool per
//! line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use walkdir::WalkDir;

use super::bounds::{self, Budget, Spending, ValueCount};
use super::decode;
use super::error::{DocumentCause, SavedCause, SourceError};
use super::listing_file::{GZIP_MAGIC, ZSTD_MAGIC, is_listing_name, is_named_jsonl, plain_name};
use super::manifest;
use super::named::{self, named_servers};
use super::plugins;
use super::reading::Reading;
use super::skills;
use super::target::Target;
use crate::model::{Deviation, Listing, NotRead};
use crate::text::duplicate_keys::duplicate_key;

mod forms;
mod limits;
mod lines;
pub(super) mod positions;

pub(crate) use lines::{Line, lines};

use limits::{MAX_DOCUMENT, MAX_LINE, MAX_WINDOW_LOG};

/// An open saved listing. Only its first line has been read, to detect JSONL.
pub struct Saved {
    target: Target,
    shown: String,
    jsonl: bool,
    reader: Box<dyn BufRead + Send>,
}

impl Saved {
    /// Opens a file or standard input.
    pub fn open(target: &Target) -> Result<Self, SourceError> {
        let shown = target.display();
        let failed = |cause: io::Error| SourceError::new(&shown, SavedCause::from(cause));
        let (raw, named_jsonl): (Box<dyn Read + Send>, bool) = match target {
            Target::File(path) => (Box::new(File::open(path).map_err(failed)?), is_named_jsonl(path)),
            // The other targets are not saved listings.
            Target::Stdin
            | Target::Url(_)
            | Target::Folder(_)
            | Target::Package(_)
            | Target::Command(_)
            | Target::Configured(_) => (Box::new(io::stdin()), false),
        };
        let mut reader = unpacked(raw).map_err(failed)?;
        let mut first = Vec::new();
        let mut blank = true;
        while blank && (first.len() as u64) < MAX_LINE {
            let before = first.len();
            let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut first).map_err(failed)?;
            blank = read > 0 && first.iter().skip(before).all(u8::is_ascii_whitespace);
        }
        // Content over the limit for a document is also too large for a line.
        let may_be_line = !bounds::has_too_many_values(&first);
        let is_line = may_be_line
            && (forms::is_tool_line(&first) || {
                // A single document ends with its object; if more follows, the file is JSONL.
                forms::is_object(&first) && !reader.fill_buf().map_err(failed)?.trim_ascii().is_empty()
            });
        let jsonl = named_jsonl || is_line;
        let reader: Box<dyn BufRead + Send> = Box::new(Cursor::new(first).chain(reader));
        Ok(Self { target: target.clone(), shown, jsonl, reader })
    }

    /// True if the file has one tool per line, so that [`Saved::lines`] can stream it.
    pub(crate) fn is_jsonl(&self) -> bool {
        self.jsonl
    }

    /// Streams the tools line by line, in constant memory. Only for JSONL.
    pub fn lines(self) -> impl Iterator<Item = Line> {
        lines(self.reader)
    }

    /// Reads the whole file into listings.
    pub fn listings(self) -> Result<Vec<Listing>, SourceError> {
        self.reading(&Budget::default()).map(|reading| reading.listings)
    }

    /// Reads the whole file: its listings and, for a report of this program, its errors. Charges what it reads to
    /// `budget`.
    pub(crate) fn reading(self, budget: &Budget) -> Result<Reading, SourceError> {
        let file = self.shown.clone();
        self.described(budget).map(|reading| reading.saved_in(&file))
    }

    /// Reads the whole file, without recording its path in the listings.
    fn described(self, budget: &Budget) -> Result<Reading, SourceError> {
        let origin = forms::Origin { name: self.target.suggested_name(), shown: self.shown };
        let reader = Spending::new(self.reader, budget, self.jsonl);
        if self.jsonl {
            let lines = lines(BufReader::new(reader));
            return Ok(Reading { listings: lines::grouped(lines, &origin), ..Reading::default() });
        }
        let failed = |cause: SavedCause| SourceError::new(&origin.shown, cause);
        let bytes = whole(reader).map_err(failed)?;
        let reading =
            |value| Ok(Reading { listings: forms::listings(&value, &origin)?, errors: forms::errors(&value) });
        let mut reading = forms::document(&bytes).and_then(reading).map_err(|cause| failed(cause.into()))?;
        if let Some(key) = duplicate_key(&bytes) {
            let found = decode::deviation("duplicate-key", None, &decode::duplicate_key_text(&key));
            let found = Deviation { not_read: Some(NotRead::Part), ..found };
            reading.listings.iter_mut().for_each(|listing| listing.deviations.push(found.clone()));
        }
        Ok(reading)
    }
}

/// Reads a whole JSON document, within the limits for size and number of values.
fn whole(mut reader: impl Read) -> Result<Vec<u8>, SavedCause> {
    let (mut bytes, mut values, mut part) = (Vec::new(), ValueCount::default(), vec![0; 64 << 10]);
    loop {
        let read = match reader.read(&mut part) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let part = part.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(bytes);
        }
        if values.is_over_with(part) {
            return Err(DocumentCause::TooManyValues.into());
        }
        bytes.extend_from_slice(part);
        if bytes.len() as u64 > MAX_DOCUMENT {
            return Err(SavedCause::TooLarge { mib: MAX_DOCUMENT >> 20 });
        }
    }
}

/// The files below `folder` that may be listings, sorted by path. Configurations that name servers are left out.
fn entries(folder: &Path) -> impl Iterator<Item = Result<PathBuf, walkdir::Error>> {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible);
    let is_wanted = |entry: &walkdir::DirEntry| {
        entry.file_type().is_file()
            && (manifest::is_archive(entry.path())
                || (is_listing_name(entry.path())
                    && (named_servers(entry.path()).is_none() || is_listing_too(entry.path()))
                    && !plugins::is_part(entry.path())))
    };
    files
        .filter(move |entry| entry.as_ref().map_or(true, is_wanted))
        .map(|entry| entry.map(walkdir::DirEntry::into_path))
}

/// True if the configuration at `path` is a listing too, which a client would read.
pub(crate) fn is_listing_too(path: &Path) -> bool {
    let small = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= MAX_DOCUMENT);
    let text = small.then(|| std::fs::read(path).ok()).flatten().filter(|text| !bounds::has_too_many_values(text));
    text.is_some_and(|text| forms::document(&text).is_ok_and(|document| forms::is_listing_too(&document)))
}

/// True if a scan of a folder would read the file at `path`.
pub(crate) fn is_read_in_folder(path: &Path) -> bool {
    manifest::is_archive(path) || is_listing_name(path) || skills::is_part(path) || super::named_servers(path).is_some()
}

/// True if `folder` contains a file that may be a listing, or a skill.
pub(crate) fn has_listings(folder: &Path) -> bool {
    entries(folder).next().is_some() || !skills::in_folder(folder).is_empty() || plugins::is_in_folder(folder)
}

/// Reads all listings in `folder`, sorted by path. A file that cannot be read does not affect the others. Calls `notify`
/// with a status text for each file.
pub(crate) fn folder(folder: &Path, budget: &Budget, notify: impl Fn(&str)) -> Reading {
    let mut reading = Reading::default();
    let mut found = false;
    for entry in entries(folder) {
        found = true;
        match entry {
            Ok(path) => {
                notify(&format!("reading {}", plain_name(&path)));
                reading.add(read_saved(&Target::File(path), budget));
            }
            Err(cause) => {
                let at = cause.path().unwrap_or(folder).display().to_string();
                reading.errors.push(SourceError::new(at, SavedCause::Walk(Arc::new(cause))));
            }
        }
    }
    reading.add(skills_and_plugins(folder, budget));
    reading.excuse_other_files(|| !named::in_folder(folder).is_empty());
    if !found && reading.listings.is_empty() && reading.errors.is_empty() {
        reading.errors.push(SourceError::new(folder.display().to_string(), SavedCause::EmptyFolder));
    }
    reading
}

/// Reads the skills and plugins in `folder`.
pub(super) fn skills_and_plugins(folder: &Path, budget: &Budget) -> Reading {
    let mut reading = Reading::default();
    for path in skills::in_folder(folder) {
        let shown = path.display().to_string();
        let skill = skills::listing(&path, folder, budget);
        reading.add(skill.map_or_else(Reading::from, Reading::from).saved_in(&shown));
    }
    reading.listings.extend(plugins::in_folder(folder, budget));
    reading
}

/// Reads a file, a folder or standard input.
pub fn read_saved(target: &Target, budget: &Budget) -> Reading {
    match target {
        Target::Folder(path) => folder(path, budget, |_| {}),
        Target::File(path) if skills::is_skill(path) => {
            let root = path.parent().filter(|root| !root.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let skill = skills::listing(path, root, budget);
            skill.map_or_else(Reading::from, Reading::from).saved_in(&target.display())
        }
        Target::File(path) if plugins::is_settings(path) => {
            plugins::listing_of(path, budget).map_or_else(Reading::default, Reading::from)
        }
        Target::File(path) if manifest::is_archive(path) => {
            manifest::of_archive(path).map_or_else(Reading::from, Reading::from).saved_in(&target.display())
        }
        Target::File(_)
        | Target::Stdin
        | Target::Url(_)
        | Target::Package(_)
        | Target::Command(_)
        | Target::Configured(_) => {
            Saved::open(target).and_then(|saved| saved.reading(budget)).unwrap_or_else(Reading::from)
        }
    }
}

/// Unpacks `raw` if it starts with the magic bytes of gzip or Zstandard.
fn unpacked(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut reader = BufReader::with_capacity(64 << 10, raw);
    let start = reader.fill_buf()?;
    if start.starts_with(GZIP_MAGIC) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))));
    }
    if start.starts_with(ZSTD_MAGIC) {
        let mut decoder = zstd::Decoder::with_buffer(reader)?;
        decoder.window_log_max(MAX_WINDOW_LOG)?;
        return Ok(Box::new(BufReader::new(decoder)));
    }
    Ok(Box::new(reader))
}

#[cfg(test)]
mod tests {
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
            if let Ok(value) = forms::document(&bytes) {
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
            let found =
                listings[0].deviations.iter().any(|found| found.id == "duplicate-key" && found.not_read.is_some());
            assert_eq!(found, is_twice, "{text}");
        }
    }
}
