//! Documents and their revisions: what is known of a file, putting new content in place of old in one
//! transaction, moving and removing, and the lists that the API shows.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Result, changes};
use crate::serve::ingest::chunk::Chunk;
use crate::wire;

/// The collection of that name, made where it is missing.
pub fn collection(tx: &Transaction<'_>, name: &str) -> Result<i64> {
    tx.execute("INSERT INTO collections (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
    Ok(tx.query_row("SELECT id FROM collections WHERE name = ?1", [name], |row| row.get(0))?)
}

/// The number of a collection, where there is one of that name.
pub fn find_collection(tx: &Transaction<'_>, name: &str) -> Result<Option<i64>> {
    Ok(tx.query_row("SELECT id FROM collections WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

/// A directory that is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its number.
    pub id: i64,
    /// Its collection.
    pub collection: i64,
}

/// The root at that directory, made where it is missing, with a collection named after the directory.
pub fn root(tx: &Transaction<'_>, path: &Path, name: &str) -> Result<Root> {
    let bytes = path.as_os_str().as_bytes();
    let known = |tx: &Transaction<'_>| {
        tx.query_row("SELECT id, collection FROM roots WHERE path = ?1", [bytes], |row| {
            Ok(Root { id: row.get(0)?, collection: row.get(1)? })
        })
        .optional()
    };
    if let Some(root) = known(tx)? {
        return Ok(root);
    }
    // Two directories of the same name are two collections: docs, docs-2.
    let mut unique = name.to_string();
    let mut number = 2;
    while find_collection(tx, &unique)?.is_some() {
        unique = format!("{name}-{number}");
        number += 1;
    }
    let collection = collection(tx, &unique)?;
    tx.execute("INSERT INTO roots (collection, path) VALUES (?1, ?2)", params![collection, bytes])?;
    Ok(Root { id: tx.last_insert_rowid(), collection })
}

/// The roots that are known: number, collection name, path.
pub fn roots(tx: &Transaction<'_>) -> Result<Vec<(i64, String, Vec<u8>)>> {
    let mut statement = tx.prepare_cached(
        "SELECT r.id, c.name, r.path FROM roots r JOIN collections c ON c.id = r.collection ORDER BY r.id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Forgets a root that has no documents any more, and its collection where that is empty.
pub fn forget_root(tx: &Transaction<'_>, root: i64) -> Result<()> {
    let collection: i64 =
        tx.query_row("SELECT collection FROM roots WHERE id = ?1", [root], |row| row.get(0))?;
    tx.execute("DELETE FROM roots WHERE id = ?1", [root])?;
    forget_collection_if_empty(tx, collection)
}

fn forget_collection_if_empty(tx: &Transaction<'_>, collection: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM collections WHERE id = ?1
           AND NOT EXISTS (SELECT 1 FROM documents WHERE collection = ?1)
           AND NOT EXISTS (SELECT 1 FROM roots WHERE collection = ?1)",
        [collection],
    )?;
    Ok(())
}

/// What is stored about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The document.
    pub id: i64,
    /// Size in bytes when it was read.
    pub size: i64,
    /// Modification time in nanoseconds when it was read.
    pub mtime: i64,
    /// Why it was skipped, as a stable code.
    pub skip_code: Option<String>,
    /// The hash of the current revision.
    pub hash: Option<Vec<u8>>,
}

const KNOWN: &str = "SELECT d.id, d.size, d.mtime, d.skip_code, r.hash FROM documents d
    LEFT JOIN revisions r ON r.document = d.id AND r.superseded IS NULL";

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        id: row.get(0)?,
        size: row.get(1)?,
        mtime: row.get(2)?,
        skip_code: row.get(3)?,
        hash: row.get(4)?,
    })
}

/// The document at a path below a root.
pub fn at(connection: &rusqlite::Connection, root: i64, path: &[u8]) -> Result<Option<Known>> {
    let mut statement = connection.prepare_cached(&format!("{KNOWN} WHERE d.root = ?1 AND d.path = ?2"))?;
    Ok(statement.query_row(params![root, path], known).optional()?)
}

/// The document of that name in a collection, given in a request.
pub fn named(tx: &Transaction<'_>, collection: i64, name: &[u8]) -> Result<Option<Known>> {
    let sql = format!("{KNOWN} WHERE d.root IS NULL AND d.collection = ?1 AND d.path = ?2");
    Ok(tx.prepare_cached(&sql)?.query_row(params![collection, name], known).optional()?)
}

