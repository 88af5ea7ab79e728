//! What the server is compared with: SQLite's own full-text search over the same chunks, and the bare PDF
//! extractor over the same files.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use tars::failure::{Failure, Result};
use walkdir::WalkDir;

use super::server;

fn sql(error: &rusqlite::Error) -> Failure {
    Failure::environment("SQLite").because(error)
}

/// The texts of every chunk of a server's database.
pub fn chunks(database: &Path) -> Result<Vec<String>> {
    let read = || {
        let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut select = db.prepare("SELECT text FROM chunks ORDER BY id")?;
        select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    };
    read().map_err(|error| sql(&error))
}

/// Builds an FTS5 table of these chunks.
pub fn build_fts5(path: &Path, chunks: &[String]) -> Result<()> {
    let build = || {
        let mut db = Connection::open(path)?;
        db.execute_batch("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize = 'porter unicode61')")?;
        let all = db.transaction()?;
        {
            let mut insert = all.prepare("INSERT INTO passages (text) VALUES (?1)")?;
            for chunk in chunks {
                insert.execute([chunk])?;
            }
        }
        all.commit()?;
        db.execute_batch("INSERT INTO passages (passages) VALUES ('optimize')")
    };
    build().map_err(|error| sql(&error))
}

/// How long each query takes: any of its words, the ten best by BM25, with their texts.
pub fn search_fts5(path: &Path, queries: &[String]) -> Result<Vec<Duration>> {
    let search = || {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut select = db.prepare(
            "SELECT rowid, text, bm25(passages) FROM passages WHERE passages MATCH ?1 ORDER BY bm25(passages) LIMIT 10",
        )?;
        let mut times = Vec::with_capacity(queries.len());
        for query in queries {
            let any: Vec<String> = query.split(' ').map(|word| format!("\"{word}\"")).collect();
            let started = Instant::now();
            let rows =
                select.query_map([any.join(" OR ")], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            let _: Vec<(i64, String, f64)> = rows.collect::<rusqlite::Result<_>>()?;
            times.push(started.elapsed());
        }
        Ok(times)
    };
    search().map_err(|error| sql(&error))
}

/// Pages that the bare extractor reads below a directory, and the processor seconds it takes.
pub fn pdf_pages(directory: &Path) -> Result<(u64, f64)> {
    // A file that makes the extractor panic counts with the pages read before; the message would only hide
    // the figures.
    std::panic::set_hook(Box::new(|_| {}));
    let before = server::cpu("self")?;
    let mut pages = 0;
    for entry in WalkDir::new(directory).into_iter().filter_map(std::result::Result::ok) {
        if entry.file_type().is_file() {
            pages += std::panic::catch_unwind(|| pages_of(entry.path())).unwrap_or(0);
        }
    }
    let _ = std::panic::take_hook();
    Ok((pages, server::cpu("self")? - before))
}

fn pages_of(path: &Path) -> u64 {
    let Ok(document) =
        fs::read(path).map_err(drop).and_then(|bytes| lopdf::Document::load_mem(&bytes).map_err(drop))
    else {
        return 0;
    };
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    // All at once, which is the fastest way to call it; one bad page must not cost the others.
    match document.extract_text(&pages) {
        Ok(_) => pages.len() as u64,
        Err(_) => pages.iter().filter(|page| document.extract_text(&[**page]).is_ok()).count() as u64,
    }
}
