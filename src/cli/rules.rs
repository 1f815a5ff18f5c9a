//! `mcp-scan rules`: shows, tests and exports the rules.

use std::fs;
use std::path::Path;

use super::args::{RulesCommand, TextFormat};
use super::diagnose::Messages;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::output;
use crate::audit;
use crate::classify::example_failures;
use crate::policy;
use crate::report::{json, rules as pages};
use crate::rules::{BUILTIN, RuleDoc, Ruleset, docs};
use crate::text::prose;

/// Runs a subcommand. `folder` overlays the built-in rules.
pub(crate) fn run(command: &RulesCommand, folder: Option<&Path>, messages: Messages) -> Result<Exit, CliError> {
    match command {
        RulesCommand::List { format } => {
            let docs = docs(&Ruleset::load_with_examples(folder)?);
            output::to_stdout(|out| match format {
                TextFormat::Text => pages::list(&docs, out),
                TextFormat::Json => json::write(&docs, out),
            })?;
        }
        RulesCommand::Show { id, format } => {
            let docs = docs(&Ruleset::load_with_examples(folder)?);
            // A signal and the finding that it causes may have the same id.
            let found: Vec<&RuleDoc> = docs.iter().filter(|doc| doc.id == *id).collect();
            if found.is_empty() {
                return Err(UsageError::new(id, UsageCause::NoRule).into());
            }
            output::to_stdout(|out| match (format, &found[..]) {
                (TextFormat::Json, [doc]) => json::write(doc, out),
                (TextFormat::Json, docs) => json::write(&docs, out),
                (TextFormat::Text, docs) => pages::pages(docs, out),
            })?;
        }
        RulesCommand::Test => return test(&Ruleset::load_with_examples(folder)?, messages),
        RulesCommand::Export { folder } => export(folder)?,
    }
    Ok(Exit::Done)
}

/// Runs all examples and reports those that fail.
fn test(rules: &Ruleset, messages: Messages) -> Result<Exit, CliError> {
    let docs = docs(rules);
    let mut failures = example_failures(rules);
    failures.extend(policy::example_failures(rules));
    failures.extend(audit::example_failures(rules));
    failures.iter().for_each(|failure| messages.warning(failure));
    let examples: usize = docs.iter().map(|doc| doc.applies_to.len() + doc.not_to.len()).sum();
    let (rules, examples) = (prose::count(docs.len(), "rule"), prose::count(examples, "example"));
    output::to_stdout(|out| writeln!(out, "{rules}, {examples}, {} failed", failures.len()))?;
    Ok(if failures.is_empty() { Exit::Done } else { Exit::GateFailed })
}

/// Writes the built-in files into a new folder, so that no existing rules are overwritten.
fn export(folder: &Path) -> Result<(), UsageError> {
    let failed = |cause| UsageError::new(folder.display().to_string(), UsageCause::Export(cause));
    fs::create_dir(folder).map_err(failed)?;
    BUILTIN.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text)).map_err(failed)
}
