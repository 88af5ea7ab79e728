//! The census of one directory: what stands there now against what the store knows, kept in temporary tables
//! on the disk so that a million files cost no memory. It answers three questions: what must be read, which
//! known document has moved, and what is gone.

use rusqlite::{Connection, OptionalExtension, params};

use super::extract::Skip;
use super::walk::Entry;
use crate::serve::store::{Result, documents};

/// A file that must be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path below the root.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: i64,
    /// Modification time in nanoseconds.
    pub mtime: i64,
    /// Why it cannot be a document, where the walk has seen that already.
    pub skip: Option<Skip>,
    /// The document at that path, where there is one.
    pub known: Option<documents::Known>,
}

/// What the census says of one entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was when it was read.
    Unchanged,
    /// As it was when it was skipped, for this reason.
    StillSkipped(String),
    /// To be read.
    Candidate,
}

/// The comparison of one root.
pub struct Census {
    connection: Connection,
    root: i64,
    /// The newest document when the census began: what is added later is not gone because it was not met.
    newest: i64,
}

impl Census {
    /// An empty census of a root, on a connection of its own.
    pub fn new(connection: Connection, root: i64) -> Result<Self> {
        connection.execute_batch(
            "DROP TABLE IF EXISTS temp.seen; DROP TABLE IF EXISTS temp.candidates; DROP TABLE IF EXISTS temp.blind;
             CREATE TEMP TABLE seen (id INTEGER PRIMARY KEY);
             CREATE TEMP TABLE candidates (n INTEGER PRIMARY KEY, path BLOB NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
                 is_link INTEGER NOT NULL, is_file INTEGER NOT NULL);
             CREATE TEMP TABLE blind (path BLOB NOT NULL);",
        )?;
        let newest =
            connection.query_row("SELECT coalesce(max(id), 0) FROM documents", [], |row| row.get(0))?;
        Ok(Self { connection, root, newest })
    }

    /// How many documents of this root the store has.
    pub fn known(&self) -> Result<u64> {
        Ok(self.connection.query_row(
            "SELECT count(*) FROM documents WHERE root = ?1",
            [self.root],
            |row| row.get(0),
        )?)
    }

    /// Everything from here on is one transaction of the temporary tables: a walk writes often.
    pub fn begin(&self) -> Result<()> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    /// Ends the transaction of a walk.
    pub fn end(&self) -> Result<()> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// The document at a path, where there is one.
    pub fn at(&self, path: &[u8]) -> Result<Option<documents::Known>> {
        documents::at(&self.connection, self.root, path)
    }

    /// Takes in a file that was met, and says how it stands.
    pub fn meet(&self, entry: &Entry) -> Result<Standing> {
        let known = self.at(&entry.path)?;
        if let Some(known) = &known {
            self.seen(known.id)?;
            let same = known.size == entry.size && known.mtime == entry.mtime;
            match &known.skip_code {
                None if same => return Ok(Standing::Unchanged),
                // Permissions and limits change without a trace in size and time: such files are tried again.
                Some(code) if same && !matches!(code.as_str(), "unreadable" | "too-large") => {
                    return Ok(Standing::StillSkipped(code.clone()));
                }
                _ => {}
            }
        }
        self.connection
            .prepare_cached("INSERT INTO temp.candidates (path, size, mtime, is_link, is_file) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![entry.path, entry.size, entry.mtime, entry.skip == Some(Skip::Symlink), entry.skip.is_none()])?;
        Ok(Standing::Candidate)
    }

    /// Notes a document as still there.
    pub fn seen(&self, id: i64) -> Result<()> {
        self.connection.prepare_cached("INSERT OR IGNORE INTO temp.seen VALUES (?1)")?.execute([id])?;
        Ok(())
    }

    /// Notes a directory that could not be read: what is below it is not gone, only out of sight.
    pub fn blind(&self, directory: &[u8]) -> Result<()> {
        self.connection.prepare_cached("INSERT INTO temp.blind VALUES (?1)")?.execute([directory])?;
        Ok(())
    }

    /// How many files must be read.
    pub fn candidates(&self) -> Result<u64> {
        Ok(self.connection.query_row("SELECT count(*) FROM temp.candidates", [], |row| row.get(0))?)
    }

    /// The next files that must be read, after the one numbered `after`, and the number of the last.
    pub fn page(&self, after: i64, limit: usize) -> Result<(Vec<Candidate>, i64)> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT n, path, size, mtime, is_link, is_file FROM temp.candidates WHERE n > ?1 ORDER BY n LIMIT ?2")?;
        let rows = statement.query_map(params![after, limit], |row| {
            let skip = match (row.get(4)?, row.get(5)?) {
                (true, _) => Some(Skip::Symlink),
                (false, false) => Some(Skip::NotAFile),
                (false, true) => None,
            };
            let candidate =
                Candidate { path: row.get(1)?, size: row.get(2)?, mtime: row.get(3)?, skip, known: None };
            Ok((row.get::<_, i64>(0)?, candidate))
        })?;
        let mut last = after;
        let mut candidates = Vec::new();
        for row in rows {
            let (n, mut candidate) = row?;
            last = n;
            candidate.known = self.at(&candidate.path)?;
            candidates.push(candidate);
        }
        Ok((candidates, last))
    }

