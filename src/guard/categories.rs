//! The categories of the tools that the server has listed, for the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::mutex::lock;
use super::raw_object::RawObject;
use crate::classify::{ServerContext, classify};
use crate::model::{Category, Tool};
use crate::rules::Ruleset;
use crate::source::{decode, has_too_many_values};

/// Most tools whose categories are kept.
const MAX_TOOLS: usize = 100_000;

/// The categories of the tools of a server.
pub(crate) struct Categories {
    ruleset: Arc<Ruleset>,
    known: Mutex<HashMap<String, Category>>,
}

impl Categories {
    pub(crate) fn new(ruleset: Arc<Ruleset>) -> Self {
        Self { ruleset, known: Mutex::default() }
    }

    /// The category of `tool`. `None` if the server has not listed it.
    pub(super) fn get(&self, tool: &str) -> Option<Category> {
        lock(&self.known).get(tool).copied()
    }

    /// Classifies the tools of `result`, a page of a listing. A page that is not passed on teaches nothing.
    pub(super) fn learn(&self, result: &str) {
        if has_too_many_values(result.as_bytes()) {
            return;
        }
        let Ok(page) = RawObject::parse(result) else { return };
        let listed = page.get("tools").and_then(|tools| serde_json::from_str::<Vec<serde_json::Value>>(tools).ok());
        let tools: Vec<Tool> = listed.iter().flatten().map(|tool| decode::tool(tool, 1).0).collect();
        let context = ServerContext::from_tools(&tools, &self.ruleset);
        for tool in tools {
            let category = classify(&tool, &context, &self.ruleset).category;
            let mut known = lock(&self.known);
            if known.len() < MAX_TOOLS {
                known.insert(tool.name, category);
            }
        }
    }
}
