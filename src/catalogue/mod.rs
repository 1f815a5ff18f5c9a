//! A report becomes a static site.
//!
//! `site` plans which pages exist, `view` says what each template sees, the templates draw it, and `folder`
//! puts the result on disk. Pages are made one after the other, so that a site of any size needs the memory of its
//! report and its indexes, and no more. Every link is relative and names its file, so that the site works from a
//! folder, from any address below a host, and without a server.

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

/// How many pages are drawn before the next are planned.
const STRETCH: usize = 4_096;

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
pub(crate) struct Prepared {
    folder: Folder,
    files: Vec<File>,
}

impl Prepared {
    /// Puts it in the place of the old one: moves what changed, and removes what an earlier run wrote there and the site
    /// no longer has; nothing else in the folder is touched. Who breaks this off finds some pages of each; the next run
    /// mends that.
    pub(crate) fn finish(self) -> Result<Summary, Error> {
        self.folder.finish(self.files)
    }
}

/// Writes the site for `report` into `dir`.
pub fn write(report: &Report, ruleset: &Ruleset, dir: &Path, options: &Options) -> Result<Summary, Error> {
    prepare(report, ruleset, dir, options)?.finish()
}

/// Draws what has changed of the site for `report`, to be put into `dir`, of which nothing is changed yet. A page that
/// would be made from what it was made from before is not drawn again.
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
pub(crate) fn check(dir: &Path) -> Result<(), Error> {
    if dir.is_symlink() {
        return Err(Error::Link { path: dir.to_owned() });
    }
    if dir.exists() { folder::ours(dir).map(drop) } else { Ok(()) }
}
