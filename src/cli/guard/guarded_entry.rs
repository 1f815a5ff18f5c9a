//! Tells whether an entry of a client starts a guard.

use std::path::PathBuf;

use crate::source::client::Configured;

/// The guard in front of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GuardInFront {
    /// The policy that it enforces. `None` if its command names none.
    pub(super) policy: Option<PathBuf>,
    /// True if it refuses nothing.
    pub(super) observes: bool,
}

/// The guard that `server` starts. `None` if it starts the server itself.
pub(super) fn guard_in_front(server: &Configured) -> Option<GuardInFront> {
    let command = server.command()?;
    let name = PathBuf::from(&command.program).file_stem()?.to_string_lossy().to_lowercase();
    let (first, rest) = command.args.split_first()?;
    // The program may be called after its system, or by a link to it.
    let is_ours = name.contains("mcp-scan")
        || std::env::current_exe().is_ok_and(|ours| same_file::is_same_file(ours, &command.program).unwrap_or(false));
    if !is_ours || first != "guard" {
        return None;
    }
    let own: Vec<&String> = rest.iter().take_while(|word| *word != "--").collect();
    let after = own.iter().position(|word| *word == "--policy").and_then(|at| own.get(at + 1));
    let joined = own.iter().find_map(|word| word.strip_prefix("--policy="));
    let policy = after.map(PathBuf::from).or_else(|| joined.map(PathBuf::from));
    Some(GuardInFront { policy, observes: own.iter().any(|word| *word == "--observe") })
}
