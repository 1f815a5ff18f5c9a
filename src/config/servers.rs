//! Settings that apply to a single server.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Pattern, Threshold};
use crate::text::duration::duration;

/// An entry of `servers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Matches the target that the user named, secrets redacted: `npx -y @example/server`.
    pub target: Pattern,
    /// The time limit for the start.
    #[serde(default, deserialize_with = "time")]
    pub start_timeout: Option<Duration>,
    /// The time limit for a request.
    #[serde(default, deserialize_with = "time")]
    pub timeout: Option<Duration>,
    /// Environment variables that are passed to it.
    #[serde(default)]
    pub env: Vec<String>,
    /// The thresholds for this server, instead of the general ones. With an empty list nothing fails.
    #[serde(default)]
    pub fail_on: Option<Vec<Threshold>>,
}

impl ServerSettings {
    /// What it requests beyond a stricter gate, in words.
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
