//! A report becomes text: one file per format, each a function from a report to a writer that decides nothing.

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
mod said;
#[cfg(test)]
mod sample;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod verdict_rule;
mod view;
