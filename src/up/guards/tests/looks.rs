//! The looks at this machine: a port that listens, a table of mounts of the test's own, a mount that hangs.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::*;
use crate::facts::snapshot::{Asked, testing};
use crate::up::guards::look::testing::machine_of;

#[test]
fn a_port_that_listens_here_is_taken() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let text = format!("services: {{web: {{image: x, ports: ['127.0.0.1:{port}:80']}}}}");
    let seen = machine_of(testing(Path::new("/")), &[], machine());
    let told = found(&text, &seen);
    assert!(told.contains(&format!("(process {}", std::process::id())), "{told}");
    drop(listener);
    let seen = machine_of(testing(Path::new("/")), &[], machine());
    assert_eq!(found(&text, &seen), "");
}

#[test]
fn an_entry_of_fstab_that_is_not_mounted_stops_what_is_below_it() {
    let root = tempfile::tempdir().unwrap();
    let nas = root.path().join("mnt/nas");
    std::fs::create_dir_all(nas.join("docs")).unwrap();
    std::fs::create_dir_all(root.path().join("etc")).unwrap();
    std::fs::create_dir_all(root.path().join("proc/self")).unwrap();
    let (point, docs) = (nas.display().to_string(), nas.join("docs").display().to_string());
    std::fs::write(root.path().join("etc/fstab"), format!("# the NAS\nnas:/x {point} nfs4 ro,_netdev 0 0\n"))
        .unwrap();
    let text = format!("services: {{docs: {{image: x, volumes: ['{docs}:/d']}}}}");
    let at = |mounts: &str| {
        std::fs::write(root.path().join("proc/self/mountinfo"), mounts).unwrap();
        let asked: Asked = testing(root.path());
        found(&text, &machine_of(asked, &[&docs], machine()))
    };
    let line = format!("30 1 0:40 / {point} rw - nfs4 nas:/x rw\n");
    assert_eq!(at(&line), "");
    assert_eq!(
        at("1 1 0:1 / / rw - ext4 /dev/vda1 rw\n"),
        format!(
            "fail up.mount.absent: `docs` binds `{docs}`, and `nas:/x` is not mounted on `{point}` (`/etc/fstab` line 2)\n"
        )
    );
}

/// Mounts a file system there, for this thread and what it starts, whose process never answers; none where that is not
/// permitted. It lasts as long as the file that is given.
fn mount_hung(place: &Path) -> Option<File> {
    let none: Option<&str> = None;
    let device = File::options().read(true).write(true).open("/dev/fuse").ok()?;
    unshare(CloneFlags::CLONE_NEWNS).ok()?;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).ok()?;
    let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
    mount(Some("nas:/x"), place, Some("fuse.nas"), MsFlags::empty(), Some(options.as_str())).ok()?;
    Some(device)
}

#[test]
fn a_mount_that_never_answers_is_refused_and_holds_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_path_buf();
    let path = place.display().to_string();
    let look = {
        let path = path.clone();
        move || {
            let device = mount_hung(&place)?;
            let asked = Asked { deadline: Duration::from_millis(300), ..testing(Path::new("/")) };
            let started = Instant::now();
            let seen = machine_of(asked, &[&path], machine());
            assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
            // The connection ends with its file, and whoever still looks is let go.
            drop(device);
            Some(found(&format!("services: {{docs: {{image: x, volumes: ['{path}:/d']}}}}"), &seen))
        }
    };
    let Some(told) = std::thread::spawn(look).join().unwrap() else {
        return println!("skipped: it takes root and `/dev/fuse`");
    };
    let expected = format!("fail up.mount.hangs: `docs` binds `{path}`, which hangs (no answer in 0.3 s)\n");
    assert_eq!(told, expected);
}
