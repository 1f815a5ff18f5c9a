//! The environment of a started server. What it gets of ours is listed here and nowhere else; `--env`, `--pass-env` and
//! `--inherit-env` add to it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::containment::Containment;

/// What every server gets of our environment, by reason. A name that ends in `*` stands for all that begin so.
const PASSED: [(&str, &[&str]); 7] = [
    ("where programs are", &["PATH", "PATHEXT", "JAVA_HOME", "DOTNET_ROOT", "GOROOT", "DOCKER_HOST"]),
    ("language, time and the user's name", &["LANG", "LANGUAGE", "LC_*", "TZ", "USER", "LOGNAME", "USERNAME"]),
    ("proxies", &["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]),
    (
        "certificates",
        &[
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "NIX_SSL_CERT_FILE",
            "NODE_EXTRA_CA_CERTS",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "PIP_CERT",
            "UV_NATIVE_TLS",
            "UV_SYSTEM_CERTS",
            "NPM_CONFIG_CAFILE",
            "CARGO_HTTP_CAINFO",
            "DENO_CERT",
            "DENO_TLS_CA_STORE",
            "GIT_SSL_CAINFO",
        ],
    ),
    (
        "where packages come from",
        &[
            "NPM_CONFIG_REGISTRY",
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
            "PIP_FIND_LINKS",
            "UV_INDEX",
            "UV_INDEX_URL",
            "UV_DEFAULT_INDEX",
            "UV_EXTRA_INDEX_URL",
            "UV_FIND_LINKS",
            "GOPROXY",
            "GOSUMDB",
        ],
    ),
    ("quiet package managers", &["PIP_DISABLE_PIP_VERSION_CHECK", "NO_UPDATE_NOTIFIER", "CI"]),
    (
        "what no program of Windows runs without",
        &[
            "SystemRoot",
            "SystemDrive",
            "windir",
            "ComSpec",
            "OS",
            "ProgramData",
            "ProgramFiles*",
            "CommonProgramFiles*",
            "NUMBER_OF_PROCESSORS",
            "PROCESSOR_ARCHITECTURE",
        ],
    ),
];

/// A folder below the user's home that stays reachable through its variable when the home is a throw-away one.
struct Kept {
    variable: &'static str,
    /// Where it is when the variable is not set, below the home: on Linux, macOS and Windows.
    places: [&'static str; 3],
}

const fn kept(variable: &'static str, linux: &'static str, macos: &'static str, windows: &'static str) -> Kept {
    Kept { variable, places: [linux, macos, windows] }
}

/// The caches of package managers: without them every start downloads everything.
const CACHES: [Kept; 9] = [
    kept("YARN_CACHE_FOLDER", ".cache/yarn", "Library/Caches/Yarn", "AppData/Local/Yarn/Cache"),
    kept("npm_config_cache", ".npm", ".npm", "AppData/Local/npm-cache"),
    kept("UV_CACHE_DIR", ".cache/uv", ".cache/uv", "AppData/Local/uv/cache"),
    kept("PIP_CACHE_DIR", ".cache/pip", "Library/Caches/pip", "AppData/Local/pip/Cache"),
    kept("DENO_DIR", ".cache/deno", "Library/Caches/deno", "AppData/Local/deno"),
    kept("BUN_INSTALL_CACHE_DIR", ".bun/install/cache", ".bun/install/cache", ".bun/install/cache"),
    kept("GOMODCACHE", "go/pkg/mod", "go/pkg/mod", "go/pkg/mod"),
    kept("GOCACHE", ".cache/go-build", "Library/Caches/go-build", "AppData/Local/go-build"),
    kept("NUGET_PACKAGES", ".nuget/packages", ".nuget/packages", ".nuget/packages"),
];

/// What runs programs, where it is installed below the home: without it, they do not start. Cargo's home holds programs
/// and credentials beside its cache, so that it is not one to be written into.
const RUNTIMES: [Kept; 10] = [
    kept("CARGO_HOME", ".cargo", ".cargo", ".cargo"),
    kept("RUSTUP_HOME", ".rustup", ".rustup", ".rustup"),
    kept("PYENV_ROOT", ".pyenv", ".pyenv", ".pyenv/pyenv-win"),
    kept("RBENV_ROOT", ".rbenv", ".rbenv", ".rbenv"),
    kept("NVM_DIR", ".nvm", ".nvm", "AppData/Roaming/nvm"),
    kept("FNM_DIR", ".local/share/fnm", "Library/Application Support/fnm", "AppData/Roaming/fnm"),
    kept("VOLTA_HOME", ".volta", ".volta", "AppData/Local/Volta"),
    kept("ASDF_DATA_DIR", ".asdf", ".asdf", ".asdf"),
    kept("MISE_DATA_DIR", ".local/share/mise", ".local/share/mise", "AppData/Local/mise"),
    kept("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", ".local/share/uv/python", "AppData/Roaming/uv/python"),
];

/// The variables that lead into the home, and where they lead below it.
const HOME: [(&str, &str); 8] = [
    ("HOME", ""),
    ("USERPROFILE", ""),
    ("APPDATA", "AppData/Roaming"),
    ("LOCALAPPDATA", "AppData/Local"),
    // Package managers have caches of their own; the rest is browsers' pages and pictures of files.
    ("XDG_CACHE_HOME", ".cache"),
    ("XDG_CONFIG_HOME", ".config"),
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_STATE_HOME", ".local/state"),
];

/// The variables that lead to the place for temporary files.
const TEMPORARY: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];

/// What tells package managers that there is no network, so that they take what they have.
const OFFLINE: [(&str, &str); 4] =
    [("npm_config_offline", "true"), ("UV_OFFLINE", "1"), ("PIP_NO_INDEX", "1"), ("CARGO_NET_OFFLINE", "true")];

/// Variables and their values, in the order of their names.
pub(crate) type Variables = BTreeMap<OsString, OsString>;

/// A variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable {0} is to be passed on, but it is not set here")]
pub(crate) struct UnsetVariable(pub String);

/// What a server gets of `ours`, our own environment.
pub(crate) fn of_ours(ours: &Variables, containment: &Containment) -> Result<Variables, UnsetVariable> {
    let mut given = ours.clone();
    if !containment.inherit_env {
        given.retain(|name, _| is_passed(name));
    }
    given.extend(named(ours, &containment.pass_env)?);
    if containment.offline {
        given.extend(OFFLINE.map(|(name, value)| (name.into(), value.into())));
    }
    Ok(given)
}

/// The variables of `ours` with these names.
pub(crate) fn named(ours: &Variables, names: &[String]) -> Result<Variables, UnsetVariable> {
    let value = |name: &String| ours.get(OsStr::new(name)).cloned().ok_or_else(|| UnsetVariable(name.clone()));
    names.iter().map(|name| Ok((name.into(), value(name)?))).collect()
}

/// True for a name of [`PASSED`], in upper or lower case.
fn is_passed(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    PASSED.iter().flat_map(|(_, names)| *names).any(|passed| match passed.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(passed),
    })
}

/// Where the package caches of a started server are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caches {
    /// The user's own, where there are any yet or not.
    Shared,
    /// The user's own, where they hold anything: what the server changes in them is thrown away.
    Layered,
    /// In the throw-away home.
    Fresh,
}

