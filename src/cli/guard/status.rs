//! `mcp-scan guard status`: which servers of this machine have a guard.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::guarded_entry::{GuardInFront, guard_in_front};
use crate::cli::args::{CommonArgs, GuardStatusArgs, TextFormat};
use crate::cli::diagnose::Messages;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::{output, reports};
use crate::model::ReportedError;
use crate::report::json;
use crate::report::rows::{Column, Layout, Rows};
use crate::source;
use crate::source::client::Configured;
use crate::text::{clean, prose};

/// Longest cell in characters. The JSON output is not cut.
const MAX_CELL: usize = 400;

const COLUMNS: [Column; 4] =
    [Column::value("Client"), Column::value("Server"), Column::value("Guard"), Column::prose("Policy")];

/// A server and its guard.
#[derive(Serialize)]
struct ServerStatus {
    client: String,
    file: String,
    server: String,
    guard: GuardState,
    /// The policy that the guard enforces.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PathBuf>,
}

/// Whether a server has a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum GuardState {
    Guarded,
    /// The guard refuses nothing.
    Observed,
    /// The policy file of the guard does not exist, so it refuses to start.
    PolicyMissing,
    NotGuarded,
    /// A client reaches the server at an address.
    Remote,
    Off,
}

#[derive(Serialize)]
struct Status<'s> {
    servers: &'s [ServerStatus],
    errors: &'s [ReportedError],
}

/// Lists the servers in the configurations of all clients.
pub(crate) fn run(args: &GuardStatusArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for found in source::on_this_machine(&args.projects) {
        match found {
            Ok(server) => rows.push(ServerStatus::new(&server)),
            Err(error) => errors.push(ReportedError::from(error)),
        }
    }
    match args.format {
        TextFormat::Text => reports::write_result(None, common.plain, |out, layout| write_table(&rows, layout, out))?,
        TextFormat::Json => {
            output::to_stdout(|out| json::write(&Status { servers: &rows, errors: &errors }, out))?;
        }
    }
    let messages = Messages::from(common);
    errors.iter().for_each(|error| messages.error(error));
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Unread })
}

impl ServerStatus {
    fn new(server: &Configured) -> Self {
        let (guard, policy) = match guard_in_front(server) {
            _ if server.is_disabled() => (GuardState::Off, None),
            Some(GuardInFront { policy, .. }) if !policy.as_ref().is_some_and(|policy| policy.is_file()) => {
                (GuardState::PolicyMissing, policy)
            }
            Some(GuardInFront { policy, observes: true }) => (GuardState::Observed, policy),
            Some(GuardInFront { policy, observes: false }) => (GuardState::Guarded, policy),
            None if server.command().is_none() => (GuardState::Remote, None),
            None => (GuardState::NotGuarded, None),
        };
        let origin = &server.origin;
        Self { client: origin.client.clone(), file: origin.file.clone(), server: origin.server.clone(), guard, policy }
    }
}

impl GuardState {
    fn name(self) -> &'static str {
        match self {
            Self::Guarded => "yes",
            Self::Observed => "observes only",
            Self::PolicyMissing => "its policy is missing",
            Self::NotGuarded => "no",
            Self::Remote => "no, it is remote",
            Self::Off => "switched off",
        }
    }
}

fn write_table(servers: &[ServerStatus], layout: Layout, mut out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows::new(&COLUMNS, 1);
    for server in servers {
        let policy = server.policy.as_ref().map(|policy| policy.display().to_string()).unwrap_or_default();
        let cells = [server.client.clone(), server.server.clone(), server.guard.name().to_owned(), policy];
        rows.push(cells.map(|cell| clean::excerpt(&cell, MAX_CELL)));
    }
    if !servers.is_empty() {
        rows.write(layout, &mut out)?;
        writeln!(out)?;
    }
    let guarded = servers.iter().filter(|server| server.guard == GuardState::Guarded).count();
    writeln!(out, "{guarded} of {} guarded.", prose::count(servers.len(), "server"))
}
