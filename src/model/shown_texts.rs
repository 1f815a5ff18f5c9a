//! The texts of a report that come from a configuration, a URL or an error, so that a secret in them can be hidden in one
//! place. The definitions of tools are not among them.

use std::borrow::Cow;

use serde_json::Value;

use super::{Finding, FindingKind, Item, Listing, Redacted, Report, ReportedError, Schema, Server, ServerReport, Tool};

/// Hides the secrets of a text. `None` if it has none.
type Hide<'h> = &'h dyn Fn(&str) -> Option<String>;

fn hide_in(text: &mut String, hide: Hide<'_>) {
    if let Some(hidden) = hide(text) {
        *text = hidden;
    }
}

impl Server {
    /// Hides secrets in the names of the server and in what starts it.
    fn hide_secrets(&mut self, hide: Hide<'_>) {
        let names = [Some(&mut self.name), self.title.as_mut(), self.version.as_mut()];
        let package = self.package.iter_mut().flat_map(|package| [Some(&mut package.name), package.version.as_mut()]);
        let origin = self.configured.iter_mut().map(|origin| Some(&mut origin.server));
        names.into_iter().chain(package).chain(origin).flatten().for_each(|text| hide_in(text, hide));
        if let Some(target) = hide(&self.target) {
            self.target = Redacted::new(target, true);
        }
    }
}

impl Listing {
    /// Hides secrets in the names of the server and in what starts it, before the listing is judged: addresses and
    /// findings are made from these names.
    pub(crate) fn hide_secrets(&mut self, hide: Hide<'_>) {
        self.server.hide_secrets(hide);
        self.deviations.iter_mut().for_each(|deviation| hide_in(&mut deviation.text, hide));
    }
}

impl ReportedError {
    /// Hides secrets in all parts.
    pub(crate) fn hide_secrets(&mut self, hide: Hide<'_>) {
        let parts = [Some(&mut self.target), Some(&mut self.what), Some(&mut self.why), self.hint.as_mut()];
        parts.into_iter().flatten().for_each(|text| hide_in(text, hide));
    }
}

impl Item {
    fn hide_secrets(&mut self, hide: Hide<'_>) {
        let texts = [Some(&mut self.name), self.title.as_mut(), self.description.as_mut(), self.uri.as_mut()];
        let arguments = self.arguments.iter_mut().filter_map(|argument| argument.description.as_mut());
        texts.into_iter().flatten().chain(arguments).for_each(|text| hide_in(text, hide));
        // Rules have read these before. A lock has them in part.
        for long in &mut self.long_texts {
            if let Some(hidden) = hide(&long.text) {
                long.text = hidden.into();
            }
        }
    }
}

impl Tool {
    /// Hides secrets in the texts of the definition.
    fn hide_secrets(&mut self, hide: Hide<'_>) {
        let texts = [self.title.as_mut(), self.description.as_mut(), self.annotations.title.as_mut()];
        texts.into_iter().flatten().for_each(|text| hide_in(text, hide));
        for parameter in &mut self.parameters {
            for text in [&mut parameter.description, &mut parameter.default].into_iter().flatten() {
                if let Some(hidden) = hide(text) {
                    *text = hidden.into();
                }
            }
            parameter.values.iter_mut().for_each(|text| hide_in(text, hide));
        }
        for schema in [&mut self.input_schema, &mut self.output_schema, &mut self.execution].into_iter().flatten() {
            let mut value = schema.value();
            hide_in_value(&mut value, hide);
            *schema = Schema::from(&value);
        }
    }
}

/// The depth is bounded by the parser.
fn hide_in_value(value: &mut Value, hide: Hide<'_>) {
    match value {
        Value::String(text) => hide_in(text, hide),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_in_value(item, hide)),
        Value::Object(map) => map.values_mut().for_each(|value| hide_in_value(value, hide)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl ServerReport {
    fn lists_secrets(&self) -> bool {
        self.findings().any(|finding| finding.kind == FindingKind::Secret)
    }
}

impl Report {
    /// The report for publication: definitions in which a secret was found are shown without it.
    pub(crate) fn published(&self, hide: Hide<'_>) -> Cow<'_, Self> {
        if !self.servers.iter().any(ServerReport::lists_secrets) {
            return Cow::Borrowed(self);
        }
        let mut report = self.clone();
        for server in report.servers.iter_mut().filter(|server| server.lists_secrets()) {
            server.server.instructions.iter_mut().for_each(|text| hide_in(text, hide));
            server.tools.iter_mut().for_each(|tool| tool.tool.hide_secrets(hide));
        }
        Cow::Owned(report)
    }

    /// Hides secrets in findings, in what servers list besides tools, and in errors.
    pub(crate) fn hide_secrets(&mut self, hide: Hide<'_>) {
        let in_finding = |finding: &mut Finding| {
            [Some(&mut finding.text), finding.quote.as_mut()]
                .into_iter()
                .flatten()
                .for_each(|text| hide_in(text, hide));
        };
        for server in self.servers.iter_mut().chain(&mut self.unread) {
            server.own_findings.iter_mut().for_each(in_finding);
            server.tools.iter_mut().flat_map(|tool| &mut tool.findings).for_each(in_finding);
            server.items.iter_mut().for_each(|item| item.hide_secrets(hide));
            let verdict = &mut server.verdict;
            [Some(&mut verdict.because), verdict.unless.as_mut()]
                .into_iter()
                .flatten()
                .for_each(|text| hide_in(text, hide));
        }
        self.errors.iter_mut().for_each(|error| error.hide_secrets(hide));
    }
}
