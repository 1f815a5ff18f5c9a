//! The drift between two locks: what has changed, and whether it raises the risk.

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::short;
use super::details::is_text;
use super::entries::{LockedParameter, WITH_DETAILS};
use super::items;
use super::likeness::renamed;
use super::pairs::pairs;
use super::{Lock, LockedServer, LockedTool};
use crate::model::{
    Category, Change, ChangedPart, Drift, Package, RiskChange, ServerDrift, Severity, ToolChange, ToolDrift,
};

/// The least severity at which a finding is a risk.
const MIN_RAISING: Severity = Severity::Medium;
/// Fields that models do not read.
const NO_TEXT: [&str; 5] = ["icons", "_meta", "execution", "annotations", OTHER_KEYS];
/// The digest of all keys that are not decoded.
const OTHER_KEYS: &str = "other keys";

impl Lock {
    /// The drift from this lock to `now`.
    pub(crate) fn drift(&self, now: &Self) -> Drift {
        self.drift_of_pairs(now, &pairs(&self.servers, &now.servers))
    }

    /// The same, but if each lock has exactly one server, they are compared whatever their names.
    pub(crate) fn drift_of_same(&self, now: &Self) -> Drift {
        match (self.servers.len(), now.servers.len()) {
            (1, 1) => self.drift_of_pairs(now, &[Some(0)]),
            _ => self.drift(now),
        }
    }

    fn drift_of_pairs(&self, now: &Self, pairs: &[Option<usize>]) -> Drift {
        let before = |place: &Option<usize>| place.and_then(|at| self.servers.get(at));
        let servers: Vec<ServerDrift> =
            now.servers.iter().zip(pairs).map(|(now, place)| server_drift(before(place), now)).collect();
        let not_given = (0..self.servers.len()).filter(|at| !pairs.contains(&Some(*at)));
        Drift {
            changed: servers.iter().any(|server| server.changed),
            needs_review: servers.iter().any(|server| server.needs_review),
            raises_risk: servers.iter().any(|server| server.raises_risk),
            not_given: not_given.map(|at| self.servers[at].name.clone()).collect(),
            servers,
        }
    }
}

fn server_drift(before: Option<&LockedServer>, now: &LockedServer) -> ServerDrift {
    let (mut fields, mut risk) = (Vec::new(), Vec::new());
    let same_rules = before.is_none_or(|before| before.judged_by == now.judged_by);
    if let Some(before) = before {
        fields = server_fields(before, now);
        risk.extend(launch_risk(before, now));
        if same_rules || !fields.is_empty() {
            risk.extend(findings(&before.findings, &now.findings));
            risk.extend(change(ChangedPart::Grade, before.grade.clone(), now.grade.clone()).map(neutral));
        }
    }
    let knows_details =
        before.is_some_and(|before| before.lock_format >= WITH_DETAILS) && now.lock_format >= WITH_DETAILS;
    let comparison = Comparison { same_rules, knows_details };
    let tools = tool_drifts(before.map_or(&[], |before| &before.tools), &now.tools, comparison);
    let changed = !fields.is_empty()
        || !risk.is_empty()
        || before.is_none()
        || tools.iter().any(|tool| tool.change != ToolChange::Rejudged);
    let raises_risk =
        before.is_none() || risk.iter().any(|risk| risk.raises) || tools.iter().any(|tool| tool.raises_risk);
    ServerDrift {
        name: now.name.clone(),
        listed: now.listed,
        locked: before.is_some(),
        changed,
        needs_review: raises_risk || fields.iter().any(field_needs_review) || tools.iter().any(tool_needs_review),
        raises_risk,
        fields,
        risk,
        tools,
    }
}

/// True for a change of a server that a person should review. Title, version, protocol and keys that models do not read
/// alone need no review.
fn field_needs_review(field: &Change) -> bool {
    match &field.what {
        ChangedPart::Field(name) => name != OTHER_KEYS,
        what => !matches!(what, ChangedPart::Title | ChangedPart::Version | ChangedPart::Protocol),
    }
}

