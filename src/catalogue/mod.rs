//! A report becomes a static site.
//!
//! `site` plans which pages exist, `view` says what each template sees, the templates draw it, and `folder`
//! puts the result on disk. Pages are made one after the other, so that a site of any size needs the memory of its
//! report and its indexes, and no more. Every link is relative and names its file, so that the site works from a
//! folder, from any address below a host, and without a server.

mod address;
mod folder;
mod marked;
mod naming;
mod related;
mod site;
mod templates;
mod view;

use std::path::{Path, PathBuf};

use minijinja::Environment;

use crate::model::Report;
use crate::policy::dialect::PolicyError;
use crate::render;
use crate::rules::Ruleset;
use site::{PageId, Site};

/// What a user may choose about a site.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the site, shown on every page.
    pub title: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { title: "MCP tool catalogue".into() }
    }
}

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it stands below the site's folder, parts joined by `/`.
    pub path: String,
    /// What it holds, UTF-8.
    pub contents: String,
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
    let env = render::environment(templates::TEMPLATES, None);
    let ids: Vec<PageId> = site.page_ids().collect();
    ids.into_iter().map(move |id| draw(&site, &env, id))
}

/// Writes the site for `report` into `dir`: only what changed, each file whole or not at all. What an earlier run
/// wrote there and the site no longer has is removed; nothing else in the folder is touched.
pub fn write(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Summary, Error> {
    let site = Site::plan(report, ruleset, options);
    let env = render::environment(templates::TEMPLATES, None);
    let planned = site.page_ids().map(|id| site.path(id)).collect();
    let mut folder = folder::Folder::open(dir, planned)?;
    for id in site.page_ids() {
        folder.put(&draw(&site, &env, id)?)?;
    }
    folder.finish()
}

/// An error when no site can be written into `dir` because what is in it is not ours; asked before the work begins.
pub fn check(dir: &Path) -> Result<(), Error> {
    if dir.exists() { folder::ours(dir).map(drop) } else { Ok(()) }
}

/// Draws one page: its view, through its template.
fn draw(site: &Site<'_>, env: &Environment<'static>, id: PageId) -> Result<Page, Error> {
    let path = site.path(id);
    let contents = match view::of(site, id, &path).map_err(|cause| Error::Policy { path: path.clone(), cause })? {
        view::Drawn::Text(text) => text,
        view::Drawn::Template(name, value) => env
            .get_template(name)
            .and_then(|template| template.render(value))
            .map_err(|cause| Error::Render { path: path.clone(), cause })?,
    };
    Ok(Page { path, contents })
}
