//! File systems of a test's own: small or read-only ones, in a mount namespace that only the test's thread and
//! the programs that it starts can see, and that goes away with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use super::skip;

/// Mounts a tmpfs with these options there; skips the test where that is not permitted. It belongs to the
/// calling thread, so a test does everything that needs it on that thread.
pub fn tmpfs(place: &Path, options: &str) -> Option<()> {
    match try_tmpfs(place, options) {
        Ok(()) => Some(()),
        Err(error) => {
            skip(&format!("cannot mount a file system of its own ({error}): run the tests as root"));
            None
        }
    }
}

fn try_tmpfs(place: &Path, options: &str) -> nix::Result<()> {
    own_namespace()?;
    mount(Some("tmpfs"), place, Some("tmpfs"), MsFlags::empty(), Some(options))
}

fn own_namespace() -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let none: Option<&str> = None;
    // Nothing that is mounted from here on may be seen outside.
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
}

/// Gives the calling thread a mount namespace of its own; skips the test where that is not permitted.
pub fn namespace() -> Option<()> {
    match own_namespace() {
        Ok(()) => Some(()),
        Err(error) => {
            skip(&format!("cannot have a mount namespace of its own ({error}): run the tests as root"));
            None
        }
    }
}

/// Puts one directory in the place of another, in a namespace of the test's own.
pub fn bind(from: &Path, to: &Path) {
    let none: Option<&str> = None;
    mount(Some(from), to, none, MsFlags::MS_BIND, none).unwrap();
}

/// Mounts a little file system there that says it came from this source.
pub fn named(source: &str, place: &Path) {
    let none: Option<&str> = None;
    mount(Some(source), place, Some("tmpfs"), MsFlags::empty(), none).unwrap();
}

/// Gives a file system that was mounted there other options, such as more room.
pub fn change(place: &Path, options: &str) {
    let none: Option<&str> = None;
    mount(none, place, none, MsFlags::MS_REMOUNT, Some(options)).unwrap();
}

/// Makes a file system that was mounted there read-only.
pub fn make_read_only(place: &Path) {
    let none: Option<&str> = None;
    mount(none, place, none, MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, none).unwrap();
}

/// Takes the file system away, even while it is used.
pub fn remove(place: &Path) {
    umount2(place, nix::mount::MntFlags::MNT_DETACH).unwrap();
}

/// Puts a copy of `/etc`, made in this folder, into its place; the copy.
pub fn own_etc(folder: &Path) -> PathBuf {
    let copy = folder.join("etc");
    let copied = Command::new("cp").args(["-a", "/etc"]).arg(&copy).status().unwrap();
    assert!(copied.success());
    bind(&copy, Path::new("/etc"));
    copy
}

/// Puts an `/etc` with these files, and with what a program needs to look names up, into the place of the machine's.
pub fn little_etc(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let etc = folder.join("etc");
    fs::create_dir(&etc).unwrap();
    let usual = [
        ("hosts", "127.0.0.1 localhost\n"),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("group", "root:x:0:\n"),
        ("resolv.conf", ""),
    ];
    for (name, text) in usual.iter().chain(files) {
        let path = etc.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    bind(&etc, Path::new("/etc"));
    etc
}
