//! The temporary folder of a started server: its home, working folder and temporary files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::source::Progress;

#[cfg(unix)]
pub(crate) use unix::remove;

/// Number of attempts to remove the folder. A process that was just killed may still finish a write.
const ATTEMPTS: u32 = 5;

/// A folder that is removed on drop, whatever the server made of it.
pub(crate) struct ThrowAway {
    folder: PathBuf,
    notice: Option<Progress>,
}

impl ThrowAway {
    /// Creates the folder and its subfolders in `base`, or in that for temporary files. `notice` is called if the folder
    /// cannot be removed.
    pub(crate) fn new(base: Option<&Path>, notice: Option<Progress>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        // Whatever the user's mask: other users cannot look into it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        builder.prefix("mcp-scan-");
        let folder = match base {
            Some(base) => builder.tempdir_in(base)?,
            None => builder.tempdir()?,
        };
        let folder = folder.keep();
        let this = Self { folder: fs::canonicalize(folder)?, notice };
        for place in [this.server(), this.home(), this.work(), this.temporary(), this.layers()] {
            fs::create_dir(place)?;
        }
        this.end_upward_searches()?;
        Ok(this)
    }

    /// Runners of packages look above the working folder for a project, whose programs and registry they use. Some of them
    /// do not stop at the first one: see [`private_base`].
    fn end_upward_searches(&self) -> io::Result<()> {
        fs::create_dir(self.server().join("node_modules"))?;
        fs::write(self.server().join("package.json"), "{}")?;
        fs::write(self.server().join("uv.toml"), "")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// The folder that the server can write.
    pub(crate) fn server(&self) -> PathBuf {
        self.folder.join("server")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.server().join("home")
    }

    /// The working folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.server().join("work")
    }

    /// The folder for temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.server().join("tmp")
    }

    /// The overlay layers with the server's changes to other folders.
    pub(crate) fn layers(&self) -> PathBuf {
        self.folder.join("layers")
    }
}

/// A folder that no other user can write, nor one above it. What npm, yarn and others find above the folder for temporary
/// files, such as a `package.json` whose workspaces cover all below, anybody on this machine may have put there. `None` if
/// there is no such folder.
pub(crate) fn private_base() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let base = named.or_else(|| Some(std::env::home_dir()?.join(caches)))?.join("mcp-scan").join("servers");
    let is_private = |folder: &PathBuf| folder.ancestors().all(is_written_by_us_alone);
    // Nothing is made where it would not be used.
    base.ancestors().find_map(|folder| folder.canonicalize().ok()).filter(is_private)?;
    fs::create_dir_all(&base).ok()?;
    base.canonicalize().ok().filter(is_private)
}

