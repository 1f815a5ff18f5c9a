//! The head comment of a policy file: its server, its ruleset and its content.

use crate::model::{Package, Registry};
use crate::policy::{Exposure, ORDER, Policy};
use crate::text::{clean, prose};

/// Longest name in a line, in characters.
const MAX_NAME: usize = 80;
/// Most values to set that are listed.
const MAX_TO_SET: usize = 12;

/// One line each for: title with server and version, counts by category, profile and ruleset.
pub(crate) fn lines(policy: &Policy) -> Vec<String> {
    let name = clean::excerpt(&policy.server, MAX_NAME);
    let version = policy.version.as_ref().map_or_else(String::new, |v| format!(" {}", clean::excerpt(v, MAX_NAME)));
    let from = policy.package.as_ref().map_or_else(String::new, |p| format!(" ({})", package(p)));
    vec![
        format!("{} for {name}{version}{from}", title(policy)),
        counts(policy),
        format!("Profile {}; judged by ruleset {}", policy.profile, policy.ruleset),
    ]
}

/// The lines as comments of a format in which `#` begins one.
pub(crate) fn comment(policy: &Policy) -> String {
    lines(policy).iter().map(|line| format!("# {line}\n")).collect()
}

/// "Starter policy" for the starter profile, else "Policy".
pub(crate) fn title(policy: &Policy) -> &'static str {
    if policy.profile == "starter" { "Starter policy" } else { "Policy" }
}

/// A summary: "12 tools: 9 Read, 2 Write and 1 Execute; allows 11 and asks about 1".
pub(crate) fn counts(policy: &Policy) -> String {
    let categories = policy.categories();
    let counted = ORDER.into_iter().map(|category| (categories.get(category), category)).filter(|(n, _)| *n > 0);
    let parts: Vec<String> = counted.map(|(n, category)| format!("{} {category}", prose::thousands(n))).collect();
    let total = prose::count(policy.rules.len(), "tool");
    let leaves = Exposure::of_rules(policy.rules.iter()).words();
    if parts.is_empty() { total } else { format!("{total}: {}; {leaves}", prose::list(&parts)) }
}

/// A package for display: "npm package @example/ledger 1.2.3".
pub(crate) fn package(package: &Package) -> String {
    let registry = match package.registry {
        Registry::Npm => "npm package",
        Registry::Pypi => "PyPI package",
        Registry::Other => "package",
    };
    let name = clean::excerpt(&package.name, MAX_NAME);
    match &package.version {
        Some(version) => format!("{registry} {name} {}", clean::excerpt(version, MAX_NAME)),
        None => format!("{registry} {name}"),
    }
}

/// "To set, where it says SET THIS: amount-cap (pay_invoice) and public-host (fetch)."; `None` if `places`, pairs of
/// guard and tool, is empty.
pub fn to_set<'a>(places: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let names: Vec<String> = places
        .map(|(guard, tool)| format!("{} ({})", clean::excerpt(guard, MAX_NAME), clean::excerpt(tool, MAX_NAME)))
        .collect();
    let shown: Vec<String> = names.iter().take(MAX_TO_SET).cloned().collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(", and {} more", prose::thousands(more)) } else { String::new() };
    (!names.is_empty()).then(|| format!("To set, where it says SET THIS: {}{more}.", prose::list(&shown)))
}
