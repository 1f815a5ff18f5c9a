//! Requests all pages of a list, within the limits of one listing.

use std::collections::HashSet;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{
    ClientRequest, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest, ListSkillsRequest,
    ListToolsRequest, PaginatedRequestParams,
};
use rmcp::service::Peer;
use serde_json::Value;
use tokio::time::timeout;

use super::journal::Journal;
use super::list_error::{ListError, request_error};
use crate::model::{ItemKind, NotRead};
use crate::source::Options;
use crate::source::decode::{self, Decoder};
use crate::source::secret::KnownSecrets;
use crate::text::{clean, digest};

/// Maximum number of tools of a live listing. The largest real one has a few hundred.
pub(super) const MAX_TOOLS: usize = 10_000;
/// Maximum number of pages of a list. Real ones have one.
const MAX_PAGES: usize = 100;
/// Maximum size of a live listing, in bytes of JSON. The largest real one has 600,000.
const MAX_LISTING: usize = 64 << 20;

/// The type of a result that holds the answer. One of another type asks for something first.
const COMPLETE: &str = "complete";
/// Longest key in a message, in characters.
const MAX_KEY: usize = 60;

/// What is noted of a server that begins again, or refuses, when its empty cursor is sent back. To others it is a cursor
/// like any, and more pages follow.
const NO_END: &str = "The last page has an empty `nextCursor` instead of none.";

/// A list that a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listed {
    Tools,
    Items(ItemKind),
}

impl Listed {
    /// The method that requests it.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Items(ItemKind::Prompt) => "prompts/list",
            Self::Items(ItemKind::Resource) => "resources/list",
            Self::Items(ItemKind::ResourceTemplate) => "resources/templates/list",
            Self::Items(ItemKind::Skill) => "skills/list",
        }
    }

    /// The key of a page that holds its entries.
    fn key(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Items(ItemKind::Prompt) => "prompts",
            Self::Items(ItemKind::Resource) => "resources",
            Self::Items(ItemKind::ResourceTemplate) => "resourceTemplates",
            Self::Items(ItemKind::Skill) => "skills",
        }
    }

    /// The word for several: "tools".
    pub(crate) fn plural(self) -> String {
        match self {
            Self::Tools => "tools".into(),
            Self::Items(kind) => format!("{}s", kind.name()),
        }
    }

    fn request(self, cursor: Option<String>) -> ClientRequest {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        match self {
            Self::Tools => ListToolsRequest::with_param(params).into(),
            Self::Items(ItemKind::Prompt) => ListPromptsRequest::with_param(params).into(),
            Self::Items(ItemKind::Resource) => ListResourcesRequest::with_param(params).into(),
            Self::Items(ItemKind::ResourceTemplate) => ListResourceTemplatesRequest::with_param(params).into(),
            Self::Items(ItemKind::Skill) => ListSkillsRequest::with_param(params).into(),
        }
    }

    /// What is unknown if the list was not read to its end.
    fn not_read(self) -> NotRead {
        match self {
            Self::Tools => NotRead::Tools,
            Self::Items(_) => NotRead::Part,
        }
    }
}

/// Notes a page that says under other names than those of the protocol that there is more.
fn note_unfinished(page: &Value, list: Listed, decoder: &mut Decoder) {
    let is_cursor =
        |key: &&String| key.replace(['_', '-'], "").eq_ignore_ascii_case("nextCursor") && *key != "nextCursor";
    let meta = page.get("_meta").and_then(Value::as_object).into_iter().flatten();
    let mut keys = page.as_object().into_iter().flatten().chain(meta).filter(|(_, value)| !value.is_null());
    if let Some((key, _)) =
        keys.find(|(key, _)| is_cursor(key) || page.get("nextCursor").is_none() && *key == "nextCursor")
    {
        let key = clean::excerpt(key, MAX_KEY);
        let text = format!(
            "A page has `{key}` in another place or spelling than the protocol's; what follows it was not read."
        );
        decoder.note_unread("cursor-elsewhere", None, &text, list.not_read());
    }
    let kind = page.get("resultType").and_then(Value::as_str).filter(|kind| *kind != COMPLETE);
    if let Some(kind) = kind {
        let kind = clean::excerpt(kind, MAX_KEY);
        let text = format!("The {} were not listed: the result is of the type `{kind}`.", list.plural());
        decoder.note_unread("result-not-complete", None, &text, list.not_read());
    }
}

