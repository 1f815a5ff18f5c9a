//! `mcp-scan scan`: reads targets, checks them, and writes a report, policies and a site.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use super::add;
use super::args::{CommonArgs, ScanArgs};
use super::artefacts::Artefacts;
use super::error::{CliError, OutputError};
use super::exit::Exit;
use super::interrupt;
use super::next_command::next_command;
use super::places::Places;
use super::reports::Reports;
use super::resume::Resume;
use super::scan_outcome::ScanOutcome;
use super::session::Session;
use super::stream::{self, Stream};
use super::targets::{self, RequestedTarget};
use crate::config::FILE_NAME;
use crate::source::client::ServerEntry;

/// Scans the targets. With `forced` they are one command.
pub(crate) fn run(args: &ScanArgs, common: &CommonArgs, forced: bool) -> Result<Exit, CliError> {
    let requested = targets::of_fleet(&args.targets, forced, &args.fleet)?;
    let (session, outputs) = start(args, common)?;
    let requested = session.agree_and_judge(requested, &args.server)?;
    scan(args, session, requested, &outputs)
}

/// Scans servers from configurations.
pub(crate) fn run_found(args: &ScanArgs, common: &CommonArgs, found: Vec<ServerEntry>) -> Result<Exit, CliError> {
    let (session, outputs) = start(args, common)?;
    let requested = session.agree_and_judge_found(found, &args.server)?;
    scan(args, session, requested, &outputs)
}

/// What a scan writes.
struct Outputs {
    reports: Reports,
    artefacts: Artefacts,
}

fn start<'a>(args: &ScanArgs, common: &'a CommonArgs) -> Result<(Session<'a>, Outputs), CliError> {
    let session = Session::start(common, &args.config, &args.profile)?.with_settings(&args.set)?;
    let outputs = Outputs { reports: Reports::new(args, common)?, artefacts: Artefacts::new(args)? };
    let kept = [&args.gate.lock, &args.gate.baseline, &args.fleet.resume].into_iter().flatten().cloned();
    let reports = outputs.reports.places().map(|place| place.named_path().to_owned());
    let site = outputs.artefacts.site().map(Path::to_owned);
    let written = kept.chain(reports).chain(outputs.artefacts.policies()).chain(site);
    let written: Vec<PathBuf> = written.collect();
    Ok((session.writing(written), outputs))
}

fn scan(
    args: &ScanArgs,
    session: Session<'_>,
    requested: Vec<RequestedTarget>,
    outputs: &Outputs,
) -> Result<Exit, CliError> {
    let Outputs { reports, artefacts } = outputs;
    // The rules and the report are needed until the process ends, and to free each of their many texts takes longer than a small
    // scan.
    let mut session = ManuallyDrop::new(session);
    let places = places(args, &session, &requested, reports, artefacts)?;
    let mut tally = ScanOutcome::new(&args.gate, args.force, &session.config, &session.ruleset, session.messages)?;
    tally.lock().iter().for_each(|lock| session.recall(lock));
    let Session { ruleset, config, messages, .. } = &*session;
    let kept = args.fleet.resume.as_deref().map(|folder| Resume::new(folder, ruleset, config)).transpose()?;
    if tally.streams() && streams(args, reports, artefacts, &requested) {
        interrupt::ends_the_program();
        let mut errors = Vec::new();
        tally.used.note_no_flows(config);
        reports.write_main(|out, _| {
            let mut stream = Stream { ruleset, config, tally: &mut tally, out };
            requested.into_iter().try_for_each(|requested| {
                errors.extend(requested.target.map_or_else(|error| Ok(vec![error]), |target| stream.target(&target))?);
                Ok(())
            })
        })?;
        errors.iter().for_each(|error| messages.error(error));
        session.warn_unmatched(&config.unmatched(&tally.used));
        return Ok(tally.exit(errors.is_empty())?);
    }
    let outcome = session.read_some(&requested, &args.server, kept.as_ref())?;
    kept.iter().for_each(|kept| kept.note(*messages));
    let interruption = outcome.interruption(requested.len());
    let mut reading = outcome.reading;
    if let Some(interruption) = interruption {
        reading.errors.iter().for_each(|error| messages.error(error));
        if !reading.listings.is_empty() {
            reading.errors.extend(outcome.interrupted);
            reports.write(&session.report(reading), ruleset, None)?;
        }
        return Err(interruption);
    }
    let mut report = ManuallyDrop::new(session.report(reading));
    tally.report(&mut report, ruleset);
    report.drift = tally.drift(&report);
    let client = add::known_client().map(|client| client.name.id);
    reports.write(&report, ruleset, next_command(&report, args, &requested, client, messages.verbose).as_deref())?;
    session.diagnose(&report);
    artefacts.write(&report, ruleset, &places, *messages)?;
    Ok(tally.exit(report.failures().next().is_none())?)
}

/// The inputs and outputs of the run. Fails if an output would overwrite something.
fn places(
    args: &ScanArgs,
    session: &Session<'_>,
    requested: &[RequestedTarget],
    reports: &Reports,
    artefacts: &Artefacts,
) -> Result<Places, OutputError> {
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    let mut places = Places::new(requested)
        .read("the lock", args.gate.lock.as_deref())
        .read("the configuration", Some(configuration))
        .read("the file of targets", args.fleet.targets_file.as_deref())
        .read("the lock file of packages", args.server.lockfile.as_deref())
        .read("the configuration to compare with", args.server.compare_config.as_deref())
        .read("the file of what may be started", args.server.launch_allow.as_deref())
        .read_folder("the folder of rules", session.rules_folder());
    if let Some(baseline) = &args.gate.baseline {
        if args.gate.update_baseline {
            places.write("the baseline", baseline)?;
        } else {
            places = places.read("the baseline", Some(baseline));
        }
    }
    reports.places().try_for_each(|place| places.write(place.what(), place.named_path()))?;
    artefacts.policies().into_iter().try_for_each(|path| places.write("the policy", &path))?;
    artefacts.site().map_or(Ok(()), |folder| places.fill("the catalogue", folder))?;
    args.fleet.resume.as_deref().map_or(Ok(()), |folder| places.fill("the results of targets", folder))?;
    Ok(places)
}

/// True if no requested output needs all tools at once.
fn streams(args: &ScanArgs, reports: &Reports, artefacts: &Artefacts, requested: &[RequestedTarget]) -> bool {
    let lines = |requested: &RequestedTarget| requested.target.as_ref().map_or(true, stream::is_for);
    reports.stream() && artefacts.is_empty() && args.fleet.resume.is_none() && requested.iter().all(lines)
}
