//! Walking a documents directory: every file below it with its size and time, what was left out and why, and
//! which directories could not be read. Symbolic links are not followed, so a walk always ends and never
//! leaves its root. It opens no file.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use globset::{GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use super::extract::Skip;

/// Something that stands below a root.
#[derive(Debug)]
pub struct Entry {
    /// The path below the root, as bytes.
    pub path: Vec<u8>,
    /// Size in bytes.
    pub size: i64,
    /// Modification time in nanoseconds since 1970.
    pub mtime: i64,
    /// Why it cannot be a document, where it cannot.
    pub skip: Option<Skip>,
}

/// Something met on a walk.
#[derive(Debug)]
pub enum Met {
    /// A file, or what is none.
    Entry(Entry),
    /// A directory that could not be read: nothing is known of what is below it.
    Unreadable(Vec<u8>, std::io::Error),
}

/// Compiles the patterns of what to leave out.
pub fn patterns(globs: &[String]) -> Result<GlobSet, globset::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(globset::GlobBuilder::new(glob).literal_separator(true).build()?);
    }
    builder.build()
}

/// Which directory it is, whatever path leads there: device and inode.
pub type Identity = (u64, u64);

/// The identity of a directory, where it can be looked at.
pub fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Everything below `root`, except what `exclude` matches and the directories in `closed`.
pub fn walk<'a>(
    root: &'a Path,
    exclude: &'a GlobSet,
    closed: &'a [Identity],
) -> impl Iterator<Item = Met> + 'a {
    let below = move |path: &Path| path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes().to_vec();
    let wanted = move |entry: &DirEntry| {
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let is_closed =
            || entry.file_type().is_dir() && identity(entry.path()).is_some_and(|id| closed.contains(&id));
        entry.depth() == 0 || !(exclude.is_match(relative) || is_closed())
    };
    WalkDir::new(root).follow_links(false).into_iter().filter_entry(wanted).filter_map(move |entry| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().map(below).unwrap_or_default();
                return Some(Met::Unreadable(path, error.into()));
            }
        };
        if entry.file_type().is_dir() {
            return None;
        }
        let skip = match entry.file_type() {
            kind if kind.is_file() => None,
            kind if kind.is_symlink() => Some(Skip::Symlink),
            _ => Some(Skip::NotAFile),
        };
        let metadata = match entry.path().symlink_metadata() {
            Ok(metadata) => metadata,
            // It vanished between the listing and this look: it is simply not there.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            // The directory can be listed and not entered: nothing is known of what is in it.
            Err(error) => return Some(Met::Unreadable(below(entry.path().parent().unwrap_or(root)), error)),
        };
        Some(Met::Entry(Entry {
            path: below(entry.path()),
            size: size(&metadata),
            mtime: mtime(&metadata),
            skip,
        }))
    })
}

/// Size in bytes, as the store has it.
pub fn size(metadata: &std::fs::Metadata) -> i64 {
    i64::try_from(metadata.len()).unwrap_or(i64::MAX)
}

/// Modification time in nanoseconds since 1970.
pub fn mtime(metadata: &std::fs::Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_excluded_files_are_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("a/.git")).unwrap();
        std::fs::write(root.join("a/one.md"), "x").unwrap();
        std::fs::write(root.join("a/.git/config"), "x").unwrap();
        std::fs::write(root.join("a/two.md~"), "x").unwrap();
        std::fs::create_dir(root.join("state")).unwrap();
        std::fs::write(root.join("state/secret.txt"), "x").unwrap();
        let closed = [identity(&root.join("state")).unwrap()];
        std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
        let exclude = patterns(&["**/.*".into(), "**/*~".into()]).unwrap();
        let mut met: Vec<_> = walk(root, &exclude, &closed)
            .map(|met| match met {
                Met::Entry(entry) => (String::from_utf8(entry.path).unwrap(), entry.skip),
                Met::Unreadable(path, error) => panic!("{path:?}: {error}"),
            })
            .collect();
        met.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(met, [("a/loop".to_string(), Some(Skip::Symlink)), ("a/one.md".to_string(), None)]);
    }
}
