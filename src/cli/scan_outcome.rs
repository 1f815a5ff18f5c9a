//! The outcome of a scan: warnings, the gate and the exit code.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{FailOnDrift, GateArgs};
use super::diagnose::Messages;
use super::error::{CliError, OutputError, UsageCause, UsageError};
use super::exit::Exit;
use super::locked::lock_without_secrets;
use super::output::Destination;
use crate::audit::{
    Baseline,
    gate::{Gate, GatedServer},
    lock::Lock,
};
use crate::config::{Config, MatchedEntries};
use crate::model::{Deviation, Drift, LeftUnread, Report, ServerReport, ToolRef, ToolReport};
use crate::report::{drift, json};
use crate::rules::Ruleset;
use crate::text::likely::likely;
use crate::text::prose;

/// Collected tool by tool, so that streaming needs no list of tools.
#[derive(Debug)]
pub(crate) struct ScanOutcome {
    /// The configuration entries that matched something.
    pub(crate) used: MatchedEntries,
    gate: Gate,
    needs_all: bool,
    /// The baseline to be written.
    update: Option<Destination>,
    /// The lock, and which changes to it fail the gate.
    approved: Option<(Lock, FailOnDrift)>,
    /// Why drift fails the gate, for display.
    drift: Option<String>,
    messages: Messages,
}

impl ScanOutcome {
    /// Creates an empty outcome. Fails if the requested gate cannot work.
    pub(crate) fn new(
        args: &GateArgs,
        force: bool,
        config: &Config,
        ruleset: &Ruleset,
        messages: Messages,
    ) -> Result<Self, CliError> {
        let thresholds = config.thresholds(&args.fail_on);
        if let Some(id) = Gate::unmatchable_threshold(&thresholds, ruleset) {
            let known = ruleset.findings.iter().map(|rule| rule.id.as_str());
            let meant = likely(&id, known.chain(ruleset.flows.iter().map(|flow| flow.id.as_str())));
            let likely = meant.filter(|meant| *meant != id).map(str::to_owned);
            return Err(UsageError::new(id, UsageCause::NoFinding { likely }).into());
        }
        if let (Some(file), None) = (&args.baseline, thresholds.iter().next()) {
            return Err(UsageError::new(file.display().to_string(), UsageCause::BaselineWithoutGate).into());
        }
        let update = args.baseline.as_deref().filter(|_| args.update_baseline);
        let known = match args.baseline.as_deref().filter(|_| !args.update_baseline) {
            Some(file) => Baseline::load(file)?,
            None => Baseline::default(),
        };
        let gate =
            Gate::new(thresholds, expired_ignores(config, messages), known).failing_on_attack(!args.no_fail_on_attack);
        let update = update.map(|file| Destination::new("the baseline", file)).transpose()?;
        if let Some(place) = update.as_ref().filter(|_| !force) {
            place.refuse_edited(|text| json::text(&Baseline::parse(text).ok()?.content()))?;
        }
        let needs_all = gate.needs_all(ruleset) || args.lock.is_some();
        let approved =
            args.lock.as_deref().map(|file| Ok::<_, CliError>((Lock::load(file)?, args.fail_on_drift))).transpose()?;
        Ok(Self { used: MatchedEntries::default(), gate, needs_all, update, approved, drift: None, messages })
    }

