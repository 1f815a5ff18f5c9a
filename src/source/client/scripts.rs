//! The files of a project that a command names: scripts, the manifests that tell a package manager what to run, modules.
//! Whoever agrees to a command agrees to what these hold.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The files that decide what a program runs, in the folder that it is started in.
const MANIFESTS: [(&str, &[&str]); 22] = [
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
    ("cargo", &["Cargo.toml", "build.rs", ".cargo/config.toml"]),
    ("go", &["go.mod"]),
    ("bundle", &["Gemfile"]),
    ("mvn", &["pom.xml"]),
    ("gradle", &["build.gradle", "build.gradle.kts"]),
    ("docker", &["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "Dockerfile"]),
];

/// The files that run when a folder is named in the place of a script.
const OF_FOLDER: [&str; 7] =
    ["package.json", "index.js", "index.mjs", "index.cjs", "index.ts", "__main__.py", "pyproject.toml"];

/// What runs or loads the file that follows it: interpreters, and flags of theirs and of other programs.
const RUNS_NEXT: [&str; 38] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "fish",
    "pwsh",
    "powershell",
    "source",
    ".",
    "node",
    "deno",
    "bun",
    "tsx",
    "ts-node",
    "python",
    "python3",
    "uv",
    "run",
    "ruby",
    "perl",
    "php",
    "lua",
    "java",
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
    "exec",
];
/// The endings of files that are run.
const SCRIPTS: [&str; 36] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "pyw", "pyz", "rb", "pl", "pm", "php", "phar", "sh",
    "bash", "zsh", "fish", "ps1", "psm1", "bat", "cmd", "lua", "r", "jl", "go", "rs", "jar", "war", "class", "wasm",
    "node", "exe", "so",
];

/// Most words that are looked at, most files, and most bytes of one file.
const MAX_WORDS: usize = 2_000;
const MAX_FILES: usize = 500;
const MAX_BYTES: u64 = 256 << 20;

/// The files inside `project` that the words of a command run and that `loaded`, the values of variables that change what
/// runs, name; the command starts in `folder`. Each path is as seen from the project, with the digest of its content. Files
/// that only hold data are none of them: a server may write those.
pub fn named_in<'a>(
    words: impl IntoIterator<Item = &'a str>,
    loaded: impl IntoIterator<Item = &'a str>,
    folder: &Path,
    project: &Path,
) -> BTreeMap<String, String> {
    let project = fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut found = Found { project: &project, scripts: BTreeMap::new() };
    for word in loaded.into_iter().flat_map(parts).take(MAX_WORDS) {
        [&folder, &project].iter().for_each(|base| found.path(&base.join(word)));
    }
    let words: Vec<&str> = words.into_iter().flat_map(parts).take(MAX_WORDS).collect();
    for (at, word) in words.iter().enumerate() {
        let program = program_name(word);
        let is_run = at == 0 || words.get(at - 1).is_some_and(|before| RUNS_NEXT.contains(&program_name(before)));
        let manifests = MANIFESTS.iter().filter(|(name, _)| *name == program).flat_map(|(_, files)| *files);
        manifests.for_each(|file| found.file(&folder.join(file)));
        for base in [&folder, &project] {
            let path = base.join(word);
            if is_run || path.is_dir() || is_script(&path) {
                found.path(&path);
            }
            // npx runs what the project holds before it fetches anything.
            found.file(&base.join("node_modules/.bin").join(word));
            if at > 0 && words[at - 1] == "-m" {
                let module = base.join(word.replace('.', "/"));
                found.file(&module.with_extension("py"));
                found.path(&module);
            }
        }
    }
    found.scripts
}

/// The name of the program at the path `word`.
fn program_name(word: &str) -> &str {
    word.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(word)
}

/// True for a file that is run, by its ending, its permission or its first line.
fn is_script(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    if SCRIPTS.contains(&ending.as_str()) {
        return true;
    }
    #[cfg(unix)]
    if fs::metadata(path).is_ok_and(|found| {
        use std::os::unix::fs::PermissionsExt;
        found.is_file() && found.permissions().mode() & 0o111 != 0
    }) {
        return true;
    }
    let mut start = [0; 2];
    path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}

