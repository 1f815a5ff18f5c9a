//! How a site looks: the templates and assets that are built in, overlaid file by file from a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::Environment;

use super::Error;
use super::templates::TEMPLATES;
use crate::render;
use crate::text::digest;

/// Templates and assets. The default is what is built in.
#[derive(Debug, Clone)]
pub struct Theme {
    /// What lies over the built-in files.
    folder: Option<PathBuf>,
    /// What is copied into the site, by its path there.
    assets: BTreeMap<String, Vec<u8>>,
    /// A short name for everything that a page's look depends on.
    digest: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self::of(None, BTreeMap::new())
    }
}

impl Theme {
    /// The built-in theme with the files of `folder` over it: what has the name of a file in `templates/catalogue/`
    /// takes its place, what else stands in `assets/` is added to the site.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let unread = |cause| Error::Io { what: "read the theme", path: folder.to_owned(), cause };
        let mut files = BTreeMap::new();
        read_all(folder, "", &mut files).map_err(unread)?;
        Ok(Self::of(Some(folder.to_owned()), files))
    }

    fn of(folder: Option<PathBuf>, files: BTreeMap<String, Vec<u8>>) -> Self {
        let builtin = TEMPLATES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        let mut all: BTreeMap<String, Vec<u8>> = builtin.collect();
        all.extend(files);
        let parts = all.iter().flat_map(|(name, text)| [name.as_bytes(), text]);
        let digest = digest::sha256(parts.chain([env!("CARGO_PKG_VERSION").as_bytes()]));
        all.retain(|name, _| name.starts_with("assets/"));
        Self { folder, assets: all, digest }
    }

    /// Everything that is copied as it is, by its path in the site.
    pub fn assets(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.assets
    }

    /// Changes with every file of the theme and with the program.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The environment that draws the pages.
    pub fn environment(&self) -> Environment<'static> {
        render::environment(TEMPLATES, self.folder.as_deref())
    }
}

/// Reads the files below `folder` into `files`, by their names below the theme's own folder.
fn read_all(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_all(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}
