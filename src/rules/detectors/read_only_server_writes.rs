//! Finds servers that claim to be read-only but have tools that change something.

use serde::{Deserialize, Serialize};

use super::patterns::PhraseList;
use super::{ServerView, lone_writing_tool, names};
use crate::model::{Confidence, ToolReport};
use crate::text::clean;
use crate::text::words::Words;

/// What the detector looks for, for `rules show`.
pub(crate) const ABOUT: &str = "one of the phrases in the name, the title or the instructions of a server with tools that surely \
                         change something";

/// Longest quotation, in characters.
const MAX_QUOTE: usize = 100;

/// Phrases that claim that a server is read-only.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOnlyServerWrites {
    phrases: PhraseList,
    /// Longer phrases that contain them and mean something else.
    #[serde(default)]
    except: PhraseList,
}

impl ReadOnlyServerWrites {
    /// The finding, with the claim and the tools that contradict it.
    pub(crate) fn find(&self, view: ServerView<'_>) -> Option<String> {
        let texts = [Some(&view.server.name), view.server.title.as_ref(), view.server.instructions.as_ref()];
        let quote = texts.into_iter().flatten().find_map(|text| {
            let words = Words::new(text.as_str());
            let found = self.phrases.find_unless(&words, &self.except).into_iter().next()?;
            Some(clean::excerpt(words.text(found.from, found.to), MAX_QUOTE))
        })?;
        let surely_writes =
            |tool: &&ToolReport| lone_writing_tool::writes(tool) && tool.assessment.confidence == Confidence::High;
        let writing: Vec<&str> = view.tools.iter().filter(surely_writes).map(|tool| tool.tool.name.as_str()).collect();
        let does = if writing.len() == 1 { "does" } else { "do" };
        (!writing.is_empty())
            .then(|| format!("The server says \"{quote}\", but {} {does} more.", names::listed(&writing)))
    }
}
