//! What SQLite tells of the database. It is opened so that looking writes nothing: as a file that cannot
//! change where no server runs and no log is left, and otherwise without touching the memory that the server
//! shares with its readers. A statement that takes too long is interrupted.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::{SCHEMA, lock, moment, not_finished, why};
use crate::facts::snapshot::Asked;
use crate::facts::{NEEDS_ROOT, Probe};
use crate::wire::{Job, JobState};

/// What the database holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contents {
    /// How many changes of its schema it has had.
    pub schema: u32,
    /// How many the program that looked knows.
    pub schema_known: u32,
    /// The name of this database.
    pub identity: String,
    /// The number of its newest change that an index has to follow.
    pub newest: i64,
    /// Changes up to this one are no longer listed.
    pub trimmed: i64,
    /// How many passages its current revisions were stored with.
    pub passages: u64,
    /// How many documents can be found.
    pub documents: u64,
    /// How many of them are the product's own guides.
    pub guides: u64,
    /// How many files were left out, by the code of the reason, most first.
    pub skipped: Vec<(String, u64)>,
    /// Scans that are noted as at work, oldest first.
    pub running: Vec<JobFacts>,
    /// The newest scan that ended, however it did.
    pub last: Option<JobFacts>,
    /// When the last scan that came to its end did.
    pub last_done: Option<Timestamp>,
    /// The newest document, by when it was read.
    pub last_read: Option<Timestamp>,
}

/// One scan of the directories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobFacts {
    /// Its number.
    pub id: i64,
    /// `running`, `done`, `failed` or `interrupted`.
    pub state: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// What went wrong, at most five.
    pub problems: Vec<String>,
}

/// Rows of one table that refer to rows that are not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dangling {
    /// The table.
    pub table: String,
    /// The table that it refers to.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
}

/// Rows that do not belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Orphans {
    /// Revisions without a document.
    pub revisions: u64,
    /// Passages without a revision, or of one that is no longer current.
    pub passages: u64,
    /// Current revisions that do not have as many passages as they were stored with.
    pub partial: u64,
    /// Documents that are neither indexed nor left out, or both.
    pub undecided: u64,
}

/// Where the database is, and how long one look at it may take.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) database: PathBuf,
    pub(super) lock_file: PathBuf,
    pub(super) limit: Duration,
}

impl Source {
    /// Starts a look on a connection and a thread of its own.
    pub(super) fn start<T: Send + 'static>(
        &self,
        asked: &Asked,
        look: fn(&Connection) -> rusqlite::Result<T>,
    ) -> Probe<T> {
        let source = self.clone();
        asked.probe(&[&self.database], move || source.look(look).into())
    }

    /// Looks, on this thread.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, String> {
        let connection = self.open()?;
        let handle = connection.get_interrupt_handle();
        let (done, ended) = mpsc::channel::<()>();
        let limit = self.limit;
        let guard = std::thread::Builder::new().name("sqlite limit".into()).spawn(move || {
            if ended.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                handle.interrupt();
            }
        });
        if let Err(error) = guard {
            return Err(error.to_string());
        }
        let result = look(&connection);
        drop(done);
        result.map_err(|error| self.told(&error))
    }

    fn open(&self) -> Result<Connection, String> {
        match std::fs::metadata(&self.database) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err("there is no database".into());
            }
            Err(error) => return Err(why(&error)),
        }
        // Permissions are told apart from damage here: SQLite says "unable to open" to both.
        std::fs::File::open(&self.database).map_err(|error| why(&error))?;
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let how = if self.is_at_rest()? { "immutable=1" } else { "readonly_shm=1" };
        let connection = Connection::open_with_flags(uri(&self.database, how), flags)
            .map_err(|error| self.told(&error))?;
        connection
            .busy_timeout(self.limit)
            .and_then(|()| connection.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"))
            .map_err(|error| self.told(&error))?;
        Ok(connection)
    }

    /// Whether nobody has it open as a server, and no log is left that belongs to it.
    fn is_at_rest(&self) -> Result<bool, String> {
        let server = lock::holder(&self.lock_file).map_err(|error| why(&error))?;
        let log = std::fs::metadata(self.database.with_extension("db-wal")).map_or(0, |log| log.len());
        Ok(server.is_none() && log == 0)
    }

    /// An error of SQLite in words.
    fn told(&self, error: &rusqlite::Error) -> String {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => not_finished(self.limit),
            Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
                NEEDS_ROOT.into()
            }
            Some(ErrorCode::CannotOpen) if self.shared_memory_is_missing() => {
                "its write-ahead log was left without the file beside it, and only a server may read it then"
                    .into()
            }
            _ => error.to_string(),
        }
    }

    fn shared_memory_is_missing(&self) -> bool {
        self.database.with_extension("db-wal").exists() && !self.database.with_extension("db-shm").exists()
    }
}

