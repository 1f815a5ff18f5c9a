//! The second reader: how labelled tools with similar wording were labelled.
//!
//! It adds the weights of all features of a tool that it knows: the stems of its words, and what the rules found. It
//! keeps to these limits:
//!
//! - it lowers no verdict against a hint of the author, an operation, a destructive or financial word, a further act or
//!   a change that the text states, or a parameter that runs code or loses data;
//! - it raises no verdict that rests on a sentence which limits the tool to reading;
//! - the surer the rules are, the surer it must be to change their verdict;
//! - the confidence of a verdict is how often such verdicts on labelled tools of other servers were right: by its probability
//!   and by how sure the rules are; it is low where the two readers differ.

use std::cmp::{Ordering, Reverse};

use serde::Serialize;

use super::draft::Draft;
use super::evidence;
use super::features::{WordAt, each_feature};
use crate::model::{Category, Confidence, Evidence, EvidenceField};
use crate::rules::{Effect, Feature, Wording};

/// The id of its evidence.
const RULE: &str = "similar-wording";
/// Words that are shown.
const MAX_TELLING: usize = 3;
/// Added to every count of labels.
const SMOOTHING: f64 = 1.0;
/// The least probability of a verdict with high confidence: of labelled tools that neither the fit nor the rules had met,
/// 99.4 % are right at this probability.
const HIGH: f64 = 0.97;
/// The same for destructive and financial tools of which the rules are sure: they are rare, and so never very probable.
const HIGH_WHERE_GRAVE: f64 = 0.9;
/// The least probability of one with medium confidence where the rules are not sure: 94 % are right up to [`HIGH`].
const MEDIUM: f64 = 0.9;
/// The same where the rules are at least of medium confidence: 94 % are right up to [`HIGH`].
const MEDIUM_BY_RULES: f64 = 0.8;
/// The same for destructive and financial tools, which are rare and so never very probable: below 80 %, too, all of 40 are
/// right.
const MEDIUM_WHERE_GRAVE: f64 = 0.5;

/// What the second reader makes of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opinion {
    /// The probability of each category, in the order of [`Category::ALL`].
    pub(crate) probabilities: [f64; 5],
    /// The word that speaks most for the likeliest category.
    strongest: Option<WordAt>,
}

/// What becomes of a verdict of the rules.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) category: Category,
    /// How sure it is.
    pub(crate) confidence: Confidence,
    /// The grounds for the category, if the rules say another.
    pub(crate) evidence: Option<Evidence>,
}

/// The second reader's part in a verdict, for people.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SimilarWording {
    /// The likeliest category.
    pub(crate) says: Category,
    /// How many labelled tools with wording as similar have that label.
    pub(crate) labelled_so: u32,
    /// Of how many labelled tools.
    pub(crate) labelled: u32,
    /// The words that speak most for that category.
    pub(crate) words: Vec<TellingWord>,
    /// True when the verdict is its, not the rules'.
    pub(crate) decided: bool,
}

/// A word that speaks for a category.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TellingWord {
    /// The word in lower case.
    pub(crate) word: String,
    /// In which text it stands: `name`, `description` or `parameter`.
    #[serde(rename = "where")]
    pub(crate) place: EvidenceField,
}

/// What the second reader makes of a tool on which the rules decided; nothing if it has no data.
pub(crate) fn opinion(draft: &Draft<'_>) -> Option<Opinion> {
    let wording = &draft.reading.rules.wording;
    if wording.is_empty() {
        return None;
    }
    let known = known_features(draft);
    let mut sums = [0_i32; 5];
    for known in &known {
        sums.iter_mut().zip(known.feature.weights).for_each(|(sum, weight)| *sum += weight);
    }
    let mut scores = prior(wording);
    scores.iter_mut().zip(sums).for_each(|(score, sum)| *score += f64::from(sum) / 100.0);
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let odds = scores.map(|score| (score - most).exp());
    let total: f64 = odds.iter().sum();
    let probabilities = odds.map(|odds| odds / total);
    let likeliest = likeliest(&probabilities) as usize;
    let shown = known
        .iter()
        .filter_map(|known| Some((known, known.word?)))
        .filter(|(_, (place, _))| *place != EvidenceField::Parameter);
    let strongest = shown.max_by_key(|(known, _)| known.feature.weights[likeliest]).map(|(_, word)| word);
    Some(Opinion { probabilities, strongest })
}

/// The verdict after the second reader, or nothing if it has no data.
pub(crate) fn settle(draft: &Draft<'_>) -> Option<Settled> {
    let opinion = opinion(draft)?;
    let (category, confidence) = (draft.category, draft.confidence);
    let (likeliest, probability) = opinion.likeliest();
    let changes = likeliest != category
        && probability >= least_to_change(category, confidence, likeliest)
        && if likeliest > category { !is_limited(draft) } else { !speaks_against_lowering(draft, likeliest) };
    Some(if changes {
        // Of two readers that differ, one in three is wrong.
        let evidence = Some(opinion.evidence(draft, likeliest));
        Settled { category: likeliest, confidence: Confidence::Low, evidence }
    } else if likeliest != category {
        Settled { category, confidence: Confidence::Low, evidence: None }
    } else {
        // "Runs a command. It is read-only": the claim alone is not enough.
        let is_doubtful = category == Category::Read && speaks_against_lowering(draft, category);
        let by_rules = if is_doubtful { Confidence::Low } else { confidence };
        Settled { category, confidence: level(category, probability, by_rules), evidence: None }
    })
}

