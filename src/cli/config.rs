//! Which configuration is in force.

use std::fs;
use std::path::Path;

use super::args::ConfigArgs;
use super::diagnose::Messages;
use crate::config::{Config, FILE_NAME};
use crate::model::{TargetError, Unmatched};
use crate::rules::Ruleset;
use crate::text::prose;

/// The file that `args` name, else `mcp-scan.yaml` in the working folder, else nothing. A file that nobody named is told
/// of: it may have come with the folder. An error when it speaks of what `ruleset` does not know.
pub fn config(args: &ConfigArgs, ruleset: &Ruleset, messages: Messages) -> Result<Config, TargetError> {
    let found = || (!args.no_config && Path::new(FILE_NAME).is_file()).then(|| Path::new(FILE_NAME));
    let Some(file) = args.config.as_deref().or_else(found) else { return Ok(Config::default()) };
    let failed = |why: String| TargetError {
        target: file.display().to_string(),
        what: "could not read the configuration".into(),
        why,
        hint: Some("`mcp-scan init` writes a commented file of the right form".into()),
    };
    let text = fs::read_to_string(file).map_err(|cause| failed(cause.to_string()))?;
    let config = Config::parse(&file.display().to_string(), &text).map_err(|error| failed(error.cause))?;
    config.check(ruleset).map_err(|why| TargetError {
        hint: Some("`mcp-scan rules list` has the findings and the flows; in an id, `*` stands for anything".into()),
        ..failed(why)
    })?;
    if args.config.is_none() {
        let overrides = prose::count(config.overrides.len(), "override");
        let ignores = prose::count(config.ignores.len(), "ignore");
        let servers = prose::count(config.servers.len(), "server");
        messages.note(&format!("{FILE_NAME} is in force: {overrides}, {ignores}, {servers}"));
    }
    Ok(config)
}

/// Tells of entries that nothing answered to.
pub fn warn(unmatched: &[Unmatched], messages: Messages) {
    for Unmatched { entry, text } in unmatched {
        messages.warning(&format!("{entry} of the configuration matches nothing: {text}"));
    }
}
