//! Finds and kills all descendants of this process, regardless of their session and environment.

use std::collections::HashMap;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, wait, waitid};

/// Maximum number of rounds. A process may start another one during a round.
const ROUNDS: u32 = 500;

/// Kills and reaps all descendants of this process, which must be a child subreaper.
pub(crate) fn kill_all() {
    if is_childless() {
        return;
    }
    for _ in 0..ROUNDS {
        let found = below(getpid());
        for process in &found {
            // An error means that the process has already ended.
            let _ = kill_process(*process, Signal::KILL);
        }
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        if found.is_empty() {
            return;
        }
        sleep(Duration::from_millis(2));
    }
}

/// True if this process has no child, and as a child subreaper no other descendant either. To read the state of all processes
/// takes longer than most commands that start none.
fn is_childless() -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, look), Err(Errno::CHILD))
}

/// The descendants of `process`, including zombies.
fn below(process: Pid) -> Vec<Pid> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(id) = id else { continue };
        let status = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = parent(&status) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![process.as_raw_pid()];
    while let Some(next) = open.pop() {
        let below = children.remove(&next).unwrap_or_default();
        found.extend(below.iter().filter_map(|id| Pid::from_raw(*id)));
        open.extend(below);
    }
    found
}

/// The parent in a line of `/proc/PID/stat`. The process name before it may contain any character.
fn parent(status: &str) -> Option<i32> {
    status.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_hides_nothing() {
        assert_eq!(parent("12 (a) b) S 7 12 12 0"), Some(7));
        assert_eq!(parent("12 (sh"), None);
    }
}
