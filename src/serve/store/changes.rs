//! What derived indexes have to follow: a numbered list of revisions to index or to forget. An index stores
//! the number of the last change it has applied, and asks for the rest when it is opened.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Result;

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number; numbers are never used again.
    pub seq: i64,
    /// The revision it is about.
    pub revision: i64,
    /// Index it (anew), or forget it.
    pub added: bool,
}

/// Where the list stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The name of this database.
    pub identity: String,
    /// The number of the newest change.
    pub newest: i64,
    /// Changes up to this one are no longer listed.
    pub trimmed: i64,
}

/// Records a change and returns its number.
pub fn record(tx: &Transaction<'_>, revision: i64, added: bool) -> Result<i64> {
    tx.prepare_cached("INSERT INTO changes (revision, added) VALUES (?1, ?2)")?
        .execute(params![revision, added])?;
    Ok(tx.last_insert_rowid())
}

/// Where the list stands.
pub fn position(tx: &Transaction<'_>) -> Result<Position> {
    let meta = |key: &str| -> Result<String> {
        Ok(tx.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))?)
    };
    let newest = tx
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'changes'", [], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    Ok(Position { identity: meta("identity")?, newest, trimmed: meta("trimmed")?.parse().unwrap_or(0) })
}

/// The changes after a number, oldest first.
pub fn after(tx: &Transaction<'_>, seq: i64) -> Result<Vec<Change>> {
    let mut statement =
        tx.prepare_cached("SELECT seq, revision, added FROM changes WHERE seq > ?1 ORDER BY seq")?;
    let rows = statement
        .query_map([seq], |row| Ok(Change { seq: row.get(0)?, revision: row.get(1)?, added: row.get(2)? }))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Forgets the changes that every index has applied.
pub fn trim(tx: &Transaction<'_>, applied: i64) -> Result<()> {
    tx.execute("DELETE FROM changes WHERE seq <= ?1", [applied])?;
    tx.execute(
        "UPDATE meta SET value = ?1 WHERE key = 'trimmed' AND CAST(value AS INTEGER) < ?1",
        [applied],
    )?;
    Ok(())
}
