//! Bubblewrap: a read-only file system but for a few folders, processes of its own, and no network when there shall be
//! none.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::containment::{Containment, Sandbox};

/// The program that makes the sandbox.
const BWRAP: &str = "bwrap";

/// What every sandboxed server gets: all ends when we do, other processes are out of sight, all files are read-only.
const ALWAYS: [&str; 11] = [
    "--die-with-parent",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
];
const NO_NETWORK: &str = "--unshare-net";

/// A sandbox that works here.
#[derive(Debug)]
pub struct Bwrap {
    program: PathBuf,
    offline: bool,
}

impl Bwrap {
    /// The sandbox that `containment` asks for; an error says why it cannot be had.
    pub fn find(containment: &Containment) -> Result<Option<Self>, String> {
        if containment.sandbox == Sandbox::None {
            return match containment.offline {
                true => Err("only a sandbox can keep a server from the network".into()),
                false => Ok(None),
            };
        }
        let needed = containment.sandbox == Sandbox::Bwrap || containment.offline;
        match Self::working(containment.offline) {
            Ok(bwrap) => Ok(Some(bwrap)),
            Err(why) if needed => Err(why),
            Err(_) => Ok(None),
        }
    }

    /// It is tried on `true`, because many systems have it and forbid it.
    fn working(offline: bool) -> Result<Self, String> {
        let program = which::which(BWRAP).map_err(|_| format!("the sandbox needs bubblewrap: there is no {BWRAP}"))?;
        let this = Self { program, offline };
        let words = this.words(Path::new("true"), &[], Path::new("/"), &[]);
        let tried = Command::new(&this.program).args(words).stdin(Stdio::null()).output();
        match tried {
            Ok(output) if output.status.success() => Ok(this),
            Ok(output) => {
                Err(format!("bubblewrap does not work here: {}", String::from_utf8_lossy(&output.stderr).trim()))
            }
            Err(cause) => Err(format!("bubblewrap does not start: {cause}")),
        }
    }

    /// The program to start instead.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its arguments: `program` with `args`, started in `folder`, with `writable` folders.
    pub fn words(&self, program: &Path, args: &[String], folder: &Path, writable: &[PathBuf]) -> Vec<OsString> {
        let mut words: Vec<OsString> = ALWAYS.map(OsString::from).into();
        if self.offline {
            words.push(NO_NETWORK.into());
        }
        for place in writable {
            // A cache that is not there yet could not be made in a read-only home.
            let _ = fs::create_dir_all(place);
            words.extend(["--bind-try".into(), place.into(), place.into()]);
        }
        words.extend(["--chdir".into(), folder.into(), "--".into(), program.into()]);
        words.extend(args.iter().map(OsString::from));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_can_be_written() {
        let cache = tempfile::tempdir().unwrap();
        let bwrap = Bwrap { program: BWRAP.into(), offline: true };
        let words = bwrap.words(Path::new("/bin/npx"), &["-y".into()], Path::new("/w"), &[cache.path().into()]);
        let words: Vec<&str> = words.iter().map(|word| word.to_str().unwrap()).collect();
        let place = cache.path().to_str().unwrap();
        let end = ["--unshare-net", "--bind-try", place, place, "--chdir", "/w", "--", "/bin/npx", "-y"];
        assert_eq!(words, [&ALWAYS[..], &end[..]].concat());
    }

    #[test]
    fn no_network_without_a_sandbox_is_refused() {
        let containment = Containment { sandbox: Sandbox::None, offline: true, ..Containment::default() };
        assert!(Bwrap::find(&containment).unwrap_err().contains("only a sandbox"));
    }
}
