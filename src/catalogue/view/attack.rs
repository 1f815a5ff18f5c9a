//! The list of attacks, and the page of an attack.

use std::collections::BTreeMap;

use serde::Serialize;
use url::Url;

use super::parts::{AttackRow, Label, ToolRow};
use crate::catalogue::related::matched_signals;
use crate::catalogue::site::Site;

/// Most exposed tools shown.
const MAX_TOOLS: usize = 8;

/// The data for `attacks.html`.
#[derive(Serialize)]
pub(crate) struct Attacks<'a> {
    count: usize,
    classes: Vec<(&'a str, Vec<AttackRow<'a>>)>,
}

pub(crate) fn attacks<'a>(site: &Site<'a>) -> Attacks<'a> {
    let mut classes: BTreeMap<&str, Vec<AttackRow<'a>>> = BTreeMap::new();
    for attack in &site.ruleset.attacks {
        classes.entry(&attack.class).or_default().push(AttackRow::new(attack));
    }
    Attacks { count: site.ruleset.attacks.len(), classes: classes.into_iter().collect() }
}

/// The data for `attack.html`.
#[derive(Serialize)]
pub(crate) struct AttackPage<'a> {
    attack: AttackRow<'a>,
    how: &'a [String],
    cases: Vec<CaseView<'a>>,
    categories: Vec<Label>,
    /// Each signal that it relies on, with its page.
    signals: Vec<(&'a str, Option<String>)>,
    tools: Vec<ToolRow>,
}

#[derive(Serialize)]
struct CaseView<'a> {
    what: &'a str,
    date: &'a str,
    references: Vec<Reference<'a>>,
}

#[derive(Serialize)]
struct Reference<'a> {
    text: &'a str,
    href: Option<String>,
}

pub(crate) fn attack<'a>(site: &Site<'a>, at: usize) -> AttackPage<'a> {
    let attack = &site.ruleset.attacks[at];
    let case = |case: &'a crate::rules::Case| CaseView {
        what: &case.what,
        date: &case.date,
        references: case.references.iter().map(|r| Reference { text: r, href: address_of(r) }).collect(),
    };
    let mut categories = attack.categories.clone();
    categories.sort_unstable();
    // An attack without signals can use every tool of its categories, which the category pages already list.
    let open = categories
        .iter()
        .rev()
        .flat_map(|category| site.of_category(*category))
        .filter(|index| matched_signals(site.tool(**index), attack) > 0);
    AttackPage {
        attack: AttackRow::new(attack),
        how: &attack.how,
        cases: attack.cases.iter().map(case).collect(),
        categories: categories.iter().rev().map(|c| Label::category(*c)).collect(),
        signals: attack.signals.iter().map(|id| (id.as_str(), site.signal_page(id))).collect(),
        tools: open.take(MAX_TOOLS).map(|index| ToolRow::new(site, *index)).collect(),
    }
}

/// The URL of a reference: the reference itself if it is an http(s) URL, or the public page of a known id.
fn address_of(reference: &str) -> Option<String> {
    let reference = reference.trim();
    if let Some(url) = Url::parse(reference).ok().filter(|url| matches!(url.scheme(), "http" | "https")) {
        return Some(url.into());
    }
    let plain = reference.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if plain && reference.starts_with("CVE-") {
        Some(format!("https://nvd.nist.gov/vuln/detail/{reference}"))
    } else if plain && reference.starts_with("GHSA-") {
        Some(format!("https://github.com/advisories/{reference}"))
    } else if let Some(number) = reference.strip_prefix("arXiv:") {
        let numeric = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        numeric.then(|| format!("https://arxiv.org/abs/{number}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_only_where_they_may() {
        assert_eq!(address_of("CVE-2025-6514").as_deref(), Some("https://nvd.nist.gov/vuln/detail/CVE-2025-6514"));
        assert_eq!(address_of("https://e.example/x").as_deref(), Some("https://e.example/x"));
        assert_eq!(address_of("arXiv:2302.12173").as_deref(), Some("https://arxiv.org/abs/2302.12173"));
        for nowhere in ["javascript:alert(1)", "SAFE-T1001", "arXiv:<b>", "CVE-<script>", "data:text/html,x", ""] {
            assert_eq!(address_of(nowhere), None, "{nowhere}");
        }
    }
}
