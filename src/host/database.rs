//! What a repair does to the data of a server: moving the write-ahead log into the database, and waiting for
//! the index that the server makes anew. The data itself is the server's, and nothing of it is changed here.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::facts::data::describe;
use crate::failure::{Failure, IoContext, Result};

/// How long other connections are waited for.
const BUSY: Duration = Duration::from_secs(5);

/// How long writing the log into the database may take.
const CHECKPOINT: Duration = Duration::from_secs(60);

/// How long making an index is waited for; a million passages are made in a few minutes.
const INDEX: Duration = Duration::from_secs(10 * 60);

const POLL: Duration = Duration::from_millis(50);

/// Moves the write-ahead log into the database file and empties it. A server may run meanwhile.
pub async fn checkpoint(path: &Path) -> Result<()> {
    let what = format!("move the log of `{}` into it", path.display());
    let opened = open(path);
    let connection =
        opened.map_err(|error| Failure::environment(format!("cannot {what}")).because(&error))?;
    let handle = connection.get_interrupt_handle();
    let work = tokio::task::spawn_blocking(move || {
        // Whether somebody was in the way, the frames of the log, and those that were written.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
    });
    let ended = match tokio::time::timeout(CHECKPOINT, work).await {
        Ok(ended) => ended.map_err(std::io::Error::other).trying(&what)?,
        Err(_) => {
            handle.interrupt();
            return Err(Failure::environment(format!("cannot {what} in {} s", CHECKPOINT.as_secs()))
                .hint("the disk is slow or hangs: `tars doctor --only 'system.*,storage.*'`"));
        }
    };
    match ended {
        Ok(false) => Ok(()),
        Ok(true) => Err(Failure::environment(format!("cannot {what}: somebody is reading from it"))
            .hint("`tars ops restart` ends every reader and empties the log")),
        Err(error) => Err(Failure::environment(format!("cannot {what}")).because(&error)),
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // Never created: a database that has gone meanwhile must not come back empty.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Waits until the index is there and says how far it is, which the server writes last.
pub async fn await_index(path: &Path) -> Result<()> {
    let started = Instant::now();
    loop {
        let place: PathBuf = path.to_path_buf();
        let look = tokio::task::spawn_blocking(move || describe(&place));
        let index = look.await.map_err(std::io::Error::other).and_then(|index| index);
        if index.trying(format_args!("read the index `{}`", path.display()))?.applied.is_some() {
            return Ok(());
        }
        if started.elapsed() > INDEX {
            return Err(Failure::environment(format!("there is no index after {} minutes", INDEX.as_secs() / 60))
                .hint("`tars ops status` shows whether it is still being made, and `tars ops logs` what the server is doing"));
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn a_log_is_emptied_beside_a_server_and_a_missing_database_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tars.db");
        assert!(run(checkpoint(&path)).is_err() && !path.exists());
        let server = Connection::open(&path).unwrap();
        server
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (7)")
            .unwrap();
        let log = path.with_extension("db-wal");
        assert!(log.metadata().unwrap().len() > 0);
        run(checkpoint(&path)).unwrap();
        assert_eq!(log.metadata().unwrap().len(), 0);
        assert_eq!(server.query_row("SELECT x FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
    }
}
