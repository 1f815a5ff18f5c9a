//! Knowledge about which programs run which files.

/// The files in the current folder that decide what each program runs.
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

/// The entry points that run when a script argument is a folder.
pub(crate) const OF_FOLDER: [&str; 8] =
    ["package.json", "index.js", "index.mjs", "index.cjs", "index.ts", "__main__.py", "__init__.py", "pyproject.toml"];

/// Programs and subcommands that run the first file after them, not counting options.
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
/// Options of such programs whose value is a file that is run or that controls what is run.
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

/// True for an option whose value is a file that is run.
pub(crate) fn is_loading_flag(word: &str) -> bool {
    LOADING_FLAGS.contains(&word)
}

/// The lower-case name of the program at path `word`, without extension and version: `python` for
/// `/usr/bin/python3.12`.
pub(crate) fn program_name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(word).to_ascii_lowercase();
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".cmd")).unwrap_or(&name);
    let without_version = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').trim_end_matches('-');
    if without_version.is_empty() { name.to_owned() } else { without_version.to_owned() }
}

/// The file extensions of programs and scripts.
pub(crate) const SCRIPTS: [&str; 37] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "pyw", "pyz", "rb", "pl", "pm", "php", "phar", "sh",
    "bash", "zsh", "fish", "ps1", "psm1", "bat", "cmd", "lua", "r", "jl", "go", "rs", "jar", "war", "class", "wasm",
    "node", "exe", "so", "dll",
];
