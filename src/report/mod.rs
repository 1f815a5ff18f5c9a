//! The output formats of a report. Each is a file with a function that writes a report and makes no decisions.

pub(crate) mod accuracy;
pub(crate) mod comment;
pub(crate) mod cyclonedx;
pub(crate) mod discovered;
pub(crate) mod drift;
mod escape;
pub(crate) mod explanation;
pub(crate) mod github;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod jsonl;
pub(crate) mod junit;
pub(crate) mod recall;
pub(crate) mod rows;
pub mod rules;
#[cfg(test)]
mod sample;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod verdict_rule;
mod view;
mod wording;