/// A feature of a tool that the data knows.
struct KnownFeature {
    feature: Feature,
    word: Option<WordAt>,
}

/// The features that the data knows, each once.
fn known_features(draft: &Draft<'_>) -> Vec<KnownFeature> {
    let mut known: Vec<KnownFeature> = Vec::with_capacity(96);
    each_feature(draft, &mut |kind, key, word| {
        if let Some(feature) = draft.reading.rules.wording.feature(kind, key) {
            known.push(KnownFeature { feature, word });
        }
    });
    // Stable, so that the first of equal words stays.
    known.sort_by_key(|known| known.feature.id);
    known.dedup_by_key(|known| known.feature.id);
    known
}

/// The words that speak most for `category`, strongest first.
pub(crate) fn telling_words(draft: &Draft<'_>, category: Category) -> Vec<TellingWord> {
    let mut found: Vec<(i32, TellingWord)> = Vec::new();
    each_feature(draft, &mut |kind, key, word| {
        let Some((place, at)) = word else { return };
        let weight = draft.reading.rules.wording.feature(kind, key).map_or(0, |known| known.weights[category as usize]);
        let word = match place {
            EvidenceField::Parameter => key,
            EvidenceField::Name
            | EvidenceField::Title
            | EvidenceField::Description
            | EvidenceField::Schema
            | EvidenceField::Annotations
            | EvidenceField::Nothing => draft.reading.words(place).get(at),
        };
        let telling = TellingWord { word: word.to_owned(), place };
        if weight > 0 && !found.iter().any(|(_, other)| other.word == telling.word) {
            found.push((weight, telling));
        }
    });
    found.sort_by_key(|(weight, _)| Reverse(*weight));
    found.into_iter().take(MAX_TELLING).map(|(_, telling)| telling).collect()
}

/// The log-odds of each category before any feature is known.
fn prior(wording: &Wording) -> [f64; 5] {
    let labels = wording.labels().map(|count| f64::from(count) + SMOOTHING);
    let total: f64 = labels.iter().sum();
    labels.map(|count| (count / total).ln())
}

/// The category with the highest probability; the mildest of equal ones.
fn likeliest(probabilities: &[f64; 5]) -> Category {
    let mut likeliest = Category::Read;
    for category in Category::ALL {
        if probabilities[category as usize] > probabilities[likeliest as usize] {
            likeliest = category;
        }
    }
    likeliest
}

/// The least probability at which the second reader changes a verdict of the rules to `to`.
fn least_to_change(from: Category, confidence: Confidence, to: Category) -> f64 {
    match (to.cmp(&from), to, confidence) {
        (Ordering::Equal, ..) => 1.0,
        (Ordering::Greater, _, Confidence::Low | Confidence::Medium) => 0.4,
        (Ordering::Greater, _, Confidence::High) => 0.5,
        (Ordering::Less, Category::Read, Confidence::Low | Confidence::Medium) => 0.6,
        (Ordering::Less, Category::Read, Confidence::High) => 0.7,
        (Ordering::Less, _, _) => 0.5,
    }
}

/// True when the rules decided by a sentence that limits the tool to reading, as "only SELECT statements", or by a name
/// that says it is a dry run: the words beside it, such as "run", are what it limits.
fn is_limited(draft: &Draft<'_>) -> bool {
    let is_statement =
        |evidence: &Evidence| draft.reading.rules.statements.iter().any(|entry| entry.id == evidence.rule);
    draft.category == Category::Read && (draft.only_tries || draft.evidence.first().is_some_and(is_statement))
}

/// True when the definition holds something that a milder verdict would have to explain: a hint of the author, an
/// operation or a parameter that a rule took for graver, or an input that runs code or loses data.
fn speaks_against_lowering(draft: &Draft<'_>, to: Category) -> bool {
    let reading = draft.reading;
    let hints = &reading.tool.annotations;
    let hinted = hints.destructive_hint == Some(true) || hints.read_only_hint == Some(false);
    let grave = |evidence: &Evidence| evidence.says > to && evidence.says >= Category::Destructive;
    let operation = |evidence: &Evidence| evidence.says > to && evidence.place == EvidenceField::Parameter;
    // "Manages the storage": what is looked after is changed.
    let managed =
        draft.evidence.first().is_some_and(|first| reading.rules.grammar.managers.contains(&first.text.to_lowercase()));
    hinted
        || draft.states_more
        || (to == Category::Read && (managed || reading.statement(Effect::Changes).is_some()))
        || draft.evidence.iter().any(|evidence| grave(evidence) || operation(evidence))
        || reading.roles.iter().zip(&reading.rules.inputs).any(|(role, input)| role.is_some() && input.entry.grave)
}

