//! The forms of a report.

use std::path::PathBuf;

use clap::ValueEnum;

/// A report that is to be written to a file.
pub type Wanted = (Format, PathBuf);

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// The whole report as one document
    Json,
    /// A tool a line
    Jsonl,
    /// A comment for a pull request
    Markdown,
    /// One page that needs nothing else
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, a test for each finding
    Junit,
    /// Annotations of a GitHub workflow
    Github,
    /// CycloneDX 1.6 JSON
    Cyclonedx,
}
