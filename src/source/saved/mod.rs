//! Saved listings: a file, a folder or standard input; plain, gzip or Zstandard; one JSON document, or JSONL with one tool per
//! line.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use walkdir::WalkDir;

use super::bounds::{self, Budget, Spending, ValueCount};
use super::client::is_of_system;
use super::error::{DocumentCause, SavedCause, SourceError};
use super::listing_file::{GZIP_MAGIC, ZSTD_MAGIC, is_listing_name, is_named_jsonl, plain_name};
use super::manifest;
use super::named::{self, named_servers};
use super::plugins;
use super::reading::Reading;
use super::skills;
use super::target::Target;
use crate::model::Listing;
use crate::text::duplicate_keys::duplicate_key;

/// Maximum number of entries of a folder behind a link.
const MAX_LINKED: usize = 200_000;

mod beside;
mod forms;
mod limits;
mod lines;
pub(super) mod positions;
#[cfg(test)]
mod tests;

pub(crate) use beside::is_beside_servers;
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
        let reading = |value| {
            let listings = forms::listings(&value, &origin).map_err(|cause| beside::cause_of(cause, &value))?;
            Ok(Reading { listings, errors: forms::errors(&value) })
        };
        let mut reading: Reading = document(&bytes).and_then(reading).map_err(|cause| failed(cause.into()))?;
        let tools: usize = reading.listings.iter().map(|listing| listing.tools.len()).sum();
        budget.spend_tools(tools as u64).map_err(|cause| failed(io::Error::other(cause).into()))?;
        if let Some(key) = duplicate_key(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)) {
            let found = lines::repeated_key(&key, None);
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

/// Parses a JSON document, with or without a byte-order mark. Errors have line and column.
fn document(bytes: &[u8]) -> Result<serde_json::Value, DocumentCause> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DocumentCause::Empty);
    }
    serde_json::from_slice(bytes).map_err(|cause| {
        let text = cause.to_string();
        match text.strip_prefix("recursion limit exceeded") {
            Some(position) => DocumentCause::TooDeep { position: position.to_owned() },
            None => DocumentCause::Syntax(text),
        }
    })
}

/// The files below `folder` that may be listings, sorted by path. Configurations that name servers are left out, unless a
/// listing stands in the same file.
fn entries(folder: &Path) -> impl Iterator<Item = Result<PathBuf, walkdir::Error>> + '_ {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    let walk = move |folder: &Path| WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible);
    let mut linked = HashSet::new();
    let files = walk(folder).flat_map(move |entry| {
        // The files of a folder behind a link stand under the path of the link.
        let other = entry.as_ref().ok().and_then(|entry| other_folder(entry.path(), folder));
        let below =
            other.filter(|real| linked.insert(real.clone())).and(entry.as_ref().ok()).map(|link| walk(link.path()));
        std::iter::once(entry).chain(below.into_iter().flatten().take(MAX_LINKED))
    });
    let is_wanted = move |entry: &walkdir::DirEntry| {
        (entry.file_type().is_file() || leads_to_other_file(entry.path(), folder))
            && (manifest::is_archive(entry.path())
                || (is_listing_name(entry.path())
                    && (named_servers(entry.path()).is_none() || is_beside_servers(entry.path()))
                    && !plugins::is_part(entry.path())))
    };
    files
        .filter(move |entry| entry.as_ref().map_or(true, &is_wanted))
        .map(|entry| entry.map(walkdir::DirEntry::into_path))
}

/// The folder that the link `path` leads to, if a walk of `folder` does not meet it and it is none of the system.
fn other_folder(path: &Path, folder: &Path) -> Option<PathBuf> {
    let real = path.is_symlink().then(|| path.canonicalize().ok()).flatten().filter(|real| real.is_dir())?;
    let folder = folder.canonicalize().ok()?;
    let is_hidden = |below: &Path| below.iter().any(|name| name.to_string_lossy().starts_with('.'));
    let is_met = real.strip_prefix(&folder).is_ok_and(|below| !is_hidden(below));
    (!is_met && !folder.starts_with(&real) && !is_of_system(&real)).then_some(real)
}

/// True if `path` is a link to a file that a walk of `folder` does not meet.
fn leads_to_other_file(path: &Path, folder: &Path) -> bool {
    if !path.is_symlink() {
        return false;
    }
    let (Ok(real), Ok(folder)) = (path.canonicalize(), folder.canonicalize()) else { return false };
    let is_hidden = |below: &Path| below.iter().any(|name| name.to_string_lossy().starts_with('.'));
    let is_met = real.strip_prefix(&folder).is_ok_and(|below| !is_hidden(below) && is_listing_name(below));
    real.is_file() && !is_met
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
