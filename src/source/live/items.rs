//! Lists what a server declares besides tools: prompts, resources, resource templates and skills. The tools are known
//! by then, so a failure is recorded and loses nothing else.

use std::time::Duration;

use rmcp::model::{
    ClientRequest, GetPromptRequest, GetPromptRequestParams, ReadResourceRequest, ReadResourceRequestParams,
    SKILLS_EXTENSION_ID,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::list_error::ListError;
use super::pages::{Connection, Listed};
use crate::model::{Item, ItemKind, NotRead};
use crate::source::decode::{Decoder, items};
use crate::source::secret::hide_in_report;
use crate::text::clean;

/// How long to wait for one response. It only says what else is there, so it may take less time than the tools.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same after a request without a response.
const PATIENCE_AFTER_SILENCE: Duration = Duration::from_secs(2);
/// Maximum number of items whose content is read.
const MAX_READ: usize = 100;
/// Maximum size of one content that is kept, in bytes of JSON.
const MAX_CONTENT: usize = 1 << 20;
/// Longest name in a deviation, in characters.
const MAX_QUOTE: usize = 80;

/// What a server declares in its handshake.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Declared {
    pub(crate) tools: bool,
    /// It notifies clients when its tools change.
    pub(crate) announces_tools: bool,
    prompts: bool,
    resources: bool,
    skills: bool,
}

impl Declared {
    pub(crate) fn new(handshake: &Value) -> Self {
        let capabilities = handshake.get("capabilities").unwrap_or(&Value::Null);
        let is_on =
            |value: Option<&Value>| value.is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
        let has = |key: &str| is_on(capabilities.get(key));
        let extends = |group: &str| is_on(capabilities.get(group).and_then(|group| group.get(SKILLS_EXTENSION_ID)));
        let tools = capabilities.get("tools");
        Self {
            tools: has("tools"),
            announces_tools: is_on(tools.and_then(|tools| tools.get("listChanged"))),
            prompts: has("prompts"),
            resources: has("resources"),
            skills: extends("extensions") || extends("experimental"),
        }
    }

    /// True if there is anything besides tools.
    pub(crate) fn has_items(self) -> bool {
        self.prompts || self.resources || self.skills
    }

    fn declares(self, kind: ItemKind) -> bool {
        match kind {
            ItemKind::Prompt => self.prompts,
            ItemKind::Resource | ItemKind::ResourceTemplate => self.resources,
            ItemKind::Skill => self.skills,
        }
    }
}

/// What is unknown if the list or the content of a `kind` was not read. The model follows the text of a skill.
fn not_read(kind: ItemKind) -> NotRead {
    match kind {
        ItemKind::Prompt | ItemKind::Resource | ItemKind::ResourceTemplate => NotRead::Items,
        ItemKind::Skill => NotRead::Part,
    }
}

/// Adds to `decoder` everything that the server declares, until `end`.
pub(crate) async fn list(connection: &mut Connection<'_>, declared: &Declared, end: Instant, decoder: &mut Decoder) {
    connection.limit = connection.limit.min(PATIENCE);
    let mut ended = None;
    for kind in ItemKind::ALL.into_iter().filter(|kind| declared.declares(*kind)) {
        let list = Listed::Items(kind);
        if let Some(before) = &ended {
            let text = format!("The {} were not requested: {before}.", list.plural());
            decoder.note_unread("items-not-listed", None, &text, not_read(kind));
            continue;
        }
        let listed = timeout_at(end, connection.list(list, decoder)).await.unwrap_or(Err(ListError::TotalLimit));
        if let Err(cause) = listed
            && !cause.is_unknown_method()
        {
            let text = format!("The {} could not be listed: {cause}.", list.plural());
            decoder.note_unread("items-not-listed", None, &text, not_read(kind));
            match cause {
                ListError::Refused { .. } | ListError::Unusable { .. } => {}
                // It may answer the next request, and hide nothing behind this one.
                ListError::RequestLimit(_) => connection.limit = connection.limit.min(PATIENCE_AFTER_SILENCE),
                ListError::StartLimit
                | ListError::TotalLimit
                | ListError::OverLimit { .. }
                | ListError::OtherVersions { .. }
                | ListError::Closed(_) => ended = Some(cause.to_string()),
            }
        }
    }
    if ended.is_some() {
        return;
    }
    read(connection, end, decoder).await;
}