/// True for a change of a tool that a person should review. Fields that models do not read and added hints need no
/// review.
fn tool_needs_review(tool: &ToolDrift) -> bool {
    let needs_no_review = |field: &Change| {
        let names_no_text = |name: &str| {
            NO_TEXT
                .iter()
                .any(|key| name.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        };
        let is_no_text = matches!(
            &field.what,
            ChangedPart::Field(name) | ChangedPart::SchemaDetail(name) | ChangedPart::SchemaText(name) if names_no_text(name)
        );
        is_no_text || (is_hint(field) && field.before.is_none())
    };
    match tool.change {
        ToolChange::Added | ToolChange::Removed | ToolChange::Renamed { .. } => true,
        ToolChange::Changed => tool.raises_risk || !tool.fields.iter().all(needs_no_review),
        ToolChange::Rejudged => false,
    }
}

/// True for a change of an author's hint.
fn is_hint(field: &Change) -> bool {
    matches!(field.what, ChangedPart::Annotation(_))
}

fn server_fields(before: &LockedServer, now: &LockedServer) -> Vec<Change> {
    let package = |package: &Option<Package>| package.as_ref().map(|package| package.name.clone());
    let mut fields: Vec<Change> = Vec::new();
    fields.extend(change(ChangedPart::Name, Some(before.name.clone()), Some(now.name.clone())));
    fields.extend(change(ChangedPart::Title, before.title.clone(), now.title.clone()));
    fields.extend(change(ChangedPart::Version, before.version.clone(), now.version.clone()));
    fields.extend(change(ChangedPart::Protocol, before.protocol.clone(), now.protocol.clone()));
    // Locks of saved listings have no launch and no package, which is not a change of the server.
    if before.launch.is_some() && now.launch.is_some() {
        fields.extend(change(ChangedPart::Launch, before.launch.clone(), now.launch.clone()));
        fields.extend(change(ChangedPart::Package, package(&before.package), package(&now.package)));
    }
    if before.instructions_digest != now.instructions_digest {
        fields.push(text_change(
            ChangedPart::Instructions,
            (&before.instructions, &before.instructions_digest),
            (&now.instructions, &now.instructions_digest),
        ));
    }
    // A lock of a saved listing, or of an older version, does not have them.
    if before.other_keys.is_some() && now.other_keys.is_some() && before.other_keys != now.other_keys {
        let what = ChangedPart::Field(OTHER_KEYS.to_owned());
        fields.push(digest_change(what, (before.other_keys.clone(), now.other_keys.clone())));
    }
    let items = items::changes(before.items.as_deref(), now.items.as_deref());
    fields.extend(items.into_iter().map(|(what, (before, after))| Change { what, before, after }));
    fields
}

/// A new version alone is an ordinary update and no risk. Another program, package or address is another server.
fn launch_risk(before: &LockedServer, now: &LockedServer) -> Option<RiskChange> {
    let (from, to) = (unversioned(before)?, unversioned(now)?);
    change(ChangedPart::Program, Some(from), Some(to)).map(|change| RiskChange { change, raises: true })
}

/// The launch command without the version of the package.
fn unversioned(server: &LockedServer) -> Option<String> {
    let launch = server.launch.as_deref()?;
    let version = server.package.as_ref().and_then(|package| package.version.as_deref());
    Some(
        version
            .map_or_else(|| launch.to_owned(), |v| launch.replace(&format!("@{v}"), "").replace(&format!("=={v}"), "")),
    )
}

/// What can be compared of two entries of a server.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    /// Whether the same rules judged both.
    same_rules: bool,
    /// Whether both have the details of schemas, and verdicts without hints.
    knows_details: bool,
}

fn tool_drifts(before: &[LockedTool], now: &[LockedTool], comparison: Comparison) -> Vec<ToolDrift> {
    let (old, new) = (by_name(before), by_name(now));
    let removed_tools: Vec<&LockedTool> = missing_from(&old, &new);
    let added: Vec<&LockedTool> = missing_from(&new, &old);
    let renames = renamed(&removed_tools, &added);
    let mut drifts: Vec<ToolDrift> = Vec::new();
    drifts.extend(old.iter().filter_map(|(key, before)| tool_drift(before, new.get(key)?, comparison)));
    drifts.extend(renames.iter().map(|&(a, b)| rename(removed_tools[a], added[b], comparison)));
    let left = |tools: &[&LockedTool], used: BTreeSet<usize>, drift: fn(&LockedTool) -> ToolDrift| {
        tools.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, tool)| drift(tool)).collect::<Vec<_>>()
    };
    drifts.extend(left(&removed_tools, renames.iter().map(|pair| pair.0).collect(), removed));
    drifts.extend(left(&added, renames.iter().map(|pair| pair.1).collect(), self::added));
    drifts.sort_by(|a, b| a.name.cmp(&b.name));
    drifts
}

/// Tools by name and by index among the tools of that name.
type ToolsByName<'a> = BTreeMap<(&'a str, usize), &'a LockedTool>;

