//! The list of signals, and the page of a signal.

use serde::Serialize;

use super::parts::{AttackRow, Label, Pager, ToolRow};
use crate::catalogue::address;
use crate::catalogue::paging::part;
use crate::catalogue::site::Site;
use crate::rules::SignalEntry;

#[derive(Serialize)]
struct SignalRow<'a> {
    text: &'a str,
    href: String,
    aggravating: bool,
    why: &'a str,
    count: usize,
}

/// The data for `signals.html`.
#[derive(Serialize)]
pub(crate) struct Signals<'a> {
    signals: Vec<SignalRow<'a>>,
}

pub(crate) fn signals<'a>(site: &Site<'a>) -> Signals<'a> {
    let rows = site.ruleset.signals.iter().enumerate();
    Signals { signals: rows.map(|(at, signal)| row(site, at, signal)).collect() }
}

fn row<'a>(site: &Site<'a>, at: usize, signal: &'a SignalEntry) -> SignalRow<'a> {
    SignalRow {
        text: &signal.text,
        href: address::signal(&signal.id, 1),
        aggravating: signal.aggravating,
        why: &signal.why,
        count: site.of_signal(at).len(),
    }
}

/// The data for `signal.html`.
#[derive(Serialize)]
pub(crate) struct SignalPage<'a> {
    signal: SignalRow<'a>,
    id: &'a str,
    /// The page that describes the rule.
    rule: Option<String>,
    only_for: Vec<Label>,
    tools: Vec<ToolRow>,
    pager: Option<Pager>,
    first: bool,
    attacks: Vec<AttackRow<'a>>,
}

/// Builds part `at` of the page of signal `number`.
pub(crate) fn signal<'a>(site: &Site<'a>, number: usize, at: usize) -> SignalPage<'a> {
    let signal = &site.ruleset.signals[number];
    let indices = site.of_signal(number);
    let feeds_on_it = |attack: &&crate::rules::Attack| attack.signals.contains(&signal.id);
    SignalPage {
        signal: row(site, number, signal),
        id: &signal.id,
        rule: site.rulebook.address_of(&signal.id),
        only_for: signal.only_for.iter().map(|c| Label::category(*c)).collect(),
        tools: part(indices, at).iter().map(|index| ToolRow::new(site, *index)).collect(),
        pager: Pager::new(indices.len(), at, |part| address::signal(&signal.id, part)),
        first: at == 1,
        attacks: site.ruleset.attacks.iter().filter(feeds_on_it).map(AttackRow::new).collect(),
    }
}
