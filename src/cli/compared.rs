//! Lists a server again in other ways and reports the differences.

use std::collections::BTreeSet;

use super::args::ServerArgs;
use super::consent;
use crate::model::{
    Comparison, Deviation, Listing, NotRead, Package, Registry, ReportedError, Server, Tool, Transport,
};
use crate::source::{self, Command, Identity, Offers, Options, Protocol, Reading, SourceError, Target};
use crate::text::prose;

/// The id of the deviation that a server lists other things to other clients.
const ANOTHER_FACE: &str = "another-face";
/// Protocol versions by which older clients begin, oldest first. Some servers list other tools to them.
const OLDER_VERSIONS: [&str; 3] = ["2024-11-05", "2025-03-26", "2025-06-18"];

/// Another way to list a server.
pub(crate) struct OtherWay {
    /// It in words: the names of variables, a configuration entry, or a client.
    with: String,
    pub(crate) target: Target,
    pub(crate) options: Options,
    difference: Difference,
}

/// In what another way of listing differs, by which a difference of the listings is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// The start: the user asked what changes with it.
    Start,
    /// The name of the client alone. A server that looks at it hides something from a scanner.
    ClientName,
    /// The version and what the client offers. Honest servers list further tools to a client that can use them, so these are
    /// judged like the others.
    ClientFeatures,
    /// The newest version, for a server that was listed by an older one: it may have been too slow for the newest. Most such
    /// servers do not speak it, which is no news.
    NewestVersion,
}

/// The other ways to list `target`, of which `reading` was read. Empty if not requested, or if the target is not live.
pub(crate) fn others(target: &Target, reading: &Reading, args: &ServerArgs, options: &Options) -> Vec<OtherWay> {
    let is_live = matches!(target, Target::Command(_) | Target::Configured(_) | Target::Url(_));
    match &args.compare_identity {
        Some(identity) if is_live && args.compare_live.is_none() => {
            let version = reading.listings.first().and_then(|listing| listing.server.protocol_version.as_deref());
            other_clients(target, version, identity, options)
        }
        Some(_) | None => other_start(target, reading, args, options).into_iter().collect(),
    }
}

/// The clients called `identity` that a server, which was listed by `version`, may list other tools to.
fn other_clients(target: &Target, version: Option<&str>, identity: &Identity, options: &Options) -> Vec<OtherWay> {
    let way = |protocol: Protocol, offers: Offers, with: String, difference: Difference| {
        let options = Options { identity: identity.clone(), protocol, offers, ..options.clone() };
        OtherWay { with, target: target.clone(), options, difference }
    };
    let name = format!("the client name {identity}");
    let newest = options.protocol.handshake_first();
    let mut ways = vec![
        way(newest.clone(), Offers::Nothing, name.clone(), Difference::ClientName),
        way(
            newest,
            Offers::Everything,
            format!("{name}, with all that a client can offer"),
            Difference::ClientFeatures,
        ),
    ];
    if !matches!(options.protocol, Protocol::Version(_)) {
        ways.extend(OLDER_VERSIONS.map(|version| {
            let with = format!("{name}, in protocol {version}");
            way(Protocol::Version(version.to_owned()), Offers::Roots, with, Difference::ClientFeatures)
        }));
        if version.is_some_and(|version| version != source::newest_revision()) {
            let newest = source::newest_revision().to_owned();
            let with = format!("{name}, in protocol {newest}");
            ways.push(way(Protocol::Version(newest), Offers::Nothing, with, Difference::NewestVersion));
        }
    }
    ways
}

/// Another way to start `target`. `None` if not requested, or if the target is not started.
fn other_start(target: &Target, reading: &Reading, args: &ServerArgs, options: &Options) -> Option<OtherWay> {
    let way = |with: String, target: Target, options: Options| OtherWay {
        with,
        target,
        options,
        difference: Difference::Start,
    };
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
        return Some(way(format!("a start ({})", command.display()), Target::Command(command), options.clone()));
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
        return Some(way(other.origin.display(), Target::Configured(Box::new(other)), options.clone()));
    }
    if args.compare_env.is_empty() {
        return None;
    }
    let mut names: Vec<String> = args.compare_env.iter().map(|(name, _)| name.clone()).collect();
    names.dedup();
    let mut options = options.clone();
    options.env.extend(args.compare_env.iter().cloned());
    Some(way(prose::list(&names), target.clone(), options))
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

