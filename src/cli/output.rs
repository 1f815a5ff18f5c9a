//! Writes results to standard output, or to files atomically.
//!
//! A file is written under a temporary name in the same folder and then renamed, so that an interrupted run leaves no
//! partial file. Whether the file can be written is checked before the work begins.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, NamedTempFile};

use super::error::{OutputCause, OutputError, Unwritable};
use super::places::{leads_out_of_repository, resolved};
use super::written;
use crate::text::file::read_text;

/// The temporary file that is being written, to be removed if the run is interrupted.
static UNFINISHED_FILE: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A file to be written.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    what: &'static str,
    named: PathBuf,
    /// The path with links resolved.
    path: PathBuf,
}

impl Destination {
    /// `path` as the destination of `what` ("the policy"). Fails if it cannot be written.
    pub(crate) fn new(what: &'static str, path: &Path) -> Result<Self, OutputError> {
        let destination = Self { what, named: path.to_owned(), path: resolved(path) };
        if path == Path::new("-") {
            return Err(destination.error(Unwritable::Dash));
        }
        if destination.path.is_dir() {
            return Err(destination.error(Unwritable::IsFolder));
        }
        let folder = destination.folder();
        if path.is_symlink() && !path.exists() && !stays_beside(path, folder) {
            return Err(destination.error(Unwritable::LeadsElsewhere(destination.path.clone())));
        }
        // A device is no place that a repository could choose.
        if !destination.is_special() && leads_out_of_repository(path) {
            return Err(destination.error(Unwritable::FolderLeadsElsewhere(destination.path.clone())));
        }
        if !folder.is_dir() {
            return Err(destination.error(Unwritable::NoFolder(folder.to_owned())));
        }
        if !destination.is_special() {
            destination.beside().map_err(|cause| destination.error(Unwritable::File(cause)))?;
        }
        Ok(destination)
    }

    /// The kind of output: "the policy".
    pub(crate) fn what(&self) -> &'static str {
        self.what
    }

    /// The path as given by the user.
    pub(crate) fn named_path(&self) -> &Path {
        &self.named
    }

    /// The path as given by the user, for display.
    pub(crate) fn named(&self) -> String {
        self.named.display().to_string()
    }

    /// Writes the output of `fill`. On failure the file is unchanged.
    pub(crate) fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
        self.try_write(fill).map_err(|cause| self.error(Unwritable::File(cause)))
    }

    fn try_write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        if self.is_special() {
            let mut out = BufWriter::new(File::options().write(true).open(&self.path)?);
            fill(&mut out)?;
            return out.flush();
        }
        let file = self.beside()?;
        set_unfinished_file(Some(file.path().to_owned()));
        let written = self.fill(file, fill);
        set_unfinished_file(None);
        written
    }

    fn fill(&self, file: NamedTempFile, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(file);
        fill(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(&self.path)?;
        written::remember_file(&self.path);
        Ok(())
    }

    /// Fails if the existing file has edits of the user, which writing would lose. This is the case if it differs from
    /// `rewritten`, which parses its text and writes it again.
    pub(crate) fn refuse_edited(&self, rewritten: impl FnOnce(&str) -> Option<String>) -> Result<(), OutputError> {
        let Ok(there) = read_text(&self.path) else { return Ok(()) };
        let there = there.replace("\r\n", "\n");
        if there.trim().is_empty() || rewritten(&there).is_some_and(|ours| ours == there) {
            return Ok(());
        }
        Err(self.error(Unwritable::Edited))
    }

    /// A temporary file in the folder of the destination, with the permissions of the file that it will replace, or of a new
    /// file there.
    fn beside(&self) -> io::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(".mcp-scan-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(self.folder())?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            file.as_file().set_permissions(replaced.permissions())?;
        }
        Ok(file)
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    /// True for an existing pipe or device, which must not be replaced by a file.
    fn is_special(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| !found.is_file())
    }

    /// The error that this destination cannot be written.
    pub(crate) fn error(&self, why: Unwritable) -> OutputError {
        OutputError::new(self.named(), OutputCause { what: self.what, why })
    }
}

/// True if `folder` is that of the link `path`, or in it.
fn stays_beside(path: &Path, folder: &Path) -> bool {
    let own = path.parent().map(|own| if own == Path::new("") { Path::new(".") } else { own });
    own.and_then(|own| own.canonicalize().ok()).is_some_and(|own| resolved(folder).starts_with(own))
}

fn set_unfinished_file(path: Option<PathBuf>) {
    *UNFINISHED_FILE.lock().unwrap_or_else(PoisonError::into_inner) = path;
}

/// The temporary file that is being written.
pub(crate) fn unfinished_file() -> Option<PathBuf> {
    UNFINISHED_FILE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Runs `work` without interruption: [`remove_unfinished`] waits until it is done.
pub(crate) fn without_interruption<T>(work: impl FnOnce() -> T) -> T {
    let _unfinished = UNFINISHED_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// Removes the file that is being written and calls `end` to exit the program. No new file can be started in between.
pub(crate) fn remove_unfinished(end: impl FnOnce()) {
    let unfinished = UNFINISHED_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = unfinished.as_deref() {
        let _ = fs::remove_file(path);
    }
    end();
}

/// Writes the output of `fill` to standard output. A closed pipe is not an error.
pub(crate) fn to_stdout(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
    let mut out = BufWriter::new(io::stdout().lock());
    match fill(&mut out).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            let cause = OutputCause { what: "the result", why: Unwritable::Stdout(cause) };
            Err(OutputError::new("standard output", cause))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureCause;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("policy.yaml");
        fs::write(&path, "old").unwrap();
        let destination = Destination::new("the policy", &path).unwrap();
        let error =
            destination.write(|out| out.write_all(b"half").and(Err(io::Error::other("disk on fire")))).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.cause.to_string().as_str()),
            ("could not write the policy", "disk on fire")
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(dir.path()), ["policy.yaml"]);
        destination.write(|out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(dir.path()), ["policy.yaml"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_before_the_work() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Destination::new("the policy", dir.path()).unwrap_err().cause.to_string(), "it is a folder");
        let lost = Destination::new("the policy", &dir.path().join("no/policy.yaml")).unwrap_err().cause;
        assert!(lost.to_string().starts_with("there is no folder") && lost.hint().is_some());
        let dash = Destination::new("the report", Path::new("-")).unwrap_err().cause.to_string();
        assert_eq!(dash, "it would be a file called -, not standard output");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_are_not_replaced() {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&real, "old").unwrap();
        symlink(&real, &link).unwrap();
        Destination::new("the report", &link).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_ne!(fs::metadata(&real).unwrap().permissions().mode() & 0o044, 0, "others may read it as usual");
        // A link that leads nowhere yet makes no file in another folder.
        let other = tempfile::tempdir().unwrap();
        for (target, is_written) in [(other.path().join("new"), false), ("new".into(), true), ("../new".into(), false)]
        {
            let link = dir.path().join("nowhere");
            symlink(&target, &link).unwrap();
            let found = Destination::new("the lock", &link).map(|_| ());
            assert_eq!(found.is_ok(), is_written, "{}: {found:?}", target.display());
            fs::remove_file(link).unwrap();
        }
        Destination::new("the report", Path::new("/dev/null")).unwrap().write(|out| out.write_all(b"x")).unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