/// The tools in `tools` that are missing in `others`.
fn missing_from<'a>(tools: &ToolsByName<'a>, others: &ToolsByName<'_>) -> Vec<&'a LockedTool> {
    tools.iter().filter(|(key, _)| !others.contains_key(*key)).map(|(_, tool)| *tool).collect()
}

/// The tools by name. Tools with the same name keep their order, which follows from their content.
fn by_name(tools: &[LockedTool]) -> ToolsByName<'_> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for tool in tools {
        let count = counts.entry(&tool.name).or_default();
        named.insert((tool.name.as_str(), *count), tool);
        *count += 1;
    }
    named
}

/// True if the author has come to mark the tool as read-only, and by its verdict it is not: clients ask no person then.
fn newly_claims_to_read(before: &LockedTool, now: &LockedTool) -> bool {
    let claims = |tool: &LockedTool| tool.annotations.read_only_hint == Some(true);
    claims(now) && !claims(before) && now.category != Category::Read
}

fn tool_drift(before: &LockedTool, now: &LockedTool, comparison: Comparison) -> Option<ToolDrift> {
    let (fields, mut risk) = (tool_fields(before, now, comparison), tool_risk(before, now, comparison));
    if !fields.is_empty() && fields.iter().all(is_hint) {
        // Only the author's hints have changed and not what the tool does, so only a new finding can raise the risk.
        risk.iter_mut().filter(|risk| risk.change.what != ChangedPart::Finding).for_each(|risk| risk.raises = false);
    }
    if fields.is_empty() && risk.is_empty() {
        return None;
    }
    // For an unchanged definition, the server's other tools can cause a higher verdict.
    let raises_risk = comparison.same_rules || !fields.is_empty();
    let raises_risk = raises_risk && risk.iter().any(|risk| risk.raises) || newly_claims_to_read(before, now);
    let rejudged = fields.is_empty() && !raises_risk;
    Some(ToolDrift {
        name: now.name.clone(),
        change: if rejudged { ToolChange::Rejudged } else { ToolChange::Changed },
        raises_risk,
        fields,
        risk,
    })
}

fn rename(before: &LockedTool, now: &LockedTool, comparison: Comparison) -> ToolDrift {
    let (fields, risk) = (tool_fields(before, now, comparison), tool_risk(before, now, comparison));
    ToolDrift {
        name: now.name.clone(),
        change: ToolChange::Renamed { from: before.name.clone() },
        raises_risk: risk.iter().any(|risk| risk.raises),
        fields,
        risk,
    }
}

fn removed(tool: &LockedTool) -> ToolDrift {
    let risk = verdict(tool).map(|(what, value)| Change { what, before: Some(value), after: None });
    let risk = risk.map(neutral).into();
    ToolDrift { name: tool.name.clone(), change: ToolChange::Removed, raises_risk: false, fields: Vec::new(), risk }
}

/// An added tool that only reads and has no findings extends what was approved without raising the risk.
fn added(tool: &LockedTool) -> ToolDrift {
    let new = |what: ChangedPart, value: String, raises: bool| RiskChange {
        change: Change { what, before: None, after: Some(value) },
        raises,
    };
    let grave = tool.severity > Severity::Low;
    // The policy follows from the verdict, which already raises the risk.
    let raises = [grave, grave, tool.score > 1, false];
    let mut risk: Vec<RiskChange> =
        verdict(tool).into_iter().zip(raises).map(|((what, value), raises)| new(what, value, raises)).collect();
    risk.extend(tool.findings.iter().map(|(id, severity)| {
        new(ChangedPart::Finding, finding_with_severity(id, *severity), *severity >= MIN_RAISING)
    }));
    ToolDrift {
        name: tool.name.clone(),
        change: ToolChange::Added,
        raises_risk: risk.iter().any(|risk| risk.raises),
        fields: Vec::new(),
        risk,
    }
}

fn verdict(tool: &LockedTool) -> [(ChangedPart, String); 4] {
    [
        (ChangedPart::Category, tool.category.to_string()),
        (ChangedPart::Severity, tool.severity.to_string()),
        (ChangedPart::Score, tool.score.to_string()),
        (ChangedPart::Policy, tool.policy.clone()),
    ]
}

fn tool_fields(before: &LockedTool, now: &LockedTool, comparison: Comparison) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.digests.keys().chain(now.digests.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.digests.get(*key) != now.digests.get(*key));
    changed.flat_map(|key| field(key, before, now, comparison)).collect()
}

