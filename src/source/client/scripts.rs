//! The files of a project that a command names: scripts, the manifests that tell a package manager what to run, modules.
//! Whoever agrees to a command agrees to what these hold.

mod programs;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use serde_json::Value;
use sha2::{Digest, Sha256};

use programs::{MANIFESTS, OF_FOLDER, SCRIPTS, is_loading_flag, is_runner, program_name, reads_scripts};
use words::{Word, words};

/// Most words that are looked at, each in every folder; most files, and most bytes of one file.
const MAX_PLACES: usize = 20_000;
const MAX_FILES: usize = 500;
const MAX_BYTES: u64 = 1 << 30;
/// A path of a shell may begin with a variable: so many of its ends are looked at.
const MAX_ENDS: usize = 8;

/// Why the files that a command names cannot all be checked. Then nobody can agree to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UncheckedFiles {
    /// More words or folders than are looked at.
    #[error("its command is too long to look for the files that it runs")]
    Words,
    /// More files than are read.
    #[error("its command runs more than {MAX_FILES} files of the project, which cannot all be checked")]
    Files,
    /// A file that is too large to be read.
    #[error("its command runs {0}, which is too large to be checked")]
    Size(String),
}

/// The files inside `project` that the words of a command run and that `loaded`, the values of variables that change what
/// runs, name; the command starts in `folder`. Each path is as seen from the project, with the digest of its content. Files
/// that only hold data are none of them: a server may write those.
pub(crate) fn named_in<'a>(
    arguments: impl IntoIterator<Item = &'a str>,
    loaded: impl IntoIterator<Item = &'a str>,
    folder: &Path,
    project: &Path,
) -> Result<BTreeMap<String, String>, UncheckedFiles> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let project = real(project);
    let arguments: Vec<Word<'a>> = arguments.into_iter().flat_map(words).collect();
    let loaded: Vec<Word<'a>> = loaded.into_iter().flat_map(words).collect();
    let mut search =
        Search { bases: BTreeSet::from([real(folder), project.clone()]), project, scripts: BTreeMap::new() };
    search.add_bases(&arguments)?;
    for word in &loaded {
        search.each_base(|search, base| search.runs(&base.join(&*word.text)))?;
    }
    search.command(&arguments)?;
    let from_manifests = search.commands_of_manifests(&arguments);
    for text in &from_manifests {
        search.command(&words(text))?;
    }
    Ok(search.scripts)
}

struct Search {
    project: PathBuf,
    /// The folders that paths may be seen from.
    bases: BTreeSet<PathBuf>,
    scripts: BTreeMap<String, String>,
}

