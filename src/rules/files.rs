//! The rule files: those built in, and a folder laid over them. An entry of the folder replaces the built-in entry with
//! its id, or is added; `doubts.yaml`, `further-acts.yaml`, `grade.yaml`, `grammar.yaml`, `scoring.yaml` and `sql.yaml` are replaced whole.

use std::collections::HashSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::detectors::deferring;
use super::entries::{InputEntry, SenseEntry, SignalEntry, StatementEntry, VerbEntry, without_examples};
use super::{
    Attack, ExposureEntry, FindingRule, FlowEntry, FlowRoleEntry, GuardEntry, PolicyProblem, Profile, VerdictEntry,
    WhatIf, Wording,
};
use crate::model::{Failure, FailureCause};
use crate::orders::WordClass;
use crate::text::digest::sha256;
use crate::text::embedded::{self, EmbeddedFile};
use crate::text::file::read_text;
use crate::text::yaml::{self, YamlError};

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// The YAML files as JSON, under the same names. `build.rs` writes them.
static AS_JSON: Dir<'static> = include_dir!("$OUT_DIR/rules");

/// The digest of the built-in rule files, made by `build.rs`.
const DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.digest"));

/// The built-in rule files by name. The digest covers them in this order.
pub(crate) static BUILTIN: LazyLock<Vec<EmbeddedFile>> = LazyLock::new(|| embedded::files(&FOLDER));

/// A rule file in a source of rules is unusable.
pub(crate) type RulesError = Failure<RuleFileError>;

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {cause}")]
pub struct RuleFileError {
    pub file: String,
    /// Why.
    pub cause: RuleFileCause,
}

impl RuleFileError {
    pub(crate) fn new(file: impl Into<String>, cause: impl Into<RuleFileCause>) -> Self {
        Self { file: file.into(), cause: cause.into() }
    }
}

