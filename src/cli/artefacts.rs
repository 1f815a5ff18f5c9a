//! What a scan writes beside its report: policies and a site.

use std::path::{Path, PathBuf};

use super::args::ScanArgs;
use super::diagnose::Messages;
use super::output::Destination;
use crate::catalogue;
use crate::model::{Report, TargetError};
use crate::policy::{self, Dialect, PolicyFile};
use crate::rules::Ruleset;
use crate::text::prose;

/// The places that were asked for, known to be usable.
#[derive(Debug)]
pub struct Artefacts {
    policy: Option<Destination>,
    dialect: Dialect,
    site: Option<PathBuf>,
}

impl Artefacts {
    /// What `args` ask for; an error when a place cannot be written.
    pub fn of(args: &ScanArgs) -> Result<Self, TargetError> {
        let policy = args.policy.as_deref().map(|path| Destination::new("the policy", path)).transpose()?;
        if let (Some(policy), Some(report)) = (&policy, &args.output)
            && policy.is(report)
        {
            return Err(policy.error("the report goes to the same file", "give each a file of its own"));
        }
        if let Some(dir) = args.catalogue.as_deref() {
            if dir.exists() && !dir.is_dir() {
                return Err(TargetError {
                    hint: Some("give the name of a folder; it is made when it is not there".into()),
                    ..no_site(dir, "it is a file, not a folder")
                });
            }
            catalogue::check(dir).map_err(|cause| no_site(dir, &cause.to_string()))?;
        }
        Ok(Self { policy, dialect: args.policy_format, site: args.catalogue.clone() })
    }

    /// Where the policy goes.
    pub fn policy(&self) -> Option<&Destination> {
        self.policy.as_ref()
    }

    /// True when nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.policy.is_none() && self.site.is_none()
    }

    /// Writes what was asked for about `report`; of servers that could not be read there is nothing to write.
    pub fn write(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), TargetError> {
        if report.servers.is_empty() {
            if !self.is_empty() {
                messages.warning("no policy and no catalogue was written, because no server could be read");
            }
            return Ok(());
        }
        self.write_policies(report, messages)?;
        self.write_site(report, ruleset, messages)
    }

    fn write_policies(&self, report: &Report, messages: Messages) -> Result<(), TargetError> {
        let Some(asked) = &self.policy else { return Ok(()) };
        let files = policy::write_all(report, Path::new(&asked.named()), self.dialect)
            .map_err(|cause| TargetError { hint: None, ..asked.error(&cause.to_string(), "") })?;
        for PolicyFile { path, policy, text } in &files {
            let place = Destination::new("the policy", path)?;
            place.write(|out| out.write_all(text.as_bytes()))?;
            let rules = prose::count(policy.rules.len(), "rule");
            messages.note(&format!("wrote {}: a policy of {rules}", place.named()));
            for note in policy::notes(policy, self.dialect) {
                messages.warning(&format!("{}: {}: {}", place.named(), note.tool, note.text));
            }
        }
        Ok(())
    }

    fn write_site(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), TargetError> {
        let Some(dir) = &self.site else { return Ok(()) };
        let written = catalogue::write(report, ruleset, dir, &catalogue::Options::default());
        let summary = written.map_err(|cause| no_site(dir, &cause.to_string()))?;
        let files = prose::count(summary.pages, "file");
        messages.note(&format!("wrote {}: a catalogue of {files}", dir.join("index.html").display()));
        Ok(())
    }
}

fn no_site(dir: &Path, why: &str) -> TargetError {
    TargetError {
        target: dir.display().to_string(),
        what: "could not write the catalogue".into(),
        why: why.into(),
        hint: None,
    }
}
