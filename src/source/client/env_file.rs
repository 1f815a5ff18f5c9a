//! The variables in a file that an entry names with `envFile`. The clients that have this key read `NAME=value` in lines, with
//! or without quotes, and fill nothing in, so a crate for `.env` files reads more than they do.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::error::FileCause;
use super::file_text;

/// The variables in the file at `path`. None if there is no such file: what a clone lacks is set nowhere.
pub(super) fn variables(path: &Path) -> Result<BTreeMap<String, String>, FileCause> {
    match file_text::text(path) {
        Ok(text) => Ok(text.lines().filter_map(variable).collect()),
        Err(FileCause::Io(cause)) if cause.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(cause) => Err(cause),
    }
}

fn variable(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let value = value.trim();
    let quoted = ['"', '\'', '`'].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    is_name.then(|| (name.to_owned(), quoted.unwrap_or(value).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_clients_read_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.env");
        assert_eq!(variables(&path).unwrap(), BTreeMap::new());
        std::fs::write(
            &path,
            "# A=1\nMODE = a b \nexport KEY='x=y'\r\n\nno variable\nNODE_OPTIONS=\"--require ./x.js\"\n",
        )
        .unwrap();
        let want = [("KEY", "x=y"), ("MODE", "a b"), ("NODE_OPTIONS", "--require ./x.js")];
        let want: BTreeMap<String, String> = want.map(|(name, value)| (name.into(), value.into())).into();
        assert_eq!(variables(&path).unwrap(), want);
        assert!(variables(dir.path()).is_err(), "a folder");
    }
}
