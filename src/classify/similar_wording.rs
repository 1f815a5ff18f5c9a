//! The second reader: how labelled tools with similar wording were labelled.
//!
//! It adds the weights of all words that it knows, in the name, the description and the names of the parameters, to
//! what the rules' verdict alone makes likely. It keeps to these limits:
//!
//! - it lowers a verdict to Read only if it is nearly certain and nothing grave speaks against it;
//! - it raises no verdict that rests on a sentence which limits the tool to reading;
//! - the surer the rules are, the surer it must be to change their verdict;
//! - the confidence of a verdict is how often labelled tools of other servers agreed at the same probability, and never
//!   high where the two readers differ.

use std::cmp::{Ordering, Reverse};

use serde::Serialize;

use super::reading::Reading;
use crate::model::{Category, Confidence, Evidence, Place};
use crate::rules::{Word, WordPlace, Wording};
use crate::text::words::Words;

/// The id of its evidence.
const RULE: &str = "similar-wording";
/// Words of a sentence that count.
const MAX_SENTENCE: usize = 40;
/// Sentences that count.
const MAX_SENTENCES: usize = 8;
/// Parameters whose names count.
const MAX_PARAMETERS: usize = 40;
/// Words that are shown.
const MAX_TELLING: usize = 3;
/// Added to every count of labels.
const SMOOTHING: f64 = 0.3;
/// The least probability of a verdict with high confidence: of labelled tools of servers left out of the fit, 99 % are
/// right at this probability.
const HIGH: f64 = 0.995;
/// The least probability of a verdict with medium confidence: 92 % are right between this and [`HIGH`].
const MEDIUM: f64 = 0.90;
/// Parameter roles that speak against lowering a verdict to Read.
const GRAVE_ROLES: [&str; 3] = ["code", "command", "data-loss-flag"];

/// What the second reader makes of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// The probability of each category, in the order of [`Category::ALL`].
    pub probabilities: [f64; 5],
    /// The word that speaks most for the likeliest category, with its place and index there.
    strongest: Option<(Place, usize)>,
}

/// What becomes of a verdict of the rules.
#[derive(Debug)]
pub struct Settled {
    pub category: Category,
    /// How sure it is.
    pub confidence: Confidence,
    /// The grounds for the category, if the rules say another.
    pub evidence: Option<Evidence>,
}

/// The second reader's part in a verdict, for people.
#[derive(Debug, Clone, Serialize)]
pub struct SimilarWording {
    /// The likeliest category.
    pub says: Category,
    /// How many labelled tools with wording as similar have that label.
    pub labelled_so: u32,
    /// Of how many labelled tools.
    pub labelled: u32,
    /// The words that speak most for that category.
    pub words: Vec<TellingWord>,
    /// True when the verdict is its, not the rules'.
    pub decided: bool,
}

/// A word that speaks for a category.
#[derive(Debug, Clone, Serialize)]
pub struct TellingWord {
    /// The word in lower case.
    pub word: String,
    /// In which text it stands: `name`, `description` or `parameter`.
    #[serde(rename = "where")]
    pub place: Place,
}

/// Calls `found` with every word that counts: its place for the weights, the text and the index where it stands, and
/// the word.
pub fn each_word(reading: &Reading<'_>, found: &mut dyn FnMut(WordPlace, Place, usize, &str)) {
    let (first, last) = (reading.namespace, reading.name.len().saturating_sub(1));
    for (at, word) in reading.name.iter().enumerate().skip(first) {
        found(WordPlace::Name, Place::Name, at, word);
        if at == first {
            found(WordPlace::NameFirst, Place::Name, at, word);
        }
        if at == last {
            found(WordPlace::NameLast, Place::Name, at, word);
        }
    }
    for (sentence, &(start, end)) in reading.sentences.iter().take(MAX_SENTENCES).enumerate() {
        let place = [WordPlace::Opening, WordPlace::Second].get(sentence).copied().unwrap_or(WordPlace::Later);
        for at in start..end.min(start + MAX_SENTENCE) {
            found(place, Place::Description, at, reading.description.get(at));
        }
        if sentence == 0 && start < end {
            found(WordPlace::OpeningFirst, Place::Description, start, reading.description.get(start));
        }
    }
    let parameters = reading.tool.parameters.iter().filter(|parameter| parameter.name_at == 0);
    for parameter in parameters.take(MAX_PARAMETERS) {
        let words = Words::of(parameter.name());
        words.iter().enumerate().for_each(|(at, word)| found(WordPlace::Parameter, Place::Parameter, at, word));
    }
}

