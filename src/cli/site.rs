//! The output folder of a site.

use std::path::{Path, PathBuf};

use super::diagnose::Messages;
use super::output;
use super::site_error::{SiteCause, SiteError};
use crate::catalogue::{self, Options};
use crate::model::Report;
use crate::rules::Ruleset;
use crate::source::secret::hide_in_report;
use crate::text::prose;

/// A folder in which a site can be written.
#[derive(Debug)]
pub(crate) struct SiteFolder {
    folder: PathBuf,
    options: Options,
}

impl SiteFolder {
    /// Fails if no site can be written to `folder`.
    pub(crate) fn new(folder: &Path, options: Options) -> Result<Self, SiteError> {
        if folder.exists() && !folder.is_dir() {
            return Err(error(folder, SiteCause::IsFile));
        }
        catalogue::check(folder).map_err(|cause| error(folder, SiteCause::Write(cause)))?;
        Ok(Self { folder: folder.to_owned(), options })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes the site for `report`.
    pub(crate) fn write(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), SiteError> {
        let published = report.published(&hide_in_report);
        let prepared = catalogue::prepare(&published, ruleset, &self.folder, &self.options);
        // From here on the folder changes, and an interrupt waits until this is complete.
        let written = prepared.and_then(|prepared| output::without_interruption(|| prepared.finish()));
        let summary = written.map_err(|cause| error(&self.folder, SiteCause::Write(cause)))?;
        let files = prose::count(summary.pages, "file");
        let (new, removed) = (prose::thousands(summary.written), prose::thousands(summary.removed));
        let index = self.folder.join("index.html");
        messages.note(&format!("wrote {}: a catalogue of {files} ({new} written, {removed} removed)", index.display()));
        Ok(())
    }
}

/// The error that the site in `folder` failed because of `cause`.
pub(crate) fn error(folder: &Path, cause: SiteCause) -> SiteError {
    SiteError::new(folder.display().to_string(), cause)
}
