//! What is known of a file by its path and its metadata.

use std::ffi::OsStr;
use std::fs::{File, FileType, Metadata};
use std::io;
use std::path::Path;

/// Folders of the system, whose programs are not a part of any project, and where services for builds keep theirs.
const SYSTEM: [&str; 15] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/nix/store",
    "/opt/homebrew",
    "/System",
    "C:\\Windows",
    "C:\\Program Files",
    "/opt/hostedtoolcache",
    "/Users/runner/hostedtoolcache",
    "C:\\hostedtoolcache",
];
/// Folders in those that hold no part of the system: sources, and the usual places of a project in an image.
const NOT_SYSTEM: [&str; 6] =
    ["/usr/src", "/usr/app", "/usr/home", "/usr/local/src", "/usr/local/app", "/usr/local/share"];

/// True for a path of the system or one of its programs.
pub(crate) fn is_of_system(path: &Path) -> bool {
    let is_below = |folder: &&str| path.starts_with(folder);
    SYSTEM.iter().any(is_below) && !NOT_SYSTEM.iter().any(is_below)
}

/// Opens a regular file. A pipe would wait for its writer.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// `name` as text. Different names have different texts: only one that is not UTF-8 has a single backslash.
pub(super) fn shown(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) => name.replace('\\', "\\\\"),
        None => name.as_encoded_bytes().escape_ascii().to_string(),
    }
}

/// True for a pipe or a device. Nothing can be run from a socket.
#[cfg(unix)]
pub(super) fn may_be_run(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    !(kind.is_file() || kind.is_dir() || kind.is_socket())
}

/// There are no such files in the folders of other systems.
#[cfg(not(unix))]
pub(super) fn may_be_run(_: FileType) -> bool {
    false
}

/// True if another program may decide what comes out of `real`. The devices of the machine are no code, but for disks and
/// terminals of programs.
#[cfg(unix)]
pub(super) fn is_fed(real: &Path, kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_of_machine = kind.is_char_device() && real.starts_with("/dev") && !real.starts_with("/dev/pts");
    may_be_run(kind) && !is_of_machine
}

#[cfg(not(unix))]
pub(super) fn is_fed(_: &Path, _: FileType) -> bool {
    false
}

/// True for a file whose permissions we can change.
#[cfg(unix)]
pub(super) fn is_ours(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(super) fn is_ours(_: &Metadata) -> bool {
    true
}

/// True for a file that can be run as a program.
#[cfg(unix)]
pub(crate) fn is_program(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
pub(crate) fn is_program(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sources_and_projects_are_no_part_of_the_system() {
        for path in ["/usr/bin/python3", "/usr/local/lib/node_modules/x", "/etc/x", "/usr/share/x"] {
            assert!(is_of_system(Path::new(path)), "{path}");
        }
        for path in ["/usr/src/app", "/usr/local/src/x", "/usr/local/share/x", "/usr/app", "/opt/x", "/usr2/bin"] {
            assert!(!is_of_system(Path::new(path)), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_are_no_other_name() {
        use std::os::unix::ffi::OsStrExt;
        let names: [&[u8]; 5] = [b"a\xff", br"a\xff", br"a\\xff", "aÿ".as_bytes(), b"a\xfe"];
        let shown: BTreeSet<String> = names.iter().map(|name| super::shown(OsStr::from_bytes(name))).collect();
        assert_eq!(shown.len(), names.len(), "{shown:?}");
    }
}
