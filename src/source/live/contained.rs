//! Builds the command line, environment and file system view for starting a server in a sandbox.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::bwrap::{Bwrap, Writable};
use super::container::{Container, Inside};
use super::environment::{self, Caches, Variables};
use super::folder::ThrowAway;
use super::links;
use super::plan::{self, Bytes, Limits, OverlayMount, ProgramStart, Supervision};
use super::process::Running;
use super::sandbox::Chosen;
use super::sandbox_exec::SandboxExec;
use super::start_error::StartError;
use super::view::{self, FileSystemView, PrivateNeeds};
use crate::source::client::parts;
use crate::source::{Command, Options};

/// A server command and everything needed to start it.
pub(crate) struct Contained<'a> {
    pub(crate) command: &'a Command,
    pub(crate) program: PathBuf,
    /// The files and folders that the command names.
    pub(crate) named: Vec<PathBuf>,
    /// The folder to start in; a temporary one if `None`.
    pub(crate) base: Option<PathBuf>,
    pub(crate) options: &'a Options,
    pub(crate) folder: &'a ThrowAway,
}

/// The plan for starting `contained` in `sandbox`.
pub(crate) fn plan(contained: &Contained, sandbox: Chosen) -> Result<Supervision, StartError> {
    let (start, afterwards) = match sandbox {
        Chosen::None(_) => (contained.start(Caches::Shared, Limits::OtherProcesses)?.0, Vec::new()),
        Chosen::Landlock => (contained.in_landlock()?, Vec::new()),
        Chosen::Bwrap(bwrap) => (contained.in_bwrap(&bwrap)?, Vec::new()),
        Chosen::SandboxExec(sandbox) => (contained.in_sandbox_exec(&sandbox)?, Vec::new()),
        Chosen::Container(container) => contained.in_container(&container)?,
    };
    Ok(Supervision {
        scanner: Running::scanner(),
        throw_away: Bytes::from(&contained.folder.path()),
        start,
        afterwards: afterwards.iter().map(Bytes::from).collect(),
    })
}

