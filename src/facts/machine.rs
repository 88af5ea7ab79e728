//! The machine itself: system, processor, memory, and the file system under a directory that may not exist
//! yet. It reports numbers and names; how much is enough is for checks to say.

use std::path::{Path, PathBuf};

use nix::sys::statfs::statfs;
use nix::unistd::{AccessFlags, access};
use serde::{Deserialize, Serialize};

use super::Fact;

/// What the machine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// `linux`.
    pub os: String,
    /// `x86_64`, `aarch64`.
    pub arch: String,
    /// Memory that this process may use: the machine's, or its control group's where that is less.
    pub memory_bytes: u64,
}

/// Looks at the system and its memory.
pub fn system() -> Fact<System> {
    let mut system = match sysinfo::System::new() {
        Ok(system) => system,
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    match system.total_memory().min(limit) {
        0 => Fact::Unknown("the kernel does not say how much memory there is".into()),
        memory_bytes => Fact::Known(System {
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
            memory_bytes,
        }),
    }
}

/// The file system that a directory is, or will be, on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// The directory, or the nearest one above it that exists.
    pub path: PathBuf,
    /// `ext4`, `nfs`, …, or the kernel's number for one that has no name here.
    pub filesystem: String,
    /// Bytes that this user may still write.
    pub free_bytes: u64,
    /// Free and all inodes; absent on file systems that have no fixed number of them.
    pub inodes: Option<(u64, u64)>,
}

impl Storage {
    /// Whether it is reached over a network, where a database gets damaged.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.filesystem.as_str(), "nfs" | "cifs" | "smb" | "smb2" | "ceph")
    }
}

/// Looks at the file system under `path`.
pub fn storage(path: &Path) -> Fact<Storage> {
    let nearest = nearest_existing(path);
    let stats = match statfs(&nearest) {
        Ok(stats) => stats,
        Err(error) => return Fact::Unknown(format!("statfs of `{}`: {}", nearest.display(), error.desc())),
    };
    let block = u64::try_from(stats.block_size()).unwrap_or(0);
    Fact::Known(Storage {
        path: nearest,
        filesystem: filesystem_name(stats.filesystem_type().0 as u64 & 0xffff_ffff),
        free_bytes: stats.blocks_available().saturating_mul(block),
        inodes: (stats.files() > 0).then(|| (stats.files_free(), stats.files())),
    })
}

/// Why nothing can be created in `path` (or in the nearest directory above it), if so.
pub fn refuses_writing(path: &Path) -> Option<String> {
    let nearest = nearest_existing(path);
    if !nearest.is_dir() {
        return Some(format!("`{}` is not a directory", nearest.display()));
    }
    match access(&nearest, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) => None,
        Err(error) => Some(format!("`{}`: {}", nearest.display(), error.desc().to_lowercase())),
    }
}

/// `path`, or the first directory above it that exists.
#[must_use]
pub fn nearest_existing(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/")).to_path_buf()
}

pub(super) fn filesystem_name(magic: u64) -> String {
    // statfs(2), and linux/magic.h for the rest.
    match magic {
        0xef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x2fc1_2fc1 => "zfs",
        0xf2f5_2010 => "f2fs",
        0x0102_1994 => "tmpfs",
        0x8584_58f6 => "ramfs",
        0x794c_7630 => "overlay",
        0x0102_1997 => "9p",
        0x6573_5546 => "fuse",
        0x6969 => "nfs",
        0x517b => "smb",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x00c3_6400 => "ceph",
        other => return format!("{other:#x}"),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let system = system();
        assert!(system.known().unwrap().memory_bytes > 64 << 20, "{system:?}");
        let storage = storage(Path::new("/tmp/does/not/exist"));
        assert_eq!(storage.known().unwrap().path, Path::new("/tmp"));
        assert!(storage.known().unwrap().free_bytes > 0);
    }

    #[test]
    fn network_file_systems_have_their_names() {
        for (magic, name) in [(0x6969, "nfs"), (0xff53_4d42, "cifs"), (0xfe53_4d42, "smb2"), (0x1, "0x1")] {
            assert_eq!(filesystem_name(magic), name);
        }
    }

    #[test]
    fn a_file_in_the_way_refuses() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(refuses_writing(&file.path().join("x/y")).unwrap().contains("not a directory"));
        assert_eq!(refuses_writing(&file.path().with_file_name("nothing-here-yet")), None);
    }
}
