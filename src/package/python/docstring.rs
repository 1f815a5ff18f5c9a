//! Docstrings: the description before the first section, and the descriptions of parameters, in the styles of Google, NumPy
//! and Sphinx.

use std::collections::BTreeMap;

/// Headings of sections in Google's style.
const SECTIONS: [&str; 32] = [
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
    "raises",
    "exceptions",
    "warns",
    "yields",
    "receives",
    "returns",
    "examples",
    "attributes",
    "functions",
    "methods",
    "classes",
    "modules",
    "type parameters",
    "type aliases",
    "note",
    "notes",
    "example",
    "warning",
    "tip",
    "references",
    "return",
    "todo",
];

/// The parts of a docstring.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Documented {
    pub(super) description: Option<String>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// The parts of `text`, whose indentation is removed already.
pub(super) fn parsed(text: &str) -> Documented {
    let lines: Vec<&str> = text.split('\n').collect();
    google(&lines).or_else(|| numpy(&lines)).or_else(|| sphinx(&lines)).unwrap_or_else(|| Documented {
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

/// The heading that `lines[at]` is, if an indented block follows.
fn heading<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    let line = lines[at];
    let name = line.trim_end().strip_suffix(':').filter(|_| indent(line) == 0)?;
    let is_followed = lines.get(at + 1).is_some_and(|next| indent(next) > 0 && !next.trim().is_empty());
    (is_followed && SECTIONS.contains(&name.to_lowercase().as_str())).then_some(name)
}

fn google(lines: &[&str]) -> Option<Documented> {
    let first = (0..lines.len()).find(|at| heading(lines, *at).is_some())?;
    let mut documented = Documented { description: description(&lines[..first]), ..Documented::default() };
    for at in (first..lines.len()).filter(|at| heading(lines, *at).is_some()) {
        let name = lines[at].trim_end_matches(':').trim().to_lowercase();
        if !["args", "arguments", "params", "parameters"].contains(&name.as_str()) {
            continue;
        }
        let own = indent(lines[at + 1]);
        let mut last: Option<String> = None;
        for line in lines[at + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > 0) {
            if indent(line) == own
                && let Some((name, text)) = line.trim().split_once(':')
            {
                let name = name.split(['(', ' ']).next().unwrap_or_default().trim_start_matches('*').to_owned();
                documented.parameters.insert(name.clone(), text.trim().to_owned());
                last = Some(name);
            } else if let Some(text) = last.as_ref().and_then(|name| documented.parameters.get_mut(name)) {
                text.push('\n');
                text.push_str(line.trim());
            }
        }
    }
    documented.parameters.values_mut().for_each(|text| text.truncate(text.trim_end().len()));
    Some(documented)
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
            let found = parsed(text);
            assert_eq!(found.description.as_deref(), Some("Adds a row.\n\nMore."));
            assert_eq!(found.parameters["table"], "The table\nto add to.");
            assert_eq!(found.parameters["row"], "The row.");
        }
        assert_eq!(parsed("Adds.\n\n:param str row: The row.").parameters["row"], "The row.");
        assert_eq!(parsed("Rules:\n  a\n  b").description.as_deref(), Some("Rules:\n  a\n  b"));
    }
}
