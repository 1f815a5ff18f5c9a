//! The environment variables that change what a command runs: which programs and libraries are found, which code an
//! interpreter loads first, where packages come from.

/// Their names; one that ends in `*` stands for every name that begins so. Case does not count: npm reads its variables in
/// either.
const INFLUENTIAL: [&str; 74] = [
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
    // Where programs look for their settings.
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "XDG_*",
    "TMPDIR",
    "TMP",
    "TEMP",
    // Programs that others start.
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
    // Where its traffic goes, and whom it trusts.
    "OPENSSL_*",
    "SSL_*",
];

/// Endings of such names.
const INFLUENTIAL_ENDINGS: [&str; 4] = ["_PROXY", "_CA_BUNDLE", "_INDEX_URL", "_OPTIONS"];

/// True when the variable `name` can change what a command runs or where its traffic goes.
pub(crate) fn changes_what_runs(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let fits = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == known,
    };
    INFLUENTIAL.iter().any(|known| fits(known)) || INFLUENTIAL_ENDINGS.iter().any(|ending| name.ends_with(ending))
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
            "https_proxy",
            "REQUESTS_CA_BUNDLE",
        ];
        for name in influential {
            assert!(changes_what_runs(name), "{name}");
        }
        for name in ["SHOP_KEY", "API_TOKEN", "REGION", "MODE", "ENVIRONMENT", "HOMEPAGE"] {
            assert!(!changes_what_runs(name), "{name}");
        }
    }
}
