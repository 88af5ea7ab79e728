//! The documents directories themselves: they are configured, answer, exist, can be read, are mounted, and hold
//! what they should.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::settings::in_force;
use super::expect::{can_mount, each, expected, mount, mount_at, mount_of, real};
use crate::config::value::show_count;
use crate::doctor::check::{
    Check, Effect, Fix, Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn, worst,
};
use crate::facts::snapshot::Facts;
use crate::facts::storage::{Mount, Place, There, is_network};
use crate::facts::{Fact, NEEDS_ROOT};
use crate::failure::{Failure, Result};
use crate::host::action::Action;

/// At least one directory is named.
pub const CONFIGURED: Check = Check {
    id: "storage.documents.configured",
    title: "documents directories are configured",
    meaning: "No directory is named in `documents.paths`, so only the guides that come with tars are indexed.",
    matters: "Without documents of your own there is nothing of yours that could be found.",
    measured: "The setting `documents.paths` is read from the settings files, as the server reads it.",
    rule: "It warns where the list is empty.",
    repair: "Name your directories in `documents.paths` in `tars.toml`, then run `tars ops restart`.",
    needs: &[],
    judge: configured,
    fix: None,
};

fn configured(facts: &Facts) -> Judged {
    in_force(facts)?;
    Ok(match facts.subject.documents.as_slice() {
        [] => warn("`documents.paths` names no directory").hint(format!(
            "name them in `{}/tars.toml`: `[documents] paths = [\"/srv/documents\"]`",
            facts.subject.config
        )),
        [one] => pass(format!("`{one}` is the documents directory")),
        several => pass(format!("{} documents directories are configured", several.len())),
    })
}

/// Each answers.
pub const ANSWER: Check = Check {
    id: "storage.documents.answer",
    title: "documents directories answer",
    meaning: "A directory is on a mount that hangs, because its server does not answer, or that is stale, because its server forgot it or its process died.",
    matters: "Whatever touches such a directory waits for ever or gets an error: the server cannot read a document there.",
    measured: "A child process that can be left behind asks for the directory's status, its file system and its entries, all within the deadline.",
    rule: "No answer within the deadline is unknown. ESTALE or ENOTCONN fails.",
    repair: "Switch the NAS on. Where the mount is stale, `umount -l` it and `mount` it again.",
    needs: &[],
    judge: answer,
    fix: Some(Fix {
        what: "take the stale mount away and mount it again",
        effect: Effect::Interrupts,
        steps: remount,
    }),
};

fn answer(facts: &Facts) -> Judged {
    let places = known(&facts.storage.documents)?;
    let mounts = facts.storage.mounts.known().map(|mounts| &mounts[..]).unwrap_or_default();
    let judgements = places.iter().map(|place| {
        let path = &place.path;
        let on = mount_of(mounts, path).filter(|mount| mount.point != "/");
        match &place.there {
            Fact::Unknown(why) => hung(path, why, on),
            Fact::Known(There::Stale(why)) => {
                let point = on.map_or(path.as_str(), |mount| &mount.point);
                let stale = fail(format!(
                    "`{path}` is stale ({why}): the server forgot it, or the process behind it died"
                ))
                .evidences(on.map(shown))
                .hint(format!("`umount -l {point}`, then `mount {point}`"));
                if on.is_some_and(|mount| again(facts, mount).is_some()) { stale.fixable() } else { stale }
            }
            Fact::Known(_) => pass(format!("`{path}` answers")),
        }
    });
    Ok(worst(
        judgements,
        "each documents directory answers",
        not_here("no documents directory is configured"),
    ))
}

fn hung(path: &str, why: &str, on: Option<&Mount>) -> Judgement {
    let judgement = unknown(format!("`{path}`: {why}")).evidences(on.map(shown));
    if !why.starts_with("no answer in") {
        return judgement;
    }
    judgement.hint(match on {
        Some(mount) => format!(
            "the server of the {} mount at `{}` (`{}`) does not answer: switch it on or look at the network; `umount -l {}` takes the mount away; `--deadline 20s` waits longer",
            mount.filesystem, mount.point, mount.source, mount.point
        ),
        None => "its disk does not answer: look at `dmesg` for errors; `--deadline 20s` waits longer".into(),
    })
}

fn shown(mount: &Mount) -> String {
    format!(
        "`{}` is mounted on `{}` ({}, {})",
        mount.source,
        mount.point,
        mount.filesystem,
        mount.options.join(",")
    )
}

