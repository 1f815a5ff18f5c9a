//! Environment variables that change what a command runs: which programs and libraries are found, which code an
//! interpreter loads first, where packages come from.

/// The names of these variables, without regard to case (npm reads its variables in either case). A trailing `*`
/// matches any suffix.
const INFLUENTIAL: [&str; 87] = [
    // Programs, libraries, shells.
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "PSMODULEPATH",
    "LD_*",
    "DYLD_*",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "MALLOC_*",
    "SHELL",
    "SHELLOPTS",
    "BASHOPTS",
    "BASH_*",
    "ENV",
    "ZDOTDIR",
    "IFS",
    "CDPATH",
    "PS4",
    "PROMPT_COMMAND",
    "MAKEFILES",
    "MAKEFLAGS",
    "GNUMAKEFLAGS",
    "AWKPATH",
    // Settings folders.
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "XDG_*",
    "TMPDIR",
    "TMP",
    "TEMP",
    // Programs that other programs start.
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "GIT_*",
    "SSH_*",
    "DOCKER_*",
    "KUBECONFIG",
    // Interpreters, runtimes and their package managers.
    "NODE_*",
    "NPM_*",
    "PREFIX",
    "NVM_*",
    "FNM_*",
    "VOLTA_*",
    "MISE_*",
    "ASDF_*",
    "PYENV_*",
    "RBENV_*",
    "JSR_URL",
    "YARN_*",
    "PNPM_*",
    "COREPACK_*",
    "BUN_*",
    "DENO_*",
    "ELECTRON_*",
    "PYTHON*",
    "PIP_*",
    "UV_*",
    "PIPX_*",
    "POETRY_*",
    "CONDA_*",
    "VIRTUAL_ENV",
    "RUBY*",
    "GEM_*",
    "BUNDLE_*",
    "PERL*",
    "PHP*",
    "LUA_*",
    "JULIA_*",
    "R_*",
    "JAVA_*",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "MAVEN_*",
    "GRADLE_*",
    "DOTNET_*",
    "CORECLR_*",
    "COMPLUS_*",
    "GO*",
    "CARGO_*",
    "RUST*",
    // Network destinations and trusted certificates.
    "OPENSSL_*",
    "SSL_*",
];

/// Variables by which package managers find packages. A server gets them from our environment.
pub(in crate::source) const PACKAGE_SOURCES: [&str; 11] = [
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
];

/// Variables of our environment by which a server's traffic goes another way, or by which it trusts others.
pub(in crate::source) const PROXIES: [&str; 4] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
pub(in crate::source) const CERTIFICATES: [&str; 14] = [
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
];
/// The variable that says on which machine containers run.
const CONTAINERS: &str = "DOCKER_HOST";

/// Variables of our environment that lead to an installation whose programs a server starts.
pub(super) const INSTALLATIONS: [&str; 3] = ["JAVA_HOME", "DOTNET_ROOT", "GOROOT"];

/// Suffixes of such names.
const INFLUENTIAL_ENDINGS: [&str; 8] =
    ["_PROXY", "_CA_BUNDLE", "_INDEX_URL", "_OPTIONS", "_REGISTRY", "_INDEX", "_MIRROR", "_DOWNLOAD_HOST"];

/// Those that do not change which package a package manager runs, nor its code.
const HARMLESS_TO_PACKAGES: [&str; 39] = [
    "CDPATH",
    "PS4",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "TMPDIR",
    "TMP",
    "TEMP",
    "GIT_*",
    "SSH_*",
    "DOCKER_*",
    "KUBECONFIG",
    "JAVA_*",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "MAVEN_*",
    "GRADLE_*",
    "R_*",
    "NODE_ENV",
    "NODE_NO_WARNINGS",
    "NPM_CONFIG_LOGLEVEL",
    "NPM_CONFIG_YES",
    "NPM_CONFIG_UPDATE_NOTIFIER",
    "NPM_CONFIG_FUND",
    "NPM_CONFIG_AUDIT",
    "NPM_CONFIG_PROGRESS",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_INPUT",
    "PIP_QUIET",
    "UV_NO_PROGRESS",
    "UV_HTTP_TIMEOUT",
    "PYTHONUNBUFFERED",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "PYTHONDONTWRITEBYTECODE",
    "DOTNET_*",
];

/// Variables that name a folder of packages. A file that is added there changes nothing that a command runs.
const FOLDERS_OF_PACKAGES: [&str; 2] = ["PIP_FIND_LINKS", "UV_FIND_LINKS"];

/// Programs that find the packages of one language, each with the starts of the variables above that they read. Others may
/// start any package manager.
const LANGUAGES: [(&[&str], &[&str]); 4] = [
    (&["node", "npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx", "deno", "tsx", "corepack"], &["NPM_"]),
    (&["python", "pypy", "pip", "pipx", "uv", "uvx", "poetry", "pdm", "hatch"], &["PIP_", "UV_"]),
    (&["go"], &["GO"]),
    (&["docker", "podman", "java", "dotnet", "ruby", "php", "perl", "lua", "cargo"], &[]),
];

/// The variables of our environment by which the package managers that `program` may start find packages, without names and
/// passwords in addresses.
pub(super) fn package_sources(program: &str) -> impl Iterator<Item = (String, String)> {
    ours(|name| PACKAGE_SOURCES.contains(&name) && is_read_by(program, name))
}

