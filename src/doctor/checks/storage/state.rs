//! The state directory: on a disk of this machine, and writable by the server.

use super::expect::{mount_of, real};
use crate::doctor::check::{Check, Judged, fail, known, not_here, pass, unknown, warn};
use crate::facts::NEEDS_ROOT;
use crate::facts::snapshot::Facts;
use crate::facts::storage::{There, is_network};

const NONE: &str = "there is no state directory yet";

/// On a disk of this machine.
pub const LOCAL: Check = Check {
    id: "storage.state.local",
    title: "the state directory is on a local disk",
    meaning: "The database is on a network file system, in memory, or in the layer of a container.",
    matters: "SQLite's locks do not work over NFS and SMB, and the database gets damaged; in memory and in a container's layer it is gone after a restart.",
    measured: "The mount that the directory is on, and the type that statfs(2) tells.",
    rule: "It fails for NFS, SMB and other network file systems, tmpfs, ramfs and overlay; it warns for FUSE.",
    repair: "Stop the server, move the state directory to a local disk, and start it again.",
    needs: &[],
    judge: local,
    fix: None,
};

fn local(facts: &Facts) -> Judged {
    let state = &facts.storage.state;
    let there = known(&state.there).map_err(|unknown| {
        unknown.hint(
            "the state directory does not answer: it is on a mount whose server is gone, or on a dying disk",
        )
    })?;
    let mounts = known(&facts.storage.mounts)?;
    let mounted = mount_of(mounts, real(state)).map(|mount| mount.filesystem.as_str());
    let told = match there {
        There::Missing => return Err(not_here(NONE)),
        There::Directory(directory) => directory.filesystem.as_str(),
        _ => "",
    };
    let path = &state.path;
    let filesystem = mounted.unwrap_or(told);
    let why = match filesystem {
        "" => return Err(unknown(format!("nothing says what `{path}` is on"))),
        name if is_network(name) || is_network(told) => "a network file system damages the database",
        "tmpfs" | "ramfs" => "it is gone after a restart of the machine",
        "overlay" => "it is gone with the container",
        name if name.starts_with("fuse") => {
            return Ok(warn(format!("`{path}` is on {name}: its locks may not hold"))
                .hint("move the state directory to a local disk"));
        }
        name => return Ok(pass(format!("`{path}` is on {name}"))),
    };
    Ok(fail(format!("`{path}` is on {filesystem}: {why}"))
        .evidences(
            mount_of(mounts, real(state)).map(|mount| format!("`{}` on `{}`", mount.source, mount.point)),
        )
        .hint("`tars ops stop`, move the state directory to a local disk, and mount or link that disk there"))
}

/// Writable.
pub const WRITABLE: Check = Check {
    id: "storage.state.writable",
    title: "the state directory is writable",
    meaning: "The state directory cannot be written, because its file system is read-only or its permissions refuse.",
    matters: "Nothing can be indexed, nobody can sign in, and the server does not start.",
    measured: "access(2) of the directory. The user that owns it is the one that the server runs as.",
    rule: "It fails where writing is refused, or where the path is not a directory.",
    repair: "Make the file system writable (`mount -o remount,rw`), or give the directory back to the server's user.",
    needs: &["storage.state.local"],
    judge: writable,
    fix: None,
};

fn writable(facts: &Facts) -> Judged {
    let storage = &facts.storage;
    let path = &storage.state.path;
    match known(&storage.state.there)? {
        There::Missing => Err(not_here(NONE)),
        _ if !storage.as_server_user => Err(unknown(NEEDS_ROOT)),
        There::Directory(directory) if directory.writable => Ok(pass(format!("`{path}` is writable"))),
        There::Directory(_) => {
            let mounts = storage.mounts.known().map(|mounts| &mounts[..]).unwrap_or_default();
            let mount = mount_of(mounts, real(&storage.state));
            Ok(match mount.filter(|mount| mount.has("ro")) {
                Some(mount) => fail(format!("`{path}` is on a file system that is read-only"))
                    .evidence(format!("`{}` on `{}`: {}", mount.source, mount.point, mount.options.join(",")))
                    .hint(format!(
                        "`dmesg` tells why, if it was an error; then `mount -o remount,rw {}`",
                        mount.point
                    )),
                None => fail(format!("`{path}` cannot be written"))
                    .hint(format!("`ls -ld {path}` shows whom it belongs to")),
            })
        }
        There::Stale(why) | There::Unreadable(why) => Ok(fail(format!("`{path}` cannot be used: {why}"))
            .hint(format!("`ls -ld {path}` shows whom it belongs to"))),
        There::NotADirectory => Ok(fail(format!("`{path}` is not a directory"))
            .hint("move what is there away, then run `tars install`")),
    }
}