impl Contained<'_> {
    /// The plan for the command itself, with its variables pointing to `caches`. Also returns the package caches and
    /// the programs in the user's home.
    fn start(&self, caches: Caches, limits: Limits) -> Result<(ProgramStart, [Vec<PathBuf>; 2]), StartError> {
        let containment = &self.options.containment;
        let ours: Variables = std::env::vars_os().collect();
        let mut variables = environment::for_child(&ours, containment)?;
        let real = std::env::home_dir();
        let (shared, programs) = if containment.real_home {
            environment::shared_folders(&ours, real.as_deref())
        } else {
            let folders = (self.folder.home(), self.folder.temporary());
            let folders = (folders.0.as_path(), folders.1.as_path());
            environment::redirect_home(&mut variables, &ours, real.as_deref(), folders, caches)
        };
        variables.extend(self.options.env.iter().map(|(name, value)| (name.into(), value.into())));
        let start = ProgramStart {
            program: Bytes::from(&self.program),
            args: self.command.args.iter().map(Bytes::from).collect(),
            variables: variables.iter().map(|(name, value)| (Bytes::from(name), Bytes::from(value))).collect(),
            folder: Bytes::from(&self.working_folder()),
            overlays: Vec::new(),
            limits,
        };
        Ok((start, [shared, programs]))
    }

    fn working_folder(&self) -> PathBuf {
        self.base.clone().unwrap_or_else(|| self.folder.work())
    }

    /// The parts of private folders that the command needs.
    fn view(&self, programs: &[PathBuf], as_they_are: &[PathBuf]) -> FileSystemView {
        let args = || self.command.args.iter().map(String::as_str);
        let words = args().flat_map(|word| [Some(word), word.split_once('=').map(|(_, value)| value)]).flatten();
        // Code and variables show nothing of a home.
        let set = self.options.env.iter().map(|(_, value)| value.as_str());
        let parts = args().chain(set).flat_map(parts).filter(|path| !view::is_private(Path::new(path)));
        let absolute = words.chain(parts).map(PathBuf::from).filter(|path| path.is_absolute());
        let named = [self.program.clone()].into_iter().chain(self.base.clone());
        let ours: Variables = std::env::vars_os().collect();
        FileSystemView::new(&PrivateNeeds {
            home: std::env::home_dir(),
            shows_home: self.options.containment.real_home,
            named: named.chain(self.named.clone()).chain(absolute).collect(),
            folders: programs.iter().cloned().chain(environment::named_folders(&ours)).chain(self.linked()).collect(),
            programs: as_they_are.iter().cloned().chain(links::interpreter(&self.program)).collect(),
        })
    }

    /// The folders of programs that are links from where they are found: those on the path, those of a virtual
    /// environment, the program itself, and what runs it.
    fn linked(&self) -> Vec<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let environments = self.base.iter().flat_map(|base| [".venv/bin", "venv/bin"].map(|folder| base.join(folder)));
        let mut folders: Vec<PathBuf> =
            std::env::split_paths(&path).chain(environments).flat_map(|folder| view::linked_folders(&folder)).collect();
        folders.extend(self.program.canonicalize().ok().and_then(|real| Some(real.parent()?.to_owned())));
        if let Some(interpreter) = links::interpreter(&self.program) {
            let real = interpreter.canonicalize().ok();
            let around =
                [Some(interpreter), real].into_iter().flatten().filter_map(|path| Some(path.parent()?.to_owned()));
            folders.extend(around.filter(|folder| links::holds_programs(folder)));
        }
        folders
    }

    fn in_landlock(&self) -> Result<ProgramStart, StartError> {
        let (start, [_, programs]) = self.start(Caches::Fresh, Limits::Nothing)?;
        let readable = self.view(&programs, &[]).readable();
        let offline = self.options.containment.offline;
        let limits = Limits::Files { readable, writable: vec![self.folder.server()], offline };
        Ok(ProgramStart { limits, ..start })
    }

    fn in_bwrap(&self, bwrap: &Bwrap) -> Result<ProgramStart, StartError> {
        let (mut inside, [caches, programs]) = self.start(Caches::Layered, Limits::AllRights)?;
        for (at, cache) in caches.iter().enumerate() {
            let layer = |name: &str| self.folder.layers().join(format!("{at}-{name}"));
            let overlay = OverlayMount { at: cache.clone(), upper: layer("upper"), work: layer("work") };
            std::fs::create_dir(&overlay.upper)?;
            std::fs::create_dir(&overlay.work)?;
            inside.overlays.push(overlay);
        }
        let helper = &self.options.helper;
        let view = self.view(&programs, &[&caches[..], std::slice::from_ref(helper)].concat());
        let own = [self.folder.server(), self.folder.layers()];
        let writable = Writable { own: &own, temporary: &self.folder.temporary() };
        let mut words = bwrap.words(&view, &writable, &self.working_folder(), helper);
        words.push(plan::ENTER.into());
        Ok(around(&bwrap.program, &words, [(plan::VARIABLE.into(), plan::packed(&inside)?)].into()))
    }

    fn in_sandbox_exec(&self, sandbox: &SandboxExec) -> Result<ProgramStart, StartError> {
        let (start, [_, programs]) = self.start(Caches::Fresh, Limits::Nothing)?;
        let view = self.view(&programs, &[]);
        let words = sandbox.words(&view, &[self.folder.server()], &self.program);
        let args = words.iter().map(Bytes::from).chain(start.args).collect();
        Ok(ProgramStart { program: Bytes::from(&sandbox.program), args, ..start })
    }

    fn in_container(&self, container: &Container) -> Result<(ProgramStart, Vec<OsString>), StartError> {
        let is_path = self.command.program.contains(std::path::is_separator);
        let program = if is_path { self.program.to_string_lossy().into_owned() } else { self.command.program.clone() };
        let image = container.image_for(&program).ok_or(StartError::NoImage(program.clone()))?;
        let ours: Variables = std::env::vars_os().collect();
        let containment = &self.options.containment;
        let mut child = environment::named_variables(&ours, &containment.pass_env)?;
        child.extend(self.options.env.iter().map(|(name, value)| (name.into(), value.into())));
        let variables = self.folder.path().join("variables");
        write_variables(&variables, &child)?;
        // The folder name is unique, so it serves as the container name.
        let name = self.folder.path().file_name().unwrap_or_default().to_string_lossy();
        let shown: Vec<PathBuf> =
            self.base.iter().chain(&self.named).cloned().chain(is_path.then(|| self.program.clone())).collect();
        let inside = Inside {
            name: &name,
            shown: &shown,
            variables: &variables,
            folder: self.base.as_deref(),
            user: user(),
            program: &program,
        };
        let mut words = container.words(image, &inside);
        words.extend(self.command.args.iter().map(OsString::from));
        // The container engine itself is trusted with the variables that it needs to find its daemon.
        let engines = |name: &str| ours.get(std::ffi::OsStr::new(name)).map(|value| (name.into(), value.clone()));
        let of_engine =
            ["PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "CONTAINER_HOST"];
        let start = around(&container.program, &words, of_engine.into_iter().filter_map(engines).collect());
        Ok((start, container.removal(&name)))
    }
}

/// The start of a program that creates a sandbox. It keeps all privileges and gets none of the server's variables.
fn around(program: &Path, words: &[OsString], variables: Variables) -> ProgramStart {
    ProgramStart {
        program: Bytes::from(&program),
        args: words.iter().map(Bytes::from).collect(),
        variables: variables.iter().map(|(name, value)| (Bytes::from(name), Bytes::from(value))).collect(),
        folder: Bytes::from(&"/"),
        overlays: Vec::new(),
        limits: Limits::Nothing,
    }
}

/// The user and group of a container: ours, so that mounted files are readable, but never root.
#[cfg(unix)]
fn user() -> String {
    const NOBODY: u32 = 65_534;
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    if user == 0 { format!("{NOBODY}:{NOBODY}") } else { format!("{user}:{group}") }
}

/// On these systems the engine runs in a virtual machine with its own users.
#[cfg(not(unix))]
fn user() -> String {
    "65534:65534".into()
}

/// Writes the variables to a file that only we can read, so that they do not appear on a command line.
fn write_variables(path: &Path, variables: &Variables) -> Result<(), StartError> {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.create_new(true).write(true).open(path)?;
    for (name, value) in variables {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if value.contains(['\n', '\r']) {
            return Err(StartError::SeveralLines(name.into_owned()));
        }
        writeln!(file, "{name}={value}")?;
    }
    Ok(())
}
