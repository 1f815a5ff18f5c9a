//! Bubblewrap: a read-only file system, its own process namespace and, with `--offline`, no network.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::sandbox_error::SandboxError;
use super::view::FileSystemView;

const BWRAP: &str = "bwrap";

/// The options for every server. All capabilities are kept inside the new user namespace to mount the overlays of the
/// caches; the program that mounts them drops them before it becomes the server.
const ALWAYS: [&str; 11] = [
    "--die-with-parent",
    "--unshare-user-try",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--cap-add",
    "ALL",
    "--ro-bind",
    "/",
    "/",
];
/// Devices that are bound one by one. Bubblewrap's own `/dev` needs a second user namespace, in which no overlay could
/// be mounted.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
];
/// Parts of `/proc` that control the whole machine. Access to `/proc/sys` depends on the user and not on capabilities,
/// so root in the sandbox could name a program there that the kernel starts outside. Bubblewrap covers only some of
/// these paths.
const MACHINE_SETTINGS: [&str; 7] =
    ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi"];
const NO_NETWORK: &str = "--unshare-net";
/// The folders for temporary files that programs use regardless of `TMPDIR`.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

/// What a server can write.
#[derive(Debug)]
pub(crate) struct Writable<'a> {
    /// The server's own folders.
    pub(crate) own: &'a [PathBuf],
    /// The folder that replaces the folders for temporary files.
    pub(crate) temporary: &'a Path,
}

/// An installed and working bubblewrap.
#[derive(Debug, Clone)]
pub(crate) struct Bwrap {
    pub(crate) program: PathBuf,
    offline: bool,
}

impl Bwrap {
    /// Finds and tests bubblewrap, once per run. Many systems install it but forbid its use.
    pub(crate) fn find(offline: bool) -> Result<Self, SandboxError> {
        static TRIED: [OnceLock<Result<Bwrap, SandboxError>>; 2] = [OnceLock::new(), OnceLock::new()];
        TRIED[usize::from(offline)].get_or_init(|| Self::tried(offline)).clone()
    }

    fn tried(offline: bool) -> Result<Self, SandboxError> {
        if !cfg!(target_os = "linux") {
            return Err(SandboxError::OtherSystem(BWRAP));
        }
        let program = which::which(BWRAP).map_err(|_| SandboxError::NoProgram(BWRAP))?;
        let this = Self { program, offline };
        let nothing = Writable { own: &[], temporary: &std::env::temp_dir() };
        let words = this.words(&FileSystemView::default(), &nothing, Path::new("/"), Path::new("true"));
        match Command::new(&this.program).args(words).stdin(Stdio::null()).output() {
            Ok(output) if output.status.success() => Ok(this),
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                Err(SandboxError::DoesNotWork(BWRAP, why))
            }
            Err(cause) => Err(SandboxError::DoesNotWork(BWRAP, cause.to_string())),
        }
    }

    /// The arguments of bubblewrap, including the program to start in `folder`.
    pub(crate) fn words(
        &self,
        view: &FileSystemView,
        writable: &Writable,
        folder: &Path,
        program: &Path,
    ) -> Vec<OsString> {
        let mut words: Vec<OsString> = ALWAYS.map(OsString::from).into();
        let mut add = |option: &str, places: &[&Path]| {
            words.push(option.into());
            words.extend(places.iter().map(OsString::from));
        };
        add("--tmpfs", &[Path::new("/dev")]);
        for device in DEVICES.map(|device| Path::new("/dev").join(device)) {
            add("--dev-bind-try", &[&device, &device]);
        }
        for (target, link) in DEVICE_LINKS {
            add("--symlink", &[Path::new(target), &Path::new("/dev").join(link)]);
        }
        add("--tmpfs", &[Path::new("/dev/shm")]);
        add("--proc", &[Path::new("/proc")]);
        for settings in MACHINE_SETTINGS.map(Path::new) {
            add("--ro-bind-try", &[settings, settings]);
        }
        if self.offline {
            add(NO_NETWORK, &[]);
        }
        let is_temporary = |folder: &Path| TEMPORARY.iter().any(|temporary| folder == Path::new(temporary));
        for folder in &view.hidden {
            if is_temporary(folder) {
                add("--bind", &[writable.temporary, folder]);
            } else {
                add("--tmpfs", &[folder]);
            }
        }
        if let Some(home) = &view.home {
            add("--dir", &[home]);
        }
        for shown in &view.shown {
            add("--ro-bind-try", &[shown, shown]);
        }
        for link in &view.links {
            add("--symlink", &[&link.to, &link.at]);
        }
        for own in writable.own {
            add("--bind", &[own, own]);
        }
        for file in &view.masked {
            add("--ro-bind", &[Path::new("/dev/null"), file]);
        }
        for folder in view.hidden.iter().filter(|folder| !is_temporary(folder)) {
            add("--remount-ro", &[folder]);
        }
        add("--remount-ro", &[Path::new("/dev")]);
        add("--chdir", &[folder]);
        add("--", &[program]);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::super::links::Link;
    use super::*;

    #[test]
    fn only_what_is_named_can_be_written() {
        let bwrap = Bwrap { program: BWRAP.into(), offline: true };
        let view = FileSystemView {
            hidden: vec!["/home".into(), "/tmp".into()],
            shown: vec!["/home/me/shop".into()],
            links: vec![Link { at: "/home/me/node".into(), to: "shop/bin/node".into() }],
            masked: vec!["/srv/agent.sock".into()],
            home: Some("/home/me".into()),
        };
        let writable = Writable { own: &["/tmp/own".into()], temporary: Path::new("/tmp/own/tmp") };
        let words = bwrap.words(&view, &writable, Path::new("/w"), Path::new("/bin/npx"));
        let words = words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ");
        let end = "--unshare-net --tmpfs /home --bind /tmp/own/tmp /tmp --dir /home/me --ro-bind-try /home/me/shop /home/me/shop \
                   --symlink shop/bin/node /home/me/node --bind /tmp/own /tmp/own --ro-bind /dev/null /srv/agent.sock --remount-ro /home --remount-ro /dev \
                   --chdir /w -- /bin/npx";
        assert!(words.ends_with(end), "{words}");
        assert_eq!(words.matches("--bind ").count(), 2);
    }
}
