//! Pid files (the supervisor's, the server's): locked for as long as the owner lives, so that two never run
//! and a stale file harms nothing. The lock belongs to the open file (`F_OFD_SETLK`, fcntl(2)): the kernel drops it with the
//! process, and asking who holds it takes nothing from anybody.

use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::files::PRIVATE;
pub use crate::facts::lock::holder;
use crate::facts::lock::whole;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct PidLock {
    file: File,
}

impl PidLock {
    /// Takes the lock for a process that is about to be started; none where another process has it. Whoever
    /// asks meanwhile is told that somebody runs, whose number is not known yet.
    pub fn reserve(path: &Path) -> std::io::Result<Option<File>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(PRIVATE)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path)?;
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&whole(libc::F_WRLCK))) {
            Ok(_) => {}
            Err(Errno::EAGAIN | Errno::EACCES) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        file.set_len(0)?;
        Ok(Some(file))
    }

    /// Takes the lock, or the one that the starter reserved and handed over as `inherited`, and writes this
    /// process's number into the file; none where another process has it.
    pub fn take(path: &Path, inherited: Option<File>) -> std::io::Result<Option<Self>> {
        let handed_over = inherited.filter(|file| is_same(file, path));
        let Some(mut file) = handed_over.map_or_else(|| Self::reserve(path), |file| Ok(Some(file)))? else {
            return Ok(None);
        };
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Some(Self { file }))
    }
}

impl Drop for PidLock {
    fn drop(&mut self) {
        // An empty file says that nobody runs; one that could not be emptied is stale, which harms nothing.
        let _ = self.file.set_len(0);
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let there = std::fs::metadata(path).map(identity).ok();
    there.is_some() && file.metadata().map(identity).ok() == there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_asking_takes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pid");
        assert_eq!(holder(&path).unwrap(), None);
        std::fs::write(&path, "4242\n").unwrap();
        assert_eq!(holder(&path).unwrap(), None, "a stale file is nobody");
        let lock = PidLock::take(&path, None).unwrap().unwrap();
        assert_eq!(holder(&path).unwrap(), Some(std::process::id()));
        assert!(PidLock::take(&path, None).unwrap().is_none());
        drop(lock);
        assert_eq!(holder(&path).unwrap(), None);
        assert!(PidLock::take(&path, None).unwrap().is_some());
    }

    #[test]
    fn a_reserved_lock_is_held_before_during_and_after_it_is_handed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pid");
        let reserved = PidLock::reserve(&path).unwrap().unwrap();
        assert_eq!(holder(&path).unwrap(), Some(0));
        let inherited = reserved.try_clone().unwrap();
        drop(reserved);
        assert_eq!(holder(&path).unwrap(), Some(0), "the copy that was handed over still holds it");
        let stranger = File::open("/dev/null").unwrap();
        assert!(PidLock::take(&path, Some(stranger)).unwrap().is_none());
        let lock = PidLock::take(&path, Some(inherited)).unwrap().unwrap();
        assert_eq!(holder(&path).unwrap(), Some(std::process::id()));
        drop(lock);
        assert_eq!(holder(&path).unwrap(), None);
    }
}
