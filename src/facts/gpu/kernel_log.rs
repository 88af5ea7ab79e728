//! The errors that NVIDIA's driver writes into the kernel's log ("Xid"), from the kernel's own buffer or,
//! where that is not to be had, from the end of the file that a log daemon keeps.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::facts::{Fact, NEEDS_ROOT};

/// As many are kept; a card in trouble repeats itself.
const MOST: usize = 32;
/// As much of the end of a log file is read.
const TAIL: u64 = 1 << 20;
/// One record of the kernel's buffer is never larger.
const RECORD: usize = 8192;

/// An error of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Xid {
    /// NVIDIA's number of the error.
    pub code: u32,
    /// The card, as the driver names it: `PCI:0000:01:00`.
    pub device: String,
    /// When; none where the log does not tell the year.
    pub at: Option<Timestamp>,
}

/// Reads them, oldest first.
pub(super) fn look(root: &Path) -> Fact<Vec<Xid>> {
    let first = buffer(root);
    let second =
        first.or_else(|first| file(&root.join("var/log/kern.log")).map_err(|second| (first, second)));
    match second {
        Ok(mut xids) => {
            xids.drain(..xids.len().saturating_sub(MOST));
            Fact::Known(xids)
        }
        Err((first, second)) => {
            let denied =
                [&first, &second].into_iter().any(|error| error.kind() == ErrorKind::PermissionDenied);
            Fact::Unknown(if denied {
                NEEDS_ROOT.into()
            } else {
                format!("no kernel log: {first}; {second}")
            })
        }
    }
}

/// `/dev/kmsg` gives one record a read, and would wait for the next one at the end.
fn buffer(root: &Path) -> std::io::Result<Vec<Xid>> {
    let flags = nix::fcntl::OFlag::O_NONBLOCK.bits();
    let mut log = OpenOptions::new().read(true).custom_flags(flags).open(root.join("dev/kmsg"))?;
    let booted = booted(root);
    let mut record = [0; RECORD];
    let mut xids = Vec::new();
    loop {
        match log.read(&mut record) {
            Ok(0) => return Ok(xids),
            Ok(length) => {
                let text = String::from_utf8_lossy(&record[..length]).into_owned();
                xids.extend(text.lines().filter_map(|line| of_record(line, booted)));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(xids),
            // The record was overwritten before it was read: the next read gives the next one.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// When the machine was started.
fn booted(root: &Path) -> Option<Timestamp> {
    let stat = std::fs::read_to_string(root.join("proc/stat")).ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    Timestamp::from_second(seconds.trim().parse().ok()?).ok()
}

/// `priority,number,microseconds,flags;message`.
fn of_record(line: &str, booted: Option<Timestamp>) -> Option<Xid> {
    let (head, message) = line.split_once(';')?;
    let (code, device) = parse(message)?;
    let since = head.split(',').nth(2).and_then(|since| since.parse().ok()).map(SignedDuration::from_micros);
    let at = booted.zip(since).and_then(|(booted, since)| booted.checked_add(since).ok());
    Some(Xid { code, device, at })
}

fn file(path: &Path) -> std::io::Result<Vec<Xid>> {
    let mut log = File::open(path)?;
    let length = log.metadata()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    log.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).lines().filter_map(of_line).collect())
}

/// A line of a log daemon; the older form of its date has no year.
fn of_line(line: &str) -> Option<Xid> {
    let (code, device) = parse(line)?;
    let at = line.split_ascii_whitespace().next().and_then(|word| word.parse().ok());
    Some(Xid { code, device, at })
}

/// `NVRM: Xid (PCI:0000:01:00): 79, pid=…`.
fn parse(message: &str) -> Option<(u32, String)> {
    let (_, rest) = message.split_once("NVRM: Xid (")?;
    let (device, rest) = rest.split_once("): ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((digits.parse().ok()?, device.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_among_other_records() {
        let xid = |code, seconds| Xid {
            code,
            device: "PCI:0000:01:00".into(),
            at: Some(Timestamp::from_second(seconds).unwrap()),
        };
        let booted = Some(Timestamp::from_second(1000).unwrap());
        for (line, found) in [
            (
                "3,1201,5000000,-;NVRM: Xid (PCI:0000:01:00): 79, pid='<unknown>', GPU has fallen off the bus.",
                Some(xid(79, 1005)),
            ),
            ("6,1,0,-;Linux version 6.1.0", None),
            ("3,1,0,-;NVRM: Xid (PCI:0000:01:00", None),
            ("3,1,0,-;NVRM: Xid (PCI:0000:01:00): what", None),
            ("NVRM: Xid (PCI:0000:01:00): 79", None),
            ("", None),
        ] {
            assert_eq!(of_record(line, booted), found, "{line}");
        }
        let late = "3,1,99999999999999999999,-;NVRM: Xid (PCI:0000:01:00): 13, x";
        assert_eq!(of_record(late, booted).unwrap().at, None);
    }

    #[test]
    fn a_log_file_is_read_with_both_kinds_of_date() {
        let new =
            of_line("2030-06-01T11:00:00.5+02:00 box kernel: NVRM: Xid (PCI:0000:01:00): 31, pid=7").unwrap();
        assert_eq!((new.code, new.at.unwrap().to_string()), (31, "2030-06-01T09:00:00.5Z".into()));
        let old = of_line("Jun  1 11:00:00 box kernel: [1.0] NVRM: Xid (PCI:0000:01:00): 31, pid=7").unwrap();
        assert_eq!(old.at, None);
    }

    #[test]
    fn the_buffer_comes_first_and_the_file_second() {
        let root = tempfile::tempdir().unwrap();
        let why =
            |fact: Fact<Vec<Xid>>| matches!(fact, Fact::Unknown(why) if why.starts_with("no kernel log"));
        assert!(why(look(root.path())));
        let write = |path: &str, text: &[u8]| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "var/log/kern.log",
            b"\xff\n2030-06-01T11:00:00Z box kernel: NVRM: Xid (PCI:0000:01:00): 31, x\n",
        );
        assert_eq!(look(root.path()).known().unwrap()[0].code, 31);
        write("dev/kmsg", b"3,1,0,-;NVRM: Xid (PCI:0000:02:00): 48, x\n");
        assert_eq!(look(root.path()).known().unwrap()[0].code, 48);
        write("dev/kmsg", "3,1,0,-;NVRM: Xid (PCI:0000:02:00): 48, x\n".repeat(100).as_bytes());
        assert_eq!(look(root.path()).known().unwrap().len(), MOST);
    }
}
