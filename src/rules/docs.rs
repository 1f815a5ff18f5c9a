//! Rule documentation, generated from the rules' data.

use serde::Serialize;
use serde_json::Value;

use super::{Alternative, Effect, Examples, Ruleset, Strength};

/// The documentation of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleDoc {
    /// Kebab-case, never reused.
    pub id: String,
    /// The rule file that contains it.
    pub file: &'static str,
    /// Title for display.
    pub title: String,
    /// Its effect in a few words: `says Write`, `raises the score`.
    pub does: String,
    /// Why the rule exists.
    pub why: String,
    /// The version that introduced it.
    pub since: String,
    /// What it looks for: pairs of a kind and its values.
    pub(crate) looks_for: Vec<(String, Vec<String>)>,
    /// Examples to which it applies, with reasons.
    pub(crate) applies_to: Vec<String>,
    /// Examples to which it does not apply, with reasons.
    pub(crate) not_to: Vec<String>,
    /// Of a guard: values of the argument that pass, as JSON.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) passes: Vec<String>,
    /// Of a guard: values of the argument that it refuses or asks about, as JSON.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refuses: Vec<String>,
}

/// All rules for definitions, in file order, then guards, findings, flows, and the problems of `policy check`. Attacks
/// and what-ifs are left out, since they decide nothing.
pub fn docs(rules: &Ruleset) -> Vec<RuleDoc> {
    let verbs = rules.lexicon.verbs().iter().map(|e| {
        let weak = if e.strength == Strength::Weak { ", weakly" } else { "" };
        let looks_for = vec![("verbs", e.verbs.clone()), ("words of other languages", e.others.clone())];
        doc("verbs.yaml", &e.id, &e.title, format!("says {}{weak}", e.says), &e.why, &e.since, looks_for, &e.examples)
    });
    let senses = rules.lexicon.senses().map(|e| {
        let looks_for = vec![
            ("verbs", e.verbs.clone()),
            ("objects", e.objects.clone()),
            ("words in the object", e.mentions.clone()),
            ("after \"from\"", e.from.clone()),
            ("unless", e.unless.clone()),
        ];
        doc("senses.yaml", &e.id, &e.title, format!("says {}", e.says), &e.why, &e.since, looks_for, &e.examples)
    });
    let statements = rules.statements.iter().map(|e| {
        let looks_for = vec![("phrases", e.phrases.clone())];
        doc("statements.yaml", &e.id, &e.title, effect(e.effect).into(), &e.why, &e.since, looks_for, &e.examples)
    });
    let acts = &rules.further_acts.entry;
    let sorted = |set: &rustc_hash::FxHashSet<String>| -> Vec<String> {
        set.iter().cloned().collect::<std::collections::BTreeSet<String>>().into_iter().collect()
    };
    let further_acts = doc(
        super::further_acts::FILE,
        "further-acts",
        &acts.title,
        "raises to what it states".into(),
        &acts.why,
        &acts.since,
        vec![
            ("words", sorted(&acts.sequels)),
            ("phrases", acts.sequel_phrases.clone()),
            ("subjects", sorted(&acts.tools)),
            ("things in a passive", sorted(&acts.quantifiers)),
            ("unless", sorted(&acts.outside)),
        ],
        &acts.examples,
    );
    let entry = &rules.doubts.entry;
    let doubts = doc(
        super::doubts::FILE,
        super::Doubts::ID,
        &entry.title,
        "leaves probably only reads".into(),
        &entry.why,
        &entry.since,
        vec![
            ("lead to a participle", entry.targets.clone()),
            ("introduce what was done", sorted(&entry.receipts)),
            ("statements", entry.statements.clone()),
            ("results of what was run", entry.traces.clone()),
            ("unless", sorted(&entry.opens)),
        ],
        &entry.examples,
    );
    let inputs = rules.inputs.iter().map(|input| {
        let e = &input.entry;
        let looks_for = vec![
            ("names that end with", e.names.clone()),
            ("whole names", e.whole.clone()),
            ("names that begin with", e.begins.clone()),
            ("listed values", e.values.clone()),
            ("except", e.except.clone()),
            ("of type", e.types.names().map(str::to_owned).collect()),
        ];
        doc(
            "inputs.yaml",
            &e.id,
            &e.title,
            "names what a parameter is for".into(),
            &e.why,
            &e.since,
            looks_for,
            &e.examples,
        )
    });
    let signals = rules.signals.iter().map(|e| {
        let does = if e.aggravating { "raises the score" } else { "informs" };
        let looks_for =
            vec![("parameters", e.inputs.clone()), ("phrases", e.phrases.clone()), ("except", e.except.clone())];
        doc("signals.yaml", &e.id, &e.text, does.into(), &e.why, &e.since, looks_for, &e.examples)
    });
    let guards = rules.guards.iter().map(|guard| {
        let e = &guard.entry;
        let alone = |kind: &str, words: Vec<String>| vec![(kind.to_owned(), words)];
        let looks_for: Vec<(String, Vec<String>)> = [
            alone("signals", e.signals.clone()),
            alone("parameters", e.roles.clone()),
            alone("of type", e.types.names().map(str::to_owned).collect()),
            e.mentions.listed("words"),
            alone("or a pattern", e.text_pattern.iter().cloned().collect()),
            e.unless.listed("unless"),
            alone("unless it does one of these", e.unless_adds.verbs.clone()),
            e.unless_adds.things.listed("to one of these"),
            alone("at the end or before one of", e.unless_adds.then.clone()),
            alone("unless its name begins with", e.unless_begins.clone()),
            alone("unless it takes", e.unless_parameters.clone()),
            alone("unless guarded by", e.unless_guarded.clone()),
            alone("beside one of these parameters", e.beside.whole.clone()),
            alone("and those that say which thing is meant", e.beside.which.clone()),
            alone("or end so", e.beside.which_ends.clone()),
            e.description_mentions.listed("or in the description"),
            alone("in the tool's name", e.tool_named.clone()),
            alone("not in the tool's name", e.tool_not_named.clone()),
            alone("profiles", e.profiles.clone()),
            alone("categories", e.only_for.iter().map(ToString::to_string).collect()),
        ]
        .concat();
        let does = match (&e.set, e.asks) {
            (Some(_), _) => "guards calls, with a value to set",
            (None, true) => "asks a person",
            (None, false) => "guards calls",
        };
        let values = |list: &[Value]| list.iter().map(Value::to_string).collect();
        let page = doc("guards.yaml", &e.id, &e.title, does.into(), &e.why, &e.since, looks_for, &e.examples);
        RuleDoc { passes: values(&e.passes), refuses: values(&e.refuses), ..page }
    });
    let findings = rules.findings.iter().map(|rule| {
        let does = format!("a finding, {}", rule.severity);
        doc("findings.yaml", &rule.id, &rule.title, does, &rule.why, &rule.since, rule.keys(), &rule.examples)
    });
    let roles = rules.flow_roles.iter().map(|role| {
        let e = &role.entry;
        let of = |list: fn(&Alternative) -> Vec<String>| e.when.iter().flat_map(list).collect::<Vec<_>>();
        let looks_for = vec![
            ("signals", of(|when| when.signals.clone())),
            ("phrases", of(|when| when.phrases.clone())),
            ("except", e.except.clone()),
        ];
        let does = "a part in flows".into();
        doc("flow-roles.yaml", &e.id, &e.title, does, &e.why, &e.since, looks_for, &e.examples)
    });
    let exposures = rules.exposures.entries.iter().map(|e| {
        let of = |list: fn(&Alternative) -> Vec<String>| e.when.iter().flat_map(list).collect::<Vec<_>>();
        let looks_for = vec![
            ("categories", of(|when| when.only_for.iter().map(ToString::to_string).collect())),
            ("signals", of(|when| when.signals.clone())),
            ("phrases", of(|when| when.phrases.clone())),
            ("except", e.except.clone()),
            ("described", e.described.iter().flat_map(|described| described.phrases.clone()).collect()),
            ("except described", e.except_described.clone()),
            ("reach", vec![e.reach.clone()]),
        ];
        let does = format!("limits a server to {} points", e.points);
        doc("exposures.yaml", &e.id, &e.title, does, &e.why, &e.since, looks_for, &e.examples)
    });
    let no_examples = Examples::default();
    let verdicts = rules.verdicts.iter().map(|e| {
        let looks_for = vec![("a better answer", e.unless.iter().cloned().collect())];
        let answers = e.answer.map(|answer| format!("answers \"{}\"", answer.words()));
        let notes = e.note.as_ref().map(|note| format!("adds \"{note}\" to the answer"));
        let does = answers.into_iter().chain(notes).collect::<Vec<_>>().join(", ");
        doc("verdict.yaml", &e.id, &e.why, does, &e.why, &e.since, looks_for, &no_examples)
    });
    let flows = rules.flows.iter().map(|e| {
        let looks_for = vec![
            ("steps", e.steps.clone()),
            ("what to do", vec![e.remedy.clone()]),
            ("references", e.references.clone()),
        ];
        let does = format!("a flow, {}", e.severity);
        doc("flows.yaml", &e.id, &e.title, does, &e.why, &e.since, looks_for, &no_examples)
    });
    let problems = rules.policy_problems.iter().map(|e| {
        let looks_for = vec![("what to do", vec![e.remedy.clone()])];
        let does = format!("a problem of a policy, {}", e.severity);
        doc("policy-problems.yaml", &e.id, &e.title, does, &e.why, &e.since, looks_for, &no_examples)
    });
    let sql = rules.sql.functions.iter().map(|kind| RuleDoc {
        id: kind.id.clone(),
        file: super::sql::FILE,
        title: kind.title.clone(),
        does: "guards calls".into(),
        why: kind.why.clone(),
        since: kind.since.clone(),
        looks_for: vec![
            ("functions".into(), kind.names.clone()),
            ("functions after FROM".into(), kind.in_from.clone()),
        ],
        applies_to: kind.refuses.clone(),
        not_to: kind.passes.clone(),
        passes: Vec::new(),
        refuses: Vec::new(),
    });
    let read = verbs.chain(senses).chain(statements).chain([further_acts, doubts]).chain(inputs).chain(signals);
    read.chain(guards)
        .chain(sql)
        .chain(findings)
        .chain(roles)
        .chain(flows)
        .chain(exposures)
        .chain(verdicts)
        .chain(problems)
        .collect()
}

