//! The doctor on real file systems that are full, have no room for one more file, or cannot be written to.

use std::fs;
use std::io::Write;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::installed::json;
use crate::support::{TestEnv, mounts};

/// The finding of one check.
#[track_caller]
fn look(env: &TestEnv, id: &str) -> Value {
    let report = json(&env.run(&["doctor", "--only", id, "--format", "json"]));
    report["sections"][0]["findings"][0].clone()
}

#[test]
fn a_disk_that_fills_up_is_told_once_with_everything_on_it() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=4m") else { return };
    let mut file = fs::File::create(place.join("filler")).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let found = look(&env, "system.disk.space");
    assert_eq!(found["verdict"], "fail", "{found:#}");
    let said = found.to_string();
    for path in ["tars/config", "tars/state", "tars/logs"] {
        assert!(said.contains(path), "{path}: {found:#}");
    }
    assert!(found["summary"].as_str().unwrap().contains(place.to_str().unwrap()), "{found:#}");
    fs::remove_file(place.join("filler")).unwrap();
    let found = look(&env, "system.disk.space");
    assert!(!found.to_string().contains(place.to_str().unwrap()), "{found:#}");
}

#[test]
fn a_disk_without_room_for_one_more_file_is_told() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=4m,nr_inodes=40") else { return };
    for number in 0.. {
        if fs::write(place.join(number.to_string()), "").is_err() {
            break;
        }
    }
    let found = look(&env, "system.disk.inodes");
    assert_eq!(found["verdict"], "fail", "{found:#}");
    assert!(found["summary"].as_str().unwrap().contains("room for 0 more files"), "{found:#}");
}

#[test]
fn a_disk_that_cannot_be_written_to_is_told() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=4m") else { return };
    assert_eq!(look(&env, "system.disk.read_only")["verdict"], "pass");
    mounts::make_read_only(&place);
    let found = look(&env, "system.disk.read_only");
    assert_eq!(found["verdict"], "fail", "{found:#}");
    assert!(found["summary"].as_str().unwrap().contains(place.to_str().unwrap()), "{found:#}");
}

#[test]
fn a_clock_that_is_behind_what_was_written_before_is_told() {
    let env = TestEnv::new();
    env.toml("");
    assert_eq!(look(&env, "system.clock.skew")["verdict"], "pass");
    let file = fs::File::options().write(true).open(env.home().toml()).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(10 * 24 * 3600)).unwrap();
    let found = look(&env, "system.clock.skew");
    assert_eq!(found["verdict"], "fail", "{found:#}");
    assert!(found["summary"].as_str().unwrap().contains("9 days"), "{found:#}");
}

/// Whatever this machine is: every check of it is judged, and in time.
#[test]
fn this_machine_is_judged() {
    let env = TestEnv::new();
    let report = json(&env.run(&["doctor", "--only", "system.*", "--format", "json"]));
    let findings = report["sections"][0]["findings"].as_array().unwrap();
    assert!(findings.len() >= 13, "{report:#}");
    for id in [
        "system.os",
        "system.arch",
        "system.kernel",
        "system.memory.total",
        "system.load",
        "system.disk.space",
    ] {
        let found = findings.iter().find(|finding| finding["id"] == id).unwrap();
        assert!(!["unknown", "skipped"].contains(&found["verdict"].as_str().unwrap()), "{found:#}");
    }
}
