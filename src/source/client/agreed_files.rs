//! Which files an agreement to a command covers. The words of a command do not tell which files it runs, so every file
//! of its repository counts, unless the command is a published package that starts outside of it. What is outside counts
//! where the command or its variables name it, or where programs look for it: in the folders above.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::git_data::GitData;
use super::influence::changes_what_runs;
use super::known_files::{is_of_system, shown};
use super::named_paths::{self, parts};
use super::process_paths::{leads_by_process, names_a_process};
use super::project_files::{self, Digests, Listed, ProjectFiles, plain};
use super::proposal::Proposal;
use super::run_files::RunFiles;
use super::unchecked_files::UncheckedFiles;

/// The part of an agreement with the files of the repository, by their path there.
const REPOSITORY: &str = ".";
/// The parts with single files, by their absolute paths: those that the command names, and those above a folder.
const SINGLE: &str = "";
const ABOVE: &str = "above ";

/// Variables that every server gets, or that a scan points to folders of its own.
const OURS: [&str; 12] = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "TMPDIR",
    "TMP",
    "TEMP",
];

/// The files that an agreement covers: lists of files by the folder that they belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AgreedFiles {
    /// The repository of the project.
    root: PathBuf,
    parts: BTreeMap<String, Arc<Listed>>,
    /// The configuration that names the server. What it holds besides its servers counts as a single file instead.
    configuration: Option<String>,
}

/// How a file differs from what was agreed to, and its name.
pub(crate) type Difference = (&'static str, String);

impl AgreedFiles {
    /// The lists, each by its folder.
    pub(crate) fn parts(&self) -> &BTreeMap<String, Arc<Listed>> {
        &self.parts
    }

    /// The number of files.
    pub(crate) fn count(&self) -> usize {
        let all: usize = self.parts.values().map(|listed| listed.digests.len()).sum();
        all - usize::from(self.configuration.is_some())
    }

    /// The repository of the project.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The path of the file that a difference names. `None` if the name is not that of one file.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        (!name.contains('\\')).then(|| self.root.join(name))
    }

    /// The differences of these files from the lists `before`, sorted by name.
    pub(crate) fn differences<'a>(
        &self,
        before: impl Fn(&str) -> Option<&'a Listed>,
        keys: &[&str],
    ) -> Vec<Difference> {
        let none = Listed::new(Digests::new());
        let keys: BTreeSet<&str> = keys.iter().copied().chain(self.parts.keys().map(String::as_str)).collect();
        let mut all = Vec::new();
        for key in keys {
            let now = self.parts.get(key).map_or(&none, Arc::as_ref);
            let before = before(key).unwrap_or(&none);
            if before.id != now.id {
                let names = before.digests.keys().chain(now.digests.keys());
                let is_configuration = |name: &str| key == REPOSITORY && self.configuration.as_deref() == Some(name);
                let names: BTreeSet<&String> = names.filter(|name| !is_configuration(name)).collect();
                let how = |name: &&String| match (before.digests.get(*name), now.digests.get(*name)) {
                    (None, Some(_)) => Some("new"),
                    (Some(_), None) => Some("gone"),
                    (Some(old), Some(new)) if old != new => Some("changed"),
                    _ => None,
                };
                all.extend(names.into_iter().filter_map(|name| Some((how(&name)?, full_name(key, name)))));
            }
        }
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        all
    }

    fn add(&mut self, key: String, listed: Arc<Listed>) {
        if !listed.digests.is_empty() {
            self.parts.insert(key, listed);
        }
    }
}

fn full_name(key: &str, name: &str) -> String {
    match key == REPOSITORY || key == SINGLE || key.starts_with(ABOVE) {
        true => name.to_owned(),
        false => format!("{key}/{name}"),
    }
}

