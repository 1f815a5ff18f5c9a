//! System calls that a sandboxed server may not make: those by which programs get out of sandboxes, and none that
//! servers need. The list is the one that Flatpak uses, and what has been added to the kernel since.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Which sockets a server may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sockets {
    /// All kinds.
    All,
    /// Those of the internet, but no Unix sockets: nothing else hides the ones of other programs.
    Internet,
    /// No sockets; a pair of connected ones is none.
    None,
}

/// Refused with `EPERM`.
const REFUSED: [libc::c_long; 31] = [
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_userfaultfd,
    libc::SYS_open_by_handle_at,
];

/// Refused as if the kernel did not have them, so that programs use the older calls, whose arguments can be checked.
const UNKNOWN: [libc::c_long; 9] = [
    libc::SYS_clone3,
    // It makes sockets and opens files without the calls that are checked here.
    libc::SYS_io_uring_setup,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
];

/// Forbids them to the calling thread and to all that it starts.
pub(crate) fn forbid(sockets: Sockets) -> io::Result<()> {
    for program in programs(sockets)? {
        seccompiler::apply_filter(&program).map_err(io::Error::other)?;
    }
    Ok(())
}

/// One filter for each way to refuse. None on a processor that the filter is not written for.
fn programs(sockets: Sockets) -> io::Result<Vec<BpfProgram>> {
    let Ok(arch) = std::env::consts::ARCH.try_into() else { return Ok(Vec::new()) };
    let program = |rules: BTreeMap<libc::c_long, Vec<SeccompRule>>, errno: libc::c_int| {
        let refuse = SeccompAction::Errno(errno.unsigned_abs());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch);
        filter.and_then(BpfProgram::try_from).map_err(io::Error::other)
    };
    let mut refused: BTreeMap<_, _> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    // A new user namespace gives all rights inside it, and with them most faults of the kernel.
    let new_user = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    refused.insert(libc::SYS_clone, vec![rule(0, SeccompCmpOp::MaskedEq(new_user), new_user)?]);
    // Input that is put into a terminal is run by the shell behind it.
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| rule(1, SeccompCmpOp::Eq, request));
    refused.insert(libc::SYS_ioctl, terminal.into_iter().collect::<io::Result<_>>()?);
    match sockets {
        Sockets::All => {}
        Sockets::Internet => {
            let unix = u64::from(libc::AF_UNIX.unsigned_abs());
            refused.insert(libc::SYS_socket, vec![rule(0, SeccompCmpOp::Eq, unix)?]);
        }
        Sockets::None => {
            refused.insert(libc::SYS_socket, Vec::new());
        }
    }
    let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    Ok(vec![program(refused, libc::EPERM)?, program(unknown, libc::ENOSYS)?])
}

/// The argument at `index` compared with `value`.
fn rule(index: u8, operation: SeccompCmpOp, value: u64) -> io::Result<SeccompRule> {
    let condition = SeccompCondition::new(index, SeccompCmpArgLen::Dword, operation, value);
    condition.and_then(|condition| SeccompRule::new(vec![condition])).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_can_be_built() {
        for sockets in [Sockets::All, Sockets::Internet, Sockets::None] {
            assert_eq!(programs(sockets).unwrap().len(), 2);
        }
    }
}
