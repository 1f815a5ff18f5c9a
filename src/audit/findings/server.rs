//! What is wrong with a server as a whole: its instructions, how it is started or reached, where it left the protocol.

use url::{Host, Url};

use super::schema::names;
use super::texts::Texts;
use super::{finding, purpose};
use crate::model::{Deviation, Finding, Registry, Server, ToolReport};
use crate::rules::{Detect, FindingRule, Ruleset};
use crate::text::{clean, prose};

/// What stands in a target in the place of a secret.
const REDACTED: &str = "***";
/// Most characters of a name in a sentence.
const MAX_NAME: usize = 100;
/// Tags and branches that are something else tomorrow.
const MOVING: [&str; 11] =
    ["latest", "main", "master", "head", "HEAD", "edge", "nightly", "develop", "dev", "canary", "next"];

/// The findings on a server that are about none of its tools.
pub fn on_server(server: &Server, tools: &[ToolReport], deviations: &[Deviation], ruleset: &Ruleset) -> Vec<Finding> {
    let texts = Texts::of_instructions(server.instructions.as_deref().unwrap_or_default());
    let found = |rule: &FindingRule| {
        let text = match rule.entry.detect {
            Detect::HiddenText => texts.hidden(),
            Detect::InvisibleCharacters => texts.invisible(),
            Detect::Phrases => texts.phrase(rule),
            Detect::Patterns => texts.pattern(rule),
            Detect::ProtocolDeviation => deviates(deviations),
            Detect::UnpinnedPackage => unpinned(server),
            Detect::PlainHttp => plain_http(&server.target),
            Detect::Target => rule
                .matches(&server.target)
                .then(|| format!("The server {}: {}", rule.entry.found, clean::excerpt(&server.target, MAX_NAME))),
            Detect::SecretInLaunch => secret(server),
            Detect::ReadOnlyServerWrites => purpose::contradicted(rule, server, tools),
            _ => None,
        };
        Some(finding(rule, rule.entry.severity, None, text?))
    };
    ruleset.findings.iter().filter_map(found).collect()
}

fn deviates(deviations: &[Deviation]) -> Option<String> {
    let first = deviations.first()?;
    let count = prose::count(deviations.len(), "place");
    Some(format!("The server leaves the protocol in {count}: {}", prose::sentence(&clean::one_line(&first.text))))
}

/// What holds a secret, never the secret: a configuration names it, in a target it was replaced when that was read.
fn secret(server: &Server) -> Option<String> {
    if let Some(origin) = &server.configured {
        if origin.secrets.is_empty() {
            return None;
        }
        let holders: Vec<&str> = origin.secrets.iter().map(String::as_str).collect();
        let place = clean::excerpt(&origin.display(), MAX_NAME);
        return Some(format!("A secret stands in the entry {place}: {}.", names(&holders)));
    }
    let target = clean::excerpt(&server.target, MAX_NAME);
    server
        .target
        .contains(REDACTED)
        .then(|| format!("The server gets a secret that is shown here as {REDACTED}: {target}"))
}

fn unpinned(server: &Server) -> Option<String> {
    let package = server.package.as_ref()?;
    let version = package.version.as_deref().unwrap_or("latest");
    (!is_fixed(package.registry, version)).then(|| {
        format!("{} is started as {}.", clean::excerpt(&package.name, MAX_NAME), clean::excerpt(version, MAX_NAME))
    })
}

/// True for a version that is one and the same tomorrow: npm takes a part of one for a range, PyPI does not, and of an
/// image or a module only what is known to move is told.
fn is_fixed(registry: Registry, version: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    match registry {
        Registry::Npm => {
            let numbers = version.trim_start_matches(['v', '=']).split(['-', '+']).next().unwrap_or_default();
            numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
        }
        Registry::Pypi => version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(['*', ' ']),
        Registry::Other => !MOVING.contains(&version),
    }
}

fn plain_http(target: &str) -> Option<String> {
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    let stays = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (!stays).then(|| format!("{} is reached over plain http.", clean::excerpt(target, MAX_NAME)))
}
