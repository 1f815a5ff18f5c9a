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
/// The key of a request's wish for log messages, in `_meta`.
pub(super) const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// The key of the subscription that a notification belongs to, in `_meta`: the id of its request.
pub(super) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
pub(super) const PROGRESS_TOKEN: &str = "progressToken";
pub(super) const PING: &str = "ping";
/// The first notification of a subscription.
pub(super) const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
