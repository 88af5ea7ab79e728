//! Looking at a path that may hang: a network or FUSE mount whose server is gone. A thread that hangs there can
//! be abandoned but not got rid of, and a process with such a thread in it cannot end: the kernel waits for the
//! answer of the file system even after SIGKILL. So the look is made by a child process that is never waited
//! for until it has answered: the answer comes through a pipe, or it does not come. The child looks as the user
//! that the server runs as, where that is wanted, so that the file system itself says what that user may do.
//!
//! [`look`] blocks as long as the path does: it belongs into a [`super::Probe`].

use std::ffi::{CStr, CString};
use std::io::{PipeWriter, Read};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Gid, Uid, User, fork, getgrouplist, setgroups, setresgid, setresuid};
use rustix::fs::{Access, Mode, OFlags, RawDir, access, open, readlinkat_raw, stat, statfs};

use super::{Fact, Probe, no_answer};

/// Counting the entries of a directory stops here: whether there are any is what matters.
pub const ENOUGH: i64 = 1000;

/// A look that the kernel can end is ended after so many seconds, so that looks at a dead server do not pile up.
const GIVEN_UP: u32 = 60;

/// What is asked about a path.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The user id to look as; only root may look as another. None looks as we are.
    pub user: Option<u32>,
    /// A file that should be in the directory.
    pub sentinel: Option<String>,
}

/// What was seen at a path; each number is asked for by a system call of its own, and where that failed its
/// error is there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Type and permission bits.
    pub mode: Seeing<u32>,
    /// Its owner.
    pub owner: Seeing<u32>,
    /// The kernel's number for the type of its file system.
    pub magic: Seeing<u64>,
    /// Bytes that may still be written on its file system.
    pub free: Seeing<u64>,
    /// All bytes of its file system.
    pub total: Seeing<u64>,
    /// How many entries it has, up to [`ENOUGH`].
    pub entries: Seeing<u64>,
    /// The sentinel is there.
    pub sentinel: Seeing<()>,
    /// The user may make files there.
    pub writable: Seeing<()>,
    /// Where the path leads when its symbolic links are followed.
    pub leads_to: Option<PathBuf>,
}

/// The result of a system call.
pub type Seeing<T> = Result<T, nix::errno::Errno>;

/// How many numbers an answer has; the path follows them.
const NUMBERS: usize = 8;

/// An answer as it goes through the pipe. A number below zero is the error of the call.
struct Answer {
    numbers: [i64; NUMBERS],
    path: [u8; libc::PATH_MAX as usize],
    path_len: usize,
}

/// Looks at a path, for as long as it takes.
pub fn look(path: &Path, question: &Question) -> Fact<Seen> {
    let sentinel = question.sentinel.as_ref().map(|name| path.join(name));
    let named = |path: &Path| CString::new(path.as_os_str().as_bytes());
    let (Ok(place), Ok(sentinel)) = (named(path), sentinel.as_deref().map(named).transpose()) else {
        return Fact::Unknown("a path cannot have a zero byte in it".into());
    };
    // Everything that allocates is done before there is a child.
    let user = question.user.filter(|user| *user != nix::unistd::geteuid().as_raw()).map(identity);
    let (mut answer, writer) = match std::io::pipe() {
        Ok(ends) => ends,
        Err(error) => return Fact::Unknown(format!("cannot make a pipe: {error}")),
    };
    // SAFETY: this process has other threads, so the child may only make system calls until it ends: it
    // allocates nothing, takes no lock and does not return from this arm.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            see_and_tell(&place, sentinel.as_deref(), user.as_ref(), &writer);
            // SAFETY: it ends this process without running anything of the parent's.
            unsafe { libc::_exit(0) }
        }
        Ok(ForkResult::Parent { child }) => {
            drop(writer);
            let mut bytes = Vec::new();
            let read = answer.read_to_end(&mut bytes);
            // It has closed the pipe, so it has ended or is about to.
            let _ = waitpid(child, None);
            match read.map(|_| Seen::read(&bytes)) {
                Ok(Some(seen)) => Fact::Known(seen),
                Ok(None) => Fact::Unknown("the look broke off".into()),
                Err(error) => Fact::Unknown(error.to_string()),
            }
        }
        Err(error) => Fact::Unknown(format!("cannot start a process that looks: {error}")),
    }
}

