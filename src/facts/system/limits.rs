//! How many files may be open, for this process, for the running server and for the whole machine, and how
//! many may be watched for changes.

use std::fs;

use nix::sys::resource::{Resource, getrlimit};
use serde::{Deserialize, Serialize};

use super::{number, read};
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// Open files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileLimits {
    /// What this process may open.
    pub own: Descriptors,
    /// What the running server may open and has open; absent where none runs or it may not be looked at.
    pub server: Option<Descriptors>,
    /// How many are open on the whole machine.
    pub machine_open: u64,
    /// How many may be.
    pub machine_limit: u64,
}

/// The limits of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Descriptors {
    /// How many it may open now.
    pub soft: u64,
    /// How far it may raise that itself.
    pub hard: u64,
    /// How many it has open, where that may be seen.
    pub open: Option<u64>,
}

/// What may be watched for changes, for each user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inotify {
    /// Files and directories.
    pub watches: u64,
    /// Watchers.
    pub instances: u64,
}

/// Looks at the limits of open files; `server` is the server's process.
pub(super) fn files(asked: &Asked, server: Option<u32>) -> Fact<FileLimits> {
    let look = || -> Result<FileLimits, String> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| error.to_string())?;
        let (machine_open, machine_limit) = open_files(&read(asked, "/proc/sys/fs/file-nr")?)
            .ok_or("`/proc/sys/fs/file-nr` is not as it was")?;
        let server = server.filter(|pid| *pid != 0).and_then(|pid| {
            let mut limits = limits_of(&read(asked, &format!("/proc/{pid}/limits")).ok()?)?;
            let entries = fs::read_dir(asked.at(&format!("/proc/{pid}/fd")));
            limits.open = entries.ok().map(|entries| entries.count() as u64);
            Some(limits)
        });
        Ok(FileLimits { own: Descriptors { soft, hard, open: None }, server, machine_open, machine_limit })
    };
    look().into()
}

/// proc_sys_fs(5): open, unused, most.
fn open_files(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    let (open, _, most) = (numbers.next()?.ok()?, numbers.next()?, numbers.next()?.ok()?);
    Some((open, most))
}

/// proc_pid_limits(5): the row of open files.
fn limits_of(text: &str) -> Option<Descriptors> {
    let row = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let mut values = row.split_whitespace().map(|value| match value {
        "unlimited" => Some(u64::MAX),
        value => value.parse().ok(),
    });
    Some(Descriptors { soft: values.next()??, hard: values.next()??, open: None })
}

/// Looks at the limits of inotify(7).
pub(super) fn inotify(asked: &Asked) -> Fact<Inotify> {
    let look = || -> Result<Inotify, String> {
        Ok(Inotify {
            watches: number(asked, "/proc/sys/fs/inotify/max_user_watches")?,
            instances: number(asked, "/proc/sys/fs/inotify/max_user_instances")?,
        })
    };
    look().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_garbage_is_none() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 unlimited            files     \n";
        assert_eq!(limits_of(text), Some(Descriptors { soft: 1024, hard: u64::MAX, open: None }));
        assert_eq!(open_files("521\t0\t2466170\n"), Some((521, 2_466_170)));
        for garbage in ["", "Max open files", "Max open files x y", "Max open files -1 2 files"] {
            assert_eq!(limits_of(garbage), None, "{garbage}");
        }
        for garbage in ["", "1", "1 2", "a b c", "1 2 -3"] {
            assert_eq!(open_files(garbage), None, "{garbage}");
        }
    }
}
