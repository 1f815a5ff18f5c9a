//! Processes of a server that left its process group: a daemon has a session of its own, and no signal to the group
//! reaches it. Each server carries a mark in its environment, which what it starts inherits, and by which it is found.
//!
//! A process that also clears its environment is not found so; a sandbox ends that one too.

use std::sync::atomic::{AtomicU64, Ordering};

/// The variable that carries the mark.
pub const VARIABLE: &str = "MCP_SCAN_SERVER";

/// The mark of one server.
#[derive(Debug, Clone)]
pub struct Mark(String);

impl Mark {
    /// One that no other server has.
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(format!("{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The value of [`VARIABLE`].
    pub fn value(&self) -> &str {
        &self.0
    }

    /// Kills every process with this mark, until there is none: one may start another meanwhile.
    #[cfg(target_os = "linux")]
    pub fn kill_all(&self) {
        use rustix::process::{Signal, kill_process};
        const ROUNDS: u32 = 50;
        for _ in 0..ROUNDS {
            let found = self.processes();
            if found.is_empty() {
                return;
            }
            for process in found {
                // An error means that it has ended meanwhile.
                let _ = kill_process(process, Signal::KILL);
            }
            std::thread::sleep(std::time::Duration::from_millis(4));
        }
    }

    /// Elsewhere the environment of another process cannot be read; on Windows the job object has them all.
    #[cfg(not(target_os = "linux"))]
    pub fn kill_all(&self) {}

    #[cfg(target_os = "linux")]
    fn processes(&self) -> Vec<rustix::process::Pid> {
        let entry = format!("{VARIABLE}={}", self.0);
        let carries = |folder: &std::path::Path| {
            let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == entry.as_bytes())
        };
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let marked = all.filter(|process| carries(&process.path()));
        marked
            .filter_map(|process| rustix::process::Pid::from_raw(process.file_name().to_str()?.parse().ok()?))
            .collect()
    }
}
