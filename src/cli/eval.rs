//! `mcp-scan eval`: labelled tools are judged and the verdicts counted against the labels.

use std::path::Path;

use super::args::{AnnotationMode, EvalArgs, TextFormat};
use super::diagnose::Messages;
use super::{Exit, output, ruleset};
use crate::eval::{Evaluation, Hints, Truth};
use crate::model::TargetError;
use crate::report::{accuracy, json};
use crate::source::Target;
use crate::source::saved::Saved;

/// Prints the figures over all files together. A row without a readable label is an error: figures over a part of the
/// rows would look like figures over all of them.
pub fn run(args: &EvalArgs, rules: Option<&Path>, messages: Messages) -> Result<Exit, TargetError> {
    let ruleset = ruleset(rules)?;
    let hints = match args.annotations {
        AnnotationMode::Withhold => Hints::Withhold,
        AnnotationMode::Use => Hints::Use,
        AnnotationMode::Lie => Hints::Lie,
    };
    let mut evaluation = Evaluation::new(&ruleset, hints);
    for file in &args.files {
        if let Err(error) = add(&mut evaluation, file) {
            messages.error(&error);
            return Ok(Exit::Unread);
        }
    }
    let figures = evaluation.finish();
    output::to_stdout(|out| match args.format {
        TextFormat::Text => accuracy::write(&figures, out),
        TextFormat::Json => json::write(&figures, out),
    })?;
    Ok(Exit::Done)
}

/// Judges the rows of one file.
fn add(evaluation: &mut Evaluation<'_>, file: &Path) -> Result<(), TargetError> {
    let target = if file == Path::new("-") { Target::Stdin } else { Target::File(file.to_owned()) };
    let saved = Saved::open(&target)?;
    for row in saved.lines() {
        let truth = match &row.tool.error {
            Some(why) if row.raw.is_null() => Err(why.clone()),
            _ => Truth::of(&row.raw).map_err(|why| format!("line {}: {why}", row.number)),
        };
        let truth = truth.map_err(|why| TargetError {
            target: target.display(),
            what: "could not read the labelled tools".into(),
            why,
            hint: Some(
                "give JSONL with a tool a line and its label (Read, Write, Execute, Destructive, Financial, NonRead)"
                    .into(),
            ),
        })?;
        evaluation.add(row.server, row.tool, &truth);
    }
    Ok(())
}
