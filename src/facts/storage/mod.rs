//! What is mounted where, the documents directories, the state directory, and the NAS: from
//! `/proc/self/mountinfo`, `/etc/fstab`, the operator's units, and system calls that may hang and are then left
//! behind ([`super::far`]). What should be mounted where is for checks to say.

pub mod expect;
pub mod fstab;
pub mod mountinfo;
pub mod nas;
pub mod units;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::far::{self, Question};
use super::machine::filesystem_name;
use super::snapshot::Asked;
use super::{Fact, Probe};
pub use fstab::{Entry, Fstab};
pub use mountinfo::Mount;
pub use nas::Nas;
pub use units::Unit;

/// What is known of mounts and documents directories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Storage {
    /// Everything that is mounted, in the order in which it was mounted.
    pub mounts: Fact<Vec<Mount>>,
    /// `/etc/fstab`.
    pub fstab: Fact<Fstab>,
    /// The operator's `.mount` and `.automount` units.
    pub units: Fact<Vec<Unit>>,
    /// The user that the server runs as: whoever owns the state directory.
    pub server_user: Fact<u32>,
    /// The documents directories were looked at as that user.
    pub as_server_user: bool,
    /// The documents directories, in the order of the settings.
    pub documents: Fact<Vec<Place>>,
    /// The file that should stand in every documents directory.
    pub sentinel: Option<String>,
    /// The state directory.
    pub state: Place,
    /// The NAS.
    pub nas: Nas,
}

/// A path, and what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The path.
    pub path: String,
    /// What is there; unknown above all where the path hangs.
    pub there: Fact<There>,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum There {
    /// Nothing.
    Missing,
    /// Something that is not a directory.
    NotADirectory,
    /// A mount whose server has forgotten it, or whose process is gone: the kernel's words for it.
    Stale(String),
    /// A directory that cannot be listed, and why.
    Unreadable(String),
    /// A directory.
    Directory(Directory),
}

/// A directory, as the user that looked sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Directory {
    /// Where its path leads when symbolic links are followed.
    pub leads_to: String,
    /// How many entries it has, up to 1000.
    pub entries: u64,
    /// The type of its file system by statfs(2).
    pub filesystem: String,
    /// Bytes that may still be written there.
    pub free_bytes: u64,
    /// All bytes of its file system.
    pub total_bytes: u64,
    /// The sentinel is there; none where none is asked for.
    pub sentinel: Option<bool>,
    /// The user may make files there.
    pub writable: bool,
}

/// Looks at one path, for as long as it takes: it belongs into a [`Probe`].
pub fn look(path: &Path, question: &Question) -> Fact<There> {
    match far::look(path, question) {
        Fact::Known(seen) => Fact::Known(there(path, question, seen)),
        Fact::Unknown(why) => Fact::Unknown(why),
    }
}

fn there(path: &Path, question: &Question, seen: far::Seen) -> There {
    let errors = [seen.mode.err(), seen.magic.err(), seen.entries.err()];
    let stale = |error: &Errno| matches!(error, Errno::ESTALE | Errno::ENOTCONN | Errno::ECONNABORTED);
    if let Some(error) = errors.into_iter().flatten().find(stale) {
        return There::Stale(error.desc().to_lowercase());
    }
    match (seen.mode, seen.entries) {
        (Err(Errno::ENOENT), _) => There::Missing,
        (Err(Errno::ENOTDIR), _) | (Ok(_), Err(Errno::ENOTDIR)) => There::NotADirectory,
        (Err(error), _) | (_, Err(error)) => There::Unreadable(error.desc().to_lowercase()),
        (Ok(_), Ok(entries)) => There::Directory(Directory {
            leads_to: seen.leads_to.as_deref().unwrap_or(path).to_string_lossy().into_owned(),
            entries,
            filesystem: seen.magic.map_or_else(|_| String::new(), filesystem_name),
            free_bytes: seen.free.unwrap_or(0),
            total_bytes: seen.total.unwrap_or(0),
            sentinel: question.sentinel.as_ref().map(|_| seen.sentinel.is_ok()),
            writable: seen.writable.is_ok(),
        }),
    }
}

