//! The files that a run reads and writes. An output must not replace an input or another output.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{OutputCause, OutputError, Unwritable};
use super::targets::RequestedTarget;
use crate::source::client::{Configured, RunFiles, repository};
use crate::source::saved::is_read_in_folder;
use crate::source::{Target, is_read_as_package, is_skill};

/// The path of standard input, on systems that have one.
const STANDARD_INPUT: &str = "/dev/stdin";
/// Maximum number of links to follow.
const MAX_LINKS: usize = 40;

/// The inputs and outputs so far.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Files that are read, each with its kind: "the lock".
    inputs: Vec<(&'static str, PathBuf)>,
    /// Folders in which all listings are read.
    scanned: Vec<PathBuf>,
    /// Folders that are read whole, each with its kind.
    read: Vec<(&'static str, PathBuf)>,
    /// What the scanned servers run.
    run: Vec<RunFiles>,
    /// Files that will be written.
    outputs: Vec<(&'static str, PathBuf)>,
    /// Folders that will be filled with files.
    filled: Vec<(&'static str, PathBuf)>,
}

impl Places {
    /// The files and folders in `requested`.
    pub(crate) fn new(requested: &[RequestedTarget]) -> Self {
        let mut places = Self::default();
        for target in requested.iter().filter_map(|requested| requested.target.as_ref().ok()) {
            match target {
                // A file may be redirected there.
                Target::Stdin => places.inputs.push(("the listing", PathBuf::from(STANDARD_INPUT))),
                Target::Url(_) | Target::Package(_) => {}
                Target::File(path) => {
                    places.inputs.push(("the listing", path.clone()));
                    // A skill is read with all files beside it.
                    places.scanned.extend(path.parent().filter(|_| is_skill(path)).map(Path::to_owned));
                }
                Target::Folder(path) => places.scanned.push(path.clone()),
                // Any word may be the path of the program that runs.
                Target::Command(command) => {
                    let words = command.args.iter().chain([&command.program]).map(String::as_str);
                    places.run.push(RunFiles::new(words, vec![PathBuf::from(".")], false));
                }
                Target::Configured(configured) => places.server(configured),
            }
        }
        places
    }

    /// Adds what a server of a configuration is read from and runs.
    pub(crate) fn server(&mut self, configured: &Configured) {
        self.inputs.push(("the configuration of the server", PathBuf::from(&configured.origin.file)));
        self.run.extend(configured.proposal(&[]).ok().map(|proposal| proposal.run_files()));
    }

    /// Adds an input, if `path` is given.
    pub(crate) fn read(mut self, what: &'static str, path: Option<&Path>) -> Self {
        self.inputs.extend(path.map(|path| (what, path.to_owned())));
        self
    }

    /// Adds a folder that is read whole, if `path` is given.
    pub(crate) fn read_folder(mut self, what: &'static str, path: Option<&Path>) -> Self {
        self.read.extend(path.map(|path| (what, path.to_owned())));
        self
    }

    /// Adds an output file. Fails if it would replace an input or another output.
    pub(crate) fn write(&mut self, what: &'static str, path: &Path) -> Result<(), OutputError> {
        self.check(what, path)?;
        if let Some((other, _)) = self.outputs.iter().find(|(_, other)| same_file(path, other)) {
            return Err(error(what, path, Unwritable::SameAs(other)));
        }
        self.outputs.push((what, path.to_owned()));
        Ok(())
    }

    /// Adds an output folder. Fails if it contains an input or another output.
    pub(crate) fn fill(&mut self, what: &'static str, folder: &Path) -> Result<(), OutputError> {
        let inside = |(_, path): &&(&'static str, PathBuf)| is_inside(path, folder);
        let found = self.inputs.iter().find(inside).map(|(other, _)| Unwritable::HoldsInput(other));
        let found = found.or_else(|| {
            let scanned = self.scanned.iter().find(|scanned| is_inside(scanned, folder));
            scanned.map(|_| Unwritable::HoldsScanned)
        });
        let is_read = |(_, read): &&(&'static str, PathBuf)| is_inside(read, folder) || is_inside(folder, read);
        let found = found.or_else(|| self.read.iter().find(is_read).map(|(other, _)| Unwritable::HoldsInput(other)));
        let outputs = self.outputs.iter().chain(&self.filled);
        let found = found.or_else(|| outputs.clone().find(inside).map(|(other, _)| Unwritable::SameFolder(other)));
        let leads_out = || leads_out_of_repository(folder).then(|| Unwritable::FolderLeadsElsewhere(resolved(folder)));
        let found = found.or_else(leads_out);
        if let Some(why) = found {
            return Err(error(what, folder, why));
        }
        self.filled.push((what, folder.to_owned()));
        Ok(())
    }

    /// Fails if a file at `path` would replace an input, or be in an output folder.
    pub(crate) fn check(&self, what: &'static str, path: &Path) -> Result<(), OutputError> {
        if let Some((input, _)) = self.inputs.iter().find(|(_, input)| same_file(path, input)) {
            return Err(error(what, path, Unwritable::IsInput(input)));
        }
        if let Some((read, _)) = self.read.iter().find(|(_, folder)| is_inside(path, folder)) {
            return Err(error(what, path, Unwritable::HoldsInput(read)));
        }
        if self.run.iter().any(|run| run.has(path)) {
            return Err(error(what, path, Unwritable::IsRun));
        }
        let is_source = |folder: &Path| is_read_as_package(&resolved(path), &resolved(folder));
        let is_read = |folder: &&PathBuf| {
            path.is_file() && is_inside(path, folder) && (is_read_in_folder(path) || is_source(folder))
        };
        if let Some(folder) = self.scanned.iter().find(is_read) {
            return Err(error(what, path, Unwritable::IsScanned(folder.clone())));
        }
        match self.filled.iter().find(|(_, folder)| is_inside(path, folder)) {
            Some((other, _)) => Err(error(what, path, Unwritable::SameFolder(other))),
            None => Ok(()),
        }
    }
}

fn error(what: &'static str, path: &Path, why: Unwritable) -> OutputError {
    OutputError::new(path.display().to_string(), OutputCause { what, why })
}

/// True if both paths are the same file: by their spelling, by links, or by device and inode number. Devices may be
/// written twice.
fn same_file(a: &Path, b: &Path) -> bool {
    let is_special = |path: &Path| fs::metadata(path).is_ok_and(|found| !found.is_file());
    if is_special(a) || is_special(b) {
        return false;
    }
    same_file::is_same_file(a, b).unwrap_or_else(|_| resolved(a) == resolved(b))
}

/// True if `path` is `folder` or is inside it.
fn is_inside(path: &Path, folder: &Path) -> bool {
    resolved(path).starts_with(resolved(folder))
}

/// True if `path` or a folder in it is a link that stands in the repository of the working folder and leads out of it: whoever wrote
/// the repository chose where the output goes.
pub(crate) fn leads_out_of_repository(path: &Path) -> bool {
    let Ok(absolute) = std::path::absolute(path) else { return false };
    let Ok(own) = std::env::current_dir().and_then(|folder| folder.canonicalize()) else { return false };
    let root = repository(&own);
    let mut places = absolute.ancestors().filter(|folder| folder.is_symlink());
    places.any(|link| {
        let holder = link.parent().and_then(|folder| folder.canonicalize().ok());
        let leads_out = !resolved(link).starts_with(&root);
        leads_out && holder.is_some_and(|holder| holder.starts_with(&root))
    })
}

/// `path` with links resolved, whether or not it exists.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Ok(found) = fs::canonicalize(&path) {
            return found;
        }
        // A link to a file that does not exist yet.
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    let parent = path.parent().map(|parent| if parent == Path::new("") { Path::new(".") } else { parent });
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(target: Target) -> Vec<RequestedTarget> {
        vec![RequestedTarget { number: 1, target: Ok(target) }]
    }

    #[test]
    fn an_output_replaces_no_input_and_no_other_output() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("in.json"), "{}").unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("folder/a.json"), "{}").unwrap();
        let places = || Places::new(&requested(Target::File(at("in.json")))).read("the lock", Some(&at("x.lock")));
        for taken in ["in.json", "folder/../in.json", "x.lock"] {
            assert!(places().write("the report", &at(taken)).is_err(), "{taken}");
        }
        let mut two = places();
        two.write("the report", &at("out")).unwrap();
        assert!(two.write("the policy", &at("folder/../out")).is_err());
        assert!(two.fill("the catalogue", dir.path()).is_err(), "the input stands in it");
        two.fill("the catalogue", &at("site")).unwrap();
        assert!(two.write("the policy", &at("site/deep/policy.yaml")).is_err());
        let mut folder = Places::new(&requested(Target::Folder(at("folder"))));
        assert!(folder.write("the report", &at("folder/a.json")).is_err());
        folder.write("the report", &at("folder/report.sarif")).unwrap();
        folder.write("the report", Path::new("/dev/null")).unwrap();
        folder.write("the policy", Path::new("/dev/null")).unwrap();
        fs::write(at("folder/package.json"), "{}").unwrap();
        fs::write(at("folder/server.js"), "").unwrap();
        assert!(folder.write("the report", &at("folder/server.js")).is_err(), "it is read as a package");
        let mut rules = Places::default().read_folder("the folder of rules", Some(&at("folder")));
        assert!(rules.write("the report", &at("folder/findings.yaml")).is_err());
        assert!(rules.fill("the catalogue", &at("folder/site")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_known_by_links_and_by_its_number() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("in.json"), "{}").unwrap();
        symlink(at("in.json"), at("link")).unwrap();
        fs::hard_link(at("in.json"), at("hard")).unwrap();
        symlink("later", at("dangling")).unwrap();
        let mut places = Places::new(&requested(Target::File(at("in.json"))));
        assert!(places.write("the report", &at("link")).is_err());
        assert!(places.write("the report", &at("hard")).is_err());
        places.write("the report", &at("dangling")).unwrap();
        assert!(places.write("the policy", &at("later")).is_err(), "both lead to one file");
    }
}
