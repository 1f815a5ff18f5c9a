//! The environment of a started server. Only the variables listed here are passed on, besides those of `--env`,
//! `--pass-env` and `--inherit-env`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::containment::Containment;
use crate::source::client::Given;
use crate::source::client::influence::{CERTIFICATES, PACKAGE_SOURCES, PROXIES};

/// The variables of our environment that are passed to every server, by reason. A trailing `*` matches any suffix.
const PASSED: [(&str, &[&str]); 7] = [
    ("where programs are", &["PATH", "PATHEXT", "JAVA_HOME", "DOTNET_ROOT", "GOROOT", "DOCKER_HOST"]),
    ("language, time and the user's name", &["LANG", "LANGUAGE", "LC_*", "TZ", "USER", "LOGNAME", "USERNAME"]),
    ("proxies", &PROXIES),
    ("certificates", &CERTIFICATES),
    ("where packages come from", &PACKAGE_SOURCES),
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

/// A folder in the user's home that stays accessible through its variable when the server has a temporary home.
struct SharedFolder {
    variable: &'static str,
    /// Its default path below the home on Linux, macOS and Windows.
    paths: [&'static str; 3],
}

const fn folder(
    variable: &'static str,
    linux: &'static str,
    macos: &'static str,
    windows: &'static str,
) -> SharedFolder {
    SharedFolder { variable, paths: [linux, macos, windows] }
}

/// The caches of package managers. Without them every start downloads all packages.
const CACHES: [SharedFolder; 9] = [
    folder("YARN_CACHE_FOLDER", ".cache/yarn", "Library/Caches/Yarn", "AppData/Local/Yarn/Cache"),
    folder("npm_config_cache", ".npm", ".npm", "AppData/Local/npm-cache"),
    folder("UV_CACHE_DIR", ".cache/uv", ".cache/uv", "AppData/Local/uv/cache"),
    folder("PIP_CACHE_DIR", ".cache/pip", "Library/Caches/pip", "AppData/Local/pip/Cache"),
    folder("DENO_DIR", ".cache/deno", "Library/Caches/deno", "AppData/Local/deno"),
    folder("BUN_INSTALL_CACHE_DIR", ".bun/install/cache", ".bun/install/cache", ".bun/install/cache"),
    folder("GOMODCACHE", "go/pkg/mod", "go/pkg/mod", "go/pkg/mod"),
    folder("GOCACHE", ".cache/go-build", "Library/Caches/go-build", "AppData/Local/go-build"),
    folder("NUGET_PACKAGES", ".nuget/packages", ".nuget/packages", ".nuget/packages"),
];

/// Language runtimes that are installed in the home; without them programs do not start. They are read-only. Cargo's
/// home is listed here and not as a cache, because it also holds programs and credentials.
const RUNTIMES: [SharedFolder; 10] = [
    folder("CARGO_HOME", ".cargo", ".cargo", ".cargo"),
    folder("RUSTUP_HOME", ".rustup", ".rustup", ".rustup"),
    folder("PYENV_ROOT", ".pyenv", ".pyenv", ".pyenv/pyenv-win"),
    folder("RBENV_ROOT", ".rbenv", ".rbenv", ".rbenv"),
    folder("NVM_DIR", ".nvm", ".nvm", "AppData/Roaming/nvm"),
    folder("FNM_DIR", ".local/share/fnm", "Library/Application Support/fnm", "AppData/Roaming/fnm"),
    folder("VOLTA_HOME", ".volta", ".volta", "AppData/Local/Volta"),
    folder("ASDF_DATA_DIR", ".asdf", ".asdf", ".asdf"),
    folder("MISE_DATA_DIR", ".local/share/mise", ".local/share/mise", "AppData/Local/mise"),
    folder("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", ".local/share/uv/python", "AppData/Roaming/uv/python"),
];

/// The variables that point into the home, with the path below it.
const HOME: [(&str, &str); 8] = [
    ("HOME", ""),
    ("USERPROFILE", ""),
    ("APPDATA", "AppData/Roaming"),
    ("LOCALAPPDATA", "AppData/Local"),
    // Package managers have their own caches; the rest of the cache folder is not needed, such as browser pages and
    // thumbnails.
    ("XDG_CACHE_HOME", ".cache"),
    ("XDG_CONFIG_HOME", ".config"),
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_STATE_HOME", ".local/state"),
];

/// The variables that point to the folder for temporary files.
const TEMPORARY: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];

/// Variables that tell package managers to work offline with what they have.
const OFFLINE: [(&str, &str); 4] =
    [("npm_config_offline", "true"), ("UV_OFFLINE", "1"), ("PIP_NO_INDEX", "1"), ("CARGO_NET_OFFLINE", "true")];

/// Environment variables, sorted by name.
pub(crate) type Variables = BTreeMap<OsString, OsString>;

/// A variable to pass on is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable {0} is to be passed on, but it is not set here")]
pub(crate) struct UnsetVariable(pub String);

/// The variables of our environment `ours` that are passed to a server.
pub(crate) fn for_child(ours: &Variables, containment: &Containment) -> Result<Variables, UnsetVariable> {
    let mut child = ours.clone();
    if !containment.inherit_env {
        child.retain(|name, _| is_passed(name));
    }
    child.extend(named_variables(ours, &containment.pass_env)?);
    if containment.offline {
        child.extend(OFFLINE.map(|(name, value)| (name.into(), value.into())));
    }
    Ok(child)
}

/// The variables of `ours` with these names. Fails if one is not set.
pub(crate) fn named_variables(ours: &Variables, names: &[String]) -> Result<Variables, UnsetVariable> {
    let value = |name: &String| ours.get(OsStr::new(name)).cloned().ok_or_else(|| UnsetVariable(name.clone()));
    names.iter().map(|name| Ok((name.into(), value(name)?))).collect()
}

/// True if `name` is in [`PASSED`], ignoring case.
fn is_passed(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    PASSED.iter().flat_map(|(_, names)| *names).any(|passed| match passed.strip_suffix('*') {
        Some(start) => name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => name.eq_ignore_ascii_case(passed),
    })
}

/// Which package caches a started server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caches {
    /// The user's own caches, whether they exist yet or not.
    Shared,
    /// The user's own caches if they exist, with the server's changes discarded.
    Layered,
    /// New caches in the temporary home.
    Fresh,
}