/// The confidence of a verdict on which both readers agree: this probable, and this sure by the rules alone.
fn level(category: Category, probability: f64, by_rules: Confidence) -> Confidence {
    let is_grave = category >= Category::Destructive;
    let (high, medium) = match by_rules {
        Confidence::Low => (HIGH, MEDIUM),
        Confidence::High if is_grave => (HIGH_WHERE_GRAVE, MEDIUM_WHERE_GRAVE),
        Confidence::Medium if is_grave => (HIGH, MEDIUM_WHERE_GRAVE),
        Confidence::Medium | Confidence::High => (HIGH, MEDIUM_BY_RULES),
    };
    if probability >= high {
        Confidence::High
    } else if probability >= medium {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

impl Opinion {
    /// The likeliest category and its probability.
    pub(crate) fn likeliest(&self) -> (Category, f64) {
        let likeliest = likeliest(&self.probabilities);
        (likeliest, self.probabilities[likeliest as usize])
    }

    /// The strongest word, as the ground for `category`.
    fn evidence(&self, draft: &Draft<'_>, category: Category) -> Evidence {
        let (place, at) = self.strongest.unwrap_or((EvidenceField::Name, 0));
        evidence::between(draft.reading, RULE, place, at, at, category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{ServerContext, classify_alone, explain};
    use crate::model::{Annotations, Assessment, Parameter, Tool};
    use crate::rules::Ruleset;

    /// Labelled tools in which the rules are usually right, and one word that is nearly always Read.
    const DATA: &str = "labels\tall\t200\t117\t78\t3\t1\t1\n\
        verdict\tWrite low\t100\t-100\t100\t0\t0\t0\n\
        verdict\tRead high\t100\t300\t-100\t-100\t-100\t-100\n\
        said\tRead 9000\t48\t46\t2\t0\t0\t0\n\
        opening\tglimmer\t50\t400\t-100\t-100\t-100\t-100\n\
        opening\tquench\t50\t-400\t-100\t-100\t800\t-100\n";

    fn rules() -> Ruleset {
        Ruleset { wording: Wording::parse(DATA).unwrap(), ..Ruleset::builtin().unwrap() }
    }

    fn vague(text: &str) -> Tool {
        Tool { name: "zorb".into(), description: Some(text.into()), ..Tool::default() }
    }

    fn verdict(assessment: &Assessment) -> (Category, &str) {
        (assessment.category, assessment.evidence[0].rule.as_str())
    }

    #[test]
    fn what_the_rules_leave_unsure_is_settled() {
        let rules = rules();
        let assessment = classify_alone(&vague("Zorb glimmer."), &rules);
        assert_eq!(verdict(&assessment), (Category::Read, "similar-wording"));
        assert_eq!((assessment.evidence[0].text.as_str(), assessment.evidence[0].span), ("glimmer", [5, 12]));
        assert_eq!(
            verdict(&classify_alone(&vague("Zorb quench."), &rules)),
            (Category::Destructive, "similar-wording")
        );
        assert_eq!(verdict(&classify_alone(&vague("Zorb blurb."), &rules)), (Category::Write, "says-too-little"));
        let without = rules.without(crate::rules::Group::SimilarWording);
        assert_eq!(verdict(&classify_alone(&vague("Zorb glimmer."), &without)), (Category::Write, "says-too-little"));
    }

    #[test]
    fn nothing_grave_is_lowered_to_read() {
        let rules = rules();
        let hinted = |annotations| Tool { annotations, ..vague("Zorb glimmer.") };
        let destructive = Annotations { destructive_hint: Some(true), ..Annotations::default() };
        let not_read_only = Annotations { read_only_hint: Some(false), ..Annotations::default() };
        let with_code = Tool { parameters: vec![Parameter::named("", "python_code")], ..vague("Zorb glimmer.") };
        for tool in [hinted(destructive), hinted(not_read_only), with_code] {
            assert_ne!(classify_alone(&tool, &rules).category, Category::Read, "{tool:?}");
        }
    }

    #[test]
    fn an_explanation_counts_labelled_tools() {
        let rules = rules();
        let similar = |text: &str| explain(&vague(text), &ServerContext::default(), &rules).similar_wording;
        let glimmer = similar("Zorb glimmer.").unwrap();
        assert_eq!(
            (glimmer.says, glimmer.labelled_so, glimmer.labelled, glimmer.decided),
            (Category::Read, 46, 48, true)
        );
        assert_eq!(glimmer.words[0].word, "glimmer");
        assert!(similar("Zorb blurb.").is_none(), "no labelled tool is like it");
    }

    #[test]
    fn a_contradiction_costs_confidence() {
        let rules = rules();
        let lists = |text: &str| classify_alone(&Tool { name: "list_users".into(), ..vague(text) }, &rules);
        assert_eq!(lists("Lists users.").category, Category::Read);
        let quench = lists("Lists users that quench.");
        assert!(quench.confidence < Confidence::High, "{quench:?}");
    }
}
