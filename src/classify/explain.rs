//! Explains a classification: what was read and considered, what decided, and what would change it.

use serde::Serialize;

use super::claims::Claim;
use super::reading::Reading;
use super::{
    RoleTaken, ServerContext, SimilarWording, classify, draft, names, roles, sentences, similar_wording, verdict,
};
use crate::model::{Assessment, Category, EvidenceField, Tool};
use crate::rules::{Part, PhraseOwner, Ruleset, WhatIf};

/// The explanation of a tool's classification.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Explanation {
    /// The tool's name.
    pub(crate) tool: String,
    /// The words of its name.
    pub(crate) words: Vec<String>,
    pub(crate) assessment: Assessment,
    /// All words that suggest a category, in the order: name, opening of the description, later sentences, operations.
    pub(crate) considered: Vec<Considered>,
    /// Sentences that state a limit or a consequence.
    pub(crate) statements: Vec<Stated>,
    /// The roles of the parameters.
    pub(crate) inputs: Vec<InputRole>,
    /// The roles that the tool can have in flows between tools.
    pub(crate) flow_roles: Vec<RoleTaken>,
    /// What the similar-wording model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) similar_wording: Option<SimilarWording>,
    /// Changes to the definition that would change category or score.
    pub(crate) would_change: Vec<Change>,
}

/// A word that suggests a category.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Considered {
    /// The rule that read it.
    pub(crate) rule: String,
    /// The text that contains it.
    #[serde(rename = "where")]
    pub(crate) place: EvidenceField,
    pub(crate) text: String,
    /// The category that it suggests.
    pub(crate) says: Category,
    /// Its weight: 0 (vague) to 3 (can only be the verb).
    pub(crate) weight: u8,
    /// True if the classification rests on it.
    pub(crate) decided: bool,
}

/// A statement found in the definition.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stated {
    pub(crate) rule: String,
    /// Its title for display.
    pub(crate) title: String,
    /// The text that contains it.
    #[serde(rename = "where")]
    pub(crate) place: EvidenceField,
    pub(crate) text: String,
}

/// A parameter and its role.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct InputRole {
    pub(crate) role: String,
    /// The role's title for display.
    pub(crate) title: String,
    /// The parameter's path.
    pub(crate) parameter: String,
}

/// A change to the definition that would change the classification.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    /// The condition, as in "the description said that it only reads".
    #[serde(rename = "if")]
    pub(crate) condition: String,
    /// The category after the change.
    pub(crate) category: Category,
    /// The score after the change.
    pub(crate) score: u8,
}

/// Explains the classification of `tool`, one of the tools that `context` was built from.
pub(crate) fn explain(tool: &Tool, context: &ServerContext, ruleset: &Ruleset) -> Explanation {
    let reading = Reading::new(tool, context, ruleset);
    let assessment = classify(tool, context, ruleset);
    Explanation {
        tool: tool.name.clone(),
        words: reading.name.iter().map(str::to_owned).collect(),
        considered: considered(&reading, &assessment),
        statements: statements(&reading),
        inputs: inputs(&reading),
        flow_roles: roles(tool, &assessment, ruleset),
        similar_wording: part_of_similar_wording(&reading),
        would_change: would_change(tool, &assessment, context, ruleset),
        assessment,
    }
}

/// The contribution of the similar-wording model; `None` if no labelled tool is similar.
fn part_of_similar_wording(reading: &Reading<'_>) -> Option<SimilarWording> {
    let (draft, _) = verdict::by_rules(reading);
    let (says, probability) = similar_wording::opinion(&draft)?.likeliest();
    let bin = reading.rules.wording.calibration_bin(says, probability)?;
    let settled = similar_wording::settle(&draft)?;
    Some(SimilarWording {
        says,
        labelled_so: bin.labels[says as usize],
        labelled: bin.labels.iter().sum(),
        words: similar_wording::telling_words(&draft, says),
        decided: settled.evidence.is_some(),
    })
}

/// The changes to `tool` that would change `now`, the classification by the rules.
pub(crate) fn would_change(tool: &Tool, now: &Assessment, context: &ServerContext, ruleset: &Ruleset) -> Vec<Change> {
    ruleset.what_ifs.iter().filter_map(|change| changed(tool, now, change, context, ruleset)).collect()
}

fn considered(reading: &Reading<'_>, assessment: &Assessment) -> Vec<Considered> {
    let opening = sentences::of_opening(reading);
    let name = names::of_tool_name(reading, &opening);
    let later = sentences::of_later_sentences(reading);
    let decisive = assessment.evidence.first();
    let consider = |claim: &Claim<'_>| {
        let text = reading.words(claim.place).text(claim.at, claim.at).to_owned();
        let decided =
            decisive.is_some_and(|e| e.rule == claim.meaning.rule && e.place == claim.place && e.text == text);
        Considered {
            rule: claim.meaning.rule.to_owned(),
            place: claim.place,
            text,
            says: claim.says(),
            weight: draft::weight(claim),
            decided,
        }
    };
    name.iter().chain(&opening).chain(&later).map(consider).collect()
}

fn statements(reading: &Reading<'_>) -> Vec<Stated> {
    let stated = reading.phrases.iter().filter_map(|&(place, found)| {
        let PhraseOwner::Statement(at) = found.owner else { return None };
        let entry = &reading.rules.statements[at];
        Some(Stated {
            rule: entry.id.clone(),
            title: entry.title.clone(),
            place,
            text: reading.words(place).text(found.from, found.to).to_owned(),
        })
    });
    stated.collect()
}

fn inputs(reading: &Reading<'_>) -> Vec<InputRole> {
    let roles = reading.rules.inputs.iter().zip(&reading.roles);
    roles
        .filter_map(|(input, parameter)| {
            let (role, title) = (input.entry.id.clone(), input.entry.title.clone());
            parameter.map(|p| InputRole { role, title, parameter: p.path.clone() })
        })
        .collect()
}

/// The classification after `change`; `None` if it is the same.
fn changed(
    tool: &Tool,
    now: &Assessment,
    change: &WhatIf,
    context: &ServerContext,
    ruleset: &Ruleset,
) -> Option<Change> {
    let mut tool = tool.clone();
    if let Some(sentence) = &change.append {
        let description = tool.description.get_or_insert_default();
        description.push_str("\n\n");
        description.push_str(sentence);
    }
    match change.without {
        Some(Part::Description) => tool.description = None,
        Some(Part::Schema) => {
            tool.input_schema = None;
            tool.parameters.clear();
        }
        Some(Part::DecidingParameter) => {
            let path = now.evidence.first()?.parameter.clone()?;
            tool.parameters.retain(|p| !p.path.starts_with(&path));
        }
        Some(Part::AggravatingParameters) => {
            let paths: Vec<&String> =
                now.signals.iter().filter(|s| s.aggravating).filter_map(|s| s.parameter.as_ref()).collect();
            paths.first()?;
            tool.parameters.retain(|p| !paths.contains(&&p.path));
        }
        None => {}
    }
    let then = classify(&tool, context, ruleset);
    let differs = (then.category, then.score.value) != (now.category, now.score.value);
    differs.then(|| Change { condition: change.condition.clone(), category: then.category, score: then.score.value })
}
