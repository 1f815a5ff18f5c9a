//! The documented rules by rule file, with the page that describes each.

use std::collections::HashMap;

use super::address;
use super::paging::ROWS;
use crate::rules::{self, RuleDoc, Ruleset};

/// The documented rules of one file.
pub(crate) struct RuleFile {
    /// The file name without extension: `verbs`.
    pub(crate) name: String,
    /// The rules in file order.
    pub(crate) rules: Vec<RuleDoc>,
}

impl RuleFile {
    /// The heading for its rules.
    pub(crate) fn title(&self) -> &str {
        match self.name.as_str() {
            "verbs" => "Verbs",
            "senses" => "Verbs with their objects",
            "statements" => "Statements of descriptions",
            "inputs" => "What parameters are for",
            "signals" => "Signals",
            "guards" => "Guards on arguments",
            "findings" => "Findings",
            "flow-roles" => "Parts in flows",
            "flows" => "Flows between tools",
            "exposures" => "What a server can do at worst",
            "verdict" => "Whether a server can be added",
            other => other,
        }
    }

    /// True if every rule has both kinds of examples. Flow rules have none, because a flow takes several tools.
    pub(crate) fn has_examples(&self) -> bool {
        self.rules.iter().all(|rule| !rule.applies_to.is_empty() && !rule.not_to.is_empty())
    }
}

/// All documented rules.
pub(crate) struct Rulebook {
    /// By file, in the order in which the classifier applies them.
    pub(crate) files: Vec<RuleFile>,
    addresses: HashMap<String, String>,
}

impl Rulebook {
    pub(crate) fn new(ruleset: &Ruleset) -> Self {
        let mut files: Vec<RuleFile> = Vec::new();
        let mut addresses = HashMap::new();
        for rule in rules::docs(ruleset) {
            let name = rule.file.trim_end_matches(".yaml");
            let last = files.last_mut().filter(|file| file.name == name);
            let row = last.as_ref().map_or(0, |file| file.rules.len());
            let address_of = format!("{}#{}", address::rule_file(name, row / ROWS + 1), rule.id);
            addresses.entry(rule.id.clone()).or_insert(address_of);
            match last {
                Some(file) => file.rules.push(rule),
                None => files.push(RuleFile { name: name.to_owned(), rules: vec![rule] }),
            }
        }
        Self { files, addresses }
    }

    /// The page and anchor that describe the rule `id`.
    pub(crate) fn address_of(&self, id: &str) -> Option<String> {
        self.addresses.get(id).cloned()
    }
}
