//! How a verdict comes about, and the rules behind it, told from the ruleset itself.

use serde::Serialize;

use super::parts::{Label, Pager};
use super::policy::Rule;
use super::server::texts;
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::model::{Category, Severity};
use crate::rules::RuleDoc;

/// What `method.html` sees.
#[derive(Serialize)]
pub struct Method<'a> {
    categories: Vec<CategoryRow>,
    bump: u8,
    max: u8,
    parameter_count: usize,
    /// Points lost when all tools are of a severity.
    severity_cost: Vec<(Label, u32)>,
    aggravated: u32,
    undescribed: u32,
    findings_at_most: u32,
    letters: Vec<(&'a str, u32)>,
    files: Vec<FileRow<'a>>,
    digest: &'a str,
    /// The profile whose policies are told.
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

/// The view of the page on method.
pub fn method<'s>(site: &'s Site<'_>) -> Method<'s> {
    let (scoring, grading) = (&site.ruleset.scoring, &site.ruleset.grading);
    let row = |category: Category| CategoryRow {
        category: Label::category(category),
        severity: Label::severity(category.severity()),
        texts: texts(category),
        base: scoring.base.get(&category).copied().unwrap_or_default(),
        policy: Rule::of(site.ruleset.profile.of(category), category),
    };
    let cost = |severity: &Severity| (Label::severity(*severity), grading.severity.get(severity).copied().unwrap_or(0));
    Method {
        categories: Category::ALL.into_iter().map(row).collect(),
        bump: scoring.bump,
        max: scoring.max,
        parameter_count: scoring.parameter_count,
        severity_cost: Severity::ALL.iter().map(cost).collect(),
        aggravated: grading.aggravated,
        undescribed: grading.undescribed,
        findings_at_most: grading.findings_at_most,
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

/// What `rules.html` sees.
#[derive(Serialize)]
pub struct RulesPage<'a> {
    title: &'a str,
    /// True when each of the rules has examples.
    examples: bool,
    count: usize,
    rules: &'a [RuleDoc],
    pager: Option<Pager>,
}

/// The view of part `at` of the rules of file `number`.
pub fn rules<'s>(site: &'s Site<'_>, number: usize, at: usize) -> RulesPage<'s> {
    let file = &site.rulebook.files[number];
    RulesPage {
        title: file.title(),
        examples: file.has_examples(),
        count: file.rules.len(),
        rules: part(&file.rules, at),
        pager: Pager::of(file.rules.len(), at, |part| address::rule_file(&file.name, part)),
    }
}
