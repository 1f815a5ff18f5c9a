//! Parsers for command-line values for which clap has none.

use url::Url;

use crate::text::clean;
pub(crate) use crate::text::duration::duration;

/// Why a command-line value is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// Not `NAME=VALUE`.
    #[error("give a name and a value: NAME=VALUE")]
    EnvironmentEntry,
    /// Not `NAME: VALUE`.
    #[error("give a name and a value: 'NAME: VALUE'")]
    Header,
    #[error("give the site a name")]
    EmptyTitle,
    /// The title is not one line of visible characters.
    #[error("give one line without control or invisible characters")]
    Title,
    #[error("give the name under which the client lists the server: it is empty")]
    EmptyServerName,
    /// Not a URL.
    #[error(transparent)]
    Address(#[from] url::ParseError),
    /// A URL that a site cannot have.
    #[error("give an http(s) address without `?` and `#`")]
    SiteAddress,
    /// Not `I/N`.
    #[error("give which share of how many, counted from 1: 1/4")]
    Shard,
}

/// `NAME=VALUE`.
pub(crate) fn environment_entry(text: &str) -> Result<(String, String), ValueError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(ValueError::EnvironmentEntry),
    }
}

/// `NAME: VALUE`.
pub(crate) fn header(text: &str) -> Result<(String, String), ValueError> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.chars().all(token) && !value.contains(['\r', '\n']) => {
            Ok((name.to_owned(), value.trim().to_owned()))
        }
        _ => Err(ValueError::Header),
    }
}

/// The name of a server, which is not empty.
pub(crate) fn server_name(text: &str) -> Result<String, ValueError> {
    if text.trim().is_empty() { Err(ValueError::EmptyServerName) } else { Ok(text.to_owned()) }
}

/// Parses the title of a site: one line of visible characters.
pub(crate) fn title(text: &str) -> Result<String, ValueError> {
    match text.trim() {
        "" => Err(ValueError::EmptyTitle),
        line if line.chars().any(clean::is_unsafe) || line.contains(['\n', '\r', '\t']) => Err(ValueError::Title),
        line => Ok(line.to_owned()),
    }
}

/// Parses the base URL of a site and adds a trailing slash.
pub(crate) fn base_url(text: &str) -> Result<Url, ValueError> {
    let mut url = Url::parse(text)?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(ValueError::SiteAddress);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// One of several equal shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// True if the item with this number (from 1) is in this share. Items are assigned round-robin.
    pub(crate) fn has(self, number: usize) -> bool {
        number % self.count == self.index % self.count
    }
}

/// `I/N`, with I from 1 to N.
pub(crate) fn shard(text: &str) -> Result<Shard, ValueError> {
    let read = || {
        let (index, count) = text.split_once('/')?;
        let (index, count) = (index.parse().ok()?, count.parse().ok()?);
        (1..=count).contains(&index).then_some(Shard { index, count })
    };
    read().ok_or(ValueError::Shard)
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
    fn shares_count_from_one() {
        assert_eq!(shard("4/4"), Ok(Shard { index: 4, count: 4 }));
        for wrong in ["0/4", "5/4", "1/0", "1", "-1/4", "a/b", "1/2/3"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_site_has_a_name_and_its_base_ends_with_a_slash() {
        assert_eq!(base_url("https://a.example/mcp").unwrap().as_str(), "https://a.example/mcp/");
        assert_eq!(base_url("http://a.example").unwrap().as_str(), "http://a.example/");
        for odd in ["", "  ", "Our\ntools", "\u{202e}tools", "\u{200b}"] {
            assert!(title(odd).is_err(), "{odd:?}");
        }
        assert_eq!(["", " ", "\t"].map(server_name), [const { Err(ValueError::EmptyServerName) }; 3]);
        assert_eq!(server_name("my shop"), Ok("my shop".into()));
        assert_eq!(title(" Our tools "), Ok("Our tools".into()));
        for odd in ["a.example", "file:///tmp", "https://a.example/?x", "https://a.example/#x", "javascript:alert(1)"] {
            assert!(base_url(odd).is_err(), "{odd}");
        }
    }
}
