//! What a scan writes beside its report: policies and a site.

use std::path::Path;

use super::args::ScanArgs;
use super::catalogue::Place;
use super::diagnose::Messages;
use super::output::Destination;
use super::policy::companion;
use crate::catalogue::Options;
use crate::model::{Guard, Report, ServerReport, TargetError};
use crate::policy::{self, Dialect, Policy, PolicyFile, cases};
use crate::rules::{Profile, Ruleset};
use crate::text::prose;

/// The places that were asked for, known to be usable.
#[derive(Debug)]
pub struct Artefacts {
    policy: Option<Destination>,
    dialect: Dialect,
    /// True when each policy gets a companion.
    tests: bool,
    site: Option<Place>,
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
        let site = args.catalogue.as_deref().map(|dir| Place::new(dir, Options::default())).transpose()?;
        Ok(Self { policy, dialect: args.policy_format, tests: args.policy_tests, site })
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
        self.write_policies(report, ruleset, messages)?;
        self.site.as_ref().map_or(Ok(()), |site| site.write(report, ruleset, messages))
    }

    fn write_policies(&self, report: &Report, ruleset: &Ruleset, messages: Messages) -> Result<(), TargetError> {
        let Some(asked) = &self.policy else { return Ok(()) };
        let files = policy::write_all(report, Path::new(&asked.named()), self.dialect)
            .map_err(|cause| TargetError { hint: None, ..asked.error(&cause.to_string(), "") })?;
        for (PolicyFile { path, policy, text }, server) in files.iter().zip(&report.servers) {
            let place = Destination::new("the policy", path)?;
            place.write(|out| out.write_all(text.as_bytes()))?;
            let rules = prose::count(policy.rules.len(), "rule");
            messages.note(&format!("wrote {}: a policy of {rules}", place.named()));
            for note in policy::notes(policy, self.dialect) {
                messages.warning(&format!("{}: {}: {}", place.named(), note.tool, note.text));
            }
            if self.tests {
                self.write_companion(policy, server, path, ruleset, messages)?;
            }
            tell_unsaid(policy, self.dialect, &place.named(), messages);
            tell_to_set(policy, self.dialect, &place.named(), messages);
        }
        tell_profiles(report, ruleset, messages);
        Ok(())
    }

    fn write_companion(
        &self,
        policy: &Policy,
        server: &ServerReport,
        path: &Path,
        ruleset: &Ruleset,
        messages: Messages,
    ) -> Result<(), TargetError> {
        let cases = cases::of(server, policy, self.dialect, ruleset);
        let place = Destination::new("the policy's tests", &companion(path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        place.write(|out| out.write_all(cases::write_companion(&cases, &name).as_bytes()))?;
        messages.note(&format!("wrote {}: {}", place.named(), prose::count(cases.len(), "call")));
        Ok(())
    }
}

/// Names in a message.
const MAX_NAMES: usize = 5;

/// The tools on which the file asks less than was meant, in one message: the file or the documents tell the details.
fn tell_unsaid(policy: &Policy, dialect: Dialect, file: &str, messages: Messages) {
    let tools: Vec<String> = policy::unsaid(policy, dialect).into_iter().map(|note| note.tool).collect();
    if !tools.is_empty() {
        let form = dialect.name();
        let count = prose::count(tools.len(), "tool");
        messages.warning(&format!("{file}: {form} cannot say all guards of {count}: {}", named(&tools)));
    }
}

/// What a person must set before the policy is of use.
fn tell_to_set(policy: &Policy, dialect: Dialect, file: &str, messages: Messages) {
    let of =
        |(tool, guard): (String, Guard)| format!("{} ({}, {tool})", guard.id, guard.parameter().unwrap_or_default());
    let values: Vec<String> = policy::to_set(policy, dialect).into_iter().map(of).collect();
    if !values.is_empty() {
        let count = prose::count(values.len(), "start value");
        messages.note(&format!("{file}: {count} to set: {}", named(&values)));
    }
}

/// How many tools each profile leaves.
fn tell_profiles(report: &Report, ruleset: &Ruleset, messages: Messages) {
    let tools = || report.servers.iter().flat_map(|server| &server.tools);
    let of = |profile: &Profile| {
        let exposure = policy::exposure(tools(), profile, ruleset);
        let saved = match exposure.saved_tokens {
            0 => String::new(),
            tokens => format!(" (saves about {} tokens)", prose::thousands(tokens)),
        };
        format!("{} {}{saved}", profile.id, prose::thousands(exposure.stay))
    };
    let profiles: Vec<String> = ruleset.profiles.iter().map(of).collect();
    let count = prose::count(report.tool_count(), "tool");
    messages.note(&format!("what each profile leaves of {count}: {}", profiles.join(", ")));
}

/// The first of `names`, and how many more there are.
fn named(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown,
        more => format!("{shown} and {} more", prose::thousands(more)),
    }
}
