//! Which npm registry a package comes from, and with which credential: as npm is configured on this machine.
//!
//! The `.npmrc` of the current folder may belong to somebody else, so it can name registries, but no credentials, and no
//! variables of the environment are put into it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::text::file;

/// The registry of everybody.
const DEFAULT: &str = "https://registry.npmjs.org/";

/// The configuration of npm: keys and values.
#[derive(Debug, Clone, Default)]
pub(crate) struct NpmConfig(BTreeMap<String, String>);

impl NpmConfig {
    /// The configuration of this machine, user and folder.
    pub(crate) fn load() -> Self {
        let variable = |name: &str| {
            let found = std::env::vars().find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
            found.map(|(_, value)| value)
        };
        let home = std::env::home_dir();
        let user = variable("npm_config_userconfig").map(PathBuf::from);
        let user = user.or_else(|| home.map(|home| home.join(".npmrc")));
        let global = variable("npm_config_globalconfig").map(PathBuf::from);
        let global = global.or_else(|| which::which("npm").ok()?.parent()?.parent().map(|at| at.join("etc/npmrc")));
        let mut config = Self::default();
        for path in [global, user].into_iter().flatten() {
            config.read(&path, true);
        }
        config.read(Path::new(".npmrc"), false);
        for key in ["registry", "cache"] {
            if let Some(value) = variable(&format!("npm_config_{key}")) {
                config.0.insert(key.into(), value);
            }
        }
        config
    }

    fn read(&mut self, path: &Path, is_own: bool) {
        let Ok(text) = file::read_text(path) else { return };
        self.add(&text, is_own, &|name| std::env::var(name).ok());
    }

    /// Adds the lines of a configuration. Only the user's own may hold credentials and variables.
    fn add(&mut self, text: &str, is_own: bool, variable: &dyn Fn(&str) -> Option<String>) {
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim().trim_matches('"'));
            let is_registry = key == "registry" || key.ends_with(":registry");
            if is_own {
                self.0.insert(key.to_owned(), expanded(value, variable));
            } else if is_registry && !value.contains("${") {
                self.0.insert(key.to_owned(), value.to_owned());
            }
        }
    }

    /// The registry of the package `name`.
    pub(crate) fn registry(&self, name: &str) -> Option<Url> {
        let scope = name.split_once('/').map(|(scope, _)| format!("{scope}:registry"));
        let found = scope.and_then(|scope| self.0.get(&scope)).or_else(|| self.0.get("registry"));
        let address = found.map_or(DEFAULT, String::as_str);
        Url::parse(&format!("{}/", address.trim_end_matches('/'))).ok()
    }

    /// Where the registry describes the package `name`.
    pub(crate) fn description(&self, name: &str) -> Option<Url> {
        self.registry(name)?.join(&name.replace('/', "%2f")).ok()
    }

    /// The folder of npm's cache.
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        let configured = self.0.get("cache").filter(|path| !path.is_empty());
        let home = std::env::home_dir();
        let folder = match configured {
            Some(path) => match path.strip_prefix("~/") {
                Some(below) => home?.join(below),
                None => PathBuf::from(path),
            },
            None if cfg!(windows) => PathBuf::from(std::env::var_os("LOCALAPPDATA")?).join("npm-cache"),
            None => home?.join(".npm"),
        };
        Some(folder.join("_cacache"))
    }

    /// The header that authorizes a request to `url`: of the longest configured address that it lies below.
    pub(crate) fn authorization(&self, url: &Url) -> Option<String> {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        let mut place = format!("//{}{port}{}", url.host_str()?, url.path());
        loop {
            let get = |key: &str| self.0.get(&format!("{place}:{key}")).filter(|value| !value.is_empty());
            if let Some(token) = get("_authToken") {
                return Some(format!("Bearer {token}"));
            }
            if let Some(pair) = get("_auth") {
                return Some(format!("Basic {pair}"));
            }
            if let (Some(user), Some(password)) = (get("username"), get("_password")) {
                let password = STANDARD.decode(password).ok()?;
                let pair = [user.as_bytes(), b":", &password].concat();
                return Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            // Its keys are written with and without the last slash.
            if place.pop()? != '/' {
                place.truncate(place.rfind('/')? + 1);
            }
            if place.len() <= 2 {
                return None;
            }
        }
    }
}

/// `value` with `${NAME}` replaced by the variable. One that is not set stays as it is.
fn expanded(value: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut text, mut rest) = (String::new(), value);
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((name, end)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        match variable(name.trim_end_matches('?')) {
            Some(value) => text.push_str(&value),
            None => text.push_str(&format!("${{{name}}}")),
        }
        rest = end;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str, is_own: bool) -> NpmConfig {
        let mut config = NpmConfig::default();
        config.add(text, is_own, &|name| (name == "TOKEN").then(|| "t0k".into()));
        config
    }

    #[test]
    fn a_scope_has_its_own_registry_and_a_credential_its_own_host() {
        let own = "registry=https://a.example\n@acme:registry=https://b.example/npm/\n# x\n\
                   //b.example/npm/:_authToken=${TOKEN}\n//c.example/:_auth = \"dTpw\"\n";
        let config = config(own, true);
        let registry = |name| config.registry(name).unwrap().to_string();
        assert_eq!(registry("shop"), "https://a.example/");
        assert_eq!(registry("@acme/shop"), "https://b.example/npm/");
        let sent = |url| config.authorization(&Url::parse(url).unwrap());
        assert_eq!(sent("https://b.example/npm/@acme%2fshop").as_deref(), Some("Bearer t0k"));
        assert_eq!(sent("https://c.example/x/y.tgz").as_deref(), Some("Basic dTpw"));
        for other in ["https://b.example/other/x", "https://b.example.evil.example/npm/x", "https://a.example/shop"] {
            assert_eq!(sent(other), None, "{other}");
        }
    }

    #[test]
    fn the_file_of_a_folder_names_registries_and_no_credentials() {
        let config = config(
            "registry=https://a.example/${TOKEN}\n@x:registry=https://x.example\n//x.example/:_authToken=t\n",
            false,
        );
        assert_eq!(config.registry("shop").unwrap().as_str(), DEFAULT);
        assert_eq!(config.registry("@x/shop").unwrap().as_str(), "https://x.example/");
        assert_eq!(config.authorization(&Url::parse("https://x.example/y").unwrap()), None);
    }
}
