//! The shared state of commands that read targets: the rules, the configuration, the messages and the reader.

use std::path::{Path, PathBuf};

use super::args::{CommonArgs, ConfigArgs, ServerArgs};
use super::configuration;
use super::consent::{self, DisabledEntries};
use super::diagnose::Messages;
use super::error::{CliError, InternalError, UsageCause, UsageError};
use super::interrupt;
use super::read::{ReadOutcome, ReadSettings, read};
use super::resume::Resume;
use super::targets::RequestedTarget;
use crate::audit::lock::Lock;
use crate::config::Config;
use crate::model::{LeftUnread, Report, ServerReport, Unmatched};
use crate::rules::{Ruleset, moving_version};
use crate::source::Reading;
use crate::source::client::ServerEntry;
use crate::text::prose;

/// The rules and configuration in use, and how messages are written.
pub(crate) struct Session<'a> {
    /// The rules, with the profile for policies.
    pub(crate) ruleset: Ruleset,
    pub(crate) config: Config,
    /// How to write to standard error.
    pub(crate) messages: Messages,
    common: &'a CommonArgs,
    /// The lock whose servers are reached with the protocol that they spoke before.
    recorded: Option<Lock>,
    /// The files and folders that the command writes.
    written: Vec<PathBuf>,
}

impl<'a> Session<'a> {
    /// Loads the rules and the configuration.
    pub(crate) fn start(common: &'a CommonArgs, config: &ConfigArgs, profile: &str) -> Result<Self, CliError> {
        let messages = Messages::from(common);
        let mut ruleset = Ruleset::load(common.rules.as_deref())?;
        choose_profile(&mut ruleset, profile)?;
        let config = configuration::load(config, &ruleset, messages)?;
        Ok(Self { ruleset, config, messages, common, recorded: None, written: Vec::new() })
    }

    /// Reaches the servers of `lock` with the protocol that they spoke before.
    pub(crate) fn recall(&mut self, lock: &Lock) {
        self.recorded = Some(lock.clone());
    }

    /// Names files and folders that the command writes. They are no files of a server.
    pub(crate) fn writing(mut self, written: impl IntoIterator<Item = PathBuf>) -> Self {
        self.written.extend(written);
        self
    }

    /// Applies `--set` values, which the guards of a policy use.
    pub(crate) fn with_settings(mut self, assignments: &[String]) -> Result<Self, UsageError> {
        for assignment in assignments {
            let wrong = |cause| UsageError::new(format!("--set {assignment}"), UsageCause::Setting(cause));
            self.ruleset.set(assignment).map_err(wrong)?;
        }
        Ok(self)
    }

    /// The folder of rules that overlays the built-in ones.
    pub(crate) fn rules_folder(&self) -> Option<&Path> {
        self.common.rules.as_deref()
    }

    /// Replaces files that name servers by these servers, and asks whether they may be started. Disabled servers are left
    /// out.
    pub(crate) fn agree(
        &self,
        requested: Vec<RequestedTarget>,
        server: &ServerArgs,
    ) -> Result<Vec<RequestedTarget>, CliError> {
        consent::settle(requested, &self.terms(server, DisabledEntries::LeftOut))
    }

    /// Like [`Session::agree`], with the disabled servers, which are judged without a start.
    pub(crate) fn agree_and_judge(
        &self,
        requested: Vec<RequestedTarget>,
        server: &ServerArgs,
    ) -> Result<Vec<RequestedTarget>, CliError> {
        consent::settle(requested, &self.terms(server, DisabledEntries::Judged))
    }

    /// Like [`Session::agree_and_judge`], for servers that were found in configurations.
    pub(crate) fn agree_and_judge_found(
        &self,
        found: Vec<ServerEntry>,
        server: &ServerArgs,
    ) -> Result<Vec<RequestedTarget>, CliError> {
        consent::settle_found(found, &self.terms(server, DisabledEntries::Judged))
    }

    /// Like [`Session::agree`], for servers that were found in configurations.
    pub(crate) fn agree_found(
        &self,
        found: Vec<ServerEntry>,
        server: &ServerArgs,
    ) -> Result<Vec<RequestedTarget>, CliError> {
        consent::settle_found(found, &self.terms(server, DisabledEntries::LeftOut))
    }

    fn terms<'b>(&'b self, args: &'b ServerArgs, disabled: DisabledEntries) -> consent::Terms<'b> {
        consent::Terms { args, config: &self.config, messages: self.messages, written: &self.written, disabled }
    }

    /// Reads the targets. Fails if interrupted.
    pub(crate) fn read(&self, requested: &[RequestedTarget], server: &ServerArgs) -> Result<Reading, CliError> {
        self.read_each([requested], server).map(|[reading]| reading)
    }