/// Those of these paths that give no answer in this time; all are asked at once.
#[must_use]
pub fn hung(paths: Vec<PathBuf>, deadline: Duration) -> Vec<PathBuf> {
    let ask = |path: PathBuf| {
        let theirs = path.clone();
        (path, Probe::within(deadline, move || look(&theirs, &Question::default())))
    };
    // All are started before the first is waited for.
    let asked: Vec<_> = paths.into_iter().map(ask).collect();
    let late = no_answer(deadline);
    let is_late = |probe: Probe<Seen>| matches!(probe.finish(), Fact::Unknown(why) if why == late);
    asked.into_iter().filter_map(|(path, probe)| is_late(probe).then_some(path)).collect()
}

/// A user with its groups.
fn identity(user: u32) -> (Uid, Gid, Vec<Gid>) {
    let uid = Uid::from_raw(user);
    let Ok(Some(known)) = User::from_uid(uid) else { return (uid, Gid::from_raw(user), Vec::new()) };
    let name = CString::new(known.name).unwrap_or_default();
    (uid, known.gid, getgrouplist(&name, known.gid).unwrap_or_default())
}

/// The child's whole life; system calls only.
fn see_and_tell(
    path: &CStr,
    sentinel: Option<&CStr>,
    user: Option<&(Uid, Gid, Vec<Gid>)>,
    answer: &PipeWriter,
) {
    close_all_but(answer.as_raw_fd());
    // SAFETY: alarm only sets a timer of this process.
    unsafe { libc::alarm(GIVEN_UP) };
    if let Some((user, group, groups)) = user {
        let became = setgroups(groups)
            .and_then(|()| setresgid(*group, *group, *group))
            .and_then(|()| setresuid(*user, *user, *user));
        if became.is_err() {
            return;
        }
    }
    let seen = see(path, sentinel);
    let mut bytes = [0_u8; NUMBERS * 8];
    for (place, number) in bytes.chunks_exact_mut(8).zip(seen.numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    for part in [&bytes[..], &seen.path[..seen.path_len]] {
        // Nobody listens any more where the deadline has passed.
        let _ = rustix::io::write(answer, part);
    }
}

/// Whoever waits for the end of our output must not wait for a child that hangs.
fn close_all_but(kept: i32) {
    let kept = kept.unsigned_abs();
    let close = |first: u32, last: u32| {
        if first > last {
            return true;
        }
        // SAFETY: the child uses none of these descriptors.
        unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) == 0 }
    };
    let above = close(kept + 1, u32::MAX);
    if above && kept.checked_sub(1).is_none_or(|below| close(0, below)) {
        return;
    }
    // Kernels before 5.9.
    for descriptor in (0..4096).filter(|descriptor| *descriptor != kept as i32) {
        // SAFETY: as above.
        unsafe { libc::close(descriptor) };
    }
}

fn see(path: &CStr, sentinel: Option<&CStr>) -> Answer {
    let mut answer = Answer { numbers: [0; NUMBERS], path: [0; libc::PATH_MAX as usize], path_len: 0 };
    let error = |error: rustix::io::Errno| -i64::from(error.raw_os_error());
    if let Ok(place) = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
        answer.path_len = leads_to(place.as_raw_fd(), &mut answer.path);
    }
    let (mode, owner) = match stat(path) {
        Ok(stat) => (i64::from(stat.st_mode), i64::from(stat.st_uid)),
        Err(failed) => (error(failed), error(failed)),
    };
    let (magic, free, total) = match statfs(path) {
        Ok(stats) => {
            let bytes = |blocks: u64| {
                let size = u64::try_from(stats.f_bsize).unwrap_or(0);
                i64::try_from(blocks.saturating_mul(size)).unwrap_or(i64::MAX)
            };
            (stats.f_type & 0xffff_ffff, bytes(stats.f_bavail), bytes(stats.f_blocks))
        }
        Err(failed) => (error(failed), error(failed), error(failed)),
    };
    let exists = sentinel.map_or(Ok(()), |sentinel| access(sentinel, Access::EXISTS));
    let writable = access(path, Access::WRITE_OK | Access::EXEC_OK);
    answer.numbers = [
        mode,
        owner,
        magic,
        free,
        total,
        count(path).unwrap_or_else(error),
        exists.map_or_else(error, |()| 0),
        writable.map_or_else(error, |()| 0),
    ];
    answer
}

