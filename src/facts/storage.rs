//! What is mounted where, the documents directories, and the NAS: from `/proc/self/mountinfo`, `fstab` and
//! system calls that may hang and are then left behind.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::snapshot::Asked;

/// What is known of mounts and documents directories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Everything that is mounted, in the order in which it was mounted.
    pub mounts: Fact<Vec<Mount>>,
}

/// One mount (proc_pid_mountinfo(5)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Where it is mounted.
    pub point: String,
    /// `ext4`, `nfs4`, `cifs`, …
    pub filesystem: String,
    /// What is mounted: a device, `nas:/export`, `//nas/share`.
    pub source: String,
    /// The options of the mount and of its file system, in this order, without repeats.
    pub options: Vec<String>,
}

/// Looks at it.
pub(super) fn gather(_asked: &Asked) -> Storage {
    Storage::default()
}
