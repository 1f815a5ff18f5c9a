//! What a process gives up before it becomes the server. Each step holds for the calling thread and for what it starts.

use std::io;

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    Scope,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities, set_no_new_privs,
};

use super::plan::Limits;
use super::system_calls;

/// What root keeps outside a sandbox: files of others, as programs that root starts expect.
const FILE_RIGHTS: CapabilitySet =
    CapabilitySet::CHOWN.union(CapabilitySet::DAC_OVERRIDE).union(CapabilitySet::FOWNER).union(CapabilitySet::FSETID);

/// Devices that every program may write.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];

/// Gives up what `limits` name; an error means that nothing may be started.
pub(crate) fn apply(limits: &Limits) -> io::Result<()> {
    match limits {
        Limits::Nothing => Ok(()),
        Limits::OtherProcesses => {
            set_no_new_privs(true)?;
            keep_capabilities(FILE_RIGHTS)?;
            // Where the kernel is too old for it, files of the user's other processes stay readable in `/proc`.
            separate_from_other_processes()
        }
        Limits::AllRights => {
            set_no_new_privs(true)?;
            keep_capabilities(CapabilitySet::empty())?;
            separate_from_other_processes()?;
            system_calls::forbid(system_calls::Sockets::All)
        }
        Limits::Files { readable, writable, offline } => {
            set_no_new_privs(true)?;
            keep_capabilities(CapabilitySet::empty())?;
            let all = AccessFs::from_all(ABI::V5);
            let read = AccessFs::from_read(ABI::V5);
            let mut rules = ruleset(all)?.create().map_err(io::Error::other)?;
            let devices = DEVICES.iter().map(|path| (path.into(), AccessFs::from_file(ABI::V5)));
            let readable = readable.iter().map(|path| (path.clone(), read));
            let writable = writable.iter().map(|path| (path.clone(), all));
            for (path, access) in devices.chain(readable).chain(writable) {
                // What is gone by now needs no rule.
                let Ok(opened) = PathFd::new(&path) else { continue };
                let access = if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V5) };
                rules = rules.add_rule(PathBeneath::new(opened, access)).map_err(io::Error::other)?;
            }
            let status = rules.restrict_self().map_err(io::Error::other)?;
            if status.ruleset == landlock::RulesetStatus::NotEnforced {
                return Err(io::Error::other("Landlock does not work here"));
            }
            system_calls::forbid(if *offline { system_calls::Sockets::None } else { system_calls::Sockets::Internet })
        }
    }
}

/// True when the kernel limits files for a process that asks for it.
pub(crate) fn files_can_be_limited() -> bool {
    let strict = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    strict.handle_access(AccessFs::from_all(ABI::V1)).and_then(Ruleset::create).is_ok()
}

/// No other capability, now or by any program that is started.
fn keep_capabilities(kept: CapabilitySet) -> io::Result<()> {
    clear_ambient_capability_set()?;
    let permitted = capabilities(None)?.permitted & kept;
    set_capabilities(None, CapabilitySets { effective: permitted, permitted, inheritable: CapabilitySet::empty() })?;
    Ok(())
}

/// No signal to processes outside, no sight of their memory and environment, no abstract socket of theirs.
fn separate_from_other_processes() -> io::Result<()> {
    // A domain must handle an access, here one that no server needs. Moves between folders are refused in every domain
    // that does not allow them, and package managers move what they have downloaded.
    let rules = ruleset(AccessFs::MakeBlock | AccessFs::Refer)?.create().map_err(io::Error::other)?;
    let root = PathFd::new("/").map_err(io::Error::other)?;
    let rules = rules.add_rule(PathBeneath::new(root, AccessFs::Refer)).map_err(io::Error::other)?;
    rules.restrict_self().map_err(io::Error::other)?;
    Ok(())
}

fn ruleset(access: impl Into<landlock::BitFlags<AccessFs>>) -> io::Result<Ruleset> {
    let handled = Ruleset::default().handle_access(access).map_err(io::Error::other)?;
    handled.scope(Scope::Signal | Scope::AbstractUnixSocket).map_err(io::Error::other)
}
