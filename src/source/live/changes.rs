//! Follows a server that announces other tools after it has listed them, as some do that register tools late. What it lists
//! last counts; a tool that it takes back was never seen by a client that comes later, and the other way round.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::items::Declared;
use super::list_error::ListError;
use super::pages::{Connection, Listed, MAX_TOOLS};
use crate::model::{NotRead, Tool};
use crate::source::Offers;
use crate::source::decode::Decoder;

/// How long to wait for an announcement that follows the listing. A server that is no attack registers all tools at once.
const PATIENCE: Duration = Duration::from_millis(50);
/// The same for a server that does not declare announcements. Some clients follow them nevertheless.
const PATIENCE_UNDECLARED: Duration = Duration::from_millis(10);
/// The same where other faces of a server are looked for.
const PATIENCE_FOR_FACES: Duration = Duration::from_secs(1);
/// Maximum number of times that the tools are listed again.
const MAX_TIMES: usize = 3;

/// Lists the tools again as long as the server announces that they have changed, until `end`.
pub(super) async fn follow(connection: &mut Connection<'_>, declared: &Declared, end: Instant, decoder: &mut Decoder) {
    for _ in 0..MAX_TIMES {
        if !is_announced(connection, declared).await {
            return;
        }
        let mut again = Decoder::with_limit(MAX_TOOLS);
        let listed = timeout_at(end, connection.list(Listed::Tools, &mut again)).await;
        if let Err(cause) = listed.unwrap_or(Err(ListError::TotalLimit)) {
            let text = format!("The server announced other tools, which could not be listed: {cause}.");
            decoder.note_unread("changed-tools-not-listed", None, &text, NotRead::Tools);
            return;
        }
        replace_tools(decoder, again);
    }
    if is_announced(connection, declared).await {
        let text = "The server went on announcing other tools; what it lists now was not read.";
        decoder.note_unread("changed-tools-not-listed", None, text, NotRead::Tools);
    }
}

/// True if the server announced other tools since they were listed.
async fn is_announced(connection: &Connection<'_>, declared: &Declared) -> bool {
    if connection.journal.take_announced_tools() {
        return true;
    }
    sleep(match connection.options.offers {
        Offers::Everything => PATIENCE_FOR_FACES,
        Offers::Nothing | Offers::Roots if declared.announces_tools => PATIENCE,
        Offers::Nothing | Offers::Roots => PATIENCE_UNDECLARED,
    })
    .await;
    connection.journal.take_announced_tools()
}

/// Takes the tools of `again`, and notes if it lacks a tool that was listed before.
fn replace_tools(decoder: &mut Decoder, again: Decoder) {
    let name = |tool: &Tool| tool.name.clone();
    let before = std::mem::replace(&mut decoder.tools, again.tools);
    let now: HashMap<String, &Tool> = decoder.tools.iter().map(|tool| (name(tool), tool)).collect();
    let is_kept = |tool: &Tool| now.get(&tool.name).is_some_and(|now| *now == tool);
    let has_taken_back = !before.iter().all(is_kept);
    let new = again.deviations.into_iter().filter(|found| !decoder.deviations.contains(found));
    let new: Vec<_> = new.collect();
    decoder.deviations.extend(new);
    if has_taken_back && !decoder.deviations.iter().any(|found| found.id == "tools-taken-back") {
        let text = "The server listed tools that it has changed or taken back while it was read.";
        decoder.note_unread("tools-taken-back", None, text, NotRead::Part);
    }
    decoder.beside.extend(again.beside);
    let texts = again.texts.into_iter().filter(|text| !decoder.texts.contains(text));
    let texts: Vec<_> = texts.collect();
    decoder.texts.extend(texts);
}