/// Which file, and how it looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its collection.
    pub collection: i64,
    /// Its root; none where it was given in a request.
    pub root: Option<i64>,
    /// The path below the root, or the name.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: i64,
    /// Modification time in nanoseconds.
    pub mtime: i64,
}

/// Content that was read.
#[derive(Debug, Clone)]
pub struct Content {
    /// SHA-256 of the bytes.
    pub hash: Vec<u8>,
    /// The format it was read as.
    pub format: &'static str,
    /// The title, where it has one.
    pub title: Option<String>,
    /// The passages, in order.
    pub chunks: Vec<Chunk>,
}

/// A revision that was put in force: what an index needs to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// The document.
    pub document: i64,
    /// The new revision.
    pub revision: i64,
    /// The number of its first passage; the others follow without a gap.
    pub first_chunk: i64,
    /// The revision that it replaces.
    pub replaced: Option<i64>,
    /// The newest change after this.
    pub seq: i64,
}

/// Puts content in place of whatever the document held before.
pub fn put(
    tx: &Transaction<'_>,
    document: Option<i64>,
    place: &Place,
    content: &Content,
    now: Timestamp,
) -> Result<Put> {
    let document = keep_place(tx, document, place, None, now)?;
    let replaced = supersede(tx, document, now)?;
    tx.prepare_cached(
        "INSERT INTO revisions (document, hash, bytes, format, title, observed, chunks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        document,
        content.hash,
        place.size,
        content.format,
        content.title,
        now.as_millisecond(),
        content.chunks.len()
    ])?;
    let revision = tx.last_insert_rowid();
    let mut insert = tx.prepare_cached(
        "INSERT INTO chunks (revision, ordinal, heading, page, line_first, line_last, row_first, row_last, tokens, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut first_chunk = 0;
    for (ordinal, chunk) in content.chunks.iter().enumerate() {
        insert.execute(params![
            revision,
            ordinal,
            chunk.heading,
            chunk.page,
            chunk.lines.map(|lines| lines.0),
            chunk.lines.map(|lines| lines.1),
            chunk.rows.map(|rows| rows.0),
            chunk.rows.map(|rows| rows.1),
            chunk.tokens,
            chunk.text
        ])?;
        if ordinal == 0 {
            first_chunk = tx.last_insert_rowid();
        }
    }
    let seq = changes::record(tx, revision, true)?;
    Ok(Put { document, revision, first_chunk, replaced, seq })
}

/// Records that a file is not indexed, and why; what it held before is gone. Returns the revision that an
/// index has to forget.
pub fn skip(
    tx: &Transaction<'_>,
    document: Option<i64>,
    place: &Place,
    why: (&str, &str),
    now: Timestamp,
) -> Result<(i64, Option<i64>)> {
    let document = keep_place(tx, document, place, Some(why), now)?;
    Ok((document, supersede(tx, document, now)?))
}

