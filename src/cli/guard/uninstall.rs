//! `mcp-scan guard uninstall` takes the guard away again.

use std::fs;

use super::entry_text::{self, Replacement};
use super::guarded_entry::guard_in_front;
use super::install_error::{InstallCause, InstallError, failure};
use super::install_record::InstallRecord;
use super::settings_file::{NamedServers, SettingsFile};
use crate::cli::add::record::{Undo, read_if_there};
use crate::cli::add::{agrees, write};
use crate::cli::args::GuardUninstallArgs;
use crate::cli::diagnose::Messages;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::text::reveal::reveal;

/// Takes the guard away from the named servers, or from all that have one.
pub(crate) fn run(args: &GuardUninstallArgs, messages: Messages) -> Result<Exit, CliError> {
    let file = SettingsFile::read(&args.place)?;
    let NamedServers { servers, all_read } = file.named(&args.servers, messages)?;
    let mut exit = if all_read { Exit::Done } else { Exit::Unread };
    let mut records = Vec::new();
    for server in servers {
        let name = server.origin.server.clone();
        let record = InstallRecord::load(&file.path, &name);
        match record.map_err(|cause| failure(&name, InstallCause::Record(cause)))? {
            Some(record) => records.push((name, record)),
            None if guard_in_front(&server).is_some() => messages.warning(&format!(
                "{} stays as it is: `mcp-scan guard install` did not put its guard there",
                reveal(&name)
            )),
            None if args.servers.is_empty() => {}
            None => messages.note(&format!("{} has no guard", reveal(&name))),
        }
    }
    if records.is_empty() {
        messages.note("nothing was changed");
        return Ok(exit);
    }
    for (name, record) in &records {
        messages.note(&format!("{} changes: {} starts without a guard", file.path.display(), reveal(name)));
        record.after.lines().for_each(|line| messages.quoted_line("-", line));
        record.before.lines().for_each(|line| messages.quoted_line("+", line));
    }
    if args.place.dry_run {
        messages.note("nothing was changed, because of --dry-run");
        return Ok(exit);
    }
    let names: Vec<String> = records.iter().map(|(name, _)| reveal(name)).collect();
    let question = format!("Take the guard away from {} in {}?", names.join(", "), args.place.client.name.title);
    if !args.place.yes && !agrees(&question).ok_or_else(|| failure(&names.join(", "), InstallCause::Nobody))? {
        messages.note("nothing was changed");
        return Ok(exit);
    }
    for (name, record) in records {
        if !uninstall(&name, record, args, messages)? {
            exit = Exit::GateFailed;
        }
    }
    Ok(exit)
}

/// False if the entry was changed since, so that it stays.
fn uninstall(
    name: &str,
    record: InstallRecord,
    args: &GuardUninstallArgs,
    messages: Messages,
) -> Result<bool, CliError> {
    // The file as it is now: another server may have changed it.
    let file = SettingsFile::read(&args.place)?;
    let back = Replacement { before: record.after, after: record.before };
    let Ok(text) = entry_text::replaced(&file.text, file.format, file.client, name, &back) else {
        messages.warning(&format!("{} was changed since and stays as it is in {}", reveal(name), file.path.display()));
        return Ok(false);
    };
    write("the configuration", &file.path, &text)?;
    for change in record.created.iter().rev() {
        let read = |cause| -> InstallError { failure(name, InstallCause::Read { path: change.path.clone(), cause }) };
        match change.undo(read_if_there(&change.path).map_err(read)?.as_deref()) {
            // The configuration is as it was, whatever becomes of the file.
            Undo::Delete => {
                if let Err(cause) = fs::remove_file(&change.path) {
                    messages.warning(&format!("{} stays: {cause}", change.path.display()));
                }
            }
            Undo::Keep | Undo::Write(_) => {
                messages.note(&format!("{} was changed since and stays", change.path.display()));
            }
            Undo::Gone => {}
        }
        // The folder stays if it holds a log.
        let _ = change.path.parent().map(fs::remove_dir);
    }
    InstallRecord::forget(&file.path, name).map_err(|cause| failure(name, InstallCause::Record(cause)))?;
    messages.note(&format!("{} starts without a guard", reveal(name)));
    Ok(true)
}
