//! Writes the policy files of a report.

use std::path::{Path, PathBuf};

use super::Policy;
use super::dialect::{Dialect, PolicyError, write};
use super::merge::listed;
use crate::model::{Report, ServerReport};
use crate::text::unedited;

/// A policy file to write.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    pub path: PathBuf,
    pub policy: Policy,
    /// The content of the file.
    pub text: String,
}

/// The policy files of a report: `path` for a single server, or `NAME-SLUG.EXT` next to it for each of several, since a
/// policy is for one server. The server's name in clients is `name`, or the name in the configuration that lists it.
/// Each file can fail by itself; the order is that of the servers. Writes nothing.
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

/// The content of the file for `policy`. If the format has comments, also the known tools, and a digest to detect
/// edits.
fn file_text(policy: &Policy, dialect: Dialect) -> Result<String, PolicyError> {
    let mut text = write(policy, dialect)?;
    if dialect == Dialect::INTERCEPT {
        let names = policy.rules.iter().map(|rule| rule.tool.as_str());
        let lines = listed::lines(names);
        text = format!("{text}\n{}\n", lines.join("\n"));
    }
    Ok(if dialect.has_comments() { unedited::marked(&text) } else { text })
}

/// The path next to `path` for a server: `dir/policy.yaml` and `github` give `dir/policy-github.yaml`.
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
