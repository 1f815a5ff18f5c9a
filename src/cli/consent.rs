//! Starts or connects to configured servers only with the user's consent: a question for each on a terminal, otherwise
//! `--launch` or the `--launch-allow` file.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::allowed::Allowed;
use super::args::ServerArgs;
use super::diagnose::Messages;
use super::error::CliError;
use super::output::Destination;
use super::question::{Additions, question};
use super::targets::RequestedTarget;
use crate::config::Config;
use crate::source::client::{ConfigurationCause, Configured, LaunchRefusal, ServerEntry};
use crate::source::{self, SourceError, Target};
use crate::text::prose;

/// Replaces files and folders that name servers by those servers, drops disabled ones, and asks whether the others may
/// be started. Fails if the user quits.
pub(crate) fn settle(
    requested: Vec<RequestedTarget>,
    args: &ServerArgs,
    config: &Config,
    messages: Messages,
) -> Result<Vec<RequestedTarget>, CliError> {
    let requested: Vec<RequestedTarget> =
        requested.into_iter().flat_map(|requested| servers_of(requested, messages)).collect();
    agree(requested, args, config, messages)
}

/// Like [`settle`], for servers that were found in configurations.
pub(crate) fn settle_found(
    found: Vec<ServerEntry>,
    args: &ServerArgs,
    config: &Config,
    messages: Messages,
) -> Result<Vec<RequestedTarget>, CliError> {
    let requested = (1..).zip(switched_on(found, messages)).map(|(number, target)| RequestedTarget { number, target });
    agree(requested.collect(), args, config, messages)
}

/// Records consent without a question: from `--launch` or the `--launch-allow` file.
pub(crate) fn agree_as_written(configured: &mut Configured, args: &ServerArgs) {
    let written = args.launch_allow.as_deref().and_then(|file| Allowed::read(file).ok());
    let is_written = |configured: &Configured| {
        let proposal = configured.proposal(&args.input).ok();
        written.zip(proposal).is_some_and(|(allowed, proposal)| allowed.has(&proposal))
    };
    if args.launch || is_written(configured) {
        configured.agree();
    }
}

fn agree(
    mut requested: Vec<RequestedTarget>,
    args: &ServerArgs,
    config: &Config,
    messages: Messages,
) -> Result<Vec<RequestedTarget>, CliError> {
    if args.no_launch {
        requested.iter_mut().for_each(|requested| refuse_launch(&mut requested.target));
        return Ok(requested);
    }
    if !requested.iter().any(|requested| matches!(requested.target, Ok(Target::Configured(_)))) {
        return Ok(requested);
    }
    let file = args.launch_allow.as_deref();
    let allowed = file.map(Allowed::read).transpose()?.map_or_else(Allowed::of_this_run, Ok)?;
    // Check before asking that the answer can be saved.
    let place = file.map(|file| Destination::new("what may be started", file)).transpose()?;
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if let Some(place) = place.as_ref().filter(|_| terminal) {
        place.refuse_edited(Allowed::rewritten)?;
    }
    let mut consent = Consent { all: args.launch, args, config, added: false, file, allowed };
    let mut ask: Box<dyn FnMut(&str) -> Answer> = match terminal {
        true => Box::new(|question| answer(question, &mut io::stdin().lock(), &mut anstream::stderr())),
        false => Box::new(|_| Answer::Nobody),
    };
    for requested in &mut requested {
        if let Ok(Target::Configured(configured)) = &mut requested.target {
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
        Ok(Target::Configured(configured)) => configured.refuse(LaunchRefusal::EntryAlone),
        Ok(started @ (Target::Command(_) | Target::Url(_))) => {
            *target = Err(SourceError::new(started.display(), LaunchRefusal::NoEntry));
        }
        Ok(_) | Err(_) => {}
    }
}

/// The target itself, or the servers that its file names. For a folder, its saved listings come first and then the
/// servers.
fn servers_of(requested: RequestedTarget, messages: Messages) -> Vec<RequestedTarget> {
    let number = requested.number;
    let numbered = |found: Vec<ServerEntry>| {
        switched_on(found, messages).into_iter().map(|target| RequestedTarget { number, target }).collect::<Vec<_>>()
    };
    match &requested.target {
        Ok(Target::File(path)) => match source::named_servers(path) {
            Some(found) if found.is_empty() => {
                let error = SourceError::new(path.display().to_string(), ConfigurationCause::NoServers);
                vec![RequestedTarget { number, target: Err(error) }]
            }
            Some(found) => numbered(found),
            None => vec![requested],
        },
        Ok(Target::Folder(folder)) => {
            let named = numbered(source::in_folder(folder));
            let keeps_folder = named.is_empty() || source::saved::has_listings(folder);
            keeps_folder.then_some(requested).into_iter().chain(named).collect()
        }
        _ => vec![requested],
    }
}

/// The enabled targets in `found`. Reports the disabled ones.
fn switched_on(found: Vec<ServerEntry>, messages: Messages) -> Vec<Result<Target, SourceError>> {
    let is_off = |named: &ServerEntry| named.as_ref().is_ok_and(Configured::is_disabled);
    let (off, on): (Vec<ServerEntry>, Vec<ServerEntry>) = found.into_iter().partition(is_off);
    let names: Vec<String> = off.iter().flatten().map(|configured| configured.origin.display()).collect();
    if !names.is_empty() {
        let (are, read) = if names.len() == 1 { ("is", "was not read") } else { ("are", "were not read") };
        messages.note(&format!("{} {are} switched off in the configuration and {read}", prose::list(&names)));
    }
    on.into_iter().map(|named| named.map(|configured| Target::Configured(Box::new(configured)))).collect()
}

/// The user's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
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
    args: &'a ServerArgs,
    config: &'a Config,
    added: bool,
    file: Option<&'a Path>,
    allowed: Allowed,
}

