//! `mcp-scan init`: a commented configuration to start from.

use std::path::Path;

use super::Exit;
use super::diagnose::Messages;
use super::output::Destination;
use crate::config::COMMENTED;
use crate::model::TargetError;

/// Writes the file; one that is there already is kept, unless `force` says otherwise.
pub fn run(file: &Path, force: bool, messages: Messages) -> Result<Exit, TargetError> {
    let place = Destination::new("the configuration", file)?;
    if !force && file.exists() {
        return Err(place.error("it is there already", "give another name, or --force to write over it"));
    }
    place.write(|out| out.write_all(COMMENTED.as_bytes()))?;
    messages.note(&format!("wrote {}", place.named()));
    Ok(Exit::Done)
}
