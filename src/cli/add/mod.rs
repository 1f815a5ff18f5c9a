//! `mcp-scan add` scans a server and adds it to a client, with its permissions, policy and lock entry, in one step.
//! `mcp-scan remove` undoes exactly these changes.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::args::{AddArgs, CommonArgs, RemoveArgs};
use super::diagnose::Messages;
use super::error::{CliError, OutputError};
use super::exit::Exit;
use super::guard::install_record::is_guarded;
use super::output::{self, Destination};
use super::reports;
use super::session::Session;
use super::targets::{self, RequestedTarget};
use crate::model::{Answer, Package, Registry};
use crate::policy;
use crate::report::table;
use crate::source::client::{CLIENTS, Client};
use crate::source::{self, Target};
use crate::text::prose;
use crate::text::reveal::reveal;
use edit::Settings;
use error::{AddCause, failure, removal_failure};
use plan::Planned;
use record::{Change, LockPosition, Record, Undo, read_if_there};

pub(crate) mod edit;
mod entry;
pub(crate) mod error;
mod plan;
pub(crate) mod record;

/// The first client that has a configuration on this machine which [`add`] can edit.
pub(crate) fn known_client() -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.configuration(None).is_some_and(|file| file.is_file() && can_edit(&file)))
}

fn can_edit(file: &Path) -> bool {
    Settings::from_path(file).is_ok()
}

/// Scans the server, shows what will change, asks the user, and writes all files. With `forced` the words are one
/// command.
pub(crate) fn add(args: &AddArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let session = Session::start(common, &args.config, &args.profile)?.with_settings(&args.set)?;
    let target = target(args, forced)?;
    let requested = vec![RequestedTarget { number: 1, target: Ok(target.clone()) }];
    let reading = session.read(&session.agree(requested, &args.server)?, &args.server)?;
    let messages = session.messages;
    let report = session.report(reading);
    session.diagnose(&report);
    if !report.errors.is_empty() || !session.warn_of_missing_tools(&report) {
        messages.warning("nothing was written: what was not read cannot be judged");
        return Ok(Exit::Unread);
    }
    reports::write_result(None, common.plain, |out, look| table::write(&report, None, look, out))?;
    let Some(server) = report.servers.first() else {
        return Err(failure(&target.display(), AddCause::NoServer).into());
    };
    if server.verdict.answer == Answer::DoNotAdd && !args.force {
        messages.failure(&format!("nothing was written: {}; --force adds it nevertheless", server.verdict.sentence()));
        return Ok(Exit::GateFailed);
    }
    let name = args.name.clone().unwrap_or_else(|| policy::key(&server.server));
    let (files, locked) = plan::plan(args, &report, &target, &name)?;
    files.iter().for_each(|file| show(file, messages));
    if files.iter().all(Planned::is_unchanged) {
        messages.note(&format!(
            "nothing was written: {} is in {} already",
            reveal(&name),
            args.place.client.name.title
        ));
        return Ok(Exit::Done);
    }
    let configuration = plan::configuration(&args.place).map_err(|cause| failure(&name, cause))?;
    let pairs = if matches!(target, Target::Url(_)) { &args.server.header } else { &args.server.env };
    let is_written = files.iter().any(|file| file.path == configuration && !file.is_unchanged());
    if is_written && !pairs.is_empty() {
        let names: Vec<String> = pairs.iter().map(|(name, _)| reveal(name)).collect();
        let (values, stand) = if names.len() == 1 { ("value", "stands") } else { ("values", "stand") };
        let (names, file) = (prose::list(&names), configuration.display());
        messages.warning(&format!("the {values} of {names} {stand} in {file} as plain text; *** is shown instead"));
    }
    if args.place.dry_run {
        messages.note("nothing was written, because of --dry-run");
        return Ok(Exit::Done);
    }
    let question = format!("Add {} to {}?", reveal(&name), args.place.client.name.title);
    if !args.place.yes && !agrees(&question).ok_or_else(|| failure(&name, AddCause::Nobody))? {
        messages.note("nothing was written");
        return Ok(Exit::Done);
    }
    write_all(&files, &configuration, &name, locked)?;
    let client = args.place.client;
    let (title, id) = (client.name.title, client.name.id);
    messages.note(&format!("added {name} to {title}; `mcp-scan remove {name} --client {id}` undoes it"));
    let shown = if args.place.project.is_some() { " --project DIR" } else { "" };
    messages.note(&format!(
        "{title} does not read the policy: `mcp-scan guard install {id} {name}{shown}` enforces it on every call"
    ));
    Ok(Exit::Done)
}

