//! What is mounted: with options that suit documents, and once.

use super::expect::points_of_interest;
use crate::doctor::check::{Check, Judged, Judgement, fail, known, not_here, pass, warn, worst};
use crate::facts::snapshot::Facts;
use crate::facts::storage::{Mount, is_network};

/// Options of network mounts.
pub const OPTIONS: Check = Check {
    id: "storage.mounts.options",
    title: "network mounts have options that suit documents",
    meaning: "The mount of a share has an old protocol version, or options that make a NAS that is off hold its readers for ever or make files look like others.",
    matters: "A `hard` NFS mount without its server hangs whatever touches it. SMB 1 is broken and unsafe. With `noserverino` the numbers of files change at each mount.",
    measured: "The options in `/proc/self/mountinfo` of the NFS and SMB mounts that documents or state are on.",
    rule: "It fails for SMB 1. It warns for NFS before version 4, for NFS without `soft` or `softerr`, for SMB 2.0 and for `noserverino`.",
    repair: "Change the options in `/etc/fstab` (`ro,soft,timeo=100` for NFS), then `umount` and `mount` the share.",
    needs: &[],
    judge: options,
    fix: None,
};

fn options(facts: &Facts) -> Judged {
    let mounts = known(&facts.storage.mounts)?;
    let judgements =
        points_of_interest(facts, mounts).into_iter().filter_map(|mount| match mount.filesystem.as_str() {
            "nfs" | "nfs4" => Some(nfs(mount)),
            "cifs" | "smb3" => Some(smb(mount)),
            _ => None,
        });
    Ok(worst(judgements, "every network mount has good options", not_here("no documents are on NFS or SMB")))
}

fn judged(mount: &Mount, wrong: Judgement, option: &str) -> Judgement {
    wrong.evidence(format!("`{}` on `{}`: {}", mount.source, mount.point, mount.options.join(","))).hint(
        format!(
            "put `{option}` into its line of `/etc/fstab`, then `umount {0}` and `mount {0}`",
            mount.point
        ),
    )
}

fn nfs(mount: &Mount) -> Judgement {
    let point = &mount.point;
    let version = mount.option("vers").or_else(|| mount.option("nfsvers")).unwrap_or_default();
    let is_old = version.starts_with(['2', '3']) || (version.is_empty() && mount.filesystem == "nfs");
    if is_old {
        let version = if version.is_empty() { "3" } else { version };
        return judged(mount, warn(format!("`{point}` is mounted by NFS version {version}")), "vers=4.2");
    }
    if !mount.has("soft") && !mount.has("softerr") {
        let hard =
            warn(format!("`{point}` is a `hard` NFS mount: while the NAS is off, its readers wait for ever"));
        return judged(mount, hard, "ro,soft,timeo=100");
    }
    pass(format!("`{point}`: NFS {version}, soft"))
}

fn smb(mount: &Mount) -> Judgement {
    let point = &mount.point;
    let version = mount.option("vers").unwrap_or_default();
    if version.starts_with('1') {
        return judged(mount, fail(format!("`{point}` is mounted by SMB 1, which is broken")), "vers=3.1.1");
    }
    if version.starts_with("2.0") {
        return judged(mount, warn(format!("`{point}` is mounted by SMB {version}")), "vers=3.1.1");
    }
    if mount.has("noserverino") {
        let wrong =
            warn(format!("`{point}` has `noserverino`: the numbers of its files change at each mount"));
        return judged(mount, wrong, "serverino");
    }
    pass(format!("`{point}`: SMB {version}"))
}

/// Mounted once.
pub const STACKED: Check = Check {
    id: "storage.mounts.stacked",
    title: "nothing is mounted twice on one point",
    meaning: "Several file systems are mounted on the same directory, and only the last of them is seen.",
    matters: "The lower ones are hidden but still there: after one `umount` something else appears, and it may not be the documents.",
    measured: "Mount points that are named more than once in `/proc/self/mountinfo`, among those that documents, state or the NAS use, and among all network mounts.",
    rule: "It warns where a point is used more than once. An automount under its mount does not count.",
    repair: "`umount` the point until nothing is mounted there, then `mount` it once.",
    needs: &[],
    judge: stacked,
    fix: None,
};

fn stacked(facts: &Facts) -> Judged {
    let mounts = known(&facts.storage.mounts)?;
    let of_interest = points_of_interest(facts, mounts);
    let mut points: Vec<&str> = of_interest.iter().map(|mount| mount.point.as_str()).collect();
    points.extend(
        mounts.iter().filter(|mount| is_network(&mount.filesystem)).map(|mount| mount.point.as_str()),
    );
    points.retain(|point| *point != "/");
    points.sort_unstable();
    points.dedup();
    let judgements = points.into_iter().map(|point| {
        let here: Vec<_> =
            mounts.iter().filter(|mount| mount.point == point && mount.filesystem != "autofs").collect();
        if here.len() < 2 {
            return pass(format!("`{point}` is mounted once"));
        }
        warn(format!("{} file systems are mounted on `{point}`", here.len()))
            .evidences(here.iter().map(|mount| format!("`{}` ({})", mount.source, mount.filesystem)))
            .hint(format!("`umount {point}` until nothing is mounted there, then `mount {point}`"))
    });
    Ok(worst(
        judgements,
        "nothing is mounted over the documents, the state or a share",
        pass("no mount point is used twice"),
    ))
}
