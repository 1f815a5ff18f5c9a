//! Labelled tools become accuracy figures.
//!
//! A labelled row is a tool with `label` (a category, or `NonRead` where only read-or-not is known), an optional
//! `accept` (other labels that count as right) and an optional `sure` (1 = doubtful: reported apart, not counted).

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde::ser::SerializeStruct;
use serde_json::Value;

use crate::classify::{ServerContext, classify};
use crate::model::{Annotations, Category, Confidence, Tool};
use crate::rules::Ruleset;

/// What becomes of the authors' hints before a tool is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hints {
    /// Taken away.
    Withhold,
    /// Left as they are.
    Use,
    /// `readOnlyHint: true` and `destructiveHint: false` on every tool.
    Lie,
}

/// A part of a definition that can be kept from the rules, to see what they do without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hidden {
    /// The tool's name: every tool is called `x`.
    Names,
    /// Title and description.
    Descriptions,
    /// Both schemas, and so the parameters.
    Schemas,
}

impl Hidden {
    fn hide(self, tool: &mut Tool) {
        match self {
            Self::Names => tool.name = "x".into(),
            Self::Descriptions => {
                tool.title = None;
                tool.annotations.title = None;
                tool.description = None;
            }
            Self::Schemas => {
                tool.input_schema = None;
                tool.output_schema = None;
                tool.parameters.clear();
            }
        }
    }
}

/// A label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// One of the five.
    Is(Category),
    /// Not Read; which of the other four is not known.
    NonRead,
}

/// What a labelled row says.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The label.
    pub label: Label,
    /// Labels that count as right, the label among them.
    pub accept: Vec<Category>,
    /// True when the row is doubtful.
    pub doubtful: bool,
}

impl Truth {
    /// Reads the labels of a row; an error says which field is wrong.
    pub fn of(row: &Value) -> Result<Self, String> {
        let label = match row.get("label").and_then(Value::as_str) {
            Some("NonRead") => Label::NonRead,
            Some(name) => Label::Is(category(name).ok_or_else(|| format!("unknown label \"{name}\""))?),
            None => return Err("no `label`".into()),
        };
        let mut accept = Vec::new();
        for name in row.get("accept").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            accept.push(category(name).ok_or_else(|| format!("unknown category \"{name}\" in `accept`"))?);
        }
        match label {
            Label::Is(category) if !accept.contains(&category) => accept.push(category),
            Label::NonRead if accept.is_empty() => accept.extend(&Category::ALL[1..]),
            _ => {}
        }
        Ok(Self { label, accept, doubtful: row.get("sure").and_then(Value::as_i64) == Some(1) })
    }
}

fn category(name: &str) -> Option<Category> {
    Category::ALL.into_iter().find(|c| c.name() == name)
}

/// A share: `part` of `whole`. Serialised with its ratio, null when there was nothing to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

impl Share {
    /// Between 0 and 1; nothing when there was nothing to count.
    pub fn ratio(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    fn count(&mut self, hit: bool) {
        self.whole += 1;
        self.part += usize::from(hit);
    }
}

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Share", 3)?;
        fields.serialize_field("ratio", &self.ratio())?;
        fields.serialize_field("part", &self.part)?;
        fields.serialize_field("whole", &self.whole)?;
        fields.end()
    }
}

/// One tool that was judged differently from its label.
#[derive(Debug, Clone, Serialize)]
pub struct Miss {
    /// The server the row names.
    pub server: Option<String>,
    /// The tool.
    pub tool: String,
    /// Its label.
    pub label: String,
    /// The verdict.
    pub verdict: Category,
    /// How sure the verdict was.
    pub confidence: Confidence,
    /// The deciding evidence: rule and words.
    pub because: String,
    /// True when the row is doubtful and not counted.
    pub doubtful: bool,
}

/// How many of the verdicts at one confidence were right.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AtConfidence {
    /// The level.
    pub confidence: Confidence,
    /// Right of all at that level.
    pub right: Share,
}

/// How many of the verdicts on one server's tools were right, read-or-not rows included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtServer {
    /// The server, as its rows name it.
    pub server: String,
    /// Right of all.
    pub right: Share,
}

