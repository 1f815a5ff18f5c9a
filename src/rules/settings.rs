//! Settings for the guards of a policy: `path-root=/srv/project`.

use std::collections::BTreeMap;

use serde_json::Number;

use super::{GuardRule, GuardTemplate, Ruleset};

/// The settings of a run, by name. Several values of a name are alternatives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, Vec<String>>);

/// Why a setting is invalid.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    /// It has no `=`.
    #[error("a setting is NAME=VALUE")]
    Form,
    /// No guard uses it.
    #[error("no guard uses the setting {0}; there are {1}")]
    Name(String, String),
    /// It has no value.
    #[error("the setting {0} needs a value")]
    Empty(String),
    /// A guard compares with it, and it is not a number.
    #[error("the setting {0} is a number, and {1} is none")]
    Number(String, String),
    /// A guard counts up to it, and it is not a whole number.
    #[error("the setting {0} is a whole number, and {1} is none")]
    Whole(String, String),
    /// No call would pass such a bound.
    #[error("the setting {0} is a number above zero, and {1} is none")]
    NotPositive(String, String),
    /// Values are taken as they are.
    #[error("the setting {0} is taken as it is, without wildcards and patterns, so {1} fits nothing")]
    Wildcard(String, String),
    /// It leads out of its own folder.
    #[error("the setting {0} is a folder, and {1} leads above where it begins")]
    Above(String, String),
}

impl Settings {
    /// The values of `name`; empty if it is not set.
    pub(crate) fn get(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// A copy in which `name` has `values` unless it is set already.
    pub(crate) fn or(&self, name: &str, values: Vec<String>) -> Self {
        let mut settings = self.clone();
        if !values.is_empty() {
            settings.0.entry(name.to_owned()).or_insert(values);
        }
        settings
    }
}

impl Ruleset {
    /// Applies an `assignment` such as `path-root=/srv/project`.
    pub fn set(&mut self, assignment: &str) -> Result<(), SettingError> {
        let (name, value) = assignment.split_once('=').ok_or(SettingError::Form)?;
        let mut known: Vec<&str> = self.guards.iter().filter_map(GuardRule::setting).collect();
        known.sort_unstable();
        known.dedup();
        if !known.contains(&name) {
            return Err(SettingError::Name(name.to_owned(), known.join(", ")));
        }
        if value.trim().is_empty() {
            return Err(SettingError::Empty(name.to_owned()));
        }
        if value.contains('*') {
            return Err(SettingError::Wildcard(name.to_owned(), value.to_owned()));
        }
        if value.split(['/', '\\']).any(|part| part == "..") {
            return Err(SettingError::Above(name.to_owned(), value.to_owned()));
        }
        for rule in self.guards.iter().filter(|rule| rule.setting() == Some(name)) {
            let check = &rule.entry.check;
            if matches!(check, GuardTemplate::Compare { .. }) && value.parse::<Number>().is_err() {
                return Err(SettingError::Number(name.to_owned(), value.to_owned()));
            }
            let is_number = matches!(check, GuardTemplate::Compare { .. } | GuardTemplate::Total { .. });
            if is_number && value.parse::<f64>().is_ok_and(|number| number <= 0.0) {
                return Err(SettingError::NotPositive(name.to_owned(), value.to_owned()));
            }
            if matches!(check, GuardTemplate::Total { .. }) && value.parse::<u64>().is_err() {
                return Err(SettingError::Whole(name.to_owned(), value.to_owned()));
            }
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

    #[test]
    fn a_setting_that_a_guard_counts_with_is_a_number() {
        let mut ruleset = Ruleset::builtin().unwrap();
        assert_eq!(ruleset.set("path-root="), Err(SettingError::Empty("path-root".into())));
        assert_eq!(ruleset.set("amount-cap=much"), Err(SettingError::Number("amount-cap".into(), "much".into())));
        assert_eq!(ruleset.set("daily-total=12.5"), Err(SettingError::Whole("daily-total".into(), "12.5".into())));
        assert_eq!(ruleset.set("amount-cap=12.5"), Ok(()));
        for wrong in ["amount-cap=-5", "daily-total=0", "public-host=*.example.com", "public-host=.*", "path-root=../x"]
        {
            assert!(ruleset.set(wrong).is_err(), "{wrong}");
        }
    }
}
