//! Asks a person about a call beside the client: at the terminal, or on a page of this machine.

mod page;
mod terminal;

use std::time::Duration;

use super::approval::{Asked, Choice, Choices, question_text};
pub(crate) use page::PageAsker;
pub(crate) use terminal::TerminalAsker;

/// Asks a person.
pub(crate) enum Asker {
    Terminal(TerminalAsker),
    Page(PageAsker),
}

impl Asker {
    /// The answer about a call, one of `choices`. `None` if there is none within `limit`.
    pub(super) async fn ask(&self, asked: &Asked<'_>, choices: &'static Choices, limit: Duration) -> Option<Choice> {
        let question = question_text(asked);
        match self {
            Self::Terminal(terminal) => {
                let words: Vec<&str> = choices.iter().map(|(words, _)| *words).collect();
                let chosen = terminal.ask(&question, &words, limit).await?;
                choices.get(chosen).map(|(_, choice)| *choice)
            }
            Self::Page(page) => page.ask(question, choices, limit).await,
        }
    }
}
