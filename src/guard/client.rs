//! The client of a session, as it describes itself.

use std::borrow::Cow;

use super::raw_object::RawObject;
use crate::text::clean;

/// What a request of the revisions without `initialize` has in `_meta`: its revision, and who the client is.
pub(super) const REVISION: &str = "io.modelcontextprotocol/protocolVersion";
pub(super) const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
pub(super) const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Longest name, in characters.
const MAX_NAME: usize = 100;

/// A client, as one of its requests describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ClientInfo {
    /// Its name and version.
    pub(super) name: String,
    /// Whether it can ask its user.
    pub(super) can_ask: bool,
    /// Whether it speaks a revision without `initialize`.
    pub(super) modern: bool,
}

impl ClientInfo {
    /// The client that sent `initialize` with `params`.
    pub(super) fn from_initialize(params: &RawObject<'_>) -> Self {
        Self {
            name: name(params.object("clientInfo").as_ref()),
            can_ask: can_ask(params.object("capabilities").as_ref()),
            modern: false,
        }
    }

    /// The client that sent a request with `params`. `None` if the request does not describe it.
    pub(super) fn from_request(params: &RawObject<'_>) -> Option<Self> {
        let meta = params.object("_meta")?;
        meta.get(REVISION)?;
        Some(Self {
            name: name(meta.object(CLIENT_INFO).as_ref()),
            can_ask: can_ask(meta.object(CLIENT_CAPABILITIES).as_ref()),
            modern: true,
        })
    }
}

fn name(info: Option<&RawObject<'_>>) -> String {
    let part = |key: &str| info.and_then(|info| info.text(key).map(Cow::into_owned)).unwrap_or_default();
    clean::excerpt(format!("{} {}", part("name"), part("version")).trim(), MAX_NAME)
}

/// True if `capabilities` have elicitation by a form. No mode means a form.
fn can_ask(capabilities: Option<&RawObject<'_>>) -> bool {
    let elicitation = capabilities.and_then(|capabilities| capabilities.object("elicitation"));
    elicitation.is_some_and(|modes| modes.keys().next().is_none() || modes.get("form").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(capabilities: &str) -> ClientInfo {
        let text = format!(r#"{{"clientInfo":{{"name":"a","version":"1"}},"capabilities":{capabilities}}}"#);
        ClientInfo::from_initialize(&RawObject::parse(&text).unwrap())
    }

    #[test]
    fn a_client_can_ask_with_a_form_only() {
        assert!(client(r#"{"elicitation":{}}"#).can_ask && client(r#"{"elicitation":{"form":{}}}"#).can_ask);
        assert!(!client(r#"{"elicitation":{"url":{}}}"#).can_ask && !client("{}").can_ask);
        assert_eq!(client("{}").name, "a 1");
        let modern = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientInfo":{"name":"b"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}"#;
        let modern = ClientInfo::from_request(&RawObject::parse(modern).unwrap()).unwrap();
        assert_eq!(modern, ClientInfo { name: "b".into(), can_ask: true, modern: true });
        assert_eq!(ClientInfo::from_request(&RawObject::parse("{}").unwrap()), None);
    }
}