/// How a stale mount is mounted again; none where nothing says how, as for a FUSE program that somebody started.
fn again(facts: &Facts, mount: &Mount) -> Option<super::expect::Expected> {
    let wanted = expected(&facts.storage, &mount.point).filter(|wanted| {
        wanted.point == mount.point && !wanted.source.is_empty() && !wanted.filesystem.is_empty()
    });
    wanted.or_else(|| {
        let is_kernels = is_network(&mount.filesystem) && !mount.filesystem.starts_with("fuse");
        // What the kernel tells as options of a mount is more than a mount takes; these carry over.
        let keep = |option: &&String| ["ro", "soft", "nosuid", "nodev", "noexec"].contains(&option.as_str());
        is_kernels.then(|| super::expect::Expected {
            point: mount.point.clone(),
            source: mount.source.clone(),
            filesystem: mount.filesystem.clone(),
            options: mount.options.iter().filter(keep).cloned().collect(),
            by: "the mount itself".into(),
        })
    })
}

fn remount(facts: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    let mounts = facts.storage.mounts.known().map(|mounts| &mounts[..]).unwrap_or_default();
    let mut steps = Vec::new();
    let mut seen = BTreeSet::new();
    for place in facts.storage.documents.known().into_iter().flatten() {
        let Fact::Known(There::Stale(_)) = place.there else { continue };
        let Some(stale) = mount_of(mounts, &place.path).filter(|mount| mount.point != "/") else { continue };
        let Some(wanted) = again(facts, stale).filter(|_| seen.insert(&stale.point)) else { continue };
        can_mount(&wanted)?;
        // One step, which is not taken back: there is no way back to a stale mount, and none at all is worse.
        steps.push(Action::Remount {
            stale: stale.source.clone(),
            source: wanted.source,
            point: PathBuf::from(&stale.point),
            filesystem: wanted.filesystem,
            options: wanted.options,
        });
    }
    Ok(steps)
}

/// Each is there.
pub const EXIST: Check = Check {
    id: "storage.documents.exist",
    title: "documents directories exist",
    meaning: "A path in `documents.paths` leads to nothing, or to something that is not a directory.",
    matters: "What was indexed from there stays in the index and grows old; nothing new is found.",
    measured: "stat(2) of each directory, as the user that the server runs as.",
    rule: "It fails where a path is missing or is not a directory.",
    repair: "Correct `documents.paths`, mount what belongs there, or create the directory.",
    needs: &["storage.documents.configured"],
    judge: exist,
    fix: Some(Fix { what: "create the missing directory, empty", effect: Effect::Harmless, steps: create }),
};

/// Nothing is asked to be mounted there, and what is above is on a disk of this machine.
fn is_to_be_made(facts: &Facts, place: &Place) -> bool {
    let mounts = facts.storage.mounts.known().map(|mounts| &mounts[..]).unwrap_or_default();
    let is_local = |mount: &Mount| !is_network(&mount.filesystem) && !mount.filesystem.starts_with("fuse");
    place.there == Fact::Known(There::Missing)
        && facts.storage.fstab.known().is_some()
        && facts.storage.units.known().is_some()
        && expected(&facts.storage, &place.path).is_none()
        && mount_of(mounts, &place.path).is_some_and(is_local)
}

fn create(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let mut steps = Vec::new();
    let missing = facts.storage.documents.known().into_iter().flatten();
    for place in missing.filter(|place| is_to_be_made(facts, place)) {
        let path = repair.place(Path::new(&place.path));
        let Some(above) = path.parent().and_then(|above| std::fs::metadata(above).ok()) else {
            // More than one missing directory is rather a slip in the path, or a disk that is not there.
            return Err(Failure::environment(format!(
                "what is above `{}` does not exist either",
                place.path
            ))
            .hint("correct `documents.paths`, or create the directories"));
        };
        steps.push(Action::CreateDirectory { path: path.clone(), mode: 0o755 });
        if nix::unistd::geteuid().is_root() && (above.uid(), above.gid()) != (0, 0) {
            steps.push(Action::SetOwner { path, uid: above.uid(), gid: above.gid() });
        }
    }
    Ok(steps)
}

