//! `mcp-scan guard install` puts a guard in front of the servers of a client, each with a policy, a lock and a log.

use std::fs;
use std::path::{Path, PathBuf};

use super::entry_text::{self, Replacement};
use super::guarded_entry::guard_in_front;
use super::install_error::{InstallCause, failure};
use super::install_record::{InstallRecord, unique_name};
use super::settings_file::{NamedServers, SettingsFile};
use crate::cli::add::record::{Change, Record};
use crate::cli::add::{agrees, write};
use crate::cli::args::{CommonArgs, GuardInstallArgs};
use crate::cli::diagnose::Messages;
use crate::cli::error::{CliError, PolicyFileCause, PolicyFileError};
use crate::cli::exit::Exit;
use crate::cli::locked::lock_without_secrets;
use crate::cli::session::Session;
use crate::cli::state_folder::state_folder;
use crate::model::Report;
use crate::policy::{self, Dialect};
use crate::source::client::Configured;
use crate::text::reveal::reveal;

/// What is written for one server.
struct Plan {
    server: String,
    replacement: Replacement,
    /// The policy and the lock, as far as they do not exist: what, path and text.
    files: Vec<(&'static str, PathBuf, String)>,
}

/// Puts the guard in front of the named servers, or of all that a command starts.
pub(crate) fn run(args: &GuardInstallArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let messages = Messages::from(common);
    let file = SettingsFile::read(&args.place)?;
    let NamedServers { servers, all_read } = file.named(&args.servers, messages)?;
    let mut plans = Vec::new();
    let mut exit = if all_read { Exit::Done } else { Exit::Unread };
    for server in servers {
        let name = reveal(&server.origin.server);
        if guard_in_front(&server).is_some() {
            messages.note(&format!("{name} is guarded already"));
        } else if server.command().is_none() {
            messages
                .note(&format!("{name} stays as it is: the client reaches it at an address, and logs in there itself"));
        } else if server.is_disabled() {
            messages.note(&format!("{name} stays as it is: it is switched off"));
        } else {
            match plan(args, common, &file, server)? {
                Some(plan) => plans.push(plan),
                None => exit = Exit::Unread,
            }
        }
    }
    plans.iter().for_each(|plan| show(plan, &file, messages));
    if plans.is_empty() {
        messages.note("nothing was written");
        return Ok(exit);
    }
    if args.place.dry_run {
        messages.note("nothing was written, because of --dry-run");
        return Ok(exit);
    }
    let names: Vec<String> = plans.iter().map(|plan| reveal(&plan.server)).collect();
    let question = format!("Put a guard in front of {} in {}?", names.join(", "), args.place.client.name.title);
    if !args.place.yes && !agrees(&question).ok_or_else(|| failure(&names.join(", "), InstallCause::Nobody))? {
        messages.note("nothing was written");
        return Ok(exit);
    }
    for plan in plans {
        install(&plan, args, messages)?;
    }
    Ok(exit)
}

/// What to write for `server`. `None` if it could not be read, which was reported.
fn plan(
    args: &GuardInstallArgs,
    common: &CommonArgs,
    file: &SettingsFile,
    server: Configured,
) -> Result<Option<Plan>, CliError> {
    let name = server.origin.server.clone();
    let folder = match &args.folder {
        Some(folder) => std::path::absolute(folder)
            .map_err(|cause| failure(&name, InstallCause::Read { path: folder.clone(), cause }))?,
        None => state_folder().ok_or_else(|| failure(&name, InstallCause::NoFolder))?.join("guard"),
    };
    let folder = folder.join(args.place.client.name.id).join(unique_name(&file.path, &name));
    // What `add` wrote, and a person may have fitted since, holds behind the guard too.
    let policy = Record::policy(&file.path, &name).unwrap_or_else(|| folder.join("policy.yaml"));
    let lock = folder.join("mcp-scan.lock");
    let mut files = Vec::new();
    // What the user agreed to add is not started again: it might have changed since.
    let added = if lock.exists() || !policy.exists() { None } else { Record::lock(&file.path, &server) };
    if let Some(added) = added {
        files.push(("the lock, with what `mcp-scan add` recorded", lock.clone(), added.write()));
    } else if !policy.exists() || !lock.exists() {
        let Some(report) = report(args, common, server)? else { return Ok(None) };
        if !policy.exists() {
            files.push(("the policy", policy.clone(), policy_text(&report, &policy, &name)?));
        }
        if !lock.exists() {
            files.push(("the lock", lock.clone(), lock_without_secrets(&report).write()));
        }
    }
    let program = std::env::current_exe().unwrap_or_else(|_| "mcp-scan".into());
    let text = |path: &Path| path.display().to_string();
    let words = [
        text(&program),
        "guard".into(),
        // One word: the name may begin with a dash.
        format!("--server-name={name}"),
        "--policy".into(),
        text(&policy),
        "--lock".into(),
        text(&lock),
        "--log".into(),
        text(&folder.join("guard.jsonl")),
        "--".into(),
    ];
    let replacement = entry_text::guarded(&file.text, file.format, file.client, &name, &words)
        .map_err(|cause| failure(&name, InstallCause::Entry { path: file.path.clone(), cause }))?;
    Ok(Some(Plan { server: name, replacement, files }))
}

/// The report on `server`, which is started if the user agrees.
fn report(args: &GuardInstallArgs, common: &CommonArgs, server: Configured) -> Result<Option<Report>, CliError> {
    let session = Session::start(common, &args.config, &args.profile)?.with_settings(&args.set)?;
    let targets = session.agree_found(vec![Ok(server)], &args.server)?;
    let report = session.report(session.read(&targets, &args.server)?);
    session.diagnose(&report);
    if !report.errors.is_empty() || !session.warn_of_missing_tools(&report) || report.servers.len() != 1 {
        session.messages.warning("no guard was put in front of it: what was not read has no policy");
        return Ok(None);
    }
    Ok(Some(report))
}

fn policy_text(report: &Report, path: &Path, name: &str) -> Result<String, PolicyFileError> {
    let failed = |cause| PolicyFileError::new(path.display().to_string(), PolicyFileCause::Format(cause));
    let written = policy::write_all(report, path, Dialect::INTERCEPT, Some(name)).into_iter().next();
    Ok(written.transpose().map_err(failed)?.map(|file| file.text).unwrap_or_default())
}

fn show(plan: &Plan, file: &SettingsFile, messages: Messages) {
    messages.note(&format!("{} changes: {} starts a guard", file.path.display(), reveal(&plan.server)));
    plan.replacement.before.lines().for_each(|line| messages.quoted_line("-", line));
    plan.replacement.after.lines().for_each(|line| messages.quoted_line("+", line));
    for (what, path, _) in &plan.files {
        messages.note(&format!("{} is new: {what}", path.display()));
    }
}

/// Writes the files of `plan`, the record and then the configuration. After a failure nothing of it is left.
fn install(plan: &Plan, args: &GuardInstallArgs, messages: Messages) -> Result<(), CliError> {
    let name = plan.server.as_str();
    // The file as it is now: another server of the plan may have changed it.
    let file = SettingsFile::read(&args.place)?;
    let entry = |cause| failure(name, InstallCause::Entry { path: file.path.clone(), cause });
    let text = entry_text::replaced(&file.text, file.format, file.client, name, &plan.replacement).map_err(entry)?;
    let created = plan.files.iter().map(|(what, path, text)| Change::new(what, path.clone(), None, text, Vec::new()));
    let Replacement { before, after } = plan.replacement.clone();
    let record = InstallRecord::new(before, after, file.text.clone(), created.collect());
    let kept = record.keep(&file.path, name).map_err(|cause| failure(name, InstallCause::Record(cause)))?;
    if let Err(error) = write_files(plan, &file.path, &text) {
        plan.files.iter().for_each(|(_, path, _)| drop(fs::remove_file(path)));
        let _ = InstallRecord::forget(&file.path, name);
        return Err(error);
    }
    messages.note(&format!(
        "{} is guarded; `mcp-scan guard uninstall {} {}` undoes it, and {} holds what was there",
        reveal(name),
        args.place.client.name.id,
        reveal(name),
        kept.display()
    ));
    Ok(())
}

fn write_files(plan: &Plan, configuration: &Path, text: &str) -> Result<(), CliError> {
    for (_, path, text) in &plan.files {
        let folder = path.parent().unwrap_or(Path::new("."));
        let read = |cause| failure(&plan.server, InstallCause::Read { path: folder.to_owned(), cause });
        fs::create_dir_all(folder).map_err(read)?;
        write("the file", path, text)?;
    }
    Ok(write("the configuration", configuration, text)?)
}
