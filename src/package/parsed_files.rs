//! Which files of a module are parsed, in which order and how much of them, for each grammar.

use std::borrow::Cow;

use tree_sitter::{Language, Parser, Tree};

use super::extraction::Extraction;
use super::source_tree::SourceTree;

/// The largest file that is parsed, in bytes.
const MAX_FILE: usize = 2 << 20;
/// The most bytes that are parsed: their trees take several times as much.
const MAX_PARSED: usize = 12 << 20;

/// Which files are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The server's own.
    Own,
    /// Also examples and programs of tests.
    All,
}

/// What a language says of its files.
pub(super) struct Grammar {
    pub(super) language: Language,
    /// True for the path of a file that is read.
    pub(super) is_chosen: fn(&str, Choice) -> bool,
    /// The text as it is parsed, in which every byte keeps its place. `None` for a file that no build uses.
    pub(super) prepare: fn(&str) -> Option<Cow<'_, str>>,
}

/// A parsed file.
pub(super) struct ParsedFile<'s> {
    pub(super) path: &'s str,
    pub(super) text: &'s str,
    pub(super) tree: Tree,
}

/// The files that are read together, by their paths.
#[derive(Default)]
pub(super) struct ParsedFiles<'s> {
    pub(super) files: Vec<ParsedFile<'s>>,
    /// The first file about the protocol that was not parsed because of a limit.
    pub(super) left_out: Option<&'s str>,
}

impl<'s> ParsedFiles<'s> {
    /// Where not everything can be parsed, what speaks of the protocol comes first.
    pub(super) fn new(tree: &'s SourceTree, choice: Choice, grammar: &Grammar) -> Self {
        let mut parsed = Self::default();
        let mut parser = Parser::new();
        if parser.set_language(&grammar.language).is_err() {
            return parsed;
        }
        let mut paths: Vec<&'s str> = tree.paths().filter(|path| (grammar.is_chosen)(path, choice)).collect();
        let mentions = |path: &str| tree.text(path).is_some_and(|text| text.contains("mcp"));
        paths.sort_by_key(|path| !mentions(path));
        let mut bytes = 0;
        for path in paths {
            let Some(text) = tree.text(path) else { continue };
            if text.len() > MAX_FILE || bytes + text.len() > MAX_PARSED {
                if mentions(path) {
                    parsed.left_out = parsed.left_out.or(Some(path));
                }
                continue;
            }
            let Some(prepared) = (grammar.prepare)(text) else { continue };
            bytes += text.len();
            if let Some(tree) = parser.parse(prepared.as_ref(), None) {
                parsed.files.push(ParsedFile { path, text, tree });
            }
        }
        parsed.files.sort_by_key(|file| file.path);
        parsed
    }
}

/// The folder of a file. Empty for a file at the top.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// True if one of `folders` stands in the path of a file.
pub(super) fn is_below(path: &str, folders: &[&str]) -> bool {
    folder_of(path).split('/').any(|part| folders.contains(&part))
}

/// What `read` finds in the server's own files, or in all files where its own show no tool and the others do.
pub(super) fn own_before_all(read: impl Fn(Choice) -> Extraction) -> Extraction {
    let own = read(Choice::Own);
    if !own.tools.is_empty() {
        return own;
    }
    let all = read(Choice::All);
    if all.tools.is_empty() { own } else { all }
}
