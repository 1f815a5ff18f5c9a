//! What each page is made from, as a digest: a page that would be made from the same again need not be. A page may hang
//! on more than it shows, never on less. What there is many of hangs on little: a tool's page on that tool and those
//! beside it, a server's on that server. All others, few beside these, hang on the whole report.

use std::fmt::{self, Debug, Write};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::options::Options;
use super::related::Place;
use crate::model::{Report, ServerReport};

/// Half of a SHA-256: enough that nobody finds two things of one digest.
pub type Fingerprint = u128;

/// The digests of a report's parts.
pub struct Sources {
    /// All that every page hangs on, and what is not in a server.
    common: Fingerprint,
    servers: Vec<Server>,
    /// The whole report.
    all: Fingerprint,
}

struct Server {
    /// What a page of one of its tools says of it.
    facts: Fingerprint,
    /// All of it, with its tools.
    all: Fingerprint,
    tools: Vec<Fingerprint>,
}

impl Sources {
    /// The digests of `report`, of which `options` say how it is shown.
    pub fn of(report: &Report, options: &Options) -> Self {
        let Options { title, base_url, theme, formats } = options;
        let Report {
            schema_version: _,
            mcp_scan_version,
            ruleset,
            profile,
            servers,
            errors,
            unmatched,
            flows,
            unread: _,
            drift,
        } = report;
        // By name: what a format holds beside it has addresses, which are others in every run.
        let formats: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        let common = mark(&(title, base_url, theme.digest(), formats, mcp_scan_version, ruleset, profile));
        let servers: Vec<Server> = servers.par_iter().map(Server::of).collect();
        let marks: Vec<Fingerprint> = servers.iter().map(|server| server.all).collect();
        Self { common, all: mark(&(common, marks, errors, unmatched, flows, drift)), servers }
    }

    /// What a page hangs on that may show anything.
    pub fn all(&self) -> Fingerprint {
        self.all
    }

    /// What a page hangs on that shows server number `at` and its tools.
    pub fn server(&self, at: usize) -> Fingerprint {
        mark(&(self.common, self.servers[at].all))
    }

    /// What a page hangs on that shows the tools at `places`, in that order, and what servers they are of.
    pub fn tools(&self, places: impl Iterator<Item = Place>) -> Fingerprint {
        let one = |place: Place| (self.servers[place.server()].facts, self.servers[place.server()].tools[place.tool()]);
        mark(&(self.common, places.map(one).collect::<Vec<_>>()))
    }
}

impl Server {
    fn of(report: &ServerReport) -> Self {
        // Each field by name, so that none that is added is forgotten. The counts follow from the tools.
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
            findings,
            deviations,
            tools,
        } = report;
        let facts = mark(&(server, slug, tools.len()));
        let tools: Vec<Fingerprint> = tools.par_iter().map(mark).collect();
        let grades = mark(&(verdict, exposure, care, grade, grade_arithmetic, grade_raised_by));
        let all = mark(&(facts, grades, findings, deviations, &tools));
        Self { facts, all, tools }
    }
}

/// The digest of all that `value` holds: what shows a value to a developer shows every field of it.
fn mark(value: &impl Debug) -> Fingerprint {
    let mut hash = Hash::default();
    // A hash takes anything.
    let _ = write!(hash, "{value:?}");
    let bytes: [u8; 32] = hash.0.finalize().into();
    let (half, _) = bytes.split_at(16);
    half.iter().fold(0, |mark, byte| mark << 8 | Fingerprint::from(*byte))
}

#[derive(Default)]
struct Hash(Sha256);

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
