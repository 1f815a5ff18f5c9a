//! Which files an agreement to a command covers. The words of a command do not tell which files it runs, so every file
//! of the project counts, unless the command is a published package that starts outside of the project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::influence::changes_what_runs;
use super::project_files::{self, Digests, GitData, ProjectFiles, UncheckedFiles, is_of_system, plain};
use super::proposal::Proposal;
use super::run_files::{RunFiles, parts};

/// Programs that start Python with its variables.
const PYTHONS: [&str; 6] = ["python", "uv", "poetry", "pdm", "hatch", "pipenv"];

impl Proposal {
    /// The files that the agreement covers, each with its digest. Those of the project are named relative to it.
    ///
    /// `starts_in_project` is set where every server starts in the folder of its project.
    pub(crate) fn files(
        &self,
        read: &mut ProjectFiles,
        starts_in_project: bool,
    ) -> Result<Arc<Digests>, UncheckedFiles> {
        if !self.starts() {
            return Ok(Arc::default());
        }
        self.refuse_processes()?;
        self.refuse_links()?;
        if self.is_package && !starts_in_project && !self.texts().any(|text| self.leads_to_files(text)) {
            return Ok(Arc::default());
        }
        let names_git = self.texts().flat_map(parts).any(|part| part.split('/').any(may_be_git));
        let git = if names_git { GitData::Counts } else { GitData::Skipped };
        let mut files = read.in_folder(&self.project, git)?;
        for folder in self.folders_outside() {
            let found = read.in_folder(&folder, git)?;
            let absolute = |name: &String| format!("{}/{name}", folder.display());
            Arc::make_mut(&mut files).extend(found.iter().map(|(name, digest)| (absolute(name), digest.clone())));
        }
        // The entry of the server is a part of the agreement, and those of others are not.
        let configuration = self.file.file_name().unwrap_or_default().to_string_lossy();
        if let Ok(name) = self.file.strip_prefix(&self.project)
            && !self.texts().any(|text| text.contains(&*configuration) || is_code(text))
        {
            Arc::make_mut(&mut files).remove(&*name.to_string_lossy());
        }
        for path in self.named_outside() {
            Arc::make_mut(&mut files).insert(path.display().to_string(), project_files::of_file(&path)?);
        }
        Ok(files)
    }

    /// The files that the command is seen to run.
    pub(crate) fn run_files(&self) -> RunFiles {
        RunFiles::new(self.texts(), vec![self.project.clone(), self.folder.clone()], true)
    }

    /// True if Python can be kept from reading compiled files of the project. Code for a shell, other programs and the
    /// options `-I` and `-E` can undo what a variable says.
    pub(crate) fn can_ignore_compiled(&self) -> bool {
        let is_plain = |word: &str| {
            let undoes = word.starts_with('-') && !word.starts_with("--") && word.contains(['I', 'E', 'i', 'c']);
            !undoes && !is_code(word) && !word.contains(".pyc")
        };
        let program = self.words.first().and_then(|word| word.value.rsplit('/').next()).unwrap_or_default();
        PYTHONS.iter().any(|python| program.starts_with(python))
            && self.words.iter().all(|word| is_plain(&word.value))
            && !self.variables.contains_key("PYTHONPYCACHEPREFIX")
    }

