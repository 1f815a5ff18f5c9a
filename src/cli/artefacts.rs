//! The additional outputs of a scan: policies and a site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::args::{PolicyFormat, ScanArgs};
use super::diagnose::Messages;
use super::error::{CliError, PolicyFileCause, PolicyFileError, UsageCause, UsageError};
use super::output::Destination;
use super::places::Places;
use super::policy::{Companion, companion};
use super::profile_notes;
use super::site::SiteFolder;
use super::written;
use crate::catalogue::Options;
use crate::model::{Report, ServerReport};
use crate::policy::check;
use crate::policy::merge::{self, MergeError, SameServer};
use crate::policy::{self, Dialect, Document, Note, Policy, PolicyFile, StartValue};
use crate::rules::Ruleset;
use crate::source::secret::hide_in_report;
use crate::text::file::read_text;
use crate::text::{prose, unedited};

/// The requested outputs, checked to be writable.
#[derive(Debug)]
pub(crate) struct Artefacts {
    policy: Option<PolicyPlace>,
    /// Whether to keep an existing policy and add only new tools.
    merge: bool,
    /// Whether to overwrite files that the user has edited.
    force: bool,
    /// Whether each policy gets a companion file with test calls.
    tests: bool,
    /// The name that clients use for the single server, if given.
    server_name: Option<String>,
    site: Option<SiteFolder>,
}

/// Where to write policies.
#[derive(Debug)]
enum PolicyPlace {
    /// One format in one file.
    File(Destination, Dialect),
    /// Several formats, each in a file of this folder.
    Folder(PathBuf, Vec<Dialect>),
}

impl PolicyPlace {
    /// The place `path` for the requested formats.
    fn new(path: &Path, formats: &[PolicyFormat]) -> Result<Self, CliError> {
        let dialects = PolicyFormat::dialects(formats);
        if let [dialect] = dialects.as_slice() {
            return Ok(Self::File(Destination::new("the policy", path)?, *dialect));
        }
        if path.exists() && !path.is_dir() {
            return Err(policy_error(path, PolicyFileCause::NeedsFolder).into());
        }
        Ok(Self::Folder(path.to_owned(), dialects))
    }

    /// Each format with its file.
    fn files(&self) -> Vec<(Dialect, PathBuf)> {
        match self {
            Self::File(place, dialect) => vec![(*dialect, place.named().into())],
            Self::Folder(folder, dialects) => {
                let file = |d: &Dialect| folder.join(format!("{}.{}", d.name(), d.file_extension()));
                dialects.iter().map(|dialect| (*dialect, file(dialect))).collect()
            }
        }
    }
}

impl Artefacts {
    /// The outputs that `args` request. Fails if one cannot be written.
    pub(crate) fn new(args: &ScanArgs) -> Result<Self, CliError> {
        let policy = args.policy.as_deref().map(|path| PolicyPlace::new(path, &args.policy_format)).transpose()?;
        if args.merge && !matches!(policy, Some(PolicyPlace::File(_, dialect)) if dialect == Dialect::INTERCEPT) {
            let path = args.policy.as_deref().unwrap_or(Path::new(""));
            return Err(policy_error(path, PolicyFileCause::MergeFormat).into());
        }
        let site = args.catalogue.as_deref().map(|folder| SiteFolder::new(folder, Options::default())).transpose()?;
        Ok(Self {
            policy,
            merge: args.merge,
            force: args.force,
            tests: args.policy_tests,
            server_name: args.server_name.clone(),
            site,
        })
    }

    /// The policy files of a single server and their companions.
    pub(crate) fn policies(&self) -> Vec<PathBuf> {
        let files = self.policy.iter().flat_map(PolicyPlace::files);
        let with_companion = |(dialect, path): (Dialect, PathBuf)| {
            let companion = (self.tests && dialect.is_readable()).then(|| companion::companion_path(&path));
            std::iter::once(path).chain(companion)
        };
        files.flat_map(with_companion).collect()
    }

