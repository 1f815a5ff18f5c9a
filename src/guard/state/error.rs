//! Why calls cannot be counted.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::text::os_error::in_words;
use crate::text::root_cause::root_cause;

/// Why calls cannot be counted.
#[derive(Debug, Error)]
pub(crate) enum StateError {
    /// `--state` is not a place.
    #[error("{text} is no place to count calls in: it is neither `memory`, a file nor redis://HOST:PORT")]
    Location { text: String },
    /// The URL of the Redis server is invalid. The URL itself may contain a password.
    #[error("the URL of the Redis server is not redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]: {cause}")]
    Url { cause: String },
    /// The file or its folder cannot be created or read.
    #[error("calls cannot be counted in {}: {}", path.display(), in_words(cause))]
    File { path: PathBuf, cause: io::Error },
    /// A file stands where the folder should be.
    #[error("calls cannot be counted in {}: it is neither a folder nor a .db file", path.display())]
    NoFolder { path: PathBuf },
    /// The file is none of SQLite.
    #[error("calls cannot be counted in {}: it is no file of counts", path.display())]
    Damaged { path: PathBuf },
    /// SQLite cannot use the file.
    #[error("could not count the call in {}: {cause}", path.display())]
    Sqlite { path: PathBuf, cause: rusqlite::Error },
    /// The file belongs to another program or a newer version of this one.
    #[error("{} does not hold counts that this version can read", path.display())]
    Foreign { path: PathBuf },
    /// The server does not answer as it should.
    #[error("could not count the call at the Redis server {server}: {}", root_cause(cause))]
    Redis { server: String, cause: redis::RedisError },
    /// The server returned something unexpected.
    #[error("the Redis server {server} answered something that is no count")]
    Answer { server: String },
    /// The program ends.
    #[error("the count was interrupted")]
    Stopped,
}
