//! `mcp-scan discover`: lists the servers in the client configurations of this machine.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use super::args::{CommonArgs, DiscoverArgs, Format};
use super::diagnose::Messages;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::output::Destination;
use super::{reports, scan};
use crate::model::ReportedError;
use crate::report::rows::Layout;
use crate::report::{discovered, json};
use crate::source::{self, Sandbox, client::ServerEntry};

/// Lists the servers, or scans them.
pub(crate) fn run(args: &DiscoverArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let messages = Messages::from(common);
    let named = source::on_this_machine(&projects(&args.options.targets)?);
    if args.scan {
        if named.is_empty() {
            messages.note("no MCP client of this machine is configured with a server");
            return Ok(Exit::Done);
        }
        let mut options = args.options.clone();
        // In a pipeline nobody sees what is started, and nobody chose these servers, so a sandbox is required.
        let is_pipeline = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        if is_pipeline && options.server.sandbox == Sandbox::Auto {
            options.server.sandbox = Sandbox::Required;
        }
        return scan::run_found(&options, common, named);
    }
    if !matches!(args.options.format, Format::Table | Format::Json | Format::Jsonl) || !args.options.report.is_empty() {
        return Err(UsageError::new("discover", UsageCause::ListFormat).into());
    }
    let (servers, errors) = split(named);
    let place = args.options.output.as_deref().map(|path| Destination::new("the list", path)).transpose()?;
    let fill = |out: &mut dyn Write, layout: Layout| -> io::Result<()> {
        match args.options.format {
            Format::Json => json::write(&Discovered { servers: &servers, errors: &errors }, out),
            Format::Jsonl => servers.iter().try_for_each(|server| {
                serde_json::to_writer(&mut *out, server)?;
                writeln!(out)
            }),
            Format::Table
            | Format::Markdown
            | Format::Html
            | Format::Sarif
            | Format::Junit
            | Format::Github
            | Format::Cyclonedx => discovered::write(&servers, layout, out),
        }
    };
    reports::write_result(place.as_ref(), common.plain, fill)?;
    errors.iter().for_each(|error| messages.error(error));
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Unread })
}

/// The current folder and the named ones, which must exist.
fn projects(named: &[String]) -> Result<Vec<PathBuf>, UsageError> {
    let mut projects = vec![PathBuf::from(".")];
    for name in named {
        let folder = PathBuf::from(name);
        if !folder.is_dir() {
            return Err(UsageError::new(name, UsageCause::NoProject));
        }
        projects.push(folder);
    }
    Ok(projects)
}

#[derive(Serialize)]
struct Discovered<'a> {
    servers: &'a [discovered::Server],
    errors: &'a [ReportedError],
}

fn split(named: Vec<ServerEntry>) -> (Vec<discovered::Server>, Vec<ReportedError>) {
    let (mut servers, mut errors) = (Vec::new(), Vec::new());
    for named in named {
        match named {
            Ok(configured) => servers.push(discovered::Server {
                client: configured.origin.client.clone(),
                file: configured.origin.file.clone(),
                line: configured.origin.line,
                server: configured.origin.server.clone(),
                transport: if configured.command().is_some() { "stdio" } else { "http" },
                runs: configured.shown().into(),
                environment: configured.environment(),
                headers: configured.headers(),
                disabled: configured.is_disabled(),
            }),
            Err(error) => errors.push(error.into()),
        }
    }
    (servers, errors)
}
