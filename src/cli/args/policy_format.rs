//! The forms of a policy, as they are named on the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::policy::Dialect;

/// One form of a policy, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyFormat {
    /// Every form.
    All,
    /// This one.
    One(Dialect),
}

impl PolicyFormat {
    /// What `formats` name, each once, in their order.
    pub(crate) fn dialects(formats: &[Self]) -> Vec<Dialect> {
        let mut dialects = Vec::new();
        for format in formats {
            let named = match format {
                Self::All => Dialect::all().collect(),
                Self::One(dialect) => vec![*dialect],
            };
            for dialect in named {
                if !dialects.contains(&dialect) {
                    dialects.push(dialect);
                }
            }
        }
        dialects
    }
}

/// Reads one.
pub(crate) fn policy_formats() -> impl TypedValueParser<Value = PolicyFormat> {
    let names = Dialect::all().map(Dialect::name).chain(["all"]).collect::<Vec<_>>();
    PossibleValuesParser::new(names).map(|name| Dialect::from_name(&name).map_or(PolicyFormat::All, PolicyFormat::One))
}
