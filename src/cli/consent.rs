//! Starts or connects to configured servers only with the user's consent: a question for each on a terminal, otherwise
//! `--launch` or the `--launch-allow` file.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::allowed::Allowed;
use super::args::{Home, ServerArgs};
use super::ci::is_ci;
use super::diagnose::Messages;
use super::error::CliError;
use super::guard::look_through_guard;
use super::output::Destination;
use super::own_files::OwnFiles;
use super::question::{Additions, Recording, question};
use super::targets::{RequestedTarget, refuse_shared_headers};
use crate::config::{Config, SandboxRule, ServerSettings};
use crate::source::client::{
    AgreedFiles, ConfigurationCause, Configured, Given, LaunchRefusal, ProjectFiles, Proposal, ServerEntry, StartCheck,
    UncheckedFiles,
};
use crate::source::{self, SourceError, Target};
use crate::text::prose;

/// The options that decide on consent, whatever the server.
pub(crate) struct Terms<'a> {
    pub(crate) args: &'a ServerArgs,
    pub(crate) config: &'a Config,
    pub(crate) messages: Messages,
    /// The files and folders that the run writes.
    pub(crate) written: &'a [PathBuf],
    pub(crate) disabled: DisabledEntries,
}

/// How entries that a configuration disables are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisabledEntries {
    /// They stay, and are judged without a start.
    Judged,
    LeftOut,
}

/// Replaces files and folders that name servers by those servers, and asks whether those that are not disabled may be
/// started. Fails if the user quits.
pub(crate) fn settle(requested: Vec<RequestedTarget>, terms: &Terms<'_>) -> Result<Vec<RequestedTarget>, CliError> {
    refuse_shared_headers(&requested, &terms.args.header)?;
    let requested: Vec<RequestedTarget> =
        requested.into_iter().flat_map(|requested| servers_of(requested, terms)).collect();
    agree(requested, terms)
}

/// Like [`settle`], for servers that were found in configurations.
pub(crate) fn settle_found(found: Vec<ServerEntry>, terms: &Terms<'_>) -> Result<Vec<RequestedTarget>, CliError> {
    let targets = targets_of(found, terms);
    let requested = (1..).zip(targets).map(|(number, target)| RequestedTarget { number, target });
    agree(requested.collect(), terms)
}

/// Records consent without a question: from `--launch` or the `--launch-allow` file.
pub(crate) fn agree_as_written(configured: &mut Configured, args: &ServerArgs) {
    if args.launch {
        configured.agree(None);
        return;
    }
    let written = || {
        let file = args.launch_allow.as_deref()?;
        let own = OwnFiles::new([file]);
        let allowed = Allowed::read(file).ok()?.writing(own.clone());
        let proposal = configured.proposal(&args.input).ok()?.with(given(args, None));
        let read = Arc::<Mutex<ProjectFiles>>::default();
        let files = files(&proposal, &read, args).ok()?;
        allowed.has(&proposal, &files).then(|| start_check(proposal, files, &read, own, args, true))
    };
    if let Some(check) = written() {
        configured.agree(Some(check));
    }
}

/// The files that an agreement to `proposal` covers.
fn files(proposal: &Proposal, read: &Mutex<ProjectFiles>, args: &ServerArgs) -> Result<AgreedFiles, UncheckedFiles> {
    proposal.files(&mut read.lock().unwrap_or_else(PoisonError::into_inner), starts_in_project(args))
}

/// What is checked again right before the start.
fn start_check(
    proposal: Proposal,
    files: AgreedFiles,
    read: &Arc<Mutex<ProjectFiles>>,
    own: OwnFiles,
    args: &ServerArgs,
    is_of_earlier_run: bool,
) -> StartCheck {
    let is_own = Arc::new(move |files: &AgreedFiles, difference: &_| own.has(files, difference));
    let (proposal, read) = (Arc::new(proposal), Arc::clone(read));
    StartCheck { proposal, files, starts_in_project: starts_in_project(args), is_of_earlier_run, read, is_own }
}

