//! The looks at a database of a test's own: that they find what is there, write nothing, and end in time.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::store::Source;
use super::*;
use crate::config::paths::Home;
use crate::facts::snapshot::testing;

fn source(directory: &Path, limit: Duration) -> Source {
    Source { database: directory.join("tars.db"), lock_file: directory.join("lock"), limit }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn database(directory: &Path) -> Connection {
    let connection = Connection::open(directory.join("tars.db")).unwrap();
    let schema = include_str!("../../serve/store/migrations/0001_initial.sql");
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF;").unwrap();
    connection.execute_batch(schema).unwrap();
    connection
        .execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO meta VALUES ('identity', 'abc'), ('trimmed', '2');
             INSERT INTO collections VALUES (1, 'guides'), (2, 'docs');
             INSERT INTO documents VALUES (1, 1, NULL, x'61', 1, 1, 1000, NULL, NULL), (2, 2, NULL, x'62', 1, 1, 2000, NULL, NULL),
                 (3, 2, NULL, x'63', 1, 1, 3000, 'damaged', 'damaged: x');
             INSERT INTO revisions VALUES (1, 1, x'00', 1, 'text', NULL, 1, NULL, 2), (2, 2, x'01', 1, 'text', NULL, 1, NULL, 1);
             INSERT INTO chunks (revision, ordinal, heading, tokens, text) VALUES (1, 0, '', 1, 'x'), (1, 1, '', 1, 'y'), (2, 0, '', 1, 'z');
             INSERT INTO changes VALUES (5, 2, 1);
             INSERT INTO jobs VALUES (1, ''), (2, 'not JSON');",
        )
        .unwrap();
    connection
}

fn look<T: Send + 'static>(directory: &Path, what: fn(&Connection) -> rusqlite::Result<T>) -> Fact<T> {
    let limit = Duration::from_secs(20);
    source(directory, limit).start(&Asked { deadline: limit, ..testing(directory) }, what).finish()
}

#[test]
fn what_is_stored_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let writer = database(dir.path());
    let found = look(dir.path(), store::contents);
    let found = found.known().unwrap();
    assert_eq!((found.schema, found.newest, found.trimmed, found.identity.as_str()), (1, 5, 2, "abc"));
    assert_eq!((found.documents, found.guides, found.passages), (2, 1, 3));
    assert_eq!(found.skipped, [("damaged".to_string(), 1)]);
    assert_eq!(found.last_read, Timestamp::from_second(3).ok());
    assert_eq!(look(dir.path(), store::orphans), Fact::Known(Orphans::default()));
    assert_eq!(look(dir.path(), store::dangling), Fact::Known(Vec::new()));
    assert_eq!(look(dir.path(), store::damage), Fact::Known(Vec::new()));
    writer
        .execute_batch(
            "DELETE FROM documents WHERE id = 1; DELETE FROM chunks WHERE revision = 2;
             INSERT INTO documents VALUES (9, 2, NULL, x'6e', 1, 1, 1, NULL, NULL);
             INSERT INTO chunks (revision, ordinal, heading, tokens, text) VALUES (77, 0, '', 1, 'x');",
        )
        .unwrap();
    let orphans = Orphans { revisions: 1, passages: 1, partial: 1, undecided: 1 };
    assert_eq!(look(dir.path(), store::orphans), Fact::Known(orphans));
    let found = look(dir.path(), store::dangling);
    let tables: Vec<_> = found.known().unwrap().iter().map(|row| (row.table.as_str(), row.rows)).collect();
    assert_eq!(tables, [("chunks", 1), ("revisions", 1)]);
}

/// With a writer at work, after it has gone, and after it was killed: no file appears, goes or changes.
#[test]
fn looking_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let take = || -> Vec<(String, Vec<u8>)> {
        names(dir.path())
            .into_iter()
            .map(|name| (name.clone(), fs::read(dir.path().join(name)).unwrap()))
            .collect()
    };
    let all = || {
        assert!(look(dir.path(), store::contents).known().is_some_and(|found| found.documents == 2));
        assert!(look(dir.path(), store::damage).known().is_some_and(Vec::is_empty));
    };
    let writer = database(dir.path());
    let before = take();
    assert_eq!(before.len(), 3, "a log and shared memory are there");
    all();
    // Within one process all connections share one mapping of `-shm`, which holds their marks; that a
    // process of its own leaves that alone too is for the tests from outside.
    let after = take();
    assert!(
        after.len() == 3 && after[..1] == before[..1] && after[2] == before[2],
        "while a writer is at work"
    );
    // What a killed server leaves: a copy of all three files that nobody has open.
    let killed = tempfile::tempdir().unwrap();
    for (name, bytes) in &before {
        fs::write(killed.path().join(name), bytes).unwrap();
    }
    let left = look(killed.path(), store::contents);
    assert!(left.known().is_some_and(|found| found.documents == 2), "{left:?}");
    let after: Vec<_> = before.iter().map(|(name, _)| fs::read(killed.path().join(name)).unwrap()).collect();
    assert!(after.iter().eq(before.iter().map(|(_, bytes)| bytes)) && names(killed.path()).len() == 3);
    fs::remove_file(killed.path().join("tars.db-shm")).unwrap();
    let left = look(killed.path(), store::contents);
    assert!(matches!(&left, Fact::Unknown(why) if why.contains("only a server")), "{left:?}");
    assert_eq!(names(killed.path()), ["tars.db", "tars.db-wal"]);
    drop(writer);
    let before = take();
    assert_eq!(before.len(), 1, "the last one out puts everything into the database");
    all();
    assert!(take() == before, "while nobody has it open");
}

#[test]
fn a_look_that_takes_too_long_says_so_in_time() {
    let dir = tempfile::tempdir().unwrap();
    drop(database(dir.path()));
    let endless = |connection: &Connection| {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        connection.query_row(sql, [], |row| row.get::<_, u64>(0))
    };
    let started = Instant::now();
    let limit = Duration::from_millis(50);
    let asked = Asked { deadline: Duration::from_secs(20), ..testing(dir.path()) };
    let found = source(dir.path(), limit).start(&asked, endless).finish();
    assert_eq!(found, Fact::Unknown("not finished in 0.1 s".into()));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_is_damaged_or_no_database_is_told() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(look(dir.path(), store::contents), Fact::Unknown("there is no database".into()));
    let path = dir.path().join("tars.db");
    fs::write(&path, "a sentence of text and not a database".repeat(100)).unwrap();
    assert!(look(dir.path(), store::damage).known().is_some_and(|found| found.len() == 1));
    fs::remove_file(&path).unwrap();
    drop(database(dir.path()));
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 8192].fill(0xab);
    fs::write(&path, bytes).unwrap();
    let found = look(dir.path(), store::damage);
    assert!(found.known().is_some_and(|found| !found.is_empty()), "{found:?}");
}

#[test]
fn a_place_without_data_is_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let asked = Asked {
        root: "/".into(),
        home: Home::under(dir.path()),
        config: None,
        waivers: Vec::new(),
        hung: Vec::new(),
        environment: Vec::new(),
        deadline: Duration::from_secs(2),
    };
    let data = gather(&asked);
    assert_eq!(data.server, Fact::Known(Server::default()));
    assert_eq!(data.index, Fact::Known(Index::default()));
    assert_eq!(data.contents, Fact::Unknown("there is no database".into()));
    assert!(data.files.known().is_some_and(|files| files.database_bytes.is_none() && !files.used));
    assert_eq!(names(dir.path()), Vec::<String>::new());
}