/// What the second reader makes of a tool to which the rules gave this verdict; nothing if it has no data.
pub fn opinion(reading: &Reading<'_>, category: Category, confidence: Confidence) -> Option<Opinion> {
    let wording = &reading.rules.wording;
    if wording.is_empty() {
        return None;
    }
    let known = known_words(reading);
    let prior = prior(wording, category, confidence);
    let mut sums = [0_i32; 5];
    for known in &known {
        sums.iter_mut().zip(known.word.weights).for_each(|(sum, weight)| *sum += weight);
    }
    let mut scores = [0.0; 5];
    for ((score, sum), prior) in scores.iter_mut().zip(sums).zip(prior) {
        *score = f64::from(sum) / 100.0 + prior.ln();
    }
    let most = scores.iter().copied().fold(f64::MIN, f64::max);
    let odds = scores.map(|score| (score - most).exp());
    let total: f64 = odds.iter().sum();
    let probabilities = odds.map(|odds| odds / total);
    let likeliest = likeliest(&probabilities) as usize;
    let shown = known.iter().filter(|known| known.text != Place::Parameter);
    let strongest = shown.max_by_key(|known| known.word.weights[likeliest]).map(|known| (known.text, known.at));
    Some(Opinion { probabilities, strongest })
}

/// The verdict after the second reader, or nothing if it has no data.
pub fn settle(
    reading: &Reading<'_>,
    (category, confidence): (Category, Confidence),
    evidence: &[Evidence],
) -> Option<Settled> {
    let opinion = opinion(reading, category, confidence)?;
    let (likeliest, probability) = opinion.likeliest();
    let changes = likeliest != category
        && probability >= least_to_change(category, confidence, likeliest)
        && if likeliest > category {
            !is_limited(reading, category, evidence)
        } else {
            !speaks_against_lowering(reading, likeliest, evidence)
        };
    Some(if changes {
        // Two readers that differ are never sure.
        let confidence = level(probability).min(Confidence::Medium);
        Settled { category: likeliest, confidence, evidence: Some(opinion.evidence(reading, likeliest)) }
    } else {
        Settled { category, confidence: level(opinion.probabilities[category as usize]), evidence: None }
    })
}

/// A word of a tool that the data knows.
struct KnownWord {
    word: Word,
    text: Place,
    at: usize,
}

/// The words that the data knows, each once for every place.
fn known_words(reading: &Reading<'_>) -> Vec<KnownWord> {
    let mut known: Vec<KnownWord> = Vec::with_capacity(64);
    each_word(reading, &mut |place, text, at, word| {
        if let Some(word) = reading.rules.wording.word(place, word) {
            known.push(KnownWord { word, text, at });
        }
    });
    // Stable, so that the first of equal words stays.
    known.sort_by_key(|known| known.word.id);
    known.dedup_by_key(|known| known.word.id);
    known
}

/// The words that speak most for `category`, strongest first.
pub fn telling_words(reading: &Reading<'_>, category: Category) -> Vec<TellingWord> {
    let mut found: Vec<(i32, TellingWord)> = Vec::new();
    each_word(reading, &mut |place, text, _, word| {
        let weight = reading.rules.wording.word(place, word).map_or(0, |known| known.weights[category as usize]);
        let telling = TellingWord { word: word.to_owned(), place: text };
        if weight > 0 && !found.iter().any(|(_, other)| other.word == telling.word) {
            found.push((weight, telling));
        }
    });
    found.sort_by_key(|(weight, _)| Reverse(*weight));
    found.into_iter().take(MAX_TELLING).map(|(_, telling)| telling).collect()
}

