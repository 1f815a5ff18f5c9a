//! The page on how verdicts are reached, and the pages of rules. Both are generated from the ruleset.

use serde::Serialize;

use super::parts::{Label, Pager};
use super::policy::Rule;
use super::server::texts;
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::model::Category;
use crate::rules::RuleDoc;

/// The data for `method.html`.
#[derive(Serialize)]
pub(crate) struct Method<'a> {
    categories: Vec<CategoryRow>,
    bump: u8,
    max: u8,
    parameter_count: usize,
    /// Each exposure with the most points that a server with it can get.
    exposures: Vec<(&'a str, u32)>,
    letters: Vec<(&'a str, u32)>,
    files: Vec<FileRow<'a>>,
    digest: &'a str,
    /// The profile that the policies on this page use.
    profile: &'a str,
}

#[derive(Serialize)]
struct CategoryRow {
    category: Label,
    severity: Label,
    texts: String,
    base: u8,
    policy: Rule,
}

#[derive(Serialize)]
struct FileRow<'a> {
    title: &'a str,
    href: String,
    count: usize,
}

pub(crate) fn method<'s>(site: &'s Site<'_>) -> Method<'s> {
    let (scoring, grading) = (&site.ruleset.scoring, &site.ruleset.grading);
    let exposures = &site.ruleset.exposures.entries;
    let row = |category: Category| CategoryRow {
        category: Label::category(category),
        severity: Label::severity(category.severity()),
        texts: texts(category),
        base: scoring.base.get(&category).copied().unwrap_or_default(),
        policy: Rule::new(site.ruleset.profile.decision_for(category), category),
    };
    Method {
        categories: Category::ALL.into_iter().map(row).collect(),
        bump: scoring.bump,
        max: scoring.max,
        parameter_count: scoring.parameter_count,
        exposures: exposures.iter().map(|entry| (entry.title.as_str(), entry.points)).collect(),
        letters: grading.letters.iter().map(|(letter, points)| (letter.as_str(), *points)).collect(),
        files: site
            .rulebook
            .files
            .iter()
            .map(|file| FileRow {
                title: file.title(),
                href: address::rule_file(&file.name, 1),
                count: file.rules.len(),
            })
            .collect(),
        digest: &site.ruleset.digest,
        profile: &site.ruleset.profile.id,
    }
}

/// The data for `rules.html`.
#[derive(Serialize)]
pub(crate) struct RulesPage<'a> {
    title: &'a str,
    /// True if every rule has examples.
    examples: bool,
    count: usize,
    rules: &'a [RuleDoc],
    pager: Option<Pager>,
}

/// Builds part `at` of the rules of file `number`.
pub(crate) fn rules<'s>(site: &'s Site<'_>, number: usize, at: usize) -> RulesPage<'s> {
    let file = &site.rulebook.files[number];
    RulesPage {
        title: file.title(),
        examples: file.has_examples(),
        count: file.rules.len(),
        rules: part(&file.rules, at),
        pager: Pager::new(file.rules.len(), at, |part| address::rule_file(&file.name, part)),
    }
}
