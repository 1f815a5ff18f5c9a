//! `mcp-scan hook`: decides a call from standard input by a policy. Any error denies the call.

use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

use super::args::{CommonArgs, HookArgs};
use super::error::{CliError, PolicyFileError};
use super::exit::Exit;
use super::output;
use super::policy::{sql_guards, tightened};
use super::state_folder::state_location;
use crate::guard::state::{CounterStore, Reserved, StateError};
use crate::model::FailureCause as _;
use crate::policy::hook::{HookClient, HookError};
use crate::policy::{Decider, Document, Outcome, Verdict};
use crate::rules::RulesError;
use crate::text::prose;

/// Maximum length of a call, in bytes.
const MAX_CALL: u64 = 64 * 1024 * 1024;

/// Why a call could not be decided.
#[derive(Debug, Error)]
enum Undecided {
    /// Standard input cannot be read.
    #[error("could not read the call: {0}")]
    Input(#[from] io::Error),
    /// The call is too long.
    #[error("the call is longer than {MAX_CALL} bytes")]
    TooLong,
    /// The client sent an invalid call.
    #[error(transparent)]
    Call(#[from] HookError),
    #[error("{}", policy_failure(.0))]
    Policy(#[from] PolicyFileError),
    /// No client of that name runs a hook, so the overlay would never apply.
    #[error("an overlay is for \"{0}\", and the clients with a hook are {1}")]
    Agent(String, String),
    /// The rules on SQL, built in or of `--rules`.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The call cannot be counted.
    #[error(transparent)]
    State(#[from] StateError),
    /// The user has no state folder.
    #[error("there is no folder to count calls in: name one with --state")]
    NoFolder,
}

/// Why a policy cannot be used, with the file.
fn policy_failure(error: &PolicyFileError) -> String {
    let reason = error.cause.to_string();
    // A report with lines and carets does not fit into one sentence.
    let reason = reason.lines().next().unwrap_or_default().trim_end_matches('.');
    format!("{}: {}: {reason}", error.cause.attempt(), error.target)
}

/// Prints the decision in the client's format, or nothing for the tools of other servers.
pub(crate) fn run(args: &HookArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let verdict = match decide(args, common) {
        Ok(None) => return Ok(Exit::Done),
        Ok(Some(verdict)) => verdict,
        Err(cause) => Verdict {
            outcome: Outcome::Denied,
            rule: "no decision".into(),
            message: Some(format!("The call could not be checked, so it is refused: {cause}.")),
        },
    };
    let answer = args.client.answer(&verdict);
    output::to_stdout(|out| if answer.is_empty() { Ok(()) } else { writeln!(out, "{answer}") })?;
    Ok(Exit::Done)
}

#[expect(clippy::disallowed_methods, reason = "limits are counted by the clock")]
fn decide(args: &HookArgs, common: &CommonArgs) -> Result<Option<Verdict>, Undecided> {
    let mut text = String::new();
    io::stdin().lock().take(MAX_CALL + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_CALL {
        return Err(Undecided::TooLong);
    }
    let call = args.client.call(&text)?;
    let mut agents = args.overlay.iter().filter_map(|overlay| overlay.agent.as_deref());
    let is_client = |agent: &&str| HookClient::ALL.iter().any(|client| client.name().eq_ignore_ascii_case(agent));
    if let Some(unknown) = agents.find(|agent| !is_client(agent)) {
        return Err(Undecided::Agent(
            unknown.to_owned(),
            prose::list(&HookClient::ALL.map(|client| client.name().to_owned())),
        ));
    }
    let policy = tightened(&args.policy, args.policy_format, &args.overlays())?;
    let Document { decisions, names, .. } = policy.document;
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let decider = Decider::new(&decisions).naming(names).parsing(sql_guards(common.rules.as_deref())?);
    let Some(decided) = call.decide(&decider, &decisions, args.client, &args.server_name, at) else { return Ok(None) };
    if decided.limits.is_empty() {
        return Ok(Some(decided.verdict));
    }
    let location = state_location(args.state.as_deref())?.ok_or(Undecided::NoFolder)?;
    let reserved = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        CounterStore::open(&location).await?.reserve(&args.server_name, &decided.limits, at).await
    })?;
    Ok(Some(match reserved {
        Reserved::Counted(_) => decided.verdict,
        Reserved::Exceeded(limit) => decided.limits[limit].refusal.clone(),
    }))
}