    /// A document with this content, read the same way, that was not met at its own path: the file has moved.
    pub fn moved_from(&self, hash: &[u8], format: &str) -> Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.id FROM revisions r JOIN documents d ON d.id = r.document
              WHERE r.hash = ?1 AND r.superseded IS NULL AND d.root = ?2 AND d.id <= ?3 AND r.format = ?4
                AND d.id NOT IN (SELECT id FROM temp.seen) LIMIT 1",
        )?;
        Ok(statement.query_row(params![hash, self.root, self.newest, format], |row| row.get(0)).optional()?)
    }

    /// The documents that are gone: known, not met, and not below a directory that could not be read.
    pub fn gone(&self) -> Result<Vec<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM documents d WHERE root = ?1 AND id <= ?2 AND id NOT IN (SELECT id FROM temp.seen)
                AND NOT EXISTS (SELECT 1 FROM temp.blind b
                     WHERE d.path = b.path OR length(b.path) = 0
                        OR (substr(d.path, 1, length(b.path)) = b.path AND substr(d.path, length(b.path) + 1, 1) = X'2F'))",
        )?;
        let rows = statement.query_map([self.root, self.newest], |row| row.get(0))?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::store::Store;
    use crate::serve::store::documents::{Content, Place};
    use jiff::Timestamp;

    fn entry(path: &str, mtime: i64) -> Entry {
        Entry { path: path.into(), size: 1, mtime, skip: None }
    }

    #[test]
    fn what_is_below_an_unreadable_directory_is_not_gone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        let root = store.write(|tx| documents::root(tx, dir.path(), "t")).unwrap();
        let put = |path: &str| {
            let place = Place {
                collection: root.collection,
                root: Some(root.id),
                path: path.into(),
                size: 1,
                mtime: 7,
            };
            let content = Content { hash: path.into(), format: "text", title: None, chunks: Vec::new() };
            store
                .write(|tx| documents::put(tx, None, &place, &content, Timestamp::UNIX_EPOCH))
                .unwrap()
                .document
        };
        let (kept, hidden, lost) = (put("a"), put("dir/b"), put("dirty"));
        let census = Census::new(store.connection().unwrap(), root.id).unwrap();
        assert_eq!(census.meet(&entry("a", 7)).unwrap(), Standing::Unchanged);
        assert_eq!(census.meet(&entry("new", 7)).unwrap(), Standing::Candidate);
        for (code, standing) in
            [("binary", Standing::StillSkipped("binary".into())), ("too-large", Standing::Candidate)]
        {
            let place = Place {
                collection: root.collection,
                root: Some(root.id),
                path: code.into(),
                size: 1,
                mtime: 7,
            };
            store.write(|tx| documents::skip(tx, None, &place, (code, ""), Timestamp::UNIX_EPOCH)).unwrap();
            assert_eq!(census.meet(&entry(code, 7)).unwrap(), standing);
        }
        census.blind(b"dir").unwrap();
        put("added while the census was taken");
        assert_eq!(census.gone().unwrap(), [lost], "kept {kept}, hidden {hidden}");
        assert_eq!(census.moved_from(b"dirty", "text").unwrap(), Some(lost));
        assert_eq!(census.moved_from(b"a", "text").unwrap(), None);
    }
}
