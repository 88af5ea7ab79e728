//! The lines of the kernel's log that tell of trouble with memory, graphics cards, network file systems and disks,
//! and of programs that crashed; each with its time. The rest is left where it is.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use nix::libc;

use super::files::{closed, missing, why};
use super::{Scope, Sink};

pub(super) const PATH: &str = "logs/kernel.log";
pub(super) const SOURCE: &str = "/dev/kmsg";

/// A record of the kernel's buffer is never larger.
const RECORD: usize = 8192;

/// What a line has in it that is kept.
const TELLING: &[&str] = &[
    "Out of memory",
    "oom-kill",
    "oom_reaper",
    "invoked oom",
    "Memory cgroup out of memory",
    "page allocation failure",
    "NVRM",
    "Xid",
    "nvidia",
    "amdgpu",
    "NFS",
    "nfs:",
    "nfs4",
    "CIFS",
    "cifs",
    "I/O error",
    "EXT4-fs",
    "XFS (",
    "BTRFS",
    "nvme",
    "ata",
    "blk_update_request",
    "Buffer I/O",
    "Remounting filesystem read-only",
    "segfault",
    "general protection",
    "hung_task",
    "blocked for more than",
    "soft lockup",
    "thermal",
    "mce:",
    "Hardware Error",
    "apparmor=\"DENIED\"",
];

/// Collects them.
pub(super) fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    match records(scope, Path::new(SOURCE)) {
        Ok(text) => sink.file(PATH).write_all(text.as_bytes()).map_err(closed),
        Err(error) => {
            missing(sink, PATH, &format!("`{SOURCE}`: {}", why(&error)));
            Ok(())
        }
    }
}

/// One record a read; at the end it would wait for the next one. The kernel's buffer bounds the result.
fn records(scope: &Scope, path: &Path) -> std::io::Result<String> {
    let mut log = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let booted = booted();
    let mut record = [0; RECORD];
    let mut kept = String::new();
    loop {
        match log.read(&mut record) {
            Ok(0) => return Ok(kept),
            Ok(length) => {
                let text = String::from_utf8_lossy(&record[..length]);
                let lines = text.lines().filter_map(|line| line_of(line, booted, scope.since));
                lines.for_each(|line| kept += &line);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(kept),
            // The record was overwritten before it was read: the next read gives the next one.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
}

/// When the machine was started.
fn booted() -> Option<Timestamp> {
    let seconds = procfs::boot_time_secs().ok()?;
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// `priority,number,microseconds,flags;message`, where the message is telling and of the window.
fn line_of(line: &str, booted: Option<Timestamp>, since: Option<Timestamp>) -> Option<String> {
    let (head, message) = line.split_once(';')?;
    if !TELLING.iter().any(|word| has(message, word)) {
        return None;
    }
    let after: Option<i64> = head.split(',').nth(2).and_then(|after| after.parse().ok());
    let at = booted
        .zip(after)
        .and_then(|(booted, after)| booted.checked_add(SignedDuration::from_micros(after)).ok());
    match at {
        Some(at) if since.is_some_and(|since| at < since) => None,
        Some(at) => Some(format!("{at:.6} {message}\n")),
        None => Some(format!("- {message}\n")),
    }
}

/// A short word counts only where it begins a word: `ata1: …`, and not `data`.
fn has(message: &str, word: &str) -> bool {
    let starts = |at: usize| !message[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
    message.match_indices(word).any(|(at, _)| starts(at))
        && (word != "ata" || message.split(|c: char| !c.is_ascii_alphanumeric()).any(is_ata))
}

/// `ata1`, the name of a port.
fn is_ata(word: &str) -> bool {
    word.strip_prefix("ata")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;
    use super::*;

    #[test]
    fn telling_lines_and_no_others() {
        let booted = Some(Timestamp::from_second(1000).unwrap());
        for (line, kept) in [
            ("4,1,5000000,-;Out of memory: Killed process 7 (tars)", true),
            ("3,1,5000000,-;NVRM: Xid (PCI:0000:01:00): 79", true),
            ("3,1,5000000,-;nfs: server nas not responding", true),
            ("3,1,5000000,-;CIFS: VFS: \\\\nas has not responded", true),
            ("3,1,5000000,-;blk_update_request: I/O error, dev sda", true),
            ("3,1,5000000,-;ata1.00: failed command", true),
            ("6,1,5000000,-;tars[7]: segfault at 0", true),
            ("6,1,5000000,-;a line about data and strata", false),
            ("6,1,5000000,-;Linux version 6.1", false),
            (" SUBSYSTEM=nvme", false),
        ] {
            assert_eq!(line_of(line, booted, None).is_some(), kept, "{line}");
        }
        let line = "4,1,5000000,-;oom-kill: x";
        assert_eq!(line_of(line, booted, None).unwrap(), "1970-01-01T00:16:45.000000Z oom-kill: x\n");
        assert!(line_of(line, booted, Some(Timestamp::from_second(2000).unwrap())).is_none());
        assert_eq!(line_of("4,1,x,-;oom-kill: x", booted, None).unwrap(), "- oom-kill: x\n");
    }

    #[test]
    fn a_buffer_that_may_not_be_read_is_an_error_and_one_that_ends_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kmsg");
        assert!(records(&scope(dir.path()), &path).is_err());
        std::fs::write(&path, "4,1,5000000,-;oom-kill: x\n6,1,0,-;hello\n").unwrap();
        assert!(records(&scope(dir.path()), &path).unwrap().ends_with("oom-kill: x\n"));
    }
}
