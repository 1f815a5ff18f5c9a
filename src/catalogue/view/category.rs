//! The page of a category.

use serde::Serialize;

use super::parts::{AttackRow, Label, Pager, ToolRow};
use super::policy::Rule;
use super::server::texts;
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::model::Category;
use crate::rules::Attack;

/// The data for `category.html`.
#[derive(Serialize)]
pub(crate) struct CategoryPage<'a> {
    category: Label,
    severity: Label,
    category_texts: String,
    first: bool,
    policy: Rule,
    count: usize,
    tools: Vec<ToolRow>,
    pager: Option<Pager>,
    attacks: Vec<AttackRow<'a>>,
    others: Vec<Label>,
}

const MAX_ATTACKS: usize = 12;

/// Builds part `at` of the page of `category`.
pub(crate) fn category<'a>(site: &Site<'a>, category: Category, at: usize) -> CategoryPage<'a> {
    let indices = site.of_category(category);
    CategoryPage {
        category: Label::category(category),
        severity: Label::severity(category.severity()),
        category_texts: texts(category),
        first: at == 1,
        policy: Rule::new(site.ruleset.profile.decision_for(category), category),
        count: indices.len(),
        tools: part(indices, at).iter().map(|index| ToolRow::new(site, *index)).collect(),
        pager: Pager::new(indices.len(), at, |part| address::category(category, part)),
        attacks: most_specific(site, category).take(MAX_ATTACKS).map(AttackRow::new).collect(),
        others: Category::ALL.into_iter().filter(|c| *c != category).map(Label::category).collect(),
    }
}

/// The attacks on a category; those with the fewest categories come first.
pub(crate) fn most_specific<'a>(site: &Site<'a>, category: Category) -> impl Iterator<Item = &'a Attack> {
    let mut found: Vec<&Attack> = site.ruleset.attacks.iter().filter(|a| a.categories.contains(&category)).collect();
    found.sort_by_key(|attack| attack.categories.len());
    found.into_iter()
}
