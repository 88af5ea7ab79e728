//! The database and the index: what is in them and whether it belongs together, read without writing a byte.
//! Reading all of it may take long, so every look ends at the deadline and then says that it did not finish.

mod files;
mod index;
mod store;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use super::{Fact, NEEDS_ROOT, lock};
use crate::config::paths::Home;

pub use files::{Files, TEMPORARY};
pub use index::{Index, describe};
pub use store::{Contents, Dangling, JobFacts, Orphans};

/// The newest schema of the database that this program knows.
pub const SCHEMA: u32 = 1;

/// The version of the fields and the analysis of the index that this program makes.
pub const INDEX: u32 = 1;

/// Why something about the database is unknown that did not end in time: the check says how to wait longer.
pub const NOT_FINISHED: &str = "not finished in";

/// What is known of the data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// Who has the data open.
    pub server: Fact<Server>,
    /// How often the directories are compared with the index, in seconds; absent without a configuration.
    pub scan_interval_seconds: Option<u64>,
    /// What stands in the state directory.
    pub files: Fact<Files>,
    /// What the database holds.
    pub contents: Fact<Contents>,
    /// What SQLite finds wrong in the structure of the file; empty where nothing is.
    pub damage: Fact<Vec<String>>,
    /// Rows that refer to rows that are not there, by table.
    pub dangling: Fact<Vec<Dangling>>,
    /// Rows that do not belong together.
    pub orphans: Fact<Orphans>,
    /// The index, as it describes itself.
    pub index: Fact<Index>,
    /// Files of the index that are missing or changed; empty where none is.
    pub index_damage: Fact<Vec<String>>,
}

/// Who has the data open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// A server does.
    pub running: bool,
    /// Its process, where it has told its number.
    pub pid: Option<u32>,
}

/// Lets `look` read the database of an installation, for this long at most and without writing a byte.
pub fn read<T>(
    home: &Home,
    limit: Duration,
    look: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
) -> Result<T, String> {
    store::Source { database: home.database(), lock_file: home.lock_file(), limit }.look(look)
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Data {
    let home = &asked.home;
    let (database, lock_file, index) = (home.database(), home.lock_file(), home.index());
    let limit = in_time(asked.deadline);
    let server = asked.probe(&[&home.state], {
        let lock_file = lock_file.clone();
        move || {
            let server = |holder: Option<u32>| Server {
                running: holder.is_some(),
                pid: holder.filter(|pid| *pid != 0),
            };
            readable(lock::holder(&lock_file).map(server))
        }
    });
    let files = asked.probe(&[&home.config, &home.state, &home.logs, &home.run], {
        let home = home.clone();
        move || files::look(&home)
    });
    let open = store::Source { database, lock_file, limit };
    let contents = open.start(asked, store::contents);
    let damage = open.start(asked, store::damage);
    let dangling = open.start(asked, store::dangling);
    let orphans = open.start(asked, store::orphans);
    let meta = asked.probe(&[&home.state], {
        let index = index.clone();
        move || readable(index::describe(&index))
    });
    let index_damage = asked.probe(&[&home.state], move || index::damage(&index, limit));
    Data {
        server: server.finish(),
        scan_interval_seconds: asked.config.as_ref().map(|config| config.scan_interval.as_secs()),
        files: files.finish(),
        contents: contents.finish(),
        damage: damage.finish(),
        dangling: dangling.finish(),
        orphans: orphans.finish(),
        index: meta.finish(),
        index_damage: index_damage.finish(),
    }
}

/// What a look that must end by itself may take, so that its answer is there before the deadline.
fn in_time(deadline: Duration) -> Duration {
    deadline.saturating_sub((deadline / 10).max(Duration::from_millis(100)))
}

fn not_finished(limit: Duration) -> String {
    format!("{NOT_FINISHED} {:.1} s", limit.as_secs_f32())
}

fn readable<T>(result: std::io::Result<T>) -> Fact<T> {
    result.map_err(|error| why(&error)).into()
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied if !nix::unistd::geteuid().is_root() => NEEDS_ROOT.into(),
        _ => error.to_string(),
    }
}

/// A time that the database keeps, in milliseconds.
fn moment(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
