//! How a value on the command line is read, where clap has no reader of its own.

use url::Url;

use crate::text::clean;
pub(crate) use crate::text::duration::duration;

/// Why a value on the command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// No environment variable with its value.
    #[error("give a name and a value: NAME=VALUE")]
    EnvironmentEntry,
    /// No header with its value.
    #[error("give a name and a value: 'NAME: VALUE'")]
    Header,
    #[error("give the site a name")]
    EmptyTitle,
    /// The title is not one visible line.
    #[error("give one line without control or invisible characters")]
    Title,
    /// No address at all.
    #[error(transparent)]
    Address(#[from] url::ParseError),
    /// An address that a site cannot have.
    #[error("give an http(s) address without `?` and `#`")]
    SiteAddress,
    /// No share.
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

/// The name of a site: a line that can be seen.
pub(crate) fn title(text: &str) -> Result<String, ValueError> {
    match text.trim() {
        "" => Err(ValueError::EmptyTitle),
        line if line.chars().any(clean::is_unsafe) || line.contains(['\n', '\r', '\t']) => Err(ValueError::Title),
        line => Ok(line.to_owned()),
    }
}

/// The address of a site, a slash at its end.
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
    /// True when the thing with this number, from 1, belongs to the share; they go round like cards.
    pub(crate) fn has(self, number: usize) -> bool {
        number % self.count == self.index % self.count
    }
}

/// `I/N`, I from 1 to N.
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
        assert_eq!(title(" Our tools "), Ok("Our tools".into()));
        for odd in ["a.example", "file:///tmp", "https://a.example/?x", "https://a.example/#x", "javascript:alert(1)"] {
            assert!(base_url(odd).is_err(), "{odd}");
        }
    }
}