/// The change of the field `key`: its values as far as the lock contains them, otherwise its digests.
fn field(key: &str, before: &LockedTool, now: &LockedTool, comparison: Comparison) -> Vec<Change> {
    let digests = (before.digests.get(key).cloned(), now.digests.get(key).cloned());
    match key {
        "title" => vec![text_change(ChangedPart::Title, (&before.title, &digests.0), (&now.title, &digests.1))],
        "description" => vec![text_change(
            ChangedPart::Description,
            (&before.description, &digests.0),
            (&now.description, &digests.1),
        )],
        "annotations" => or_digests(hints(before, now), key, digests),
        "inputSchema" => {
            let mut changes = parameters(before, now);
            changes.extend(details(key, before, now, comparison));
            or_digests(changes, key, digests)
        }
        "outputSchema" | "execution" => or_digests(details(key, before, now, comparison), key, digests),
        _ => vec![digest_change(ChangedPart::Field(key.to_owned()), digests)],
    }
}

/// What else has changed in the schema at `key`. Nothing if a lock does not have it.
fn details(key: &str, before: &LockedTool, now: &LockedTool, comparison: Comparison) -> Vec<Change> {
    if !comparison.knows_details {
        return Vec::new();
    }
    let change = |(name, before, after): (String, Option<String>, Option<String>)| Change {
        what: if is_text(&name) { ChangedPart::SchemaText(name) } else { ChangedPart::SchemaDetail(name) },
        before,
        after,
    };
    super::details::changes(key, &before.details, &now.details).into_iter().map(change).collect()
}

fn or_digests(changes: Vec<Change>, key: &str, digests: (Option<String>, Option<String>)) -> Vec<Change> {
    if changes.is_empty() { vec![digest_change(ChangedPart::Field(key.to_owned()), digests)] } else { changes }
}

/// The change between two texts. If their stored parts are equal, the digests.
fn text_change(
    what: ChangedPart,
    before: (&Option<String>, &Option<String>),
    after: (&Option<String>, &Option<String>),
) -> Change {
    change(what.clone(), before.0.clone(), after.0.clone())
        .unwrap_or_else(|| digest_change(what, (before.1.clone(), after.1.clone())))
}

fn digest_change(what: ChangedPart, (before, after): (Option<String>, Option<String>)) -> Change {
    Change { what, before: before.map(short), after: after.map(short) }
}

fn hints(before: &LockedTool, now: &LockedTool) -> Vec<Change> {
    let (a, b) = (&before.annotations, &now.annotations);
    let hint = |hint: Option<bool>| hint.map(|hint| hint.to_string());
    let hints = [
        ("title", a.title.clone(), b.title.clone()),
        ("readOnlyHint", hint(a.read_only_hint), hint(b.read_only_hint)),
        ("destructiveHint", hint(a.destructive_hint), hint(b.destructive_hint)),
        ("idempotentHint", hint(a.idempotent_hint), hint(b.idempotent_hint)),
        ("openWorldHint", hint(a.open_world_hint), hint(b.open_world_hint)),
    ];
    hints.into_iter().filter_map(|(key, before, after)| change(ChangedPart::Annotation(key), before, after)).collect()
}

fn parameters(before: &LockedTool, now: &LockedTool) -> Vec<Change> {
    fn by_path(tool: &LockedTool) -> BTreeMap<&String, &LockedParameter> {
        tool.parameters.iter().map(|parameter| (&parameter.path, parameter)).collect()
    }
    let (old, new) = (by_path(before), by_path(now));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).copied().collect();
    let of_path = |path: &String| parameter(path, old.get(path).copied(), new.get(path).copied());
    let places: BTreeSet<&String> = before.bounds.keys().chain(now.bounds.keys()).collect();
    let of_place = |place: &String| {
        change(ChangedPart::Bound(place.clone()), before.bounds.get(place).cloned(), now.bounds.get(place).cloned())
    };
    paths.into_iter().flat_map(of_path).chain(places.into_iter().filter_map(of_place)).collect()
}

/// The changes of one parameter: as a whole if it is new or gone, else type, values and description separately.
fn parameter(path: &str, before: Option<&LockedParameter>, now: Option<&LockedParameter>) -> Vec<Change> {
    let what = || ChangedPart::Parameter(path.to_owned());
    let (Some(old), Some(new)) = (before, now) else {
        let whole = |parameter: &LockedParameter| {
            let says = parameter.says.as_ref().map(|says| format!("; {says}")).unwrap_or_default();
            format!("{}{says}", parameter.takes)
        };
        return change(what(), before.map(whole), now.map(whole)).into_iter().collect();
    };
    let [old_type, new_type] = [old, new].map(|parameter| Some(parameter.takes.restricted_type().to_owned()));
    let mut changes: Vec<Change> = change(what(), old_type, new_type).into_iter().collect();
    let (old_values, new_values) = (old.takes.values(), new.takes.values());
    let value = || ChangedPart::ParameterValue(path.to_owned());
    let lost = old_values.difference(&new_values).map(|lost| (Some((*lost).to_owned()), None));
    let gained = new_values.difference(&old_values).map(|gained| (None, Some((*gained).to_owned())));
    changes.extend(lost.chain(gained).filter_map(|(before, after)| change(value(), before, after)));
    changes.extend(change(ChangedPart::ParameterDescription(path.to_owned()), old.says.clone(), new.says.clone()));
    changes
}

