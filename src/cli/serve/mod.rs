//! `mcp-scan serve`: the scanner as an MCP server over standard input and output, for an agent that vets a server before
//! it is added.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;

use super::args::{CommonArgs, ServeArgs};
use super::error::{CliError, InternalCause, InternalError};
use super::exit::Exit;
use super::interrupt::interrupted;
use super::session::Session;
use crate::rules::DEFAULT_PROFILE;
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
pub(crate) fn run(args: &ServeArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let Session { ruleset, config, .. } = Session::start(common, &args.config, DEFAULT_PROFILE)?;
    let scanner = Arc::new(Scanner::new(args, common, ruleset, config)?);
    let call = move |name: String, arguments| {
        let scanner = Arc::clone(&scanner);
        Box::pin(async move { scanner.call(&name, arguments).await }) as _
    };
    let failed = |cause: InternalCause| InternalError::new("standard input and output", cause);
    let server =
        Server::new(TOOLS, INSTRUCTIONS, Box::new(call)).map_err(|cause| failed(InternalCause::Tools(cause)))?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| failed(InternalCause::Runtime(cause)))?;
    let served = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => Ok(Exit::Interrupted),
            served = server.run() => served.map(|()| Exit::Done),
        }
    });
    // What is dropped ends what it has started; a wait for standard input is left.
    runtime.shutdown_timeout(AFTERWARDS);
    served.map_err(|cause| failed(InternalCause::Connection(cause)).into())
}
