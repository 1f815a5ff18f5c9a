//! The codes of JSON-RPC errors.

/// The text is not JSON.
pub(super) const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const METHOD_NOT_FOUND: i32 = -32601;
pub(super) const INVALID_PARAMS: i32 = -32602;
/// An error of the guard itself.
pub(super) const GUARD_ERROR: i32 = -32000;
/// A header does not repeat what the body says (revision 2026-07-28). The codes from here to `UNSUPPORTED_REVISION` are
/// those that only servers of this revision return.
pub(super) const HEADER_MISMATCH: i32 = -32020;
pub(super) const UNSUPPORTED_REVISION: i32 = -32022;