/// Leads `given` into the throw-away `home`, and to `temporary` for temporary files; what is kept of the user's own
/// home, `real`, stays reachable. Gives what is kept: caches, then programs.
pub(crate) fn lead_home(
    given: &mut Variables,
    ours: &Variables,
    real: Option<&Path>,
    (home, temporary): (&Path, &Path),
    caches: Caches,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    given.extend(HOME.map(|(name, below)| (name.into(), home.join(below).into())));
    given.extend(TEMPORARY.map(|name| (name.into(), temporary.into())));
    let is_kept = |folder: &PathBuf| match caches {
        Caches::Shared => true,
        Caches::Layered => std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()),
        Caches::Fresh => false,
    };
    let mut keep = |kept: &[Kept], is_kept: &dyn Fn(&PathBuf) -> bool| {
        let found = kept.iter().filter_map(|kept| Some((kept.variable, place(kept, ours, real)?)));
        let found: Vec<_> = found.filter(|(_, folder)| is_kept(folder)).collect();
        given.extend(found.iter().map(|(variable, folder)| ((*variable).into(), folder.into())));
        found.into_iter().map(|(_, folder)| folder).collect::<Vec<_>>()
    };
    (keep(&CACHES, &is_kept), keep(&RUNTIMES, &|folder| folder.is_dir()))
}

