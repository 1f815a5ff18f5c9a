//! Which files an agreement to a command covers. The words of a command do not tell which files it runs, so every file
//! of its repository counts, unless the command is a published package that starts outside of it. What is outside counts
//! where the command or its variables name it, or where programs look for it: in the folders above.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::Glob;

use super::computed_paths::{file_names, is_code, makes_folder_above, may_reach_git, spellings};
use super::git_data::GitData;
use super::influence::{INSTALLATIONS, changes_what_runs, names_packages};
use super::known_files::{is_fed, is_of_system, shown};
use super::named_paths::{self, parts};
use super::named_programs::{self, has_content};
use super::package_folders::Digests;
use super::process_paths::{is_output, leads_by_process, names_a_process};
use super::project_above::projects_above;
use super::project_files::{Listed, ProjectFiles, plain};
use super::proposal::Proposal;
use super::repository::{is_home, repository};
use super::run_files::RunFiles;
use super::unchecked_files::UncheckedFiles;

/// The part of an agreement with the files of the repository, by their path there.
const REPOSITORY: &str = ".";
/// The parts with single files, by their absolute paths: those that the command names, those above a folder, and those
/// in the home.
const SINGLE: &str = "";
/// What is above a folder on another machine is not above a clone there: where it is gone, nothing runs that was not
/// agreed to.
const ABOVE: &str = "above ";
const HOME: &str = "in the home";
/// The parts with the programs that `PATH` leads to, by their absolute paths, and with the packages that they load. Where
/// one is gone the system has the program, or none starts.
const PROGRAMS: &str = "by PATH ";

