//! `tars doctor` on mounts: one that hangs, one that is stale, one that is missing, and the repairs of
//! `/etc/fstab` and of mounts, in a mount namespace of each test's own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::unistd::{getegid, geteuid};
use serde_json::Value;

use crate::support::env::{Ended, finish, finish_within};
use crate::support::hung::Hung;
use crate::support::installed::{json, mode};
use crate::support::{TestEnv, is_root, mounts};

/// The verdict and the finding of one check.
#[track_caller]
fn finding(report: &Value, id: &str) -> Value {
    let sections = report["sections"].as_array().unwrap().iter();
    let mut findings = sections.flat_map(|section| section["findings"].as_array().unwrap());
    findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}")).clone()
}

#[track_caller]
fn verdict(report: &Value, id: &str) -> String {
    finding(report, id)["verdict"].as_str().unwrap().to_string()
}

fn doctor(env: &TestEnv, arguments: &[&str]) -> Ended {
    finish(env.tars().args(["doctor", "--format", "json"]).args(arguments))
}

/// Documents that are there, and a point for those that are not.
fn documents(env: &TestEnv, more: &str) -> PathBuf {
    let (good, point) = (env.directory("documents"), env.directory("nas"));
    fs::write(good.join("boats.md"), "# Boats\n").unwrap();
    env.toml(&format!("[documents]\npaths = [\"{}\", \"{}\"]\n{more}", good.display(), point.display()));
    point
}

/// An `/etc` of the test's own, with this `fstab`, in the place of the machine's.
fn own_etc(env: &TestEnv, fstab: &str) -> PathBuf {
    let path = mounts::own_etc(env.path()).join("fstab");
    fs::write(&path, fstab).unwrap();
    path
}

#[test]
fn a_mount_that_hangs_keeps_nothing_else_from_being_judged() {
    let env = TestEnv::new();
    let point = documents(&env, "");
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    let begun = Instant::now();
    let ended = finish_within(
        env.tars().args(["doctor", "--format", "json", "--only", "storage.*"]),
        Duration::from_secs(20),
    );
    let took = begun.elapsed();
    let report = json(&ended.expect(0));
    println!("{took:?} with a mount that hangs");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(hung.waiting() > 0, "nothing asked the mount");
    let answer = finding(&report, "storage.documents.answer");
    assert_eq!(answer["verdict"], "unknown");
    let said = answer.to_string();
    assert!(said.contains("no answer in 2 s") && said.contains("nas.example:/export"), "{said}");
    // What hangs is judged by no other check, and what does not hang by all of them.
    assert_eq!(verdict(&report, "storage.documents.exist"), "skipped");
    assert_eq!(verdict(&report, "storage.documents.configured"), "pass");
    assert_eq!(verdict(&report, "storage.fstab.valid"), "pass");
    doctor(&env, &["--only", "storage.*", "--fail-on", "unknown"]).expect(1);
}

/// Runs `tars doctor`, which must end although `hung` never answers.
#[track_caller]
fn ends(command: &mut Command, hung: &Hung) -> Value {
    let begun = Instant::now();
    let ended = finish_within(command.args(["doctor", "--format", "json"]), Duration::from_secs(20));
    let took = begun.elapsed();
    println!("{took:?} with a home or a TMPDIR that hangs");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(hung.waiting() > 0, "nothing asked the mount");
    json(&ended)
}

#[test]
fn a_home_that_hangs_does_not_keep_the_program_from_ending() {
    let env = TestEnv::new();
    let point = env.directory("far");
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    let report = ends(env.tars().arg("--home").arg(point.join("tars")), &hung);
    assert_eq!(verdict(&report, "system.os"), "pass", "{report:#}");
    // Nothing that stands below the mount is judged as if it had been seen.
    for section in report["sections"].as_array().unwrap() {
        for finding in section["findings"].as_array().unwrap() {
            let id = finding["id"].as_str().unwrap();
            let unseen = ["settings.", "services.", "data."].iter().any(|part| id.starts_with(part));
            // What the environment says is seen all the same.
            if unseen && id != "settings.environment" {
                let verdict = finding["verdict"].as_str().unwrap();
                assert!(matches!(verdict, "unknown" | "skipped"), "{finding:#}");
            }
        }
    }
    let undo = ["doctor", "--undo", "--yes"];
    let ended = finish_within(env.tars().arg("--home").arg(&point).args(undo), Duration::from_secs(20));
    ended.says("no answer in 2 s");
}

#[test]
fn a_directory_for_temporary_files_that_hangs_does_not_keep_the_program_from_ending() {
    let env = TestEnv::new();
    let point = env.directory("far");
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    let report = ends(env.tars().env("TMPDIR", &point), &hung);
    assert_eq!(verdict(&report, "system.os"), "pass", "{report:#}");
    let space = finding(&report, "system.disk.space");
    assert_eq!(space["verdict"], "unknown", "{space:#}");
}