/// The figures over a set of labelled tools.
#[derive(Debug, Clone, Serialize)]
pub struct Accuracy {
    /// What became of the authors' hints.
    pub annotations: Hints,
    /// What was kept from the rules.
    pub hidden: Vec<Hidden>,
    /// Rows counted; `NonRead` rows are counted in the read-or-not figures only.
    pub tools: usize,
    /// Doubtful rows: right of all.
    pub doubtful: Share,
    /// Verdicts that the label accepts, over rows with one of the five labels.
    pub five_way: Share,
    /// The mean over the categories present of their F1; a verdict that `accept` allows counts as the label.
    pub macro_f1: Option<f64>,
    /// Tools labelled other than Read that were not called Read.
    pub mutating_recall: Share,
    /// Tools labelled Read that were called something else (not accepted).
    pub false_alarms: Share,
    /// Destructive, Financial or Execute tools that were called Read.
    pub dangerous_misses: usize,
    /// Rows by label (down) and verdict (across), both in the order of [`Category::ALL`]; the sixth row is `NonRead`.
    pub confusion: [[usize; 5]; 6],
    /// Right by level of confidence.
    pub by_confidence: Vec<AtConfidence>,
    /// The mean over the servers of the share that is right: a server of five tools counts as much as one of fifty.
    pub macro_over_servers: Option<f64>,
    /// Right by server, the worst first.
    pub by_server: Vec<AtServer>,
    /// What was missed, in input order.
    pub misses: Vec<Miss>,
}

/// What each group of rules is worth: the figures with all rules, and without one group at a time.
#[derive(Debug, Clone, Serialize)]
pub struct Worth {
    /// With all rules.
    pub all: Figures,
    /// Without one group, by its name.
    pub without: Vec<(&'static str, Figures)>,
}

/// The figures in short.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// As in [`Accuracy`].
    pub five_way: Share,
    /// As in [`Accuracy`].
    pub mutating_recall: Share,
    /// As in [`Accuracy`].
    pub false_alarms: Share,
    /// As in [`Accuracy`].
    pub dangerous_misses: usize,
}

impl Worth {
    /// From the figures of `all` rules, and of those `without` a group.
    pub fn of(all: &Accuracy, without: &[(&'static str, Accuracy)]) -> Self {
        let figures = |accuracy: &Accuracy| Figures {
            five_way: accuracy.five_way,
            mutating_recall: accuracy.mutating_recall,
            false_alarms: accuracy.false_alarms,
            dangerous_misses: accuracy.dangerous_misses,
        };
        Self { all: figures(all), without: without.iter().map(|(name, a)| (*name, figures(a))).collect() }
    }
}

/// Gathers labelled rows; classifies and counts them once all are there, each tool among the others of its server.
#[derive(Debug)]
pub struct Evaluation<'r> {
    ruleset: &'r Ruleset,
    rows: Vec<Row>,
    accuracy: Accuracy,
    /// Rows by the label that counts and the verdict, for F1.
    counted: [[usize; 5]; 5],
    by_server: BTreeMap<String, Share>,
}

/// A labelled tool.
#[derive(Debug)]
struct Row {
    server: Option<String>,
    /// The tool's name, which may be hidden from the rules.
    name: String,
    tool: Tool,
    truth: Truth,
}

impl<'r> Evaluation<'r> {
    /// Starts with nothing counted.
    pub fn new(ruleset: &'r Ruleset, annotations: Hints, hidden: Vec<Hidden>) -> Self {
        let levels = [Confidence::High, Confidence::Medium, Confidence::Low];
        let accuracy = Accuracy {
            annotations,
            hidden,
            tools: 0,
            doubtful: Share::default(),
            five_way: Share::default(),
            macro_f1: None,
            mutating_recall: Share::default(),
            false_alarms: Share::default(),
            dangerous_misses: 0,
            confusion: [[0; 5]; 6],
            by_confidence: levels.map(|confidence| AtConfidence { confidence, right: Share::default() }).to_vec(),
            macro_over_servers: None,
            by_server: Vec::new(),
            misses: Vec::new(),
        };
        Self { ruleset, rows: Vec::new(), accuracy, counted: [[0; 5]; 5], by_server: BTreeMap::new() }
    }

