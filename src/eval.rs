//! Accuracy on labelled tools.
//!
//! A labelled row is a tool with `label` (a category, or `NonRead` if only that is known), an optional `accept` (other
//! labels that count as right), an optional `sure` (1 = doubtful: reported separately, not counted) and an optional
//! `stratum` (the sample that it was drawn for).

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

mod figures;
mod poisoned;
mod server_family;
mod truth;

pub use figures::{AtConfidence, Figures, Share};
pub(crate) use poisoned::{
    AloneAndWithSiblings, Found, PoisonEvaluation, PoisonFigures, PoisonLabel, PoisonLabelError, SetFigures, WrongRow,
    name_in,
};
pub use server_family::{Part, family};
pub use truth::{Label, Truth, TruthError};

use crate::classify::{ServerContext, classify};
use crate::model::{Annotations, Assessment, Category, Confidence, Tool};
use crate::rules::Ruleset;

/// How the authors' hints are used in an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hints {
    /// Hints are removed.
    Withhold,
    /// Hints are kept.
    Use,
    /// Every tool gets `readOnlyHint: true` and `destructiveHint: false`.
    Lie,
}

/// A part of a definition that can be hidden from the rules, to measure the accuracy without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Hidden {
    /// The tool's name; every tool is named `x`.
    Names,
    /// Title and description.
    Descriptions,
    /// Both schemas, and so the parameters too.
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

/// A tool whose verdict differs from its label.
#[derive(Debug, Clone, Serialize)]
pub struct Miss {
    /// The server in the row.
    pub server: Option<String>,
    pub tool: String,
    pub label: String,
    pub verdict: Category,
    /// How sure the verdict was.
    pub confidence: Confidence,
    /// The deciding evidence: rule and words.
    pub because: String,
    /// True if the row is doubtful and not counted.
    pub doubtful: bool,
}

/// The share of right verdicts on one server's tools, including rows that are only labelled `NonRead`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AtServer {
    /// The server in the rows.
    pub(crate) server: String,
    pub(crate) right: Share,
}

/// The figures of one stratum.
#[derive(Debug, Clone, Serialize)]
pub struct AtStratum {
    /// The stratum in the rows.
    pub stratum: String,
    #[serde(flatten)]
    pub figures: Figures,
}

/// The accuracy over a set of labelled tools.
#[derive(Debug, Clone, Serialize)]
pub struct Accuracy {
    /// How hints were used.
    pub annotations: Hints,
    /// The parts hidden from the rules.
    pub hidden: Vec<Hidden>,
    /// The part of the rows that was scored; `None` if all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The figures over all rows.
    #[serde(flatten)]
    pub figures: Figures,
    /// Right verdicts among doubtful rows, which no other figure counts.
    pub doubtful: Share,
    /// Rows by label (down) and verdict (across), both in the order of [`Category::ALL`]; the sixth row is `NonRead`.
    pub(crate) confusion: [[usize; 5]; 6],
    /// The figures per stratum, if rows have one.
    pub by_stratum: Vec<AtStratum>,
    /// The mean of the servers' shares of right verdicts: every server counts the same, whatever its number of tools.
    pub(crate) macro_over_servers: Option<f64>,
    /// The share of right verdicts per server, worst first.
    pub(crate) by_server: Vec<AtServer>,
    /// The wrong verdicts, in input order.
    pub misses: Vec<Miss>,
}

/// The accuracy with all rules, and without one rule group at a time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RuleGroupAccuracy {
    /// With all rules.
    pub(crate) all: Figures,
    /// Without the group of that name.
    pub(crate) without: Vec<(&'static str, Figures)>,
}

impl RuleGroupAccuracy {
    /// Compares the accuracy with `all` rules to that `without` each group.
    pub(crate) fn new(all: Accuracy, without: Vec<(&'static str, Accuracy)>) -> Self {
        Self { all: all.figures, without: without.into_iter().map(|(name, a)| (name, a.figures)).collect() }
    }
}

/// Collects labelled rows. They are classified at the end, because the other tools of a server influence a verdict.
#[derive(Debug)]
pub struct Evaluation<'r> {
    ruleset: &'r Ruleset,
    rows: Vec<Row>,
    accuracy: Accuracy,
    by_stratum: BTreeMap<String, Figures>,
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
    /// Creates an evaluation without rows.
    pub fn new(ruleset: &'r Ruleset, annotations: Hints, hidden: Vec<Hidden>, part: Option<Part>) -> Self {
        let accuracy = Accuracy {
            annotations,
            hidden,
            part,
            figures: Figures::default(),
            doubtful: Share::default(),
            confusion: [[0; 5]; 6],
            by_stratum: Vec::new(),
            macro_over_servers: None,
            by_server: Vec::new(),
            misses: Vec::new(),
        };
        Self { ruleset, rows: Vec::new(), accuracy, by_stratum: BTreeMap::new(), by_server: BTreeMap::new() }
    }

