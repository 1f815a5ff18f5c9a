//! The record of what `add` wrote, so that `remove` undoes exactly that.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::edit::{EditError, Insertion, Settings};
use crate::audit::lock::{Lock, ServerKey};
use crate::cli::state_folder::state_folder;
use crate::source::client::{self, Configured};
use crate::text::digest;
use crate::text::file::read_text;
use crate::text::slug::slug;

/// The kind of file of a policy.
pub(super) const POLICY: &str = "the policy";

/// The folder of the records, in the folder of states.
const FOLDER: &str = "added";

/// The version of the record format.
const VERSION: u32 = 1;

/// All changes for one server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    version: u32,
    /// The name of the server and the configuration that has it. Empty in the records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<(PathBuf, String)>,
    /// In the order of writing.
    pub(crate) changes: Vec<Change>,
    /// `None` in the records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agreed: Option<AgreedServer>,
}

/// The server that the user agreed to add.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreedServer {
    /// The digest of its entry in the configuration.
    entry: String,
    locked: LockPosition,
}

/// Where a lock has a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockPosition {
    pub(crate) lock: PathBuf,
    pub(crate) server: ServerKey,
}

/// One file that was created or changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The kind of file: "the policy".
    pub(crate) what: String,
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// The old content. `None` if the file did not exist.
    pub(crate) before: Option<String>,
    /// The digest of the new content.
    after: String,
    /// The inserted entries, for a settings file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) insertions: Vec<Insertion>,
    /// The server that was added, for a lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locked: Option<ServerKey>,
    /// The folders that were made for it, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    made_folders: Vec<PathBuf>,
}

/// How to undo a change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// Remove the file.
    Delete,
    /// Write this text to the file.
    Write(String),
    /// Keep the file, because it was changed since.
    Keep,
    /// Nothing to do, the file no longer exists.
    Gone,
}

impl Change {
    /// The change of the file at `path` from `before` to `after`.
    pub(crate) fn new(
        what: &str,
        path: PathBuf,
        before: Option<String>,
        after: &str,
        insertions: Vec<Insertion>,
    ) -> Self {
        let made_folders = path.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        let after = digest::sha256([after]);
        Self { what: what.to_owned(), path, before, after, insertions, locked: None, made_folders }
    }

    /// The same change of a lock, to which it added the server `locked`.
    pub(crate) fn locking(self, locked: Option<ServerKey>) -> Self {
        Self { locked, ..self }
    }

    /// The same change, if the earlier change `old` of the same file is undone with it.
    pub(crate) fn after(mut self, old: &Self) -> Self {
        self.before = match old.undo(self.before.as_deref()) {
            Undo::Write(text) => Some(text),
            Undo::Delete => None,
            Undo::Keep | Undo::Gone => self.before,
        };
        self.insertions = old.insertions.iter().cloned().chain(self.insertions).collect();
        self.locked = self.locked.or_else(|| old.locked.clone());
        self.made_folders = old.made_folders.iter().cloned().chain(self.made_folders).collect();
        self
    }

    /// True for a settings file of the client. Only a part of it was added.
    pub(crate) fn is_settings(&self) -> bool {
        !self.insertions.is_empty()
    }

    /// Why what was added to a settings file whose content is `now` cannot be taken out. `None` if it can.
    pub(crate) fn obstacle(&self, now: Option<&str>) -> Option<EditError> {
        let now = now?;
        if !self.is_settings() || self.undo(Some(now)) != Undo::Keep {
            return None;
        }
        Settings::from_path(&self.path).and_then(|format| format.remove(now, &self.insertions)).err()
    }

    /// Removes the folders that were made for the file, as far as they are empty.
    pub(crate) fn remove_empty_folders(&self) {
        let _ = self.made_folders.iter().try_for_each(fs::remove_dir);
    }

    /// How to undo the change if the file's content is `now`.
    pub(crate) fn undo(&self, now: Option<&str>) -> Undo {
        let Some(now) = now else { return Undo::Gone };
        if digest::sha256([now]) == self.after {
            return self.before.clone().map_or(Undo::Delete, Undo::Write);
        }
        if let (Some(key), Ok(lock)) = (&self.locked, Lock::parse(now)) {
            let rest = lock.without(key);
            return if rest.server_count() == 0 { Undo::Delete } else { Undo::Write(rest.write()) };
        }
        let format = Settings::from_path(&self.path).ok().filter(|_| !self.insertions.is_empty());
        let without = format.and_then(|format| format.remove(now, &self.insertions).ok());
        without.map_or(Undo::Keep, Undo::Write)
    }
}

impl Record {
    pub(crate) fn new(changes: Vec<Change>) -> Self {
        Self { version: VERSION, of: None, changes, agreed: None }
    }

    /// This record of the server `name`, whose entry the configuration `file` has now.
    pub(crate) fn agreed(self, file: &Path, name: &str, locked: LockPosition) -> Self {
        let entries = client::servers(file).unwrap_or_default().into_iter().flatten();
        let entry = entries.into_iter().find(|entry| entry.origin.server == name).map(|entry| entry.fingerprint());
        Self { agreed: entry.map(|entry| AgreedServer { entry, locked }), ..self }
    }

