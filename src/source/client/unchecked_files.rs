//! Why the files of a command cannot be checked, and the limits of what is checked.

/// Maximum number of files and folders, and of bytes in all files, of one folder. A folder above is never cut: nobody
/// can agree to it for later runs.
pub(super) const MAX_FILES: usize = 200_000;
pub(super) const MAX_BYTES: u64 = 16 << 30;
/// Maximum time to read one folder, in seconds.
pub(super) const MAX_SECONDS: u64 = 120;

/// Maximum number of files in all folders of one run.
pub(super) const MAX_FILES_OF_RUN: usize = 1_000_000;

/// Why not all files that a command may run can be checked. Nobody can agree to such a command for later runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UncheckedFiles {
    /// Too many files.
    #[error("{0} has more than {MAX_FILES} files")]
    Count(String),
    /// Too many files in all.
    #[error("the folders of all servers together have more than {MAX_FILES_OF_RUN} files")]
    CountOfRun,
    /// Too many bytes.
    #[error("the files in {0} are larger than {mib} MiB", mib = MAX_BYTES >> 20)]
    Size(String),
    /// Too much to read.
    #[error("it takes more than {MAX_SECONDS} s to read the files in {0}")]
    Time(String),
    /// Too many links over long ways.
    #[error("{0} has too many links that lead over too many folders")]
    Links(String),
    /// A file or folder that cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(String),
    /// A pipe or a device: a program may run what comes out of it.
    #[error("{0} is a pipe or a device, whose content cannot be known")]
    Pipe(String),
    /// A path whose meaning depends on the process that opens it.
    #[error("{0} names a file by way of a process")]
    Process(String),
    /// A folder outside of the project that a link leads to.
    #[error("{0} is a link that leads out of the project")]
    Link(String),
    /// Settings of git whose included files are not all known.
    #[error(
        "{0} includes other settings in a way that is not followed: write `path = FILE` alone in a line, without quotes"
    )]
    GitInclude(String),
    /// More text than is searched for paths.
    #[error("its command is too long to search it for the files that it runs")]
    LongCommand,
    /// The home of a user by name.
    #[error("{0} names a folder by the name of a user")]
    HomeOfUser(String),
}