/// File systems that are reached over a network.
#[must_use]
pub fn is_network(filesystem: &str) -> bool {
    let base = filesystem.strip_prefix("fuse.").unwrap_or(filesystem);
    matches!(
        base,
        "nfs"
            | "nfs4"
            | "cifs"
            | "smb3"
            | "smbfs"
            | "smb"
            | "smb2"
            | "sshfs"
            | "ceph"
            | "glusterfs"
            | "davfs"
            | "davfs2"
            | "9p"
            | "afs"
            | "rclone"
    )
}

/// Whether a path is this directory or below it.
#[must_use]
pub fn is_below(path: &str, directory: &str) -> bool {
    Path::new(path).starts_with(directory)
}

/// What is mounted, and what should be; no path is touched.
#[must_use]
pub fn declared(asked: &Asked) -> Storage {
    Storage {
        mounts: mounts(asked),
        fstab: read_fstab(asked),
        units: Fact::Known(units::read(&units::PLACES.map(|place| asked.at(place)))),
        sentinel: asked.config.as_ref().and_then(|config| config.sentinel.clone()),
        nas: settings(asked),
        ..Storage::default()
    }
}

/// What is mounted.
#[must_use]
pub fn mounts(asked: &Asked) -> Fact<Vec<Mount>> {
    match std::fs::read(asked.at("/proc/self/mountinfo")) {
        Ok(bytes) => Fact::Known(mountinfo::parse(&bytes)),
        Err(error) => Fact::Unknown(format!("`/proc/self/mountinfo`: {error}")),
    }
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Storage {
    let started = Instant::now();
    let mut storage = declared(asked);
    let hosts = nas::ask(&shares(&storage, asked), asked.deadline);
    let credentials: Vec<_> = credential_paths(&storage)
        .into_iter()
        .map(|path| {
            let theirs = PathBuf::from(&path);
            (path, Probe::within(asked.deadline, move || nas::credentials(&theirs)))
        })
        .collect();

    // Who the server is comes first, because the documents are looked at with its eyes.
    let state = asked.home.state.clone();
    let whose = if asked.answers(&state) {
        Probe::within(asked.deadline / 2, move || far::look(&state, &Question::default()))
    } else {
        // It has had its time already.
        asked.probe(&[&asked.home.state], || Fact::Unknown(String::new()))
    };
    storage.state.path = shown(&asked.home.state);
    match whose.finish() {
        Fact::Known(seen) => {
            storage.server_user = owner(&seen);
            storage.state.there = Fact::Known(there(&asked.home.state, &Question::default(), seen));
        }
        Fact::Unknown(why) => {
            storage.state.there = Fact::Unknown(why.clone());
            storage.server_user = Fact::Unknown(why);
        }
    }
    let us = nix::unistd::geteuid();
    let server = storage.server_user.known().copied();
    storage.as_server_user = server.is_some_and(|user| us.is_root() || user == us.as_raw());
    let question = Question { user: server.filter(|_| us.is_root()), sentinel: storage.sentinel.clone() };
    let left = asked.deadline.saturating_sub(started.elapsed());
    let documents: Vec<_> = asked.documents().iter().map(|path| start(path, &question, left)).collect();
    let point =
        storage.nas.mount_point.as_deref().map(|path| start(Path::new(path), &Question::default(), left));

    storage.nas.helpers = nas::helpers(asked);
    storage.nas.kernel = nas::kernel(asked);
    let finish = |(path, probe): (String, Probe<There>)| Place { path, there: answer(probe, asked.deadline) };
    storage.documents = Fact::Known(documents.into_iter().map(finish).collect());
    storage.nas.point = point.map(finish);
    storage.nas.hosts =
        hosts.into_iter().map(|(host, probe)| nas::Host { answer: probe.finish(), ..host }).collect();
    storage.nas.credential_files = credentials
        .into_iter()
        .map(|(path, probe)| nas::Credentials { path, file: probe.finish() })
        .collect();
    // Looking at a directory may have mounted it.
    storage.mounts = mounts(asked);
    storage
}

fn start(path: &Path, question: &Question, left: Duration) -> (String, Probe<There>) {
    let (theirs, question) = (path.to_path_buf(), question.clone());
    (shown(path), Probe::within(left, move || look(&theirs, &question)))
}

/// The answer, with the deadline that was asked for in its words rather than what was left of it.
fn answer(probe: Probe<There>, deadline: Duration) -> Fact<There> {
    match probe.finish() {
        Fact::Unknown(why) if why.starts_with("no answer in") => Fact::Unknown(super::no_answer(deadline)),
        fact => fact,
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Who owns the state directory, or ourselves where there is none yet.
fn owner(state: &far::Seen) -> Fact<u32> {
    match state.owner {
        Ok(owner) => Fact::Known(owner),
        Err(Errno::ENOENT) => Fact::Known(nix::unistd::geteuid().as_raw()),
        Err(error) => Fact::Unknown(error.desc().to_lowercase()),
    }
}

fn read_fstab(asked: &Asked) -> Fact<Fstab> {
    let kernel = std::fs::read_to_string(asked.at("/proc/filesystems")).unwrap_or_default();
    let known: Vec<String> =
        kernel.lines().filter_map(|line| line.split_whitespace().last()).map(String::from).collect();
    match std::fs::read(asked.at("/etc/fstab")) {
        Ok(bytes) => Fact::Known(fstab::parse(&bytes, &known)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Fact::Known(Fstab::default()),
        Err(error) => Fact::Unknown(format!("`/etc/fstab`: {error}")),
    }
}

fn settings(asked: &Asked) -> Nas {
    let Some(nas) = asked.config.as_ref().and_then(|config| config.nas.as_ref()) else {
        return Nas::default();
    };
    Nas {
        share: nas.share.as_ref().map(ToString::to_string),
        mount_point: nas.mount_point.as_deref().map(shown),
        credentials: nas.credentials.as_deref().map(shown),
        ..Nas::default()
    }
}

/// The shares that documents are on, or should be.
fn shares<'a>(storage: &'a Storage, asked: &Asked) -> Vec<nas::Source<'a>> {
    let wanted: Vec<String> =
        asked.documents().iter().map(|path| shown(path)).chain(storage.nas.mount_point.clone()).collect();
    let is_wanted = |point: &str| point != "/" && wanted.iter().any(|path| is_below(path, point));
    let fstab = storage.fstab.known().map(|fstab| fstab.entries.iter()).into_iter().flatten();
    let units = storage.units.known().map(|units| units.iter()).into_iter().flatten();
    let mounts = storage.mounts.known().map(|mounts| mounts.iter()).into_iter().flatten();
    let mut shares: Vec<nas::Source<'_>> = fstab
        .map(|entry| (&entry.point, &entry.source, &entry.filesystem, &entry.options))
        .chain(units.map(|unit| (&unit.point, &unit.source, &unit.filesystem, &unit.options)))
        .chain(mounts.map(|mount| (&mount.point, &mount.source, &mount.filesystem, &mount.options)))
        .filter(|(point, ..)| is_wanted(point))
        .map(|(_, source, filesystem, options)| nas::Source { source, filesystem, options })
        .collect();
    if let Some(share) = &storage.nas.share {
        let filesystem = if share.starts_with("//") { "cifs" } else { "nfs4" };
        shares.push(nas::Source { source: share, filesystem, options: &[] });
    }
    shares
}

fn credential_paths(storage: &Storage) -> Vec<String> {
    let fstab = storage.fstab.known().map(|fstab| fstab.entries.iter()).into_iter().flatten();
    let named = fstab
        .filter(|entry| matches!(entry.filesystem.as_str(), "cifs" | "smb3"))
        .filter_map(|entry| entry.option("credentials").or_else(|| entry.option("cred")).map(String::from));
    let mut paths: Vec<String> = storage.nas.credentials.iter().cloned().chain(named).collect();
    paths.sort();
    paths.dedup();
    paths
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
