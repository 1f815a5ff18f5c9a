//! The answers about the servers, in the properties of a run.

use serde::Serialize;

use crate::model::{Answer, ServerReport};
use crate::report::wording;
use crate::text::clean;

#[derive(Serialize)]
pub(super) struct ServerAnswer {
    name: String,
    answer: Answer,
    because: String,
    /// The full sentence, including what was not read.
    verdict: String,
    grade: Option<String>,
}

impl ServerAnswer {
    pub(super) fn new(server: &ServerReport) -> Self {
        Self {
            name: clean::one_line(&server.server.name),
            answer: server.verdict.answer,
            because: clean::one_line(&server.verdict.because),
            verdict: wording::verdict_text(server),
            grade: server.grade.clone(),
        }
    }
}
