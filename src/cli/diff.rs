//! `mcp-scan diff`: what has changed since the lock, and how much it matters.

use std::io::{self, Write};
use std::path::Path;
use std::slice;

use super::args::{CommonArgs, DiffArgs, DriftFormat};
use super::error::{CliError, OutputError, PolicyFileCause, PolicyFileError};
use super::exit::Exit;
use super::locked::lock_without_secrets;
use super::output::{self, Destination};
use super::places::Places;
use super::session::Session;
use super::targets;
use crate::audit::lock::Lock;
use crate::config::FILE_NAME;
use crate::model::{Drift, Report, ToolChange, ToolDrift};
use crate::policy::Dialect;
use crate::policy::patch::{Edit, EditKind, Patch};
use crate::report::{drift, json};

/// Compares with the lock. With `forced` the targets are one command.
pub(crate) fn run(args: &DiffArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let place = args.output.as_deref().map(|path| Destination::new("the result", path)).transpose()?;
    let written = args.output.iter().chain([&args.lock]).cloned();
    let mut session = Session::start(common, &args.config, &args.profile)?.writing(written);
    let requested = session.agree(targets::of_words(&args.targets, forced), &args.server)?;
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    let mut places = Places::new(&requested)
        .read("the lock", Some(&args.lock))
        .read("the listing to compare with", args.against.as_deref().map(Path::new))
        .read("the configuration", Some(configuration))
        .read_folder("the folder of rules", common.rules.as_deref())
        .read("the file of what may be started", args.server.launch_allow.as_deref());
    args.output.as_deref().map_or(Ok(()), |path| places.write("the result", path))?;
    let locked = if args.against.is_none() { Some(Lock::load(&args.lock)?) } else { None };
    locked.iter().for_each(|lock| session.recall(lock));
    let against = args.against.as_ref().map_or_else(Vec::new, |word| targets::of_words(slice::from_ref(word), false));
    let [against, now] = session.read_each([&against, &requested], &args.server)?;
    against.errors.iter().chain(&now.errors).for_each(|error| session.messages.error(error));
    // Compared with an incomplete listing, the rest would look new.
    if !against.errors.is_empty() {
        return Ok(Exit::Unread);
    }
    let all_read = now.errors.is_empty();
    let report = session.report(now);
    session.warn_unmatched(&report.unmatched);
    let all_tools_read = session.warn_of_missing_tools(&report);
    let now = lock_without_secrets(&report);
    let drift = match locked {
        Some(locked) => locked.drift(&now),
        None => lock_without_secrets(&session.report(against)).drift_of_same(&now),
    };
    let patches = patches(&drift, &report, args.policy_format)?;
    write(place.as_ref(), |out| match args.format {
        DriftFormat::Table => drift::write(&drift, &patches, out),
        DriftFormat::Json => json::write(&drift::DriftDocument { drift: &drift, policy_patch: &patches }, out),
    })?;
    Ok(match (args.fail_on_drift.fails(&drift) || !all_tools_read, all_read) {
        (true, _) => Exit::GateFailed,
        (false, true) => Exit::Done,
        (false, false) => Exit::Unread,
    })
}

/// The changes to the policies of locked servers that `drift` requires.
fn patches(drift: &Drift, report: &Report, dialect: Dialect) -> Result<Vec<Patch>, PolicyFileError> {
    let mut patches = Vec::new();
    for server in drift.servers.iter().filter(|server| server.locked) {
        let edits: Vec<Edit> = server.tools.iter().flat_map(edits).collect();
        let found = server.listed.and_then(|at| report.servers.get(at));
        if let Some(found) = found.filter(|_| !edits.is_empty()) {
            let patch = Patch::new(edits, found, report, dialect);
            patches.push(patch.map_err(|cause| PolicyFileError::new(&server.name, PolicyFileCause::Patch(cause)))?);
        }
    }
    Ok(patches)
}

fn edits(drift: &ToolDrift) -> Vec<Edit> {
    let edit = |change: EditKind, tool: &str| Edit { tool: tool.to_owned(), change };
    match &drift.change {
        ToolChange::Added => vec![edit(EditKind::Add, &drift.name)],
        ToolChange::Removed => vec![edit(EditKind::Remove, &drift.name)],
        ToolChange::Renamed { from } => vec![edit(EditKind::Remove, from), edit(EditKind::Add, &drift.name)],
        ToolChange::Changed | ToolChange::Rejudged if drift.changes_policy() => {
            vec![edit(EditKind::Replace, &drift.name)]
        }
        ToolChange::Changed | ToolChange::Rejudged => Vec::new(),
    }
}

fn write(place: Option<&Destination>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
    match place {
        Some(place) => place.write(fill),
        None => output::to_stdout(fill),
    }
}
