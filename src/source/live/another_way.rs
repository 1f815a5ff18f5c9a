//! What else to try with a server that answered and could not be listed, over any transport.

use super::list_error::ListError;
use crate::source::protocol::newest;
use crate::source::{Offers, Options, Protocol};

/// Another attempt.
pub(super) struct AnotherWay {
    pub(super) options: Options,
    /// Whether the first error is more helpful than that of an attempt that fails too.
    pub(super) keeps_error: bool,
}

/// What to try after `cause` with a server that speaks `version`, if anything may help. `None` as well if the user or a lock
/// names the protocol.
pub(super) fn after(cause: &ListError, options: &Options, version: Option<&str>) -> Option<AnotherWay> {
    let with = |protocol: Protocol| Options { protocol, ..options.clone() };
    let way = |options: Options, keeps_error: bool| Some(AnotherWay { options, keeps_error });
    if options.protocol != Protocol::Auto {
        return None;
    }
    if cause.is_missing_capability() {
        return match options.offers {
            Offers::Nothing | Offers::Roots => way(Options { offers: Offers::Everything, ..options.clone() }, true),
            Offers::Everything => way(with(Protocol::Auto.with_handshake()), true),
        };
    }
    if let Some(version) = cause.common_version() {
        return way(with(Protocol::Version(version.to_string())), false);
    }
    if cause.names_no_version() {
        return way(with(Protocol::Auto.with_handshake()), false);
    }
    // Some servers know `server/discover` and nothing else of the newest protocol.
    let knows_only_discovery = cause.is_refused_list() && version == Some(newest());
    if knows_only_discovery { way(with(Protocol::Auto.with_handshake()), true) } else { None }
}
