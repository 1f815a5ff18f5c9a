//! The options of `eval`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};

use super::format::TextFormat;
use crate::rules::Group;

/// The options of `eval`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EvalArgs {
    /// Labelled tools, one JSON object per line; may be gzipped
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub(crate) format: TextFormat,
    /// Count findings instead of verdicts: recall and false alarms by set, on rows labelled poisoned or clean
    #[arg(long, conflicts_with_all = ["annotations", "blind", "without", "worth", "by_server", "part"])]
    pub(crate) findings: bool,
    /// How to treat the authors' annotations
    #[arg(long, value_name = "MODE", default_value = "withhold")]
    pub(crate) annotations: AnnotationMode,
    /// Hide a part of each definition from the rules (repeatable, or with commas)
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    pub(crate) blind: Vec<BlindMode>,
    /// Leave out a group of rules (repeatable, or with commas)
    #[arg(long, value_name = "GROUP", value_delimiter = ',', value_parser = groups())]
    pub(crate) without: Vec<Group>,
    /// Show the accuracy lost without each rule group
    #[arg(long)]
    pub(crate) worth: bool,
    /// Show the figures by server too, worst first
    #[arg(long, conflicts_with = "worth")]
    pub(crate) by_server: bool,
    /// Score only the rows of this part; the set is divided by server family
    #[arg(long, value_name = "PART")]
    pub(crate) part: Option<PartMode>,
}

/// A part of a labelled set: all versions and forks of one server belong to the same part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PartMode {
    /// Four fifths of the server families, for writing and tuning rules
    Work,
    /// One fifth of the server families, scored but never looked at
    Sealed,
}

fn groups() -> impl TypedValueParser<Value = Group> {
    let named = |name: String| Group::ALL.into_iter().find(|group| group.name() == name).ok_or("no such group");
    PossibleValuesParser::new(Group::ALL.map(Group::name)).try_map(named)
}

/// A part of a definition that is kept from the rules when accuracy is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BlindMode {
    /// The tool's name
    Names,
    /// Title and description
    Descriptions,
    /// Input and output schema
    Schemas,
}

/// What becomes of the authors' annotations when accuracy is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnnotationMode {
    /// Hide them from the rules
    Withhold,
    /// Use them as the authors gave them
    Use,
    /// Give every tool readOnlyHint: true
    Lie,
}