impl Proposal {
    /// The files that the agreement covers, each with its digest.
    ///
    /// `starts_in_project` is set where every server starts in the folder of its project.
    pub(crate) fn files(
        &self,
        read: &mut ProjectFiles,
        starts_in_project: bool,
    ) -> Result<AgreedFiles, UncheckedFiles> {
        if !self.starts() {
            return Ok(AgreedFiles::default());
        }
        let words = self.paths(self.texts())?;
        let influential = self.paths(self.influential())?;
        self.refuse_processes(words.iter().chain(&influential))?;
        self.refuse_links()?;
        let leads_to_files =
            || self.texts().any(is_filled_in_later) || words.iter().any(|path| is_file_of_someone(path));
        if self.is_package && !starts_in_project && !leads_to_files() {
            return Ok(AgreedFiles::default());
        }
        let is_git = |part: &str| part.split('/').any(may_be_git);
        let git = match self.texts().any(|text| parts(text).chain([text]).any(is_git)) {
            true => GitData::Counts,
            false => GitData::Skipped,
        };
        let mut files = AgreedFiles { root: self.root(), ..AgreedFiles::default() };
        let mut folders = self.started_in(starts_in_project);
        let named_words = words.iter().filter(|_| !self.is_package);
        let named: Vec<PathBuf> = named_words.chain(&influential).filter_map(|path| path.canonicalize().ok()).collect();
        folders.extend(named.iter().filter_map(|path| folder_of(path)));
        let all = folders.clone();
        folders.retain(|folder| !is_of_system(folder) && !all.iter().any(|other| is_below(folder, other)));
        for folder in &folders {
            let name = shown(folder.as_os_str());
            let (key, above) = match *folder == files.root {
                true => (REPOSITORY.to_owned(), format!("{ABOVE}{REPOSITORY}")),
                false => (name.clone(), format!("{ABOVE}{name}")),
            };
            files.add(key, read.in_folder(folder, git)?);
            files.add(above, read.above(folder)?);
        }
        let mut single = Digests::new();
        // The entry of the server is a part of the agreement, and those of others are not.
        let configuration = self.file.file_name().unwrap_or_default().to_string_lossy();
        if let Ok(below) = self.file.strip_prefix(&files.root)
            && !self.texts().any(|text| text.contains(&*configuration) || is_code(text))
            && let Some(rest) = read.configuration(&self.file, self.read_as.lists)
            && folders.contains(&files.root)
        {
            let name = shown(below.as_os_str());
            single.insert(name.clone(), rest);
            files.configuration = Some(name);
        }
        for path in words.iter().chain(&influential).filter_map(|path| path.canonicalize().ok()) {
            let is_elsewhere = !is_of_system(&path) && !folders.iter().any(|folder| path.starts_with(folder));
            if is_elsewhere && has_content(&path) {
                single.insert(shown(path.as_os_str()), project_files::of_file(&path)?);
            }
        }
        files.add(SINGLE.into(), Arc::new(Listed::new(single)));
        Ok(files)
    }

    /// The files that the command is seen to run.
    pub(crate) fn run_files(&self) -> RunFiles {
        RunFiles::new(self.texts(), vec![self.project.clone(), self.folder.clone()], true)
    }

    /// The repository of the project.
    pub(crate) fn root(&self) -> PathBuf {
        repository(&self.project)
    }

    /// The folders that count as a whole because the command starts there. For a configuration of the user, the project is
    /// the home with all that is in it: it is none of them unless the command starts there.
    fn started_in(&self, starts_in_project: bool) -> BTreeSet<PathBuf> {
        let values = |word: &str| word.split_once('=').map(|(_, value)| value.to_owned());
        let words = self.words.iter().flat_map(|word| [Some(word.value.clone()), values(&word.value)]).flatten();
        let mut relative = words.filter(|word| !word.is_empty() && Path::new(word).is_relative());
        let is_of_home = is_home(&self.project) && self.read_as.is_of_user;
        let starts_there = !is_of_home
            || starts_in_project
            || !self.written_folder.as_os_str().is_empty()
            || relative.any(|word| self.folder.join(word).exists());
        let project = (!is_of_home).then(|| self.root());
        let folder = starts_there.then(|| repository(&self.folder));
        project.into_iter().chain(folder).collect()
    }

