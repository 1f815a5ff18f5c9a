//! Pages of a Python package index, as JSON (PEP 691) or HTML (PEP 503).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pep440_rs::Version;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;
use url::Url;

/// Asks for JSON, and takes HTML.
pub(crate) const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.1";

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseFile {
    pub(crate) version: Version,
    pub(crate) kind: FileKind,
    pub(crate) url: Url,
    /// Its SHA-256 in hexadecimal digits, if the index states it.
    pub(crate) sha256: Option<String>,
    /// The reason for which it was withdrawn, if it was.
    pub(crate) yanked: Option<String>,
    /// True if the index states where it was built.
    pub(crate) has_provenance: bool,
    /// The day on which it was uploaded, if the index states it.
    pub(crate) uploaded: Option<Date>,
}

/// The kinds of files that are read, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// A wheel for every platform.
    PureWheel,
    /// A wheel for Linux on x86-64: of several, every machine reads this one.
    LinuxWheel,
    Wheel,
    /// An archive of source, `.tar.gz`.
    Source,
}

#[derive(Deserialize)]
struct Page {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    yanked: Option<Yanked>,
    #[serde(default)]
    provenance: Option<String>,
    #[serde(default, rename = "upload-time")]
    uploaded: Option<String>,
}

/// `true`, or the reason.
#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(String),
}

impl Yanked {
    fn reason(self) -> Option<String> {
        match self {
            Self::Flag(is_yanked) => is_yanked.then(String::new),
            Self::Reason(reason) => Some(reason),
        }
    }
}

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?is)<a\s[^>]*href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)</a>"#).expect("a constant"));

static YANKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?is)\sdata-yanked(?:\s*=\s*["']([^"']*)["'])?"#).expect("a constant"));

/// The files on the `page` at `base` of the package `name`. `None` if it is not such a page.
pub(crate) fn files(page: &[u8], base: &Url, name: &str) -> Option<Vec<ReleaseFile>> {
    let text = std::str::from_utf8(page).ok()?;
    if text.trim_start().starts_with('{') {
        let page: Page = serde_json::from_str(text).ok()?;
        let file = |file: File| {
            let sha256 = file.hashes.get("sha256").cloned();
            let found = release_file(&file.filename, &file.url, sha256, base, name)?;
            Some(ReleaseFile {
                yanked: file.yanked.and_then(Yanked::reason),
                has_provenance: file.provenance.is_some(),
                uploaded: file.uploaded.as_deref().and_then(day),
                ..found
            })
        };
        return Some(page.files.into_iter().filter_map(file).collect());
    }
    let file = |link: regex::Captures<'_>| {
        let address = link[1].replace("&amp;", "&");
        let (address, digest) = address.split_once('#').map_or((address.as_str(), None), |(a, d)| (a, Some(d)));
        let sha256 = digest.and_then(|digest| digest.strip_prefix("sha256=")).map(str::to_owned);
        let found = release_file(link[2].trim(), address, sha256, base, name)?;
        let yanked = YANKED.captures(&link[0]).map(|reason| reason.get(1).map_or("", |it| it.as_str()).to_owned());
        Some(ReleaseFile { yanked, has_provenance: link[0].contains("data-provenance="), ..found })
    };
    Some(LINK.captures_iter(text).filter_map(file).collect())
}

fn release_file(filename: &str, url: &str, sha256: Option<String>, base: &Url, name: &str) -> Option<ReleaseFile> {
    let (version, kind) = if let Some(stem) = filename.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let (_, version) = (parts.next()?, parts.next()?);
        let platform = stem.rsplit('-').next()?;
        let kind = if stem.ends_with("-none-any") {
            FileKind::PureWheel
        } else if platform.contains("linux") && platform.ends_with("x86_64") {
            FileKind::LinuxWheel
        } else {
            FileKind::Wheel
        };
        (version.to_owned(), kind)
    } else {
        let stem = filename.strip_suffix(".tar.gz")?;
        let at = stem.rfind('-')?;
        (normalized(&stem[..at]) == normalized(name)).then(|| (stem[at + 1..].to_owned(), FileKind::Source))?
    };
    let version = Version::from_str(&version).ok()?;
    let url = base.join(url).ok()?;
    Some(ReleaseFile { version, kind, url, sha256, yanked: None, has_provenance: false, uploaded: None })
}

/// The day of a time in UTC.
fn day(time: &str) -> Option<Date> {
    Some(time.parse::<Timestamp>().ok()?.to_zoned(TimeZone::UTC).date())
}

/// The name of a package as indexes spell it.
pub(crate) fn normalized(name: &str) -> String {
    let mut spelled = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if spelled.ends_with('-') => {}
            '-' | '_' | '.' => spelled.push('-'),
            c => spelled.push(c.to_ascii_lowercase()),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_page_give_the_same_files() {
        let base = Url::parse("https://pypi.example/simple/a-shop/").unwrap();
        let json = br#"{"files":[{"filename":"a_shop-1.0-py3-none-any.whl","url":"../../f/a_shop-1.0-py3-none-any.whl","hashes":{"sha256":"ab"},
            "yanked":"Broken","provenance":"https://f.example/p"},
            {"filename":"a-shop-0.9.tar.gz","url":"https://f.example/a-shop-0.9.tar.gz","hashes":{}},{"filename":"x.exe","url":"x"}]}"#;
        let html = br#"<html><a href="../../f/a_shop-1.0-py3-none-any.whl#sha256=ab" data-yanked="Broken" data-provenance="https://f.example/p">a_shop-1.0-py3-none-any.whl</a>
            <a href="https://f.example/a-shop-0.9.tar.gz">a-shop-0.9.tar.gz</a></html>"#;
        let found = files(json, &base, "A.Shop").unwrap();
        assert_eq!(found, files(html, &base, "a-shop").unwrap());
        let shown: Vec<String> =
            found.iter().map(|file| format!("{} {:?} {}", file.version, file.kind, file.url)).collect();
        assert_eq!(
            shown,
            [
                "1.0 PureWheel https://pypi.example/f/a_shop-1.0-py3-none-any.whl",
                "0.9 Source https://f.example/a-shop-0.9.tar.gz",
            ]
        );
        assert_eq!(found[0].sha256.as_deref(), Some("ab"));
        let stated = |file: &ReleaseFile| (file.yanked.clone(), file.has_provenance);
        assert_eq!((stated(&found[0]), stated(&found[1])), ((Some("Broken".into()), true), (None, false)));
    }

    #[test]
    fn of_several_wheels_the_same_one_is_read_on_every_machine() {
        let base = Url::parse("https://pypi.example/").unwrap();
        let kind = |name: &str| release_file(name, name, None, &base, "shop").unwrap().kind;
        assert_eq!(kind("shop-1.0-py3-none-any.whl"), FileKind::PureWheel);
        assert_eq!(kind("shop-1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), FileKind::LinuxWheel);
        assert_eq!(kind("shop-1.0-py3-none-macosx_11_0_arm64.whl"), FileKind::Wheel);
        assert_eq!(kind("shop-1.0-py3-none-manylinux2014_aarch64.whl"), FileKind::Wheel);
        assert!(FileKind::PureWheel < FileKind::LinuxWheel && FileKind::LinuxWheel < FileKind::Wheel);
    }
}
