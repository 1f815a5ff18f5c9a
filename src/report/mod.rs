//! A report becomes text: one file per format, each a function from a report to a writer that decides nothing.

pub mod accuracy;
pub mod drift;
pub mod explanation;
pub mod found;
mod harmless;
pub mod json;
pub mod jsonl;
pub mod rules;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod table;
