//! Which programs run which files.

/// The files that decide what a program runs, in the folder that it is started in.
pub(crate) const MANIFESTS: [(&str, &[&str]); 22] = [
    ("npm", &["package.json", ".npmrc"]),
    ("npx", &[".npmrc"]),
    ("pnpm", &["package.json", ".npmrc", "pnpm-workspace.yaml"]),
    ("yarn", &["package.json", ".yarnrc.yml", ".yarnrc"]),
    ("bun", &["package.json", "bunfig.toml"]),
    ("bunx", &["bunfig.toml"]),
    ("node", &["package.json"]),
    ("deno", &["deno.json", "deno.jsonc"]),
    ("uv", &["pyproject.toml", "uv.toml"]),
    ("uvx", &["uv.toml"]),
    ("poetry", &["pyproject.toml"]),
    ("pdm", &["pyproject.toml"]),
    ("hatch", &["pyproject.toml"]),
    ("make", &["Makefile", "makefile", "GNUmakefile"]),
    ("just", &["justfile", "Justfile", ".justfile"]),
    ("task", &["Taskfile.yml", "Taskfile.yaml"]),
    ("cargo", &["Cargo.toml", "build.rs", "src/main.rs", "src/lib.rs", ".cargo/config.toml"]),
    ("go", &["go.mod"]),
    ("bundle", &["Gemfile"]),
    ("mvn", &["pom.xml"]),
    ("gradle", &["build.gradle", "build.gradle.kts"]),
    ("docker", &["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "Dockerfile"]),
];

/// The files that run when a folder is named in the place of a script.
pub(crate) const OF_FOLDER: [&str; 8] =
    ["package.json", "index.js", "index.mjs", "index.cjs", "index.ts", "__main__.py", "__init__.py", "pyproject.toml"];

/// Programs that run the first file that follows them, flags aside, and words that mean the same.
const RUNNERS: [&str; 33] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "ash",
    "ksh",
    "fish",
    "pwsh",
    "powershell",
    "source",
    ".",
    "node",
    "nodejs",
    "deno",
    "bun",
    "tsx",
    "ts-node",
    "nodemon",
    "python",
    "pypy",
    "uv",
    "run",
    "watch",
    "exec",
    "env",
    "ruby",
    "perl",
    "php",
    "lua",
    "java",
    "julia",
    "rscript",
    "dotnet",
];
/// Flags of such programs whose value is a file that is run or that says what runs.
const LOADING_FLAGS: [&str; 20] = [
    "-jar",
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--preload",
    "--rcfile",
    "--init-file",
    "--env-file",
    "-f",
    "--file",
    "-x",
    "-c",
    "--config",
    "--config-file",
    "--compose-file",
    "--settings",
    "--project",
    "--package",
];

/// True for a word after which the next file is run.
pub(crate) fn is_runner(word: &str) -> bool {
    RUNNERS.contains(&program_name(word).as_str())
}

/// True for a program that runs the scripts of a `package.json`.
pub(crate) fn reads_scripts(word: &str) -> bool {
    ["npm", "pnpm", "yarn", "bun"].contains(&program_name(word).as_str())
}

/// True for a flag whose value is run.
pub(crate) fn is_loading_flag(word: &str) -> bool {
    LOADING_FLAGS.contains(&word)
}

/// The name of the program at the path `word`, in lower case, without an ending and without a version: `python` of
/// `/usr/bin/python3.12`.
pub(crate) fn program_name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(word).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(&name);
    let without_version = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
    if without_version.is_empty() { name.to_owned() } else { without_version.to_owned() }
}

/// The endings of files that are run.
pub(crate) const SCRIPTS: [&str; 37] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "pyw", "pyz", "rb", "pl", "pm", "php", "phar", "sh",
    "bash", "zsh", "fish", "ps1", "psm1", "bat", "cmd", "lua", "r", "jl", "go", "rs", "jar", "war", "class", "wasm",
    "node", "exe", "so", "dll",
];
