//! Counts in an SQLite file that several processes share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::StateError;
use crate::guard::file_id::FileId;
use crate::policy::Addition;
use crate::policy::limit::{CounterKey, Limit, demands};

/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(5);
/// Marks files of this program: `mcps` in ASCII.
const APPLICATION_ID: i32 = 0x6d63_7073;
/// The version of the table.
const VERSION: i32 = 1;
const TABLE: &str = "
CREATE TABLE IF NOT EXISTS counts (
    namespace TEXT NOT NULL,
    scope TEXT NOT NULL,
    counts TEXT NOT NULL,
    window_seconds INTEGER NOT NULL,
    window INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (namespace, scope, counts, window_seconds)
) STRICT, WITHOUT ROWID";
const SELECT: &str = "
SELECT window, used FROM counts WHERE namespace = ?1 AND scope = ?2 AND counts = ?3 AND window_seconds = ?4";
const REPLACE: &str = "
INSERT INTO counts (namespace, scope, counts, window_seconds, window, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET window = excluded.window, used = excluded.used";
const ALL: &str = "SELECT namespace, scope, counts, window_seconds, window, used FROM counts";
const KEEP_LARGER: &str = "
INSERT INTO counts (namespace, scope, counts, window_seconds, window, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET
    used = CASE WHEN excluded.window > window THEN excluded.used
                WHEN excluded.window = window THEN max(used, excluded.used) ELSE used END,
    window = max(window, excluded.window)";
const SUBTRACT: &str = "
UPDATE counts SET used = max(0, used - ?6)
WHERE namespace = ?1 AND scope = ?2 AND counts = ?3 AND window_seconds = ?4 AND window = ?5";

/// Counts in the file at `path`.
pub(super) struct SqliteStore {
    path: PathBuf,
    open: Open,
}

/// The file as it was opened.
struct Open {
    connection: Connection,
    file: FileId,
}

impl SqliteStore {
    /// Opens the file, and creates it for its owner alone if it does not exist.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        Ok(Self { path: path.to_owned(), open: open(path)? })
    }

    /// Counts a call against all `limits`, or returns the index of the limit that it would exceed.
    pub(super) fn reserve(
        &mut self,
        namespace: &str,
        limits: &[Limit],
        now: u64,
    ) -> Result<Result<Vec<Addition>, usize>, StateError> {
        self.with(|connection| reserve(connection, namespace, limits, now))
    }

    /// Takes back `additions`.
    pub(super) fn release(&mut self, namespace: &str, additions: &[Addition]) -> Result<(), StateError> {
        self.with(|connection| release(connection, namespace, additions))
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StateError> {
        // Somebody deleted or replaced the file: other processes count in the one that has its name. What was counted
        // still counts there.
        if FileId::read(&self.path).ok() != Some(self.open.file) {
            let mut replaced = open(&self.path)?;
            carry_over(&self.open.connection, &mut replaced.connection)
                .map_err(|cause| StateError::Sqlite { path: self.path.clone(), cause })?;
            self.open = replaced;
        }
        work(&mut self.open.connection).map_err(|cause| StateError::Sqlite { path: self.path.clone(), cause })
    }
}

fn open(path: &Path) -> Result<Open, StateError> {
    let file = |cause| StateError::File { path: path.to_owned(), cause };
    // SQLite follows no link to the file; a link to its folder is the user's.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.exists() && !folder.is_dir() {
        return Err(StateError::NoFolder { path: folder.to_owned() });
    }
    create_folder(folder).map_err(file)?;
    let name = path.file_name().ok_or_else(|| file(io::ErrorKind::InvalidFilename.into()))?;
    let real = folder.canonicalize().map_err(file)?.join(name);
    create_file(&real).map_err(file)?;
    let sqlite = |cause| StateError::Sqlite { path: path.to_owned(), cause };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(&real, flags).map_err(sqlite)?;
    connection.busy_timeout(PATIENCE).map_err(sqlite)?;
    match prepare(&mut connection) {
        Ok(true) => {}
        Ok(false) => return Err(StateError::Foreign { path: path.to_owned() }),
        Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(StateError::Damaged { path: path.to_owned() });
        }
        Err(cause) => return Err(sqlite(cause)),
    }
    Ok(Open { connection, file: FileId::read(&real).map_err(file)? })
}

/// Creates the table in a new file. False if the file has other content.
fn prepare(connection: &mut Connection) -> rusqlite::Result<bool> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pragma = |name: &str| change.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let tables: i32 = change.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION_ID, VERSION) => {}
        (0, 0) if tables == 0 => {
            change.execute_batch(TABLE)?;
            change.pragma_update(None, "application_id", APPLICATION_ID)?;
            change.pragma_update(None, "user_version", VERSION)?;
        }
        _ => return Ok(false),
    }
    change.commit()?;
    // Readers do not wait for writers. A killed process loses nothing; a machine without power may lose the last calls.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(true)
}

fn reserve(
    connection: &mut Connection,
    namespace: &str,
    limits: &[Limit],
    now: u64,
) -> rusqlite::Result<Result<Vec<Addition>, usize>> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut additions = Vec::new();
    {
        let mut select = change.prepare_cached(SELECT)?;
        let mut replace = change.prepare_cached(REPLACE)?;
        for demand in demands(limits) {
            let CounterKey { scope, counts, window_seconds } = demand.counter;
            let row = select.query_row(params![namespace, scope, counts, window_seconds], |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
            });
            let current = demand.counter.window(now);
            // A clock that goes backward stays in the latest window.
            let (window, used) = row.optional()?.filter(|(window, _)| *window >= current).unwrap_or((current, 0));
            let used = used.saturating_add(demand.amount);
            if used > demand.max {
                // The transaction is rolled back.
                return Ok(Err(demand.limit));
            }
            let (stored_window, stored) = (window.cast_signed(), used.cast_signed());
            replace.execute(params![namespace, scope, counts, window_seconds, stored_window, stored])?;
            additions.push(Addition { counter: demand.counter.clone(), window, amount: demand.amount });
        }
    }
    change.commit()?;
    Ok(Ok(additions))
}

/// Adds the counts of the file `old` to those of `new`. Of two counts in one window the larger one stays.
fn carry_over(old: &Connection, new: &mut Connection) -> rusqlite::Result<()> {
    let change = new.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut all = old.prepare(ALL)?;
        let mut keep = change.prepare(KEEP_LARGER)?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let text = |at: usize| row.get::<_, String>(at);
            let number = |at: usize| row.get::<_, i64>(at);
            keep.execute(params![text(0)?, text(1)?, text(2)?, number(3)?, number(4)?, number(5)?])?;
        }
    }
    change.commit()
}

fn release(connection: &mut Connection, namespace: &str, additions: &[Addition]) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut subtract = change.prepare_cached(SUBTRACT)?;
        for Addition { counter, window, amount } in additions {
            let CounterKey { scope, counts, window_seconds } = counter;
            let (window, amount) = (window.cast_signed(), amount.cast_signed());
            subtract.execute(params![namespace, scope, counts, window_seconds, window, amount])?;
        }
    }
    change.commit()
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn create_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => Err(cause),
        _ => Ok(()),
    }
}
