//! Who holds a pid file locked: how a running server or supervisor is known without asking it. It looks and
//! never locks; taking the lock is [`crate::host::lock`]'s.

use std::fs::OpenOptions;
use std::io::{Read, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// The process that holds the lock, if one does; 0 where it has not told its number yet.
pub fn holder(path: &Path) -> std::io::Result<Option<u32>> {
    let mut file = match OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lock = whole(libc::F_RDLCK);
    fcntl(&file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    if i32::from(lock.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    // Locked, but not written yet: it runs, and its number is not known for a moment.
    Ok(Some(text.trim().parse().unwrap_or(0)))
}

/// A lock of this kind over the whole file.
#[must_use]
pub fn whole(kind: i32) -> libc::flock {
    let kind = i16::try_from(kind).expect("invariant: the kinds of a lock are small numbers");
    let whence = i16::try_from(libc::SEEK_SET).expect("invariant: SEEK_SET is 0");
    libc::flock { l_type: kind, l_whence: whence, l_start: 0, l_len: 0, l_pid: 0 }
}
