//! Why a site cannot be made.

use std::path::PathBuf;

use crate::policy::dialect::PolicyError;

/// Why a site cannot be made.
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
