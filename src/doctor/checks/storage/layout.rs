//! Where the documents directories lie: on which file systems, with how much room, under which names, and apart
//! from one another and from the state.

use super::expect::{each, mount_of, real};
use crate::config::value::show_bytes;
use crate::doctor::check::{Check, Judged, known, not_here, pass, warn, worst};
use crate::facts::snapshot::Facts;
use crate::facts::storage::{Place, is_below};

/// What they are on.
pub const FILESYSTEM: Check = Check {
    id: "storage.documents.filesystem",
    title: "the file system of the documents keeps them",
    meaning: "A documents directory is on a file system that forgets: in memory, or in the layer of a container.",
    matters: "The documents are gone after the next start of the machine or of the container.",
    measured: "The mount table, and the type that statfs(2) tells.",
    rule: "It warns for tmpfs, ramfs and overlay, and names the type of every other.",
    repair: "Move the documents to a disk or a share, and name that place in `documents.paths`.",
    needs: &["storage.documents.configured"],
    judge: |facts| {
        let mounts = known(&facts.storage.mounts)?;
        each(facts, "each documents directory is on a disk or a share", |place, directory| {
            let mounted = mount_of(mounts, real(place)).map(|mount| mount.filesystem.as_str());
            let filesystem = mounted.unwrap_or(&directory.filesystem);
            match filesystem {
                "tmpfs" | "ramfs" => warn(format!("`{}` is in memory ({filesystem})", place.path)),
                "overlay" => warn(format!("`{}` is in the layer of a container (overlay)", place.path)),
                _ => return pass(format!("`{}` is on {filesystem}", place.path)),
            }
            .hint("move the documents to a disk or a share, and name that place in `documents.paths`")
        })
    },
    fix: None,
};

/// Room for more.
pub const SPACE: Check = Check {
    id: "storage.documents.space",
    title: "free space for documents",
    meaning: "The file system that documents are on is full.",
    matters: "tars writes nothing there, but you can add no document, and programs that save one may cut it off.",
    measured: "statfs(2) of each documents directory.",
    rule: "It warns where less than 1% is free; otherwise it tells how much is.",
    repair: "Delete or move what is no longer needed, or enlarge the file system.",
    needs: &["storage.documents.configured"],
    judge: |facts| {
        each(facts, "there is room where the documents are", |place, directory| {
            let (free, total) = (directory.free_bytes, directory.total_bytes);
            let told = format!("`{}`: {} of {} free", place.path, show_bytes(free), show_bytes(total));
            if total > 0 && free < total / 100 {
                warn(told).hint(format!(
                    "make room on {}: `du -xh --max-depth=1 {}`",
                    directory.filesystem, place.path
                ))
            } else {
                pass(told)
            }
        })
    },
    fix: None,
};

/// Named directly.
pub const SYMLINK: Check = Check {
    id: "storage.documents.symlink",
    title: "documents directories are named directly",
    meaning: "A documents directory is a symbolic link, or is reached through one.",
    matters: "Whoever changes the link changes what is indexed without changing a setting, and a missing mount behind it is harder to see.",
    measured: "The path is followed, and compared with where it leads.",
    rule: "It warns where a link is on the way.",
    repair: "Name the directory that the link leads to in `documents.paths`.",
    needs: &["storage.documents.configured"],
    judge: |facts| {
        each(facts, "no documents directory is a symbolic link", |place, directory| {
            if directory.leads_to.is_empty() || is_same(&place.path, &directory.leads_to) {
                return pass(format!("`{}` is named directly", place.path));
            }
            warn(format!("`{}` leads to `{}` by a symbolic link", place.path, directory.leads_to))
                .hint(format!("name `{}` in `documents.paths`", directory.leads_to))
        })
    },
    fix: None,
};

fn is_same(one: &str, other: &str) -> bool {
    is_below(one, other) && is_below(other, one)
}

/// Apart from one another and from the state.
pub const INSIDE: Check = Check {
    id: "storage.documents.inside",
    title: "documents directories are apart from one another and from the state",
    meaning: "One documents directory is inside another, or inside the state directory.",
    matters: "What is in two of them is indexed twice and answers twice; documents inside the state directory are deleted with it.",
    measured: "The paths, after following symbolic links, are compared with one another and with the state directory.",
    rule: "It warns for documents inside documents, and for documents inside the state. The state inside documents is left out of the index, and only told.",
    repair: "Name only the outer directory, and keep documents out of the state directory.",
    needs: &["storage.documents.configured"],
    judge: inside,
    fix: None,
};

fn inside(facts: &Facts) -> Judged {
    let places = known(&facts.storage.documents)?;
    let state = real(&facts.storage.state);
    let judgements = places.iter().enumerate().map(|(index, place)| {
        let path = real(place);
        let within = |(at, other): (usize, &Place)| {
            at != index && is_below(path, real(other)) && (!is_same(path, real(other)) || at < index)
        };
        if let Some((_, outer)) = places.iter().enumerate().find(|(at, other)| within((*at, other))) {
            return warn(format!("`{}` is inside `{}`: it is indexed twice", place.path, outer.path))
                .hint(format!("remove `{}` from `documents.paths`", place.path));
        }
        if is_below(path, state) {
            return warn(format!("`{}` is inside the state directory `{state}`", place.path))
                .hint("move the documents elsewhere: what is in the state directory goes away with it");
        }
        match is_below(state, path) {
            true => {
                pass(format!("the state directory is inside `{}`, and is left out of the index", place.path))
            }
            false => pass(format!("`{}` is apart from the others and from the state", place.path)),
        }
    });
    Ok(worst(
        judgements,
        "each documents directory is apart from the others and from the state",
        not_here("no documents directory is configured"),
    ))
}
