//! Lists a server a second time in a different way and reports the differences.

use std::collections::BTreeSet;

use super::args::ServerArgs;
use super::consent;
use crate::model::{Comparison, Deviation, Listing, NotRead, Package, Registry, ReportedError, Server, Transport};
use crate::source::{self, Command, Options, Reading, SourceError, Target};
use crate::text::prose;

/// The second way to list `target`, of which `reading` was read, with a description. `None` if not requested, or if the
/// target is not live.
pub(crate) fn other(
    target: &Target,
    reading: &Reading,
    args: &ServerArgs,
    options: &Options,
) -> Option<(String, Target, Options)> {
    if let Some(line) = &args.compare_live {
        let [listing] = reading.listings.as_slice() else { return None };
        if listing.server.transport != Transport::Package {
            return None;
        }
        let words = if line.is_empty() { started_by(&listing.server) } else { shlex::split(line) };
        let Some((program, args)) = words.as_deref().and_then(<[String]>::split_first) else {
            options.notice(&format!(
                "{} was not compared: --compare-live=COMMAND names the command that starts it",
                target.display()
            ));
            return None;
        };
        let command = Command { program: program.clone(), args: args.to_vec() };
        return Some((format!("a start ({})", command.display()), Target::Command(command), options.clone()));
    }
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

/// The words of the command that starts the package of `server`, at the version that was read.
fn started_by(server: &Server) -> Option<Vec<String>> {
    let Package { registry, name, version: Some(version) } = server.package.as_ref()? else { return None };
    let own = name.rsplit('/').next().unwrap_or(name);
    let is_own = |program: &&String| program.replace('_', "-").eq_ignore_ascii_case(&own.replace('_', "-"));
    let about_protocol = |program: &&String| program.contains("mcp");
    let programs = &server.programs;
    let program = programs.iter().find(is_own).or_else(|| programs.iter().find(about_protocol)).or(programs.first());
    let program = program.map_or(own, String::as_str);
    let (spec, words): (String, &[&str]) = match registry {
        Registry::Npm => (format!("{name}@{version}"), &["npx", "-y", "-p"]),
        Registry::Pypi => (format!("{name}=={version}"), &["uvx", "--from"]),
        Registry::Other => return None,
    };
    Some(words.iter().copied().chain([spec.as_str(), program]).map(str::to_owned).collect())
}

/// Compares what the source of a package shows with its server. What the source does not show is no difference.
fn with_live(with: String, source: &Listing, live: &Listing) -> Comparison {
    let unread = source.deviations.iter().filter(|note| note.not_read.is_some());
    let partly_known: BTreeSet<&str> = unread.filter_map(|note| note.tool.as_deref()).collect();
    let text = |listing: &Listing| listing.server.instructions.clone().unwrap_or_default().trim().to_owned();
    let is_known = !source.deviations.iter().any(|note| note.id == "instructions-not-known");
    let instructions = is_known && text(source) != text(live);
    Comparison::with_live(with, &source.tools, &live.tools, &partly_known, instructions)
}

/// Adds the differences between the listings in `reading` and `other` to `reading`. `is_face` is set if only the client
/// name differs; the server then shows clients something that a scanner does not see. What was read from the source of a
/// package is compared by parts.
pub(crate) fn compare(reading: &mut Reading, with: String, other: Reading, is_face: bool) {
    // The comparison was asked for, so whatever kept it from being made is a failure.
    let failed = |error: &SourceError| ReportedError { left_unread: None, ..error.into() }.into();
    reading.errors.extend(other.errors.iter().map(failed));
    if let ([first], [second]) = (reading.listings.as_mut_slice(), other.listings.as_slice())
        && !first.unread
        && !second.unread
    {
        if first.server.transport == Transport::Package {
            first.server.compared = Some(with_live(with, first, second));
            return;
        }
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
