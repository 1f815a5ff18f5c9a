//! Values that a person sets for the guards of a policy: `path-root=/srv/project`.

use std::collections::BTreeMap;

use super::{GuardRule, Ruleset};

/// The settings of a run, by name; several values of one name are alternatives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Vec<String>>);

/// Why a setting cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    /// It has no `=`.
    #[error("a setting is NAME=VALUE")]
    Form,
    /// No guard uses it.
    #[error("no guard uses the setting {0}; there are {1}")]
    Name(String, String),
}

impl Settings {
    /// The values of `name`; none when it is not set.
    pub(crate) fn get(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The same with `values` of `name`, unless it is set already.
    pub(crate) fn or(&self, name: &str, values: Vec<String>) -> Self {
        let mut settings = self.clone();
        if !values.is_empty() {
            settings.0.entry(name.to_owned()).or_insert(values);
        }
        settings
    }
}

impl Ruleset {
    /// Sets what `assignment` names.
    pub fn set(&mut self, assignment: &str) -> Result<(), SettingError> {
        let (name, value) = assignment.split_once('=').ok_or(SettingError::Form)?;
        let mut known: Vec<&str> = self.guards.iter().filter_map(GuardRule::setting).collect();
        known.sort_unstable();
        known.dedup();
        if !known.contains(&name) {
            return Err(SettingError::Name(name.to_owned(), known.join(", ")));
        }
        self.settings.0.entry(name.to_owned()).or_default().push(value.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_a_known_name() {
        let mut ruleset = Ruleset::builtin().unwrap();
        ruleset.set("path-root=/srv/a=b").unwrap();
        ruleset.set("path-root=/data").unwrap();
        assert_eq!(ruleset.settings.get("path-root"), ["/srv/a=b", "/data"]);
        assert_eq!(ruleset.set("path-root"), Err(SettingError::Form));
        assert!(
            matches!(ruleset.set("root=/"), Err(SettingError::Name(name, known)) if name == "root" && known.contains("path-root"))
        );
    }
}