/// A request for the content of an item.
enum ContentRequest {
    /// `prompts/get`, with the name.
    Prompt(String),
    /// `resources/read`, with the URI.
    Resource(String),
}

impl ContentRequest {
    /// The request for `item`. `None` if it has no URI, or stands for many resources.
    fn new(item: &Item) -> Option<Self> {
        match item.kind {
            ItemKind::Prompt => Some(Self::Prompt(item.name.clone())),
            ItemKind::Resource | ItemKind::Skill => item.uri.clone().map(Self::Resource),
            ItemKind::ResourceTemplate => None,
        }
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Prompt(_) => "prompts/get",
            Self::Resource(_) => "resources/read",
        }
    }

    fn message(&self) -> ClientRequest {
        match self {
            Self::Prompt(name) => GetPromptRequest::new(GetPromptRequestParams::new(name)).into(),
            Self::Resource(uri) => ReadResourceRequest::new(ReadResourceRequestParams::new(uri)).into(),
        }
    }
}

/// Reads the text of skills and of prompts without required arguments, which the model follows like instructions, and of
/// all other static resources if the user wants it.
async fn read(connection: &mut Connection<'_>, end: Instant, decoder: &mut Decoder) {
    let all = connection.options.read_resources;
    let is_wanted = |item: &Item| match item.kind {
        ItemKind::Skill => true,
        ItemKind::Resource => all,
        ItemKind::Prompt => !item.arguments.iter().any(|argument| argument.required),
        ItemKind::ResourceTemplate => false,
    };
    let wanted = decoder.items.iter().enumerate().filter(|(_, item)| is_wanted(item));
    let wanted: Vec<(usize, ContentRequest)> =
        wanted.filter_map(|(at, item)| Some((at, ContentRequest::new(item)?))).collect();
    for (at, request) in wanted.iter().take(MAX_READ) {
        let reading = connection.request(request.message(), request.method());
        let (why, goes_on) = match timeout_at(end, reading).await.unwrap_or(Err(ListError::TotalLimit)) {
            Ok(Some(result)) if items::add_content(&mut decoder.items[*at], &result, MAX_CONTENT) => {
                if let Some(uri) = items::differs_from_manifest(&decoder.items[*at], &result) {
                    let name = clean::excerpt(&decoder.items[*at].name, MAX_QUOTE);
                    let uri = clean::excerpt(&uri, MAX_QUOTE);
                    let text =
                        format!("{uri} of the skill {name} is not the file that its manifest gives the digest of.");
                    decoder.note("skill-differs-from-manifest", None, &text);
                }
                continue;
            }
            Ok(Some(_)) => (format!("it is larger than {} MiB", MAX_CONTENT >> 20), true),
            Ok(None) => ("the listing is too large with it".to_owned(), false),
            Err(cause) => (cause.to_string(), matches!(cause, ListError::Refused { .. } | ListError::Unusable { .. })),
        };
        let item = &decoder.items[*at];
        // Before it is cut: a part of a password is no address any more.
        let name = hide_in_report(&item.name).unwrap_or_else(|| item.name.clone());
        let what = format!("{} {}", item.kind.name(), clean::excerpt(&name, MAX_QUOTE));
        let unknown = not_read(item.kind);
        decoder.note_unread("content-not-read", None, &format!("The {what} was not read: {why}."), unknown);
        if !goes_on {
            return;
        }
    }
    if wanted.len() > MAX_READ {
        let text = format!("The contents of {} items were not read.", wanted.len() - MAX_READ);
        decoder.note_unread("content-not-read", None, &text, NotRead::Part);
    }
}
