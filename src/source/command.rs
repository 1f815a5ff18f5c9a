//! A program and its arguments.

use super::secret;
use crate::model::Redacted;
use crate::text::shell;

/// A program and its arguments, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a name on the PATH or a path.
    pub program: String,
    pub args: Vec<String>,
}

impl Command {
    /// The command line without secrets. Words with spaces are quoted.
    pub(crate) fn redacted(&self) -> Redacted {
        let mut line = secret::redact_program(&self.program).map(quoted);
        for arg in secret::redact_args(&self.program, &self.args) {
            line.push_str(" ");
            line.push(&arg.map(quoted));
        }
        line
    }

    /// Like `Command::redacted`, as a plain string.
    pub(crate) fn display(&self) -> String {
        self.redacted().into()
    }

    /// The program without its folder and without `.exe`, `.cmd` or `.bat`.
    pub(crate) fn program_name(&self) -> &str {
        let name = self.program.rsplit(['/', '\\']).next().unwrap_or(&self.program);
        [".exe", ".cmd", ".bat"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
    }
}

/// `word`, quoted for a shell if necessary. The redaction mark alone needs no quotes.
pub(crate) fn quoted(word: String) -> String {
    let open = word.replace(Redacted::MARK, "x");
    if shell::quote(&open) == open { word } else { shell::quote(&word) }
}