#[expect(clippy::too_many_arguments, reason = "each is one field of the page, in its order")]
fn doc(
    file: &'static str,
    id: &str,
    title: &str,
    does: String,
    why: &str,
    since: &str,
    looks_for: Vec<(impl Into<String>, Vec<String>)>,
    examples: &Examples,
) -> RuleDoc {
    let looks_for = looks_for.into_iter().filter(|(_, words)| !words.is_empty());
    let lines = |list: &[super::Example]| list.iter().map(|e| format!("{}: {}", e.name, e.because)).collect();
    RuleDoc {
        id: id.to_owned(),
        file,
        title: title.to_owned(),
        does,
        why: why.to_owned(),
        since: since.to_owned(),
        looks_for: looks_for.map(|(kind, words)| (kind.into(), words)).collect(),
        applies_to: lines(&examples.matches),
        not_to: lines(&examples.reject),
        passes: Vec::new(),
        refuses: Vec::new(),
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::ReadsOnly => "lowers Execute or unclear to Read",
        Effect::Reports => "lowers what is run to Read",
        Effect::Returns => "lowers what is downloaded or made to Read",
        Effect::None => "is an exception to another statement",
        Effect::Loses => "raises Write to Destructive",
        Effect::Irreversible => "informs the score",
        Effect::Stores | Effect::Changes => "raises Read to Write",
        Effect::Runs => "raises Read to Execute",
        Effect::Pays => "raises to Financial",
    }
}
