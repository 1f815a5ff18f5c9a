//! What a scan writes beside its report: policies and a site.

use std::path::PathBuf;

use super::args::ScanArgs;
use super::diagnose::Messages;
use super::output::Destination;
use crate::catalogue;
use crate::model::{Report, TargetError};
use crate::policy::{self, Dialect, Policy};
use crate::rules::Ruleset;
use crate::text::prose;

/// The places that were asked for, known to be usable.
#[derive(Debug)]
pub struct Artefacts {
    policy: Option<PathBuf>,
    dialect: Dialect,
    site: Option<PathBuf>,
}

impl Artefacts {
    /// What `args` ask for; an error when a place cannot be written.
    pub fn of(args: &ScanArgs) -> Result<Self, TargetError> {
        if let Some(path) = &args.policy {
            let policy = Destination::new("the policy", path)?;
            if args.output.as_ref() == Some(path) {
                return Err(policy.error("the report goes to the same file", "give each a file of its own"));
            }
        }
        if let Some(dir) = args.catalogue.as_deref().filter(|dir| dir.exists() && !dir.is_dir()) {
            return Err(TargetError {
                target: dir.display().to_string(),
                what: "could not write the catalogue".into(),
                why: "it is a file, not a folder".into(),
                hint: Some("give the name of a folder; it is made when it is not there".into()),
            });
        }
        Ok(Self { policy: args.policy.clone(), dialect: args.policy_format, site: args.catalogue.clone() })
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
        let Some(path) = &self.policy else { return Ok(()) };
        let files = policy::write_all(report, path, self.dialect).map_err(|cause| TargetError {
            target: path.display().to_string(),
            what: "could not write the policy".into(),
            why: cause.to_string(),
            hint: None,
        })?;
        for ((file, text), server) in files.iter().zip(&report.servers) {
            let place = Destination::new("the policy", file)?;
            place.write(|out| out.write_all(text.as_bytes()))?;
            let policy = Policy::of(server, &report.ruleset);
            let rules = prose::count(policy.rules.len(), "rule");
            messages.note(&format!("wrote {}: a policy of {rules}", place.named()));
            for note in policy::notes(&policy, self.dialect) {
                messages.warning(&format!("{}: {}: {}", place.named(), note.tool, note.text));
            }
        }
        Ok(())
    }

    fn write_site(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), TargetError> {
        let Some(dir) = &self.site else { return Ok(()) };
        let written = catalogue::write(report, ruleset, dir, &catalogue::Options::default());
        let summary = written.map_err(|cause| TargetError {
            target: dir.display().to_string(),
            what: "could not write the catalogue".into(),
            why: cause.to_string(),
            hint: None,
        })?;
        let files = prose::count(summary.pages, "file");
        messages.note(&format!("wrote {}: a catalogue of {files}", dir.join("index.html").display()));
        Ok(())
    }
}
