//! The forms of a report.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::text::prose;

/// A report that is to be written to a file.
pub(crate) type ReportFile = (Format, PathBuf);

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Table,
    /// One JSON document
    Json,
    /// One JSON object per tool and line
    Jsonl,
    /// Pull request comment
    Markdown,
    /// One self-contained page
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, one test per finding
    Junit,
    /// GitHub workflow annotations
    Github,
    /// CycloneDX 1.6 JSON
    Cyclonedx,
}

/// Text for people, or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Text for people
    Text,
    /// One JSON document
    Json,
}

/// Why a text names no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WantedReportError {
    /// No format with its file.
    #[error("give a format and a file: FORMAT=FILE")]
    Syntax,
    /// No such format.
    #[error("there is no format {format:?}, only {known}")]
    UnknownFormat {
        /// As it was given.
        format: String,
        /// The formats that exist, for people.
        known: String,
    },
}

/// `FORMAT=FILE`.
pub(crate) fn wanted_report(text: &str) -> Result<ReportFile, WantedReportError> {
    let named = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) = named.ok_or(WantedReportError::Syntax)?;
    let known =
        || Format::value_variants().iter().filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()));
    let format = Format::from_str(format, false).map_err(|_| WantedReportError::UnknownFormat {
        format: format.to_owned(),
        known: prose::list(&known().collect::<Vec<_>>()),
    })?;
    Ok((format, file.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wanted_report_has_a_format_and_a_file() {
        assert_eq!(wanted_report("sarif=a=b.sarif"), Ok((Format::Sarif, "a=b.sarif".into())));
        for wrong in ["sarif", "sarif=", "=x", "pdf=x"] {
            assert!(wanted_report(wrong).is_err(), "{wrong}");
        }
    }
}
