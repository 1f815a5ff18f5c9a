//! What a started server gets besides what its entry sets: variables of our environment and of the command line, and the
//! user's home. Words of its command may use them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::influence::changes_what_runs;
use crate::source::secret;

/// What programs read in the user's home, whatever project they start in: settings that name programs or packages.
const HOME_SETTINGS: [&str; 50] = [
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".bash_logout",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".config/fish/config.fish",
    ".config/fish/conf.d",
    ".pam_environment",
    ".config/environment.d",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".bunfig.toml",
    ".config/pnpm",
    ".node_modules",
    ".node_libraries",
    ".gitconfig",
    ".config/git",
    ".pip",
    ".config/pip",
    ".config/uv",
    ".pydistutils.cfg",
    ".pythonrc",
    ".condarc",
    ".config/pypoetry",
    ".config/hatch",
    ".config/pdm",
    ".cargo/config",
    ".cargo/config.toml",
    ".rustup/settings.toml",
    ".m2/settings.xml",
    ".m2/extensions.xml",
    ".gradle/gradle.properties",
    ".gradle/init.gradle",
    ".gradle/init.gradle.kts",
    ".gradle/init.d",
    ".nuget/NuGet",
    ".gemrc",
    ".bundle/config",
    ".config/composer",
    ".config/go",
    ".tool-versions",
    ".asdfrc",
    ".config/mise",
    ".docker/config.json",
    ".makerc",
];
/// The folder below which Python looks for packages of the user: `python3.12/site-packages`.
const PACKAGES_OF_USER: &str = ".local/lib";

/// Variables of a session on this machine, which another session has otherwise.
const OF_SESSION: [&str; 9] = [
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "XDG_RUNTIME_DIR",
    "XDG_SEAT",
    "XDG_VTNR",
    "XDG_CURRENT_DESKTOP",
];

/// What a started server gets besides what its entry sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// All variables that do not lead to a folder that is thrown away, by name.
    pub(crate) variables: BTreeMap<String, String>,
    /// The names of those that the command line or `mcp-scan.yaml` gives.
    pub(crate) named: BTreeSet<String>,
    /// The user's home, if the server gets it.
    pub(crate) home: Option<PathBuf>,
}

impl Given {
    /// The variables that the command line or `mcp-scan.yaml` gives and that change what runs. Their values are a part of
    /// an agreement, but for secrets, which may be renewed.
    pub(super) fn influential(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_of_session = |name: &str| OF_SESSION.contains(&name) || name.starts_with("XDG_SESSION_");
        let named = self.named.iter().filter(move |name| changes_what_runs(name) && !is_of_session(name));
        named.filter_map(|name| Some((name.as_str(), self.variables.get(name)?.as_str())))
    }

    /// The text for such a variable in the digest of an agreement.
    pub(super) fn counted(name: &str, value: &str) -> String {
        if secret::is_secret(name, value) { "given".into() } else { format!("given: {value}") }
    }

    /// The settings in the user's home that exist, if the server gets it.
    pub(super) fn home_settings(&self) -> Vec<PathBuf> {
        let Some(home) = &self.home else { return Vec::new() };
        let packages = std::fs::read_dir(home.join(PACKAGES_OF_USER)).into_iter().flatten().flatten();
        let packages = packages.map(|version| version.path().join("site-packages"));
        HOME_SETTINGS.iter().map(|name| home.join(name)).chain(packages).filter(|path| path.exists()).collect()
    }

    /// `~/x` and `x` in the home that the server gets.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(path.strip_prefix("~/")?))
    }
}