/// Why a rule file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleFileCause {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A YAML file with an unknown name, whose rules would be ignored.
    #[error("no rule file has this name; there are {}", .known.join(", "))]
    UnknownName {
        /// The known names.
        known: Vec<&'static str>,
    },
    /// The folder contains no rule files.
    #[error("the folder holds no rule file")]
    EmptyFolder,
    /// Two entries have the same id.
    #[error("the id {0} is used twice; keep one entry")]
    RepeatedId(String),
    /// Invalid YAML, or an entry with wrong fields; the message has the line and an excerpt.
    #[error(transparent)]
    Syntax(#[from] YamlError),
    /// A built-in entry with wrong fields.
    #[error(transparent)]
    Fields(#[from] serde_json::Error),
    /// An entry refers to an entry that does not exist.
    #[error("{entry}: no entry {missing:?} in {file}")]
    UnknownEntry {
        /// The entry with the reference.
        entry: String,
        /// The missing id.
        missing: String,
        /// The file that should contain it.
        file: &'static str,
    },
    /// An entry does not compile.
    #[error("{0}")]
    Invalid(#[source] Box<dyn Error + Send + Sync>),
    /// There is no starter profile.
    #[error("no profile has the id starter")]
    NoStarter,
}

impl FailureCause for RuleFileError {
    fn attempt(&self) -> String {
        "could not read the rules".into()
    }

    fn hint(&self) -> Option<String> {
        Some("`mcp-scan rules export DIR` writes files of the right form".into())
    }
}

/// An entry with an id.
pub(crate) trait Entry {
    /// Kebab-case, never reused.
    fn id(&self) -> &str;
}

macro_rules! entries {
    ($($entry:ty),*) => { $(impl Entry for $entry { fn id(&self) -> &str { &self.id } })* };
}
entries!(
    VerbEntry,
    SenseEntry,
    StatementEntry,
    InputEntry,
    SignalEntry,
    GuardEntry,
    Profile,
    PolicyProblem,
    Attack,
    FindingRule,
    FlowRoleEntry,
    FlowEntry,
    WhatIf,
    ExposureEntry,
    VerdictEntry,
    WordClass
);

/// What of the rules is kept. The rest would only take memory, which a guard holds for days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// All but the examples of built-in entries, which only the commands on rules use.
    WithoutExamples,
    /// What classifies tools and reads results.
    ForCalls,
}

/// The files that neither classify tools nor read results.
const NOT_FOR_CALLS: [&str; 7] = [
    "attacks.yaml",
    "flow-roles.yaml",
    "flows.yaml",
    "guards.yaml",
    "policy-problems.yaml",
    "verdict.yaml",
    "whatif.yaml",
];

/// The texts of all rule files.
pub(crate) struct RuleFiles {
    extent: Extent,
    overlay: Vec<(&'static str, PathBuf, String)>,
}

impl RuleFiles {
    /// The built-in files, overlaid by the files of `folder`. A YAML file with an unknown name is an error, since its
    /// rules would be ignored silently.
    pub(crate) fn read(folder: Option<&Path>) -> Result<Self, RuleFileError> {
        let Some(folder) = folder else { return Ok(Self { extent: Extent::All, overlay: Vec::new() }) };
        let failed = |path: &Path, cause: RuleFileCause| RuleFileError::new(path.display().to_string(), cause);
        let mut overlay = Vec::new();
        for item in std::fs::read_dir(folder).map_err(|e| failed(folder, e.into()))? {
            let path = item.map_err(|e| failed(folder, e.into()))?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            if ![".yaml", ".yml", ".tsv"].iter().any(|ending| name.ends_with(ending)) {
                continue;
            }
            let mut names = BUILTIN.iter().map(|(name, _)| *name);
            let Some(known) = names.find(|n| *n == name) else {
                let known = BUILTIN.iter().map(|(name, _)| *name).collect();
                return Err(failed(&path, RuleFileCause::UnknownName { known }));
            };
            let text = read_text(&path).map_err(|e| failed(&path, e.into()))?;
            overlay.push((known, path, text));
        }
        overlay.sort();
        if overlay.is_empty() {
            return Err(failed(folder, RuleFileCause::EmptyFolder));
        }
        Ok(Self { extent: Extent::All, overlay })
    }

    /// The same, of which so much is kept.
    pub(crate) fn with_extent(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// `sha256:` and 64 hex digits over the names and contents of all files.
    pub(crate) fn digest(&self) -> String {
        if self.overlay.is_empty() {
            return DIGEST.to_owned();
        }
        let overlaid = self.overlay.iter().map(|(name, _, text)| (*name, text.as_str()));
        sha256(BUILTIN.iter().copied().chain(overlaid).flat_map(|(name, text)| [name, text]))
    }

    /// The entries of file `name`, with overlaid entries in place of the built-in ones. A repeated id is an error.
    pub(crate) fn entries<T: Entry + for<'de> Deserialize<'de>>(&self, name: &str) -> Result<Vec<T>, RuleFileError> {
        if self.extent == Extent::ForCalls && NOT_FOR_CALLS.contains(&name) {
            return Ok(Vec::new());
        }
        let mut entries: Vec<T> = distinct(name, self.builtin_value(name)?)?;
        if let Some((file, text)) = self.overlaid(name) {
            for entry in distinct::<T>(&file, parse(&file, text)?)? {
                match entries.iter_mut().find(|known| known.id() == entry.id()) {
                    Some(known) => *known = entry,
                    None => entries.push(entry),
                }
            }
        }
        Ok(entries)
    }

    /// The content of file `name`, which is a single value.
    pub(crate) fn value<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, RuleFileError> {
        match self.overlaid(name) {
            Some((file, text)) => parse(&file, text),
            None => self.builtin_value(name),
        }
    }

    /// The data of the similar-wording model.
    pub(crate) fn wording(&self) -> Result<Wording, RuleFileError> {
        let name = "similar-wording.tsv";
        let (file, text) = self.overlaid(name).unwrap_or_else(|| (format!("rules/{name}"), builtin(name)));
        Wording::parse(text).map_err(|cause| RuleFileError::new(file, RuleFileCause::Invalid(Box::new(cause))))
    }

    /// The content of data file `name`.
    pub(crate) fn data(&self, name: &str) -> &str {
        self.overlaid(name).map_or_else(|| builtin(name), |(_, text)| text)
    }

    /// The content of the built-in YAML file `name`.
    fn builtin_value<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, RuleFileError> {
        let json = AS_JSON.get_file(name).map_or(&[][..], |file| file.contents());
        let parse = || deferring(|| serde_json::from_slice(json));
        let value = match self.extent {
            Extent::All => parse(),
            Extent::WithoutExamples | Extent::ForCalls => without_examples(parse),
        };
        value.map_err(|cause| RuleFileError::new(format!("rules/{name}"), cause))
    }

    fn overlaid(&self, name: &str) -> Option<(String, &str)> {
        let (_, path, text) = self.overlay.iter().find(|(known, _, _)| *known == name)?;
        Some((path.display().to_string(), text))
    }
}

fn builtin(name: &str) -> &'static str {
    BUILTIN.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

/// Fails if two of the entries of `file` have the same id.
fn distinct<T: Entry>(file: &str, entries: Vec<T>) -> Result<Vec<T>, RuleFileError> {
    let mut seen = HashSet::new();
    match entries.iter().find(|entry| !seen.insert(entry.id())) {
        Some(twice) => Err(RuleFileError::new(file, RuleFileCause::RepeatedId(twice.id().to_owned()))),
        None => Ok(entries),
    }
}

/// Parses `text`, the content of `file`; an error has line, column and an excerpt.
pub(crate) fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, RuleFileError> {
    yaml::read(file, text).map_err(|cause| RuleFileError::new(file, RuleFileCause::Syntax(cause)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::GuardRule;

    #[test]
    fn the_built_in_files_are_right_where_nothing_is_deferred() {
        for (name, text) in BUILTIN.iter().filter(|(name, _)| *name == "findings.yaml") {
            parse::<Vec<FindingRule>>(name, text).unwrap();
        }
    }

    #[test]
    fn what_the_build_makes_of_the_files_is_what_their_text_says() {
        let files = BUILTIN.iter().copied().flat_map(|(name, text)| [name, text]);
        assert_eq!(RuleFiles::read(None).unwrap().digest(), sha256(files));
        let text = BUILTIN.iter().find(|(name, _)| *name == "guards.yaml").unwrap().1;
        let from_text: Vec<GuardEntry> = parse("guards.yaml", text).unwrap();
        let built: Vec<GuardEntry> = RuleFiles::read(None).unwrap().entries("guards.yaml").unwrap();
        assert_eq!(from_text.len(), built.len());
        for (from_text, built) in from_text.into_iter().zip(built) {
            let [from_text, built] = [from_text, built].map(|entry| GuardRule::compile(entry).unwrap().entry);
            assert_eq!(from_text.check, built.check, "{}", built.id);
        }
    }

    #[test]
    fn an_overlay_replaces_and_adds_by_id() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |id: &str, effect: &str| {
            format!(
                "- {{id: {id}, title: t, effect: {effect}, why: w, since: 0.1.0, phrases: [p], examples: {{match: [], reject: []}}}}\n"
            )
        };
        let text = entry("says-stores", "none") + &entry("mine", "pays");
        std::fs::write(folder.path().join("statements.yaml"), text).unwrap();
        let files = RuleFiles::read(Some(folder.path())).unwrap();
        let builtin: Vec<StatementEntry> = RuleFiles::read(None).unwrap().entries("statements.yaml").unwrap();
        let statements: Vec<StatementEntry> = files.entries("statements.yaml").unwrap();
        assert_eq!(statements.len(), builtin.len() + 1);
        assert_eq!(statements.last().unwrap().id, "mine");
        assert_eq!(statements.iter().find(|s| s.id == "says-stores").unwrap().title, "t");
        assert_ne!(files.digest(), RuleFiles::read(None).unwrap().digest());
    }

    #[test]
    fn what_is_wrong_with_an_overlay_is_told_with_file_line_and_caret() {
        let folder = tempfile::tempdir().unwrap();
        let error = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            let read = RuleFiles::read(Some(folder.path())).and_then(|files| files.entries::<WhatIf>("whatif.yaml"));
            std::fs::remove_file(folder.path().join(name)).unwrap();
            read.unwrap_err().to_string()
        };
        assert!(error("verb.yaml", "[]").contains("no rule file has this name"));
        let typo = error("whatif.yaml", "- id: a\n  iff: b\n");
        assert!(
            typo.contains("whatif.yaml") && typo.contains("line 2") && typo.contains("iff") && typo.contains('^'),
            "{typo}"
        );
        let twice = error("whatif.yaml", "- {id: a, if: b}\n- {id: a, if: c}");
        assert!(twice.contains("the id a is used twice"), "{twice}");
    }
}