/// What every server gets besides what its entry sets, and by `settings` in `mcp-scan.yaml`.
fn given(args: &ServerArgs, settings: Option<&ServerSettings>) -> Given {
    let mut containment = args.containment(SandboxRule::Auto);
    containment.pass_env.extend(settings.into_iter().flat_map(|settings| settings.env.iter().cloned()));
    source::given(&containment, &args.env)
}

/// True if every server starts in the folder of its project.
fn starts_in_project(args: &ServerArgs) -> bool {
    args.home == Home::Real
}

fn agree(mut requested: Vec<RequestedTarget>, terms: &Terms<'_>) -> Result<Vec<RequestedTarget>, CliError> {
    let Terms { args, messages, .. } = *terms;
    if args.no_launch {
        requested.iter_mut().for_each(|requested| refuse_launch(&mut requested.target));
        return Ok(requested);
    }
    let may_start = |requested: &RequestedTarget| matches!(&requested.target, Ok(Target::Configured(found)) if !found.never_starts());
    if !requested.iter().any(may_start) {
        return Ok(requested);
    }
    let file = args.launch_allow.as_deref();
    let own = OwnFiles::new(terms.written.iter().map(PathBuf::as_path).chain(file));
    let allowed = match file {
        Some(file) => Allowed::read(file)?,
        None => Allowed::of_this_run()?,
    }
    .writing(own.clone());
    // Check before asking that the answer can be saved.
    let place = file.map(|file| Destination::new("what may be started", file)).transpose()?;
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if let Some((version, file)) = allowed.outdated().zip(file) {
        messages.warning(&format!(
            "the agreements in {} are of its version {version}, which covered less: none of them holds any more",
            file.display()
        ));
    }
    if let Some(place) = place.as_ref().filter(|_| terminal && allowed.outdated().is_none()) {
        place.refuse_edited(Allowed::rewritten)?;
    }
    let mut consent =
        Consent { all: args.launch, terms, added: false, file, allowed, own, read: Arc::default(), has_warned: false };
    let mut ask: Box<dyn FnMut(&str) -> ConsentAnswer> = match terminal {
        true => Box::new(|question| answer(question, &mut io::stdin().lock(), &mut anstream::stderr())),
        false => Box::new(|_| ConsentAnswer::Nobody),
    };
    for requested in &mut requested {
        if let Ok(Target::Configured(configured)) = &mut requested.target
            && !configured.never_starts()
        {
            match consent.decide(configured, &mut ask) {
                Ok(true) => {}
                Ok(false) => return Err(CliError::Quit),
                Err(refusal) => configured.refuse(refusal),
            }
        }
    }
    if let Some(place) = place.filter(|_| consent.added) {
        consent.allowed.write(place)?;
        messages.note(&format!("wrote {} with what was agreed to", file.unwrap_or(Path::new("")).display()));
    }
    Ok(requested)
}

/// Refuses what would start or reach a server. An entry of a file is judged alone; a command or an address has no entry.
fn refuse_launch(target: &mut Result<Target, SourceError>) {
    match target {
        Ok(Target::Configured(configured)) if configured.never_starts() => {}
        Ok(Target::Configured(configured)) => configured.refuse(LaunchRefusal::EntryAlone),
        Ok(started @ (Target::Command(_) | Target::Url(_))) => {
            *target = Err(SourceError::new(started.display(), LaunchRefusal::NoEntry));
        }
        Ok(_) | Err(_) => {}
    }
}

/// The target itself, or the servers that its file names. For a folder, its saved listings come first and then the
/// servers.
fn servers_of(requested: RequestedTarget, terms: &Terms<'_>) -> Vec<RequestedTarget> {
    let number = requested.number;
    let numbered = |found: Vec<ServerEntry>| {
        targets_of(found, terms).into_iter().map(|target| RequestedTarget { number, target }).collect::<Vec<_>>()
    };
    match &requested.target {
        Ok(Target::File(path)) => match source::named_servers(path) {
            Some(found) if found.is_empty() => {
                let error = SourceError::new(path.display().to_string(), ConfigurationCause::NoServers);
                vec![RequestedTarget { number, target: Err(error) }]
            }
            Some(found) => {
                let named = numbered(found);
                source::saved::is_beside_servers(path).then_some(requested).into_iter().chain(named).collect()
            }
            None => vec![requested],
        },
        Ok(Target::Folder(folder)) => {
            let named = numbered(source::in_folder(folder));
            let keeps_folder = named.is_empty() || source::saved::has_listings(folder);
            keeps_folder.then_some(requested).into_iter().chain(named).collect()
        }
        Ok(Target::Stdin | Target::Package(_) | Target::Command(_) | Target::Url(_) | Target::Configured(_))
        | Err(_) => {
            vec![requested]
        }
    }
}

