//! `--merge`: a policy that is there is kept, and learns what is new.

use std::path::Path;

use super::read_text;
use crate::cli::artefacts::{named, tell_of};
use crate::cli::diagnose::Messages;
use crate::cli::output::Destination;
use crate::model::TargetError;
use crate::policy::{self, Dialect, Policy, PolicyFile};
use crate::text::prose;

/// An error when one of `files` is not of the format that can be merged into.
pub fn is_possible<'a>(files: impl Iterator<Item = (Dialect, &'a Path)>) -> Result<(), TargetError> {
    for (dialect, path) in files {
        if dialect != Dialect::Intercept {
            let why = format!("only intercept files can be merged into, and {} was asked for", dialect.name());
            return Err(error(path, why, "leave out --merge, or write this format to another file"));
        }
    }
    Ok(())
}

/// Merges the policy of `file` into the file that is there, and says what came of it.
pub fn merge(file: &PolicyFile, messages: Messages) -> Result<(), TargetError> {
    let PolicyFile { path, policy, .. } = file;
    let place = Destination::new("the policy", path)?;
    let text = read_text(path)?;
    let merged = policy::merge(&text, policy)
        .map_err(|cause| error(path, cause.to_string(), "the file is as it was; mend it, or write to another one"))?;
    let name = place.named();
    if merged.text == text {
        messages.note(&format!("{name} is up to date"));
    } else {
        place.write(|out| out.write_all(merged.text.as_bytes()))?;
        messages.note(&format!("merged into {name}"));
    }
    for (what, tools) in
        [("new", &merged.added), ("no longer listed", &merged.vanished), ("judged otherwise now", &merged.changed)]
    {
        if !tools.is_empty() {
            messages.note(&format!("{name}: {} {what}: {}", prose::count(tools.len(), "tool"), named(tools)));
        }
    }
    let is_new = |tool: &String| merged.added.contains(tool);
    let rules = policy.rules.iter().filter(|rule| is_new(&rule.tool)).cloned().collect();
    tell_of(&Policy { rules, ..policy.clone() }, Dialect::Intercept, &name, messages);
    Ok(())
}

fn error(path: &Path, why: String, hint: &str) -> TargetError {
    TargetError {
        target: path.display().to_string(),
        what: "could not merge into the policy".into(),
        why,
        hint: Some(hint.into()),
    }
}
