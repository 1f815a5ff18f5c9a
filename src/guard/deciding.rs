//! Decides the calls of a session: forwards them, refuses them, or holds them for a person's answer.

use std::sync::Arc;

use serde_json::json;

use super::approval::Asked;
use super::call_gate::{Ruling, clock, seconds};
use super::calls::{Called, DecidedCall, OpenCall};
use super::log::{Ending, LogRecord};
use super::replies;
use super::session::Session;
use crate::policy::{Call, Outcome, Verdict};
use crate::text::clean;

/// The outcome of asking a person.
enum ApprovalOutcome {
    /// A person has allowed it before, or with the call.
    Allowed,
    /// A person was waited for, and allows it.
    Answered,
    Refused(&'static str),
    /// The client asks, and calls again with the answer.
    Later(Vec<u8>),
}

impl Session {
    /// Decides a call, and forwards or refuses it.
    pub(super) async fn decide(self: Arc<Self>, mut called: Called) {
        let mut ruling = self.rule(&called.call).await;
        let observes = self.gate.options.observe;
        let mut reply = None;
        if ruling.verdict.outcome == Outcome::Approval && !observes {
            match self.ask(&mut called, &ruling.verdict).await {
                ApprovalOutcome::Allowed => {}
                ApprovalOutcome::Answered => ruling = self.rule_again(&mut called, ruling).await,
                ApprovalOutcome::Later(line) => reply = Some(line),
                ApprovalOutcome::Refused(why) => {
                    ruling.verdict.message = Some(why.to_owned());
                    reply = Some(replies::refusal(&called.id, &ruling.verdict, called.client.modern));
                }
            }
        }
        let Ruling { verdict, reservation } = ruling;
        match verdict.outcome {
            Outcome::Allowed => {}
            Outcome::Denied | Outcome::Limited | Outcome::Approval if observes => {
                self.report_observed(&called, &verdict);
            }
            Outcome::Denied | Outcome::Limited => {
                reply = Some(replies::refusal(&called.id, &verdict, called.client.modern));
            }
            Outcome::Approval => {}
        }
        let observed = observes && verdict.outcome != Outcome::Allowed;
        let (id, number, decided, line) = called.decided(verdict, observed);
        match reply {
            Some(reply) => {
                // Before the reply, so that the next call of the client is decided after it.
                self.record(decided, Ending::NotCalled).await;
                self.reply_undecided(&id, number, reply).await;
                self.gate.release(reservation).await;
            }
            None => {
                let open = OpenCall { decided, reservation };
                if let Err(open) = self.forward(&id, number, open, line).await {
                    self.record(open.decided, Ending::NotCalled).await;
                    self.gate.release(open.reservation).await;
                }
            }
        }
    }

    /// Decides a call by the pins and by the policy, and counts it.
    async fn rule(&self, call: &Call) -> Ruling {
        match self.pins.refusal(&call.tool) {
            Some(verdict) => Ruling { verdict, reservation: None },
            None => self.gate.rule(call).await,
        }
    }

    /// Decides a call again for which a person was waited for: the policy, the tool, or the window of a limit may be another one by
    /// now.
    async fn rule_again(&self, called: &mut Called, before: Ruling) -> Ruling {
        self.gate.release(before.reservation).await;
        called.call.at = seconds();
        self.rule(&called.call).await
    }

    /// Tells the person what would have become of a call.
    fn report_observed(&self, called: &Called, verdict: &Verdict) {
        let would = match verdict.outcome {
            Outcome::Approval => "would wait for a person's approval",
            Outcome::Limited => "would be refused, because a limit is reached",
            Outcome::Denied | Outcome::Allowed => "would be refused",
        };
        let tool = clean::excerpt(&called.call.tool, 100);
        self.gate.report(&format!("a call of {tool} {would} (rule: {})", verdict.rule));
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
            let allowed = self.approvals.apply(choice, &called.call, self.approvals.definition(&called.call.tool));
            return if allowed { ApprovalOutcome::Allowed } else { ApprovalOutcome::Refused(DECLINED) };
        }
        let category = self.gate.options.categories.as_ref().and_then(|known| known.get(&called.call.tool));
        let definition = self.approvals.definition(&called.call.tool);
        let asked = Asked { call: &called.call, verdict, category, definition: definition.clone() };
        if let Some(asker) = &self.gate.options.asker {
            return match asker.ask(&asked, self.approvals.choices(), self.patience).await {
                None => ApprovalOutcome::Refused(NO_ANSWER),
                Some(choice) if self.approvals.apply(choice, &called.call, definition) => ApprovalOutcome::Answered,
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
            Some(choice) if self.approvals.apply(choice, &called.call, definition) => ApprovalOutcome::Answered,
            Some(_) => ApprovalOutcome::Refused(DECLINED),
        }
    }
}
