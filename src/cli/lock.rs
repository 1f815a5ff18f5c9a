//! `mcp-scan lock`: what is approved now, written down; and how a lock is read again.

use std::fs;
use std::path::Path;

use super::args::{CommonArgs, LockArgs};
use super::diagnose::Messages;
use super::output::Destination;
use super::places::Places;
use super::scan::choose_profile;
use super::{Exit, config, consent, read, ruleset, targets};
use crate::audit::lock::Lock;
use crate::config::FILE_NAME;
use crate::model::{Report, TargetError};
use crate::source::Reading;
use crate::text::prose;

/// Largest lock, in bytes.
const MAX_LOCK: u64 = 256 << 20;

/// Writes the lock; with `forced` the targets are one command. Nothing is written unless everything could be read: what
/// nobody has seen is not approved.
pub fn run(args: &LockArgs, common: &CommonArgs, forced: bool) -> Result<Exit, TargetError> {
    let messages = Messages { quiet: common.quiet };
    let place = Destination::new("the lock", &args.output)?;
    let mut ruleset = ruleset(common.rules.as_deref())?;
    choose_profile(&mut ruleset, &args.profile)?;
    let config = config::config(&args.config, &ruleset, messages)?;
    let asked = targets::of_words(&args.targets, forced);
    let Some(asked) = consent::settle(asked, &args.server, messages)? else { return Ok(Exit::Interrupted) };
    let configuration = args.config.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    Places::of(&asked)
        .read("the configuration", Some(configuration))
        .read("the file of what may be started", args.server.launch_allow.as_deref())
        .write("the lock", &args.output)?;
    let before = if args.replace || !args.output.exists() { Lock::default() } else { lock(&args.output)? };
    let done = read::read(&asked, &args.server, &config, None, common)?;
    if !done.unread.is_empty() {
        return Ok(Exit::Interrupted);
    }
    let Reading { listings, errors } = done.reading;
    errors.iter().for_each(|error| messages.error(error));
    if !errors.is_empty() {
        messages.warning(&format!("{} is as it was: not everything could be read", place.named()));
        return Ok(Exit::Unread);
    }
    let report = crate::report_with(listings, errors, &ruleset, &config);
    config::warn(&report.unmatched, messages);
    for server in report.servers.iter().filter(|server| server.tools.is_empty()) {
        messages.warning(&format!("{} lists no tools", server.server.name));
    }
    if !warn_of_missing_tools(&report, messages) {
        messages.warning(&format!("{} is as it was: not everything could be read", place.named()));
        return Ok(Exit::Unread);
    }
    let now = Lock::of(&report);
    let given = prose::count(now.server_count(), "server");
    let all = before.updated_by(now);
    place.write(|out| out.write_all(all.write().as_bytes()))?;
    let kept = all.server_count() - report.servers.len();
    let kept = if kept > 0 { format!("; {} as before", prose::count(kept, "other entry")) } else { String::new() };
    let tools = prose::count(report.tool_count(), "tool");
    messages.note(&format!("wrote {}: {given} with {tools}{kept}", place.named()));
    Ok(Exit::Done)
}

/// Warns of the servers of which tools are missing; false when there is one. A tool without a digest cannot be approved.
pub fn warn_of_missing_tools(report: &Report, messages: Messages) -> bool {
    let missing: Vec<_> =
        report.servers.iter().filter_map(|server| Some((&server.server.name, server.tools_not_read()?))).collect();
    missing.iter().for_each(|(name, why)| messages.warning(&format!("{name} was not read whole: {}", why.text)));
    missing.is_empty()
}

/// Reads the lock at `path`.
pub fn lock(path: &Path) -> Result<Lock, TargetError> {
    let error = |why: String, hint: Option<String>| TargetError {
        target: path.display().to_string(),
        what: "could not read the lock".into(),
        why,
        hint,
    };
    let unread = |why: String| error(why, Some("`mcp-scan lock TARGET...` writes it".into()));
    let length = fs::metadata(path).map_err(|cause| unread(cause.to_string()))?.len();
    if length > MAX_LOCK {
        return Err(unread(format!("it has {length} bytes; at most {MAX_LOCK} are read")));
    }
    let text = fs::read_to_string(path).map_err(|cause| unread(cause.to_string()))?;
    Lock::parse(&text).map_err(|cause| error(cause.why, Some(cause.hint)))
}
