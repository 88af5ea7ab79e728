//! The database and the index by numbers: rows, sizes, states, damage. Never a text, a title or a question; the
//! paths of documents only where they may be collected. The database is read without writing a byte.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};

use super::files::{answers, closed, planned};
use super::{Collector, FileSink, Planned, Scope, Sink};
use crate::facts::data;

pub(super) const COLLECTOR: Collector =
    Collector { name: "data", about: "the database and the index by numbers", plan, run };

const STATISTICS: &str = "data/statistics.json";
const DOCUMENTS: &str = "data/documents.jsonl";

/// What is counted beside the rows of each table: name, and a statement of groups and numbers.
const COUNTED: &[(&str, &str)] = &[
    (
        "documents_by_collection",
        "SELECT c.name, count(*) FROM documents d JOIN collections c ON c.id = d.collection GROUP BY 1",
    ),
    (
        "documents_left_out",
        "SELECT skip_code, count(*) FROM documents WHERE skip_code IS NOT NULL GROUP BY 1",
    ),
    (
        "revisions",
        "SELECT iif(superseded IS NULL, 'current', 'superseded'), count(*) FROM revisions GROUP BY 1",
    ),
    ("formats", "SELECT format, count(*) FROM revisions WHERE superseded IS NULL GROUP BY 1"),
    ("bytes_of_documents", "SELECT format, sum(bytes) FROM revisions WHERE superseded IS NULL GROUP BY 1"),
    (
        "jobs_by_state",
        "SELECT coalesce(iif(json_valid(report), report ->> '$.state', NULL), 'unknown'), count(*) FROM jobs GROUP BY 1",
    ),
    ("users_by_role", "SELECT role, count(*) FROM users GROUP BY 1"),
];

fn plan(scope: &Scope) -> Vec<Planned> {
    let mut all = planned("data/", &scope.home.state, || vec![(STATISTICS.into(), scope.home.database())]);
    for planned in &mut all {
        // Its size is the database's, of which only numbers are taken.
        planned.bytes = None;
    }
    if scope.include_content {
        all.push(Planned::new(DOCUMENTS, scope.home.database().display().to_string()));
    }
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    answers(scope, &[&scope.home.state])?;
    let limit = scope.deadline.saturating_sub(Duration::from_millis(300));
    let mut statistics = known(scope);
    let counted = data::read(&scope.home, limit, |database| {
        let schema: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let pages: u64 = database.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let size: u64 = database.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let free: u64 = database.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        let mut all = json!({"schema": schema, "pages": pages, "page_size": size, "free_pages": free, "rows": rows(database)?});
        for (name, sql) in COUNTED {
            // A database that is damaged, or of another version, is still counted as far as it goes.
            all[*name] = match groups(database, sql) {
                Ok(groups) => json!(groups),
                Err(error) => json!({"error": error.to_string()}),
            };
        }
        Ok(all)
    });
    let problem = match counted {
        Ok(counted) => {
            statistics["database"] = counted;
            None
        }
        Err(why) => Some(why),
    };
    let mut file = sink.file(STATISTICS);
    if let Some(why) = problem {
        file.incomplete(&why);
    }
    file.write_all(crate::report::json::render(&statistics).as_bytes()).map_err(closed)?;
    if scope.include_content {
        documents(scope, &mut *sink.file(DOCUMENTS), limit)?;
    }
    Ok(())
}

/// What the doctor has found out already.
fn known(scope: &Scope) -> Value {
    let data = &scope.facts.data;
    json!({
        "server": data.server,
        "files": data.files,
        "quick_check": data.damage,
        "dangling": data.dangling,
        "orphans": data.orphans,
        "index": data.index,
        "index_damage": data.index_damage,
    })
}

/// The rows of every table.
fn rows(database: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let names: Vec<String> =
        database.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let count = |name: String| {
        let quoted = name.replace('"', "\"\"");
        let rows = database.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
        Ok((name, rows))
    };
    names.into_iter().map(count).collect()
}

