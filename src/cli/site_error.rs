//! Why a site cannot be written or served.

use std::io;

use thiserror::Error;

use crate::catalogue;
use crate::model::{Failure, FailureCause};

/// A site that cannot be written or served.
pub(crate) type SiteError = Failure<SiteCause>;

/// Why a site cannot be written or served.
#[derive(Debug, Error)]
pub(crate) enum SiteCause {
    /// A file has the name of its folder.
    #[error("it is a file, not a folder")]
    IsFile,
    /// It cannot be written.
    #[error("{0}")]
    Write(catalogue::Error),
    /// Its theme cannot be read.
    #[error("{0}")]
    Theme(catalogue::Error),
    /// There is nothing to serve.
    #[error("there is no site in it")]
    Nothing,
    /// It cannot be served at the port.
    #[error("{0}")]
    Serve(io::Error),
}

impl FailureCause for SiteCause {
    fn attempt(&self) -> String {
        match self {
            Self::IsFile | Self::Write(_) => "could not write the catalogue",
            Self::Theme(_) => "could not read the theme",
            Self::Nothing | Self::Serve(_) => "could not serve the catalogue",
        }
        .into()
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::IsFile => "give the name of a folder; it is made when it is not there",
            Self::Write(_) => return None,
            Self::Theme(_) => {
                "a theme holds files with the names of built-in templates, and assets of its own in `assets/`"
            }
            Self::Nothing => "name the reports to build it from as well",
            Self::Serve(_) => "give another port: --serve=8643",
        };
        Some(hint.into())
    }
}
