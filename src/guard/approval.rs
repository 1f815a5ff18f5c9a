//! Asks a person about a call, through the client.
//!
//! A client of the revisions with `initialize` is sent `elicitation/create`. A client of the revisions without it gets a
//! result that requires input, with a token that is valid once, for this call, and for a limited time. The question holds
//! the tool, its arguments, its risk and the rule: no text of the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::message::RequestId;
use super::mutex::lock;
use super::random_id::random_id;
use super::raw_object::RawObject;
use super::remembered::{Allowed, Definition, ListedPage, Remembered, identity};
use crate::model::Category;
use crate::policy::{Call, Verdict};
use crate::text::clean;

/// The prefix of the ids and tokens of the guard.
const PREFIX: &str = "mcp-scan-guard:";
/// The name of the question among the requested inputs.
const INPUT: &str = "mcp-scan-approval";
/// The parameters of a call that answer a question.
const INPUT_KEYS: [&str; 2] = ["inputResponses", "requestState"];
/// Longest answer to a question of the server that is kept, in bytes.
const MAX_INPUT: usize = 64 << 10;
/// Most questions that wait for an answer at once.
const MAX_OPEN: usize = 1_000;
/// Most characters of the arguments in a question, of one text in them, and of the rule and its words.
const MAX_ARGUMENTS: usize = 2_000;
const MAX_VALUE: usize = 300;
const MAX_RULE: usize = 300;
const ALLOW_ONCE: (&str, Choice) = ("Allow this call", Choice::Once);
const REFUSE: (&str, Choice) = ("Refuse", Choice::Refuse);
pub(super) const CHOICES: &Choices = &[
    ALLOW_ONCE,
    ("Allow these arguments in this session", Choice::Arguments),
    ("Allow this tool in this session", Choice::Tool),
    REFUSE,
];
const CHOICES_FOR_ONE_CALL: &Choices = &[ALLOW_ONCE, REFUSE];

/// What a person can choose from: words, with the answer that they are.
pub(super) type Choices = [(&'static str, Choice)];

/// What a person is asked about.
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    pub(super) verdict: &'a Verdict,
    /// The category of the tool. `None` if the server has not listed it.
    pub(super) category: Option<Category>,
    /// How the tool was defined when the question was made.
    pub(super) definition: Definition,
}

/// A person's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Once,
    Arguments,
    Tool,
    Refuse,
}

/// The questions of one session and the answers that hold for the rest of it.
pub(super) struct Approvals {
    /// Random, so that the server cannot name a question.
    secret: String,
    choices: &'static Choices,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    number: u64,
    /// Questions that were sent to the client, by id.
    sent: HashMap<String, oneshot::Sender<Choice>>,
    /// Questions in results, by token.
    tokens: HashMap<String, Token>,
    remembered: Remembered,
}

struct Token {
    call: String,
    definition: Definition,
    expires: Instant,
    input: ServerInput,
}