    /// Reads several lists of targets. Fails if interrupted.
    pub(crate) fn read_each<const N: usize>(
        &self,
        lists: [&[RequestedTarget]; N],
        server: &ServerArgs,
    ) -> Result<[Reading; N], CliError> {
        let mut readings = [const { None }; N];
        for (requested, reading) in lists.into_iter().zip(&mut readings) {
            let outcome = self.outcome(requested, server, None)?;
            if let Some(interrupted) = outcome.interruption(requested.len()) {
                return Err(interrupted);
            }
            *reading = Some(outcome.reading);
        }
        interrupt::ends_the_program();
        Ok(readings.map(Option::unwrap_or_default))
    }

    /// Reads the targets, or takes saved results from `kept`. If interrupted, returns what was read until then.
    pub(crate) fn read_some(
        &self,
        requested: &[RequestedTarget],
        server: &ServerArgs,
        kept: Option<&Resume<'_>>,
    ) -> Result<ReadOutcome, CliError> {
        let outcome = self.outcome(requested, server, kept)?;
        interrupt::ends_the_program();
        Ok(outcome)
    }

    fn outcome(
        &self,
        requested: &[RequestedTarget],
        server: &ServerArgs,
        kept: Option<&Resume<'_>>,
    ) -> Result<ReadOutcome, InternalError> {
        let settings = ReadSettings { args: server, config: &self.config, recorded: self.recorded.as_ref() };
        read(requested, settings, kept, self.common)
    }

    /// The report on `reading`, with the rules and the configuration applied.
    pub(crate) fn report(&self, reading: Reading) -> Report {
        crate::report_with(reading.listings, reading.errors, &self.ruleset, &self.config)
    }

    /// Writes the errors of `report`, hints about the targets on the command line, and warnings about configuration
    /// entries that matched nothing.
    pub(crate) fn diagnose(&self, report: &Report) {
        report.failures().for_each(|error| self.messages.error(error));
        self.note_left_unread(report);
        let typed = report.servers.iter().map(|server| &server.server).filter(|server| server.is_typed());
        for moving in typed.filter_map(|server| moving_version(server.package.as_ref()?)) {
            self.messages
                .note(&format!("hint: {moving} The next start may run other code; name a version to keep this one."));
        }
        self.warn_unmatched(&report.unmatched);
    }

    /// Warns about servers with missing tools. Returns false if there are any, because a tool without a digest cannot
    /// be approved.
    pub(crate) fn warn_of_missing_tools(&self, report: &Report) -> bool {
        let missing =
            |server: &'_ ServerReport| Some((server.server.name.clone(), server.tools_not_read()?.text.clone()));
        let missing: Vec<_> = report.servers.iter().filter_map(missing).collect();
        missing.iter().for_each(|(name, why)| self.messages.warning(&format!("{name} was not read whole: {why}")));
        missing.is_empty()
    }

    /// Notes the targets that were left unread on purpose.
    fn note_left_unread(&self, report: &Report) {
        let of = |why: LeftUnread| report.errors.iter().filter(move |error| error.left_unread == Some(why));
        let judged = |count: usize, why: &str| {
            let entries =
                if count == 1 { "1 entry was".into() } else { format!("{} were", prose::count(count, "entry")) };
            if count > 0 {
                self.messages.note(&format!("{entries} judged without starting or reaching a server{why}"));
            }
        };
        judged(of(LeftUnread::NoLaunch).count(), ", because of --no-launch");
        judged(of(LeftUnread::OfExtension).count(), ", because an extension of the client brings it");
        judged(of(LeftUnread::Declined).count(), ", because you said no");
        for error in of(LeftUnread::NotAgreed) {
            self.messages.note(&format!("{}: {}", error.target, error.why));
        }
        let hint = of(LeftUnread::NotAgreed).find_map(|error| error.hint.as_deref()).unwrap_or_default();
        judged(of(LeftUnread::NotAgreed).count(), &format!("; {hint}"));
        let others: Vec<String> = of(LeftUnread::NoListing).map(|error| error.target.clone()).collect();
        if let Some(first) = others.first() {
            let more = others.len() - 1;
            let more = if more > 0 { format!(" and {}", prose::count(more, "other file")) } else { String::new() };
            let are = if more.is_empty() { "is no listing and was" } else { "are no listings and were" };
            self.messages.note(&format!("{first}{more} {are} passed over"));
        }
    }

    /// Warns about configuration entries that matched nothing.
    pub(crate) fn warn_unmatched(&self, unmatched: &[Unmatched]) {
        for Unmatched { entry, text } in unmatched {
            self.messages.warning(&format!("{entry} of the configuration matches nothing: {text}"));
        }
    }
}

/// Lets the profile `id` decide on policies.
pub(crate) fn choose_profile(ruleset: &mut Ruleset, id: &str) -> Result<(), UsageError> {
    if ruleset.choose_profile(id) {
        return Ok(());
    }
    let known = ruleset.profiles.iter().map(|profile| profile.id.clone()).collect();
    Err(UsageError::new(id, UsageCause::NoProfile { known }))
}
