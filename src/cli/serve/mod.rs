//! `mcp-scan serve`: the scanner as an MCP server over standard input and output, for an agent that vets a server before
//! it is added.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;

use super::args::{CommonArgs, ServeArgs};
use super::diagnose::Messages;
use super::interrupt::interrupted;
use super::{Exit, config, ruleset};
use crate::model::TargetError;
use crate::server::Server;

mod answers;
mod scanner;

use scanner::Scanner;

/// The tools, as they are listed.
const TOOLS: &str = include_str!("tools.json");
const INSTRUCTIONS: &str = "Check an MCP server before you add it. Nothing is started and no address is reached but \
                            what the user has allowed.";
/// How long what is still read may take to end.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Serves until the input ends or the user interrupts; whatever was started has ended then.
pub fn run(args: &ServeArgs, common: &CommonArgs, messages: Messages) -> Result<Exit, TargetError> {
    let ruleset = ruleset(common.rules.as_deref())?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let scanner = Arc::new(Scanner::new(args, common, ruleset, config)?);
    let call = move |name: String, arguments| {
        let scanner = Arc::clone(&scanner);
        Box::pin(async move { scanner.call(&name, arguments).await }) as _
    };
    let failed = |why: String| TargetError {
        target: "standard input and output".into(),
        what: "could not serve".into(),
        why,
        hint: Some("`mcp-scan serve` is started by an MCP client".into()),
    };
    let server = Server::new(TOOLS, INSTRUCTIONS, Box::new(call)).map_err(|cause| failed(cause.to_string()))?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| failed(cause.to_string()))?;
    let served = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => Ok(Exit::Interrupted),
            served = server.run() => served.map(|()| Exit::Done),
        }
    });
    // What is dropped ends what it has started; a wait for standard input is left.
    runtime.shutdown_timeout(AFTERWARDS);
    served.map_err(failed)
}
