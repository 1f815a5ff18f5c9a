//! Errors of the operating system, in words for whoever reads a message: without numbers.

use std::io::{self, ErrorKind};

/// Why the system refused, in words.
pub(crate) fn in_words(cause: &io::Error) -> String {
    let why = match cause.kind() {
        // What we say ourselves is clear.
        _ if cause.raw_os_error().is_none() => return cause.to_string(),
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "this user may not do that there (permission denied)",
        ErrorKind::AlreadyExists => "a file with a name on this path is there already, and is no folder",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of the path is a file and no folder",
        ErrorKind::ReadOnlyFilesystem => "the file system can only be read",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::AddrInUse => "another program uses this address",
        ErrorKind::AddrNotAvailable => "this machine does not have this address",
        ErrorKind::ConnectionRefused => "nothing listens there (connection refused)",
        _ => return without_number(cause),
    };
    why.to_owned()
}

fn without_number(cause: &io::Error) -> String {
    let text = cause.to_string();
    let number = cause.raw_os_error().map(|code| format!(" (os error {code})")).unwrap_or_default();
    text.strip_suffix(&number).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_system_become_words() {
        let missing = std::fs::File::open("/no/such/file").unwrap_err();
        assert_eq!(in_words(&missing), "there is no such file or folder");
        assert_eq!(in_words(&io::Error::other("the socket is old")), "the socket is old");
        #[cfg(unix)]
        assert_eq!(in_words(&io::Error::from_raw_os_error(32)), "Broken pipe");
    }
}
