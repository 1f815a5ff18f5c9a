//! A socket in a folder, for the owner alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use crate::guard::file_id::FileId;

/// The file of a socket. It goes when this is dropped.
pub(crate) struct SocketFile {
    path: PathBuf,
    id: FileId,
}

/// Listens at `path`. A socket that another program left is replaced; one that answers, and any other file, is an error.
pub(crate) fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        Ok(_) if UnixStream::connect(path).is_ok() => {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program serves there"));
        }
        Ok(_) | Err(_) => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder)?;
    // Nobody else may connect before its mode is set.
    let private = tempfile::Builder::new().prefix(".").permissions(Permissions::from_mode(0o700)).tempdir_in(folder)?;
    let new = private.path().join("s");
    let listener = UnixListener::bind(&new)?;
    fs::set_permissions(&new, Permissions::from_mode(0o600))?;
    fs::rename(&new, path)?;
    Ok((listener, SocketFile { path: path.to_owned(), id: FileId::read(path)? }))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another guard may have replaced it.
        if FileId::read(&self.path).is_ok_and(|id| id == self.id) {
            // The folder may be gone.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_its_owners_and_replaces_only_one_that_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guard.sock");
        let (listener, file) = bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(bind(&path).err().map(|cause| cause.kind()), Some(io::ErrorKind::AddrInUse));
        drop(listener);
        let (listener, newer) = bind(&path).unwrap();
        drop(file);
        assert!(path.exists(), "the newer one stays");
        drop((listener, newer));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "mine").unwrap();
        assert_eq!(bind(&path).err().map(|cause| cause.kind()), Some(io::ErrorKind::AlreadyExists));
    }
}