/// How likely each category is by the rules' verdict alone.
fn prior(wording: &Wording, category: Category, confidence: Confidence) -> [f64; 5] {
    let labels = wording.labels_for(category, confidence).map(|count| f64::from(count) + SMOOTHING);
    let total: f64 = labels.iter().sum();
    let own = labels[category as usize] / total;
    let error = (1.0 - own).max(unseen_error(confidence));
    let mut prior = labels.map(|count| error * count / total / (1.0 - own));
    prior[category as usize] = 1.0 - error;
    prior
}

/// How often the rules were wrong on tools of servers that nobody had looked at when the rules were written. The rules
/// have been tuned on the labelled tools since, so the figures of these tools are too good for unseen ones.
fn unseen_error(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::High => 0.03,
        Confidence::Medium => 0.06,
        Confidence::Low => 0.28,
    }
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
        (Ordering::Greater, _, Confidence::Low) => 0.6,
        (Ordering::Greater, _, Confidence::Medium) => 0.85,
        (Ordering::Greater, _, Confidence::High) => 0.95,
        (Ordering::Less, Category::Read, Confidence::Low) => 0.8,
        (Ordering::Less, Category::Read, Confidence::Medium) => 0.9,
        (Ordering::Less, Category::Read, Confidence::High) => 0.97,
        (Ordering::Less, _, Confidence::Low) => 0.6,
        (Ordering::Less, _, Confidence::Medium) => 0.75,
        (Ordering::Less, _, Confidence::High) => 0.9,
    }
}

/// True when the rules decided by a sentence that limits the tool to reading, as "only SELECT statements": the words
/// beside it, such as "run", are what it limits.
fn is_limited(reading: &Reading<'_>, category: Category, evidence: &[Evidence]) -> bool {
    let is_statement = |evidence: &Evidence| reading.rules.statements.iter().any(|entry| entry.id == evidence.rule);
    category == Category::Read && evidence.first().is_some_and(is_statement)
}

/// True when the definition holds something that a milder verdict would have to explain: a hint of the author, an
/// operation or a parameter that a rule took for graver, or an input that runs code or loses data.
fn speaks_against_lowering(reading: &Reading<'_>, to: Category, evidence: &[Evidence]) -> bool {
    let hints = &reading.tool.annotations;
    let hinted = hints.destructive_hint == Some(true) || hints.read_only_hint == Some(false);
    let grave = |evidence: &Evidence| evidence.says > to && evidence.says >= Category::Destructive;
    let operation = |evidence: &Evidence| evidence.says > to && evidence.place == Place::Parameter;
    hinted
        || evidence.iter().any(|evidence| grave(evidence) || operation(evidence))
        || GRAVE_ROLES.iter().any(|role| reading.role(role).is_some())
}

/// The confidence of a verdict with this probability.
fn level(probability: f64) -> Confidence {
    if probability >= HIGH {
        Confidence::High
    } else if probability >= MEDIUM {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

impl Opinion {
    /// The likeliest category and its probability.
    pub fn likeliest(&self) -> (Category, f64) {
        let likeliest = likeliest(&self.probabilities);
        (likeliest, self.probabilities[likeliest as usize])
    }

    /// The strongest word, as the ground for `category`.
    fn evidence(&self, reading: &Reading<'_>, category: Category) -> Evidence {
        let (place, at) = self.strongest.unwrap_or((Place::Name, 0));
        let words = reading.words(place);
        let (start, end) = words.bytes(at, at);
        let chars = |to: usize| words.source()[..to].chars().count();
        Evidence {
            rule: RULE.to_owned(),
            place,
            parameter: None,
            span: [chars(start), chars(end)],
            text: words.text(at, at).to_owned(),
            says: category,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{ServerContext, classify_alone, explain};
    use crate::model::{Annotations, Assessment, Parameter, Tool};
    use crate::rules::Ruleset;

    /// Labelled tools in which the rules are usually right, and one word that is nearly always Read.
    const DATA: &str = "rules\tWrite low\t100\t20\t76\t2\t1\t1\n\
        rules\tRead high\t100\t97\t2\t1\t0\t0\n\
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