/// Adds the differences between the listings in `reading` and `other`, which was listed in the way `way`, to `reading`. What
/// was read from the source of a package is compared by parts.
pub(crate) fn compare(reading: &mut Reading, way: &OtherWay, other: Reading) {
    // The comparison was asked for, so whatever kept it from being made is a failure. A server may refuse older clients.
    match way.difference {
        Difference::ClientFeatures => {
            let notice = |error: &SourceError| way.options.notice(&format!("not compared with {}: {error}", way.with));
            other.errors.iter().for_each(notice);
        }
        Difference::NewestVersion => {}
        Difference::Start | Difference::ClientName => {
            let failed = |error: &SourceError| ReportedError { left_unread: None, ..error.into() }.into();
            reading.errors.extend(other.errors.iter().map(failed));
        }
    }
    if let ([first], [second]) = (reading.listings.as_mut_slice(), other.listings.as_slice())
        && !first.unread
        && !second.unread
    {
        if first.server.transport == Transport::Package {
            first.server.compared = Some(with_live(way.with.clone(), first, second));
            return;
        }
        let compared = Comparison::new(way.with.clone(), &first.tools, &second.tools);
        let has_other_instructions = first.server.instructions != second.server.instructions;
        let is_same = compared.is_same() && !has_other_instructions;
        let not_read = match way.difference {
            Difference::Start => None,
            Difference::ClientName if is_same => None,
            Difference::ClientName => Some(if compared.added.is_empty() { NotRead::Part } else { NotRead::Tools }),
            Difference::ClientFeatures | Difference::NewestVersion => {
                let is_added = |tool: &&Tool| compared.added.contains(&tool.name);
                first.tools.extend(second.tools.iter().filter(is_added).cloned());
                (has_other_instructions || !compared.changed.is_empty()).then_some(NotRead::Part)
            }
        };
        let is_known = first.deviations.iter().any(|known| known.id == ANOTHER_FACE);
        if let Some(not_read) = not_read.filter(|_| !is_known) {
            first.deviations.push(Deviation {
                id: ANOTHER_FACE.into(),
                tool: None,
                text: format!("The server shows other tools or instructions to {}.", compared.with),
                not_read: Some(not_read),
            });
        }
        // The first difference is reported.
        if first.server.compared.as_ref().is_none_or(Comparison::is_same) {
            first.server.compared = Some(compared);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(names: &[&str]) -> Reading {
        let tools = names.iter().map(|name| Tool { name: (*name).into(), ..Tool::default() }).collect();
        Listing { tools, ..Listing::default() }.into()
    }

    #[test]
    fn tools_that_only_a_client_with_more_to_offer_gets_are_judged() {
        let target = Target::Command(Command { program: "shop".into(), args: Vec::new() });
        let clients = |version| other_clients(&target, version, &Identity::default(), &Options::default());
        assert_eq!((clients(None).len(), clients(Some(source::newest_revision())).len()), (5, 5));
        let ways = clients(Some("2025-11-25"));
        assert_eq!((ways.len(), ways[5].options.protocol.version()), (6, Some(source::newest_revision())));
        let offered: Vec<(Offers, Option<&str>)> =
            ways.iter().map(|way| (way.options.offers, way.options.protocol.version())).collect();
        assert!(offered[1].0 == Offers::Everything && offered[2] == (Offers::Roots, Some("2024-11-05")), "{offered:?}");
        for (way, tools, not_read) in [(0, 1, Some(NotRead::Tools)), (1, 2, None), (2, 2, None), (5, 2, None)] {
            let mut first = reading(&["list_items"]);
            compare(&mut first, &ways[way], reading(&["list_items", "ask_the_model"]));
            let listing = &first.listings[0];
            assert_eq!(listing.tools.len(), tools, "{way}");
            assert_eq!(listing.deviations.first().and_then(|found| found.not_read), not_read, "{way}");
            assert_eq!(listing.server.compared.as_ref().unwrap().added, ["ask_the_model"]);
            // What is found once is said once, and an equal listing after it takes nothing back.
            compare(&mut first, &ways[way], reading(&["list_items"]));
            assert!(!first.listings[0].server.compared.as_ref().unwrap().is_same());
        }
        let refused = SourceError::new("shop", crate::source::SourceCause::Interrupted);
        for (way, errors) in [(0, 1), (3, 0), (5, 0)] {
            let mut first = reading(&["list_items"]);
            compare(&mut first, &ways[way], refused.clone().into());
            assert_eq!(first.errors.len(), errors);
        }
    }
}