/// Points the variables in `child` to the temporary `home` and to the folder `temporary`. Shared folders of the user's
/// `real` home stay accessible. Returns the shared folders: caches, then programs.
pub(crate) fn redirect_home(
    child: &mut Variables,
    ours: &Variables,
    real: Option<&Path>,
    (home, temporary): (&Path, &Path),
    caches: Caches,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    child.extend(HOME.map(|(name, below)| (name.into(), home.join(below).into())));
    child.extend(TEMPORARY.map(|name| (name.into(), temporary.into())));
    let is_shared = |folder: &PathBuf| match caches {
        Caches::Shared => true,
        Caches::Layered => std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()),
        Caches::Fresh => false,
    };
    let mut keep = |shared: &[SharedFolder], is_shared: &dyn Fn(&PathBuf) -> bool| {
        let found = shared.iter().filter_map(|shared| Some((shared.variable, path_of(shared, ours, real)?)));
        let found: Vec<_> = found.filter(|(_, folder)| is_shared(folder)).collect();
        child.extend(found.iter().map(|(variable, folder)| ((*variable).into(), folder.into())));
        found.into_iter().map(|(_, folder)| folder).collect::<Vec<_>>()
    };
    (keep(&CACHES, &is_shared), keep(&RUNTIMES, &|folder| folder.is_dir()))
}

/// The existing package caches and program folders in the user's home.
pub(crate) fn shared_folders(ours: &Variables, real: Option<&Path>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let there = |shared: &[SharedFolder]| {
        let folders = shared.iter().filter_map(|shared| path_of(shared, ours, real));
        folders.filter(|folder| folder.is_dir()).collect()
    };
    (there(&CACHES), there(&RUNTIMES))
}

fn path_of(shared: &SharedFolder, ours: &Variables, real: Option<&Path>) -> Option<PathBuf> {
    match ours.get(OsStr::new(shared.variable)).filter(|value| !value.is_empty()) {
        Some(value) => Some(value.into()),
        None => Some(real?.join(shared.paths[system()])),
    }
}

