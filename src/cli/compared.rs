//! Lists a server a second time in a different way and reports the differences.

use super::args::ServerArgs;
use super::consent;
use crate::model::{Comparison, Deviation, NotRead, ReportedError};
use crate::source::{self, Options, Reading, SourceError, Target};
use crate::text::prose;

/// The second way to list `target`, with a description. `None` if not requested, or if the target is not live.
pub(crate) fn other(target: &Target, args: &ServerArgs, options: &Options) -> Option<(String, Target, Options)> {
    if let Some(identity) = &args.compare_identity {
        let is_live = matches!(target, Target::Command(_) | Target::Configured(_) | Target::Url(_));
        let with = format!("the client name {identity}");
        let protocol = options.protocol.handshake_first();
        let options = Options { identity: identity.clone(), protocol, ..options.clone() };
        return is_live.then(|| (with, target.clone(), options));
    }
    if !matches!(target, Target::Command(_) | Target::Configured(_)) {
        return None;
    }
    if let Some(file) = &args.compare_config {
        let named = source::named_servers(file)?.into_iter().flatten();
        let mut named: Vec<_> = named.filter(|other| !other.is_disabled()).collect();
        let same = named.iter().position(|other| other.origin.server == target.suggested_name());
        let place = same.or((named.len() == 1).then_some(0))?;
        let mut other = named.swap_remove(place);
        consent::agree_as_written(&mut other, args);
        return Some((other.origin.display(), Target::Configured(Box::new(other)), options.clone()));
    }
    if args.compare_env.is_empty() {
        return None;
    }
    let mut names: Vec<String> = args.compare_env.iter().map(|(name, _)| name.clone()).collect();
    names.dedup();
    let mut options = options.clone();
    options.env.extend(args.compare_env.iter().cloned());
    Some((prose::list(&names), target.clone(), options))
}

/// Adds the differences between the listings in `reading` and `other` to `reading`. `is_face` is set if only the client
/// name differs; the server then shows clients something that a scanner does not see.
pub(crate) fn compare(reading: &mut Reading, with: String, other: Reading, is_face: bool) {
    // The comparison was asked for, so whatever kept it from being made is a failure.
    let failed = |error: &SourceError| ReportedError { left_unread: None, ..error.into() }.into();
    reading.errors.extend(other.errors.iter().map(failed));
    if let ([first], [second]) = (reading.listings.as_mut_slice(), other.listings.as_slice())
        && !first.unread
        && !second.unread
    {
        let compared = Comparison::new(with, &first.tools, &second.tools);
        let is_same = compared.is_same() && first.server.instructions == second.server.instructions;
        if is_face && !is_same {
            let part = if compared.added.is_empty() { NotRead::Part } else { NotRead::Tools };
            first.deviations.push(Deviation {
                id: "another-face".into(),
                tool: None,
                text: format!("The server shows other tools or instructions to {}.", compared.with),
                not_read: Some(part),
            });
        }
        first.server.compared = Some(compared);
    }
}