    /// Adds one labelled tool.
    pub fn add(&mut self, server: Option<String>, mut tool: Tool, truth: &Truth) {
        match self.accuracy.annotations {
            Hints::Use => {}
            Hints::Withhold => tool.annotations = Annotations::default(),
            Hints::Lie => {
                tool.annotations =
                    Annotations { read_only_hint: Some(true), destructive_hint: Some(false), ..Annotations::default() };
            }
        }
        let name = tool.name.clone();
        self.accuracy.hidden.iter().for_each(|part| part.hide(&mut tool));
        self.rows.push(Row { server, name, tool, truth: truth.clone() });
    }

    /// What the tools of each named server share.
    fn contexts(&self) -> HashMap<String, ServerContext> {
        let mut by_server: HashMap<&String, Vec<&Tool>> = HashMap::new();
        for row in &self.rows {
            if let Some(server) = &row.server {
                by_server.entry(server).or_default().push(&row.tool);
            }
        }
        let context =
            |(server, tools): (&String, Vec<&Tool>)| (server.clone(), ServerContext::from_tools(tools, self.ruleset));
        by_server.into_iter().map(context).collect()
    }

    /// Classifies one tool and counts the verdict.
    fn evaluate(&mut self, row: Row, context: &ServerContext) {
        let Row { server, name, tool, truth } = row;
        let assessment = classify(&tool, context, self.ruleset);
        let verdict = assessment.category;
        let right = truth.accept.contains(&verdict);
        if truth.doubtful {
            self.accuracy.doubtful.count(right);
        } else {
            self.count(&truth, verdict, assessment.confidence, right);
            self.by_server.entry(server.clone().unwrap_or_default()).or_default().count(right);
        }
        if !right {
            let because = assessment.evidence.first().map(|e| format!("{}: {}", e.rule, e.text)).unwrap_or_default();
            self.accuracy.misses.push(Miss {
                server,
                tool: name,
                label: match truth.label {
                    Label::Is(category) => category.name().to_owned(),
                    Label::NonRead => "NonRead".to_owned(),
                },
                verdict,
                confidence: assessment.confidence,
                because,
                doubtful: truth.doubtful,
            });
        }
    }

    fn count(&mut self, truth: &Truth, verdict: Category, confidence: Confidence, right: bool) {
        let accuracy = &mut self.accuracy;
        accuracy.tools += 1;
        for level in &mut accuracy.by_confidence {
            if level.confidence == confidence {
                level.right.count(right);
            }
        }
        let said_read = verdict == Category::Read;
        match truth.label {
            Label::Is(label) => {
                accuracy.confusion[label as usize][verdict as usize] += 1;
                accuracy.five_way.count(right);
                let counts_as = if right { verdict } else { label };
                self.counted[counts_as as usize][verdict as usize] += 1;
                if label == Category::Read {
                    accuracy.false_alarms.count(!said_read && !right);
                } else {
                    accuracy.mutating_recall.count(!said_read || right);
                }
                accuracy.dangerous_misses += usize::from(label >= Category::Execute && said_read && !right);
            }
            Label::NonRead => {
                accuracy.confusion[5][verdict as usize] += 1;
                accuracy.mutating_recall.count(!said_read);
            }
        }
    }

