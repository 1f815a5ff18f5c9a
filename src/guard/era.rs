//! Which revisions of the protocol a server speaks: those that begin with `initialize`, or those without it.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::client::{CLIENT_CAPABILITIES, CLIENT_INFO, REVISION};
use super::error_codes::{GUARD_ERROR, HEADER_MISMATCH, UNSUPPORTED_REVISION};
use super::methods::DISCOVER;
use super::raw_object::RawObject;
use crate::source::newest_revision as newest;

/// The codes of errors that only servers of revision 2026-07-28 return.
const MODERN_ERRORS: RangeInclusive<i32> = UNSUPPORTED_REVISION..=HEADER_MISMATCH;

/// Which revisions a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// 2026-07-28 or later.
    Modern,
    /// Only revisions that begin with `initialize`.
    Legacy,
    /// It did not answer.
    Unknown,
}

/// The request that asks a server which revisions it speaks.
pub(super) fn discover(id: &Value) -> Value {
    let meta = json!({REVISION: newest(), CLIENT_INFO: guard_info(), CLIENT_CAPABILITIES: {}});
    json!({"jsonrpc": "2.0", "id": id, "method": DISCOVER, "params": {"_meta": meta}})
}

/// The guard, where it is the client.
pub(super) fn guard_info() -> Value {
    json!({"name": "mcp-scan guard", "version": env!("CARGO_PKG_VERSION")})
}

/// The era of a server that answers `server/discover` with `reply`.
pub(super) fn era(reply: &[u8]) -> Era {
    if let Some(code) = error_code(reply) {
        return match code {
            code if MODERN_ERRORS.contains(&code) && !names_only_older(reply) => Era::Modern,
            // The guard says this when there is no reply.
            GUARD_ERROR => Era::Unknown,
            _ => Era::Legacy,
        };
    }
    let reply: Value = serde_json::from_slice(reply).unwrap_or_default();
    if names_modern(&reply["result"]["supportedVersions"]) == Some(true) { Era::Modern } else { Era::Legacy }
}

/// True if an error lists the revisions that are supported, and all of them begin with `initialize`.
fn names_only_older(reply: &[u8]) -> bool {
    let reply: Value = serde_json::from_slice(reply).unwrap_or_default();
    names_modern(&reply["error"]["data"]["supported"]) == Some(false)
}

/// Whether one of `versions` is 2026-07-28 or later. `None` if it is no list of them.
fn names_modern(versions: &Value) -> Option<bool> {
    let versions = versions.as_array().filter(|versions| !versions.is_empty())?;
    // Revisions are dates.
    Some(versions.iter().any(|version| version.as_str().is_some_and(|version| version >= newest())))
}

/// The code of the error in `reply`. `None` if it has none.
pub(super) fn error_code(reply: &[u8]) -> Option<i32> {
    let reply = RawObject::parse(std::str::from_utf8(reply).ok()?).ok()?;
    reply.object("error")?.get("code")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_the_probe_tells_the_era() {
        for (reply, expected) in [
            (r#"{"result":{"supportedVersions":["2025-11-25","2026-07-28"]}}"#, Era::Modern),
            (r#"{"error":{"code":-32022,"message":"x"}}"#, Era::Modern),
            (r#"{"error":{"code":-32022,"message":"x","data":{"supported":["2027-01-01"]}}}"#, Era::Modern),
            (r#"{"error":{"code":-32022,"message":"x","data":{"supported":["2025-11-25"]}}}"#, Era::Legacy),
            (r#"{"error":{"code":-32601,"message":"x"}}"#, Era::Legacy),
            (r#"{"result":{"supportedVersions":["2025-11-25"]}}"#, Era::Legacy),
            (r#"{"result":{}}"#, Era::Legacy),
            (r#"{"error":{"code":-32000,"message":"the server ended"}}"#, Era::Unknown),
        ] {
            assert_eq!(era(reply.as_bytes()), expected, "{reply}");
        }
    }
}