/// Puts the path of an open descriptor into the buffer; its length.
fn leads_to(descriptor: i32, buffer: &mut [u8]) -> usize {
    // `/proc/self/fd/` and a number, written without allocating.
    let mut link = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut digits = [0_u8; 10];
    let mut rest = descriptor.unsigned_abs();
    let mut length = 0;
    while length == 0 || rest > 0 {
        digits[length] = b'0' + (rest % 10) as u8;
        rest /= 10;
        length += 1;
    }
    for (place, digit) in link[14..].iter_mut().zip(digits[..length].iter().rev()) {
        *place = *digit;
    }
    let Ok(link) = CStr::from_bytes_until_nul(&link) else { return 0 };
    readlinkat_raw(rustix::fs::CWD, link, buffer).unwrap_or(0)
}

/// How many entries the directory has, beside itself and the one above it.
fn count(path: &CStr) -> rustix::io::Result<i64> {
    let directory = open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    // A name has 255 bytes at most; an entry of that size and then some fits many times.
    let mut buffer = [MaybeUninit::<u8>::uninit(); 8192];
    let mut entries = RawDir::new(directory, &mut buffer);
    let mut count = 0;
    while let Some(entry) = entries.next() {
        let name = entry?;
        if !matches!(name.file_name().to_bytes(), b"." | b"..") {
            count += 1;
        }
        if count >= ENOUGH {
            break;
        }
    }
    Ok(count)
}

impl Seen {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (numbers, path) = bytes.split_at_checked(NUMBERS * 8)?;
        let number = |index: usize| -> Seeing<u64> {
            let bytes = numbers[index * 8..][..8].try_into().expect("invariant: eight bytes are eight bytes");
            let number = i64::from_le_bytes(bytes);
            let failed = |_| nix::errno::Errno::from_raw(i32::try_from(-number).unwrap_or(libc::EIO));
            u64::try_from(number).map_err(failed)
        };
        let small = |index| number(index).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        Some(Self {
            mode: small(0),
            owner: small(1),
            magic: number(2),
            free: number(3),
            total: number(4),
            entries: number(5),
            sentinel: number(6).map(drop),
            writable: number(7).map(drop),
            leads_to: (!path.is_empty()).then(|| Path::new(std::ffi::OsStr::from_bytes(path)).to_path_buf()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;

    #[test]
    fn a_directory_is_seen_and_what_is_not_there_has_its_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("one"), "1").unwrap();
        std::fs::write(dir.path().join("two"), "2").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        let question = |name: &str| Question { sentinel: Some(name.into()), user: None };
        let Fact::Known(seen) = look(&link, &question("one")) else { panic!("it is there") };
        assert_eq!((seen.entries, seen.sentinel, seen.writable), (Ok(3), Ok(()), Ok(())));
        assert_eq!(seen.leads_to, Some(dir.path().canonicalize().unwrap()));
        assert_eq!(seen.mode.unwrap() & 0o170_000, 0o040_000);
        assert!(seen.total.unwrap() > 0 && seen.free.unwrap() > 0);
        let Fact::Known(seen) = look(dir.path(), &question("none")) else { panic!("it is there") };
        assert_eq!(seen.sentinel, Err(Errno::ENOENT));
        let Fact::Known(seen) = look(&dir.path().join("nothing"), &question("x")) else {
            panic!("an answer")
        };
        assert_eq!((seen.mode, seen.entries, seen.leads_to), (Err(Errno::ENOENT), Err(Errno::ENOENT), None));
        let Fact::Known(seen) = look(&dir.path().join("one"), &question("x")) else { panic!("an answer") };
        assert_eq!(seen.entries, Err(Errno::ENOTDIR));
    }

    #[test]
    fn root_sees_what_another_user_sees_and_nobody_else_may_look_so() {
        let dir = tempfile::tempdir().unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(dir.path(), private).unwrap();
        let question = Question { user: Some(65_534), sentinel: None };
        let seen = look(&dir.path().join("inside"), &question);
        if nix::unistd::geteuid().is_root() {
            let seen = seen.known().unwrap();
            assert_eq!((seen.mode, seen.entries), (Err(Errno::EACCES), Err(Errno::EACCES)));
        } else {
            assert_eq!(seen, Fact::Unknown("the look broke off".into()));
        }
    }

    #[test]
    fn many_looks_at_once_leave_nothing_behind() {
        let looks: Vec<_> = (0..40)
            .map(|_| super::super::Probe::start(|| look(Path::new("/"), &Question::default())))
            .collect();
        assert!(looks.into_iter().all(|probe| probe.finish().known().is_some()));
    }

    #[test]
    fn an_answer_that_is_cut_off_is_none() {
        assert_eq!(Seen::read(b"short"), None);
        assert!(Seen::read(&[0xff; NUMBERS * 8 + 3]).is_some());
    }
}
