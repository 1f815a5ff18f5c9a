//! Tells whether an entry of a client starts a guard, and finds the server behind it.

use std::path::{Path, PathBuf};

use super::super::args::Command as Subcommand;
use super::super::parse::parse;
use crate::source::client::{BehindGuard, Configured, GuardedLaunch};
use crate::source::{Command, Target};

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
    let is_ours = name.contains("mcp-scan") || is_this_program(Path::new(&command.program));
    if !is_ours || first != "guard" {
        return None;
    }
    let own: Vec<&String> = rest.iter().take_while(|word| *word != "--").collect();
    let after = own.iter().position(|word| *word == "--policy").and_then(|at| own.get(at + 1));
    let joined = own.iter().find_map(|word| word.strip_prefix("--policy="));
    let policy = after.map(PathBuf::from).or_else(|| joined.map(PathBuf::from));
    Some(GuardInFront { policy, observes: own.iter().any(|word| *word == "--observe") })
}

/// Lets `server` start or reach the server behind the guard that its entry starts. Only this very program is looked
/// through: another one called `mcp-scan` may do anything. An entry whose guard names its server in another file stays.
pub(crate) fn look_through_guard(server: &mut Configured) {
    if let Some(behind) = server.command().filter(|guard| is_ours(guard, server)).and_then(|guard| behind(&guard)) {
        server.replace_launch(behind);
    }
}

/// True if `guard` starts this program, whatever the entry of `server` sets.
fn is_ours(guard: &Command, server: &Configured) -> bool {
    let is_bare = Path::new(&guard.program).components().count() < 2;
    if is_bare && server.environment().iter().any(|name| name.eq_ignore_ascii_case("PATH")) {
        return false;
    }
    guard.args.first().is_some_and(|word| word == "guard")
        && which::which(&guard.program).is_ok_and(|program| is_this_program(&program))
}

fn is_this_program(program: &Path) -> bool {
    std::env::current_exe().is_ok_and(|ours| same_file::is_same_file(ours, program).unwrap_or(false))
}

/// The server that the words of `guard` name, as the guard itself would read them.
fn behind(guard: &Command) -> Option<BehindGuard> {
    let words: Vec<_> = std::iter::once(&guard.program).chain(&guard.args).map(Into::into).collect();
    let parsed = parse(&words, Target::takes_all_words, |_| true).ok()?;
    let Some(Subcommand::Guard(args)) = parsed.cli.command else { return None };
    let run = args.run;
    let (first, rest) = run.targets.split_first()?;
    let launch = if parsed.forced || (Target::takes_all_words(first) && !first.contains("://")) {
        GuardedLaunch::Command(Command { program: first.clone(), args: rest.to_vec() })
    } else if first.starts_with("http://") || first.starts_with("https://") {
        GuardedLaunch::Url(first.clone())
    } else {
        return None;
    };
    Some(BehindGuard { launch, env: run.env, headers: run.header })
}