impl Consent<'_> {
    /// Records consent for `configured` if the user gives it. False if the user quits. Without a terminal nothing is
    /// recorded, and reading the server fails later.
    fn decide(
        &mut self,
        configured: &mut Configured,
        ask: &mut dyn FnMut(&str) -> Answer,
    ) -> Result<bool, LaunchRefusal> {
        let proposal = configured.proposal(&self.args.input)?;
        if self.allowed.has(&proposal) {
            configured.agree();
            return Ok(true);
        }
        if let (Some(file), false) = (self.file, self.all)
            && let Some(changes) = self.allowed.changed(configured, &proposal)
        {
            return Err(LaunchRefusal::Changed { file: file.display().to_string(), changes });
        }
        let answer = match self.all {
            true => Answer::Yes,
            false => ask(&question(&configured.origin, &proposal, &self.additions(configured))),
        };
        match answer {
            Answer::Yes | Answer::All => {
                self.all |= answer == Answer::All;
                configured.agree();
                self.allowed.add(configured, &proposal);
                self.added = self.file.is_some();
                Ok(true)
            }
            Answer::No => Err(LaunchRefusal::Declined),
            Answer::Quit => Ok(false),
            Answer::Nobody => Ok(true),
        }
    }

    fn additions(&self, configured: &Configured) -> Additions {
        let named = self.args.env.iter().map(|(name, _)| name).chain(&self.args.pass_env);
        let settings = self.config.server(&[&configured.origin.display(), &configured.shown()]);
        Additions {
            by_command_line: named.cloned().collect(),
            by_configuration: settings.map(|settings| settings.env.clone()).unwrap_or_default(),
            inherits: self.args.inherit_env,
        }
    }
}

/// Asks until the answer is valid. End of input means quit.
fn answer(question: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> Answer {
    let _ = writeln!(out, "{question}");
    loop {
        let _ = write!(out, "Agree? [y]es, [n]o, [a]ll of them, [q]uit: ");
        let _ = out.flush();
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) | Err(_) => return Answer::Quit,
            Ok(_) => {}
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Answer::Yes,
            "n" | "no" => return Answer::No,
            "a" | "all" => return Answer::All,
            "q" | "quit" => return Answer::Quit,
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
            ("y\n", Answer::Yes, 1),
            ("\nwhat\nNO\n", Answer::No, 3),
            ("a\n", Answer::All, 1),
            ("quit\n", Answer::Quit, 1),
            ("", Answer::Quit, 1),
        ] {
            let mut out = Vec::new();
            assert_eq!(answer("start x?", &mut typed.as_bytes(), &mut out), want);
            assert_eq!(String::from_utf8(out).unwrap().matches("Agree?").count(), times, "{typed:?}");
        }
    }
}
