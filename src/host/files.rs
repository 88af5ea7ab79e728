//! Files and directories as this program leaves them: written whole or not at all, with their mode from the
//! first byte. Root leaves a file that it replaces with its owner, and gives a new one to the owner of its
//! directory. Nothing is ever half-written after a crash.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
use nix::libc;
use nix::unistd::linkat;
use tempfile::TempPath;

use crate::facts::data::TEMPORARY;
use crate::failure::{IoContext, Result};

/// For files that hold secrets.
pub const PRIVATE: u32 = 0o600;

/// For everything else.
pub const PUBLIC: u32 = 0o644;

/// The temporary files that a writer which was killed has left in a directory.
#[must_use]
pub fn leftovers(directory: &Path) -> Vec<PathBuf> {
    let is_ours = |entry: &std::fs::DirEntry| {
        let name = entry.file_name();
        let letters = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY));
        letters.is_some_and(|letters| letters.len() == 6)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(is_ours).map(|entry| entry.path()).collect()
}

/// Writes a file whole: without a name in the same directory, flushed to the disk, and then put into its place.
/// Whatever ends the program before that leaves nothing behind, except where a file system knows no files without a
/// name.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    replace(path, mode, |file| file.write_all(bytes)).trying(format_args!("write `{}`", path.display()))
}

fn replace(
    path: &Path,
    mode: u32,
    fill: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let complete = |file: &mut File| -> std::io::Result<()> {
        fill(file)?;
        keep_owner(file, path, directory)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.sync_all()
    };
    match unnamed(directory)? {
        Some(mut file) => {
            complete(&mut file)?;
            sweep(directory);
            name(&file, directory)?.persist(path)
        }
        None => named(directory, complete)?.persist(path),
    }
    .map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

/// A file without a name, which nobody can find before it is complete; none where the file system knows no such
/// files, as open(2) and older kernels say it.
fn unnamed(directory: &Path) -> std::io::Result<Option<File>> {
    let options = File::options()
        .read(true)
        .write(true)
        .mode(PRIVATE)
        .custom_flags(OFlag::O_TMPFILE.bits())
        .open(directory);
    match options {
        Err(error)
            if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::ENOENT)) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// A new private file that nobody can find before it is given its name: what ends the program before that leaves
/// nothing behind.
#[derive(Debug)]
pub struct Unnamed {
    file: File,
    directory: PathBuf,
    /// It can be given a name; otherwise a copy of it is.
    linkable: bool,
}

impl Unnamed {
    /// Makes one that will appear in this directory.
    pub fn new_in(directory: &Path) -> std::io::Result<Self> {
        let (file, linkable) = match unnamed(directory)? {
            Some(file) => (file, true),
            None => (tempfile::tempfile_in(directory)?, false),
        };
        Ok(Self { file, directory: directory.to_path_buf(), linkable })
    }

    /// The file itself.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Flushes it to the disk and gives it its name, which nothing may have yet.
    pub fn appear(mut self, path: &Path) -> std::io::Result<()> {
        keep_owner(&self.file, path, &self.directory)?;
        self.file.set_permissions(Permissions::from_mode(PRIVATE))?;
        self.file.sync_all()?;
        if self.linkable {
            let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            linkat(AT_FDCWD, own.as_str(), AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)?;
        } else {
            self.file.rewind()?;
            let copy = |to: &mut File| std::io::copy(&mut self.file, to).and_then(|_| to.sync_all());
            named(&self.directory, copy)?.persist_noclobber(path).map_err(|error| error.error)?;
        }
        File::open(&self.directory)?.sync_all()
    }
}

/// Gives it the name that it is renamed from: only a name can take the place of another. As long as the writer
/// lives, the file is locked.
fn name(file: &File, directory: &Path) -> std::io::Result<TempPath> {
    file.lock()?;
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |name: &Path| linkat(AT_FDCWD, own.as_str(), AT_FDCWD, name, AtFlags::AT_SYMLINK_FOLLOW);
    let named = tempfile::Builder::new().prefix(TEMPORARY).make_in(directory, |name| Ok(link(name)?))?;
    Ok(named.into_temp_path())
}

/// Removes the names that writers have left who were killed before they renamed them.
fn sweep(directory: &Path) {
    for path in leftovers(directory) {
        let options = File::options().read(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(&path);
        if options.is_ok_and(|file| file.try_lock().is_ok()) {
            // Another writer may have been faster.
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn named(
    directory: &Path,
    complete: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> std::io::Result<TempPath> {
    let mut named = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
    complete(named.as_file_mut())?;
    Ok(named.into_temp_path())
}

/// Gives the file that is about to be at `path` the owner that `path` had, or its directory has. Only root can,
/// and only root could get it wrong.
fn keep_owner(file: &File, path: &Path, directory: &Path) -> std::io::Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    let (wanted, replaces) = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (std::fs::metadata(directory)?, false),
        other => (other?, true),
    };
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    match std::os::unix::fs::fchown(file, Some(wanted.uid()), Some(wanted.gid())) {
        // Where owners cannot be given, a new file is nobody's loss, and one that is replaced would be.
        Err(error) if replaces => Err(error),
        _ => Ok(()),
    }
}

/// Makes a directory and those above it, each new one with this mode.
pub fn directory(path: &Path, mode: u32) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .trying(format_args!("create the directory `{}`", path.display()))
}

/// Copies a file whole, as [`fn@write`] does, without holding it in memory.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let copy = || replace(to, mode, |file| std::io::copy(&mut File::open(from)?, file).map(drop));
    copy().trying(format_args!("copy `{}` to `{}`", from.display(), to.display()))
}

/// Sets permission bits.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    // What is right already needs no change, and a read-only file system allows none.
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o7777 == mode) {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode))
        .trying(format_args!("set the permissions of `{}`", path.display()))
}

