//! Plans the files that adding a server writes: the client's entry, its permissions, the policy and the lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::edit::{EditError, Fragment, Insertion, Settings};
use super::entry;
use super::error::{AddCause, failure};
use super::record::{Change, LockPosition, POLICY, read_if_there};
use crate::audit::lock::{Lock, ServerKey};
use crate::cli::args::{AddArgs, PlaceArgs};
use crate::cli::error::CliError;
use crate::cli::locked::lock_without_secrets;
use crate::model::{Report, ServerReport};
use crate::policy::{self, Dialect, Policy};
use crate::source::Target;

/// A file with its old and new content.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The kind of file: "the configuration of Cursor".
    pub(crate) what: String,
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// The old content. `None` if the file does not exist.
    pub(crate) before: Option<String>,
    /// The new content.
    pub(crate) after: String,
    /// The new content for display, without the secrets that the command line gives.
    pub(crate) shown: String,
    /// Values of a person that stay, each a sentence.
    pub(crate) kept: Vec<String>,
    insertions: Vec<Insertion>,
    /// The server that is added to a lock.
    locked: Option<ServerKey>,
}

impl Planned {
    /// True if the file has this content already.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.before.as_ref() == Some(&self.after)
    }

    /// True for a settings file of the client. Only a part of it is changed.
    pub(crate) fn is_settings(&self) -> bool {
        !self.insertions.is_empty()
    }

    /// The change for the record, after the earlier change `old` of the same file. `None` if there is nothing to undo.
    pub(crate) fn change(&self, old: Option<&Change>) -> Option<Change> {
        if self.is_unchanged() && old.is_none() {
            return None;
        }
        let new = Change::new(&self.what, self.path.clone(), self.before.clone(), &self.after, self.insertions.clone());
        let new = new.locking(self.locked.clone());
        Some(match old {
            Some(old) => new.after(old),
            None => new,
        })
    }
}

/// The absolute path of the client configuration that `place` selects.
pub(crate) fn configuration(place: &PlaceArgs) -> Result<PathBuf, AddCause> {
    let file = place.client.configuration(place.project.as_deref());
    let file = file.ok_or(AddCause::NoPlace(place.client.name.title))?;
    std::path::absolute(&file).map_err(|cause| AddCause::Read { path: file, cause })
}

/// Plans all files for the one server of `report`, which `target` starts and which gets the name `name` in the client.
/// Also returns where the lock will have the server.
pub(crate) fn plan(
    args: &AddArgs,
    report: &Report,
    target: &Target,
    name: &str,
) -> Result<(Vec<Planned>, LockPosition), CliError> {
    let error = |cause: AddCause| failure(name, cause);
    let [server] = report.servers.as_slice() else { return Err(error(AddCause::NoServer).into()) };
    let mut plan = Plan::default();
    let client = args.place.client;
    let file = configuration(&args.place).map_err(error)?;
    let fragment = entry::document(client, name, target, &args.server.env, &args.server.header);
    let fragment = fragment.ok_or(AddCause::NoServer).map_err(error)?;
    if Settings::is_yaml(&file) || entry::is_in_a_list(client) {
        let in_yaml = || serde_saphyr::to_string(&fragment).expect("a JSON value can be written as YAML");
        let own = Settings::from_path(&file).and_then(|format| format.text(&fragment));
        let entry = own.unwrap_or_else(|_| in_yaml());
        return Err(error(AddCause::ByHand { path: file, client: client.name.title, entry }).into());
    }
    let format = Settings::from_path(&file).map_err(|cause| error(AddCause::Edit { path: file.clone(), cause }))?;
    let text = format.text(&fragment).map_err(|cause| error(AddCause::Edit { path: file.clone(), cause }))?;
    // The keys that lead to the servers, and the name.
    let depth = client.servers.first().map_or(1, |keys| keys.len() + 1);
    let entry = Fragment { text: &text, depth, keeps_values: false };
    let shown = entry::shown(client, name, target, &args.server.env, &args.server.header);
    let shown = shown.ok_or(AddCause::NoServer).map_err(error)?;
    let shown = format.text(&shown).map_err(|cause| error(AddCause::Edit { path: file.clone(), cause }))?;
    let shown = Fragment { text: &shown, ..entry };
    plan.edit(&format!("the configuration of {}", client.name.title), &file, entry, shown).map_err(error)?;
    if let Some((path, text)) = permissions(args, report, server, &file, name)? {
        let settings = Fragment { text: &text, depth: usize::MAX, keeps_values: true };
        plan.edit(&format!("the permissions of {}", client.name.title), &path, settings, settings).map_err(error)?;
    }
    let policy = args.policy.clone().unwrap_or_else(|| format!("{name}.policy.yaml").into());
    plan.add_policy(&policy, report, name).map_err(error)?;
    let locked = plan.update_lock(&args.lock, report)?.ok_or_else(|| error(AddCause::NoServer))?;
    Ok((plan.files.into_values().collect(), locked))
}

