//! The processes between the scanner and a server: this program again, with an environment that holds nothing but the
//! server's own plan. The supervisor adopts whatever the server starts, and ends all of it with the server or with the
//! scanner, whichever comes first.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process,
    kill_process_group, pidfd_open, set_child_subreaper, set_dumpable_behavior, setsid, wait,
};
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use super::descendants;
use super::folder;
use super::limits;
use super::plan::{self, Limits, Overlay, Start, Supervision};

/// How long a server has to leave after its input is closed, and again after it is asked to.
const GRACE: Duration = Duration::from_secs(1);
/// The exit code of a shell for what cannot be started.
const NOT_STARTED: u8 = 126;

/// Does what a first argument of our own asks for; `None` for the arguments of a user.
pub(crate) fn helper() -> Option<ExitCode> {
    let first = std::env::args_os().nth(1)?;
    let done = if first == plan::SUPERVISE {
        supervise()
    } else if first == plan::ENTER {
        enter()
    } else {
        return None;
    };
    Some(done.unwrap_or_else(|cause| {
        // Standard error is the server's; the scanner shows its last lines.
        let _ = writeln!(io::stderr(), "could not start the server: {cause}");
        ExitCode::from(NOT_STARTED)
    }))
}

/// Keeps our environment and memory from other processes of the user. A debugger cannot attach either.
pub(crate) fn protect_this_process() {
    // Where the kernel refuses, the server is still kept from our processes by what it gives up itself.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    // What outlives its supervisor becomes ours, and is ended with the others.
    let _ = set_child_subreaper(Some(getpid()));
}

fn supervise() -> io::Result<ExitCode> {
    let plan: Supervision = plan::received()?;
    protect_this_process();
    // Neither Ctrl-C in our terminal nor the terminal itself reaches the server.
    setsid()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(until_it_ends(&plan));
    descendants::kill_all();
    if let [program, args @ ..] = plan.afterwards.as_slice() {
        let _ = Command::new(&program.0).args(args.iter().map(|arg| &arg.0)).output();
    }
    match ended? {
        Some(status) => Ok(ends_like(status)),
        None => {
            // Nobody else is left to do it, or to be told.
            let _ = folder::remove(Path::new(&plan.throw_away.0));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Starts the server and waits for its end; `None` when the scanner has died or wants it to end at once.
async fn until_it_ends(plan: &Supervision) -> io::Result<Option<WaitStatus>> {
    let mut gently = signal(SignalKind::terminate())?;
    let mut at_once = signal(SignalKind::interrupt())?;
    let mut children = signal(SignalKind::child())?;
    let scanner = Pid::from_raw(plan.scanner).ok_or(io::ErrorKind::InvalidInput)?;
    #[expect(deprecated, reason = "an owned descriptor is what the unsafe function asks for")]
    let scanner_ends = AsyncFd::new(pidfd_open(scanner, PidfdFlags::empty())?)?;
    if getppid() != Some(scanner) {
        return Ok(None);
    }
    let server = started(&plan.start)?;
    // Only the server holds its streams from here on, so that their ends are seen.
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    let mut next_step: Option<(Instant, Option<Signal>)> = None;
    loop {
        let step = next_step;
        tokio::select! {
            _ = children.recv() => {
                if let Some(status) = collected(server) {
                    return Ok(Some(status));
                }
            }
            _ = gently.recv() => {
                next_step.get_or_insert((Instant::now() + GRACE, Some(Signal::TERM)));
            }
            _ = at_once.recv() => return Ok(None),
            _ = scanner_ends.readable() => return Ok(None),
            () = async { sleep_until(step.map_or_else(Instant::now, |(at, _)| at)).await }, if step.is_some() => {
                match step {
                    Some((_, Some(signal))) => {
                        // An error means that it has ended.
                        let _ = kill_process_group(server, signal);
                        next_step = Some((Instant::now() + GRACE, None));
                    }
                    _ => return Ok(None),
                }
            }
        }
    }
}

/// Starts the server in a process group of its own.
fn started(start: &Start) -> io::Result<Pid> {
    let spawn = |start: &Start| {
        let mut command = command(start);
        let child = command.process_group(0).spawn()?;
        Ok(Pid::from_child(&child))
    };
    if start.limits == Limits::Nothing {
        // The thread must live on: bubblewrap ends with the thread that started it.
        return spawn(start);
    }
    let start = start.clone();
    let thread = std::thread::spawn(move || {
        limits::apply(&start.limits)?;
        spawn(&start)
    });
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the start of the server failed")))
}

fn command(start: &Start) -> Command {
    let mut command = Command::new(&start.program.0);
    command.args(start.args.iter().map(|arg| &arg.0));
    command.env_clear().envs(start.variables.iter().map(|(name, value)| (&name.0, &value.0)));
    command.current_dir(&start.folder.0);
    command
}

/// Collects what has ended, the server and what it left to us; the status of the server when it is among them.
fn collected(server: Pid) -> Option<WaitStatus> {
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid == server {
            return Some(status);
        }
    }
    None
}

/// The supervisor ends as the server did, so that its status can be read from ours.
fn ends_like(status: WaitStatus) -> ExitCode {
    if let Some(signal) = status.terminating_signal() {
        if let Some(signal) = Signal::from_named_raw(signal) {
            let _ = kill_process(getpid(), signal);
        }
        return ExitCode::from(128_u8.wrapping_add(u8::try_from(signal).unwrap_or(0)));
    }
    ExitCode::from(status.exit_status().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Inside a sandbox: mounts what is written and thrown away, gives up all rights, and becomes the server.
fn enter() -> io::Result<ExitCode> {
    let start: Start = plan::received()?;
    start.overlays.iter().try_for_each(overlaid)?;
    limits::apply(&start.limits)?;
    Err(command(&start).exec())
}

/// Puts a layer over a folder; where the kernel or the file system cannot, an empty folder stands in its place.
fn overlaid(overlay: &Overlay) -> io::Result<()> {
    use rustix::mount::{MountFlags, mount, mount_bind};
    let Overlay { at, upper, work } = overlay;
    let is_plain = |path: &Path| !path.as_os_str().as_encoded_bytes().iter().any(|byte| b",:\\\"".contains(byte));
    let layered = if [at, upper, work].into_iter().all(|path| is_plain(path)) {
        let options = |more: &str| {
            let text =
                format!("lowerdir={},upperdir={},workdir={}{more}", at.display(), upper.display(), work.display());
            std::ffi::CString::new(text)
        };
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        let user = options(",userxattr")?;
        let root = options("")?;
        mount("overlay", at, "overlay", flags, user.as_c_str())
            .or_else(|_| mount("overlay", at, "overlay", flags, root.as_c_str()))
            .is_ok()
    } else {
        false
    };
    if layered { Ok(()) } else { Ok(mount_bind(upper, at)?) }
}
