//! A report becomes text: one file per format, each a function from a report to a writer that decides nothing.

pub mod accuracy;
pub mod comment;
pub mod cyclonedx;
pub mod discovered;
pub mod drift;
mod escape;
pub mod explanation;
pub mod github;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod recall;
pub mod rows;
pub mod rules;
mod said;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod table;
pub mod verdict_rule;
mod view;
