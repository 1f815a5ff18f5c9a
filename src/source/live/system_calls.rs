//! Blocks system calls that programs use to escape from sandboxes and that servers do not need. The list is Flatpak's,
//! plus calls that the kernel has added since.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Which sockets a server can create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sockets {
    All,
    /// Only internet sockets. Unix sockets are blocked, because with Landlock nothing else hides those of other
    /// programs.
    Internet,
    /// No sockets, except connected pairs.
    None,
}

/// Calls that fail with `EPERM`.
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

/// Calls that fail with `ENOSYS`, so that programs fall back to older calls, whose arguments can be checked.
const UNKNOWN: [libc::c_long; 9] = [
    libc::SYS_clone3,
    // It can create sockets and open files without the calls that are checked here.
    libc::SYS_io_uring_setup,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
];

/// Blocks the calls for the calling thread and everything that it starts.
pub(crate) fn forbid(sockets: Sockets) -> io::Result<()> {
    for program in programs(sockets)? {
        seccompiler::apply_filter(&program).map_err(io::Error::other)?;
    }
    Ok(())
}

/// One filter for each error code. Empty on a processor architecture that is not supported.
fn programs(sockets: Sockets) -> io::Result<Vec<BpfProgram>> {
    let Ok(arch) = std::env::consts::ARCH.try_into() else { return Ok(Vec::new()) };
    let program = |rules: BTreeMap<libc::c_long, Vec<SeccompRule>>, errno: libc::c_int| {
        let refuse = SeccompAction::Errno(errno.unsigned_abs());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch);
        filter.and_then(BpfProgram::try_from).map_err(io::Error::other)
    };
    let mut refused: BTreeMap<_, _> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    // A new user namespace gives full privileges inside it, and so exposes most kernel vulnerabilities.
    let new_user = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    refused.insert(libc::SYS_clone, vec![rule(0, SeccompCmpOp::MaskedEq(new_user), new_user)?]);
    // A shell would run input that is injected into its terminal.
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| rule(1, SeccompCmpOp::Eq, request));
    refused.insert(libc::SYS_ioctl, terminal.into_iter().collect::<io::Result<_>>()?);
    refused.insert(
        libc::SYS_socket,
        match sockets {
            Sockets::All => refused_sockets(&[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6])?,
            Sockets::Internet => refused_sockets(&[libc::AF_INET, libc::AF_INET6])?,
            Sockets::None => Vec::new(),
        },
    );
    let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    Ok(vec![program(refused, libc::EPERM)?, program(unknown, libc::ENOSYS)?])
}

/// Rules for all sockets except those of these `families` and those that list the network interfaces.
/// Others reach the host of a virtual machine, the kernel's settings and rarely used code of the kernel.
fn refused_sockets(families: &[libc::c_int]) -> io::Result<Vec<SeccompRule>> {
    let value = |number: libc::c_int| u64::from(number.unsigned_abs());
    let condition = |index: u8, operation: SeccompCmpOp, number: libc::c_int| {
        SeccompCondition::new(index, SeccompCmpArgLen::Dword, operation, value(number)).map_err(io::Error::other)
    };
    let other = families.iter().chain(&[libc::AF_NETLINK]).map(|family| condition(0, SeccompCmpOp::Ne, *family));
    let other = other.collect::<io::Result<Vec<_>>>()?;
    let settings =
        vec![condition(0, SeccompCmpOp::Eq, libc::AF_NETLINK)?, condition(2, SeccompCmpOp::Ne, libc::NETLINK_ROUTE)?];
    [other, settings].into_iter().map(|rule| SeccompRule::new(rule).map_err(io::Error::other)).collect()
}

/// A rule that compares the argument at `index` with `value`.
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
