//! What is wrong with a definition, what it costs a server, and what may not pass.

mod baseline;
mod findings;
pub mod gate;
mod grade;

pub use baseline::Baseline;
pub use findings::{across, example_failures, findings, lone_writer, on_server};
pub use grade::{Grade, grade};