/// sqlite.org/uri.html
fn uri(path: &Path, parameter: &str) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri + "?mode=ro&" + parameter
}

/// Reads what is in it.
pub(super) fn contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let schema: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let mut contents = Contents { schema, schema_known: SCHEMA, ..Contents::default() };
    let tables: u32 = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'documents', 'revisions', 'jobs')",
        [],
        |row| row.get(0),
    )?;
    if tables < 4 {
        return Ok(contents); // made by nobody yet, or by another program
    }
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    let meta = |key: &str| {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        Ok::<_, rusqlite::Error>(
            connection.query_row(sql, [key], |row| row.get::<_, String>(0)).optional()?.unwrap_or_default(),
        )
    };
    contents.identity = meta("identity")?;
    contents.trimmed = meta("trimmed")?.parse().unwrap_or(0);
    contents.newest = connection
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'changes'", [], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    contents.passages = count("SELECT coalesce(sum(chunks), 0) FROM revisions WHERE superseded IS NULL")?;
    contents.documents = count("SELECT count(*) FROM documents WHERE skip_code IS NULL")?;
    contents.guides = count(
        "SELECT count(*) FROM documents d JOIN collections c ON c.id = d.collection
          WHERE d.skip_code IS NULL AND c.name = 'guides'",
    )?;
    contents.skipped = connection
        .prepare("SELECT skip_code, count(*) FROM documents WHERE skip_code IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .take(20)
        .collect::<Result<_, _>>()?;
    contents.last_read = connection
        .query_row("SELECT max(observed) FROM documents", [], |row| row.get::<_, Option<i64>>(0))?
        .and_then(moment);
    jobs(connection, &mut contents)?;
    Ok(contents)
}

fn jobs(connection: &Connection, contents: &mut Contents) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT report FROM jobs ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // A report that is empty is being written; one of a later version may not be understood.
        let Ok(job) = serde_json::from_str::<Job>(&row.get::<_, String>(0)?) else { continue };
        let finished = job.finished;
        match job.state {
            JobState::Running => {
                if contents.running.len() < 5 {
                    contents.running.insert(0, told(job));
                }
            }
            state => {
                if state == JobState::Done && contents.last_done.is_none() {
                    contents.last_done = finished;
                }
                if contents.last.is_none() {
                    contents.last = Some(told(job));
                }
            }
        }
    }
    Ok(())
}

fn told(job: Job) -> JobFacts {
    let state = match job.state {
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Interrupted => "interrupted",
    };
    let cut = |text: String| text.chars().take(200).collect();
    JobFacts {
        id: job.id,
        state: state.into(),
        started: job.started,
        finished: job.finished,
        problems: job.problems.into_iter().take(5).map(cut).collect(),
    }
}

/// Looks for damage; what SQLite says of a file that it cannot even read is damage too.
pub(super) fn damage(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let look = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("PRAGMA quick_check(10)")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect()
    };
    match look() {
        Ok(lines) => Ok(lines.into_iter().flat_map(|text| lines_of(&text)).collect()),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(vec![error.to_string()]),
            _ => Err(error),
        },
    }
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().filter(|line| *line != "ok").map(|line| line.chars().take(200).collect()).collect()
}

/// Looks for rows that refer to rows that are not there.
pub(super) fn dangling(connection: &Connection) -> rusqlite::Result<Vec<Dangling>> {
    let mut found: Vec<Dangling> = Vec::new();
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        match found.iter_mut().find(|known| known.table == table && known.parent == parent) {
            Some(known) => known.rows += 1,
            None => found.push(Dangling { table, parent, rows: 1 }),
        }
    }
    Ok(found)
}

/// Looks for rows that do not belong together.
pub(super) fn orphans(connection: &Connection) -> rusqlite::Result<Orphans> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    Ok(Orphans {
        revisions: count(
            "SELECT count(*) FROM revisions r WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = r.document)",
        )?,
        passages: count(
            "SELECT count(*) FROM chunks k
              WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.id = k.revision AND r.superseded IS NULL)",
        )?,
        partial: count(
            "SELECT count(*) FROM revisions r WHERE r.superseded IS NULL
                AND r.chunks <> (SELECT count(*) FROM chunks k WHERE k.revision = r.id)",
        )?,
        undecided: count(
            "SELECT count(*) FROM documents d LEFT JOIN revisions r ON r.document = d.id AND r.superseded IS NULL
              WHERE (d.skip_code IS NULL) = (r.id IS NULL)",
        )?,
    })
}
