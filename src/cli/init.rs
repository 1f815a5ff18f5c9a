//! `mcp-scan init`: a commented configuration to start from.

use std::path::Path;

use super::diagnose::Messages;
use super::error::{CliError, Unwritable};
use super::exit::Exit;
use super::output::Destination;
use crate::config::COMMENTED;

/// Writes the file; one that is there already is kept, unless `force` says otherwise.
pub(crate) fn run(file: &Path, force: bool, messages: Messages) -> Result<Exit, CliError> {
    let place = Destination::new("the configuration", file)?;
    if !force && file.exists() {
        return Err(place.error(Unwritable::Exists).into());
    }
    place.write(|out| out.write_all(COMMENTED.as_bytes()))?;
    messages.note(&format!("wrote {}", place.named()));
    Ok(Exit::Done)
}