    /// Adds a labelled tool, unless its server is in the other part.
    pub fn add(&mut self, server: Option<String>, mut tool: Tool, truth: &Truth) {
        let other_part = |part| part != Part::of_server(server.as_deref().unwrap_or_default());
        if self.accuracy.part.is_some_and(other_part) {
            return;
        }
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

    /// The context that the tools of each named server share.
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
            self.count(&truth, &assessment);
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

    fn count(&mut self, truth: &Truth, assessment: &Assessment) {
        let row = match truth.label {
            Label::Is(label) => label as usize,
            Label::NonRead => 5,
        };
        self.accuracy.confusion[row][assessment.category as usize] += 1;
        self.accuracy.figures.count(truth, assessment);
        if let Some(stratum) = &truth.stratum {
            self.by_stratum.entry(stratum.clone()).or_default().count(truth, assessment);
        }
    }

    /// Classifies all rows and returns the figures.
    pub fn finish(mut self) -> Accuracy {
        let contexts = self.contexts();
        let alone = ServerContext::default();
        for row in std::mem::take(&mut self.rows) {
            let context = row.server.as_ref().and_then(|server| contexts.get(server)).unwrap_or(&alone);
            self.evaluate(row, context);
        }
        let Self { mut accuracy, by_stratum, by_server, .. } = self;
        accuracy.by_stratum = by_stratum.into_iter().map(|(stratum, figures)| AtStratum { stratum, figures }).collect();
        let ratios: Vec<f64> = by_server.values().filter_map(|share| share.ratio()).collect();
        accuracy.macro_over_servers = (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64);
        accuracy.by_server = by_server.into_iter().map(|(server, right)| AtServer { server, right }).collect();
        // Cross-multiplied to avoid rounding. Ties go to the server with more misses.
        accuracy.by_server.sort_by(|a, b| {
            let (a, b) = (a.right, b.right);
            (a.part * b.whole).cmp(&(b.part * a.whole)).then((b.whole - b.part).cmp(&(a.whole - a.part)))
        });
        accuracy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn figures_count_what_they_say() {
        let rules = Ruleset::builtin().unwrap();
        let mut evaluation = Evaluation::new(&rules, Hints::Withhold, vec![], None);
        let mut add = |name: &str, row: Value| {
            let tool = Tool { name: name.into(), ..Tool::default() };
            evaluation.add(row["server"].as_str().map(Into::into), tool, &Truth::new(&row).unwrap());
        };
        add("list_users", json!({"label": "Read", "server": "a"}));
        add("delete_user", json!({"label": "Destructive"}));
        add("list_things", json!({"label": "Execute"}));
        add("create_user", json!({"label": "Read"}));
        add("update_user", json!({"label": "NonRead", "server": "a", "stratum": "blind"}));
        add("delete_user", json!({"label": "Read", "sure": 1}));
        let accuracy = evaluation.finish();
        assert_eq!(accuracy.figures.tools, 5);
        assert_eq!(accuracy.figures.five_way, Share { part: 2, whole: 4 });
        assert_eq!(accuracy.figures.mutating_recall, Share { part: 2, whole: 3 });
        assert_eq!(accuracy.figures.false_alarms, Share { part: 1, whole: 2 });
        assert_eq!(accuracy.figures.dangerous_misses, 1);
        assert_eq!((accuracy.by_stratum.len(), accuracy.by_stratum[0].stratum.as_str()), (1, "blind"));
        assert_eq!(accuracy.by_stratum[0].figures.mutating_recall, Share { part: 1, whole: 1 });
        assert_eq!(accuracy.doubtful, Share { part: 0, whole: 1 });
        assert_eq!(accuracy.misses.len(), 3);
        let at = |server: &str, part, whole| AtServer { server: server.into(), right: Share { part, whole } };
        assert_eq!(accuracy.by_server, [at("", 1, 3), at("a", 2, 2)]);
        assert!((accuracy.macro_over_servers.unwrap() - (1.0 / 3.0 + 1.0) / 2.0).abs() < 1e-9);
        // Read: 1 right of 2 labelled and 2 classified; Destructive: 1 of 1; Execute: 0 of 1.
        assert!((accuracy.figures.macro_f1.unwrap() - (0.5 + 1.0 + 0.0) / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_hidden_does_not_decide() {
        let rules = Ruleset::builtin().unwrap();
        let right = |hidden: Vec<Hidden>| {
            let mut evaluation = Evaluation::new(&rules, Hints::Withhold, hidden, None);
            let described = Tool { description: Some("Deletes a user.".into()), ..Tool::default() };
            let named = Tool { name: "delete_user".into(), ..Tool::default() };
            for tool in [described, named] {
                evaluation.add(None, tool, &Truth::new(&json!({"label": "Destructive"})).unwrap());
            }
            evaluation.finish().figures.five_way.part
        };
        assert_eq!(
            [right(vec![]), right(vec![Hidden::Names]), right(vec![Hidden::Names, Hidden::Descriptions])],
            [2, 1, 0]
        );
    }

    #[test]
    fn a_part_leaves_the_servers_of_the_other_part_out() {
        let rules = Ruleset::builtin().unwrap();
        let tools = |part: Option<Part>| {
            let mut evaluation = Evaluation::new(&rules, Hints::Withhold, vec![], part);
            for server in ["acme/parcel", "parcel-mcp", "atlas"] {
                let tool = Tool { name: "list_users".into(), ..Tool::default() };
                evaluation.add(Some(server.into()), tool, &Truth::new(&json!({"label": "Read"})).unwrap());
            }
            evaluation.finish().figures.tools
        };
        assert_eq!([None, Some(Part::Work), Some(Part::Sealed)].map(tools), [3, 1, 2]);
    }
}
