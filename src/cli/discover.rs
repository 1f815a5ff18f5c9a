//! `mcp-scan discover`: lists the servers in the client configurations of this machine, with the findings on their
//! entries and on the settings of the clients. Nothing is started.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{CommonArgs, DiscoverArgs, Format};
use super::ci::is_ci;
use super::diagnose::Messages;
use super::error::{CliError, UsageCause, UsageError};
use super::exit::Exit;
use super::guard::look_through_guard;
use super::output::Destination;
use super::places::Places;
use super::scan_outcome::ScanOutcome;
use super::session::Session;
use super::{reports, scan};
use crate::model::{Finding, LeftUnread, Listing, Origin, Report, ReportedError, ServerReport};
use crate::report::rows::Layout;
use crate::report::{discovered, json};
use crate::source::client::{Configured, ServerEntry};
use crate::source::secret::hide_issued;
use crate::source::{self, Budget, Reading, Sandbox};

/// Lists the servers, or scans them.
pub(crate) fn run(args: &DiscoverArgs, common: &CommonArgs) -> Result<Exit, CliError> {
    let messages = Messages::from(common);
    let projects = projects(&args.options.targets)?;
    let named = source::on_this_machine(&projects);
    if args.scan {
        if named.is_empty() {
            messages.note("no MCP client of this machine is configured with a server");
            return Ok(Exit::Done);
        }
        let mut options = args.options.clone();
        // In a pipeline nobody sees what is started, and nobody chose these servers, so a sandbox is required.
        if is_ci() && options.server.sandbox == Sandbox::Auto {
            options.server.sandbox = Sandbox::Required;
        }
        return scan::run_found(&options, common, named);
    }
    if !matches!(args.options.format, Format::Table | Format::Json | Format::Jsonl) || !args.options.report.is_empty() {
        return Err(UsageError::new("discover", UsageCause::ListFormat).into());
    }
    let session = Session::start(common, &args.options.config, &args.options.profile)?;
    let mut tally =
        ScanOutcome::new(&args.options.gate, args.options.force, &session.config, &session.ruleset, messages)?;
    let (mut configured, errors) = split(named);
    configured.iter_mut().for_each(look_through_guard);
    let entry = |configured: &Configured| {
        let why = if configured.is_disabled() { LeftUnread::Disabled } else { LeftUnread::NoLaunch };
        source::entry_listing(configured, Some(why))
    };
    let mut listings: Vec<Listing> = configured.iter().map(entry).collect();
    listings.extend(source::settings_listings(&projects));
    listings.extend(source::skill_listings(&projects, &Budget::default()));
    let mut report = session.report(Reading { listings, ..Reading::default() });
    tally.report(&mut report, &session.ruleset);
    let servers = entries(&configured, &report);
    let place = args.options.output.as_deref().map(|path| Destination::new("the list", path)).transpose()?;
    let mut places = Places::default().read_folder("the folder of rules", session.rules_folder());
    configured.iter().for_each(|configured| places.server(configured));
    for file in errors.iter().map(|error| Path::new(&error.target)) {
        places = places.read("the configuration of the server", Some(file));
    }
    args.options.output.as_deref().map_or(Ok(()), |path| places.write("the list", path))?;
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
    Ok(tally.exit(errors.is_empty())?)
}

/// The current folder and the named ones, which must exist, each with the folders around it up to the root of its
/// repository: clients look there too.
fn projects(named: &[String]) -> Result<Vec<PathBuf>, UsageError> {
    let mut projects = with_repository(Path::new("."));
    for name in named {
        let folder = PathBuf::from(name);
        if !folder.is_dir() {
            return Err(UsageError::new(name, UsageCause::NoProject));
        }
        projects.extend(with_repository(&folder));
    }
    Ok(projects)
}

/// `folder`, and the folders around it up to the root of its repository, if it is in one.
fn with_repository(folder: &Path) -> Vec<PathBuf> {
    let Ok(real) = folder.canonicalize() else { return vec![folder.to_owned()] };
    let above = real.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    let outwards = (0..=above).map(|count| match (count, folder == Path::new(".")) {
        (0, _) => folder.to_owned(),
        (_, true) => std::iter::repeat_n("..", count).collect(),
        (_, false) => std::iter::once(folder.as_os_str()).chain(std::iter::repeat_n("..".as_ref(), count)).collect(),
    });
    outwards.collect()
}

