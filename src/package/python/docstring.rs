//! Docstrings: the description before the first section, and the descriptions of parameters, in the styles of Google, NumPy
//! and Sphinx.

use std::collections::BTreeMap;

/// What a library cuts off the docstring of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing: FastMCP 2.
    Nothing,
    /// The sections, if one of them describes parameters: FastMCP 3.
    WithParameters,
    /// The sections, if there is one: FastMCP 4.
    AnySection,
}

/// Headings of sections in Google's style.
const SECTIONS: [&str; 28] = [
    "args",
    "arguments",
    "params",
    "parameters",
    "keyword args",
    "keyword arguments",
    "other args",
    "other arguments",
    "other params",
    "other parameters",
    "type args",
    "type arguments",
    "type params",
    "type parameters",
    "raises",
    "exceptions",
    "returns",
    "yields",
    "receives",
    "examples",
    "attributes",
    "functions",
    "methods",
    "classes",
    "type aliases",
    "modules",
    "warns",
    "warnings",
];
/// Other headings that FastMCP takes for sections.
const OTHER_SECTIONS: [&str; 17] = [
    "attention",
    "caution",
    "danger",
    "error",
    "example",
    "hint",
    "important",
    "note",
    "notes",
    "raise",
    "references",
    "return",
    "see also",
    "tip",
    "todo",
    "warning",
    "yield",
];

/// The parts of a docstring.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Documented {
    pub(super) description: Option<String>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// The parts of `text`, whose indentation is removed already.
pub(super) fn parsed(text: &str, cut: Cut) -> Documented {
    let lines: Vec<&str> = text.split('\n').collect();
    let counts = |found: &Documented| cut == Cut::AnySection || !found.parameters.is_empty();
    let found = [google, numpy, sphinx]
        .into_iter()
        .filter(|_| cut != Cut::Nothing)
        .find_map(|read| read(&lines).filter(counts));
    found.unwrap_or_else(|| Documented {
        description: Some(text.to_owned()).filter(|text| !text.is_empty()),
        parameters: BTreeMap::new(),
    })
}

fn description(lines: &[&str]) -> Option<String> {
    let text = lines.join("\n");
    let text = text.trim_end().trim_start_matches('\n');
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The name of the heading that `lines[at]` is: words, a colon and maybe a title, after an empty line and before an
/// indented block.
fn heading(lines: &[&str], at: usize) -> Option<String> {
    let (name, title) = lines[at].split_once(':')?;
    let is_name = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-' || c.is_whitespace());
    let is_title = title.is_empty() || title.starts_with(char::is_whitespace);
    let follows = at == 0 || lines[at - 1].trim().is_empty();
    let is_followed = lines.get(at + 1).is_some_and(|next| next.starts_with(' ') && !next.trim().is_empty());
    (is_name && is_title && follows && is_followed).then(|| name.to_lowercase())
}

/// The indented block that starts at `lines[at]`, with the empty lines in it.
fn block<'a, 't>(lines: &'a [&'t str], at: usize) -> &'a [&'t str] {
    let own = indent(lines[at]);
    let length = lines[at..].iter().take_while(|line| line.trim().is_empty() || indent(line) >= own).count();
    &lines[at..at + length]
}

/// The description ends at the first heading, whatever it is called. `None` without a section.
fn google(lines: &[&str]) -> Option<Documented> {
    let (mut documented, mut has_section, mut in_code) = (Documented::default(), false, false);
    let (mut at, mut end) = (0, None);
    while at < lines.len() {
        if lines[at].trim_start_matches(' ').starts_with("```") {
            in_code = !in_code;
        } else if let Some(name) = heading(lines, at).filter(|_| !in_code) {
            end.get_or_insert(at);
            let block = block(lines, at + 1);
            has_section |= SECTIONS.contains(&name.as_str()) || OTHER_SECTIONS.contains(&name.as_str());
            if ["args", "arguments", "params", "parameters"].contains(&name.as_str()) {
                read_parameters(block, &mut documented.parameters);
            }
            at += block.len();
        }
        at += 1;
    }
    documented.description = description(&lines[..end?]);
    has_section.then_some(documented)
}

