//! A digest of each page's input, so that a page with unchanged input is not written again. A digest may cover more
//! than the page shows, never less. A tool page covers the tool and its related tools, a server page covers the server,
//! and every other page covers the whole report.

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use url::Url;

use super::options::Options;
use super::related::ToolIndex;
use crate::model::{Report, ServerReport};

/// Half of a SHA-256: collisions are not a practical concern.
pub(crate) type Fingerprint = u128;

/// The digests of the parts of a report.
pub(crate) struct Sources {
    /// The input of every page: options, ruleset and versions.
    common: Fingerprint,
    servers: Vec<Server>,
    all: Fingerprint,
}

struct Server {
    /// The server fields that its tool pages show.
    facts: Fingerprint,
    /// The server including its tools.
    all: Fingerprint,
    tools: Vec<Fingerprint>,
}

impl Sources {
    /// The digests of `report` as shown with `options`.
    pub(crate) fn new(report: &Report, options: &Options) -> Self {
        let Options { title, base_url, theme, formats } = options;
        let Report {
            schema_version: _,
            mcp_scan_version,
            ruleset,
            profile,
            all_tools,
            servers,
            errors,
            unmatched,
            flows,
            unread: _,
            drift,
        } = report;
        // By name: the rest of a format holds pointers, which differ in every run.
        let formats: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        let common = mark(&(
            title,
            base_url.as_ref().map(Url::as_str),
            theme.digest(),
            formats,
            mcp_scan_version,
            ruleset,
            profile,
            all_tools,
        ));
        let servers: Vec<Server> = servers.par_iter().map(Server::new).collect();
        let marks: Vec<Fingerprint> = servers.iter().map(|server| server.all).collect();
        Self { common, all: mark(&(common, marks, errors, unmatched, flows, drift)), servers }
    }

    /// The digest for pages that may show any part of the report.
    pub(crate) fn all(&self) -> Fingerprint {
        self.all
    }

    /// The digest for pages about the server at index `at` and its tools.
    pub(crate) fn server(&self, at: usize) -> Fingerprint {
        mark(&(self.common, self.servers[at].all))
    }

    /// The digest for pages about the tools at `indices`, in that order.
    pub(crate) fn tools(&self, indices: impl Iterator<Item = ToolIndex>) -> Fingerprint {
        let one =
            |index: ToolIndex| (self.servers[index.server()].facts, self.servers[index.server()].tools[index.tool()]);
        mark(&(self.common, indices.map(one).collect::<Vec<_>>()))
    }
}

impl Server {
    fn new(report: &ServerReport) -> Self {
        // Destructured so that a new field cannot be forgotten. The counts follow from the tools.
        let ServerReport {
            server,
            slug,
            verdict,
            exposure,
            care,
            tool_count: _,
            categories: _,
            severities: _,
            grade,
            grade_arithmetic,
            grade_raised_by,
            own_findings,
            deviations,
            tools,
            items,
            left_unread: _,
        } = report;
        let facts = mark(&(server, slug, tools.len()));
        let tools: Vec<Fingerprint> = tools.par_iter().map(|tool| mark(&(&tool.slug, tool))).collect();
        let grades = mark(&(verdict, exposure, care, grade, grade_arithmetic, grade_raised_by));
        let all = mark(&(facts, grades, own_findings, deviations, &tools, items));
        Self { facts, all, tools }
    }
}

/// The digest of `value` as JSON.
fn mark(value: &impl Serialize) -> Fingerprint {
    let mut hash = Sha256::new();
    serde_json::to_writer(&mut hash, value).expect("the parts of a report are JSON, and a hash takes anything");
    let bytes: [u8; 32] = hash.finalize().into();
    let (half, _) = bytes.split_at(16);
    half.iter().fold(0, |mark, byte| mark << 8 | Fingerprint::from(*byte))
}
