//! The headers of a request without a session (revision 2026-07-28), which repeat what its body names.

use std::borrow::Cow;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::guard::client::REVISION;
use crate::guard::methods::{CALL_TOOL, GET_PROMPT, READ_RESOURCE};
use crate::guard::raw_object::RawObject;

/// Fails with the name of a header that does not say what the request says: `method`, and its `params`.
pub(super) fn check(headers: &HeaderMap, method: &str, params: &RawObject<'_>) -> Result<(), &'static str> {
    let meta = params.object("_meta");
    let revision = meta.as_ref().and_then(|meta| meta.text(REVISION));
    let name = match method {
        CALL_TOOL | GET_PROMPT => Some("name"),
        READ_RESOURCE => Some("uri"),
        _ => None,
    };
    let repeated = [
        ("MCP-Protocol-Version", revision),
        ("Mcp-Method", Some(Cow::Borrowed(method))),
        ("Mcp-Name", name.map(|key| params.text(key).unwrap_or_default())),
    ];
    for (header, expected) in repeated {
        let mut values = headers.get_all(header).iter();
        let (value, second) = (values.next(), values.next());
        let Some(expected) = expected else { continue };
        let value = value.and_then(|value| value.to_str().ok()).and_then(decoded);
        if second.is_some() || value.as_deref() != Some(expected.as_ref()) {
            return Err(header);
        }
    }
    Ok(())
}

/// The text of a header value, which may be in Base64. `None` if it is broken.
fn decoded(value: &str) -> Option<Cow<'_, str>> {
    let encoded = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    match encoded {
        None => Some(value.into()),
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_repeat_the_body_once() {
        let params = r#"{"name":"\u00e9","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
        let params = RawObject::parse(params).unwrap();
        let checked = |headers: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            headers.iter().for_each(|(name, value)| _ = map.append(*name, value.parse().unwrap()));
            check(&map, "tools/call", &params)
        };
        let [version, method, name] =
            [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "=?base64?w6k=?=")];
        assert_eq!(checked(&[version, method, name]), Ok(()));
        for (wrong, header) in [
            (vec![method, name], "MCP-Protocol-Version"),
            (vec![("mcp-protocol-version", "2025-11-25"), method, name], "MCP-Protocol-Version"),
            (vec![version, name], "Mcp-Method"),
            (vec![version, ("mcp-method", "Tools/Call"), name], "Mcp-Method"),
            (vec![version, method], "Mcp-Name"),
            (vec![version, method, ("mcp-name", "=?base64?w6k?=")], "Mcp-Name"),
            (vec![version, method, name, name], "Mcp-Name"),
        ] {
            assert_eq!(checked(&wrong), Err(header), "{wrong:?}");
        }
        assert_eq!(check(&HeaderMap::new(), "tools/list", &RawObject::default()), Err("Mcp-Method"));
    }
}