/// `name (type): text` for each parameter; further lines are indented.
fn read_parameters(block: &[&str], parameters: &mut BTreeMap<String, String>) {
    let own = block.first().map_or(0, |line| indent(line));
    let mut last: Option<String> = None;
    for line in block {
        if indent(line) == own && !line.trim().is_empty() {
            last = line.trim().split_once(':').map(|(name, text)| {
                let name = name.split(['(', ' ']).next().unwrap_or_default().trim_start_matches('*').to_owned();
                parameters.insert(name.clone(), text.trim().to_owned());
                name
            });
        } else if let Some(text) = last.as_ref().and_then(|name| parameters.get_mut(name)) {
            text.push('\n');
            text.push_str(line.trim());
        }
    }
    parameters.values_mut().for_each(|text| text.truncate(text.trim_end().len()));
}

fn numpy(lines: &[&str]) -> Option<Documented> {
    let is_rule = |line: &str| line.len() >= 3 && line.chars().all(|c| c == '-');
    let is_section = |at: usize| {
        let known = SECTIONS.contains(&lines[at].trim().to_lowercase().as_str());
        known && lines.get(at + 1).is_some_and(|next| is_rule(next.trim()))
    };
    let first = (0..lines.len()).find(|at| is_section(*at))?;
    let mut documented = Documented { description: description(&lines[..first]), ..Documented::default() };
    for at in (first..lines.len()).filter(|at| is_section(*at) && lines[*at].trim().eq_ignore_ascii_case("parameters"))
    {
        let mut last: Option<String> = None;
        for (offset, line) in lines[at + 2..].iter().enumerate() {
            if is_section(at + 2 + offset) {
                break;
            }
            if indent(line) == 0 && !line.trim().is_empty() {
                last = line.split(':').next().map(|name| name.trim().to_owned());
            } else if let Some(name) = &last {
                let text = documented.parameters.entry(name.clone()).or_default();
                *text = format!("{text}\n{}", line.trim()).trim().to_owned();
            }
        }
    }
    Some(documented)
}

fn sphinx(lines: &[&str]) -> Option<Documented> {
    let is_field = |line: &str| [":param", ":return", ":raises", ":type", ":rtype"].iter().any(|f| line.starts_with(f));
    let first = lines.iter().position(|line| is_field(line))?;
    let mut documented = Documented { description: description(&lines[..first]), ..Documented::default() };
    for line in &lines[first..] {
        let field = line.strip_prefix(":param ").and_then(|rest| rest.split_once(':'));
        if let Some((name, text)) = field {
            let name = name.split_whitespace().last().unwrap_or_default();
            documented.parameters.insert(name.to_owned(), text.trim().to_owned());
        }
    }
    Some(documented)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_end_the_description_and_describe_parameters() {
        let google = "Adds a row.\n\nMore.\n\nArgs:\n    table: The table\n        to add to.\n    row (dict): The row.\n\nReturns:\n    x";
        let numpy = "Adds a row.\n\nMore.\n\nParameters\n----------\ntable : str\n    The table\n    to add to.\nrow\n    The row.";
        for text in [google, numpy] {
            assert_eq!(parsed(text, Cut::Nothing).description.as_deref(), Some(text));
            let found = parsed(text, Cut::WithParameters);
            assert_eq!(found.description.as_deref(), Some("Adds a row.\n\nMore."));
            assert_eq!(found.parameters["table"], "The table\nto add to.");
            assert_eq!(found.parameters["row"], "The row.");
        }
        assert_eq!(parsed("Adds.\n\n:param str row: The row.", Cut::AnySection).parameters["row"], "The row.");
        let described = |text: &str, cut| parsed(text, cut).description;
        assert_eq!(described("Rules:\n  a\n  b", Cut::AnySection).as_deref(), Some("Rules:\n  a\n  b"));
        let returns = "Adds.\n\nReturns:\n    The row.";
        assert_eq!(described(returns, Cut::AnySection).as_deref(), Some("Adds."));
        assert_eq!(described(returns, Cut::WithParameters).as_deref(), Some(returns));
        // Any heading ends the description once there is a section, and none without an empty line before it.
        let rules = "Adds.\n\nKeeps to rules:\n  a\n\nReturns:\n  b";
        assert_eq!(described(rules, Cut::AnySection).as_deref(), Some("Adds."));
        let close = "Adds.\nReturns:\n  b";
        assert_eq!(described(close, Cut::AnySection).as_deref(), Some(close));
    }
}
