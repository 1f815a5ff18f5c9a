//! Which configuration is in force. One that the user names is. One that lies in the working folder may have come with what
//! is scanned: until somebody approves it, it can only make a scan stricter.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::approval::Approval;
use super::args::ConfigArgs;
use super::diagnose::Messages;
use crate::config::{Config, FILE_NAME};
use crate::model::{TargetError, Unmatched};
use crate::rules::Ruleset;
use crate::text::prose;
use crate::text::reveal::reveal;

/// Most requests that a warning names.
const MAX_NAMED: usize = 5;

/// The file that `args` name, else `mcp-scan.yaml` in the working folder, else nothing. An error when it speaks of what
/// `ruleset` does not know.
pub fn config(args: &ConfigArgs, ruleset: &Ruleset, messages: Messages) -> Result<Config, TargetError> {
    if let Some(file) = &args.config {
        return read(file, ruleset).map(|(config, _)| config);
    }
    let file = Path::new(FILE_NAME);
    if args.no_config || !file.is_file() {
        return Ok(Config::default());
    }
    let (config, text) = read(file, ruleset)?;
    let requests = config.requests();
    let approval = Approval::new(file, &text);
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if requests.is_empty() || approval.is_given() || (terminal && is_approved(&requests, &approval, messages)) {
        let overrides = prose::count(config.overrides.len(), "override");
        let ignores = prose::count(config.ignores.len(), "ignore");
        let servers = prose::count(config.servers.len(), "server");
        messages.note(&format!("{FILE_NAME} is in force: {overrides}, {ignores}, {servers}"));
        return Ok(config);
    }
    let named: Vec<String> = requests.iter().take(MAX_NAMED).map(|request| reveal(request)).collect();
    let more = requests.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    messages.warning(&format!(
        "{FILE_NAME} lies in this folder, and nobody named or approved it: only its fail_on and its sandbox count. It asks to {}{more}. \
         --config {FILE_NAME} puts it in force",
        named.join("; ")
    ));
    Ok(config.without_requests())
}

fn read(file: &Path, ruleset: &Ruleset) -> Result<(Config, String), TargetError> {
    let failed = |why: String| TargetError {
        target: file.display().to_string(),
        what: "could not read the configuration".into(),
        why,
        hint: Some("`mcp-scan init` writes a commented file of the right form".into()),
    };
    let text = fs::read_to_string(file).map_err(|cause| failed(cause.to_string()))?;
    let config = Config::parse(&file.display().to_string(), &text).map_err(|error| failed(error.cause))?;
    config.check(ruleset).map_err(|why| TargetError {
        hint: Some("`mcp-scan rules list` has the findings and the flows; in an id, `*` stands for anything".into()),
        ..failed(why)
    })?;
    Ok((config, text))
}

/// Asks on the terminal, and keeps a yes.
fn is_approved(requests: &[String], approval: &Approval, messages: Messages) -> bool {
    let listed: String = requests.iter().map(|request| format!("\n  {}", reveal(request))).collect();
    let question = format!("{FILE_NAME} in this folder asks to:{listed}");
    if !yes(&question, &mut io::stdin().lock(), &mut anstream::stderr()) {
        return false;
    }
    if let Err(cause) = approval.give() {
        messages.warning(&format!("the approval counts for this run only: {cause}"));
    }
    true
}

/// Asks until the answer is one; the end of the input is a no.
fn yes(question: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> bool {
    let _ = writeln!(out, "{question}");
    loop {
        let _ = write!(out, "Approve it, until it changes? [y]es, [n]o: ");
        let _ = out.flush();
        let mut line = String::new();
        if !input.read_line(&mut line).is_ok_and(|read| read > 0) {
            return false;
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return true,
            "n" | "no" => return false,
            _ => {}
        }
    }
}

/// Tells of entries that nothing answered to.
pub fn warn(unmatched: &[Unmatched], messages: Messages) {
    for Unmatched { entry, text } in unmatched {
        messages.warning(&format!("{entry} of the configuration matches nothing: {text}"));
    }
}