/// A connection after the handshake, with what one listing may still take.
pub(crate) struct Connection<'a> {
    peer: &'a Peer<RoleClient>,
    pub(super) journal: &'a Journal,
    secrets: &'a KnownSecrets,
    pub(super) options: &'a Options,
    /// The bytes of JSON that are left.
    room: usize,
    /// The limit for one response.
    pub(super) limit: Duration,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(
        peer: &'a Peer<RoleClient>,
        journal: &'a Journal,
        secrets: &'a KnownSecrets,
        options: &'a Options,
    ) -> Self {
        Self { peer, journal, secrets, options, room: MAX_LISTING, limit: options.request_timeout }
    }

    /// Requests `list` page by page and adds it to `decoder`.
    pub(crate) async fn list(&mut self, list: Listed, decoder: &mut Decoder) -> Result<(), ListError> {
        let (method, plural) = (list.method(), list.plural());
        if list == Listed::Tools {
            // What was announced before is in the listing that follows.
            self.journal.take_announced_tools();
        }
        let mut cursor: Option<String> = None;
        let mut seen = HashSet::new();
        let mut first_page = None;
        let mut seen_pages = HashSet::new();
        for number in 1..=MAX_PAGES {
            let page = if number == 1 { String::new() } else { format!(" (page {number})") };
            self.options.progress(&format!("listing the {plural}{page}"));
            let is_doubtful = cursor.as_ref().is_some_and(String::is_empty);
            let answer = self.request(list.request(cursor.take()), &format!("{method}{page}")).await;
            if is_doubtful && answer.as_ref().is_err_and(|cause| matches!(cause, ListError::Refused { .. })) {
                decoder.note("cursor-empty", None, NO_END);
                return Ok(());
            }
            let Some(page) = answer? else {
                let text = format!("The listing is larger than {} MiB; the rest was left out.", MAX_LISTING >> 20);
                decoder.note_unread("listing-too-large", None, &text, list.not_read());
                return Ok(());
            };
            let items = digest::of_json(page.get(list.key()).unwrap_or(&Value::Null));
            if is_doubtful && first_page.as_ref() == Some(&items) {
                decoder.note("cursor-empty", None, NO_END);
                return Ok(());
            }
            first_page.get_or_insert_with(|| items.clone());
            note_unfinished(&page, list, decoder);
            decoder.beside_list(&page);
            // A server that does not read cursors sends the same page again: its entries are no second ones.
            if seen_pages.insert(items) {
                match list {
                    Listed::Tools => decoder.page(&page),
                    Listed::Items(kind) => decoder.items_of(kind, &page),
                }
            }
            let next = match page.get("nextCursor") {
                None | Some(Value::Null) => return Ok(()),
                Some(Value::String(next)) => next.clone(),
                Some(odd) => {
                    let text = format!("`nextCursor` is {} instead of a string.", decode::kind(odd));
                    decoder.note("cursor-not-string", None, &text);
                    odd.to_string()
                }
            };
            if !seen.insert(next.clone()) {
                let text = "A `nextCursor` came twice; the listing was ended there.";
                decoder.note_unread("cursor-repeated", None, text, list.not_read());
                return Ok(());
            }
            if list == Listed::Tools && decoder.is_full() {
                decoder.note_too_many();
                return Ok(());
            }
            cursor = Some(next);
        }
        let text = format!("The server has more than {MAX_PAGES} pages of {plural}; the rest was left out.");
        decoder.note_unread("too-many-pages", None, &text, list.not_read());
        Ok(())
    }

    /// Sends `request` and returns its whole result, secrets redacted. `None` if the listing is too large with it.
    pub(crate) async fn request(&mut self, request: ClientRequest, name: &str) -> Result<Option<Value>, ListError> {
        match timeout(self.limit, self.peer.send_request(request)).await {
            Ok(answer) => drop(answer.map_err(|error| request_error(name, error))?),
            Err(_) => return Err(ListError::RequestLimit(name.to_owned())),
        }
        let mut result = self.journal.take_page().unwrap_or_default();
        if self.secrets.hide_in(&mut result) {
            self.journal.note_redacted_text();
        }
        let size = decode::size(&result);
        let Some(left) = self.room.checked_sub(size) else { return Ok(None) };
        self.room = left;
        let spent = self.options.budget.spend(size as u64);
        spent.map_err(|cause| ListError::OverLimit { request: name.to_owned(), limit: cause.to_string() })?;
        Ok(Some(result))
    }
}
