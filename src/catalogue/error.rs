//! Errors of writing a site.

use std::path::PathBuf;

use crate::policy::dialect::PolicyError;

/// Why a site cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is not empty and contains no site from mcp-scan.
    #[error(
        "{dir} is not empty and holds no catalogue of ours: name a new or an empty folder, or remove what is in it"
    )]
    NotASite {
        /// The folder that the user named.
        dir: PathBuf,
    },
    /// The folder is a symbolic link.
    #[error("{path} is a link: name the folder that it leads to")]
    Link { path: PathBuf },
    /// A file that mcp-scan did not write has the path of a page.
    #[error("{path} was not written by mcp-scan and is in the place of a page: move it away, or name another folder")]
    Foreign { path: PathBuf },
    /// A page path that could leave the folder. Slugs never do; a hand-made report might.
    #[error("page name {path:?} could leave the folder of the site")]
    UnsafePath {
        /// The planned path.
        path: String,
    },
    /// The manifest exists but cannot be read.
    #[error("{path} cannot be read ({cause}): remove the folder and write the site anew")]
    Manifest {
        path: PathBuf,
        /// The cause, as the JSON parser reports it.
        cause: String,
    },
    /// A theme file has no effect.
    #[error("{file} has no effect: it replaces no built-in file, and no file of the theme includes it{}", likely.as_ref().map_or_else(String::new, |name| format!("; did you mean {name}?")))]
    Idle {
        /// The path of the file in the theme.
        file: String,
        /// The most similar file name of the built-in theme, if one is similar.
        likely: Option<String>,
    },
    /// An operating system error.
    #[error("cannot {what} {path}: {cause}")]
    Io {
        /// The operation: "write", "create", "read", "remove".
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        cause: std::io::Error,
    },
    /// A policy cannot be written.
    #[error("cannot write {path}: {cause}")]
    Policy {
        /// The page.
        path: String,
        /// The cause, as the policy writer reports it.
        cause: PolicyError,
    },
    /// A template cannot be rendered.
    #[error("cannot render {path}: {cause}")]
    Render {
        /// The page.
        path: String,
        /// The cause, with the template and the line.
        cause: minijinja::Error,
    },
}
