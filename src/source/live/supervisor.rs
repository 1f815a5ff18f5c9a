//! The supervisor process between the scanner and a server. It is this program again, with only the server's plan in
//! its environment. It adopts all processes that the server starts, and kills them when the server or the scanner ends.

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
use super::plan::{self, Limits, OverlayMount, ProgramStart, Supervision};

/// How long a server may take to exit after its input is closed, and again after it is asked to stop.
const GRACE: Duration = Duration::from_secs(1);
/// The exit code that shells use for a program that cannot be started.
const NOT_STARTED: u8 = 126;

/// Runs as a supervisor or sandbox helper if the first argument requests it. `None` for normal arguments.
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

/// Protects our environment and memory from other processes of the user. Debuggers cannot attach either.
pub(crate) fn protect_this_process() {
    // If this fails, the privileges that the server drops still keep it from our process.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    // Processes that outlive their supervisor become our children and are killed with the others.
    let _ = set_child_subreaper(Some(getpid()));
}

fn supervise() -> io::Result<ExitCode> {
    let plan: Supervision = plan::received()?;
    protect_this_process();
    // Detach the server from our terminal and its Ctrl-C.
    setsid()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(until_it_ends(&plan));
    descendants::kill_all();
    if let [program, args @ ..] = plan.afterwards.as_slice() {
        let _ = Command::new(&program.0).args(args.iter().map(|arg| &arg.0)).output();
    }
    if let Ok(Some(status)) = &ended {
        return Ok(ends_like(*status));
    }
    // The scanner is gone, so the supervisor removes the folder. There is nobody to report an error to.
    let _ = folder::remove(Path::new(&plan.throw_away.0));
    ended.map(|_| ExitCode::SUCCESS)
}

/// Starts the server and waits until it ends. `None` if the scanner has died or requests an immediate end.
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
    // Close our copies of the server's streams, so that their end is detected.
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
                        // An error means that it has already ended.
                        let _ = kill_process_group(server, signal);
                        next_step = Some((Instant::now() + GRACE, None));
                    }
                    _ => return Ok(None),
                }
            }
        }
    }
}

/// Starts the server in its own process group.
fn started(start: &ProgramStart) -> io::Result<Pid> {
    let spawn = |start: &ProgramStart| {
        let mut command = command(start);
        let child = command.process_group(0).spawn()?;
        Ok(Pid::from_child(&child))
    };
    if start.limits == Limits::Nothing {
        // Bubblewrap ends with the thread that starts it, so this must not be a temporary thread.
        return spawn(start);
    }
    let start = start.clone();
    let thread = std::thread::spawn(move || {
        limits::apply(&start.limits)?;
        spawn(&start)
    });
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the start of the server failed")))
}

fn command(start: &ProgramStart) -> Command {
    let mut command = Command::new(&start.program.0);
    command.args(start.args.iter().map(|arg| &arg.0));
    command.env_clear().envs(start.variables.iter().map(|(name, value)| (&name.0, &value.0)));
    command.current_dir(&start.folder.0);
    command
}

/// Reaps ended processes: the server and those it left to us. Returns the server's status if it is among them.
fn collected(server: Pid) -> Option<WaitStatus> {
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid == server {
            return Some(status);
        }
    }
    None
}

/// Ends the supervisor with the server's exit status or signal, so that the scanner can read it.
fn ends_like(status: WaitStatus) -> ExitCode {
    if let Some(signal) = status.terminating_signal() {
        if let Some(signal) = Signal::from_named_raw(signal) {
            let _ = kill_process(getpid(), signal);
        }
        return ExitCode::from(128_u8.wrapping_add(u8::try_from(signal).unwrap_or(0)));
    }
    ExitCode::from(status.exit_status().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Runs inside a sandbox: mounts the overlays, drops all privileges and becomes the server.
fn enter() -> io::Result<ExitCode> {
    let start: ProgramStart = plan::received()?;
    start.overlays.iter().try_for_each(overlaid)?;
    limits::apply(&start.limits)?;
    Err(command(&start).exec())
}

/// Mounts an overlay over a folder. If overlays are not supported, an empty folder is mounted instead.
fn overlaid(overlay: &OverlayMount) -> io::Result<()> {
    use rustix::mount::{MountFlags, mount, mount_bind};
    let OverlayMount { at, upper, work } = overlay;
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