/// What a server gets of our environment by these settings, and of `env`, without what leads to folders that are thrown away.
pub(crate) fn given(containment: &Containment, env: &[(String, String)]) -> Given {
    let ours: &Variables = &std::env::vars_os().collect();
    let home = std::env::home_dir().filter(|_| containment.real_home);
    let mut variables = ours.clone();
    variables.retain(|name, _| {
        containment.inherit_env
            || is_passed(name)
            || name.to_str().is_some_and(|name| containment.pass_env.iter().any(|passed| passed == name))
    });
    if containment.real_home {
        variables.extend(home.iter().map(|home| ("HOME".into(), home.into())));
    } else {
        let thrown_away = HOME.iter().map(|(name, _)| *name).chain(TEMPORARY);
        thrown_away.for_each(|name| drop(variables.remove(OsStr::new(name))));
        let real = std::env::home_dir();
        let shared = CACHES.iter().chain(&RUNTIMES);
        let shared = shared.filter_map(|shared| Some((shared.variable, path_of(shared, ours, real.as_deref())?)));
        variables.extend(shared.filter(|(_, path)| path.is_dir()).map(|(name, path)| (name.into(), path.into())));
    }
    let named = containment.pass_env.iter().chain(env.iter().map(|(name, _)| name)).cloned();
    let inherited = variables.keys().filter(|name| containment.inherit_env && !is_passed(name));
    let inherited = inherited.filter_map(|name| name.to_str().map(str::to_owned));
    let named = named.chain(inherited).filter(|name| !HOME.iter().any(|(home, _)| home == name)).collect();
    let variables = variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut variables: BTreeMap<String, String> =
        variables.map(|(name, value)| (name, value.to_string_lossy().into_owned())).collect();
    variables.extend(env.iter().cloned());
    Given { variables, named, home }
}

/// The paths in the variables of [`PASSED`]: programs and certificates.
pub(crate) fn named_folders(ours: &Variables) -> Vec<PathBuf> {
    let passed = ours.iter().filter(|(name, _)| is_passed(name));
    let paths = passed.flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>());
    paths.filter(|path| path.is_absolute()).collect()
}

/// The index of this system in [`SharedFolder::paths`].
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
        assert_eq!(names(&for_child(&ours, &few).unwrap()), ["LC_ALL", "PATH", "https_proxy", "npm_config_registry"]);
        let one = Containment { pass_env: vec!["TERM".into()], ..few.clone() };
        assert!(names(&for_child(&ours, &one).unwrap()).contains(&"TERM"));
        let all = Containment { inherit_env: true, ..few.clone() };
        assert_eq!(for_child(&ours, &all).unwrap(), ours);
        let missing = Containment { pass_env: vec!["NOT_THERE".into()], ..few };
        assert_eq!(for_child(&ours, &missing).unwrap_err(), UnsetVariable("NOT_THERE".into()));
    }

    #[test]
    fn the_home_is_thrown_away_and_the_caches_are_not() {
        let real = tempfile::tempdir().unwrap();
        std::fs::create_dir(real.path().join(".rustup")).unwrap();
        let ours = variables(&[("UV_CACHE_DIR", "/elsewhere/uv")]);
        let mut child = Variables::new();
        let folders = (Path::new("/tmp/h"), Path::new("/tmp/t"));
        let (caches, programs) = redirect_home(&mut child, &ours, Some(real.path()), folders, Caches::Shared);
        let at = |name: &str| child.get(OsStr::new(name)).map(PathBuf::from);
        assert_eq!((at("HOME"), at("TMPDIR")), (Some("/tmp/h/".into()), Some("/tmp/t".into())));
        assert_eq!(at("UV_CACHE_DIR"), Some("/elsewhere/uv".into()));
        assert_eq!(at("RUSTUP_HOME"), Some(real.path().join(".rustup")));
        assert_eq!(at("NVM_DIR"), None, "not installed");
        assert!(cfg!(windows) || caches.contains(&real.path().join(".npm")));
        assert!(at("npm_config_cache").unwrap().starts_with(real.path()));
        assert_eq!(programs, [real.path().join(".rustup")]);
        let mut child = Variables::new();
        let (caches, _) = redirect_home(&mut child, &ours, Some(real.path()), folders, Caches::Layered);
        assert_eq!((caches, child.get(OsStr::new("npm_config_cache"))), (vec![], None), "there are none yet");
    }
}
