//! A network file system whose server never answers, as a FUSE file system of this process: what asks it
//! anything waits until the file system is let go. It is mounted in the mount namespace of the calling thread
//! ([`super::mounts::namespace`]), so the test itself never touches what it has mounted.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fuser::{
    BackgroundSession, Config, FileHandle, Filesystem, INodeNo, MountOption, ReplyAttr, ReplyDirectory,
    ReplyEntry, ReplyOpen, ReplyStatfs, Request, Session,
};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use tempfile::TempDir;

use super::skip;

/// Answers to the questions that were asked: kept, and so never given.
#[derive(Default)]
struct Kept {
    attributes: Vec<ReplyAttr>,
    entries: Vec<ReplyEntry>,
    opened: Vec<ReplyOpen>,
    directories: Vec<ReplyDirectory>,
    spaces: Vec<ReplyStatfs>,
}

/// The file system.
struct Silent(Arc<Mutex<Kept>>);

impl Filesystem for Silent {
    fn getattr(&self, _: &Request, _: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.0.lock().unwrap().attributes.push(reply);
    }

    fn lookup(&self, _: &Request, _: INodeNo, _: &std::ffi::OsStr, reply: ReplyEntry) {
        self.0.lock().unwrap().entries.push(reply);
    }

    fn opendir(&self, _: &Request, _: INodeNo, _: fuser::OpenFlags, reply: ReplyOpen) {
        self.0.lock().unwrap().opened.push(reply);
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: u64, reply: ReplyDirectory) {
        self.0.lock().unwrap().directories.push(reply);
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        self.0.lock().unwrap().spaces.push(reply);
    }
}

/// A mount that hangs, until it is dropped.
pub struct Hung {
    kept: Arc<Mutex<Kept>>,
    place: PathBuf,
    /// The kernel's files of all FUSE connections (fusectl), and the one that ends ours.
    control: TempDir,
    abort: PathBuf,
    _session: BackgroundSession,
}

impl Hung {
    /// Mounts it there as `nas.example:/export`; skips the test where that is not permitted.
    pub fn mount(place: &Path) -> Option<Self> {
        match Self::try_mount(place) {
            Ok(hung) => Some(hung),
            Err(error) => {
                skip(&format!(
                    "cannot mount a FUSE file system ({error}): run the tests as root, with `/dev/fuse`"
                ));
                None
            }
        }
    }

    fn try_mount(place: &Path) -> std::io::Result<Self> {
        let control = tempfile::tempdir()?;
        let none: Option<&str> = None;
        mount(Some("fusectl"), control.path(), Some("fusectl"), MsFlags::empty(), none)?;
        let kept = Arc::new(Mutex::new(Kept::default()));
        let mut config = Config::default();
        config.mount_options =
            vec![MountOption::FSName("nas.example:/export".into()), MountOption::Subtype("nas".into())];
        let session = Session::new(Silent(Arc::clone(&kept)), place, &config)?.spawn()?;
        // The name of the connection is the minor number of the mount's device, the third field of its line.
        let mounts = std::fs::read_to_string("/proc/thread-self/mountinfo")?;
        let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let line = fields.rev().find(|fields| Path::new(fields[4]) == place).expect("it was just mounted");
        let abort = control.path().join(line[2].split(':').next_back().unwrap()).join("abort");
        Ok(Self { kept, place: place.into(), control, abort, _session: session })
    }

    /// How many questions wait for their answer.
    pub fn waiting(&self) -> usize {
        let kept = self.kept.lock().unwrap();
        kept.attributes.len()
            + kept.entries.len()
            + kept.opened.len()
            + kept.directories.len()
            + kept.spaces.len()
    }

    /// Ends the connection and leaves the mount, as when the process behind it is killed: it is stale now.
    pub fn die(&self) {
        std::fs::write(&self.abort, "1").unwrap();
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        // Whoever still waits is let go. The connection may be gone already.
        let _ = std::fs::write(&self.abort, "1");
        let _ = umount2(&self.place, MntFlags::MNT_DETACH);
        let _ = umount2(self.control.path(), MntFlags::MNT_DETACH);
    }
}
