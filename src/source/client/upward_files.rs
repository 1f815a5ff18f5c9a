//! What programs look for in the folders above the one that they start in: dependencies, and settings that name programs.

use std::path::{Path, PathBuf};

/// The names, each a path below a folder above. They are general conventions of package managers, runtimes and tools.
const NAMES: [&str; 60] = [
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
];

/// What exists of them in the folders above `root`.
pub(super) fn above(root: &Path) -> Vec<PathBuf> {
    let folders = root.ancestors().skip(1);
    let all = folders.flat_map(|folder| NAMES.iter().map(|name| folder.join(name)));
    all.filter(|path| path.symlink_metadata().is_ok()).collect()
}
