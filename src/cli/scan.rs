//! `mcp-scan scan`: targets are read, judged, and written as a report, a policy and a site.

use std::path::Path;

use super::args::{CommonArgs, ScanArgs};
use super::artefacts::Artefacts;
use super::config;
use super::consent;
use super::diagnose::Messages;
use super::interrupt;
use super::places::Places;
use super::read::read;
use super::reports::Reports;
use super::resume::Resume;
use super::stream::{self, Stream};
use super::tally::Tally;
use super::targets::{self, Asked};
use super::{Exit, ruleset};
use crate::config::FILE_NAME;
use crate::model::TargetError;
use crate::rules::Ruleset;
use crate::source::Reading;
use crate::text::prose;

/// Runs a scan; with `forced` the targets are one command. An error is one of usage, rules or writing.
pub fn run(args: &ScanArgs, common: &CommonArgs, forced: bool) -> Result<Exit, TargetError> {
    let asked = targets::of_fleet(&args.targets, forced, &args.fleet)?;
    match consent::settle(asked, &args.server, Messages { quiet: common.quiet })? {
        Some(asked) => scan(args, common, asked),
        None => Ok(Exit::Interrupted),
    }
}

/// Scans what was asked for and agreed to.
pub fn scan(args: &ScanArgs, common: &CommonArgs, asked: Vec<Asked>) -> Result<Exit, TargetError> {
    let messages = Messages { quiet: common.quiet };
    let reports = Reports::of(args)?;
    let artefacts = Artefacts::of(args)?;
    let mut ruleset = ruleset(common.rules.as_deref())?;
    choose_profile(&mut ruleset, &args.profile)?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let places = places(args, common, &asked, &reports, &artefacts)?;
    let kept = args.fleet.resume.as_deref().map(|folder| Resume::new(folder, &ruleset, &config)).transpose()?;
    let mut tally = Tally::new(&args.gate, &config, &ruleset, messages)?;
    if tally.streams() && streams(args, &reports, &artefacts, &asked) {
        interrupt::ends_the_program();
        let mut errors = Vec::new();
        tally.used.note_no_flows(&config);
        reports.write_main(|out, _| {
            let mut stream = Stream { ruleset: &ruleset, config: &config, tally: &mut tally, out };
            asked.into_iter().try_for_each(|asked| {
                errors.extend(asked.target.map_or_else(|error| Ok(vec![error]), |target| stream.target(&target))?);
                Ok(())
            })
        })?;
        errors.iter().for_each(|error| messages.error(error));
        config::warn(&config.unmatched(&tally.used), messages);
        return tally.exit(errors.is_empty());
    }
    let done = read(&asked, &args.server, &config, kept.as_ref(), common)?;
    interrupt::ends_the_program();
    let Reading { listings, mut errors } = done.reading;
    if !done.unread.is_empty() {
        errors.iter().for_each(|error| messages.error(error));
        let unread = prose::count(done.unread.len(), "target");
        messages.failure(&format!("the scan was interrupted before {unread} of {} had answered", asked.len()));
        if !listings.is_empty() {
            errors.extend(done.unread);
            let report = crate::report_with(listings, errors, &ruleset, &config);
            reports.write(&report, &ruleset)?;
        }
        return Ok(Exit::Interrupted);
    }
    let mut report = crate::report_with(listings, errors, &ruleset, &config);
    tally.report(&mut report);
    report.drift = tally.drift(&report);
    reports.write(&report, &ruleset)?;
    report.errors.iter().for_each(|error| messages.error(error));
    config::warn(&report.unmatched, messages);
    artefacts.write(&report, &ruleset, &places, messages)?;
    tally.exit(report.errors.is_empty())
}

/// What the run reads and writes; an error when something would be lost.
fn places(
    args: &ScanArgs,
    common: &CommonArgs,
    asked: &[Asked],
    reports: &Reports,
    artefacts: &Artefacts,
) -> Result<Places, TargetError> {
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    let mut places = Places::of(asked)
        .read("the lock", args.gate.lock.as_deref())
        .read("the configuration", Some(configuration))
        .read("the file of targets", args.fleet.targets_file.as_deref())
        .read("the configuration to compare with", args.server.compare_config.as_deref())
        .read("the file of what may be started", args.server.launch_allow.as_deref())
        .read("the folder of rules", common.rules.as_deref());
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

/// Lets the profile `id` decide on policies.
pub fn choose_profile(ruleset: &mut Ruleset, id: &str) -> Result<(), TargetError> {
    if ruleset.choose_profile(id) {
        return Ok(());
    }
    let known: Vec<String> = ruleset.profiles.iter().map(|profile| profile.id.clone()).collect();
    Err(TargetError {
        target: id.to_owned(),
        what: "could not choose the profile".into(),
        why: "no profile has this name".into(),
        hint: Some(format!("there are {}", prose::list(&known))),
    })
}

/// True when nothing asked for needs all tools at once.
fn streams(args: &ScanArgs, reports: &Reports, artefacts: &Artefacts, asked: &[Asked]) -> bool {
    let lines = |asked: &Asked| asked.target.as_ref().map_or(true, stream::is_for);
    reports.stream() && artefacts.is_empty() && args.fleet.resume.is_none() && asked.iter().all(lines)
}
