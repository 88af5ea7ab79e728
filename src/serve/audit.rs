//! Whether store and index agree, passage by passage: what a test asks after pulling the plug. It reads both
//! and changes neither; the server must not be running.

use std::collections::HashSet;

use thiserror::Error;

use super::retrieve::lexical::Lexical;
use super::store::{Store, StoreError};
use crate::config::paths::Home;

/// What an audit found. All empty (and some counted) is as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// How many passages both have.
    pub agreed: usize,
    /// Passages of the store that the index lacks.
    pub missing: Vec<i64>,
    /// Passages of the index that the store lacks, or that the index has twice.
    pub extra: Vec<i64>,
    /// Documents whose current revision does not have exactly the passages it was stored with.
    pub partial: Vec<i64>,
    /// Documents that are neither indexed nor skipped, or both.
    pub undecided: Vec<i64>,
}

/// An audit could not be made.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] tantivy::TantivyError),
}

impl Audit {
    /// Whether everything agrees.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.missing.is_empty()
            && self.extra.is_empty()
            && self.partial.is_empty()
            && self.undecided.is_empty()
    }
}

/// Compares every passage of the store with every passage of the index.
pub fn compare(home: &Home) -> Result<Audit, AuditError> {
    let store = Store::open(&home.database())?;
    let ids = |sql: &str| -> Result<Vec<i64>, StoreError> {
        store.read(|tx| {
            let mut statement = tx.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    };
    let stored: HashSet<i64> =
        ids("SELECT k.id FROM chunks k JOIN revisions r ON r.id = k.revision AND r.superseded IS NULL")?
            .into_iter()
            .collect();
    let mut audit = Audit {
        partial: ids("SELECT r.document FROM revisions r LEFT JOIN chunks k ON k.revision = r.id
              GROUP BY r.id HAVING count(k.id) <> r.chunks OR coalesce(max(k.ordinal) + 1, 0) <> r.chunks")?,
        undecided: ids(
            "SELECT d.id FROM documents d LEFT JOIN revisions r ON r.document = d.id AND r.superseded IS NULL
              WHERE (d.skip_code IS NULL) = (r.id IS NULL)",
        )?,
        ..Audit::default()
    };
    let mut indexed = HashSet::new();
    for chunk in Lexical::open(&home.index())?.all() {
        if !indexed.insert(chunk) || !stored.contains(&chunk) {
            audit.extra.push(chunk);
        }
    }
    audit.missing = stored.difference(&indexed).copied().collect();
    audit.agreed = stored.intersection(&indexed).count();
    Ok(audit)
}
