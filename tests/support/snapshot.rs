//! What stands in a directory, byte by byte: to show that a command changed nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Each path below a directory with its mode and, for a file, its content.
pub type Snapshot = BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>;

/// Reads everything below `directory`; a directory that is not there is as one that is empty.
pub fn take(directory: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new();
    read(directory, &mut snapshot);
    snapshot
}

fn read(directory: &Path, snapshot: &mut Snapshot) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let about = fs::symlink_metadata(&path).unwrap();
        let content = about.is_file().then(|| fs::read(&path).unwrap());
        if about.is_dir() {
            read(&path, snapshot);
        }
        snapshot.insert(path, (about.permissions().mode() & 0o7777, content));
    }
}

/// The owner and the group of each path below a directory, and of the directory itself.
pub fn owners(directory: &Path) -> BTreeMap<PathBuf, (u32, u32)> {
    let owner = |path: &Path| {
        let about = fs::symlink_metadata(path).unwrap();
        (about.uid(), about.gid())
    };
    let mut owners: BTreeMap<_, _> =
        take(directory).into_keys().map(|path| (path.clone(), owner(&path))).collect();
    owners.insert(directory.to_path_buf(), owner(directory));
    owners
}
