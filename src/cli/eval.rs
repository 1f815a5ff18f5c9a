//! `mcp-scan eval`: classifies labelled tools and counts the verdicts against the labels.

use std::path::Path;

use super::args::{AnnotationMode, BlindMode, EvalArgs, PartMode, TextFormat};
use super::diagnose::Messages;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::{interrupt, output};
use crate::eval::{Accuracy, Evaluation, Hidden, Hints, Part, Truth, Worth};
use crate::report::{accuracy, json};
use crate::rules::{Group, Ruleset};
use crate::source::Target;
use crate::source::saved::Saved;

/// Prints the figures over all files together, or what each group of rules is worth there.
pub fn run(args: &EvalArgs, rules: Option<&Path>, messages: Messages) -> Result<Exit, CliError> {
    interrupt::ends_the_program();
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
        let worth = Worth::of(whole, lacking);
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

/// The figures over all files together. A row without a readable label is an error: figures over a part of the rows
/// would look like figures over all of them.
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
    args.files.iter().try_for_each(|file| add(&mut evaluation, file))?;
    Ok(evaluation.finish())
}

/// Judges the rows of one file.
fn add(evaluation: &mut Evaluation<'_>, file: &Path) -> Result<(), CliError> {
    let target = if file == Path::new("-") { Target::Stdin } else { Target::File(file.to_owned()) };
    let saved = Saved::open(&target)?;
    for row in saved.lines() {
        let truth = match &row.tool.error {
            Some(why) if row.raw.is_null() => Err(why.clone()),
            _ => Truth::of(&row.raw).map_err(|why| format!("line {}: {why}", row.number)),
        };
        let truth = truth.map_err(|why| UsageError::new(target.display(), UsageCause::Labels(why)))?;
        evaluation.add(row.server, row.tool, &truth);
    }
    Ok(())
}
