//! Decides the calls of a session: forwards them, refuses them, or holds them for a person's answer.

use std::sync::Arc;

use serde_json::json;

use super::approval::Asked;
use super::call_gate::{Ruling, clock};
use super::calls::{Called, DecidedCall, OpenCall};
use super::log::{Ending, LogRecord};
use super::replies;
use super::session::Session;
use crate::policy::{Outcome, Verdict};

/// The outcome of asking a person.
enum ApprovalOutcome {
    Allowed,
    Refused(&'static str),
    /// The client asks, and calls again with the answer.
    Later(Vec<u8>),
}

impl Session {
    /// Decides a call, and forwards or refuses it.
    pub(super) async fn decide(self: Arc<Self>, mut called: Called) {
        let ruling = match self.pins.refusal(&called.call.tool) {
            Some(verdict) => Ruling { verdict, reservation: None },
            None => self.gate.rule(&called.call).await,
        };
        let mut verdict = ruling.verdict;
        let observes = self.gate.options.observe;
        let refusal = match verdict.outcome {
            Outcome::Allowed => None,
            _ if observes => {
                let text = format!("{} would be {}: {}", called.call.tool, verdict.outcome.name(), verdict.rule);
                self.gate.report(&text);
                None
            }
            Outcome::Denied | Outcome::Limited => Some(replies::refusal(&called.id, &verdict, called.client.modern)),
            Outcome::Approval => match self.ask(&mut called, &verdict).await {
                ApprovalOutcome::Allowed => None,
                ApprovalOutcome::Later(line) => Some(line),
                ApprovalOutcome::Refused(why) => {
                    verdict.message = Some(why.to_owned());
                    Some(replies::refusal(&called.id, &verdict, called.client.modern))
                }
            },
        };
        let observed = observes && verdict.outcome != Outcome::Allowed;
        let (id, decided, line) = called.decided(verdict, observed);
        match refusal {
            Some(reply) => {
                // Before the reply, so that the next call of the client is decided after it.
                self.record(decided, Ending::NotCalled).await;
                self.reply(&id, reply).await;
                self.gate.release(ruling.reservation).await;
            }
            None => {
                let open = OpenCall { decided, reservation: ruling.reservation };
                if let Err(open) = self.forward(&id, open, line).await {
                    self.record(open.decided, Ending::NotCalled).await;
                    self.gate.release(open.reservation).await;
                }
            }
        }
    }

    /// Hands what became of a call to the log.
    pub(super) async fn record(&self, decided: DecidedCall, ending: Ending) {
        let DecidedCall { call, client, verdict, observed, arrived, trace, found } = decided;
        let options = &self.gate.options;
        let record = LogRecord {
            time: clock(),
            client,
            session: self.id.clone(),
            server: options.server.clone(),
            category: options.categories.as_ref().and_then(|known| known.get(&call.tool)),
            tool: call.tool,
            decision: verdict.outcome,
            rule: verdict.rule,
            observed,
            arguments: call.arguments,
            duration: arrived.elapsed(),
            ending,
            trace,
            found,
        };
        self.gate.record(record).await;
    }

    /// Asks a person about a call that the policy holds.
    async fn ask(&self, called: &mut Called, verdict: &Verdict) -> ApprovalOutcome {
        const NOBODY: &str = "A person must approve this call, and the client cannot ask one.";
        const DECLINED: &str = "A person refused this call.";
        const TOO_MANY: &str = "Too many calls wait for approval.";
        const TOO_LONG: &str =
            "A person must approve this call, and its answer to the server is too long to keep meanwhile.";
        const NO_ANSWER: &str = "A person must approve this call, and nobody answered in time.";
        if self.approvals.remembers(&called.call) {
            return ApprovalOutcome::Allowed;
        }
        if let Some(choice) = called.choice.filter(|_| self.gate.options.asker.is_none()) {
            let allowed = self.approvals.apply(choice, &called.call);
            return if allowed { ApprovalOutcome::Allowed } else { ApprovalOutcome::Refused(DECLINED) };
        }
        let category = self.gate.options.categories.as_ref().and_then(|known| known.get(&called.call.tool));
        let asked = Asked { call: &called.call, verdict, category };
        if let Some(asker) = &self.gate.options.asker {
            return match asker.ask(&asked, self.approvals.choices(), self.patience).await {
                None => ApprovalOutcome::Refused(NO_ANSWER),
                Some(choice) if self.approvals.apply(choice, &called.call) => ApprovalOutcome::Allowed,
                Some(_) => ApprovalOutcome::Refused(DECLINED),
            };
        }
        if !called.client.can_ask {
            return ApprovalOutcome::Refused(NOBODY);
        }
        if called.client.modern {
            let Some(input) = called.input.take() else { return ApprovalOutcome::Refused(TOO_LONG) };
            return match self.approvals.required_input(&asked, input, self.patience) {
                Some(result) => {
                    let reply = json!({"jsonrpc": "2.0", "id": called.id.to_json(), "result": result});
                    ApprovalOutcome::Later(replies::to_line(&reply))
                }
                None => ApprovalOutcome::Refused(TOO_MANY),
            };
        }
        let Some((request, question)) = self.approvals.question(&asked) else {
            return ApprovalOutcome::Refused(TOO_MANY);
        };
        self.send_to_client(replies::to_line(&request)).await;
        match question.answer(self.patience).await {
            None => ApprovalOutcome::Refused(NO_ANSWER),
            Some(choice) if self.approvals.apply(choice, &called.call) => ApprovalOutcome::Allowed,
            Some(_) => ApprovalOutcome::Refused(DECLINED),
        }
    }
}
