//! Writes a report as a static site.
//!
//! `site` plans the pages, `view` builds the data for each template, the templates render it, and `folder` writes the
//! files. Pages are rendered in batches, so memory use is bounded by the report and its indexes, whatever the size of
//! the site. Every link is relative and names its file, so that the site works from a local folder and below any URL
//! path.

mod address;
mod draw;
mod error;
mod fingerprint;
mod folder;
mod highlight;
mod manifest;
mod naming;
mod options;
mod page;
mod paging;
mod related;
mod rulebook;
mod search;
mod site;
mod templates;
mod theme;
mod view;

use std::path::Path;

use rayon::prelude::*;

use crate::model::Report;
use crate::rules::Ruleset;
use draw::draw;
use folder::{File, Folder};
use site::{PageId, Site};

pub use error::Error;
pub use options::Options;
pub use page::{Page, Summary};
pub use theme::Theme;

/// The number of pages in a batch.
const STRETCH: usize = 4_096;

/// The pages of the site for `report` in a fixed order: the same report gives the same bytes.
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

/// A site whose changed files are rendered to the temporary folder and not yet moved into place.
pub(crate) struct Prepared {
    folder: Folder,
    files: Vec<File>,
}

impl Prepared {
    /// Replaces the old site: moves changed files into place and removes files that only the previous run wrote. Other
    /// files in the folder are kept. If interrupted, old and new pages mix, and the next run completes the site.
    pub(crate) fn finish(self) -> Result<Summary, Error> {
        self.folder.finish(self.files)
    }
}

/// Writes the site for `report` into `dir`.
pub fn write(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Summary, Error> {
    prepare(report, ruleset, dir, options)?.finish()
}

/// Renders the changed pages of the site for `report`, without changing the files in `dir` yet. A page with the same
/// input as in the previous run is not rendered again.
pub(crate) fn prepare(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Prepared, Error> {
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
        // In batches: the list of all pages, or a list of the results of each thread, would be as large as the site.
        let stretch: Vec<PageId> = ids.by_ref().take(STRETCH).collect();
        if stretch.is_empty() {
            return Ok(Prepared { folder, files });
        }
        let drawn = stretch.par_iter().map(one).collect::<Result<Vec<Vec<File>>, Error>>()?;
        files.extend(drawn.into_iter().flatten());
    }
}

/// Returns an error if `dir` contains files that mcp-scan did not write. Called before the scan begins.
pub(crate) fn check(dir: &Path) -> Result<(), Error> {
    if dir.is_symlink() {
        return Err(Error::Link { path: dir.to_owned() });
    }
    if dir.exists() { folder::ours(dir).map(drop) } else { Ok(()) }
}
