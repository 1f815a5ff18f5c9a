//! A call of a tool on its way: as the client made it, and as it waits for the server's reply.

use std::borrow::Cow;

use tokio::time::Instant;

use super::approval::{Approvals, Choice, ServerInput};
use super::client::ClientInfo;
use super::log::Ending;
use super::message::RequestId;
use super::raw_object::RawObject;
use super::state::Reservation;
use crate::policy::{Call, Verdict};

/// Tells a call from another one with the same id: a client may cancel a call about which a person is asked, and make another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallNumber(pub(super) u64);

/// A call that the client made.
pub(super) struct Called {
    pub(super) id: RequestId,
    pub(super) number: CallNumber,
    pub(super) call: Call,
    pub(super) client: ClientInfo,
    /// What is forwarded.
    pub(super) line: Vec<u8>,
    /// What it brings to answer a question of the server. `None` if that is too long to keep.
    pub(super) input: Option<ServerInput>,
    /// A person's answer that came with the call. `None` if the call brought none.
    pub(super) choice: Option<Choice>,
    pub(super) arrived: Instant,
    /// The W3C `traceparent` of the call.
    pub(super) trace: Option<String>,
}

/// A decided call, for the log.
pub(super) struct DecidedCall {
    pub(super) call: Call,
    pub(super) client: String,
    pub(super) verdict: Verdict,
    /// Whether the call was forwarded although the policy refuses it.
    pub(super) observed: bool,
    pub(super) arrived: Instant,
    pub(super) trace: Option<String>,
    /// What was found in its result.
    pub(super) found: Vec<String>,
}

/// A call that was forwarded and has no reply yet.
pub(super) struct OpenCall {
    pub(super) decided: DecidedCall,
    pub(super) reservation: Option<Reservation>,
}

impl Called {
    /// The call in the message `object` with `params`, sent as `line`. In what is forwarded, the answer to a question of the
    /// guard gives way to the answer to the server's question, if the call brought one before.
    pub(super) fn new(
        (id, number): (RequestId, CallNumber),
        call: Call,
        client: ClientInfo,
        (line, object, params): (&str, &RawObject<'_>, &RawObject<'_>),
        approvals: &Approvals,
    ) -> Self {
        let meta = params.object("_meta");
        let trace = meta.as_ref().and_then(|meta| meta.text("traceparent").map(Cow::into_owned));
        let arrived = Instant::now();
        let token = params.text("requestState");
        if !token.is_some_and(|token| Approvals::is_ours(&token)) {
            let input = ServerInput::from_params(params);
            return Self { id, number, call, client, line: line.into(), input, choice: None, arrived, trace };
        }
        let (choice, input) = approvals.redeem(params, &call).unzip();
        let (mut params, mut object) = (params.clone(), object.clone());
        input.unwrap_or_default().restore(&mut params);
        object.set("params", params.to_raw());
        // It is kept again if the policy asks again.
        let input = ServerInput::from_params(&params);
        Self { id, number, call, client, line: object.to_raw().get().into(), input, choice, arrived, trace }
    }

    /// The call with the decision on it, and the message to forward.
    pub(super) fn decided(self, verdict: Verdict, observed: bool) -> (RequestId, CallNumber, DecidedCall, Vec<u8>) {
        let Self { id, number, call, client, line, arrived, trace, .. } = self;
        (
            id,
            number,
            DecidedCall { call, client: client.name, verdict, observed, arrived, trace, found: Vec::new() },
            line,
        )
    }
}

/// How a call ended that has this reply.
pub(super) fn ending(reply: &RawObject<'_>) -> Ending {
    match reply.get("result") {
        _ if reply.get("error").is_some() => Ending::ProtocolError,
        None => Ending::ProtocolError,
        Some(result) if result.contains("isError") && flag(result, "isError") == Some("true".into()) => {
            Ending::ToolError
        }
        Some(_) => Ending::Answered,
    }
}

/// True if `reply` shows that the call was not made: the server returned an error, or wants the call again with more
/// input.
pub(super) fn was_not_made(reply: &RawObject<'_>) -> bool {
    match reply.get("result") {
        None => true,
        Some(result) => {
            reply.get("error").is_none()
                && result.contains("input_required")
                && flag(result, "resultType") == Some("\"input_required\"".into())
        }
    }
}

/// The JSON of one member of a result.
fn flag(result: &str, key: &str) -> Option<String> {
    RawObject::parse(result).ok()?.get(key).map(str::to_owned)
}