/// Writes the document's row and returns its number.
fn keep_place(
    tx: &Transaction<'_>,
    document: Option<i64>,
    place: &Place,
    why: Option<(&str, &str)>,
    now: Timestamp,
) -> Result<i64> {
    let (code, sentence) = why.unzip();
    let observed = now.as_millisecond();
    if let Some(id) = document {
        tx.prepare_cached(
            "UPDATE documents SET path = ?2, size = ?3, mtime = ?4, observed = ?5, skip_code = ?6, skip_why = ?7 WHERE id = ?1",
        )?
        .execute(params![id, place.path, place.size, place.mtime, observed, code, sentence])?;
        return Ok(id);
    }
    tx.prepare_cached(
        "INSERT INTO documents (collection, root, path, size, mtime, observed, skip_code, skip_why)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        place.collection,
        place.root,
        place.path,
        place.size,
        place.mtime,
        observed,
        code,
        sentence
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Ends the current revision of a document: its passages go, its row stays as history.
fn supersede(tx: &Transaction<'_>, document: i64, now: Timestamp) -> Result<Option<i64>> {
    let current: Option<i64> = tx
        .prepare_cached("SELECT id FROM revisions WHERE document = ?1 AND superseded IS NULL")?
        .query_row([document], |row| row.get(0))
        .optional()?;
    if let Some(revision) = current {
        tx.prepare_cached("DELETE FROM chunks WHERE revision = ?1")?.execute([revision])?;
        tx.prepare_cached("UPDATE revisions SET superseded = ?2, chunks = 0 WHERE id = ?1")?
            .execute(params![revision, now.as_millisecond()])?;
        changes::record(tx, revision, false)?;
    }
    Ok(current)
}

/// Notes that a file looks different (or stands elsewhere) and holds the same content. Returns the current
/// revision, which an index has to read again because the path may be part of what is searched.
pub fn moved(tx: &Transaction<'_>, document: i64, place: &Place) -> Result<Option<i64>> {
    tx.prepare_cached("UPDATE documents SET path = ?2, size = ?3, mtime = ?4 WHERE id = ?1")?
        .execute(params![document, place.path, place.size, place.mtime])?;
    let revision: Option<i64> = tx
        .prepare_cached("SELECT id FROM revisions WHERE document = ?1 AND superseded IS NULL")?
        .query_row([document], |row| row.get(0))
        .optional()?;
    if let Some(revision) = revision {
        changes::record(tx, revision, true)?;
    }
    Ok(revision)
}

/// Notes a new size or time of a file that holds the same content.
pub fn touched(tx: &Transaction<'_>, document: i64, size: i64, mtime: i64) -> Result<()> {
    tx.prepare_cached("UPDATE documents SET size = ?2, mtime = ?3 WHERE id = ?1")?
        .execute(params![document, size, mtime])?;
    Ok(())
}

/// Removes a document with all its revisions. Returns the revision that an index has to forget, or nothing
/// where the document had none; `None` where there is no such document.
pub fn remove(tx: &Transaction<'_>, document: i64) -> Result<Option<Option<i64>>> {
    let found: Option<(i64, Option<i64>)> = tx
        .query_row("SELECT collection, root FROM documents WHERE id = ?1", [document], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((collection, root)) = found else { return Ok(None) };
    let current = supersede(tx, document, Timestamp::UNIX_EPOCH)?;
    tx.execute("DELETE FROM documents WHERE id = ?1", [document])?;
    if root.is_none() {
        forget_collection_if_empty(tx, collection)?;
    }
    Ok(Some(current))
}

/// Whether a document came from a directory, if there is such a document.
pub fn has_root(tx: &Transaction<'_>, document: i64) -> Result<Option<bool>> {
    Ok(tx
        .query_row("SELECT root IS NOT NULL FROM documents WHERE id = ?1", [document], |row| row.get(0))
        .optional()?)
}

/// One page of the documents in the order in which they were first seen, after the document `after`.
pub fn list(tx: &Transaction<'_>, after: i64, limit: usize, skipped_only: bool) -> Result<wire::Documents> {
    let total = tx.query_row(
        "SELECT count(*) FROM documents WHERE ?1 = 0 OR skip_code IS NOT NULL",
        [skipped_only],
        |row| row.get(0),
    )?;
    let mut statement = tx.prepare_cached(
        "SELECT d.id, c.name, d.path, r.title, d.size, coalesce(r.chunks, 0), d.observed, d.skip_why
           FROM documents d JOIN collections c ON c.id = d.collection
           LEFT JOIN revisions r ON r.document = d.id AND r.superseded IS NULL
          WHERE d.id > ?1 AND (?3 = 0 OR d.skip_code IS NOT NULL) ORDER BY d.id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, limit, skipped_only], |row| {
        Ok(wire::Document {
            id: row.get(0)?,
            collection: row.get(1)?,
            path: String::from_utf8_lossy(&row.get::<_, Vec<u8>>(2)?).into_owned(),
            title: row.get(3)?,
            bytes: row.get(4)?,
            chunks: row.get(5)?,
            observed: Timestamp::from_millisecond(row.get(6)?).unwrap_or_default(),
            skipped: row.get(7)?,
        })
    })?;
    let documents: Vec<wire::Document> = rows.collect::<std::result::Result<_, _>>()?;
    let next = if documents.len() == limit { documents.last().map(|document| document.id) } else { None };
    Ok(wire::Documents { total, documents, next })
}

/// What the store holds.
pub fn stats(tx: &Transaction<'_>) -> Result<wire::Stats> {
    let one = |sql: &str| tx.query_row(sql, [], |row| row.get::<_, u64>(0));
    let mut statement = tx.prepare(
        "SELECT c.name, count(d.id) FILTER (WHERE d.skip_code IS NULL) FROM collections c
           LEFT JOIN documents d ON d.collection = c.id GROUP BY c.id ORDER BY c.id",
    )?;
    let collections = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<std::result::Result<_, _>>()?;
    Ok(wire::Stats {
        documents: one("SELECT count(*) FROM documents WHERE skip_code IS NULL")?,
        skipped: one("SELECT count(*) FROM documents WHERE skip_code IS NOT NULL")?,
        chunks: one("SELECT coalesce(sum(chunks), 0) FROM revisions WHERE superseded IS NULL")?,
        collections,
        last_job: tx.query_row("SELECT max(id) FROM jobs", [], |row| row.get(0))?,
    })
}
