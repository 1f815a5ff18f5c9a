//! A call of a tool on its way: as the client made it, and as it waits for the server's reply.

use std::borrow::Cow;

use super::approval::{Approvals, Choice};
use super::client::Client;
use super::message::RequestId;
use super::raw_object::RawObject;
use super::state::Reservation;
use crate::policy::Call;

/// A call that the client made.
pub(super) struct Called {
    pub(super) id: RequestId,
    pub(super) call: Call,
    pub(super) client: Client,
    /// What is forwarded.
    pub(super) line: Vec<u8>,
    /// A person's answer that came with the call. `None` if the call brought none.
    pub(super) choice: Option<Choice>,
}

/// A call that was forwarded and has no reply yet.
pub(super) struct OpenCall {
    pub(super) reservation: Option<Reservation>,
}

impl Called {
    /// The call in the message `object` with `params`, sent as `line`. The answer to a question of the guard is taken out
    /// of what is forwarded.
    pub(super) fn new(
        id: RequestId,
        call: Call,
        client: Client,
        params: &RawObject<'_>,
        line: &str,
        object: &RawObject<'_>,
        approvals: &Approvals,
    ) -> Self {
        let token = params.text("requestState").map(Cow::into_owned);
        if !token.as_deref().is_some_and(Approvals::is_ours) {
            return Self { id, call, client, line: line.into(), choice: None };
        }
        let choice = approvals.redeem(params, &call);
        let (mut params, mut object) = (params.clone(), object.clone());
        params.remove("requestState");
        params.remove("inputResponses");
        object.set("params", params.to_raw());
        Self { id, call, client, line: object.to_raw().get().into(), choice }
    }
}

impl OpenCall {
    /// What was counted, if `reply` shows that the call was not made: the server returned an error, or wants the call
    /// again with more input.
    pub(super) fn released_by(self, reply: &RawObject<'_>) -> Option<Reservation> {
        let wants_input = |result: &str| {
            result.contains("input_required")
                && RawObject::parse(result)
                    .is_ok_and(|result| result.text("resultType").as_deref() == Some("input_required"))
        };
        let not_made = match reply.get("result") {
            None => true,
            Some(result) => reply.get("error").is_none() && wants_input(result),
        };
        self.reservation.filter(|_| not_made)
    }
}
