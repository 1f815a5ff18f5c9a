//! Which indexes a Python package comes from, as pip and uv are configured on this machine.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::text::file;

/// The index of everybody.
const DEFAULT: &str = "https://pypi.org/simple/";

/// A package index, its credential apart from its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) url: Url,
    authorization: Option<String>,
}

impl Index {
    fn parse(address: &str) -> Option<Self> {
        let mut url = Url::parse(&format!("{}/", address.trim().trim_end_matches('/'))).ok()?;
        let text = |part: &str| percent_decode_str(part).collect::<Vec<u8>>();
        let authorization = (!url.username().is_empty() || url.password().is_some()).then(|| {
            let pair = [text(url.username()), b":".to_vec(), text(url.password().unwrap_or_default())].concat();
            format!("Basic {}", STANDARD.encode(pair))
        });
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(Self { url, authorization })
    }

    /// The header that authorizes a request to `url`, which may be another host.
    pub(crate) fn authorization(&self, url: &Url) -> Option<&str> {
        self.authorization.as_deref().filter(|_| url.origin() == self.url.origin())
    }
}

/// The configured indexes, the main one first.
pub(crate) fn indexes() -> Vec<Index> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut files: Vec<PathBuf> = vec!["/etc/pip.conf".into()];
    if let Some(home) = std::env::home_dir() {
        let config = variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
        files.extend([home.join(".pip/pip.conf"), config.join("pip/pip.conf")]);
    }
    files.extend(variable("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join("pip.conf")));
    files.extend(variable("PIP_CONFIG_FILE").map(PathBuf::from));
    let (mut main, mut extra) = (None, Vec::new());
    for text in files.iter().filter_map(|file| file::read_text(file).ok()) {
        let found = settings(&text);
        main = found.0.or(main);
        extra = if found.1.is_empty() { extra } else { found.1 };
    }
    let set = |names: [&str; 3]| names.into_iter().find_map(variable);
    let main = set(["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"]).or(main);
    if let Some(addresses) = set(["PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"]) {
        extra = addresses.split_whitespace().map(str::to_owned).collect();
    }
    let addresses = std::iter::once(main.unwrap_or_else(|| DEFAULT.into())).chain(extra);
    addresses.filter_map(|address| Index::parse(&address)).collect()
}

/// `index-url` and `extra-index-url` in a configuration of pip.
fn settings(text: &str) -> (Option<String>, Vec<String>) {
    let (mut main, mut extra, mut section, mut in_extra) = (None, Vec::new(), String::new(), false);
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if in_extra && line.starts_with([' ', '\t']) {
            extra.extend(trimmed.split_whitespace().map(str::to_owned));
            continue;
        }
        in_extra = false;
        if let Some(name) = trimmed.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, value)) = trimmed.split_once('=').or_else(|| trimmed.split_once(':'))
            && ["global", "install", "download"].contains(&section.as_str())
        {
            match key.trim().replace('_', "-").as_str() {
                "index-url" => main = Some(value.trim().to_owned()),
                "extra-index-url" => {
                    extra = value.split_whitespace().map(str::to_owned).collect();
                    in_extra = true;
                }
                _ => {}
            }
        }
    }
    (main, extra)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_pip_are_read() {
        let text = "[global]\ntimeout = 5\nindex-url = https://a.example/simple\nextra-index-url =\n  https://b.example/s\n\
                    \thttps://c.example/s\n[freeze]\nindex-url = https://no.example\n";
        let (main, extra) = settings(text);
        assert_eq!(main.as_deref(), Some("https://a.example/simple"));
        assert_eq!(extra, ["https://b.example/s", "https://c.example/s"]);
    }

    #[test]
    fn a_credential_goes_to_its_own_host_only() {
        let index = Index::parse("https://me:p%40ss@pypi.example/simple").unwrap();
        assert_eq!(index.url.as_str(), "https://pypi.example/simple/");
        let sent = |url| index.authorization(&Url::parse(url).unwrap()).map(str::to_owned);
        assert_eq!(sent("https://pypi.example/x.whl"), Some(format!("Basic {}", STANDARD.encode("me:p@ss"))));
        assert_eq!(sent("https://files.example/x.whl"), None);
        assert_eq!(sent("http://pypi.example/x.whl"), None);
    }
}