/// Sets the owner and the group.
pub fn set_owner(path: &Path, uid: u32, gid: u32) -> Result<()> {
    std::os::unix::fs::chown(path, Some(uid), Some(gid))
        .trying(format_args!("set the owner of `{}`", path.display()))
}

/// Removes a file; one that is gone already is removed.
pub fn remove(path: &Path) -> Result<()> {
    gone(std::fs::remove_file(path)).trying(format_args!("remove `{}`", path.display()))
}

/// Removes a directory if nothing is in it and nothing is mounted on it; whether it is gone.
pub fn remove_if_empty(path: &Path) -> Result<bool> {
    match gone(std::fs::remove_dir(path)) {
        Ok(()) => Ok(true),
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::ResourceBusy
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(error).trying(format_args!("remove the directory `{}`", path.display())),
    }
}

/// Removes a directory and everything in it; symbolic links are removed and never followed.
pub fn remove_tree(path: &Path) -> Result<()> {
    let is_directory = std::fs::symlink_metadata(path).map(|metadata| metadata.is_dir());
    match is_directory {
        Ok(true) => gone(std::fs::remove_dir_all(path)),
        Ok(false) => Err(std::io::Error::from(std::io::ErrorKind::NotADirectory)),
        Err(error) => gone(Err(error)),
    }
    .trying(format_args!("remove the directory `{}` and what is in it", path.display()))
}