/// What a call brings to answer a question of the server. It is put back when the call is made again with the answer to a
/// question of the guard.
#[derive(Debug, Default)]
pub(super) struct ServerInput(Vec<(&'static str, Box<RawValue>)>);

impl ServerInput {
    /// The input in `params`. `None` if it is too long to keep.
    pub(super) fn from_params(params: &RawObject<'_>) -> Option<Self> {
        let values = INPUT_KEYS.into_iter().filter_map(|key| Some((key, params.get(key)?)));
        let kept: Vec<(&str, &str)> = values.collect();
        let length: usize = kept.iter().map(|(_, json)| json.len()).sum();
        let owned = |(key, json): (&'static str, &str)| Some((key, RawValue::from_string(json.to_owned()).ok()?));
        (length <= MAX_INPUT).then(|| Self(kept.into_iter().filter_map(owned).collect()))
    }

    /// Puts the input into `params` in the place of what answers the guard.
    pub(super) fn restore(self, params: &mut RawObject<'_>) {
        INPUT_KEYS.into_iter().for_each(|key| params.remove(key));
        self.0.into_iter().for_each(|(key, json)| params.set(key, json));
    }
}

impl Approvals {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        Ok(Self { secret: random_id::<24>()?, choices: CHOICES, state: Mutex::default() })
    }

    /// Offers answers for one call only.
    pub(super) fn remember_nothing(&mut self) {
        self.choices = CHOICES_FOR_ONE_CALL;
    }

    /// What a person can choose from.
    pub(super) fn choices(&self) -> &'static Choices {
        self.choices
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// True if a person has allowed `call` before, with others.
    pub(super) fn remembers(&self, call: &Call) -> bool {
        self.state().remembered.allows(call)
    }

    /// How `tool` was defined last.
    pub(super) fn definition(&self, tool: &str) -> Definition {
        self.state().remembered.definition(tool)
    }

    /// The server has listed these tools.
    pub(super) fn are_listed(&self, page: ListedPage) {
        self.state().remembered.are_listed(page);
    }

    /// The server may define its tools otherwise from now on.
    pub(super) fn tools_may_have_changed(&self) {
        self.state().remembered.tools_may_have_changed();
    }

    /// Applies an answer about `call`, whose tool had `definition` when the question was made. True if it allows the call.
    pub(super) fn apply(&self, choice: Choice, call: &Call, definition: Definition) -> bool {
        let allowed = match choice {
            Choice::Once => return true,
            Choice::Arguments => Allowed::Call(identity(call)),
            Choice::Tool => Allowed::Tool(call.tool.clone()),
            Choice::Refuse => return false,
        };
        self.state().remembered.allow(allowed, definition);
        true
    }

    /// True if an id or a token is of the form that only the guard uses.
    pub(super) fn is_ours(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// A request for the client, and where its answer arrives. `None` if too many wait.
    pub(super) fn question(&self, asked: &Asked<'_>) -> Option<(Value, Question<'_>)> {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.state();
        if state.sent.len() >= MAX_OPEN {
            return None;
        }
        state.number += 1;
        let id = format!("{PREFIX}{}:{}", self.secret, state.number);
        state.sent.insert(id.clone(), answer);
        let params = elicitation(asked, self.choices);
        let request = json!({"jsonrpc": "2.0", "id": id, "method": "elicitation/create", "params": params});
        Some((request, Question { approvals: self, id, receiver }))
    }

    /// Takes the client's reply to a question. False if it is not a reply to one.
    pub(super) fn answer(&self, id: &RequestId, reply: &RawObject<'_>) -> bool {
        let RequestId::Text(id) = id else { return false };
        if !Self::is_ours(id) {
            return false;
        }
        if let Some(question) = self.state().sent.remove(id) {
            let choice = reply.get("result").map_or(Choice::Refuse, |result| choice(result, self.choices));
            // The call may have been cancelled, so that nobody waits.
            let _ = question.send(choice);
        }
        true
    }

    /// A result that requires a person's answer and can be retried until `limit` has passed. The call brought `input`. `None`
    /// if too many wait.
    pub(super) fn required_input(&self, asked: &Asked<'_>, input: ServerInput, limit: Duration) -> Option<Value> {
        let mut state = self.state();
        let now = Instant::now();
        state.tokens.retain(|_, token| token.expires > now);
        if state.tokens.len() >= MAX_OPEN {
            return None;
        }
        state.number += 1;
        let token = format!("{PREFIX}{}:{}", self.secret, state.number);
        let (call, definition) = (identity(asked.call), asked.definition.clone());
        state.tokens.insert(token.clone(), Token { call, definition, expires: now + limit, input });
        let request = json!({"method": "elicitation/create", "params": elicitation(asked, self.choices)});
        Some(json!({"resultType": "input_required", "inputRequests": {INPUT: request}, "requestState": token}))
    }

    /// The answer in `params`, the parameters of a retried call, and the input that the call brought before. `None` if the
    /// token is not valid, not for `call`, or the server has defined the tool otherwise since. A token is valid once.
    pub(super) fn redeem(&self, params: &RawObject<'_>, call: &Call) -> Option<(Choice, ServerInput)> {
        let (token, definition) = {
            let mut state = self.state();
            let token = state.tokens.remove(params.text("requestState")?.as_ref())?;
            (token, state.remembered.definition(&call.tool))
        };
        if token.expires <= Instant::now() || token.call != identity(call) || token.definition != definition {
            return None;
        }
        let responses = params.object("inputResponses")?;
        let choice = responses.get(INPUT).map_or(Choice::Refuse, |result| choice(result, self.choices));
        Some((choice, token.input))
    }
}

/// A question that the client was sent. Forgotten when dropped.
pub(super) struct Question<'a> {
    approvals: &'a Approvals,
    id: String,
    receiver: oneshot::Receiver<Choice>,
}

impl Question<'_> {
    /// The answer, or `None` if there is none within `limit`.
    pub(super) async fn answer(mut self, limit: Duration) -> Option<Choice> {
        tokio::time::timeout(limit, &mut self.receiver).await.ok()?.ok()
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.approvals.state().sent.remove(&self.id);
    }
}

/// The question in words: the tool, its arguments, its risk and the rule.
pub(super) fn question_text(Asked { call, verdict, category, definition: _ }: &Asked<'_>) -> String {
    let arguments = shown_arguments(&call.arguments);
    let risk = match category {
        Some(category) => format!("{} ({category})", category.severity().name()),
        None => "unknown, because the server has not listed the tool".to_owned(),
    };
    let why = verdict.message.as_deref().unwrap_or("The policy holds this call for approval.");
    format!(
        "mcp-scan guard asks: may the agent call this tool?\nTool: {}\nArguments: {arguments}\nRisk: {risk}\nRule: {} ({})",
        clean::excerpt(&clean::visible(&call.tool), 200),
        clean::excerpt(&clean::visible(&verdict.rule), MAX_RULE),
        clean::excerpt(&clean::visible(why), MAX_RULE),
    )
}

/// The arguments as JSON. Of a long text the beginning and the length are shown, so that it hides no other argument.
fn shown_arguments(arguments: &Value) -> String {
    let mut arguments = arguments.clone();
    shorten(&mut arguments);
    let text = clean::visible(&arguments.to_string());
    match text.chars().count().saturating_sub(MAX_ARGUMENTS) {
        0 => text,
        more => format!("{} ({more} more characters are not shown)", clean::excerpt(&text, MAX_ARGUMENTS)),
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => {
            let length = text.chars().count();
            if length > MAX_VALUE {
                *text = format!("{} ({length} characters)", clean::excerpt(text, MAX_VALUE));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(map) => map.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn elicitation(asked: &Asked<'_>, choices: &Choices) -> Value {
    let message = question_text(asked);
    let choices: Vec<&str> = choices.iter().map(|(words, _)| *words).collect();
    json!({
        "mode": "form",
        "message": message,
        "requestedSchema": {
            "type": "object",
            "properties": {"decision": {"type": "string", "title": "Decision", "enum": choices}},
            "required": ["decision"],
        },
    })
}

/// The choice in the JSON of an elicitation's result. Anything unclear refuses.
fn choice(result: &str, choices: &Choices) -> Choice {
    let Ok(result) = RawObject::parse(result) else { return Choice::Refuse };
    if result.text("action").as_deref() != Some("accept") {
        return Choice::Refuse;
    }
    let content = result.object("content");
    let decision = content.as_ref().and_then(|content| content.text("decision"));
    let found = choices.iter().find(|(words, _)| Some(*words) == decision.as_deref());
    found.map_or(Choice::Refuse, |(_, choice)| *choice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Outcome;

    fn call(tool: &str, argument: u32) -> Call {
        Call { tool: tool.into(), arguments: json!({"x": argument}), at: 0 }
    }

    fn verdict() -> Verdict {
        Verdict { outcome: Outcome::Approval, rule: "approve x".into(), message: None }
    }

    #[test]
    fn an_answer_holds_for_what_it_names() {
        let approvals = Approvals::new().unwrap();
        assert!(approvals.apply(Choice::Once, &call("a", 1), None) && !approvals.remembers(&call("a", 1)));
        assert!(approvals.apply(Choice::Arguments, &call("a", 1), None));
        assert!(approvals.remembers(&call("a", 1)) && !approvals.remembers(&call("a", 2)));
        assert!(approvals.apply(Choice::Tool, &call("b", 1), None) && approvals.remembers(&call("b", 2)));
        assert!(!approvals.apply(Choice::Refuse, &call("c", 1), None) && !approvals.remembers(&call("c", 1)));
    }

    #[test]
    fn a_long_argument_hides_no_other() {
        let arguments = json!({"note": "x".repeat(5_000), "path": "/etc/passwd"});
        let (call, verdict) = (Call { tool: "write".into(), arguments, at: 0 }, verdict());
        let text =
            question_text(&Asked { call: &call, verdict: &verdict, category: Some(Category::Write), definition: None });
        assert!(text.contains("\nRisk: Medium (Write)\n"), "{text}");
        assert!(text.contains("(5000 characters)") && text.contains(r#""path":"/etc/passwd""#), "{text}");
        let many = Call { tool: "write".into(), arguments: json!({"all": vec!["y"; 2_000]}), at: 0 };
        let text = question_text(&Asked { call: &many, verdict: &verdict, category: None, definition: None });
        assert!(text.contains("more characters are not shown") && text.contains("\nRisk: unknown"), "{text}");
    }

    #[test]
    fn only_a_clear_yes_allows() {
        let accepted = |decision: &str| json!({"action": "accept", "content": {"decision": decision}}).to_string();
        assert_eq!(choice(&accepted("Allow this call"), CHOICES), Choice::Once);
        let tool = accepted("Allow this tool in this session");
        assert_eq!((choice(&tool, CHOICES), choice(&tool, CHOICES_FOR_ONE_CALL)), (Choice::Tool, Choice::Refuse));
        for refused in [
            &accepted("yes"),
            r#"{"action":"accept"}"#,
            r#"{"action":"decline"}"#,
            "[]",
            r#"{"action":"accept","action":"cancel"}"#,
        ] {
            assert_eq!(choice(refused, CHOICES), Choice::Refuse, "{refused}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_for_one_call_once_and_for_a_while() {
        let approvals = Approvals::new().unwrap();
        let limit = Duration::from_secs(60);
        let token = || {
            let input = ServerInput::default();
            let (call, verdict) = (call("a", 1), verdict());
            let asked = Asked { call: &call, verdict: &verdict, category: None, definition: None };
            let result = approvals.required_input(&asked, input, limit).unwrap();
            result["requestState"].as_str().unwrap().to_owned()
        };
        let params = |token: &str| {
            let answer = json!({"action": "accept", "content": {"decision": "Allow this call"}});
            json!({"requestState": token, "inputResponses": {INPUT: answer}}).to_string()
        };
        let redeem = |params: &str, call: &Call| {
            let redeemed = approvals.redeem(&RawObject::parse(params).unwrap(), call);
            redeemed.map(|(choice, _)| choice)
        };
        let first = params(&token());
        assert_eq!(redeem(&first, &call("a", 1)), Some(Choice::Once));
        assert_eq!(redeem(&first, &call("a", 1)), None, "once");
        assert_eq!(redeem(&params(&token()), &call("a", 2)), None, "another call");
        let late = params(&token());
        tokio::time::advance(limit).await;
        assert_eq!(redeem(&late, &call("a", 1)), None, "too late");
        assert_eq!(redeem(&params("mcp-scan-guard:guess:1"), &call("a", 1)), None);
    }
}
