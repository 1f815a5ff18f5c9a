//! How a value on the command line is read, where clap has no reader of its own.

use clap::ValueEnum;

use super::args::{Format, Wanted};
pub use crate::text::duration::duration;
use crate::text::prose;

/// `NAME=VALUE`.
pub fn environment_entry(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("give a name and a value: NAME=VALUE".into()),
    }
}

/// `NAME: VALUE`.
pub fn header(text: &str) -> Result<(String, String), String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.chars().all(token) && !value.contains(['\r', '\n']) => {
            Ok((name.to_owned(), value.trim().to_owned()))
        }
        _ => Err("give a name and a value: 'NAME: VALUE'".into()),
    }
}

/// `FORMAT=FILE`.
pub fn wanted_report(text: &str) -> Result<Wanted, String> {
    let named = text.split_once('=').filter(|(_, file)| !file.is_empty());
    let (format, file) = named.ok_or("give a format and a file: FORMAT=FILE")?;
    let known =
        || Format::value_variants().iter().filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()));
    let format = Format::from_str(format, false)
        .map_err(|_| format!("there is no format {format:?}, only {}", prose::list(&known().collect::<Vec<_>>())))?;
    Ok((format, file.into()))
}

/// One of several equal shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// True when the thing with this number, from 1, belongs to the share; they go round like cards.
    pub fn has(self, number: usize) -> bool {
        number % self.count == self.index % self.count
    }
}

/// `I/N`, I from 1 to N.
pub fn shard(text: &str) -> Result<Shard, String> {
    let read = || {
        let (index, count) = text.split_once('/')?;
        let (index, count) = (index.parse().ok()?, count.parse().ok()?);
        (1..=count).contains(&index).then_some(Shard { index, count })
    };
    read().ok_or_else(|| "give which share of how many, counted from 1: 1/4".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_headers_have_a_name() {
        assert_eq!(environment_entry("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(environment_entry("=b").is_err() && environment_entry("A").is_err());
        assert_eq!(header("Authorization: Bearer a:b"), Ok(("Authorization".into(), "Bearer a:b".into())));
        assert!(header("no value").is_err() && header("a b: c").is_err() && header("a: b\r\nc: d").is_err());
    }

    #[test]
    fn a_wanted_report_has_a_format_and_a_file() {
        assert_eq!(wanted_report("sarif=a=b.sarif"), Ok((Format::Sarif, "a=b.sarif".into())));
        for wrong in ["sarif", "sarif=", "=x", "pdf=x"] {
            assert!(wanted_report(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_count_from_one() {
        assert_eq!(shard("4/4"), Ok(Shard { index: 4, count: 4 }));
        for wrong in ["0/4", "5/4", "1/0", "1", "-1/4", "a/b", "1/2/3"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