fn exist(facts: &Facts) -> Judged {
    let places = known(&facts.storage.documents)?;
    let judgements = places.iter().map(|place| {
        let path = &place.path;
        match &place.there {
            Fact::Unknown(why) => not_here(format!("`{path}`: {why}")),
            Fact::Known(There::Missing) => {
                let missing = fail(format!("`{path}` does not exist"));
                match expected(&facts.storage, path) {
                    Some(wanted) => missing.hint(format!(
                        "{} wants a mount at `{}`: `mount {}`",
                        wanted.by, wanted.point, wanted.point
                    )),
                    None => {
                        let missing = missing
                            .hint(format!("correct `documents.paths`, or create it: `mkdir -p {path}`"));
                        if is_to_be_made(facts, place) { missing.fixable() } else { missing }
                    }
                }
            }
            Fact::Known(There::NotADirectory) => fail(format!("`{path}` is not a directory"))
                .hint("name the directory that it is in, in `documents.paths`"),
            Fact::Known(There::Stale(why)) => not_here(format!("`{path}` is stale ({why})")),
            Fact::Known(There::Unreadable(_) | There::Directory(_)) => pass(format!("`{path}` is there")),
        }
    });
    Ok(worst(
        judgements,
        "each documents directory is there",
        not_here("no documents directory is configured"),
    ))
}

/// The server may read each.
pub const READABLE: Check = Check {
    id: "storage.documents.readable",
    title: "the server may read the documents directories",
    meaning: "The user that the server runs as may not list a directory.",
    matters: "Its documents are reported as a problem at every scan and are never indexed.",
    measured: "A child process becomes the user that owns the state directory, which is the server's, and lists the directory.",
    rule: "It fails where listing is refused. Only root can look as another user.",
    repair: "Give that user read and search permission on the directory and search permission on every directory above it; on SMB, mount with `uid=`.",
    needs: &["storage.documents.configured"],
    judge: readable,
    fix: None,
};

fn readable(facts: &Facts) -> Judged {
    let storage = &facts.storage;
    let places = known(&storage.documents)?;
    if places.is_empty() {
        return Err(not_here("no documents directory is configured"));
    }
    let user = known(&storage.server_user)?;
    if !storage.as_server_user {
        return Err(unknown(NEEDS_ROOT));
    }
    let judgements = places.iter().filter_map(|place| {
        let path = &place.path;
        match &place.there {
            Fact::Unknown(why) => Some(not_here(format!("`{path}`: {why}"))),
            Fact::Known(There::Unreadable(why)) => Some(
                fail(format!("user {user} may not list `{path}`: {why}"))
                    .evidence(format!("the server runs as user {user}, who owns `{}`", storage.state.path))
                    .hint(format!("`namei -l {path}` shows which directory on the way refuses")),
            ),
            Fact::Known(There::Directory(_)) => Some(pass(format!("user {user} may list `{path}`"))),
            Fact::Known(_) => None,
        }
    });
    Ok(worst(
        judgements,
        &format!("user {user} may list each documents directory"),
        not_here("no documents directory is there"),
    ))
}

/// Each is mounted where a mount is expected.
pub const MOUNTED: Check = Check {
    id: "storage.documents.mounted",
    title: "documents directories are mounted",
    meaning: "Something asks for a mount at this directory or above it, and nothing is mounted there: what is seen is the bare directory under the missing mount.",
    matters: "The documents are not there. tars keeps what it indexed before, but finds nothing new, and whatever is written there lands on the wrong disk.",
    measured: "`/etc/fstab`, the operator's systemd units and `nas.mount_point` say what should be mounted; `/proc/self/mountinfo` says what is.",
    rule: "It fails where a mount is asked for and missing.",
    repair: "`mount` the mount point, and look at what it says.",
    needs: &["storage.documents.configured"],
    judge: mounted,
    fix: Some(Fix { what: "mount what belongs there", effect: Effect::Harmless, steps: mount_missing }),
};

