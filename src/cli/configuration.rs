//! Chooses the configuration. One that the user names is applied as it is. One in the working folder may have come with what is
//! scanned: until the user approves it, it can only make a scan stricter.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use super::approval::FileApproval;
use super::args::ConfigArgs;
use super::diagnose::Messages;
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::rules::Ruleset;
use crate::text::file::read_text;
use crate::text::prose;
use crate::text::reveal::reveal;

/// Most requests that a warning names.
const MAX_NAMED: usize = 5;

/// Loads the file that `args` name, or `mcp-scan.yaml` in the working folder, or nothing.
pub(crate) fn load(args: &ConfigArgs, ruleset: &Ruleset, messages: Messages) -> Result<Config, ConfigError> {
    if let Some(file) = &args.config {
        return Config::load(file, ruleset);
    }
    let file = Path::new(FILE_NAME);
    if args.no_config || !file.is_file() {
        return Ok(Config::default());
    }
    // Read before it is loaded: what changes in between is not what was approved.
    let text = read_text(file).unwrap_or_default();
    let config = Config::load(file, ruleset)?;
    let requests = config.requests();
    let approval = FileApproval::new(file, &text);
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if requests.is_empty() || approval.is_recorded() || (terminal && is_approved(&requests, &approval, messages)) {
        let overrides = prose::count(config.overrides.len(), "override");
        let ignores = prose::count(config.ignores.len(), "ignore");
        let servers = prose::count(config.servers.len(), "server");
        messages.detail(&format!("{FILE_NAME} is in force: {overrides}, {ignores}, {servers}"));
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

/// Asks on the terminal, and keeps a yes.
fn is_approved(requests: &[String], approval: &FileApproval, messages: Messages) -> bool {
    let listed: String = requests.iter().map(|request| format!("\n  {}", reveal(request))).collect();
    let question = format!("{FILE_NAME} in this folder asks to:{listed}");
    if !yes(&question, &mut io::stdin().lock(), &mut anstream::stderr()) {
        return false;
    }
    if let Err(cause) = approval.record() {
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
