//! What is known of a file by its path and its metadata.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::Path;

/// Folders of the system, whose programs are not a part of any project.
const SYSTEM: [&str; 12] = [
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
];

/// True for a path of the system or one of its programs.
pub(crate) fn is_of_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path.starts_with(system))
}

/// `name` as text. Different names have different texts: only one that is not UTF-8 has a single backslash.
pub(super) fn shown(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) => name.replace('\\', "\\\\"),
        None => name.as_encoded_bytes().escape_ascii().to_string(),
    }
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

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_are_no_other_name() {
        use std::os::unix::ffi::OsStrExt;
        let names: [&[u8]; 5] = [b"a\xff", br"a\xff", br"a\\xff", "aÿ".as_bytes(), b"a\xfe"];
        let shown: BTreeSet<String> = names.iter().map(|name| super::shown(OsStr::from_bytes(name))).collect();
        assert_eq!(shown.len(), names.len(), "{shown:?}");
    }
}