    /// The folder of the site, if requested.
    pub(crate) fn site(&self) -> Option<&Path> {
        self.site.as_ref().map(SiteFolder::path)
    }

    /// True if no output was requested.
    pub(crate) fn is_empty(&self) -> bool {
        self.policy.is_none() && self.site.is_none()
    }

    /// Writes the requested outputs for `report`. Servers that could not be read have none.
    pub(crate) fn write(
        &self,
        report: &Report,
        ruleset: &Ruleset,
        places: &Places,
        messages: Messages,
    ) -> Result<(), CliError> {
        if report.servers.is_empty() {
            if !self.is_empty() {
                messages.warning("no policy and no catalogue was written, because no server could be read");
            }
            return Ok(());
        }
        self.write_policies(&report.published(&hide_in_report), ruleset, places, messages)?;
        if let Some(site) = &self.site {
            site.write(report, ruleset, messages)?;
        }
        Ok(())
    }

    fn write_policies(
        &self,
        report: &Report,
        ruleset: &Ruleset,
        places: &Places,
        messages: Messages,
    ) -> Result<(), CliError> {
        let Some(place) = &self.policy else { return Ok(()) };
        if let PolicyPlace::Folder(folder, _) = place {
            fs::create_dir_all(folder).map_err(|cause| policy_error(folder, PolicyFileCause::Write(cause)))?;
        }
        if let (Some(name), true) = (&self.server_name, report.servers.len() > 1) {
            let cause = UsageCause::ServerName { servers: report.servers.len() };
            return Err(UsageError::new(name, cause).into());
        }
        // Formats without comments cannot contain this information, so it is shown as a message.
        let dialects = place.files().into_iter().map(|(dialect, _)| dialect);
        let without_comments: Vec<Dialect> = dialects.filter(|dialect| !dialect.has_comments()).collect();
        for policy in report.servers.iter().map(|server| Policy::for_server(server, report)) {
            let lines = without_comments.iter().map(|dialect| policy::about(&policy, *dialect).join("; "));
            let lines: BTreeSet<String> = lines.collect();
            lines.iter().for_each(|line| messages.note(line));
        }
        // If a format cannot address a server, the other files are still written.
        let mut refused: Option<PolicyFileError> = None;
        for (dialect, path) in place.files() {
            let files = policy::write_all(report, &path, dialect, self.server_name.as_deref());
            for (file, server) in files.into_iter().zip(&report.servers) {
                match file {
                    Ok(file) => {
                        // With several servers the file names are known only now.
                        places.check("the policy", &file.path)?;
                        match self.write_file(&file, server, dialect, ruleset, messages) {
                            Err(CliError::Policy(error)) => {
                                refused.replace(error).iter().for_each(|before| messages.error(before));
                            }
                            other => other?,
                        }
                    }
                    Err(cause) => {
                        let error = policy_error(&path, PolicyFileCause::Format(cause));
                        refused.replace(error).iter().for_each(|before| messages.error(before));
                    }
                }
            }
        }
        let dialects: Vec<Dialect> = place.files().into_iter().map(|(dialect, _)| dialect).collect();
        profile_notes::report(report, &dialects, ruleset, messages);
        refused.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Writes the policy of one server in one format.
    fn write_file(
        &self,
        file: &PolicyFile,
        server: &ServerReport,
        dialect: Dialect,
        ruleset: &Ruleset,
        messages: Messages,
    ) -> Result<(), CliError> {
        // The test calls are checked by parsing the policy again.
        let tested = self.tests && dialect.is_readable();
        let companion = tested.then(|| Companion::new(file, server, dialect, ruleset)).transpose()?;
        match (self.merge && file.path.exists(), self.force) {
            (true, true) => merge_policy(file, SameServer::Any, server, ruleset, messages)?,
            (true, false) => merge_policy(file, SameServer::Required, server, ruleset, messages)?,
            (false, force) => {
                if !force {
                    refuse_edited(file, dialect, ruleset)?;
                }
                write_policy(file, dialect, messages)?;
            }
        }
        companion.map_or(Ok(()), |companion| Ok(companion.write(messages)?))
    }
}

/// Fails if `file` would overwrite edits of the user, or the policy of another server.
fn refuse_edited(file: &PolicyFile, dialect: Dialect, ruleset: &Ruleset) -> Result<(), PolicyFileError> {
    let there = match fs::read(&file.path) {
        Ok(there) => String::from_utf8_lossy(&there).into_owned(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A device, or a file that is write-only.
        Err(_) => return Ok(()),
    };
    if there.trim().is_empty() || there == file.text {
        return Ok(());
    }
    if unedited::is_unedited(&there) || written::is_unedited(&file.path, &there) {
        return refuse_other_server(file, dialect, &there, ruleset);
    }
    let cause = match dialect.has_comments() {
        true => PolicyFileCause::Edited { can_merge: dialect == Dialect::INTERCEPT },
        false => PolicyFileCause::MayBeEdited,
    };
    Err(policy_error(&file.path, cause))
}

/// Fails if `there`, the unedited content of the file, is the policy of another server. Only the intercept format is read
/// again; of the others it is known for which server a run wrote them.
fn refuse_other_server(
    file: &PolicyFile,
    dialect: Dialect,
    there: &str,
    ruleset: &Ruleset,
) -> Result<(), PolicyFileError> {
    if dialect != Dialect::INTERCEPT {
        let server = written::server(&file.path, there).filter(|server| *server != file.policy.key);
        let cause = |file_server| MergeError::Server { file: file_server, run: file.policy.key.clone() };
        let refused = |server| policy_error(&file.path, PolicyFileCause::OtherServer(cause(server)));
        return server.map_or(Ok(()), |server| Err(refused(server)));
    }
    match merge::merge(there, &file.policy, SameServer::Required, ruleset) {
        Err(cause @ MergeError::Server { .. }) => Err(policy_error(&file.path, PolicyFileCause::OtherServer(cause))),
        // What cannot be merged is replaced.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Writes one policy file and warns about what its format cannot express.
fn write_policy(file: &PolicyFile, dialect: Dialect, messages: Messages) -> Result<(), CliError> {
    let PolicyFile { path, policy, text } = file;
    let place = Destination::new("the policy", path)?;
    place.write(|out| out.write_all(text.as_bytes()))?;
    written::remember_for(path, text, &policy.key);
    let name = place.named();
    messages.note(&format!("wrote {name}: a policy of {}", prose::count(policy.rules.len(), "rule")));
    policy::remarks(policy, dialect).iter().for_each(|remark| messages.note(&format!("{name}: {remark}")));
    for (text, tools) in by_text(policy::notes(policy, dialect)) {
        messages.warning(&format!("{name}: {}: {text}", named(&tools)));
    }
    tell_unsaid(policy, dialect, &name, messages);
    tell_to_set(policy, dialect, &name, messages);
    Ok(())
}

/// Merges new tools into the existing policy file and reports them.
fn merge_policy(
    file: &PolicyFile,
    same: SameServer,
    server: &ServerReport,
    ruleset: &Ruleset,
    messages: Messages,
) -> Result<(), CliError> {
    let path = &file.path;
    let old = read_text(path).map_err(|cause| policy_error(path, PolicyFileCause::MergeRead(cause)))?;
    let merged = merge::merge(&old, &file.policy, same, ruleset).map_err(|cause| {
        let report = cause.report(&path.display().to_string(), &old);
        policy_error(path, PolicyFileCause::Merge { cause, report })
    })?;
    let place = Destination::new("the policy", path)?;
    let name = place.named();
    if merged.text == old {
        messages.note(&format!("{name} is as it was: nothing is new"));
    } else {
        place.write(|out| out.write_all(merged.text.as_bytes()))?;
        messages.note(&format!("merged into {name}: {} added", prose::count(merged.added.len(), "tool")));
    }
    for (what, tools) in
        [("new", &merged.added), ("gone, marked GONE", &merged.gone), ("changed, marked CHANGED", &merged.changed)]
    {
        if !tools.is_empty() {
            messages.note(&format!("{name}: {what}: {}", named(tools)));
        }
    }
    if !merged.left_out.is_empty() {
        let tools = named(&merged.left_out);
        messages.note(&format!("{name}: left out, because their entries were deleted by hand: {tools}"));
    }
    if !merged.denied.is_empty() {
        let tools = named(&merged.denied);
        messages.warning(&format!(
            "{name}: added as denied, each the likely new name of a tool that was not allowed: {tools}"
        ));
    }
    for (text, tools) in by_text(merged.refused_patterns) {
        messages.warning(&format!("{name}: {}: {text}", named(&tools)));
    }
    warn_of_weaknesses(&merged.text, server, ruleset, &name, messages);
    Ok(())
}

/// Warns where the merged policy `text` lets more pass than a new one would: by the comparison of `policy check`.
fn warn_of_weaknesses(text: &str, server: &ServerReport, ruleset: &Ruleset, name: &str, messages: Messages) {
    // The merge has read it already.
    let Ok(document) = Document::read(text, Some(Dialect::INTERCEPT)) else { return };
    let found = check::weaknesses(&document, server, ruleset);
    found.iter().take(MAX_WEAKNESSES).for_each(|problem| messages.warning(&format!("{name}: {}", problem.text)));
    if let Some(more) = found.len().checked_sub(MAX_WEAKNESSES).filter(|more| *more > 0) {
        let more = prose::count(more, "further weakness");
        messages.warning(&format!("{name}: {more}, which `mcp-scan policy check {name} TARGET` lists"));
    }
}

fn policy_error(path: &Path, cause: PolicyFileCause) -> PolicyFileError {
    PolicyFileError::new(path.display().to_string(), cause)
}

/// Maximum number of names in a message.
const MAX_NAMES: usize = 5;

/// Maximum number of warnings about what an edited policy lets pass.
const MAX_WEAKNESSES: usize = 20;

/// Maximum number of warnings about what a format cannot express. More are summed up, as the details are in the file or
/// the documentation.
const MAX_UNENFORCED: usize = 3;

/// Warns where the format cannot enforce the policy.
fn tell_unsaid(policy: &Policy, dialect: Dialect, file: &str, messages: Messages) {
    let unenforced = by_text(policy::unenforced(policy, dialect));
    if unenforced.len() <= MAX_UNENFORCED {
        unenforced.iter().for_each(|(text, tools)| messages.warning(&format!("{file}: {}: {text}", named(tools))));
        return;
    }
    let tools: Vec<String> = unenforced.into_values().flatten().collect();
    let (form, count) = (dialect.name(), prose::count(tools.len(), "tool"));
    messages.warning(&format!("{file}: {form} cannot say all guards of {count}: {}", named(&tools)));
}

/// The tools of `notes`, grouped by text.
fn by_text(notes: Vec<Note>) -> BTreeMap<String, Vec<String>> {
    let mut tools: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for note in notes {
        tools.entry(note.text).or_default().push(note.tool);
    }
    tools
}

/// Lists the values that the user must set before the policy is usable.
fn tell_to_set(policy: &Policy, dialect: Dialect, file: &str, messages: Messages) {
    let of = |value: StartValue| format!("{} ({})", value.guard.id, named(&value.tools));
    let values: Vec<String> = policy::to_set(policy, dialect).into_iter().map(of).collect();
    if !values.is_empty() {
        let count = prose::count(values.len(), "start value");
        messages.note(&format!("{file}: {count} to set: {}", named(&values)));
    }
}

/// The first of `names`, and the number of others.
pub(crate) fn named(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} and {} more", prose::thousands(more)),
    }
}
