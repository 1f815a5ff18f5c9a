//! What the handlers of tools reach: a bounded graph of calls from each handler to functions that run programs, write or
//! delete files, use the network, read the environment or evaluate code. Calls are resolved by names and imports; a call
//! whose target is not known is not followed, so an effect that is missing proves nothing.

mod bounds;
mod calls;
mod file;
mod functions;
mod loading;
mod sinks;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bounds::{MAX_DEPTH, MAX_VISITED};
use functions::{Code, FunctionId};
pub(crate) use loading::at_load;

use super::extraction::Extraction;
use super::source_tree::SourceTree;
use crate::model::{CodeEffect, EffectKind};

/// Adds the effects of its handler to each tool of `found`.
pub(crate) fn add(tree: &SourceTree, found: &mut Extraction) {
    let mut code = Code::new(tree);
    for tool in &mut found.tools {
        let handler = match &tool.handler {
            Some(place) => code.function_at(&place.file, place.line),
            None => code.branch_of(&tool.name),
        };
        if let Some(handler) = handler {
            tool.effects = reached(&mut code, handler);
        }
    }
}

/// The first place of each effect that `handler` reaches, the nearest first.
fn reached(code: &mut Code<'_>, handler: FunctionId) -> Vec<CodeEffect> {
    let mut effects: BTreeMap<EffectKind, CodeEffect> = BTreeMap::new();
    let mut visited = BTreeSet::from([handler]);
    let mut open = VecDeque::from([(handler, 0)]);
    while let Some((function, depth)) = open.pop_front() {
        for call in code.calls(function) {
            if let Some(effect) = sinks::effect(&call) {
                let file = code.path(function).to_owned();
                effects.entry(effect).or_insert(CodeEffect { effect, call: call.full, file, line: call.line });
            } else if depth < MAX_DEPTH
                && visited.len() < MAX_VISITED
                && let Some(target) = code.target(function, &call)
                && visited.insert(target)
            {
                open.push_back((target, depth + 1));
            }
        }
    }
    effects.into_values().collect()
}
