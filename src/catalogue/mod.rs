//! A report becomes a static site.
//!
//! `site` plans which pages exist, `view` says what each template sees, the templates draw it, and `folder`
//! puts the result on disk. Pages are made one after the other, so that a site of any size needs the memory of its
//! report and its indexes, and no more. Every link is relative and names its file, so that the site works from a
//! folder, from any address below a host, and without a server.

mod address;
mod draw;
mod folder;
mod manifest;
mod marked;
mod naming;
mod related;
mod rulebook;
mod search;
mod site;
mod sources;
mod templates;
mod theme;
mod view;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use url::Url;

use crate::model::Report;
use crate::policy::dialect::{Dialect, PolicyError};
use crate::rules::Ruleset;
use draw::draw;
use folder::{File, Folder};
use site::{PageId, Site};

pub use theme::Theme;

/// How many pages are drawn before the next are planned.
const STRETCH: usize = 4_096;

/// What a user may choose about a site.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the site, shown on every page.
    pub title: String,
    /// The address that the site will have, which ends with a slash; some pages can be named to others only with it.
    pub base_url: Option<Url>,
    /// How it looks.
    pub theme: Theme,
    /// The formats in which policies are shown and can be downloaded, the one that opens first.
    pub formats: Vec<Dialect>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            title: "MCP tool catalogue".into(),
            base_url: None,
            theme: Theme::default(),
            formats: Dialect::published().collect(),
        }
    }
}

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it stands below the site's folder, parts joined by `/`.
    pub path: String,
    /// What it holds; UTF-8 but for the assets of a theme.
    pub contents: Vec<u8>,
}

/// What writing a site did, in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files of the site.
    pub pages: usize,
    /// Those that were new or had changed.
    pub written: usize,
    /// Those of an earlier run that the site no longer has.
    pub removed: usize,
}

/// Why a site could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder holds files that are not ours.
    #[error(
        "{dir} is not empty and holds no catalogue of ours: name a new or an empty folder, or remove what is in it"
    )]
    NotOurs {
        /// The folder that was named.
        dir: PathBuf,
    },
    /// The folder is a link.
    #[error("{path} is a link: name the folder that it leads to")]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A file that we did not write stands where a page should.
    #[error("{path} was not written by mcp-scan and stands where a page should: move it away, or name another folder")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A page name that could leave the folder. Slugs never do; a hand-made report might.
    #[error("page name {path:?} could leave the folder of the site")]
    UnsafePath {
        /// The path, as it was planned.
        path: String,
    },
    /// The manifest is there but cannot be read.
    #[error("{path} cannot be read ({cause}): remove the folder and write the site anew")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The cause, as the reader gave it.
        cause: String,
    },
    /// A file of a theme takes no effect.
    #[error("{file} lies over no template and none of the theme's own names it{}", likely.as_ref().map_or_else(String::new, |name| format!("; did you mean {name}?")))]
    Idle {
        /// The file, by its name in the theme.
        file: String,
        /// The file of the built-in theme that is most alike, if one is.
        likely: Option<String>,
    },
    /// The system refused.
    #[error("cannot {what} {path}: {cause}")]
    Io {
        /// What failed: "write", "create", "read", "remove".
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The cause, as the system gave it.
        cause: std::io::Error,
    },
    /// A policy could not be written.
    #[error("cannot write {path}: {cause}")]
    Policy {
        /// The page.
        path: String,
        /// The cause, as the writer gave it.
        cause: PolicyError,
    },
    /// A template could not be rendered.
    #[error("cannot render {path}: {cause}")]
    Render {
        /// The page.
        path: String,
        /// The cause, with the template and the line.
        cause: minijinja::Error,
    },
}

/// The pages of the site for `report`, one after the other, in a fixed order: same report, same bytes.
pub fn pages<'a>(
    report: &'a Report,
    ruleset: &'a Ruleset,
    options: &'a Options,
) -> impl Iterator<Item = Result<Page, Error>> + 'a {
    let site = Site::plan(report, ruleset, options);
    let env = options.theme.environment();
    let ids: Vec<PageId> = site.page_ids().collect();
    let files = move |id| match draw(&site, id, &env) {
        Ok(pages) => pages.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    };
    ids.into_iter().flat_map(files)
}

/// A site that is drawn and waits beside the one that stands in its folder.
pub struct Prepared {
    folder: Folder,
    files: Vec<File>,
}

impl Prepared {
    /// Puts it in the place of the old one: moves what changed, and removes what an earlier run wrote there and the site
    /// no longer has; nothing else in the folder is touched. Who breaks this off finds some pages of each; the next run
    /// mends that.
    pub fn finish(self) -> Result<Summary, Error> {
        self.folder.finish(self.files)
    }
}

/// Writes the site for `report` into `dir`.
pub fn write(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Summary, Error> {
    prepare(report, ruleset, dir, options)?.finish()
}

/// Draws what has changed of the site for `report`, to be put into `dir`, of which nothing is changed yet. A page that
/// would be made from what it was made from before is not drawn again.
pub fn prepare(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Prepared, Error> {
    let site = Site::plan(report, ruleset, options);
    let env = options.theme.environment();
    let folder = Folder::open(dir)?;
    let one = |id: &PageId| {
        let from = site.from(*id);
        match folder.kept(site.paths(*id), from) {
            Some(files) => Ok(files),
            None => draw(&site, *id, &env)?.into_iter().map(|page| folder.take(page, from)).collect(),
        }
    };
    let mut ids = site.page_ids();
    let mut files: Vec<File> = Vec::new();
    loop {
        // A stretch at a time: the list of all pages, and a list of what each core made, would be as large as the result.
        let stretch: Vec<PageId> = ids.by_ref().take(STRETCH).collect();
        if stretch.is_empty() {
            return Ok(Prepared { folder, files });
        }
        let drawn = stretch.par_iter().map(one).collect::<Result<Vec<Vec<File>>, Error>>()?;
        files.extend(drawn.into_iter().flatten());
    }
}

/// An error when no site can be written into `dir` because what is in it is not ours; asked before the work begins.
pub fn check(dir: &Path) -> Result<(), Error> {
    if dir.is_symlink() {
        return Err(Error::Link { path: dir.to_owned() });
    }
    if dir.exists() { folder::ours(dir).map(drop) } else { Ok(()) }
}