/// The package caches and the programs of the user's own home, where there are any.
pub(crate) fn kept_folders(ours: &Variables, real: Option<&Path>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let there = |kept: &[Kept]| {
        let places = kept.iter().filter_map(|kept| place(kept, ours, real));
        places.filter(|folder| folder.is_dir()).collect()
    };
    (there(&CACHES), there(&RUNTIMES))
}

fn place(kept: &Kept, ours: &Variables, real: Option<&Path>) -> Option<PathBuf> {
    match ours.get(OsStr::new(kept.variable)).filter(|value| !value.is_empty()) {
        Some(value) => Some(value.into()),
        None => Some(real?.join(kept.places[system()])),
    }
}

/// The files and folders that the variables of [`PASSED`] name: programs and certificates.
pub(crate) fn named_folders(ours: &Variables) -> Vec<PathBuf> {
    let passed = ours.iter().filter(|(name, _)| is_passed(name));
    let paths = passed.flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>());
    paths.filter(|path| path.is_absolute()).collect()
}

/// Which of [`Kept::places`] is ours.
const fn system() -> usize {
    if cfg!(windows) {
        2
    } else if cfg!(target_os = "macos") {
        1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn names(variables: &Variables) -> Vec<&str> {
        variables.keys().filter_map(|name| name.to_str()).collect()
    }

    #[test]
    fn little_is_passed_unless_it_is_asked_for() {
        let ours = variables(&[
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("LCD", "x"),
            ("LC_ALL", "C"),
            ("PATH", "/bin"),
            ("SSH_AUTH_SOCK", "x"),
            ("TERM", "xterm"),
            ("https_proxy", "x"),
            ("npm_config_registry", "x"),
        ]);
        let few = Containment::default();
        assert_eq!(names(&of_ours(&ours, &few).unwrap()), ["LC_ALL", "PATH", "https_proxy", "npm_config_registry"]);
        let one = Containment { pass_env: vec!["TERM".into()], ..few.clone() };
        assert!(names(&of_ours(&ours, &one).unwrap()).contains(&"TERM"));
        let all = Containment { inherit_env: true, ..few.clone() };
        assert_eq!(of_ours(&ours, &all).unwrap(), ours);
        let missing = Containment { pass_env: vec!["NOT_THERE".into()], ..few };
        assert_eq!(of_ours(&ours, &missing).unwrap_err(), UnsetVariable("NOT_THERE".into()));
    }

    #[test]
    fn the_home_is_thrown_away_and_the_caches_are_not() {
        let real = tempfile::tempdir().unwrap();
        std::fs::create_dir(real.path().join(".rustup")).unwrap();
        let ours = variables(&[("UV_CACHE_DIR", "/elsewhere/uv")]);
        let mut given = Variables::new();
        let places = (Path::new("/tmp/h"), Path::new("/tmp/t"));
        let (caches, programs) = lead_home(&mut given, &ours, Some(real.path()), places, Caches::Shared);
        let at = |name: &str| given.get(OsStr::new(name)).map(PathBuf::from);
        assert_eq!((at("HOME"), at("TMPDIR")), (Some("/tmp/h/".into()), Some("/tmp/t".into())));
        assert_eq!(at("UV_CACHE_DIR"), Some("/elsewhere/uv".into()));
        assert_eq!(at("RUSTUP_HOME"), Some(real.path().join(".rustup")));
        assert_eq!(at("NVM_DIR"), None, "not installed");
        assert!(cfg!(windows) || caches.contains(&real.path().join(".npm")));
        assert!(at("npm_config_cache").unwrap().starts_with(real.path()));
        assert_eq!(programs, [real.path().join(".rustup")]);
        let mut given = Variables::new();
        let (caches, _) = lead_home(&mut given, &ours, Some(real.path()), places, Caches::Layered);
        assert_eq!((caches, given.get(OsStr::new("npm_config_cache"))), (vec![], None), "there are none yet");
    }
}
