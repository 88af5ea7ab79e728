//! The files in the directories of an installation: their sizes, what a writer that was killed has left, and
//! how much room there is beside them.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::why;
use crate::config::paths::Home;
use crate::facts::Fact;
use crate::facts::machine::storage;

/// How the temporary names of files that are being written begin; six letters follow.
pub const TEMPORARY: &str = ".tars-";

/// A temporary file that is this old belongs to nobody any more: writing one takes moments.
const OLD: Duration = Duration::from_secs(15 * 60);

/// How a database begins (sqlite.org/fileformat.html).
const MAGIC: &[u8] = b"SQLite format 3\0";

/// What stands in the directories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Files {
    /// The size of the database in bytes; absent where there is none.
    pub database_bytes: Option<u64>,
    /// It begins as a database does; an empty file, which a database may be, does too.
    pub is_database: bool,
    /// The size of its write-ahead log.
    pub wal_bytes: u64,
    /// There is an index: a server has stored something here.
    pub used: bool,
    /// Temporary files that nobody writes any more.
    pub leftovers: Vec<String>,
    /// How many copies repairs have kept.
    pub backups: u64,
    /// Their size in bytes.
    pub backup_bytes: u64,
    /// Bytes that may still be written where the database is.
    pub free_bytes: u64,
}

/// Looks at the directories.
pub(super) fn look(home: &Home) -> Fact<Files> {
    let database = home.database();
    let about = |path: &Path| match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(why(&error)),
    };
    let look = || -> Result<Files, String> {
        let there = about(&database)?;
        let is_database = match &there {
            // Opening a pipe would wait for somebody at its other end.
            Some(there) if !there.is_file() => false,
            Some(there) if there.len() > 0 => begins_well(&database).map_err(|error| why(&error))?,
            _ => true,
        };
        let free_bytes = match storage(&home.state) {
            Fact::Known(storage) => storage.free_bytes,
            Fact::Unknown(why) => return Err(why),
        };
        let (backups, backup_bytes) = kept(&home.journal().with_file_name("journal.d"));
        let mut leftovers: Vec<String> = [&home.config, &home.state, &home.logs, &home.run]
            .into_iter()
            .flat_map(|place| left(place))
            .collect();
        leftovers.sort();
        leftovers.truncate(100);
        Ok(Files {
            database_bytes: there.map(|there| there.len()),
            is_database,
            wal_bytes: about(&database.with_extension("db-wal"))?.map_or(0, |log| log.len()),
            used: home.index().exists(),
            leftovers,
            backups,
            backup_bytes,
            free_bytes,
        })
    };
    look().into()
}

fn begins_well(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    fs::File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start == MAGIC)
}

fn left(directory: &Path) -> Vec<String> {
    let is_left = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let letters = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY));
        let age = |metadata: fs::Metadata| SystemTime::now().duration_since(metadata.modified().ok()?).ok();
        letters.is_some_and(|letters| letters.len() == 6)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && entry.metadata().ok().and_then(age).is_some_and(|age| age > OLD)
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(is_left).map(|entry| entry.path().to_string_lossy().into_owned()).collect()
}

fn kept(directory: &Path) -> (u64, u64) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file);
    sizes.fold((0, 0), |(count, bytes), metadata| (count + 1, bytes + metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_temporary_files_of_ours_are_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        fs::create_dir_all(&home.config).unwrap();
        for (name, age) in [(".tars-a1B2c3", 3_600), (".tars-new123", 0), (".tars-notes.txt", 3_600)] {
            let file = fs::File::create(home.config.join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        let found = look(&home);
        let left = &found.known().unwrap().leftovers;
        assert_eq!(*left, [home.config.join(".tars-a1B2c3").to_string_lossy()]);
    }

    #[test]
    fn what_is_no_database_is_known_by_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        assert_eq!(look(&home).known().unwrap().database_bytes, None);
        fs::create_dir_all(home.state.join("journal.d")).unwrap();
        fs::write(home.state.join("journal.d/0001-tars.toml"), "0123456789").unwrap();
        for (bytes, is_database) in
            [(b"".as_slice(), true), (b"SQLite format 3\0 and so on", true), (b"no", false)]
        {
            fs::write(home.database(), bytes).unwrap();
            let found = look(&home);
            let found = found.known().unwrap();
            assert_eq!((found.database_bytes, found.is_database), (Some(bytes.len() as u64), is_database));
            assert_eq!((found.backups, found.backup_bytes), (1, 10));
        }
    }
}
