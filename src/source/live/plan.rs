//! How a server is started, as it is handed to the supervisor and from there into a sandbox: JSON in one environment
//! variable of a process that has no other, so that nothing of it stands on a command line.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The variable that holds the plan.
pub(crate) const VARIABLE: &str = "MCP_SCAN_PLAN";
/// The first argument of a supervisor.
pub(crate) const SUPERVISE: &str = "--supervise-server";
/// The first argument of the program inside a sandbox that starts the server.
pub(crate) const ENTER: &str = "--enter-sandbox";

/// A program to start, and what is taken from it first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) program: Bytes,
    /// Its arguments.
    pub(crate) args: Vec<Bytes>,
    /// All of its environment.
    pub(crate) variables: BTreeMap<Bytes, Bytes>,
    pub(crate) folder: Bytes,
    /// Folders whose changes are thrown away, mounted first.
    pub(crate) overlays: Vec<Overlay>,
    /// What it may not do.
    pub(crate) limits: Limits,
}

/// The start of a server and what follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Supervision {
    /// The process that scans; the server ends with it.
    pub(crate) scanner: i32,
    /// The folder that is removed when the scanner has died.
    pub(crate) throw_away: Bytes,
    /// The server.
    pub(crate) start: Start,
    /// A command that runs when the server has ended: it removes a container.
    pub(crate) afterwards: Vec<Bytes>,
}

/// A folder whose changes go elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Overlay {
    /// The folder.
    pub(crate) at: PathBuf,
    /// Where the changes go.
    pub(crate) upper: PathBuf,
    /// The working folder of the file system.
    pub(crate) work: PathBuf,
}

/// What a process gives up before it becomes the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Limits {
    /// Nothing: a sandbox is made first, which needs all rights.
    Nothing,
    /// Rights over other processes; files stay within reach.
    OtherProcesses,
    /// All rights, inside a sandbox that hides files.
    AllRights,
    /// All rights, and all files but these.
    Files {
        /// What can be read.
        readable: Vec<PathBuf>,
        /// What can also be written.
        writable: Vec<PathBuf>,
        /// No network either.
        offline: bool,
    },
}

/// Bytes that the system takes for a name, as text that JSON can hold.
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

/// The plan that our own environment holds.
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