/// The verdict by which the risk is compared: without the author's hints, where the locks have it. A hint says of a tool
/// what it is, and does not change it.
fn compared_verdict(tool: &LockedTool, comparison: Comparison) -> (Category, Severity, u8, &[String]) {
    match tool.without_hints.as_ref().filter(|_| comparison.knows_details) {
        Some(verdict) => (verdict.category, verdict.severity, verdict.score, &verdict.aggravating),
        None => (tool.category, tool.severity, tool.score, &tool.aggravating),
    }
}

fn tool_risk(before: &LockedTool, now: &LockedTool, comparison: Comparison) -> Vec<RiskChange> {
    let (old, new) = (compared_verdict(before, comparison), compared_verdict(now, comparison));
    let up = [
        new.0 > old.0,
        new.1 > old.1,
        new.2 > old.2,
        // The policy follows from the verdict, which already raises the risk.
        false,
    ];
    let verdicts = verdict(before).into_iter().zip(verdict(now)).zip(up);
    let mut risk: Vec<RiskChange> = verdicts
        .filter_map(|(((what, from), (_, to)), raises)| {
            Some(RiskChange { change: change(what, Some(from), Some(to))?, raises })
        })
        .collect();
    let aggravating = gained_and_lost(&ChangedPart::AggravatingSignal, &before.aggravating, &now.aggravating, true);
    risk.extend(aggravating.into_iter().map(|risk| {
        let is_gained =
            risk.change.after.as_ref().is_some_and(|gained| has_signal(new.3, gained) && !has_signal(old.3, gained));
        RiskChange { raises: risk.raises && is_gained, ..risk }
    }));
    risk.extend(gained_and_lost(&ChangedPart::Signal, &before.signals, &now.signals, false));
    risk.extend(findings(&before.findings, &now.findings));
    risk.extend(gained_and_lost(&ChangedPart::Guard, &before.guards, &now.guards, false));
    risk
}

/// Compared by id without the parameter: which parameter a signal names depends on their order, and changes of
/// parameters are reported separately.
fn gained_and_lost(what: &ChangedPart, before: &[String], now: &[String], gain_raises: bool) -> Vec<RiskChange> {
    let missing_from = |of: &[String], other: &[String]| -> BTreeSet<String> {
        of.iter().filter(|item| !has_signal(other, item)).cloned().collect()
    };
    let lost = missing_from(before, now).into_iter().map(|item| RiskChange {
        change: Change { what: what.clone(), before: Some(item), after: None },
        raises: false,
    });
    let gained = missing_from(now, before).into_iter().map(|item| RiskChange {
        change: Change { what: what.clone(), before: None, after: Some(item) },
        raises: gain_raises,
    });
    lost.chain(gained).collect()
}

/// True if one of `items` has the id of `item`, whatever its parameter.
fn has_signal(items: &[String], item: &str) -> bool {
    fn id(item: &str) -> &str {
        item.split_once(" (").map_or(item, |(id, _)| id)
    }
    items.iter().any(|known| id(known) == id(item))
}

/// A new finding raises the risk if it is severe enough, and so does a known finding with a higher severity.
fn findings(before: &BTreeMap<String, Severity>, now: &BTreeMap<String, Severity>) -> Vec<RiskChange> {
    let ids: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let of_id = |id: &String| {
        let (from, to) = (before.get(id), now.get(id));
        let shown = |severity: Option<&Severity>| severity.map(|severity| finding_with_severity(id, *severity));
        Some(RiskChange {
            change: change(ChangedPart::Finding, shown(from), shown(to))?,
            raises: to >= Some(&MIN_RAISING) && to > from,
        })
    };
    ids.into_iter().filter_map(of_id).collect()
}

fn finding_with_severity(finding: &str, severity: Severity) -> String {
    format!("{finding} ({severity})")
}

fn change(what: ChangedPart, before: Option<String>, after: Option<String>) -> Option<Change> {
    (before != after).then_some(Change { what, before, after })
}

fn neutral(change: Change) -> RiskChange {
    RiskChange { change, raises: false }
}