fn gone(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_private_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write(&path, b"one", PRIVATE).unwrap();
        write(&path, b"two", PRIVATE).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        let refused = write(&dir.path().join("no/such/place"), b"", PUBLIC).unwrap_err();
        assert!(refused.to_string().contains("no/such/place"));
    }

    #[test]
    fn nobody_sees_a_file_that_is_not_complete() {
        let dir = tempfile::tempdir().unwrap();
        let names = || std::fs::read_dir(dir.path()).unwrap().count();
        let unfinished = |file: &mut File| {
            file.write_all(b"half of it")?;
            assert_eq!(names(), 0);
            Err(std::io::Error::other("the disk is gone"))
        };
        assert!(replace(&dir.path().join("new"), PUBLIC, unfinished).is_err());
        assert_eq!(names(), 0);
        // Where a file system knows no files without a name, it has one for as long as it is written.
        let complete = |file: &mut File| {
            assert_eq!(leftovers(dir.path()).len(), 1);
            assert_eq!(file.metadata()?.permissions().mode() & 0o777, 0o600);
            file.write_all(b"all of it")
        };
        let path = named(dir.path(), complete).unwrap();
        path.persist(dir.path().join("new")).unwrap();
        assert_eq!(std::fs::read(dir.path().join("new")).unwrap(), b"all of it");
        assert!(named(dir.path(), |_| Err(std::io::Error::other("the disk is gone"))).is_err());
        assert_eq!(names(), 1);
    }

    #[test]
    fn a_file_without_a_name_appears_whole_and_takes_nobodys_place() {
        for linkable in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("new");
            let make = || {
                let mut made = Unnamed::new_in(dir.path()).unwrap();
                if !linkable {
                    made.file = tempfile::tempfile_in(dir.path()).unwrap();
                    made.linkable = false;
                }
                made.file().write_all(b"all of it").unwrap();
                made
            };
            let (first, second) = (make(), make());
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
            first.appear(&path).unwrap();
            assert_eq!(second.appear(&path).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read(&path).unwrap(), b"all of it");
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_a_killed_writer_left_is_swept_by_the_next_and_what_a_living_one_has_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (dead, living) = (dir.path().join(".tars-a1B2c3"), dir.path().join(".tars-d4E5f6"));
        std::fs::write(&dead, "half").unwrap();
        let held = File::create(&living).unwrap();
        held.lock().unwrap();
        write(&dir.path().join("new"), b"whole", PUBLIC).unwrap();
        assert!(!dead.exists() && living.exists());
    }

    #[test]
    fn root_leaves_a_file_with_its_owner() {
        if !nix::unistd::geteuid().is_root() {
            return; // nobody else can give a file away, so there is nothing to keep
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("theirs");
        let owner = |path: &Path| std::fs::metadata(path).map(|found| (found.uid(), found.gid())).unwrap();
        write(&path, b"one", PRIVATE).unwrap();
        assert_eq!(owner(&path), owner(dir.path()));
        set_owner(&path, 4321, 5432).unwrap();
        write(&path, b"two", PRIVATE).unwrap();
        assert_eq!(owner(&path), (4321, 5432));
        let other = dir.path().join("other");
        std::fs::write(&other, "three").unwrap();
        copy(&other, &path, PUBLIC).unwrap();
        assert_eq!(owner(&path), (4321, 5432));
        set_owner(dir.path(), 6543, 7654).unwrap();
        write(&dir.path().join("new"), b"four", PRIVATE).unwrap();
        assert_eq!(owner(&dir.path().join("new")), (6543, 7654));
    }

    #[test]
    fn removing_follows_no_link() {
        let dir = tempfile::tempdir().unwrap();
        let (tree, outside) = (dir.path().join("tree"), dir.path().join("outside"));
        directory(&tree.join("sub"), 0o700).unwrap();
        directory(&outside, 0o700).unwrap();
        std::fs::write(outside.join("kept"), "x").unwrap();
        std::os::unix::fs::symlink(&outside, tree.join("link")).unwrap();
        std::os::unix::fs::symlink(&outside, dir.path().join("tree-link")).unwrap();
        assert!(!remove_if_empty(&tree).unwrap());
        remove_tree(&tree).unwrap();
        assert!(remove_tree(&dir.path().join("tree-link")).is_err());
        assert!(!tree.exists() && outside.join("kept").exists());
        remove_tree(&tree).unwrap();
        remove(&tree).unwrap();
        assert!(remove_if_empty(&tree).unwrap());
    }

    #[test]
    fn what_a_killed_writer_left_is_known_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".tars-a1B2c3", ".tars-notes.txt", "tars", ".tars-"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        assert_eq!(leftovers(dir.path()), [dir.path().join(".tars-a1B2c3")]);
        assert!(leftovers(&dir.path().join("none")).is_empty());
    }

    #[test]
    fn a_copy_is_whole_and_has_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&from, "program").unwrap();
        copy(&from, &to, 0o755).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"program");
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o755);
    }
}
