//! Room on the file systems in use. Several paths on one file system are one finding, and a path whose file
//! system does not answer is unknown without hiding the others.

use std::collections::BTreeMap;

use super::base::used;
use super::size;
use crate::doctor::check::{Judged, Judgement, fail, pass, unknown, warn, worst};
use crate::facts::Fact;
use crate::facts::snapshot::Facts;
use crate::facts::system::{Disk, Space};

const GIB: u64 = 1 << 30;

/// Below this size the bars are a share of it.
const SMALL: u64 = 20 * GIB;

pub(super) fn space(facts: &Facts) -> Judged {
    each(facts, "enough space on every file system in use", |mount, space, paths| {
        let (least, comfortable) = if space.total_bytes < SMALL {
            (space.total_bytes / 20, space.total_bytes / 4)
        } else {
            (GIB, 5 * GIB)
        };
        let free = format!("{} free at `{mount}`", size(space.free_bytes));
        let judged = match space.free_bytes {
            free_bytes if free_bytes < least => fail(format!("only {free}")),
            free_bytes if free_bytes < comfortable => warn(format!("only {free}")),
            _ => return pass(free),
        };
        let share = 100_u64.saturating_sub(used(space.free_bytes, space.total_bytes));
        judged
            .evidence(format!("{share} % of {} are used; in use there: {paths}", size(space.total_bytes)))
            .hint(format!("`sudo du -xhd2 {mount} | sort -h | tail` shows what takes the space"))
    })
}

pub(super) fn inodes(facts: &Facts) -> Judged {
    each(facts, "room for more files on every file system in use", |mount, space, paths| {
        let (Some(free), Some(all)) = (space.inodes_free, space.inodes) else {
            return pass(format!("`{mount}` has no fixed number of files"));
        };
        let room = format!("room for {free} more files at `{mount}`");
        let judged = match free {
            0..1_000 => fail(format!("only {room}")),
            _ if free < 20_000.min(all / 4) || used(free, all) < 5 => warn(format!("only {room}")),
            _ => return pass(room),
        };
        judged
            .evidence(format!("{free} of {all} inodes are free; in use there: {paths}"))
            .hint(format!("`sudo du --inodes -xd2 {mount} | sort -n | tail` shows where the files are"))
    })
}

pub(super) fn read_only(facts: &Facts) -> Judged {
    each(facts, "every file system in use can be written to", |mount, space, paths| {
        if !space.read_only {
            return pass(format!("`{mount}` can be written to"));
        }
        let what = format!("`{mount}` is mounted read-only");
        let judged =
            if paths.split(", ").all(|path| path.ends_with(" (config)")) { warn(what) } else { fail(what) };
        judged
            .evidence(format!("in use there: {paths}"))
            .hint(format!("`journalctl -k -g 'I/O error|remount'` says why; when the disk is sound: `sudo mount -o remount,rw {mount}`"))
    })
}

/// Judges each file system once, with the paths in use on it.
fn each(facts: &Facts, fine: &str, judge: impl Fn(&str, &Space, &str) -> Judgement) -> Judged {
    let mut file_systems: BTreeMap<&str, (&Space, Vec<String>)> = BTreeMap::new();
    let mut judgements = Vec::new();
    for Disk { purpose, path, space } in &facts.system.disks {
        match space {
            Fact::Known(space) => {
                let (_, paths) = file_systems.entry(&space.mount).or_insert((space, Vec::new()));
                paths.push(format!("`{path}` ({purpose})"));
            }
            Fact::Unknown(why) => judgements.push(unknown(format!("`{path}` ({purpose}): {why}"))),
        }
    }
    judgements.extend(
        file_systems.into_iter().map(|(mount, (space, paths))| judge(mount, space, &paths.join(", "))),
    );
    Ok(worst(judgements, fine, unknown("not looked at")))
}