/// True for a folder that only we and root can write.
#[cfg(unix)]
fn is_written_by_us_alone(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let ours = rustix::process::geteuid().as_raw();
    fs::metadata(folder).is_ok_and(|found| [0, ours].contains(&found.uid()) && found.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_written_by_us_alone(_: &Path) -> bool {
    true
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        let mut failed = None;
        for attempt in 0..ATTEMPTS {
            match remove(&self.folder) {
                Ok(()) => return,
                Err(cause) => failed = Some(cause),
            }
            sleep(Duration::from_millis(10 << attempt));
        }
        if let (Some(notice), Some(cause)) = (&self.notice, failed) {
            notice(&format!("could not remove the folder of a server, {}: {cause}", self.folder.display()));
        }
    }
}

#[cfg(not(unix))]
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

#[cfg(unix)]
mod unix {
    use std::collections::HashSet;
    use std::ffi::CString;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, renameat, unlinkat};
    use rustix::io::Errno;

    /// Removes `folder` and its content, with at most three open files at any depth. Does not follow links or change
    /// anything outside.
    ///
    /// Nested folders are first moved to the top level and then emptied there.
    pub(crate) fn remove(folder: &Path) -> io::Result<()> {
        let top = match opened(CWD, folder) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened?,
        };
        let mut moved = 0_u64;
        let mut failed: HashSet<CString> = HashSet::new();
        let mut cause = None;
        loop {
            let found = names(&top)?.into_iter().find(|name| !failed.contains(name));
            let Some(name) = found else { break };
            for name in std::iter::once(name).chain(names(&top)?) {
                if failed.contains(&name) {
                    continue;
                }
                if let Err(found) = removed(&top, &name, &mut moved) {
                    failed.insert(name);
                    cause = Some(found);
                }
            }
        }
        match cause {
            Some(cause) => Err(cause.into()),
            None => Ok(unlinkat(CWD, folder, AtFlags::REMOVEDIR)?),
        }
    }

    /// Removes the entry `name` of `top`. If it is a folder, its subfolders are moved to `top`.
    fn removed(top: &OwnedFd, name: &CString, moved: &mut u64) -> Result<(), Errno> {
        match unlinkat(top, name, AtFlags::empty()) {
            // Unlinking a folder gives EPERM on some systems.
            Err(Errno::ISDIR | Errno::PERM) => {}
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(cause) => return Err(cause),
        }
        let folder = opened(top, name.as_c_str())?;
        for inner in names(&folder)? {
            match unlinkat(&folder, &inner, AtFlags::empty()) {
                Err(Errno::ISDIR | Errno::PERM) => {}
                Ok(()) | Err(Errno::NOENT) => continue,
                Err(cause) => return Err(cause),
            }
            // A read-only folder cannot be moved.
            drop(opened(&folder, inner.as_c_str())?);
            loop {
                *moved += 1;
                match renameat(&folder, &inner, top, format!("removed-{moved}")) {
                    // The server already used this name.
                    Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => {}
                    done => break done?,
                }
            }
        }
        unlinkat(top, name, AtFlags::REMOVEDIR)
    }

    fn names(folder: &OwnedFd) -> Result<Vec<CString>, Errno> {
        let entries = Dir::read_from(folder)?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_owned()));
        names.filter(|name| !name.as_ref().is_ok_and(|name| [c".", c".."].contains(&name.as_c_str()))).collect()
    }

    /// Opens the folder `name` in `parent` and makes it writable. Fails for a link.
    #[cfg(target_os = "linux")]
    fn opened(parent: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
        use std::os::fd::AsRawFd;
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Opening with O_PATH needs no read permission. The file descriptor keeps referring to this folder even if it
        // is replaced.
        let place = openat(parent, name, flags | OFlags::PATH, Mode::empty())?;
        let same = format!("/proc/self/fd/{}", place.as_raw_fd());
        rustix::fs::chmod(&same, Mode::RWXU)?;
        openat(CWD, same, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
    }

    #[cfg(not(target_os = "linux"))]
    fn opened(parent: impl AsFd, name: impl rustix::path::Arg + Copy) -> Result<OwnedFd, Errno> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::chmodat(&parent, name, Mode::RWXU, AtFlags::SYMLINK_NOFOLLOW)?;
        openat(parent, name, flags, Mode::empty())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::{Arc, Mutex};

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn nothing_a_server_makes_keeps_the_folder() {
        let throw_away = ThrowAway::new(None, None).unwrap();
        let path = throw_away.path().to_owned();
        let locked = throw_away.home().join("locked/inner");
        fs::create_dir_all(&locked).unwrap();
        fs::write(locked.join("file"), "x").unwrap();
        fs::write(path.join("removed-1"), "x").unwrap();
        symlink("/", throw_away.work().join("root")).unwrap();
        for folder in [&locked, &throw_away.home().join("locked")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
        }
        drop(throw_away);
        assert!(!path.exists());
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_changes_nothing_outside() {
        let outside = tempfile::tempdir().unwrap();
        let kept = outside.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o500)).unwrap();
        let notices = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&notices);
        let notice: Progress = Arc::new(move |text: &str| seen.lock().unwrap().push(text.to_owned()));
        let inside = ThrowAway::new(None, None).unwrap();
        fs::remove_dir(inside.home()).unwrap();
        symlink(&kept, inside.home()).unwrap();
        drop(inside);
        let swapped = ThrowAway::new(None, Some(notice)).unwrap();
        let path = swapped.path().to_owned();
        fs::rename(&path, outside.path().join("moved")).unwrap();
        symlink(outside.path(), &path).unwrap();
        drop(swapped);
        assert_eq!((mode(&kept), fs::read_to_string(kept.join("file")).unwrap().as_str()), (0o500, "x"));
        let notices = notices.lock().unwrap().join("\n");
        assert!(notices.contains("could not remove") && notices.contains(path.to_str().unwrap()), "{notices}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_write_is_not_private() {
        let dir = tempfile::tempdir().unwrap();
        for (bits, want) in [(0o755, true), (0o700, true), (0o775, false), (0o757, false), (0o1777, false)] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(bits)).unwrap();
            assert_eq!(is_written_by_us_alone(dir.path()), want, "{bits:o}");
        }
        assert!(!is_written_by_us_alone(&dir.path().join("none")));
    }

    #[test]
    fn ten_thousand_nested_folders_are_removed() {
        let throw_away = ThrowAway::new(None, None).unwrap();
        let path = throw_away.path().to_owned();
        let mut place =
            rustix::fs::open(throw_away.work(), rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
        for _ in 0..10_000 {
            rustix::fs::mkdirat(&place, "d", rustix::fs::Mode::RWXU).unwrap();
            place = rustix::fs::openat(&place, "d", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
        }
        drop(throw_away);
        assert!(!path.exists());
    }
}