/// Most choices (`{a,b}`) in a pattern that is compared with names of files. One with more may name any.
const MAX_CHOICES: usize = 10;

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
    /// The names of files that the command may name, or patterns for them.
    names: BTreeSet<String>,
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
        let all: usize = self.parts.values().map(|listed| listed.count).sum();
        all - usize::from(self.configuration.is_some())
    }

    /// The repository of the project.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// True if the command may name the file at `path`, also by a pattern.
    pub(crate) fn may_be_named(&self, path: &Path) -> bool {
        let Some(file) = path.file_name() else { return false };
        let fits = |name: &String| match name.find('$').and_then(|at| name.get(..at)) {
            Some(before) => !before.is_empty() && file.as_encoded_bytes().starts_with(before.as_bytes()),
            None if name.matches('{').count() > MAX_CHOICES => true,
            None => Glob::new(name).is_ok_and(|glob| glob.compile_matcher().is_match(file)),
        };
        self.names.iter().any(|name| file == OsStr::new(name) || is_code(name) && fits(name))
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
        let is_gone_program = |key: &&str| key.starts_with(PROGRAMS) && !self.parts.contains_key(*key);
        for key in keys.into_iter().filter(|key| !is_gone_program(key)) {
            let now = self.parts.get(key).map_or(&none, Arc::as_ref);
            let before = before(key).unwrap_or(&none);
            if before.id != now.id {
                let names = before.digests.keys().chain(now.digests.keys());
                let is_configuration = |name: &str| key == REPOSITORY && self.configuration.as_deref() == Some(name);
                let names: BTreeSet<&String> = names.filter(|name| !is_configuration(name)).collect();
                let how = |name: &&String| match (before.digests.get(*name), now.digests.get(*name)) {
                    (None, Some(_)) => Some("new"),
                    (Some(_), None) => Some("gone").filter(|_| key != PROGRAMS && !key.starts_with(ABOVE)),
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
    match [REPOSITORY, SINGLE, HOME, PROGRAMS].contains(&key) || key.starts_with(ABOVE) {
        true => name.to_owned(),
        false => format!("{}/{name}", key.strip_prefix(PROGRAMS).unwrap_or(key)),
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
        let mut files = AgreedFiles { root: self.root(), names: self.file_names(), ..AgreedFiles::default() };
        let leads_to_files =
            || self.texts().any(is_filled_in_later) || words.iter().any(|path| is_file_of_someone(path));
        self.add_home(&mut files, read)?;
        if self.is_package && !starts_in_project && !leads_to_files() {
            self.add_programs(&mut files, read, &BTreeSet::new(), GitData::Skipped)?;
            return Ok(files);
        }
        for path in words.iter().chain(&influential).filter(|path| !is_output(path)) {
            if let Ok(real) = path.canonicalize()
                && real.metadata().is_ok_and(|found| is_fed(&real, found.file_type()))
            {
                return Err(UncheckedFiles::Pipe(path.display().to_string()));
            }
        }
        let git = self.git_data(words.iter().chain(&influential));
        let started = self.started_in(starts_in_project);
        // A package that is an interpreter runs the code that it is given, and reads what is data.
        let may_run = |path: &&PathBuf| !self.is_package || self.names_folders || named_programs::is_code(path);
        let named_words = words.iter().filter(may_run);
        let named = named_words.chain(&influential).flat_map(|path| named_programs::folders(path));
        let all: BTreeSet<PathBuf> =
            named.filter(|folder| !is_of_system(folder)).chain(started.iter().cloned()).collect();
        let is_outermost = |folder: &&PathBuf| !all.iter().any(|other| is_below(folder, other));
        let folders: BTreeSet<PathBuf> = all.iter().filter(is_outermost).cloned().collect();
        for folder in &folders {
            let name = shown(folder.as_os_str());
            let (key, above) = match *folder == files.root {
                true => (REPOSITORY.to_owned(), format!("{ABOVE}{REPOSITORY}")),
                false => (name.clone(), format!("{ABOVE}{name}")),
            };
            files.add(key, read.in_folder(folder, git)?);
            files.add(above, read.above(folder)?);
        }
        self.add_programs(&mut files, read, &folders, git)?;
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
                single.insert(shown(path.as_os_str()), read.file(&path)?);
            }
        }
        files.add(SINGLE.into(), Arc::new(Listed::new(single)));
        Ok(files)
    }

    /// Adds the programs that `PATH` leads to outside of the system and of `folders`, with the packages that they load.
    /// The tool that runs a published package loads none.
    fn add_programs(
        &self,
        files: &mut AgreedFiles,
        read: &mut ProjectFiles,
        folders: &BTreeSet<PathBuf>,
        git: GitData,
    ) -> Result<(), UncheckedFiles> {
        let is_covered =
            |place: &PathBuf| is_of_system(place) || folders.iter().any(|folder| place.starts_with(folder));
        let mut programs = Digests::new();
        for path in self.programs(read) {
            let program = read.program(&path)?;
            if program.places.iter().all(is_covered) {
                continue;
            }
            programs.insert(shown(path.as_os_str()), program.digest.clone());
            for settings in program.places.iter().flat_map(|place| self.given.settings_of(place)) {
                let name = shown(settings.as_os_str());
                match settings.is_dir() {
                    true => files.add(format!("{PROGRAMS}{name}"), read.in_folder(&settings, GitData::Skipped)?),
                    false => drop(programs.insert(name, read.file(&settings)?)),
                }
            }
            for folder in program.packages.iter().filter(|folder| !self.is_package && !is_covered(folder)) {
                files.add(format!("{PROGRAMS}{}", shown(folder.as_os_str())), read.in_folder(folder, git)?);
            }
        }
        let installed = INSTALLATIONS.iter().filter_map(|name| self.given.variables.get(*name));
        let installed = installed.filter_map(|folder| Path::new(folder).canonicalize().ok());
        for folder in installed.filter(|folder| !self.is_package && folder.is_dir() && !is_covered(folder)) {
            files.add(format!("{PROGRAMS}{}", shown(folder.as_os_str())), read.in_folder(&folder, git)?);
        }
        files.add(PROGRAMS.into(), Arc::new(Listed::new(programs)));
        Ok(())
    }

    /// Adds the settings in the user's home that programs read, where the server gets that home.
    fn add_home(&self, files: &mut AgreedFiles, read: &mut ProjectFiles) -> Result<(), UncheckedFiles> {
        let mut single = Digests::new();
        for path in self.given.home_settings() {
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            let name = shown(path.as_os_str());
            if real.is_dir() {
                files.add(name, read.in_folder(&real, GitData::Skipped)?);
            } else {
                single.insert(name, read.file(&real)?);
            }
        }
        files.add(HOME.into(), Arc::new(Listed::new(single)));
        Ok(())
    }

    /// The programs that the command starts by name: its first word, and words of code that it runs.
    fn programs(&self, read: &ProjectFiles) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let Some(first) = self.words.first().map(|word| word.value.as_str()) else { return found };
        if !first.contains(['/', '\\']) {
            found.extend(which::which(first).ok().and_then(|path| std::path::absolute(path).ok()));
        }
        let texts = self.texts().filter(|_| !self.is_package);
        for text in texts.flat_map(|text| spellings(text, |name| self.value(name))) {
            let names = parts(&text).map(|word| word.trim_matches(['\\', '{', '}', '!', '$', '[', ']']));
            let names = names.filter(|name| !name.is_empty() && !name.contains('/'));
            found.extend(names.filter_map(|name| read.found(name)));
        }
        found
    }

    /// Whether git's own data counts: where the command names its folder, starts there, or may find it.
    fn git_data<'a>(&self, paths: impl Iterator<Item = &'a PathBuf>) -> GitData {
        let is_below_git = |path: &PathBuf| path.iter().any(|part| part == ".git");
        let mut places = paths.flat_map(|path| named_programs::places(path)).chain([self.folder.clone()]);
        match self.texts().any(|text| may_reach_git(text, |name| self.value(name)))
            || places.any(|it| is_below_git(&it))
        {
            true => GitData::Counts,
            false => GitData::Skipped,
        }
    }

    /// The value of a variable when the command runs.
    fn value(&self, name: &str) -> Option<String> {
        let set = self.variables.get(name).and_then(|variable| variable.value()).map(str::to_owned);
        set.or_else(|| std::env::var(name).ok())
    }

    /// The names of files that the command may name. Only the code of a shell holds patterns, and not a single argument.
    fn file_names(&self) -> BTreeSet<String> {
        let is_divided = |text: &str| text.contains(char::is_whitespace);
        let names = |text| file_names(text).filter(move |name| is_divided(text) || !is_code(name));
        self.texts().flat_map(names).collect()
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
        let above = projects_above(&self.folder, self.texts().flat_map(parts));
        let parent = self.folder.parent().filter(|parent| !is_home(parent) && self.texts().any(makes_folder_above));
        project.into_iter().chain(folder).chain(above).chain(parent.map(Path::to_owned)).collect()
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
        let given = self.given.influential().filter(|(name, _)| !OURS.contains(name)).map(|(_, value)| value);
        named
            .filter_map(|(name, variable)| match variable.set() {
                Some(value) => Some(value),
                None => variable.value().filter(|_| !OURS.contains(&name.as_str()) && !names_packages(name)),
            })
            .chain(given)
    }

    /// The folders that relative paths may belong to.
    fn bases(&self) -> BTreeSet<&Path> {
        BTreeSet::from([self.project.as_path(), self.folder.as_path()])
    }

    /// All paths that `texts` may name, whether they exist or not.
    fn paths<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Result<BTreeSet<PathBuf>, UncheckedFiles> {
        let value = |name: &str| match self.variables.get(name) {
            Some(variable) => variable.value().map(str::to_owned),
            None => self.given.variables.get(name).cloned(),
        };
        let named = named_paths::paths(texts, value)?;
        let from = |named: &String| {
            let bases = self.bases().into_iter().map(|base| base.join(named));
            bases.chain(self.given.in_home(named)).collect::<Vec<_>>()
        };
        let is_elsewhere = |named: &&String| named.starts_with('/') || named.contains("..");
        let completed = named.iter().filter(is_elsewhere).flat_map(from).flat_map(|path| completed(&path));
        Ok(named.iter().flat_map(from).chain(completed).collect())
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

/// True if `folder` is in `other` and not the same.
fn is_below(folder: &Path, other: &Path) -> bool {
    folder != other && folder.starts_with(other)
}

/// The files for which `path` may stand without their endings: Node.js runs `run.js` where `run` is named.
fn completed(path: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
    if folder == Path::new("/") || path.exists() {
        return Vec::new();
    }
    let start = [name.as_encoded_bytes(), b"."].concat();
    let is_longer = |entry: &DirEntry| entry.file_name().as_encoded_bytes().starts_with(&start);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(is_longer).map(|entry| entry.path()).collect()
}

/// True for an existing path that is none of the system.
fn is_file_of_someone(path: &Path) -> bool {
    path != Path::new("/") && path.canonicalize().is_ok_and(|real| !is_of_system(&real))
}

/// True for text that may be a path only when the command runs.
fn is_filled_in_later(text: &str) -> bool {
    text.contains(['$', '`']) || text.starts_with('~')
}
