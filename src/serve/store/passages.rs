//! Reading passages back: every hit of an index passes through here, inside the query's read transaction,
//! so what is gone, superseded or in another collection can never answer.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Result;
use crate::wire::Source;

/// A passage and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its number.
    pub id: i64,
    /// The number of its collection.
    pub collection: i64,
    /// Where it stands.
    pub source: Source,
    /// Its text, verbatim.
    pub text: String,
}

/// The passage, if it is of a current revision.
pub fn read(tx: &Transaction<'_>, id: i64) -> Result<Option<Passage>> {
    let mut statement = tx.prepare_cached(
        "SELECT d.id, c.name, r.title, d.path, k.heading, k.page, k.line_first, k.line_last, k.row_first, k.row_last,
                k.text, d.collection
           FROM chunks k JOIN revisions r ON r.id = k.revision AND r.superseded IS NULL
           JOIN documents d ON d.id = r.document JOIN collections c ON c.id = d.collection
          WHERE k.id = ?1",
    )?;
    let passage = statement.query_row([id], |row| {
        let path = String::from_utf8_lossy(&row.get::<_, Vec<u8>>(3)?).into_owned();
        let title: Option<String> = row.get(2)?;
        let span = |first: Option<u32>, last: Option<u32>| first.zip(last);
        Ok(Passage {
            id,
            collection: row.get(11)?,
            source: Source {
                document_id: row.get(0)?,
                collection: row.get(1)?,
                title: title.unwrap_or_else(|| file_name(&path).to_string()),
                heading: row.get(4)?,
                page: row.get(5)?,
                lines: span(row.get(6)?, row.get(7)?),
                rows: span(row.get(8)?, row.get(9)?),
                path,
            },
            text: row.get(10)?,
        })
    });
    Ok(passage.optional()?)
}

/// The last part of a path.
#[must_use]
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What an index needs to know of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexable {
    /// Its number.
    pub id: i64,
    /// Its collection.
    pub collection: i64,
    /// The title of its document, or the file name.
    pub title: String,
    /// The headings that enclose it.
    pub heading: String,
    /// Its text.
    pub text: String,
}

/// Gives every passage of a current revision to `each`, in order; none where the revision is not current.
pub fn of_revision<E: From<super::StoreError>>(
    tx: &Transaction<'_>,
    revision: i64,
    mut each: impl FnMut(Indexable) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let sqlite = |error: rusqlite::Error| E::from(super::StoreError::from(error));
    let mut statement = tx
        .prepare_cached(
            "SELECT k.id, d.collection, r.title, d.path, k.heading, k.text FROM chunks k
               JOIN revisions r ON r.id = k.revision AND r.superseded IS NULL
               JOIN documents d ON d.id = r.document WHERE k.revision = ?1 ORDER BY k.ordinal",
        )
        .map_err(sqlite)?;
    let mut rows = statement.query([revision]).map_err(sqlite)?;
    while let Some(row) = rows.next().map_err(sqlite)? {
        let read = || -> rusqlite::Result<Indexable> {
            let title: Option<String> = row.get(2)?;
            let path: Vec<u8> = row.get(3)?;
            Ok(Indexable {
                id: row.get(0)?,
                collection: row.get(1)?,
                title: title.unwrap_or_else(|| file_name(&String::from_utf8_lossy(&path)).to_string()),
                heading: row.get(4)?,
                text: row.get(5)?,
            })
        };
        each(read().map_err(sqlite)?)?;
    }
    Ok(())
}

/// The numbers of the current revisions after `after`, at most `limit`.
pub fn current_revisions(tx: &Transaction<'_>, after: i64, limit: usize) -> Result<Vec<i64>> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM revisions WHERE superseded IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, limit], |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
