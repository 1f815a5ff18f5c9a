//! The tools that a skill allows without a question.

use serde_json::Value;

/// Most tools of a skill.
const MAX_TOOLS: usize = 500;

/// The tools in `head`, the properties of a skill, under `allowed-tools`: a list, or one text with commas or blanks between
/// the tools.
pub(super) fn allowed_tools(head: &Value) -> Vec<String> {
    match head.get("allowed-tools").or_else(|| head.get("allowed_tools")) {
        Some(Value::Array(tools)) => {
            tools.iter().filter_map(Value::as_str).map(str::to_owned).take(MAX_TOOLS).collect()
        }
        Some(Value::String(tools)) => words(tools),
        _ => Vec::new(),
    }
}

/// The parts of `text` between commas or blanks outside of parentheses.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (c == ',' || c.is_whitespace()) {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).take(MAX_TOOLS).collect()
}
