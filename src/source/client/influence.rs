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