fn mounted(facts: &Facts) -> Judged {
    let storage = &facts.storage;
    let (places, mounts) = (known(&storage.documents)?, known(&storage.mounts)?);
    let judgements = places.iter().filter_map(|place| {
        let path = real(place);
        let wanted = expected(storage, path)?;
        if let Some(mount) = mount_at(mounts, &wanted.point) {
            return Some(pass(format!("`{}` is {} from `{}`", wanted.point, mount.filesystem, mount.source)));
        }
        let Fact::Known(there) = &place.there else {
            // Whatever is to be mounted there on access may just be tried.
            return Some(not_here(format!("`{path}` does not answer")));
        };
        let what = match there {
            There::Directory(directory) if directory.entries > 0 => "holds something else",
            There::Directory(_) => "is an empty directory",
            _ => "is not there",
        };
        let missing = fail(format!("`{path}` {what}: nothing is mounted at `{}`", wanted.point))
            .evidence(format!("{} asks for it{}", wanted.by, of(&wanted.source)))
            .hint(format!("`mount {}`, and look at what it says", wanted.point));
        let ours = storage.nas.mount_point.as_deref() == Some(&wanted.point);
        let hides = matches!(there, There::Directory(directory) if directory.entries > 0);
        Some(if ours || hides || can_mount(&wanted).is_err() { missing } else { missing.fixable() })
    });
    Ok(worst(
        judgements,
        "each documents directory that should be a mount is one",
        not_here("no documents directory is expected to be a mount"),
    ))
}

fn of(source: &str) -> String {
    if source.is_empty() { String::new() } else { format!(": `{source}`") }
}

fn mount_missing(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let storage = &facts.storage;
    let mounts = storage.mounts.known().map(|mounts| &mounts[..]).unwrap_or_default();
    let mut steps = Vec::new();
    let mut seen = BTreeSet::new();
    for place in storage.documents.known().into_iter().flatten() {
        let Some(wanted) = expected(storage, real(place)) else { continue };
        let ours = storage.nas.mount_point.as_deref() == Some(&wanted.point);
        let filled =
            matches!(&place.there, Fact::Known(There::Directory(directory)) if directory.entries > 0);
        let is_open = !ours && !filled && place.there.known().is_some();
        if is_open && mount_at(mounts, &wanted.point).is_none() && seen.insert(wanted.point.clone()) {
            steps.extend(mount(repair, &wanted, Some(&place.there))?);
        }
    }
    Ok(steps)
}

/// Each has something in it.
pub const CONTENT: Check = Check {
    id: "storage.documents.content",
    title: "documents directories are not empty",
    meaning: "A directory is there and nothing is in it.",
    matters: "An empty directory is seldom what was meant: a wrong path, or a disk that is not mounted. tars never takes it as a sign that all documents were deleted.",
    measured: "The entries of the directory are counted, up to a thousand.",
    rule: "It warns where there are none.",
    repair: "Look whether the path is right and its disk is mounted, or copy documents there.",
    needs: &["storage.documents.configured"],
    judge: |facts| {
        each(facts, "each documents directory has something in it", |place, directory| {
            match directory.entries {
                0 => warn(format!("`{}` is empty", place.path)).hint(format!(
                    "copy documents there, or correct `documents.paths`; `findmnt -T {}` shows its disk",
                    place.path
                )),
                1000.. => pass(format!("`{}` has 1000 entries or more", place.path)),
                entries => pass(format!("`{}` has {}", place.path, show_count(entries, "entry"))),
            }
        })
    },
    fix: None,
};

/// Each holds the sentinel.
pub const SENTINEL: Check = Check {
    id: "storage.sentinel",
    title: "the sentinel file is in every documents directory",
    meaning: "The file that `documents.sentinel` names is missing from a directory, so what is there is not the documents.",
    matters: "A wrong share or an old copy looks like a directory full of documents; the sentinel tells them apart.",
    measured: "access(2) of the file in each documents directory.",
    rule: "It fails where the file is missing; without `documents.sentinel` there is nothing to look for.",
    repair: "Mount the right share. Where the documents are the right ones, create the file in them.",
    needs: &["storage.documents.configured"],
    judge: sentinel,
    fix: None,
};

fn sentinel(facts: &Facts) -> Judged {
    let Some(name) = &facts.storage.sentinel else { return Err(not_here("no `documents.sentinel` is set")) };
    each(facts, &format!("`{name}` is in each documents directory"), |place, directory| {
        match directory.sentinel {
            Some(true) => pass(format!("`{name}` is in `{}`", place.path)),
            Some(false) => {
                fail(format!("`{name}` is not in `{}`: what is there is not the documents", place.path))
                    .evidence(format!(
                        "it has {}, on {}",
                        show_count(directory.entries, "entry"),
                        directory.filesystem
                    ))
                    .hint(format!(
                        "look what is mounted there: `findmnt -T {}`; if it is right: `touch {0}/{name}`",
                        place.path
                    ))
            }
            None => unknown("it was not looked for"),
        }
    })
}
