//! The clock and the time zone: whether the kernel holds the clock for synchronised, how the newest file of
//! this installation compares with it, and which zone is set. No time server is asked.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use nix::libc;
use serde::{Deserialize, Serialize};

use super::read;
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// What the kernel says of its clock (adjtimex(2)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    /// Something keeps it synchronised.
    pub synchronised: bool,
    /// The largest error that it may have, in microseconds, as the kernel reckons.
    pub max_error_us: i64,
    /// systemd-timesyncd has set it since the machine was started.
    pub timesyncd: bool,
}

/// A file and when it was last written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Which.
    pub path: String,
    /// When.
    pub at: Timestamp,
}

/// The time zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Zone {
    /// The zone that `/etc/localtime` is a link to.
    pub localtime: Option<String>,
    /// `/etc/localtime` is there and holds a time zone. Where it is not there at all, the time is UTC.
    pub readable: bool,
    /// There is something at `/etc/localtime`.
    pub present: bool,
    /// The zone that `/etc/timezone` names.
    pub named: Option<String>,
}

/// Asks the kernel.
pub(super) fn kernel(asked: &Asked) -> Fact<Clock> {
    // SAFETY: a `timex` is plain numbers, for which zero is a value; `modes` 0 asks and sets nothing.
    let mut timex: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a `timex` of our own that outlives the call.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    if state < 0 {
        return Fact::Unknown(format!("the kernel does not tell: {}", std::io::Error::last_os_error()));
    }
    #[allow(clippy::useless_conversion, reason = "a `long` is narrower on 32-bit machines")]
    let max_error_us = i64::from(timex.maxerror);
    Fact::Known(Clock {
        synchronised: timex.status & libc::STA_UNSYNC == 0,
        max_error_us,
        timesyncd: asked.at("/run/systemd/timesync/synchronized").exists(),
    })
}

/// The files of this installation that are written again and again.
pub(super) fn places(asked: &Asked) -> Vec<PathBuf> {
    let home = &asked.home;
    vec![
        home.toml(),
        home.env(),
        home.database(),
        home.database().with_extension("db-wal"),
        home.journal(),
        home.lock_file(),
        home.log_file(),
        home.program(),
        home.index().join("meta.json"),
    ]
}

/// The newest of these files.
pub(super) fn newest(places: &[PathBuf]) -> Option<Trace> {
    let written = |path: &PathBuf| {
        let at = fs::metadata(path).ok()?.modified().ok()?;
        // A time that no calendar has says nothing.
        Some(Trace { path: path.to_string_lossy().into_owned(), at: Timestamp::try_from(at).ok()? })
    };
    places.iter().filter_map(written).max_by_key(|trace| trace.at)
}

/// Looks at `/etc/localtime` and `/etc/timezone`.
pub(super) fn zone(asked: &Asked) -> Fact<Zone> {
    let localtime = asked.at("/etc/localtime");
    let link = fs::read_link(&localtime).ok();
    let target = link.as_ref().map(|path| path.to_string_lossy().into_owned());
    let content = fs::read(&localtime);
    if let Err(error) = &content
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Fact::Unknown(format!("`/etc/localtime`: {error}"));
    }
    let named = read(asked, "/etc/timezone").ok().and_then(|text| {
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).map(String::from)
    });
    Fact::Known(Zone {
        localtime: target.and_then(|target| Some(target.split_once("zoneinfo/")?.1.to_string())),
        present: link.is_some() || content.is_ok(),
        // tzfile(5)
        readable: content.is_ok_and(|bytes| bytes.starts_with(b"TZif")),
        named,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::asked;
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    #[test]
    fn zones_are_read_from_the_link_and_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let etc = dir.path().join("etc");
        fs::create_dir(&etc).unwrap();
        let asked = asked(dir.path());
        assert_eq!(zone(&asked), Fact::Known(Zone::default()), "nothing is set");
        symlink("../usr/share/zoneinfo/Europe/Vienna", etc.join("localtime")).unwrap();
        let dangling = Zone { localtime: Some("Europe/Vienna".into()), present: true, ..Zone::default() };
        assert_eq!(zone(&asked), Fact::Known(dangling.clone()));
        let place = dir.path().join("usr/share/zoneinfo/Europe");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("Vienna"), b"TZif2\0\0").unwrap();
        fs::write(etc.join("timezone"), "# by hand\nEurope/Berlin\n").unwrap();
        let set = Zone { readable: true, named: Some("Europe/Berlin".into()), ..dangling };
        assert_eq!(zone(&asked), Fact::Known(set));
    }

    #[test]
    fn the_newest_file_is_found_and_missing_ones_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        for (path, seconds) in [(&old, 1_000), (&new, 2_000)] {
            let file = fs::File::create(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }
        let found = newest(&[old, dir.path().join("none"), new.clone()]).unwrap();
        assert_eq!((Path::new(&found.path), found.at.as_second()), (new.as_path(), 2_000));
        assert_eq!(newest(&[]), None);
    }
}
