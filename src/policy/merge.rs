//! Merges the tools that a server lists now into a policy that people have edited. It inserts and marks lines and never
//! rewrites them, so manual edits are kept byte for byte. Only for the Intercept format, whose files have our sections
//! and comments. Own code, because no YAML library edits a file and keeps comments, anchors and layout byte for byte.

use std::collections::BTreeSet;

use self::lines::File;
use self::notes::Now;
use super::dialect::{self, Dialect, Note};
use super::document::Document;
use super::weakness::Comparison;
use super::{Decisions, Policy, re2};
use crate::model::{Condition, Guard, Op, PolicyAction};
use crate::rules::Ruleset;
use crate::text::{clean, unedited};

mod additions;
mod head;
mod lines;
pub(crate) mod listed;
mod marks;
mod notes;
mod outcome;
mod successors;
mod values;

pub(crate) use marks::{CHANGED, GONE, SECTION};
pub(crate) use outcome::{MergeError, Merged};
pub(crate) use values::to_set as unset_values;

/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Whether the policy file may be for another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SameServer {
    /// A file for another server is an error.
    Required,
    /// The user confirms that the server is right.
    Any,
}

/// The names that the list in the file `text` remembers.
pub(crate) fn remembered_names(text: &str) -> BTreeSet<String> {
    listed::read(text).map_or_else(BTreeSet::new, |(names, _)| names)
}

/// Adds to `old` what only `policy` has, and marks what was removed or has changed. Merging again changes nothing. An
/// unedited file keeps its mark of being unedited.
pub(crate) fn merge(old: &str, policy: &Policy, server: SameServer, ruleset: &Ruleset) -> Result<Merged, MergeError> {
    let Some(unmarked) = unedited::unmarked(old) else { return merge_text(old, policy, server, ruleset) };
    let merged = merge_text(&unmarked, policy, server, ruleset)?;
    let text = unedited::marked(&merged.text);
    // The mark counts other ends of lines as no edit, and what is left of it has none.
    let text = if ends_in_crlf(old) { text.replace('\n', "\r\n") } else { text };
    Ok(Merged { text, ..merged })
}

/// True if every line of `text` ends as on Windows.
fn ends_in_crlf(text: &str) -> bool {
    text.contains('\n') && text.matches("\r\n").count() == text.matches('\n').count()
}

fn merge_text(old: &str, policy: &Policy, server: SameServer, ruleset: &Ruleset) -> Result<Merged, MergeError> {
    let (mark, old) = old.strip_prefix(BYTE_ORDER_MARK).map_or(("", old), |rest| (BYTE_ORDER_MARK, rest));
    let read = |text: &str| Document::read(text, Some(Dialect::INTERCEPT));
    let there = read(old)?;
    let before = &there.decisions;
    let mut file = File::new(old, &there)?;
    if server == SameServer::Required {
        file.check_server(policy, before)?;
    }
    let remembered = listed::read(old);
    let (arriving, mut merged) =
        successors::arriving(policy, &file, before, remembered.as_ref().map(|(names, _)| names));
    let listed_now: Vec<&str> = policy.rules.iter().map(|rule| rule.tool.as_str()).collect();
    let policy = &arriving;
    let fresh = dialect::stated(policy, Dialect::INTERCEPT);
    let new = dialect::write_apart(policy)?;
    let made = File::new(&new, &read(&new)?)?;
    let rules = policy.rules.iter().map(|rule| (rule.tool.as_str(), rule)).collect();

    if let Some(profile) = file.profile().filter(|profile| *profile != policy.profile) {
        return Err(MergeError::Profile { file: clean::excerpt(profile, 80), run: policy.profile.clone() });
    }
    let now = Now { made: &made, entries: made.by_name(), rules, fresh: &fresh, before };
    file.mark(&now, &mut Comparison::new(ruleset), &mut merged);
    merged.added = file.add(&made, policy);
    let text = file.text();
    let is_hidden = |name: &&str| fresh.for_tool(name).action == PolicyAction::Hide;
    let hidden: Vec<&str> = merged.added.iter().map(String::as_str).filter(is_hidden).collect();
    // Reading a large file takes most of the time of a merge.
    let reread = |text: &str| if text == old { Ok(None) } else { read(text).map(Some) };
    let mut changed = reread(&text)?;
    let root = &changed.as_ref().unwrap_or(&there).root;
    let completed = values::complete(&text, root, &hidden, &merged.added, &fresh);
    if completed != text {
        changed = reread(&completed)?;
    }
    let document = changed.as_ref().unwrap_or(&there);
    // The head is updated once everything else is in place.
    let text = completed;
    let mut file = File::new(&text, document)?;
    file.tell(&made, &values::to_set(&text, &document.root));
    if let Some((names, _)) = &remembered {
        file.remember(names, &listed_now);
    }
    merged.text = format!("{mark}{}", file.text());

    let after = &document.decisions;
    merged.refused_patterns = refused_patterns(after);
    let is_kept = |name: &&String| before.tools.get(*name) == after.tools.get(*name);
    let lost = merged.added.iter().find(|name| !after.tools.contains_key(*name));
    match before.tools.keys().find(|name| !is_kept(name)).or(lost) {
        Some(name) => Err(MergeError::Meaning(clean::excerpt(name, 80))),
        None => Ok(merged),
    }
}

/// The patterns in `decisions` that RE2 refuses.
fn refused_patterns(decisions: &Decisions) -> Vec<Note> {
    let every = decisions.every.iter().map(|decision| ("*", decision));
    let named = decisions.tools.iter().map(|(name, decision)| (name.as_str(), decision));
    let note = |(tool, condition): (&str, &Condition)| match re2::compile(condition.value.as_str()?) {
        Err(re2::Unusable::Refused(why)) => {
            let text = format!("the engine refuses the pattern for {}: {why}", condition.parameter);
            Some(Note { tool: tool.to_owned(), text })
        }
        Ok(_) | Err(re2::Unusable::Here(_)) => None,
    };
    let conditions = every.chain(named).flat_map(|(tool, decision)| {
        decision.guards.iter().flat_map(Guard::conditions).map(move |condition| (tool, condition))
    });
    conditions.filter(|(_, condition)| condition.op == Op::Regex).filter_map(note).collect()
}

#[cfg(test)]
mod tests;
