//! Where counts are kept, as `--state` names it.

use std::path::PathBuf;

use super::StateError;

/// The name of the file in a folder that was named.
const FILE_NAME: &str = "counts.db";

/// Where counts are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StateLocation {
    /// In the process.
    Memory,
    /// In an SQLite file.
    File(PathBuf),
    /// In a Redis server with this URL.
    Redis(String),
}

impl StateLocation {
    /// Parses `memory`, `redis://HOST:PORT/DATABASE`, the path of a `.db` file, or the path of a folder.
    pub(crate) fn parse(text: &str) -> Result<Self, StateError> {
        let location = || StateError::Location { text: text.split('@').next_back().unwrap_or_default().to_owned() };
        match text.split_once("://") {
            Some(("redis" | "redis+unix", _)) => Ok(Self::Redis(text.to_owned())),
            Some(_) => Err(location()),
            None if text.is_empty() => Err(location()),
            None if text == "memory" => Ok(Self::Memory),
            // `redis:6379` is no folder of this name. A drive has one letter.
            None if scheme(text).is_some_and(|scheme| scheme.len() > 1) => Err(location()),
            None => Ok(Self::in_path(text.into())),
        }
    }

    /// The file at `path` if its name ends in `.db`, otherwise the file in the folder `path`.
    pub(crate) fn in_path(path: PathBuf) -> Self {
        let is_file = path.extension().is_some_and(|extension| extension == "db");
        Self::File(if is_file { path } else { path.join(FILE_NAME) })
    }
}

/// What stands before a colon, if it can be the scheme of an address.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_place_is_told_by_its_form() {
        let file = |path: &str| StateLocation::File(path.into());
        for (text, place) in [
            ("memory", StateLocation::Memory),
            ("redis://127.0.0.1:6379/2", StateLocation::Redis("redis://127.0.0.1:6379/2".into())),
            ("/srv/counts.db", file("/srv/counts.db")),
            ("state", file("state/counts.db")),
            ("./a:b", file("./a:b/counts.db")),
            (r"C:\state", file(r"C:\state/counts.db")),
        ] {
            assert_eq!(StateLocation::parse(text).unwrap(), place);
        }
        for text in ["", "rediss://host", "http://user:word@host", "redis:6379", "redis:/host"] {
            let error = StateLocation::parse(text).unwrap_err().to_string();
            assert!(!error.contains("word"), "{error}");
        }
    }
}