#[derive(Serialize)]
struct Discovered<'a> {
    servers: &'a [discovered::Server],
    errors: &'a [ReportedError],
}

fn split(named: Vec<ServerEntry>) -> (Vec<Configured>, Vec<ReportedError>) {
    let (mut servers, mut errors) = (Vec::new(), Vec::new());
    for named in named {
        match named {
            Ok(configured) => servers.push(configured),
            Err(error) => {
                let mut error = ReportedError::from(error);
                error.hide_secrets(&hide_issued);
                errors.push(error);
            }
        }
    }
    (servers, errors)
}

fn without_tokens(name: &str) -> String {
    hide_issued(name).unwrap_or_else(|| name.to_owned())
}

/// The rows: the configured servers, then the settings files with findings.
fn entries(configured: &[Configured], report: &Report) -> Vec<discovered::Server> {
    type EntryPosition<'o> = (&'o str, String, Option<usize>, Option<usize>);
    fn entry(origin: &Origin) -> EntryPosition<'_> {
        (&origin.file, without_tokens(&origin.server), origin.line, origin.column)
    }
    // Of two with one entry the first counts.
    let unread = report.unread.iter().rev();
    let judged: HashMap<EntryPosition<'_>, &ServerReport> =
        unread.filter_map(|server| Some((entry(server.server.configured.as_ref()?), server))).collect();
    let findings = |origin: &Origin| -> Vec<Finding> {
        let judged = judged.get(&entry(origin));
        judged.map(|server| server.gravest_findings().into_iter().cloned().collect()).unwrap_or_default()
    };
    let answer = |origin: &Origin| judged.get(&entry(origin)).map(|server| &server.verdict);
    let row = |configured: &Configured| {
        let findings = findings(&configured.origin);
        discovered::Server {
            client: configured.origin.client.clone(),
            file: configured.origin.file.clone(),
            line: configured.origin.line,
            server: without_tokens(&configured.origin.server),
            transport: if configured.is_remote() { "http" } else { "stdio" },
            runs: configured.shown().into(),
            environment: configured.environment().iter().map(|name| without_tokens(name)).collect(),
            headers: configured.headers().iter().map(|name| without_tokens(name)).collect(),
            disabled: configured.is_disabled(),
            verdict: discovered::EntryVerdict::new(&findings),
            answer: answer(&configured.origin).map(|verdict| verdict.answer),
            because: answer(&configured.origin).map(|verdict| verdict.because.clone()),
            findings,
        }
    };
    let servers: HashSet<EntryPosition<'_>> = configured.iter().map(|server| entry(&server.origin)).collect();
    let is_settings = |origin: &&Origin| !servers.contains(&entry(origin));
    let settings = report.unread.iter().filter(|server| server.findings().next().is_some());
    let settings = settings.filter_map(|server| server.server.configured.as_ref()).filter(is_settings);
    let settings = settings.map(|origin| {
        let findings = findings(origin);
        discovered::Server {
            client: origin.client.clone(),
            file: origin.file.clone(),
            line: None,
            server: origin.server.clone(),
            transport: discovered::SETTINGS,
            runs: String::new(),
            environment: Vec::new(),
            headers: Vec::new(),
            disabled: false,
            verdict: discovered::EntryVerdict::new(&findings),
            answer: answer(origin).map(|verdict| verdict.answer),
            because: answer(origin).map(|verdict| verdict.because.clone()),
            findings,
        }
    });
    let skills = report.servers.iter().filter(|server| server.findings().next().is_some());
    configured.iter().map(row).chain(settings).chain(skills.map(skill)).collect()
}

/// The row of a skill, or of a part of a plugin.
fn skill(server: &ServerReport) -> discovered::Server {
    let findings: Vec<Finding> = server.gravest_findings().into_iter().cloned().collect();
    let origin = server.server.configured.as_ref();
    let file = origin.map(|origin| origin.file.clone()).or_else(|| server.server.saved_in.clone());
    discovered::Server {
        client: origin.map_or_else(|| "a skill".to_owned(), |origin| origin.client.clone()),
        file: file.unwrap_or_else(|| server.server.target.to_string()),
        line: None,
        server: without_tokens(&server.server.name),
        transport: discovered::SKILL,
        runs: String::new(),
        environment: Vec::new(),
        headers: Vec::new(),
        disabled: false,
        verdict: discovered::EntryVerdict::new(&findings),
        answer: Some(server.verdict.answer),
        because: Some(server.verdict.because.clone()),
        findings,
    }
}