/// True if `program` may start a package manager that reads the variable `name`.
fn is_read_by(program: &str, name: &str) -> bool {
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    let program = program.strip_suffix(".exe").or_else(|| program.strip_suffix(".cmd")).unwrap_or(&program);
    let unversioned = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let language = LANGUAGES.iter().find(|(programs, _)| programs.contains(&unversioned));
    language.is_none_or(|(_, starts)| starts.iter().any(|start| name.starts_with(start)))
}

/// True for a variable of our environment whose value counts, and not what stands in the folder that it names.
pub(super) fn names_packages(name: &str) -> bool {
    FOLDERS_OF_PACKAGES.contains(&name.to_ascii_uppercase().as_str())
}

/// The variables of our environment that tell where traffic goes and whom it trusts, without names and passwords in
/// addresses.
pub(super) fn routes() -> impl Iterator<Item = (String, String)> {
    ours(|name| PROXIES.contains(&name) || CERTIFICATES.contains(&name) || name == CONTAINERS)
}

fn ours(is_named: impl Fn(&str) -> bool) -> impl Iterator<Item = (String, String)> {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let named = ours.filter(move |(name, value)| is_named(&name.to_ascii_uppercase()) && !value.is_empty());
    named.map(|(name, value)| (name, without_users(&value.to_string_lossy())))
}

fn without_users(addresses: &str) -> String {
    let mut pieces = addresses.split("://");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let host_end = piece.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(piece.len());
        let (host, rest) = piece.split_at(host_end);
        kept.push_str("://");
        kept.push_str(host.rsplit('@').next().unwrap_or(host));
        kept.push_str(rest);
    }
    kept
}

/// True if the variable `name` can change what a command runs or where its traffic goes.
pub(crate) fn changes_what_runs(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    fits_any(&INFLUENTIAL, &name) || INFLUENTIAL_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// True if the variable `name` with this value can make a package manager run something else than the package that
/// the public registry has under the name in the command.
pub(crate) fn replaces_packages(name: &str, value: &str) -> bool {
    let sizes_memory = |option: &str| option.starts_with("--max-");
    let is_size = name.eq_ignore_ascii_case("NODE_OPTIONS") && value.split_whitespace().all(sizes_memory);
    changes_what_runs(name) && !is_size && !fits_any(&HARMLESS_TO_PACKAGES, &name.to_ascii_uppercase())
}

fn fits_any(known: &[&str], name: &str) -> bool {
    known.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_of_a_registry_is_left_out() {
        let addresses = "https://aws:p@ss@a.example/x https://b.example/@y http://u@c.example";
        assert_eq!(without_users(addresses), "https://a.example/x https://b.example/@y http://c.example");
    }

    #[test]
    fn a_source_of_packages_counts_for_programs_that_read_it() {
        let reads = ["NPM_CONFIG_REGISTRY", "PIP_INDEX_URL", "UV_FIND_LINKS", "GOPROXY"];
        for (program, read) in [
            ("npx", [true, false, false, false]),
            ("/opt/node/bin/node", [true, false, false, false]),
            ("python3.12", [false, true, true, false]),
            ("uvx", [false, true, true, false]),
            ("C:\\Go\\bin\\go.exe", [false, false, false, true]),
            ("docker", [false; 4]),
            ("sh", [true; 4]),
            ("./run", [true; 4]),
        ] {
            assert_eq!(reads.map(|name| is_read_by(program, name)), read, "{program}");
        }
    }

    #[test]
    fn they_are_known_by_name() {
        let influential = [
            "NODE_OPTIONS",
            "PATH",
            "Path",
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "DYLD_INSERT_LIBRARIES",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "JAVA_TOOL_OPTIONS",
            "_JAVA_OPTIONS",
            "BASH_ENV",
            "ENV",
            "RUBYOPT",
            "PERL5OPT",
            "GIT_SSH_COMMAND",
            "npm_config_registry",
            "npm_config_@acme:registry",
            "NPM_CONFIG_USERCONFIG",
            "UV_INDEX",
            "UV_DEFAULT_INDEX",
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
            "YARN_NPM_REGISTRY_SERVER",
            "BUN_CONFIG_REGISTRY",
            "ACME_REGISTRY",
            "https_proxy",
            "REQUESTS_CA_BUNDLE",
        ];
        for name in influential {
            assert!(changes_what_runs(name), "{name}");
        }
        for name in ["SHOP_KEY", "API_TOKEN", "REGION", "MODE", "ENVIRONMENT", "HOMEPAGE"] {
            assert!(!changes_what_runs(name), "{name}");
        }
        for (name, value) in [
            ("npm_config_registry", "https://r.example"),
            ("UV_DEFAULT_INDEX", "https://r.example"),
            ("PIP_EXTRA_INDEX_URL", "https://r.example"),
            ("HOME", "/p"),
            ("PATH", "/p"),
            ("NODE_OPTIONS", "--max-old-space-size=100 --require ./a.js"),
        ] {
            assert!(replaces_packages(name, value), "{name}");
        }
        let harmless = [("NODE_OPTIONS", "--max-old-space-size=4096"), ("NODE_ENV", "production"), ("SHOP_KEY", "x")];
        for (name, value) in harmless {
            assert!(!replaces_packages(name, value), "{name}");
        }
    }
}