/// The targets in `found`. Reports the disabled ones, and leaves them out if they are not judged. A server behind our own
/// guard takes the place of the guard.
fn targets_of(found: Vec<ServerEntry>, terms: &Terms<'_>) -> Vec<Result<Target, SourceError>> {
    let is_off = |named: &ServerEntry| named.as_ref().is_ok_and(Configured::is_disabled);
    let off = found.iter().filter(|named| is_off(named)).flatten();
    let names: Vec<String> = off.map(|configured| configured.origin.display()).collect();
    if !names.is_empty() {
        let (are, started) = if names.len() == 1 { ("is", "was not started") } else { ("are", "were not started") };
        terms.messages.note(&format!("{} {are} switched off in the configuration and {started}", prose::list(&names)));
    }
    let stays = |named: &ServerEntry| terms.disabled == DisabledEntries::Judged || !is_off(named);
    let targets = found.into_iter().filter(stays).map(|named| {
        let mut configured = named?;
        look_through_guard(&mut configured);
        match configured.why_never() {
            // Whoever wants no start judges the entry, whatever it says of itself.
            Some(LaunchRefusal::PerhapsDisabled) if terms.args.no_launch => {
                configured.refuse(LaunchRefusal::EntryAlone);
            }
            Some(refusal) => configured.refuse(refusal),
            None => {}
        }
        Ok(Target::Configured(Box::new(configured)))
    });
    targets.collect()
}

/// The user's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConsentAnswer {
    Yes,
    No,
    All,
    Quit,
    /// There is no terminal.
    Nobody,
}

/// The user's answers so far.
struct Consent<'a> {
    all: bool,
    terms: &'a Terms<'a>,
    added: bool,
    file: Option<&'a Path>,
    allowed: Allowed,
    own: OwnFiles,
    read: Arc<Mutex<ProjectFiles>>,
    has_warned: bool,
}