/// Undoes what [`add`] wrote.
pub(crate) fn remove(args: &RemoveArgs, messages: Messages) -> Result<Exit, CliError> {
    let recorded = recorded(args);
    let commands = || -> Vec<String> { recorded.iter().map(|(client, name)| removal(args, client, name)).collect() };
    let Some(name) = args.name.as_deref() else {
        return Ok(list_removable(&commands())?);
    };
    let failed = |cause| removal_failure(name, cause);
    let mut holders = recorded.iter().filter(|(_, recorded)| recorded == name).map(|(client, _)| *client);
    let client = match (args.client, holders.next(), holders.next()) {
        (Some(client), ..) | (None, Some(client), None) => client,
        (None, Some(_), Some(_)) => return Err(failed(AddCause::SeveralClients { removable: commands() }).into()),
        (None, None, _) => return Err(failed(AddCause::NotAdded { file: None, removable: commands() }).into()),
    };
    let place = args.place(client);
    let configuration = plan::configuration(&place).map_err(failed)?;
    let record = Record::load(&configuration, name).map_err(|cause| failed(AddCause::Record(cause)))?;
    let not_added = || AddCause::NotAdded { file: Some(configuration.clone()), removable: commands() };
    let record = record.ok_or_else(|| failed(not_added()))?;
    if is_guarded(&configuration, name).map_err(|cause| failed(AddCause::Record(cause)))? {
        let shown = if place.project.is_some() { " --project DIR" } else { "" };
        let command = format!("mcp-scan guard uninstall {} {name}{shown}", client.name.id);
        return Err(failed(AddCause::Guarded { command }).into());
    }
    let mut undone = Vec::new();
    for change in record.changes.iter().rev() {
        let path = || change.path.clone();
        let now = read_if_there(&change.path).map_err(|cause| failed(AddCause::Read { path: path(), cause }))?;
        // The server would still be configured, and the rest is useful as long as it is.
        if let Some(cause) = change.obstacle(now.as_deref()) {
            return Err(failed(AddCause::Edit { path: path(), cause }).into());
        }
        undone.push((change, change.undo(now.as_deref()), now));
    }
    // The settings come first, so that the policy and the lock stay if they cannot be written.
    undone.sort_by_key(|(change, ..)| !change.is_settings());
    for (change, undo, now) in &undone {
        let shown = change.path.display();
        messages.note(&match undo {
            Undo::Delete => format!("{shown} will be deleted"),
            Undo::Write(text) if now.as_ref() == Some(text) => {
                format!("{shown} stays as it is: what was added is no longer in it")
            }
            Undo::Write(_) => format!("{shown} will be as it was, without what was added"),
            Undo::Keep => format!("{shown} was changed since and stays"),
            Undo::Gone => format!("{shown} is gone already"),
        });
    }
    if place.dry_run {
        messages.note("nothing was changed, because of --dry-run");
        return Ok(Exit::Done);
    }
    let question = format!("Remove {} from {}?", reveal(name), client.name.title);
    if !place.yes && !agrees(&question).ok_or_else(|| failed(AddCause::Nobody))? {
        messages.note("nothing was changed");
        return Ok(Exit::Done);
    }
    for (change, undo, _) in undone {
        let deleted = |cause| failed(AddCause::Read { path: change.path.clone(), cause });
        match undo {
            Undo::Delete => {
                fs::remove_file(&change.path).map_err(deleted)?;
                change.remove_empty_folders();
            }
            Undo::Write(text) => write("what was there before", &change.path, &text)?,
            Undo::Keep | Undo::Gone => {}
        }
    }
    Record::forget(&configuration, name).map_err(|cause| failed(AddCause::Record(cause)))?;
    messages.note(&format!("removed {name} from {}", client.name.title));
    Ok(Exit::Done)
}

/// The servers that [`add`] wrote to the named client, or to any.
fn recorded(args: &RemoveArgs) -> Vec<(&'static Client, String)> {
    let clients = CLIENTS.iter().filter(|client| args.client.is_none_or(|named| named.name.id == client.name.id));
    let names = |client: &'static Client| {
        let file = plan::configuration(&args.place(client)).ok();
        let names = file.map(|file| Record::names(&file)).unwrap_or_default();
        names.into_iter().map(move |name| (client, name))
    };
    clients.flat_map(names).collect()
}

/// Lists what `add` wrote, as the commands that remove it.
fn list_removable(commands: &[String]) -> Result<Exit, OutputError> {
    output::to_stdout(|out| match commands {
        [] => writeln!(out, "No server was added with mcp-scan here. Look elsewhere with --client and --project."),
        commands => {
            writeln!(out, "Added with mcp-scan, each with the command that removes it:")?;
            commands.iter().try_for_each(|command| writeln!(out, "  {command}"))
        }
    })?;
    Ok(Exit::Done)
}