/// The path and text of the client's permissions. `None` if the client has no permissions format, or if its permissions
/// file is not next to the configuration.
fn permissions(
    args: &AddArgs,
    report: &Report,
    server: &ServerReport,
    configuration: &Path,
    name: &str,
) -> Result<Option<(PathBuf, String)>, CliError> {
    let client = args.place.client;
    let Some(Dialect::Client(settings)) = Dialect::from_name(client.name.id) else { return Ok(None) };
    let below = settings.file.trim_start_matches("~/");
    let folder = match &args.place.project {
        Some(project) => project.clone(),
        None => {
            let Some(home) = std::env::home_dir() else { return Ok(None) };
            // The user's permissions file must be in the same folder of the home as the user's configuration.
            let first =
                |path: &Path| path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
            let (Some(own), Some(of_permissions)) =
                (configuration.strip_prefix(&home).ok().and_then(first), first(Path::new(below)))
            else {
                return Ok(None);
            };
            if !own.starts_with(of_permissions.as_str()) {
                return Ok(None);
            }
            home
        }
    };
    let policy = Policy::for_server(server, report).known_as(name);
    let failed = |cause| failure(name, AddCause::Permissions(cause));
    policy::can_address(name, Dialect::Client(settings)).map_err(failed)?;
    let text = policy::write(&policy, Dialect::Client(settings)).map_err(failed)?;
    Ok(Some((folder.join(below), text)))
}

#[derive(Default)]
struct Plan {
    /// Keyed by path, so that two changes to one file become one.
    files: BTreeMap<PathBuf, Planned>,
}

impl Plan {
    /// The file at `path` as planned so far.
    fn file(&mut self, what: &str, path: &Path) -> Result<&mut Planned, AddCause> {
        let absolute = std::path::absolute(path).map_err(|cause| AddCause::Read { path: path.to_owned(), cause })?;
        let before = read_if_there(&absolute).map_err(|cause| AddCause::Read { path: absolute.clone(), cause })?;
        let planned = Planned {
            what: what.to_owned(),
            path: absolute.clone(),
            after: before.clone().unwrap_or_default(),
            shown: before.clone().unwrap_or_default(),
            before,
            kept: Vec::new(),
            insertions: Vec::new(),
            locked: None,
        };
        Ok(self.files.entry(absolute).or_insert(planned))
    }

    /// Inserts `fragment` into the settings file at `path`. For display it is `shown`.
    fn edit(&mut self, what: &str, path: &Path, fragment: Fragment<'_>, shown: Fragment<'_>) -> Result<(), AddCause> {
        let failed = |cause: EditError| AddCause::Edit { path: path.to_owned(), cause };
        let format = Settings::from_path(path).map_err(failed)?;
        let file = self.file(what, path)?;
        let inserted = format.insert(&file.after, fragment).map_err(failed)?;
        // An entry that is there already has its values, so nothing of it is new.
        file.shown = format.insert(&file.shown, shown).map_or_else(|_| file.shown.clone(), |inserted| inserted.text);
        file.after = inserted.text;
        file.insertions.extend(inserted.insertions);
        file.kept.extend(inserted.kept);
        Ok(())
    }

    /// Adds a new policy file. Another one is not touched.
    fn add_policy(&mut self, path: &Path, report: &Report, name: &str) -> Result<(), AddCause> {
        let file = self.file(POLICY, path)?;
        let written = policy::write_all(report, path, Dialect::INTERCEPT, Some(name)).into_iter().next();
        file.after = written.transpose()?.map(|file| file.text).unwrap_or_default();
        match file.before.is_some() && !file.is_unchanged() {
            true => Err(AddCause::Exists(path.to_owned())),
            false => Ok(()),
        }
    }

    /// Adds the server to the lock. `None` if `report` has no server.
    fn update_lock(&mut self, path: &Path, report: &Report) -> Result<Option<LockPosition>, CliError> {
        let before = if path.exists() { Lock::load(path)? } else { Lock::default() };
        let file = self.file("the lock", path).map_err(|cause| failure(&path.display().to_string(), cause))?;
        let now = lock_without_secrets(report);
        let key = now.keys().next();
        // A server that was in the lock before stays in it.
        file.locked = key.clone().filter(|key| before.keys().all(|known| known != *key));
        file.after = before.updated_by(now).write();
        Ok(key.map(|server| LockPosition { lock: file.path.clone(), server }))
    }
}