    /// The words of the command and the values that its variables have by the configuration.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|word| word.value.as_str());
        words.chain(self.variables.values().filter_map(|variable| variable.set()))
    }

    /// The values that the configuration sets for variables that change what runs. Temporary files are no code.
    fn influential(&self) -> impl Iterator<Item = &str> {
        let is_temporary = |name: &str| ["TMPDIR", "TMP", "TEMP"].contains(&name);
        let named = self.variables.iter().filter(move |(name, _)| changes_what_runs(name) && !is_temporary(name));
        named.filter_map(|(_, variable)| variable.set())
    }

    /// The folders that relative paths may belong to.
    fn bases(&self) -> BTreeSet<&Path> {
        BTreeSet::from([self.project.as_path(), self.folder.as_path()])
    }

    /// `/proc/self/cwd/run.sh` is another file for every process.
    fn refuse_processes(&self) -> Result<(), UncheckedFiles> {
        let written = self.written_folder.to_string_lossy();
        match self.texts().chain([&*written]).find(|text| names_a_process(text)) {
            Some(text) => Err(UncheckedFiles::Process(text.to_owned())),
            None => Ok(()),
        }
    }

    /// Refuses a working folder, or a folder in a variable that changes what runs, that looks like a part of the project
    /// and is not.
    fn refuse_links(&self) -> Result<(), UncheckedFiles> {
        let named = self.influential().flat_map(parts).map(PathBuf::from).chain([self.written_folder.clone()]);
        for path in named {
            for base in self.bases() {
                let written = plain(&base.join(&path));
                let Ok(real) = written.canonicalize() else { continue };
                let looks_inside = written.starts_with(&self.project);
                if looks_inside && real.is_dir() && !real.starts_with(&self.project) && !is_of_system(&real) {
                    return Err(UncheckedFiles::Link(path.display().to_string()));
                }
            }
        }
        Ok(())
    }

    /// True if `text` may name a file, so that the command starts in the project, or reaches it from elsewhere.
    fn leads_to_files(&self, text: &str) -> bool {
        let is_filled_in_later = text.contains(['$', '`']) || text.starts_with('~');
        is_filled_in_later
            || parts(text).chain([text]).any(|part| {
                let exists = |base: &Path| base.join(part).canonicalize().is_ok_and(|real| !is_of_system(&real));
                !part.is_empty() && part != "/" && self.bases().into_iter().any(exists)
            })
    }

    /// The folders outside of the project in which the command starts, or which its words or variables name; those of
    /// files as well, because programs read what stands beside them. The words of a published package name data.
    fn folders_outside(&self) -> BTreeSet<PathBuf> {
        let words = self.texts().filter(|_| !self.is_package).flat_map(|text| parts(text).chain([text]));
        let named = words.chain(self.influential().flat_map(parts)).flat_map(|part| self.paths(part));
        let real = named.chain([self.folder.clone()]).filter_map(|path| path.canonicalize().ok());
        // Nothing is read beside an empty file, which may be what the server writes.
        let folder = |path: PathBuf| match path.metadata().ok()? {
            found if found.is_dir() => Some(path),
            found if found.len() > 0 => path.parent().map(Path::to_owned),
            _ => None,
        };
        let folders = real.filter_map(folder);
        folders.filter(|path| !path.starts_with(&self.project) && !is_of_system(path)).collect()
    }

    /// The files outside of the project that the words, or variables that change what runs, name. An empty one runs
    /// nothing.
    fn named_outside(&self) -> BTreeSet<PathBuf> {
        let words = self.words.iter().map(|word| word.value.as_str());
        let named = words.chain(self.influential()).flat_map(|text| parts(text).chain([text]));
        let named = named.flat_map(|part| self.paths(part));
        let has_content = |path: &PathBuf| path.metadata().is_ok_and(|found| found.is_file() && found.len() > 0);
        let real = named.filter_map(|path| path.canonicalize().ok()).filter(has_content);
        let is_outside =
            |path: &PathBuf| !is_of_system(path) && !self.bases().iter().any(|base| path.starts_with(base));
        real.filter(is_outside).collect()
    }

    /// What `part` may stand for as a path.
    fn paths(&self, part: &str) -> Vec<PathBuf> {
        self.bases().into_iter().map(|base| base.join(part)).collect()
    }
}

/// True for a part of a path that is git's folder, or a shell's pattern for it.
fn may_be_git(name: &str) -> bool {
    name == ".git" || name.starts_with(['.', '?', '[', '{']) && name.contains(['*', '?', '[', '{'])
}

/// True for code that a shell would expand or divide.
fn is_code(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || "$`;|&<>*?[{".contains(c))
}

/// True if `text` has a path below `/proc`.
fn names_a_process(text: &str) -> bool {
    let starts = |(at, _): (usize, &str)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_.-".contains(c))
    };
    text.match_indices("/proc/").any(starts)
}

/// True for a file that Python compiled from a source in `files`: it is not read where Python looks for compiled files
/// elsewhere.
pub(crate) fn is_compiled(name: &str, files: &Digests) -> bool {
    let source = || {
        let (folder, file) = name.rsplit_once("__pycache__/").filter(|(_, file)| !file.contains('/'))?;
        let (module, tag) = file.strip_suffix(".pyc")?.split_once('.')?;
        Some(format!("{folder}{module}.py")).filter(|_| tag.starts_with("cpython-") || tag.starts_with("pypy"))
    };
    source().is_some_and(|source| files.contains_key(&source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_files_stand_beside_their_source() {
        let files = Digests::from([("a/m.py".to_owned(), String::new()), ("n.py".to_owned(), String::new())]);
        assert!(is_compiled("a/__pycache__/m.cpython-311.pyc", &files));
        assert!(is_compiled("__pycache__/n.cpython-311.opt-1.pyc", &files));
        for other in
            ["__pycache__/m.cpython-311.pyc", "a/m.pyc", "a/__pycache__/m.pyc", "a/__pycache__/x/m.cpython-3.pyc"]
        {
            assert!(!is_compiled(other, &files), "{other}");
        }
    }

    #[test]
    fn a_path_by_way_of_a_process_is_known() {
        for text in ["/proc/self/cwd/run.sh", "sh /proc/$$/cwd/x", "--file=/proc/1/root/x", "//proc/self"] {
            assert!(names_a_process(text), "{text}");
        }
        for text in ["/host/proc/", "/my-proc/x", "proc/self", "/process/x"] {
            assert!(!names_a_process(text), "{text}");
        }
    }
}
