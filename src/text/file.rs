//! Files that a user or a checkout names, read within a bound: a link may lead to a device without an end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest file, in bytes; locks and baselines of thousands of servers have a tenth of it.
const MAX_FILE: u64 = 256 << 20;

/// The text of the file at `path`, which may be a pipe.
pub fn read_text(path: &Path) -> io::Result<String> {
    read_at_most(path, MAX_FILE)
}

fn read_at_most(path: &Path, max: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let why = format!("it is larger than {} MiB", max >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.lock");
        std::fs::write(&path, "version: 1").unwrap();
        assert_eq!(read_text(&path).unwrap(), "version: 1");
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path).unwrap_err().to_string(), "it is not UTF-8 text");
        if cfg!(unix) {
            let error = read_at_most(Path::new("/dev/zero"), 1 << 20).unwrap_err();
            assert_eq!(error.to_string(), "it is larger than 1 MiB");
        }
    }
}