#[test]
fn everything_that_can_hang_hangs_at_once() {
    let env = TestEnv::new();
    let model = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("[answer]\nendpoint = \"http://{}\"\n", model.local_addr().unwrap());
    let point = documents(&env, &endpoint);
    let socket = env.path().join("docker.sock");
    let _docker = UnixListener::bind(&socket).unwrap();
    let Some(_hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    let begun = Instant::now();
    let mut command = env.tars();
    command.args(["doctor", "--format", "json"]).env("DOCKER_HOST", format!("unix://{}", socket.display()));
    let ended = finish_within(&mut command, Duration::from_secs(30));
    let took = begun.elapsed();
    println!("{took:?} with a mount, an engine and a model server that hang");
    let report = json(&ended);
    // The program's own deadline is 2 s and a quarter: the rest is starting it, gathering and telling.
    assert!(took < Duration::from_secs(4), "{took:?}");
    for id in ["storage.documents.answer", "docker.reachable", "models.endpoint"] {
        let found = finding(&report, id);
        assert_eq!(found["verdict"], "unknown", "{found:#}");
        assert!(found.to_string().contains("no answer in 2 s"), "{found:#}");
    }
    assert_eq!(verdict(&report, "storage.documents.configured"), "pass");
    // What does not hang is judged all the same.
    let sections = report["sections"].as_array().unwrap().iter();
    let all = sections.flat_map(|section| section["findings"].as_array().unwrap());
    let judged =
        all.filter(|finding| ["pass", "warn", "fail"].iter().any(|v| finding["verdict"] == *v)).count();
    assert!(judged >= 60, "only {judged} checks were judged");
}

#[test]
fn a_mount_whose_server_died_is_stale() {
    let env = TestEnv::new();
    let point = documents(&env, "");
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    hung.die();
    let report = json(&doctor(&env, &["--only", "storage.*"]).expect(1));
    let answer = finding(&report, "storage.documents.answer");
    assert_eq!(answer["verdict"], "fail");
    assert!(answer["summary"].as_str().unwrap().contains("stale"), "{answer}");
    assert!(answer["hint"].as_str().unwrap().contains("umount -l"), "{answer}");
}

#[test]
fn what_fstab_asks_for_is_mounted_and_taken_back() {
    let env = TestEnv::new();
    let point = documents(&env, "");
    if mounts::namespace().is_none() {
        return;
    }
    own_etc(&env, &format!("# mine\nscratch {} tmpfs size=1M,nofail 0 0\n", point.display()));
    let only = ["--only", "storage.documents.*"];
    let report = json(&doctor(&env, &only).expect(1));
    assert_eq!(verdict(&report, "storage.documents.mounted"), "fail");

    let fixed = json(&doctor(&env, &["--only", "storage.documents.mounted", "--fix", "--yes"]).expect(0));
    assert_eq!(verdict(&fixed, "storage.documents.mounted"), "pass");
    let mounted =
        || fs::read_to_string("/proc/thread-self/mountinfo").unwrap().contains(&*point.to_string_lossy());
    assert!(mounted());
    // A second run finds nothing to do.
    doctor(&env, &["--only", "storage.documents.mounted", "--fix", "--yes"]).expect(0);
    finish(env.tars().args(["doctor", "--undo", "--yes"])).expect(0);
    assert!(!mounted());
    let report = json(&doctor(&env, &only).expect(1));
    assert_eq!(verdict(&report, "storage.documents.mounted"), "fail");
    mounts::bind(&env.path().join("documents"), &point);
    let report = json(&doctor(&env, &["--only", "storage.documents.mounted"]).expect(0));
    assert_eq!(verdict(&report, "storage.documents.mounted"), "pass");
}

#[test]
fn a_stale_mount_is_mounted_again_and_nobody_is_interrupted_unasked() {
    let env = TestEnv::new();
    let point = documents(&env, "");
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    own_etc(&env, &format!("scratch {} tmpfs size=1M,nofail 0 0\n", point.display()));
    hung.die();
    let only = ["--only", "storage.documents.answer", "--fix", "--yes"];
    let left = json(&doctor(&env, &only).expect(1));
    assert!(left.to_string().contains("--yes-destructive storage.documents.answer"), "{left:#}");
    let named = ["--yes-destructive", "storage.documents.answer"];
    let fixed = json(&doctor(&env, &[&only[..], &named[..]].concat()).expect(0));
    assert_eq!(verdict(&fixed, "storage.documents.answer"), "pass");
    // Taken back, what is healthy now stays mounted.
    finish(env.tars().args(["doctor", "--undo", "--yes"])).expect(0);
    let mounted = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
    assert!(mounted.lines().any(|line| line.contains(&*point.to_string_lossy()) && line.contains("tmpfs")));
    mounts::remove(&point);
}

#[test]
fn a_missing_documents_directory_is_made_and_taken_back_while_it_is_empty() {
    let env = TestEnv::new();
    let above = env.directory("papers");
    let owner = if is_root() { (4321, 5432) } else { (geteuid().as_raw(), getegid().as_raw()) };
    chown(&above, Some(owner.0), Some(owner.1)).unwrap();
    let (one, deep) = (above.join("letters"), env.path().join("gone/letters"));
    env.toml(&format!("[documents]\npaths = [\"{}\"]\n", one.display()));
    let fix = ["--only", "storage.documents.exist", "--fix", "--yes"];
    let fixed = json(&doctor(&env, &fix).expect(0));
    assert_eq!(verdict(&fixed, "storage.documents.exist"), "pass");
    let made = fs::metadata(&one).unwrap();
    assert_eq!((mode(&one), (made.uid(), made.gid())), (0o755, owner));
    let undo = || finish(env.tars().args(["doctor", "--undo", "--yes"]));
    undo().expect(0);
    assert!(!one.exists() && above.exists());
    doctor(&env, &fix).expect(0);
    fs::write(one.join("a.md"), "# A\n").unwrap();
    undo();
    assert!(one.join("a.md").exists(), "nobody's work is lost");
    // More than one that is missing is rather a slip in the path.
    env.toml(&format!("[documents]\npaths = [\"{}\"]\n", deep.display()));
    let left = doctor(&env, &fix).expect(1);
    assert!(left.stdout.contains("does not exist either") && !env.path().join("gone").exists(), "{left:#?}");
}

#[test]
fn the_line_of_the_nas_is_written_and_taken_back_byte_for_byte() {
    let env = TestEnv::new();
    let point = env.path().join("my nas");
    documents(
        &env,
        &format!("[nas]\nshare = \"127.0.0.1:/export/documents\"\nmount_point = \"{}\"\n", point.display()),
    );
    if mounts::namespace().is_none() {
        return;
    }
    let before = "# mine\t\n127.0.0.1:/other  /mnt/other\tnfs4 ro,soft 0 0 # why";
    let fstab = own_etc(&env, before);
    fs::set_permissions(&fstab, fs::Permissions::from_mode(0o640)).unwrap();
    // Mounting fails, because there is no server and, here, not even an NFS client; the file is written all the same.
    let fix = ["--only", "storage.nas.mounted,storage.nas.persistent,storage.fstab.*", "--fix", "--yes"];
    let ended = json(&doctor(&env, &fix).expect(1));
    assert_eq!(verdict(&ended, "storage.nas.mounted"), "fail");
    assert_eq!(verdict(&ended, "storage.nas.persistent"), "pass");
    assert_eq!(verdict(&ended, "storage.fstab.boot"), "pass");
    let notes = ended["notes"].to_string();
    assert!(notes.contains("not repaired: storage.nas.mounted"), "{notes}");
    let escaped = point.display().to_string().replace(' ', "\\040");
    let expected = format!(
        "# mine\t\n127.0.0.1:/other  /mnt/other\tnfs4 ro,soft,nofail,_netdev 0 0 # why\n\
         127.0.0.1:/export/documents {escaped} nfs4 ro,soft,timeo=100,_netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=10 0 0\n"
    );
    assert_eq!(fs::read_to_string(&fstab).unwrap(), expected);
    assert_eq!(mode(&fstab), 0o640);
    assert!(point.is_dir(), "the mount point was made");

    finish(env.tars().args(["doctor", "--undo", "--yes"])).expect(0);
    assert_eq!(fs::read_to_string(&fstab).unwrap(), before);
    assert_eq!(mode(&fstab), 0o640);
    assert!(!point.exists(), "and it is gone again");
}

#[test]
fn the_credentials_of_the_nas_are_made_private() {
    let env = TestEnv::new();
    let file = env.path().join("nas-credentials");
    let secret = format!("{:x}", std::process::id());
    fs::write(&file, format!("username=tars\npassword={secret}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    documents(
        &env,
        &format!(
            "[nas]\nshare = \"//127.0.0.1/documents\"\nmount_point = \"/mnt/nas\"\ncredentials = \"{}\"\n",
            file.display()
        ),
    );
    let only = ["--only", "storage.nas.credentials"];
    let before = doctor(&env, &only).expect(1);
    assert!(!format!("{before:?}").contains(&format!("password={secret}")));
    assert_eq!(verdict(&json(&before), "storage.nas.credentials"), "fail");
    doctor(&env, &[&only[..], &["--fix", "--yes"]].concat());
    assert_eq!(mode(&file), 0o600);
    finish(env.tars().args(["doctor", "--undo", "--yes"])).expect(0);
    assert_eq!(mode(&file), 0o644);
}
