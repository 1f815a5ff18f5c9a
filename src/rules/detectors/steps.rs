//! Two steps of a text that belong together: a file is downloaded, and then this file is run.

use std::ops::Range;

use regex::{Regex, escape};
use serde::{Deserialize, Serialize, Serializer};

use super::expression::{Expression, is_deferred};
use super::possible::Possible;

/// The group of the first step that names what the second one is about.
const NAME: &str = "name";
/// What stands for this name in the second step.
const PLACE: &str = "{name}";
/// Most first steps of a text that are followed, and the longest name, in bytes.
const MAX_FIRST: usize = 50;
const MAX_NAME: usize = 200;

/// A first step, and the second steps of which one must follow.
#[derive(Debug)]
pub(super) struct Steps {
    first: Expression,
    then: Vec<String>,
}

/// The steps as a rule file has them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenSteps {
    /// A regular expression with the group `name`.
    first: String,
    /// Regular expressions; `{name}` stands for the last part of the path that the group has.
    then: Vec<String>,
}

/// Why steps cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepsError {
    #[error(transparent)]
    Expression(#[from] regex::Error),
    #[error("the first step has no group `{NAME}`")]
    NoGroup,
    #[error("no regular expression with {PLACE}: {0}")]
    NoPlace(String),
}

impl Steps {
    /// The steps that a rule file has.
    pub(super) fn new(WrittenSteps { first, then }: WrittenSteps) -> Result<Self, StepsError> {
        let first = Expression::new(&first)?;
        if is_deferred() {
            return Ok(Self { first, then });
        }
        if first.regex().capture_names().flatten().all(|group| group != NAME) {
            return Err(StepsError::NoGroup);
        }
        match then.iter().find(|then| !then.contains(PLACE) || second(then, "a").is_none()) {
            Some(then) => Err(StepsError::NoPlace(then.clone())),
            None => Ok(Self { first, then }),
        }
    }

    /// False if there is no first step in a text. `possible` gives the expressions that can match in it.
    pub(super) fn are_possible<'p>(&self, possible: impl FnOnce() -> &'p Possible) -> bool {
        self.first.is_possible(possible)
    }

    /// The parts of `text` from a first step to the end of a second one.
    pub(super) fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.first.regex().captures_iter(text).take(MAX_FIRST).filter_map(move |captures| {
            let start = captures.get(0)?;
            let path = captures.name(NAME)?.as_str().trim_end_matches(['/', '\\']);
            let name = path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?;
            let rest = text.get(start.end()..)?;
            let end =
                self.then.iter().filter_map(|then| second(then, name)?.find(rest)).map(|found| found.end()).min()?;
            Some(start.start()..start.end() + end)
        })
    }
}

fn second(then: &str, name: &str) -> Option<Regex> {
    Regex::new(&then.replace(PLACE, &escape(name))).ok()
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WrittenSteps { first: self.first.regex().as_str().to_owned(), then: self.then.clone() }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_step_is_about_what_the_first_one_names() {
        let steps = |first: &str, then: &str| Steps::new(WrittenSteps { first: first.into(), then: vec![then.into()] });
        let of_file = steps(r"get (?P<name>[^\s;]+)", r"run \S*{name}\b").unwrap();
        let found = |text: &str| of_file.find_all(text).next().and_then(|range| text.get(range)).map(str::to_owned);
        assert_eq!(
            found("a; get https://x.example/b.sh; c; run ./b.sh; d").unwrap(),
            "get https://x.example/b.sh; c; run ./b.sh"
        );
        assert_eq!(found("get b.sh; run bxsh"), None);
        assert_eq!(found("run b.sh; get b.sh"), None);
        assert!(steps("get", "{name}").is_err() && steps("(?P<name>a)", "b").is_err());
    }
}
