//! How one server is started, read and judged, where that differs from the others.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Pattern, Threshold};
use crate::text::duration::duration;

/// An entry of `servers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// What the user named, secrets redacted: `npx -y @example/server`.
    pub target: Pattern,
    /// How long it may take to start.
    #[serde(default, deserialize_with = "time")]
    pub start_timeout: Option<Duration>,
    /// How long one request may take.
    #[serde(default, deserialize_with = "time")]
    pub timeout: Option<Duration>,
    /// Variables of our own environment that it needs.
    #[serde(default)]
    pub env: Vec<String>,
    /// What fails the gate for it, in the place of what fails it for the others; nothing does when it is empty.
    #[serde(default)]
    pub fail_on: Option<Vec<Threshold>>,
}

impl ServerSettings {
    /// What it asks for, for people.
    pub(crate) fn requests(&self) -> Vec<String> {
        let target = self.target.text();
        let variables =
            (!self.env.is_empty()).then(|| format!("pass {} to servers that match {target}", self.env.join(", ")));
        let gate = self.fail_on.as_ref().map(|fail_on| match fail_on.is_empty() {
            true => format!("let nothing fail the gate for servers that match {target}"),
            false => format!("change what fails the gate for servers that match {target}"),
        });
        let times = (self.start_timeout.is_some() || self.timeout.is_some())
            .then(|| format!("change the time limits of servers that match {target}"));
        [variables, gate, times].into_iter().flatten().collect()
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(&String::deserialize(deserializer)?).map(Some).map_err(serde::de::Error::custom)
}
