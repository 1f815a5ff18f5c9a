//! `sandbox-exec` on macOS: a profile with which a server can write only its own folder, read of all homes only what
//! its command names, and connect to no Unix socket. Written from its documentation; not tested on a Mac.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::sandbox_error::SandboxError;
use super::view::FileSystemView;

const PROGRAM: &str = "sandbox-exec";

/// An installed `sandbox-exec`.
#[derive(Debug, Clone)]
pub(crate) struct SandboxExec {
    pub(crate) program: PathBuf,
    offline: bool,
}

impl SandboxExec {
    /// Finds `sandbox-exec`. Fails on other systems than macOS.
    pub(crate) fn find(offline: bool) -> Result<Self, SandboxError> {
        if !cfg!(target_os = "macos") {
            return Err(SandboxError::OtherSystem(PROGRAM));
        }
        let program = which::which(PROGRAM).map_err(|_| SandboxError::NoProgram(PROGRAM))?;
        Ok(Self { program, offline })
    }

    /// The arguments of `sandbox-exec`, including the program to start.
    pub(crate) fn words(&self, view: &FileSystemView, own: &[PathBuf], program: &Path) -> Vec<OsString> {
        vec!["-p".into(), self.profile(view, own).into(), program.into()]
    }

    /// The profile. In a profile, the last matching rule wins.
    fn profile(&self, view: &FileSystemView, own: &[PathBuf]) -> String {
        let mut profile = String::from("(version 1)\n(allow default)\n(deny file-write*)\n");
        let mut add = |rule: &str, kind: &str, path: &Path| {
            let path = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
            // Writing to a string cannot fail.
            let _ = writeln!(profile, "({rule} ({kind} \"{path}\"))");
        };
        for folder in &view.hidden {
            add("deny file-read*", "subpath", folder);
        }
        for shown in &view.shown {
            add("allow file-read*", "subpath", shown);
        }
        for link in &view.links {
            add("allow file-read*", "literal", &link.at);
        }
        for file in &view.masked {
            add("deny file-read*", "literal", file);
        }
        for folder in own {
            add("allow file-read* file-write*", "subpath", folder);
        }
        for device in ["/dev/null", "/dev/zero", "/dev/tty"] {
            add("allow file-write*", "literal", Path::new(device));
        }
        profile.push_str("(allow file-read-metadata)\n(deny network* (remote unix-socket))\n");
        if self.offline {
            profile.push_str("(deny network*)\n");
        }
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_denies_first_and_allows_what_is_shown() {
        let view = FileSystemView {
            hidden: vec!["/Users".into()],
            shown: vec!["/Users/me/\"shop\"".into()],
            links: Vec::new(),
            masked: Vec::new(),
            home: None,
        };
        let sandbox = SandboxExec { program: PROGRAM.into(), offline: true };
        insta::assert_snapshot!(sandbox.profile(&view, &["/tmp/own".into()]), @r#"
        (version 1)
        (allow default)
        (deny file-write*)
        (deny file-read* (subpath "/Users"))
        (allow file-read* (subpath "/Users/me/\"shop\""))
        (allow file-read* file-write* (subpath "/tmp/own"))
        (allow file-write* (literal "/dev/null"))
        (allow file-write* (literal "/dev/zero"))
        (allow file-write* (literal "/dev/tty"))
        (allow file-read-metadata)
        (deny network* (remote unix-socket))
        (deny network*)
        "#);
    }

    #[test]
    fn only_a_mac_has_it() {
        assert_eq!(SandboxExec::find(false).is_ok(), cfg!(target_os = "macos"));
    }
}
