//! `mcp-scan eval`: classifies labelled tools and compares the verdicts with the labels.

use std::path::Path;

use super::args::{AnnotationMode, BlindMode, EvalArgs, PartMode, TextFormat};
use super::diagnose::Messages;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::{interrupt, output};
use crate::eval::{
    Accuracy, Evaluation, Hidden, Hints, Part, PoisonEvaluation, PoisonLabel, PoisonLabelError, RuleGroupAccuracy,
    Truth, TruthError, name_in,
};
use crate::model::Tool;
use crate::report::{accuracy, json, recall};
use crate::rules::{Group, Ruleset};
use crate::source::Target;
use crate::source::saved::{Line, Saved};

/// Why a labelled row is unusable.
#[derive(Debug, thiserror::Error)]
enum RowError {
    #[error(transparent)]
    Verdict(#[from] TruthError),
    #[error(transparent)]
    Poisoned(#[from] PoisonLabelError),
}

/// Prints the accuracy over all files, or the accuracy lost without each rule group.
pub(crate) fn run(args: &EvalArgs, rules: Option<&Path>, messages: Messages) -> Result<Exit, CliError> {
    interrupt::ends_the_program();
    if args.findings {
        return count_findings(args, &Ruleset::load(rules)?, messages);
    }
    let figures = |without: &[Group]| {
        let ruleset = without.iter().fold(Ruleset::load(rules)?, |rules, group| rules.without(*group));
        Ok::<_, CliError>(evaluate(args, &ruleset).map_err(|error| messages.end(&error)).ok())
    };
    let Some(whole) = figures(&args.without)? else { return Ok(Exit::Unread) };
    if args.worth {
        let mut lacking = Vec::new();
        for group in Group::ALL.into_iter().filter(|group| !args.without.contains(group)) {
            let without: Vec<Group> = args.without.iter().copied().chain([group]).collect();
            let Some(accuracy) = figures(&without)? else { return Ok(Exit::Unread) };
            lacking.push((group.name(), accuracy));
        }
        let worth = RuleGroupAccuracy::new(whole, lacking);
        output::to_stdout(|out| match args.format {
            TextFormat::Text => accuracy::write_worth(&worth, out),
            TextFormat::Json => json::write(&worth, out),
        })?;
        return Ok(Exit::Done);
    }
    output::to_stdout(|out| match args.format {
        TextFormat::Text => accuracy::write(&whole, args.by_server, out),
        TextFormat::Json => json::write(&whole, out),
    })?;
    Ok(Exit::Done)
}

/// Prints the recall and the false alarms of the findings over all files.
fn count_findings(args: &EvalArgs, ruleset: &Ruleset, messages: Messages) -> Result<Exit, CliError> {
    let mut evaluation = PoisonEvaluation::new(ruleset);
    let mut add = |row: Line| {
        let label = PoisonLabel::from_row(&row.raw)?;
        let name = name_in(&row.raw)?.to_owned();
        evaluation.add(row.server, Tool { name, ..row.tool }, label);
        Ok::<_, RowError>(())
    };
    if let Err(error) = args.files.iter().try_for_each(|file| each_row(file, &mut add)) {
        messages.end(&error);
        return Ok(Exit::Unread);
    }
    let figures = evaluation.finish();
    output::to_stdout(|out| match args.format {
        TextFormat::Text => recall::write(&figures, out),
        TextFormat::Json => json::write(&figures, out),
    })?;
    Ok(Exit::Done)
}

/// The accuracy over all files. A row without a readable label is an error, because figures for some rows would look
/// like figures for all.
fn evaluate(args: &EvalArgs, ruleset: &Ruleset) -> Result<Accuracy, CliError> {
    let hints = match args.annotations {
        AnnotationMode::Withhold => Hints::Withhold,
        AnnotationMode::Use => Hints::Use,
        AnnotationMode::Lie => Hints::Lie,
    };
    let hidden = args.blind.iter().map(|part| match part {
        BlindMode::Names => Hidden::Names,
        BlindMode::Descriptions => Hidden::Descriptions,
        BlindMode::Schemas => Hidden::Schemas,
    });
    let part = args.part.map(|part| match part {
        PartMode::Work => Part::Work,
        PartMode::Sealed => Part::Sealed,
    });
    let mut evaluation = Evaluation::new(ruleset, hints, hidden.collect(), part);
    let mut add = |row: Line| {
        let truth = Truth::new(&row.raw)?;
        evaluation.add(row.server, row.tool, &truth);
        Ok::<_, RowError>(())
    };
    args.files.iter().try_for_each(|file| each_row(file, &mut add))?;
    Ok(evaluation.finish())
}

fn each_row(file: &Path, add: &mut dyn FnMut(Line) -> Result<(), RowError>) -> Result<(), CliError> {
    let target = if file == Path::new("-") { Target::Stdin } else { Target::File(file.to_owned()) };
    let saved = Saved::open(&target)?;
    for row in saved.lines() {
        let number = row.number;
        let added = match &row.tool.error {
            Some(why) if row.raw.is_null() => Err(why.clone()),
            _ => add(row).map_err(|why| format!("line {number}: {why}")),
        };
        added.map_err(|why| UsageError::new(target.display(), UsageCause::Labels(why)))?;
    }
    Ok(())
}
