//! The policy files of a report.

use std::path::{Path, PathBuf};

use super::Policy;
use super::dialect::{Dialect, PolicyError, write};
use super::merge::listed;
use crate::model::{Report, ServerReport};
use crate::text::unedited;

/// A policy file that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    /// Where it goes.
    pub path: PathBuf,
    /// The policy it says.
    pub policy: Policy,
    /// What it holds.
    pub text: String,
}

/// The policy files of a report: `path` itself for one server, `NAME-SLUG.EXT` beside it for each of
/// several, because a policy speaks of the tools of one server. Clients are taken to call a server `name`, else as the
/// configuration does that named it. Each is written or refused by itself, in the order of the servers. Writes nothing.
pub fn write_all(
    report: &Report,
    path: &Path,
    dialect: Dialect,
    name: Option<&str>,
) -> Vec<Result<PolicyFile, PolicyError>> {
    let file = |server: &ServerReport| match report.servers.len() {
        1 => path.to_owned(),
        _ => beside(path, &server.slug),
    };
    let written = |server: &ServerReport| {
        let configured = || server.server.configured.as_ref().map(|origin| origin.server.as_str());
        let mut policy = Policy::for_server(server, report);
        if let Some(name) = name.or_else(configured) {
            policy = policy.known_as(name);
        }
        Ok(PolicyFile { path: file(server), text: file_text(&policy, dialect)?, policy })
    };
    report.servers.iter().map(written).collect()
}

/// What the file of `policy` holds: the policy, and where the format has comments the tools that it knows and whether
/// somebody has edited it since.
fn file_text(policy: &Policy, dialect: Dialect) -> Result<String, PolicyError> {
    let mut text = write(policy, dialect)?;
    if dialect == Dialect::INTERCEPT {
        let names = policy.rules.iter().map(|rule| rule.tool.as_str());
        let lines = listed::lines(names);
        text = format!("{text}\n{}\n", lines.join("\n"));
    }
    Ok(if dialect.has_comments() { unedited::marked(&text) } else { text })
}

/// `dir/policy.yaml` and `github` give `dir/policy-github.yaml`.
fn beside(path: &Path, slug: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push("-");
    name.push(slug);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}
