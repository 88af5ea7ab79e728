//! The single source of truth: one SQLite file with documents, revisions, passages, users and jobs. Every
//! change is one transaction that also records what derived indexes have to follow. It opens, migrates and
//! lends transactions; the queries stand in the files beside this one.

pub mod changes;
pub mod documents;
pub mod jobs;
pub mod passages;
pub mod users;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use thiserror::Error;

use crate::failure::Failure;

/// Numbered changes of the schema; the database's `user_version` is how many it has had.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_initial.sql")];

// Whoever only looks at a database judges its schema by this number.
const _: () = assert!(MIGRATIONS.len() == crate::facts::data::SCHEMA as usize);

/// How long a statement waits for another process's lock.
const BUSY: Duration = Duration::from_secs(10);

/// How many reading connections are kept for the next query.
const POOLED: usize = 4;

/// What goes wrong with the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite reports an error.
    #[error("database")]
    Sqlite(#[from] rusqlite::Error),
    /// The file is a database, and not of this program or damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A newer version of the program has been here.
    #[error("the database has schema {found}, and this program knows {known}")]
    TooNew {
        /// The schema of the file.
        found: usize,
        /// The newest schema that this program knows.
        known: usize,
    },
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// The failure of a command that could not open `path`.
    #[must_use]
    pub fn opening(&self, path: &Path) -> Failure {
        let failure =
            Failure::environment(format!("cannot open the database `{}`", path.display())).because(self);
        match self {
            Self::TooNew { .. } => failure.hint("install the newer version of tars again, or restore a backup"),
            Self::Damaged(_) => failure.hint(damaged(path)),
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => failure.hint(damaged(path)),
                Some(rusqlite::ErrorCode::DiskFull) => failure.hint("free some space on that file system, then start again"),
                Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => {
                    failure.hint("check that the directory exists and that you may write there, or choose another place with `--home DIR`")
                }
                _ => failure,
            },
        }
    }
}

fn damaged(path: &Path) -> String {
    format!(
        "restore it from a backup, or move it away (`mv {0} {0}.damaged`) and start again: documents are indexed anew, users are not",
        path.display()
    )
}

/// The open database: one connection that writes, and as many as needed that read.
pub struct Store {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self> {
        let mut writer = connect(path)?;
        migrate(&mut writer)?;
        Ok(Self { path: path.to_path_buf(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) })
    }

    /// Runs `work` in one read transaction: everything it sees is of one moment.
    pub fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let pooled = lock(&self.readers).pop();
        let mut connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path)?,
        };
        let result = {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            // Ended by a commit, though it changed nothing: a rollback would expire the prepared statements.
            work(&transaction).and_then(|result| Ok(transaction.commit().map(|()| result)?))
        };
        let mut readers = lock(&self.readers);
        // After a rush, what would only hold memory is closed.
        if readers.len() < POOLED {
            readers.push(connection);
        }
        result
    }

    /// Runs `work` in one write transaction, committed and on the disk when this returns.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = lock(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// A connection of one's own, for work that keeps temporary tables.
    pub fn connection(&self) -> Result<Connection> {
        connect(&self.path)
    }

    /// Moves the write-ahead log into the database file, as far as readers allow.
    pub fn checkpoint(&self) -> Result<()> {
        lock(&self.writer).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// The guarded value also after a panic elsewhere: SQLite has rolled back whatever was under way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // FULL: what was acknowledged survives a power cut. temp_store FILE: a census of a large NAS stays off the heap.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA temp_store = FILE; PRAGMA cache_size = -1024; PRAGMA journal_size_limit = 16777216;",
    )?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<()> {
    let version = |connection: &Connection| -> Result<usize> {
        Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
    };
    let found = version(connection)?;
    if found > MIGRATIONS.len() {
        return Err(StoreError::TooNew { found, known: MIGRATIONS.len() });
    }
    for (number, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        if number == 0 {
            // A name for this database, so that an index made from another one is not taken for its own.
            transaction.execute(
                "INSERT INTO meta VALUES ('identity', lower(hex(randomblob(16)))), ('trimmed', '0')",
                [],
            )?;
        }
        transaction.pragma_update(None, "user_version", number + 1)?;
        transaction.commit()?;
    }
    check(connection)
}

/// Looks for damage before anything is served. A full check reads the whole file, so a large database gets
/// only the look at its structure that opening it has already been.
fn check(connection: &Connection) -> Result<()> {
    const FULL_CHECK: i64 = 32 << 20;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("page_count")? * pragma("page_size")? > FULL_CHECK {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(StoreError::Damaged(found)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_earlier_schema_is_brought_up_to_date() {
        for earlier in 0..=MIGRATIONS.len() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("tars.db");
            let old = Connection::open(&path).unwrap();
            for sql in &MIGRATIONS[..earlier] {
                old.execute_batch(sql).unwrap();
            }
            old.pragma_update(None, "user_version", earlier).unwrap();
            drop(old);
            let store = Store::open(&path).unwrap();
            let tables = store
                .read(|tx| {
                    Ok(tx.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'chunks'", [], |r| {
                        r.get::<_, u32>(0)
                    })?)
                })
                .unwrap();
            assert_eq!(tables, 1, "from schema {earlier}");
        }
    }

    #[test]
    fn a_newer_or_foreign_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tars.db");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::TooNew { found: 99, .. })));
        let foreign = dir.path().join("foreign.db");
        std::fs::write(&foreign, "this is no database at all, just a sentence of text".repeat(100)).unwrap();
        let failure = Store::open(&foreign).err().unwrap().opening(&foreign);
        assert!(failure.hint_text().unwrap().contains("backup"), "{failure}");
    }
}