impl Search {
    /// A command may go to a folder first: `cd app`, `--directory app`.
    fn add_bases(&mut self, words: &[Word<'_>]) -> Result<(), UncheckedFiles> {
        for word in words {
            let folders: Vec<PathBuf> = self.bases.iter().map(|base| base.join(&*word.text)).collect();
            let folders =
                folders.into_iter().filter(|path| path.is_dir()).filter_map(|path| fs::canonicalize(path).ok());
            let inside: Vec<PathBuf> = folders.filter(|real| real.starts_with(&self.project)).collect();
            self.bases.extend(inside);
            if words.len().saturating_mul(self.bases.len()) > MAX_PLACES {
                return Err(UncheckedFiles::Words);
            }
        }
        Ok(())
    }

    fn each_base(
        &mut self,
        mut look: impl FnMut(&mut Self, &Path) -> Result<(), UncheckedFiles>,
    ) -> Result<(), UncheckedFiles> {
        let bases: Vec<PathBuf> = self.bases.iter().cloned().collect();
        bases.iter().try_for_each(|base| look(self, base))
    }

    /// Adds what `words` run.
    fn command(&mut self, words: &[Word<'_>]) -> Result<(), UncheckedFiles> {
        let mut awaits_script = false;
        let mut before = "";
        for (at, word) in words.iter().enumerate() {
            let text = &*word.text;
            let is_flag = text.starts_with('-');
            let is_loaded = is_loading_flag(before) || is_runner(before);
            let is_run = is_loaded || (awaits_script && !is_flag);
            let mut is_a_script = false;
            self.each_base(|search, base| {
                search.manifests(&program_name(text), base)?;
                is_a_script = is_a_script || is_script(&base.join(text));
                if at == 0 {
                    search.file(&base.join(text))?;
                }
                search.word(word, base, is_run)?;
                if before == "-m" {
                    search.module(text, base)?;
                }
                text.strip_prefix("-m").map_or(Ok(()), |module| search.module(module, base))
            })?;
            // What follows a flag may be its value, and the script comes later: a file too many is better than one too few.
            let ends = !is_flag && (is_a_script && !is_loading_flag(before) || !before.starts_with('-'));
            awaits_script = is_runner(text) || (awaits_script && !ends);
            before = text;
        }
        Ok(())
    }

    /// Adds what `word` names, seen from `base`; `is_run` tells that it stands where a script does.
    fn word(&mut self, word: &Word<'_>, base: &Path, is_run: bool) -> Result<(), UncheckedFiles> {
        let text = &*word.text;
        let path = base.join(text);
        // `deno run` names no file.
        let is_run = is_run && (path.is_file() || !is_runner(text));
        if is_run || word.is_code || path.is_dir() || is_script(&path) {
            self.runs(&path)?;
        }
        // npx runs what the project holds before it fetches anything.
        self.file(&base.join("node_modules/.bin").join(text))?;
        if !word.is_code {
            return Ok(());
        }
        let ends = text.match_indices('/').take(MAX_ENDS).filter_map(|(at, _)| text.get(at + 1..));
        for end in ends.filter(|end| !end.is_empty()) {
            self.file(&base.join(end))?;
        }
        if text.contains(['*', '?', '[']) {
            for path in expanded(base, text) {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    /// Adds the files of `base` that decide what `program` runs.
    fn manifests(&mut self, program: &str, base: &Path) -> Result<(), UncheckedFiles> {
        let files = MANIFESTS.iter().filter(|(name, _)| *name == program).flat_map(|(_, files)| *files);
        files.map(|file| base.join(file)).try_for_each(|path| self.file(&path))
    }

    /// Adds a module of Python, and the packages that it stands in, which run first.
    fn module(&mut self, name: &str, base: &Path) -> Result<(), UncheckedFiles> {
        if name.is_empty() {
            return Ok(());
        }
        let module = base.join(name.replace('.', "/"));
        self.file(&module.with_extension("py"))?;
        let packages = module.ancestors().take_while(|folder| *folder != base);
        for package in packages.collect::<Vec<_>>() {
            self.file(&package.join("__init__.py"))?;
        }
        self.runs(&module)
    }

    /// Adds the file at `path`, the one that an interpreter finds under this name, or what runs when it is a folder.
    fn runs(&mut self, path: &Path) -> Result<(), UncheckedFiles> {
        if path.is_file() {
            return self.file(path);
        }
        if !path.is_dir() {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Ok(()) };
            let named = SCRIPTS.iter().map(|ending| path.with_file_name(format!("{name}.{ending}")));
            return named.into_iter().try_for_each(|path| self.file(&path));
        }
        if !fs::canonicalize(path).is_ok_and(|real| real.starts_with(&self.project)) {
            return Ok(());
        }
        OF_FOLDER.iter().try_for_each(|file| self.file(&path.join(file)))?;
        match manifest(path).as_ref().and_then(|manifest| manifest.get("main")?.as_str()) {
            Some(main) => self.file(&path.join(main)),
            None => Ok(()),
        }
    }

    /// Adds the file at `path` when it is one of the project, or a link there.
    fn file(&mut self, path: &Path) -> Result<(), UncheckedFiles> {
        if !path.is_file() {
            return Ok(());
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let within = |path: &Path| path.strip_prefix(&self.project).ok().map(|path| path.display().to_string());
        let Some(name) = within(&real).or_else(|| within(&plain(path))) else { return Ok(()) };
        if self.scripts.contains_key(&name) {
            return Ok(());
        }
        if self.scripts.len() >= MAX_FILES {
            return Err(UncheckedFiles::Files);
        }
        if fs::metadata(&real).is_ok_and(|found| found.len() > MAX_BYTES) {
            return Err(UncheckedFiles::Size(name));
        }
        // What cannot be read cannot be run as a script either; as a program it may.
        let digest = content(&real).unwrap_or_else(|_| "unreadable".into());
        self.scripts.insert(name, digest);
        Ok(())
    }

    /// The scripts of every `package.json` that the package manager among `words` reads.
    fn commands_of_manifests(&self, words: &[Word<'_>]) -> Vec<String> {
        if !words.iter().any(|word| reads_scripts(&word.text)) {
            return Vec::new();
        }
        let manifests: Vec<Value> = self.bases.iter().filter_map(|base| manifest(base)).collect();
        let scripts =
            manifests.iter().filter_map(|manifest| manifest.get("scripts")?.as_object()).flat_map(|it| it.values());
        scripts.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// The `package.json` of `folder`.
fn manifest(folder: &Path) -> Option<Value> {
    let path = folder.join("package.json");
    let is_small = fs::metadata(&path).is_ok_and(|found| found.len() <= 8 << 20);
    serde_json::from_slice(&is_small.then(|| fs::read(path).ok()).flatten()?).ok()
}

/// The files that a shell in `base` puts in the place of `pattern`.
fn expanded(base: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![base.to_owned()];
    for part in Path::new(pattern).components() {
        let part = match part {
            Component::Normal(part) => part.to_string_lossy(),
            Component::CurDir => continue,
            Component::ParentDir => "..".into(),
            Component::RootDir | Component::Prefix(_) => return Vec::new(),
        };
        if !part.contains(['*', '?', '[']) {
            found.iter_mut().for_each(|path| path.push(&*part));
            continue;
        }
        let Ok(glob) = GlobBuilder::new(&part).build().map(|glob| glob.compile_matcher()) else { return Vec::new() };
        let entries = found.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        found = entries
            .filter(|entry| glob.is_match(entry.file_name()))
            .map(|entry| entry.path())
            .take(MAX_PLACES)
            .collect();
    }
    found
}

/// True for a file that is run, by its ending, its permission or its first line.
fn is_script(path: &Path) -> bool {
    use std::io::Read;
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

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
        plain
    })
}

/// The digest of what the file holds.
fn content(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash)?;
    Ok(hash.finalize().iter().fold(String::from("sha256:"), |digest, byte| digest + &format!("{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{"main": "main.js", "scripts": {"serve": "node hook.js"}}"#;

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
            "app/tool/__init__.py",
            "app/tool/serve.py",
            "node_modules/.bin/shop",
            "notes.txt",
            "shop.db",
        ] {
            let path = project.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if file.ends_with("json") { MANIFEST } else { "x" }).unwrap();
        }
        fs::write(dir.path().join("outside.js"), "x").unwrap();
        named_in(words.iter().copied(), [], &project, &project).unwrap().into_keys().collect()
    }

    #[test]
    fn the_files_that_a_command_runs_are_found() {
        let cases: [(&[&str], &[&str]); 25] = [
            (&["sh", "notes.txt"], &["notes.txt"]),
            (&["server", "--db", "shop.db", "--log=notes.txt"], &[]),
            (&["python3", "server.js"], &["server.js"]),
            (&["sh", "-c", "cd /; exec ./run.sh --x"], &["run.sh"]),
            (&["python3", "-m", "pkg"], &["pkg/__main__.py"]),
            (&["python3", "-m", "tool.server"], &["tool/server.py"]),
            (&["npm", "start"], &["hook.js", "package.json"]),
            (&["--require=./hook.js"], &["hook.js"]),
            (&["bun", "app"], &["app/main.js", "app/package.json", "hook.js", "package.json"]),
            (&["npx", "-y", "shop"], &["node_modules/.bin/shop"]),
            (&["python3", "../outside.js", "/etc/hostname"], &[]),
            // A script is one wherever it stands behind its interpreter, whatever it is called.
            (&["/usr/bin/python3.12", "-u", "notes.txt"], &["notes.txt"]),
            (&["env", "A=1", "deno", "run", "--allow-net", "notes.txt", "--db", "shop.db"], &["notes.txt", "shop.db"]),
            (&["python3", "-u", "tool/server.py", "--db", "shop.db"], &["tool/server.py"]),
            (&["node", "./server"], &["package.json", "server.js"]),
            (
                &["node", "-r", "./hook", "--db", "shop.db", "server"],
                &["hook.js", "package.json", "server.js", "shop.db"],
            ),
            // Code may run any file that it names, by any spelling of a shell.
            (&["sh", "-c", "cat notes.txt | sh"], &["notes.txt"]),
            (&["sh", "-c", "exec ./ru''n.s\\h"], &["run.sh"]),
            (&["sh", "-c", "exec \"$PWD\"/run.sh"], &["run.sh"]),
            (&["sh", "-c", "sh ./r*.sh; sh too*/s?rver.py"], &["run.sh", "tool/server.py"]),
            (&["sh", "-c", "cd app && node main"], &["app/main.js", "app/package.json", "package.json"]),
            // So may a folder, a module and its packages.
            (&["uv", "--directory", "app", "run", "main.js"], &["app/main.js", "app/package.json"]),
            (&["python3", "-mapp.tool.serve"], &["app/tool/__init__.py", "app/tool/serve.py"]),
            (&["npm", "--prefix", "app", "start"], &["app/main.js", "app/package.json", "hook.js", "package.json"]),
            (&["proxy", "--config", "shop.db"], &["shop.db"]),
        ];
        for (words, want) in cases {
            assert_eq!(names(words), want, "{words:?}");
        }
    }

    #[test]
    fn what_cannot_all_be_checked_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let found = |text: &str| named_in(["sh", "-c", text], [], dir.path(), dir.path());
        assert_eq!(found(&"a ".repeat(MAX_PLACES)), Err(UncheckedFiles::Words));
        assert_eq!(found("sh *").map(|found| found.len()), Ok(0));
        for at in 0..=MAX_FILES {
            fs::write(dir.path().join(format!("{at}.sh")), "x").unwrap();
        }
        assert_eq!(found("sh *"), Err(UncheckedFiles::Files));
        File::create(dir.path().join("0.sh")).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert_eq!(found("sh 0.sh"), Err(UncheckedFiles::Size("0.sh".into())));
    }

    #[test]
    fn what_a_file_holds_counts_and_a_link_is_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("project");
        fs::create_dir(&project).unwrap();
        fs::write(dir.path().join("outside.js"), "one").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../outside.js", project.join("link.js")).unwrap();
        let digest = || named_in(["link.js"], [], &project, &project).unwrap().remove("link.js");
        let before = digest();
        fs::write(dir.path().join("outside.js"), "two").unwrap();
        assert!(cfg!(windows) || before.is_some() && before != digest());
    }
}