    /// The lock to compare with.
    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.approved.as_ref().map(|(lock, _)| lock)
    }

    /// True if a tool can be checked without the other tools of its server.
    pub(crate) fn streams(&self) -> bool {
        !self.needs_all
    }

    /// Warns about gate conditions that cannot be checked line by line.
    pub(crate) fn warn_of_lines(&self, ruleset: &Ruleset) {
        let unseen = self.gate.unseen_in_single_tools(ruleset);
        if !unseen.is_empty() {
            let (unseen, are) = (prose::list(&unseen), if unseen.len() == 1 { "is" } else { "are" });
            self.messages.warning(&format!(
                "{unseen} {are} not looked for, because JSONL is judged line by line: --format json looks for all"
            ));
        }
    }

    /// Counts one tool of `server` and marks what the baseline contains.
    pub(crate) fn tool(&mut self, server: GatedServer<'_>, tool: &mut ToolReport) {
        self.used.note(tool);
        self.gate.tool(server, tool);
    }

    /// Counts everything in `report` and marks what the baseline contains.
    pub(crate) fn report(&mut self, report: &mut Report, ruleset: &Ruleset) {
        for server in &mut report.servers {
            let source = server.server.source();
            let judged = GatedServer { name: &server.server.name, source: &source, target: server.server.read_from() };
            self.listing(judged, server.tools.len() + server.items.len());
            self.not_read(judged, server.not_read());
            server.tools.iter_mut().for_each(|tool| self.tool(judged, tool));
            self.used.note_findings(&server.own_findings);
            server.own_findings.iter_mut().for_each(|finding| self.gate.finding(judged, finding));
            server.grade.iter().for_each(|grade| self.gate.grade(judged, grade));
        }
        for server in &mut report.unread {
            let source = server.server.source();
            let judged = GatedServer { name: &server.server.name, source: &source, target: server.server.read_from() };
            match server.left_unread {
                Some(why) if !why.was_wanted() => self.gate.not_started(judged),
                Some(LeftUnread::NoLaunch) => self.gate.entry_alone(judged, ruleset),
                // Without a reason it is a failure, which the exit code shows, or the settings of a client.
                Some(_) | None => {}
            }
            server.own_findings.iter_mut().for_each(|finding| self.gate.finding(judged, finding));
        }
        let sources: BTreeMap<&str, String> =
            report.servers.iter().map(|server| (server.slug.as_str(), server.server.source())).collect();
        let source = |tool: &ToolRef| sources.get(tool.server.as_str()).map_or("", String::as_str);
        report.flows.found.iter_mut().for_each(|flow| self.gate.flow(flow, source));
    }

    /// Compares `report` with the lock and warns about changes.
    pub(crate) fn drift(&mut self, report: &Report) -> Option<Drift> {
        let (lock, fail_on) = self.approved.as_ref()?;
        let drift = lock.drift(&lock_without_secrets(report));
        drift::lines(&drift).iter().for_each(|line| self.messages.warning(line));
        let is_off =
            |server: &ServerReport| server.left_unread == Some(LeftUnread::Disabled) || server.server.is_settings();
        let not_all_read = report.servers.iter().any(|server| server.tools_not_read().is_some())
            || report.unread.iter().any(|server| !is_off(server));
        self.drift = if not_all_read {
            Some("not all tools were compared with the lock".into())
        } else {
            fail_on.fails(&drift).then(|| "it is not as it was approved".to_owned())
        };
        Some(drift)
    }

    /// Checks the number of tools of a listing. An empty listing gets a warning, because nothing was checked.
    pub(crate) fn listing(&mut self, server: GatedServer<'_>, tools: usize) {
        if tools == 0 {
            self.gate.empty_server(server);
            self.messages.warning(&format!("{} lists no tools", server.name));
        }
    }

    /// Records that `parts` of a server were not read.
    pub(crate) fn not_read<'a>(&mut self, server: GatedServer<'_>, parts: impl Iterator<Item = &'a Deviation>) {
        let parts: Vec<&Deviation> = parts.collect();
        if let Some(first) = parts.first() {
            self.gate.not_read(server);
            let more = parts.len() - 1;
            let more = if more > 0 { format!(" (and {})", prose::count(more, "other part")) } else { String::new() };
            let name = server.name;
            self.messages.warning(&format!("{name} was not read whole: {}{more}", first.text.trim_end_matches('.')));
        }
    }

    /// Reports the result of the gate and returns the exit code. A failed gate takes precedence over an unread target,
    /// which could not make it pass.
    pub(crate) fn exit(self, all_read: bool) -> Result<Exit, OutputError> {
        let messages = self.messages;
        if let Some(place) = self.update {
            if !all_read {
                messages.warning(&format!("{} is as it was: not everything could be read", place.named()));
                return Ok(Exit::Unread);
            }
            let baseline = self.gate.into_baseline();
            let known = prose::count(baseline.count(), "known problem");
            let content = baseline.content();
            place.write(|out| json::write(&content, out))?;
            messages.note(&format!("wrote {}: {known}", place.named()));
            return Ok(Exit::Done);
        }
        if self.gate.obsolete_entries() > 0 {
            let gone = prose::count(self.gate.obsolete_entries(), "entry");
            messages.warning(&format!("the baseline has {gone} that nothing answers to; --update-baseline drops such"));
        }
        if let Some(accepted) = self.gate.accepted_summary() {
            messages.note(&format!("the gate let through: {accepted}"));
        }
        let failures: Vec<String> = self.gate.failure().into_iter().chain(self.drift).collect();
        if !failures.is_empty() {
            let failed = prose::list(&failures);
            messages.failure(&format!("the gate failed: {failed}"));
            return Ok(Exit::GateFailed);
        }
        if self.gate.entries() > 0 {
            let entries = prose::count(self.gate.entries(), "server");
            messages.note(&format!("the gate checked the entries alone: the tools of {entries} were not read"));
        }
        Ok(if all_read { Exit::Done } else { Exit::Unread })
    }
}

/// The ignores that have expired, with a warning for each. Only the warnings and the gate depend on the current day;
/// reports do not.
fn expired_ignores(config: &Config, messages: Messages) -> BTreeSet<usize> {
    #[expect(clippy::disallowed_methods, reason = "an ignore ends on a day; nothing else depends on it")]
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let over: BTreeSet<usize> = (0..config.ignores.len()).filter(|at| config.ignores[*at].has_expired(today)).collect();
    for at in &over {
        messages
            .warning(&format!("ignores[{at}] of the configuration has expired: {}", config.ignores[*at].looks_for()));
    }
    over
}
