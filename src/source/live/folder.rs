//! The throw-away folder of one started server: its home, its working folder, its temporary files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

/// How often the folder is removed: what was killed a moment ago may still finish a write.
const ATTEMPTS: u32 = 5;

/// A folder that is gone when this is dropped, whatever the server made in it.
#[derive(Debug)]
pub struct ThrowAway {
    folder: TempDir,
}

impl ThrowAway {
    /// A new folder with its places.
    pub fn new() -> io::Result<Self> {
        let this = Self { folder: tempfile::Builder::new().prefix("mcp-scan-").tempdir()? };
        for place in [this.home(), this.work(), this.temporary()] {
            fs::create_dir(place)?;
        }
        Ok(this)
    }

    /// All of it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Its home.
    pub fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// Where it starts.
    pub fn work(&self) -> PathBuf {
        self.path().join("work")
    }

    /// Its temporary files.
    pub fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        for attempt in 0..ATTEMPTS {
            match fs::remove_dir_all(self.path()) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    make_writable(self.path());
                    sleep(Duration::from_millis(10 << attempt));
                }
                _ => return,
            }
        }
    }
}

/// Nothing can be removed from a folder that may not be written: package managers and hostile servers make such.
#[cfg(unix)]
fn make_writable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        // Links are not followed: the type is the entry's own.
        open.extend(
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()),
        );
    }
}

#[cfg(not(unix))]
fn make_writable(_: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nothing_a_server_makes_keeps_the_folder() {
        let throw_away = ThrowAway::new().unwrap();
        let path = throw_away.path().to_owned();
        let locked = throw_away.home().join("locked/inner");
        fs::create_dir_all(&locked).unwrap();
        fs::write(locked.join("file"), "x").unwrap();
        std::os::unix::fs::symlink("/", throw_away.work().join("root")).unwrap();
        for folder in [&locked, &throw_away.home().join("locked")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
        }
        drop(throw_away);
        assert!(!path.exists());
    }
}
