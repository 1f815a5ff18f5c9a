//! The plan for starting a server, passed to the supervisor and from there into a sandbox. It is JSON in the only
//! environment variable of that process, so that it does not appear on a command line.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The variable that holds the plan.
pub(crate) const VARIABLE: &str = "MCP_SCAN_PLAN";
/// The first argument of a supervisor process.
pub(crate) const SUPERVISE: &str = "--supervise-server";
/// The first argument of the process that starts the server inside a sandbox.
pub(crate) const ENTER: &str = "--enter-sandbox";

/// A program to start, and the restrictions to apply first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProgramStart {
    pub(crate) program: Bytes,
    pub(crate) args: Vec<Bytes>,
    /// Its whole environment.
    pub(crate) variables: BTreeMap<Bytes, Bytes>,
    pub(crate) folder: Bytes,
    /// Folders whose changes are discarded. They are mounted first.
    pub(crate) overlays: Vec<OverlayMount>,
    /// The privileges to drop.
    pub(crate) limits: Limits,
}

/// The start of a server and the cleanup after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Supervision {
    /// The process id of the scanner. The server ends with it.
    pub(crate) scanner: i32,
    /// The temporary folder to remove if the scanner has died.
    pub(crate) throw_away: Bytes,
    pub(crate) start: ProgramStart,
    /// A command to run after the server has ended, which removes a container. May be empty.
    pub(crate) afterwards: Vec<Bytes>,
}

/// A folder whose changes are written elsewhere (overlayfs).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OverlayMount {
    /// The folder.
    pub(crate) at: PathBuf,
    /// The folder for the changes.
    pub(crate) upper: PathBuf,
    /// The work folder of overlayfs.
    pub(crate) work: PathBuf,
}

/// The privileges that a process drops before it becomes the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Limits {
    /// None: it first creates a sandbox, which needs all privileges.
    Nothing,
    /// Control over other processes. Files stay accessible.
    OtherProcesses,
    /// All privileges, inside a sandbox that hides files.
    AllRights,
    /// All privileges, and access to all files except these.
    Files {
        /// Paths that can be read.
        readable: Vec<PathBuf>,
        /// Paths that can also be written.
        writable: Vec<PathBuf>,
        /// Whether network access is dropped too.
        offline: bool,
    },
}

/// An OS string, encoded as text for JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(crate) struct Bytes(pub OsString);

impl<T: AsRef<OsStr>> From<&T> for Bytes {
    fn from(name: &T) -> Self {
        Self(name.as_ref().to_owned())
    }
}

impl From<Bytes> for String {
    fn from(Bytes(name): Bytes) -> Self {
        use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
        const ENCODED: &AsciiSet = &CONTROLS.add(b'%');
        percent_encode(name.as_encoded_bytes(), ENCODED).to_string()
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        let bytes: Vec<u8> = percent_encoding::percent_decode_str(&text).collect();
        #[cfg(unix)]
        return Self(std::os::unix::ffi::OsStringExt::from_vec(bytes));
        #[cfg(not(unix))]
        Self(String::from_utf8_lossy(&bytes).into_owned().into())
    }
}

/// The value of [`VARIABLE`] for `plan`.
pub(crate) fn packed(plan: &impl Serialize) -> io::Result<OsString> {
    Ok(serde_json::to_string(plan)?.into())
}

/// The plan in our environment.
pub(crate) fn received<T: for<'de> Deserialize<'de>>() -> io::Result<T> {
    let text = std::env::var(VARIABLE).map_err(|_| io::Error::other("there is no plan to follow"))?;
    Ok(serde_json::from_str(&text)?)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn any_name_is_handed_over_unchanged() {
        for name in [b"plain".to_vec(), b"50% \"x\"\n".to_vec(), vec![0xff, 0x80, b'a'], "é".into()] {
            let bytes = Bytes(OsString::from_vec(name));
            let text = serde_json::to_string(&bytes).unwrap();
            assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap(), bytes, "{text}");
        }
    }
}