impl Consent<'_> {
    /// Records consent for `configured` if the user gives it. False if the user quits. Without a terminal nothing is
    /// recorded, and reading the server fails later.
    fn decide(
        &mut self,
        configured: &mut Configured,
        ask: &mut dyn FnMut(&str) -> ConsentAnswer,
    ) -> Result<bool, LaunchRefusal> {
        let settings = self.terms.config.server(&[&configured.origin.display(), &configured.shown()]);
        let proposal = configured.proposal(&self.terms.args.input)?.with(given(self.terms.args, settings));
        self.warn_of_place(&proposal);
        let files = self.files(&proposal);
        if let Ok(files) = &files
            && self.allowed.has(&proposal, files)
        {
            configured.agree(self.check(proposal, files, true));
            return Ok(true);
        }
        let recording = self.recording(configured, &proposal, &files);
        let answer = match self.all {
            true => ConsentAnswer::Yes,
            false => ask(&question(&configured.origin, &proposal, &self.additions(configured), &recording)),
        };
        match answer {
            ConsentAnswer::Yes | ConsentAnswer::All => {
                self.all |= answer == ConsentAnswer::All;
                configured.agree(None);
                match files {
                    Ok(files) => {
                        self.allowed.add(configured, &proposal, &files);
                        self.added = self.file.is_some();
                        configured.agree(self.check(proposal, &files, false));
                    }
                    Err(cause) => self.terms.messages.warning(&format!(
                        "{} is not in what may be started, and is asked about each time: {cause}",
                        configured.origin.display()
                    )),
                }
                Ok(true)
            }
            ConsentAnswer::No => Err(LaunchRefusal::Declined),
            ConsentAnswer::Quit => Ok(false),
            ConsentAnswer::Nobody => match recording {
                Recording::Changed { file, changes } => Err(LaunchRefusal::Changed { file, changes }),
                Recording::Unchecked(cause) => Err(LaunchRefusal::Unchecked(cause)),
                Recording::Files(_) => Err(LaunchRefusal::NotRecorded {
                    file: self.file.unwrap_or(Path::new("")).display().to_string(),
                    command: configured.shown_filled(&self.terms.args.input).into(),
                }),
                Recording::None => Ok(true),
            },
        }
    }

    /// The files that an agreement to `proposal` covers. They are read only if it is recorded.
    fn files(&self, proposal: &Proposal) -> Result<AgreedFiles, UncheckedFiles> {
        match self.file {
            Some(_) => files(proposal, &self.read, self.terms.args),
            None => Ok(AgreedFiles::default()),
        }
    }

    /// What is checked again right before the start, where agreements are recorded.
    fn check(&self, proposal: Proposal, files: &AgreedFiles, is_of_earlier_run: bool) -> Option<StartCheck> {
        let (own, args) = (self.own.clone(), self.terms.args);
        self.file.map(|_| start_check(proposal, files.clone(), &self.read, own, args, is_of_earlier_run))
    }

    /// Warns once where CI takes agreements from the repository that it scans: a change to it can bring its own agreement.
    fn warn_of_place(&mut self, proposal: &Proposal) {
        let Some(file) = self.file.filter(|_| !self.has_warned && !self.all && is_ci()) else { return };
        let place = std::path::absolute(file).ok().and_then(|file| file.parent()?.canonicalize().ok());
        if place.is_some_and(|place| place.starts_with(proposal.root())) {
            self.has_warned = true;
            self.terms.messages.warning(&format!(
                "{} stands in the repository that is scanned, so a change to a server can bring its own agreement: \
                 have an owner review it, or take it from the base branch (docs/clients.md)",
                file.display()
            ));
        }
    }

    fn recording(
        &self,
        configured: &Configured,
        proposal: &Proposal,
        files: &Result<AgreedFiles, UncheckedFiles>,
    ) -> Recording {
        let Some(file) = self.file.filter(|_| !self.all) else { return Recording::None };
        let changes = self.allowed.changed(configured, proposal, files.as_ref().ok());
        match (changes, files) {
            (Some(changes), _) => Recording::Changed { file: file.display().to_string(), changes },
            (None, Ok(files)) => Recording::Files(files.count()),
            (None, Err(cause)) => Recording::Unchecked(cause.clone()),
        }
    }

    fn additions(&self, configured: &Configured) -> Additions {
        let args = self.terms.args;
        let named = args.env.iter().map(|(name, _)| name).chain(&args.pass_env);
        let settings = self.terms.config.server(&[&configured.origin.display(), &configured.shown()]);
        Additions {
            by_command_line: named.cloned().collect(),
            by_configuration: settings.map(|settings| settings.env.clone()).unwrap_or_default(),
            inherits: args.inherit_env,
        }
    }
}

/// Asks until the answer is valid. End of input means quit.
fn answer(question: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> ConsentAnswer {
    let _ = writeln!(out, "{question}");
    loop {
        let _ = write!(out, "Agree? [y]es, [n]o, [a]ll of them, [q]uit: ");
        let _ = out.flush();
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) | Err(_) => return ConsentAnswer::Quit,
            Ok(_) => {}
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return ConsentAnswer::Yes,
            "n" | "no" => return ConsentAnswer::No,
            "a" | "all" => return ConsentAnswer::All,
            "q" | "quit" => return ConsentAnswer::Quit,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_asked_for_until_it_is_one() {
        for (typed, want, times) in [
            ("y\n", ConsentAnswer::Yes, 1),
            ("\nwhat\nNO\n", ConsentAnswer::No, 3),
            ("a\n", ConsentAnswer::All, 1),
            ("quit\n", ConsentAnswer::Quit, 1),
            ("", ConsentAnswer::Quit, 1),
        ] {
            let mut out = Vec::new();
            assert_eq!(answer("start x?", &mut typed.as_bytes(), &mut out), want);
            assert_eq!(String::from_utf8(out).unwrap().matches("Agree?").count(), times, "{typed:?}");
        }
    }
}
