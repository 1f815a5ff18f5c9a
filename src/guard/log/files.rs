//! The files of a log: the current one, the full ones and the head.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::LogError;

/// Most full files that are looked for.
const MOST: u32 = 10_000;

/// The file with the state of the log at `path`.
pub(super) fn head(path: &Path) -> PathBuf {
    with_suffix(path, "head")
}

/// The full file `age` rotations ago; 1 is the latest.
pub(super) fn full(path: &Path, age: u32) -> PathBuf {
    with_suffix(path, &age.to_string())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// All files with lines, from old to new. The current one is last, whether it exists or not.
pub(super) fn all(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = (1..MOST).map(|age| full(path, age)).take_while(|file| file.exists()).collect();
    files.reverse();
    files.push(path.to_owned());
    files
}

/// Opens the file at `path`, or creates it for its owner alone. Follows no symbolic link.
pub(super) fn open(path: &Path) -> Result<File, LogError> {
    let failed = |cause| LogError::Open { path: path.to_owned(), cause };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(LogError::NotAFile { path: path.to_owned() });
    }
    let file = options.open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(LogError::NotAFile { path: path.to_owned() });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(file)
}

/// Makes the current file the latest full one. At most `keep` full files remain.
pub(super) fn rotate(path: &Path, keep: u32) -> io::Result<()> {
    let existing: Vec<u32> = (1..MOST).take_while(|age| full(path, *age).exists()).collect();
    for age in existing.into_iter().rev() {
        match age < keep {
            true => fs::rename(full(path, age), full(path, age + 1))?,
            false => fs::remove_file(full(path, age))?,
        }
    }
    match keep {
        0 => fs::remove_file(path),
        _ => fs::rename(path, full(path, 1)),
    }
}