    /// What is approved of the server `entry` of the configuration `file`, in the lock that `add` wrote. `None` if the
    /// entry is not the one that the user agreed to add.
    pub(crate) fn lock(file: &Path, entry: &Configured) -> Option<Lock> {
        let agreed = Self::load(file, &entry.origin.server).ok()??.agreed?;
        let LockPosition { lock, server } = &agreed.locked;
        (agreed.entry == entry.fingerprint()).then(|| Lock::load(lock).ok()?.only(server)).flatten()
    }

    /// The record of the server `name` in the configuration `file`. `None` if there is none.
    pub(crate) fn load(file: &Path, name: &str) -> io::Result<Option<Self>> {
        let path = record_path(file, name)?;
        read_if_there(&path)?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
    }

    /// Writes the record, readable only by its owner, because the old content of files may be secret.
    pub(crate) fn keep(&mut self, file: &Path, name: &str) -> io::Result<()> {
        self.of = Some((file.to_owned(), name.to_owned()));
        let path = record_path(file, name)?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        let mut kept = tempfile::Builder::new().prefix(".record-").tempfile_in(folder)?;
        serde_json::to_writer_pretty(&mut kept, self)?;
        kept.persist(path)?;
        Ok(())
    }

    /// The policy that `add` wrote for the server `name` in the configuration `file`, if it is still there.
    pub(crate) fn policy(file: &Path, name: &str) -> Option<PathBuf> {
        let record = Self::load(file, name).ok()??;
        let policy = record.changes.into_iter().find(|change| change.what == POLICY)?;
        policy.path.is_file().then_some(policy.path)
    }

    /// The names of the servers in the configuration `file` that have a record, sorted.
    pub(crate) fn names(file: &Path) -> BTreeSet<String> {
        let folder = state_folder().map(|folder| folder.join(FOLDER));
        let records = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let of = |entry: fs::DirEntry| serde_json::from_str::<Self>(&read_text(&entry.path()).ok()?).ok()?.of;
        let named = records.filter_map(of).filter(|(of, _)| of == file).map(|(_, name)| name);
        // A record of an older version does not have the name, but its configuration may.
        let entries = client::servers(file).unwrap_or_default().into_iter().flatten();
        let has_record = |name: &String| Self::load(file, name).is_ok_and(|record| record.is_some());
        named.chain(entries.map(|entry| entry.origin.server).filter(has_record)).collect()
    }

    pub(crate) fn forget(file: &Path, name: &str) -> io::Result<()> {
        fs::remove_file(record_path(file, name)?)
    }
}

/// The content of the file at `path`. `None` if it does not exist.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

fn record_path(file: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = state_folder().ok_or_else(|| io::Error::other("there is no folder to keep it in"))?;
    let digest = digest::sha256([file.as_os_str().as_encoded_bytes(), name.as_bytes()]);
    let digest = digest.trim_start_matches("sha256:");
    Ok(folder.join(FOLDER).join(format!("{}-{}.json", slug(name), &digest[..16])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::add::edit::Fragment;

    #[test]
    fn an_untouched_file_is_as_it_was_and_a_changed_one_loses_only_what_was_added() {
        let fragment = Fragment { text: r#"{"b": {"c": 2}}"#, depth: 2, keeps_values: false };
        let inserted = Settings::Json.insert("{\"a\": 1}\n", fragment).unwrap();
        let after = inserted.text;
        let change = Change::new("", "x.json".into(), Some("{\"a\": 1}\n".into()), &after, inserted.insertions);
        let again = Change::new("", "x.json".into(), Some(after.clone()), &after, Vec::new()).after(&change);
        assert_eq!(again.undo(Some(&after)), Undo::Write("{\"a\": 1}\n".into()), "added twice, undone once");
        assert_eq!(change.undo(Some(&after)), Undo::Write("{\"a\": 1}\n".into()));
        let edited = after.replace("\"a\": 1", "\"a\": 5");
        let Undo::Write(text) = change.undo(Some(&edited)) else { panic!() };
        assert!(text.contains("\"a\": 5") && !text.contains("\"b\""), "{text}");
        assert_eq!(change.undo(None), Undo::Gone);
        let written = Change::new("", "p.yaml".into(), None, "text", Vec::new());
        assert_eq!((written.undo(Some("text")), written.undo(Some("edited"))), (Undo::Delete, Undo::Keep));
        assert!(written.obstacle(Some("edited")).is_none() && change.obstacle(Some(&edited)).is_none());
        let broken = edited.replacen('{', "{{", 1);
        assert!(matches!(change.obstacle(Some(&broken)), Some(EditError::Json(_))));
        let twice = edited.replacen('{', "{\"b\": {\"c\": 3}, ", 1);
        assert!(matches!(change.obstacle(Some(&twice)), Some(EditError::Left(_))), "{twice}");
    }
}