/// The command that removes the server `name` from `client`.
fn removal(args: &RemoveArgs, client: &Client, name: &str) -> String {
    let name = shlex::try_quote(name).map_or_else(|_| name.into(), std::borrow::Cow::into_owned);
    let project = if args.project.is_some() { " --project DIR" } else { "" };
    format!("mcp-scan remove {} --client {}{project}", reveal(&name), client.name.id)
}

/// The one server in the arguments, pinned to its current version.
fn target(args: &AddArgs, forced: bool) -> Result<Target, CliError> {
    let mut requested = targets::of_words(&args.targets, forced);
    match (requested.pop(), requested.is_empty()) {
        (Some(RequestedTarget { target, .. }), true) => {
            let target = target?;
            let shown = target.display();
            match target {
                Target::Command(_) | Target::Url(_) => {
                    Ok(source::pinned(target).map_err(|cause| failure(&shown, cause.into()))?)
                }
                Target::Package(package) => {
                    let command = start_of(&package);
                    Err(failure(&shown, AddCause::Package { command }).into())
                }
                Target::Stdin | Target::File(_) | Target::Folder(_) | Target::Configured(_) => {
                    Err(failure(&shown, AddCause::NoServer).into())
                }
            }
        }
        _ => Err(failure(&args.targets.join(" "), AddCause::NoServer).into()),
    }
}

/// The command that starts `package`: `npx -y NAME@1.2.3`, `uvx NAME==1.2.3`.
fn start_of(package: &Package) -> String {
    let (runner, sign) = match package.registry {
        Registry::Npm => ("npx -y", "@"),
        Registry::Pypi => ("uvx", "=="),
        Registry::Other => ("", "@"),
    };
    let version = package.version.as_ref().map(|version| format!("{sign}{version}")).unwrap_or_default();
    format!("{runner} {}{version}", package.name).trim_start().to_owned()
}

/// Shows the new content of a file.
fn show(file: &Planned, messages: Messages) {
    let path = file.path.display();
    let new: Vec<&str> = match &file.before {
        None => file.shown.lines().collect(),
        Some(_) if file.is_unchanged() => {
            return messages.note(&format!("{path} stays as it is: {}", file.what));
        }
        Some(before) => {
            let held: std::collections::HashSet<&str> = before.lines().collect();
            file.shown.lines().filter(|line| !held.contains(line)).collect()
        }
    };
    let verb = if file.before.is_some() { "changes" } else { "is new" };
    messages.note(&format!("{path} {verb}: {}", file.what));
    // A policy and a lock are long and have files of their own, so only settings are shown.
    if file.is_settings() {
        new.iter().for_each(|line| messages.quoted_line("+", line));
    }
    file.kept.iter().for_each(|kept| messages.warning(&format!("{path}: {}", reveal(kept))));
}

/// Asks the user. `None` if there is no terminal.
pub(crate) fn agrees(question: &str) -> Option<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut out = anstream::stderr();
    let _ = write!(out, "{question} [y/N] ");
    let _ = out.flush();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    Some(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Writes all files or none: after a failure, files that were already written are restored.
fn write_all(files: &[Planned], configuration: &Path, name: &str, locked: LockPosition) -> Result<(), CliError> {
    let record_failed = |cause| failure(name, AddCause::Record(cause));
    let old = Record::load(configuration, name).map_err(record_failed)?;
    let old_of = |file: &Planned| old.iter().flat_map(|record| &record.changes).find(|old| old.path == file.path);
    let new = files.iter().filter_map(|file| file.change(old_of(file)));
    // What an earlier run wrote elsewhere is still to be undone.
    let is_elsewhere = |old: &&Change| files.iter().all(|file| file.path != old.path);
    let elsewhere = old.iter().flat_map(|record| &record.changes).filter(is_elsewhere).cloned();
    let mut record = Record::new(elsewhere.chain(new).collect());
    record.keep(configuration, name).map_err(record_failed)?;
    for (at, file) in files.iter().enumerate() {
        let made = file.path.parent().map_or(Ok(()), fs::create_dir_all);
        let made = made.map_err(|cause| failure(name, AddCause::Read { path: file.path.clone(), cause }).into());
        if let Err(error) = made.and_then(|()| Ok(write("the file", &file.path, &file.after)?)) {
            for written in &files[..at] {
                // Report the first failure, not those of restoring files.
                match &written.before {
                    Some(before) => drop(write("the file", &written.path, before)),
                    None => drop(fs::remove_file(&written.path)),
                }
            }
            let _ = Record::forget(configuration, name);
            return Err(error);
        }
    }
    record.agreed(configuration, name, locked).keep(configuration, name).map_err(record_failed)?;
    Ok(())
}

/// Replaces the content of the file at `path`.
pub(crate) fn write(what: &'static str, path: &Path, text: &str) -> Result<(), OutputError> {
    Destination::new(what, path)?.write(|out| out.write_all(text.as_bytes()))
}