    /// The words of the command and the values that its variables have by the configuration.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().map(|word| word.value.as_str());
        words.chain(self.variables.values().filter_map(|variable| variable.set()))
    }

    /// The values of variables that change what runs. Temporary files are no code.
    fn influential(&self) -> impl Iterator<Item = &str> {
        let is_temporary = |name: &str| ["TMPDIR", "TMP", "TEMP"].contains(&name);
        let named = self.variables.iter().filter(move |(name, _)| changes_what_runs(name) && !is_temporary(name));
        named.filter_map(|(name, variable)| match variable.set() {
            Some(value) => Some(value),
            None => variable.value().filter(|_| !OURS.contains(&name.as_str())),
        })
    }

    /// The folders that relative paths may belong to.
    fn bases(&self) -> BTreeSet<&Path> {
        BTreeSet::from([self.project.as_path(), self.folder.as_path()])
    }

    /// All paths that `texts` may name, whether they exist or not.
    fn paths<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Result<BTreeSet<PathBuf>, UncheckedFiles> {
        let value = |name: &str| self.variables.get(name)?.value().map(str::to_owned);
        let named = named_paths::paths(texts, value)?;
        let from = |named: &String| self.bases().into_iter().map(|base| base.join(named)).collect::<Vec<_>>();
        Ok(named.iter().flat_map(from).collect())
    }

    /// `/proc/self/cwd/run.sh` is another file for every process.
    fn refuse_processes<'a>(&self, mut paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), UncheckedFiles> {
        let written = self.written_folder.to_string_lossy();
        if let Some(text) = self.texts().chain([&*written]).find(|text| names_a_process(text)) {
            return Err(UncheckedFiles::Process(text.to_owned()));
        }
        let folder = self.project.join(&self.written_folder);
        match paths.find(|path| leads_by_process(path)).or(Some(&folder).filter(|path| leads_by_process(path))) {
            Some(path) => Err(UncheckedFiles::Process(path.display().to_string())),
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
                if looks_inside && real.is_dir() && !real.starts_with(self.root()) && !is_of_system(&real) {
                    return Err(UncheckedFiles::Link(path.display().to_string()));
                }
            }
        }
        Ok(())
    }
}

/// The repository around `folder`: the nearest folder with `.git`. Without one, or where it holds a home, it is `folder`
/// alone.
fn repository(folder: &Path) -> PathBuf {
    let has_git = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    let found = folder.ancestors().take_while(|folder| !is_home(folder)).find(has_git);
    found.unwrap_or(folder).to_owned()
}

/// True for the user's home, and for a folder that holds it.
fn is_home(folder: &Path) -> bool {
    let home = std::env::home_dir();
    home.is_some_and(|home| home.canonicalize().unwrap_or(home).starts_with(folder))
}

/// True if `folder` is in `other` and not the same.
fn is_below(folder: &Path, other: &Path) -> bool {
    folder != other && folder.starts_with(other)
}

/// The folder that counts where a command names `path`: the folder itself, or that of the file, because programs read
/// what stands beside them. Nothing is read beside an empty file, which may be what the server writes.
fn folder_of(path: &Path) -> Option<PathBuf> {
    match path.is_dir() {
        true => Some(path.to_owned()),
        false => path.parent().filter(|_| has_content(path)).map(Path::to_owned),
    }
}

fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_dir() && found.len() > 0)
}

/// True for an existing path that is none of the system.
fn is_file_of_someone(path: &Path) -> bool {
    path != Path::new("/") && path.canonicalize().is_ok_and(|real| !is_of_system(&real))
}

/// True for text that may be a path only when the command runs.
fn is_filled_in_later(text: &str) -> bool {
    text.contains(['$', '`']) || text.starts_with('~')
}

/// True for a part of a path that is git's folder, or a shell's pattern for it.
fn may_be_git(name: &str) -> bool {
    name == ".git" || name.starts_with(['.', '?', '[', '{']) && name.contains(['*', '?', '[', '{'])
}

/// True for code that a shell would expand or divide.
fn is_code(text: &str) -> bool {
    text.contains(|c: char| c.is_whitespace() || "$`;|&<>*?[{".contains(c))
}
