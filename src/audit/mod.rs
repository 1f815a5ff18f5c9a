//! What is wrong with a definition, what it costs a server, what may not pass, and what has changed since it was
//! approved.

mod baseline;
mod findings;
pub mod gate;
mod grade;
pub mod lock;

pub use baseline::Baseline;
pub use findings::{across, example_failures, findings, lone_writer, on_server};
pub use grade::{Grade, grade};
