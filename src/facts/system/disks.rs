//! The file system under each path in use: how much room there is, how many files it may still hold, and
//! whether it may be written to. Asking a mount may hang, so each path has a probe of its own.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::facts::machine::{nearest_existing, storage};
use crate::facts::snapshot::Asked;
use crate::facts::{Fact, Probe};

/// A path in use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// What it is used for: `config`, `state`, `logs`, `temporary files`, `containers`.
    pub purpose: String,
    /// Which it is.
    pub path: String,
    /// The file system that it is, or will be, on.
    pub space: Fact<Space>,
}

/// A file system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Space {
    /// Where it is mounted.
    pub mount: String,
    /// `ext4`, `xfs`, …
    pub filesystem: String,
    /// Its size in bytes.
    pub total_bytes: u64,
    /// Bytes that this user may still write.
    pub free_bytes: u64,
    /// How many files it may hold; absent where there is no fixed number.
    pub inodes: Option<u64>,
    /// How many more files it may hold.
    pub inodes_free: Option<u64>,
    /// Nothing can be written to it.
    pub read_only: bool,
}

/// A look at one path under way.
pub(super) struct Look {
    purpose: &'static str,
    path: PathBuf,
    probe: Probe<Space>,
}

/// Starts looking at every path in use.
pub(super) fn start(asked: &Asked) -> Vec<Look> {
    let temporary = asked.variable("TMPDIR").map_or_else(|| "/tmp".into(), PathBuf::from);
    let engine = asked.at("/var/lib/docker");
    let mut places = vec![
        ("config", asked.home.config.clone()),
        ("state", asked.home.state.clone()),
        ("logs", asked.home.logs.clone()),
        ("temporary files", temporary),
    ];
    if !asked.answers(&engine) || engine.is_dir() {
        places.push(("containers", engine));
    }
    let look = |(purpose, path): (&'static str, PathBuf)| {
        let place = path.clone();
        Look { purpose, probe: asked.probe(&[&path], move || space(&place)), path }
    };
    places.into_iter().map(look).collect()
}

impl Look {
    pub(super) fn finish(self) -> Disk {
        Disk {
            purpose: self.purpose.into(),
            path: self.path.to_string_lossy().into_owned(),
            space: self.probe.finish(),
        }
    }
}

fn space(path: &Path) -> Fact<Space> {
    let known = match storage(path) {
        Fact::Known(known) => known,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    let stats = match rustix::fs::statvfs(&known.path) {
        Ok(stats) => stats,
        Err(error) => return Fact::Unknown(format!("statvfs of `{}`: {error}", known.path.display())),
    };
    Fact::Known(Space {
        mount: mount_of(path).to_string_lossy().into_owned(),
        filesystem: known.filesystem,
        total_bytes: stats.f_blocks.saturating_mul(stats.f_frsize),
        free_bytes: known.free_bytes,
        inodes: known.inodes.map(|(_, all)| all),
        inodes_free: known.inodes.map(|(free, _)| free),
        read_only: stats.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
    })
}

/// The highest directory above `path` that is on the same device.
fn mount_of(path: &Path) -> PathBuf {
    let nearest = nearest_existing(path);
    // Without links, so that the directories above are those of the file system and not of the name.
    let real = nearest.canonicalize().unwrap_or(nearest);
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    let here = device(&real);
    let above = real.ancestors().take_while(|above| device(above) == here);
    above.last().unwrap_or(&real).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_does_not_exist_yet_is_on_the_file_system_above_it() {
        let here = space(Path::new("/proc/self/no/such/place"));
        let here = here.known().unwrap();
        assert_eq!((here.mount.as_str(), here.inodes), ("/proc", None), "{here:?}");
        let root = space(Path::new("/"));
        assert!(root.known().is_some_and(|root| root.mount == "/" && root.total_bytes >= root.free_bytes));
    }
}