    /// The figures.
    pub fn finish(mut self) -> Accuracy {
        let contexts = self.contexts();
        let alone = ServerContext::default();
        for row in std::mem::take(&mut self.rows) {
            let context = row.server.as_ref().and_then(|server| contexts.get(server)).unwrap_or(&alone);
            self.evaluate(row, context);
        }
        self.accuracy.macro_f1 = macro_f1(&self.counted);
        let ratios: Vec<f64> = self.by_server.values().filter_map(|share| share.ratio()).collect();
        self.accuracy.macro_over_servers =
            (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64);
        let at_server = |(server, right)| AtServer { server, right };
        self.accuracy.by_server = std::mem::take(&mut self.by_server).into_iter().map(at_server).collect();
        // Cross-multiplied, so that no rounding decides the order; then the one with more misses.
        self.accuracy.by_server.sort_by(|a, b| {
            let (a, b) = (a.right, b.right);
            (a.part * b.whole).cmp(&(b.part * a.whole)).then((b.whole - b.part).cmp(&(a.whole - a.part)))
        });
        self.accuracy
    }
}

/// The mean F1 over the categories that are labels or verdicts at all.
fn macro_f1(counted: &[[usize; 5]; 5]) -> Option<f64> {
    let scores: Vec<f64> = (0..5)
        .filter_map(|class| {
            let labelled: usize = counted[class].iter().sum();
            let judged: usize = counted.iter().map(|row| row[class]).sum();
            let both = counted[class][class];
            (labelled > 0).then(|| 2.0 * both as f64 / (labelled + judged) as f64)
        })
        .collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn truth_is_read_from_a_row() {
        let truth = Truth::of(&json!({"label": "Execute", "accept": ["Write"], "sure": 1})).unwrap();
        assert_eq!(truth.accept, [Category::Write, Category::Execute]);
        assert!(truth.doubtful);
        let nonread = Truth::of(&json!({"label": "NonRead"})).unwrap();
        assert!(!nonread.accept.contains(&Category::Read) && !nonread.doubtful);
        assert_eq!(Truth::of(&json!({"label": "Evil"})).unwrap_err(), "unknown label \"Evil\"");
        assert_eq!(Truth::of(&json!({})).unwrap_err(), "no `label`");
    }

    #[test]
    fn figures_count_what_they_say() {
        let rules = Ruleset::builtin().unwrap();
        let mut evaluation = Evaluation::new(&rules, Hints::Withhold, vec![]);
        let mut add = |name: &str, row: Value| {
            let tool = Tool { name: name.into(), ..Tool::default() };
            evaluation.add(row["server"].as_str().map(Into::into), tool, &Truth::of(&row).unwrap());
        };
        add("list_users", json!({"label": "Read", "server": "a"}));
        add("delete_user", json!({"label": "Destructive"}));
        add("list_things", json!({"label": "Execute"}));
        add("create_user", json!({"label": "Read"}));
        add("update_user", json!({"label": "NonRead", "server": "a"}));
        add("delete_user", json!({"label": "Read", "sure": 1}));
        let accuracy = evaluation.finish();
        assert_eq!(accuracy.tools, 5);
        assert_eq!(accuracy.five_way, Share { part: 2, whole: 4 });
        assert_eq!(accuracy.mutating_recall, Share { part: 2, whole: 3 });
        assert_eq!(accuracy.false_alarms, Share { part: 1, whole: 2 });
        assert_eq!(accuracy.dangerous_misses, 1);
        assert_eq!(accuracy.doubtful, Share { part: 0, whole: 1 });
        assert_eq!(accuracy.misses.len(), 3);
        let at = |server: &str, part, whole| AtServer { server: server.into(), right: Share { part, whole } };
        assert_eq!(accuracy.by_server, [at("", 1, 3), at("a", 2, 2)]);
        assert!((accuracy.macro_over_servers.unwrap() - (1.0 / 3.0 + 1.0) / 2.0).abs() < 1e-9);
        // Read: 1 of 2 labelled, 2 judged; Destructive: 1 of 1; Execute: 0 of 1.
        assert!((accuracy.macro_f1.unwrap() - (0.5 + 1.0 + 0.0) / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_hidden_does_not_decide() {
        let rules = Ruleset::builtin().unwrap();
        let right = |hidden: Vec<Hidden>| {
            let mut evaluation = Evaluation::new(&rules, Hints::Withhold, hidden);
            let described = Tool { description: Some("Deletes a user.".into()), ..Tool::default() };
            let named = Tool { name: "delete_user".into(), ..Tool::default() };
            for tool in [described, named] {
                evaluation.add(None, tool, &Truth::of(&json!({"label": "Destructive"})).unwrap());
            }
            evaluation.finish().five_way.part
        };
        assert_eq!(
            [right(vec![]), right(vec![Hidden::Names]), right(vec![Hidden::Names, Hidden::Descriptions])],
            [2, 1, 0]
        );
    }
}
