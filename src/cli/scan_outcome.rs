//! What a scan comes to: warnings, the gate, the exit code.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::{FailOnDrift, GateArgs};
use super::diagnose::Messages;
use super::error::{CliError, OutputError, UsageCause, UsageError};
use super::exit::Exit;
use super::output::Destination;
use crate::audit::{
    Baseline,
    gate::{Gate, Judged},
    lock::Lock,
};
use crate::config::{Config, MatchedEntries};
use crate::model::{Deviation, Drift, Report, ToolReport};
use crate::report::{drift, json};
use crate::rules::Ruleset;
use crate::text::likely::likely;
use crate::text::prose;

/// Counted as the tools go by, so that a stream needs no list of them.
#[derive(Debug)]
pub(crate) struct ScanOutcome {
    /// Which entries of the configuration left a mark.
    pub(crate) used: MatchedEntries,
    gate: Gate,
    needs_all: bool,
    /// The baseline that is to be written.
    update: Option<Destination>,
    /// What was approved, and which change of it fails.
    approved: Option<(Lock, FailOnDrift)>,
    /// What has changed of it that fails, for people.
    drift: Option<String>,
    messages: Messages,
}

impl ScanOutcome {
    /// Nothing counted yet. An error is a gate that could not work as it is asked for.
    pub(crate) fn new(
        args: &GateArgs,
        force: bool,
        config: &Config,
        ruleset: &Ruleset,
        messages: Messages,
    ) -> Result<Self, CliError> {
        let thresholds = config.thresholds(&args.fail_on);
        if let Some(id) = Gate::useless(&thresholds, ruleset) {
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

    /// True when a tool can be counted without the others of its server.
    pub(crate) fn streams(&self) -> bool {
        !self.needs_all
    }

    /// Says what the gate asks for and a listing that is judged line by line cannot answer.
    pub(crate) fn warn_of_lines(&self, ruleset: &Ruleset) {
        let unseen = self.gate.unseen_in_single_tools(ruleset);
        if !unseen.is_empty() {
            let (unseen, are) = (prose::list(&unseen), if unseen.len() == 1 { "is" } else { "are" });
            self.messages.warning(&format!(
                "{unseen} {are} not looked for, because JSONL is judged line by line: --format json looks for all"
            ));
        }
    }

    /// Counts one tool of `server`, and marks what the baseline knows.
    pub(crate) fn tool(&mut self, server: Judged<'_>, tool: &mut ToolReport) {
        self.used.note(tool);
        self.gate.tool(server, tool);
    }

    /// Counts everything in `report`, and marks what the baseline knows.
    pub(crate) fn report(&mut self, report: &mut Report) {
        for server in &mut report.servers {
            let judged = Judged { name: &server.server.name, target: server.server.read_from() };
            self.listing(judged, server.tools.len());
            self.not_read(judged, server.not_read());
            server.tools.iter_mut().for_each(|tool| self.tool(judged, tool));
            self.used.note_findings(&server.own_findings);
            server.own_findings.iter_mut().for_each(|finding| self.gate.finding(judged, finding));
            server.grade.iter().for_each(|grade| self.gate.grade(judged, grade));
        }
        for server in &mut report.unread {
            let judged = Judged { name: &server.server.name, target: server.server.read_from() };
            server.own_findings.iter_mut().for_each(|finding| self.gate.finding(judged, finding));
        }
        report.flows.found.iter_mut().for_each(|flow| self.gate.flow(flow));
    }

    /// Compares everything in `report` with what was approved, and tells what has changed.
    pub(crate) fn drift(&mut self, report: &Report) -> Option<Drift> {
        let (lock, fail_on) = self.approved.as_ref()?;
        let drift = lock.drift(&Lock::of(report));
        drift::lines(&drift).iter().for_each(|line| self.messages.warning(line));
        self.drift = if report.servers.iter().any(|server| server.tools_not_read().is_some()) {
            Some("not all tools were compared with the lock".into())
        } else {
            fail_on.fails(&drift).then(|| "it is not as it was approved".to_owned())
        };
        Some(drift)
    }

    /// Counts one listing by how many tools it has; one without any is doubtful, for what should have been judged
    /// was not seen.
    pub(crate) fn listing(&mut self, server: Judged<'_>, tools: usize) {
        if tools == 0 {
            self.gate.empty_server(server);
            self.messages.warning(&format!("{} lists no tools", server.name));
        }
    }

    /// Counts one server with the `parts` that were not read.
    pub(crate) fn not_read<'a>(&mut self, server: Judged<'_>, parts: impl Iterator<Item = &'a Deviation>) {
        let parts: Vec<&Deviation> = parts.collect();
        if let Some(first) = parts.first() {
            self.gate.not_read(server);
            let more = parts.len() - 1;
            let more = if more > 0 { format!(" (and {})", prose::count(more, "other part")) } else { String::new() };
            let name = server.name;
            self.messages.warning(&format!("{name} was not read whole: {}{more}", first.text.trim_end_matches('.')));
        }
    }

    /// The exit code, and what the gate says. A gate that failed outweighs a target that could not be read: it has
    /// failed whatever that target holds.
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
        if self.gate.gone() > 0 {
            let gone = prose::count(self.gate.gone(), "entry");
            messages.warning(&format!("the baseline has {gone} that nothing answers to; --update-baseline drops such"));
        }
        if let Some(told) = self.gate.let_through() {
            messages.note(&format!("the gate let through: {told}"));
        }
        let failures: Vec<String> = self.gate.failure().into_iter().chain(self.drift).collect();
        if !failures.is_empty() {
            let told = prose::list(&failures);
            messages.failure(&format!("the gate failed: {told}"));
            return Ok(Exit::GateFailed);
        }
        Ok(if all_read { Exit::Done } else { Exit::Unread })
    }
}

/// The ignores that have expired today, each with a warning. Nothing else depends on the day, so that a report does not
/// depend on when it is written.
fn expired_ignores(config: &Config, messages: Messages) -> BTreeSet<usize> {
    #[expect(clippy::disallowed_methods, reason = "an ignore ends on a day; nothing else depends on it")]
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let over: BTreeSet<usize> = (0..config.ignores.len()).filter(|at| config.ignores[*at].is_over(today)).collect();
    for at in &over {
        messages
            .warning(&format!("ignores[{at}] of the configuration has expired: {}", config.ignores[*at].looks_for()));
    }
    over
}
