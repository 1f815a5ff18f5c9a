//! The theme of a site: the built-in templates and assets, overlaid file by file from a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::Environment;

use super::error::Error;
use super::templates::TEMPLATES;
use crate::render;
use crate::text::digest;

/// Least similarity for a file name to be reported as a misspelling.
const LIKENESS: f64 = 0.8;

/// Templates and assets. The default is the built-in theme.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The folder that overlays the built-in files.
    folder: Option<PathBuf>,
    /// The files that are copied into the site, by their path there.
    assets: BTreeMap<String, Vec<u8>>,
    /// A digest of all theme files and the program version.
    digest: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(None, BTreeMap::new())
    }
}

impl Theme {
    /// Loads the built-in theme with the files of `folder` over it. A file with the path of one in
    /// `templates/catalogue/` replaces it; other files in `assets/` are added to the site. Returns an error if a file
    /// has no effect.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let unread = |cause| Error::Io { what: "read the theme", path: folder.to_owned(), cause };
        let mut files = BTreeMap::new();
        read_all(folder, "", &mut files).map_err(unread)?;
        match files.keys().find(|name| is_idle(name, &files)) {
            Some(file) => Err(Error::Idle { file: file.clone(), likely: likely(file).map(str::to_owned) }),
            None => Ok(Self::new(Some(folder.to_owned()), files)),
        }
    }

    fn new(folder: Option<PathBuf>, files: BTreeMap<String, Vec<u8>>) -> Self {
        let builtin = TEMPLATES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        let mut all: BTreeMap<String, Vec<u8>> = builtin.collect();
        all.extend(files);
        let parts = all.iter().flat_map(|(name, text)| [name.as_bytes(), text]);
        let digest = digest::sha256(parts.chain([env!("CARGO_PKG_VERSION").as_bytes()]));
        all.retain(|name, _| name.starts_with("assets/"));
        Self { folder, assets: all, digest }
    }

    /// The files that are copied unchanged, by their path in the site.
    pub(crate) fn assets(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.assets
    }

    /// Changes with every file of the theme and with the program version.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The template environment that renders the pages.
    pub(crate) fn environment(&self) -> Environment<'static> {
        render::environment(&TEMPLATES, self.folder.as_deref())
    }
}

/// True for a file without effect: it replaces no built-in file, it is not an additional asset, and no other file of
/// the theme names it (as one that includes it does).
fn is_idle(name: &str, files: &BTreeMap<String, Vec<u8>>) -> bool {
    let is_named = || files.iter().any(|(other, text)| other != name && String::from_utf8_lossy(text).contains(name));
    let is_added = name.starts_with("assets/") && !TEMPLATES.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    !TEMPLATES.iter().any(|(own, _)| *own == name) && !is_added && !is_named()
}

/// The built-in file that `name` was probably meant to replace: one with the same name in another folder, or a similar
/// name.
fn likely(name: &str) -> Option<&'static str> {
    let stem = |path: &str| Path::new(path).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let likeness = |own: &str| strsim::jaro_winkler(&stem(own), &stem(name));
    let own = TEMPLATES.iter().map(|(own, _)| *own).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(own) >= LIKENESS).then_some(own)
}

/// Reads the files below `folder` into `files`, by their path in the theme. Hidden files, such as `.git`, are skipped.
fn read_all(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_all(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}