/// The whole word, and the parts of it that may be words of a shell or values of a flag.
fn parts(text: &str) -> Vec<&str> {
    let divides = |c: char| c.is_whitespace() || "'\"`;|&()<>,=$:{}[]".contains(c);
    let mut parts: Vec<&str> = text.split(divides).filter(|part| !part.is_empty() && *part != "/").collect();
    if parts != [text] && !text.is_empty() {
        parts.push(text);
    }
    parts
}

struct Found<'a> {
    project: &'a Path,
    scripts: BTreeMap<String, String>,
}

impl Found<'_> {
    /// Adds the file at `path`, or what runs when it is a folder.
    fn path(&mut self, path: &Path) {
        let is_below = path.is_dir() && fs::canonicalize(path).is_ok_and(|real| real.starts_with(self.project));
        if !is_below {
            return self.file(path);
        }
        OF_FOLDER.iter().for_each(|file| self.file(&path.join(file)));
        let manifest = fs::read(path.join("package.json")).ok();
        let manifest = manifest.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        if let Some(main) = manifest.as_ref().and_then(|manifest| manifest.get("main")?.as_str()) {
            self.file(&path.join(main));
        }
    }

    /// Adds the file at `path` when it is one of the project, or a link there.
    fn file(&mut self, path: &Path) {
        if self.scripts.len() >= MAX_FILES || !path.is_file() {
            return;
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let within = |path: &Path| path.strip_prefix(self.project).ok().map(|path| path.display().to_string());
        let Some(name) = within(&real).or_else(|| within(&plain(path))) else { return };
        if !self.scripts.contains_key(&name)
            && let Ok(digest) = content(&real)
        {
            self.scripts.insert(name, digest);
        }
    }
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}

/// The digest of what the file holds; of a giant one its size and its first part.
fn content(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    let mut hash = Sha256::new();
    hash.update(file.metadata()?.len().to_le_bytes());
    std::io::copy(&mut file.take(MAX_BYTES), &mut hash)?;
    Ok(hash.finalize().iter().fold(String::from("sha256:"), |digest, byte| digest + &format!("{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("project");
        for file in [
            "server.js",
            "run.sh",
            "package.json",
            "pkg/__main__.py",
            "tool/server.py",
            "hook.js",
            "app/package.json",
            "app/main.js",
            "node_modules/.bin/shop",
            "notes.txt",
            "shop.db",
        ] {
            let path = project.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if file.ends_with("json") { "{\"main\": \"main.js\"}" } else { "x" }).unwrap();
        }
        fs::write(dir.path().join("outside.js"), "x").unwrap();
        named_in(words.iter().copied(), [], &project, &project).into_keys().collect()
    }

    #[test]
    fn the_files_that_a_command_runs_are_found() {
        let cases: [(&[&str], &[&str]); 11] = [
            (&["sh", "notes.txt"], &["notes.txt"]),
            (&["server", "--db", "shop.db", "--log=notes.txt"], &[]),
            (&["python3", "server.js"], &["server.js"]),
            (&["sh", "-c", "cd /; exec ./run.sh --x"], &["run.sh"]),
            (&["python3", "-m", "pkg"], &["pkg/__main__.py"]),
            (&["python3", "-m", "tool.server"], &["tool/server.py"]),
            (&["npm", "start"], &["package.json"]),
            (&["--require=./hook.js"], &["hook.js"]),
            (&["bun", "app"], &["app/main.js", "app/package.json", "package.json"]),
            (&["npx", "-y", "shop"], &["node_modules/.bin/shop"]),
            (&["python3", "../outside.js", "/etc/hostname"], &[]),
        ];
        for (words, want) in cases {
            assert_eq!(names(words), want, "{words:?}");
        }
    }

    #[test]
    fn what_a_file_holds_counts_and_a_link_is_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("project");
        fs::create_dir(&project).unwrap();
        fs::write(dir.path().join("outside.js"), "one").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../outside.js", project.join("link.js")).unwrap();
        let digest = || named_in(["link.js"], [], &project, &project).remove("link.js");
        let before = digest();
        fs::write(dir.path().join("outside.js"), "two").unwrap();
        assert!(cfg!(windows) || before.is_some() && before != digest());
    }
}
