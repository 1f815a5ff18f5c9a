//! What a started server gets besides what its entry sets: variables of our environment and of the command line, and the
//! user's home. Words of its command may use them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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

/// Homes of runtimes that a server gets, by variable, each with the settings there that decide what runs: their variable,
/// and their paths below it.
const RUNTIME_SETTINGS: [(&str, &str, &[&str]); 5] = [
    ("CARGO_HOME", "CARGO_HOME", &["config", "config.toml"]),
    ("CARGO_HOME", "RUSTUP_HOME", &["settings.toml"]),
    ("NVM_DIR", "NVM_DIR", &["alias"]),
    ("FNM_DIR", "FNM_DIR", &["aliases"]),
    ("VOLTA_HOME", "VOLTA_HOME", &["tools/user/platform.json"]),
];
/// Settings in the folder `etc` beside the `bin` of a program.
const BESIDE_BIN: [&str; 3] = ["npmrc", "gitconfig", "pip.conf"];

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

    /// The existing settings that decide what the program at `place` runs.
    pub(super) fn settings_of(&self, place: &Path) -> Vec<PathBuf> {
        let home = |name: &str| self.variables.get(name).map(PathBuf::from);
        let is_in =
            |name: &str| home(name).and_then(|home| home.canonicalize().ok()).is_some_and(|it| place.starts_with(it));
        let of_runtime = RUNTIME_SETTINGS.iter().filter(|(runtime, ..)| is_in(runtime));
        let of_runtime = of_runtime.flat_map(|(_, variable, names)| {
            home(variable).into_iter().flat_map(move |home| names.iter().map(move |name| home.join(name)))
        });
        let prefix = place.parent().filter(|bin| bin.ends_with("bin")).and_then(Path::parent);
        let beside = prefix.into_iter().flat_map(|prefix| BESIDE_BIN.iter().map(|name| prefix.join("etc").join(name)));
        of_runtime.chain(beside).filter(|path| path.exists()).collect()
    }

    /// `~/x` and `x` in the home that the server gets.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(path.strip_prefix("~/")?))
    }
}
