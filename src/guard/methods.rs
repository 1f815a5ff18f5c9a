//! The methods with a meaning for the guard.

pub(super) const INITIALIZE: &str = "initialize";
/// The first request of clients without `initialize` (revision 2026-07-28).
pub(super) const DISCOVER: &str = "server/discover";
pub(super) const CALL_TOOL: &str = "tools/call";
pub(super) const LIST_TOOLS: &str = "tools/list";
pub(super) const GET_PROMPT: &str = "prompts/get";
pub(super) const READ_RESOURCE: &str = "resources/read";
pub(super) const GET_SKILL: &str = "skills/get";
/// The notification that a request is cancelled.
pub(super) const CANCELLED: &str = "notifications/cancelled";
pub(super) const PROGRESS: &str = "notifications/progress";
pub(super) const LOG_MESSAGE: &str = "notifications/message";
/// The notification that the server's tools have changed.
pub(super) const TOOLS_CHANGED: &str = "notifications/tools/list_changed";