fn groups(database: &Connection, sql: &str) -> rusqlite::Result<BTreeMap<String, i64>> {
    database.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A document, without what is in it.
#[derive(Serialize)]
struct Document {
    id: i64,
    collection: String,
    path: String,
    bytes: u64,
    left_out: Option<String>,
    format: Option<String>,
    passages: Option<u64>,
}

/// Every document, a line each, up to the cap.
fn documents(scope: &Scope, file: &mut dyn FileSink, limit: Duration) -> Result<(), String> {
    let sql = "SELECT d.id, c.name, d.path, d.size, d.skip_code, r.format, r.chunks
                 FROM documents d JOIN collections c ON c.id = d.collection
                 LEFT JOIN revisions r ON r.document = d.id AND r.superseded IS NULL ORDER BY d.id";
    let mut written = Ok(());
    let read = data::read(&scope.home, limit, |database| {
        let mut statement = database.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut left = scope.cap;
        while let Some(row) = rows.next()? {
            let document = Document {
                id: row.get(0)?,
                collection: row.get(1)?,
                path: String::from_utf8_lossy(row.get_ref(2)?.as_bytes()?).into_owned(),
                bytes: row.get(3)?,
                left_out: row.get(4)?,
                format: row.get(5)?,
                passages: row.get(6)?,
            };
            let line = serde_json::to_string(&document).unwrap_or_default() + "\n";
            let Some(after) = left.checked_sub(line.len() as u64) else {
                file.incomplete(&format!("only the documents before number {}", document.id));
                break;
            };
            left = after;
            written = file.write_all(line.as_bytes()).map_err(closed);
            if written.is_err() {
                break;
            }
        }
        Ok(())
    });
    if let Err(why) = read {
        file.incomplete(&why);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;

    fn installed(dir: &std::path::Path) -> Scope {
        let scope = scope(dir);
        std::fs::create_dir_all(&scope.home.state).unwrap();
        let database = Connection::open(scope.home.database()).unwrap();
        let schema = include_str!("../../serve/store/migrations/0001_initial.sql");
        database.execute_batch(schema).unwrap();
        database
            .execute_batch(
                "PRAGMA user_version = 1;
                 INSERT INTO collections VALUES (1, 'papers');
                 INSERT INTO documents VALUES (1, 1, NULL, CAST('private/diary.txt' AS BLOB), 5, 0, 0, NULL, NULL);
                 INSERT INTO documents VALUES (2, 1, NULL, CAST('x' AS BLOB), 5, 0, 0, 'too_large', 'private/x');
                 INSERT INTO revisions VALUES (1, 1, x'00', 5, 'text', 'a title', 0, NULL, 1);
                 INSERT INTO chunks VALUES (1, 1, 0, 'a heading', NULL, NULL, NULL, NULL, NULL, 3, 'a sentence');
                 INSERT INTO users VALUES (1, 'ann', 'a-hash', 'admin', 0, 0, 0);
                 INSERT INTO jobs VALUES (1, '{\"state\":\"done\"}'), (2, '');",
            )
            .unwrap();
        scope
    }

    #[test]
    fn numbers_and_nothing_that_was_written_by_people() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = installed(dir.path());
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        let found: Value = serde_json::from_slice(&archive.bytes(STATISTICS)).unwrap();
        let database = &found["database"];
        assert_eq!(database["rows"]["documents"], 2, "{found:#}");
        assert_eq!(database["jobs_by_state"], json!({"done": 1, "unknown": 1}));
        assert_eq!(database["documents_left_out"], json!({"too_large": 1}));
        assert_eq!(database["bytes_of_documents"], json!({"text": 5}));
        for secret in ["diary", "title", "heading", "sentence", "ann", "hash", "private"] {
            assert!(!archive.everything().contains(secret), "{secret}");
        }
        assert_eq!(archive.paths(), [STATISTICS]);
        scope.include_content = true;
        run(&scope, &archive).unwrap();
        let lines = archive.text(DOCUMENTS);
        assert_eq!(lines.lines().count(), 2);
        assert!(
            lines.contains("private/diary.txt") && !lines.contains("title") && !lines.contains("sentence")
        );
        assert!(!scope.home.state.join("tars.db-shm").exists(), "looking wrote something");
    }

    #[test]
    fn without_a_database_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let scope = scope(dir.path());
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert_eq!(archive.notes(STATISTICS), ["there is no database"]);
        assert!(serde_json::from_slice::<Value>(&archive.bytes(STATISTICS)).is_ok());
    }
}
