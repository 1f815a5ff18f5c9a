//! What programs look for in the folders above the one that they start in: dependencies, and settings that name programs.

use std::path::{Path, PathBuf};

/// The names, each a path below a folder above. They are general conventions of package managers, runtimes and tools.
const NAMES: [&str; 177] = [
    ".git",
    // Node.js, its package managers, and other runtimes of JavaScript.
    "node_modules",
    ".node_modules",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".nvmrc",
    ".node-version",
    ".pnp.cjs",
    ".pnp.js",
    ".pnp.loader.mjs",
    ".pnpmfile.cjs",
    "pnpm-workspace.yaml",
    ".yarnrc",
    ".yarnrc.yml",
    ".yarn/releases",
    ".yarn/plugins",
    "bunfig.toml",
    "bun.lock",
    "deno.json",
    "deno.jsonc",
    "tsconfig.json",
    "jsconfig.json",
    "babel.config.js",
    "babel.config.json",
    ".babelrc",
    ".swcrc",
    // Python.
    "pyproject.toml",
    "uv.toml",
    "uv.lock",
    ".python-version",
    "pyvenv.cfg",
    ".venv",
    "Pipfile",
    "setup.cfg",
    // Managers of versions and environments.
    ".tool-versions",
    "mise.toml",
    ".mise.toml",
    ".mise",
    ".config/mise",
    ".envrc",
    // Rust, Go, Java, .NET, Ruby, PHP, Bazel.
    "Cargo.toml",
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "go.mod",
    "go.work",
    "pom.xml",
    ".mvn",
    "settings.gradle",
    "settings.gradle.kts",
    "global.json",
    "Directory.Build.props",
    "Directory.Build.targets",
    "nuget.config",
    "Gemfile",
    ".bundle",
    "composer.json",
    ".bazelrc",
    "package.yaml",
    "package.json5",
    "pnpm-lock.yaml",
    "yarn.lock",
    ".yarn/cache",
    ".yarn/unplugged",
    ".yarn/patches",
    ".pnpmfile.mjs",
    "bun.lockb",
    "deno.lock",
    "gulpfile.js",
    "Gruntfile.js",
    "nx.json",
    "turbo.json",
    "rush.json",
    "moon.yml",
    ".moon",
    "setup.py",
    "conftest.py",
    "pytest.ini",
    "tox.ini",
    "tasks.py",
    "pixi.toml",
    "poetry.toml",
    "hatch.toml",
    "pdm.toml",
    ".pdm-python",
    "mise.local.toml",
    ".mise.local.toml",
    ".config/mise.toml",
    "mise/config.toml",
    ".rtx.toml",
    ".prototools",
    ".ruby-version",
    ".java-version",
    ".go-version",
    ".sdkmanrc",
    "devbox.json",
    "devenv.nix",
    "flake.nix",
    "shell.nix",
    "Cargo.lock",
    "mvnw",
    "build.gradle",
    "build.gradle.kts",
    "gradle.properties",
    "build.sbt",
    "project/build.properties",
    "NuGet.Config",
    "NuGet.config",
    "Directory.Packages.props",
    "Directory.Build.rsp",
    "Directory.Solution.props",
    "Directory.Solution.targets",
    ".config/dotnet-tools.json",
    "gems.rb",
    "Gemfile.lock",
    "Rakefile",
    "vendor/autoload.php",
    "MODULE.bazel",
    "WORKSPACE",
    "WORKSPACE.bazel",
    ".bazeliskrc",
    "pants.toml",
    "stack.yaml",
    "cabal.project",
    "dune-project",
    "Package.swift",
    "Project.toml",
    "JuliaProject.toml",
    // Tools that run what they find: containers, tasks.
    ".env",
    "compose.yaml",
    "compose.yml",
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
    "justfile",
    "Justfile",
    ".justfile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "Vagrantfile",
    "taskfile.yml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "Taskfile.dist.yaml",
    "JUSTFILE",
    "rakefile",
    "Rakefile.rb",
    "rakefile.rb",
    "invoke.yaml",
    "dodo.py",
    "gulpfile.mjs",
    "gulpfile.cjs",
    "gulpfile.ts",
    "babel.config.cjs",
    "babel.config.mjs",
    "babel.config.ts",
    "babel.config.cts",
    ".babelrc.json",
    ".babelrc.js",
    ".babelrc.cjs",
    ".babelrc.mjs",
    ".pnp.data.json",
    ".corepack.env",
    "dotnet-tools.json",
    "default.nix",
    ".rvmrc",
    ".perl-version",
    ".php-version",
    "rebar.config",
    "mix.exs",
    "Pipfile.lock",
    "poetry.lock",
];

/// The settings of npm, which may hold a token.
const NPM_SETTINGS: &str = ".npmrc";
/// Keys there whose value is a secret, at the end of a name. Who logs in anew changes them and nothing else.
const SECRETS: [&str; 6] = ["_authtoken", "_password", "_auth", "username", "email", "always-auth"];

/// What exists of them in the folders above `root`.
pub(super) fn above(root: &Path) -> Vec<PathBuf> {
    let folders = root.ancestors().skip(1);
    let all = folders.flat_map(|folder| NAMES.iter().map(|name| folder.join(name)));
    all.filter(|path| path.symlink_metadata().is_ok()).collect()
}

/// True for settings that count without their secrets: [`without_secrets`].
pub(super) fn may_hold_secrets(path: &Path) -> bool {
    path.ends_with(NPM_SETTINGS)
}

/// The lines of such settings that are not secrets.
pub(super) fn without_secrets(text: &str) -> String {
    let is_secret = |line: &&str| {
        let key = line.split_once('=').map_or("", |(key, _)| key).trim().to_ascii_lowercase();
        SECRETS.iter().any(|secret| key == *secret || key.ends_with(&format!(":{secret}")))
    };
    text.lines().filter(|line| !is_secret(line)).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_token_changes_nothing_that_counts() {
        let settings =
            |token: &str| format!("registry=https://r.example/\n//r.example/:_authToken={token}\n_auth = {token}\n");
        assert_eq!(without_secrets(&settings("one")), without_secrets(&settings("two")));
        for changed in ["registry=https://s.example/\n", "script-shell=/x/sh\n", "//r.example/:tokenHelper=/x/h\n"] {
            assert_ne!(without_secrets(changed), without_secrets(""), "{changed}");
        }
        assert!(may_hold_secrets(Path::new("/home/me/.npmrc")) && !may_hold_secrets(Path::new("/home/me/.env")));
    }
}
