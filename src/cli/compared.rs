//! A server is listed a second time in another way, and the difference told.

use super::args::ServerArgs;
use super::consent;
use crate::model::{Comparison, Deviation, NotRead};
use crate::source::{self, Options, Reading, Target};
use crate::text::prose;

/// The other way to list `target`, with its name for people; `None` if not requested, or if the target is not live.
pub(crate) fn other(target: &Target, args: &ServerArgs, options: &Options) -> Option<(String, Target, Options)> {
    if let Some(identity) = &args.compare_identity {
        let is_live = matches!(target, Target::Command(_) | Target::Configured(_) | Target::Url(_));
        let with = format!("the client name {identity}");
        let options = Options { identity: identity.clone(), ..options.clone() };
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

/// Puts what differs between the one listing of `reading` and that of `other` into it. Where only the name of the client is
/// another, `is_face` is true: then the server shows clients what a scanner does not see.
pub(crate) fn compare(reading: &mut Reading, with: String, other: Reading, is_face: bool) {
    reading.errors.extend(other.errors);
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
