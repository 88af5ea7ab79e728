//! A repair is killed after each of its steps. The next repair goes on from there, and taking both back leaves
//! every file as it was before the first: its bytes, its mode.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::env::Guard;
use crate::support::installed::{Installation, LONG};
use crate::support::snapshot::{self, Snapshot};

const ONLY: &str = "settings.*,security.*";

/// An installation with several things wrong that have nothing to do with one another.
fn broken() -> Installation {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    let home = installation.home();
    let mode = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let env = fs::read_to_string(home.env()).unwrap();
    fs::write(home.env(), env.replace('\n', "\r\n") + "TARS_SERVER_LOG=warn\nTARS_SERVER_LOG=info\n")
        .unwrap();
    let toml = fs::read_to_string(home.toml()).unwrap();
    fs::write(home.toml(), format!("\u{feff}{toml}")).unwrap();
    mode(home.env(), 0o644);
    mode(home.first_password(), 0o644);
    mode(home.state.clone(), 0o777);
    mode(home.logs.clone(), 0o777);
    installation
}

/// Everything but the journal, which remembers.
fn everything(installation: &Installation) -> Snapshot {
    let home = installation.home();
    let mut all = snapshot::take(&home.config);
    all.extend(snapshot::take(&home.state));
    for directory in [&home.config, &home.state, &home.logs] {
        let mode = fs::metadata(directory).unwrap().permissions().mode() & 0o7777;
        all.insert(directory.clone(), (mode, None));
    }
    all.retain(|path, _| !path.display().to_string().contains("/journal"));
    all
}

fn announced(installation: &Installation) -> usize {
    let journal = fs::read_to_string(installation.home().journal()).unwrap_or_default();
    journal.lines().filter(|line| line.contains("\"intent\"") && line.contains("\"run\"")).count()
}

fn failing(installation: &Installation) -> Vec<String> {
    let ended = installation.run(&["doctor", "--only", ONLY, "--format", "json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let sections = report["sections"].as_array().unwrap();
    let findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let fixable = findings.filter(|finding| finding["fix"].is_string());
    fixable.map(|finding| finding["id"].as_str().unwrap().to_string()).collect()
}

#[test]
fn a_repair_that_was_killed_is_finished_by_the_next_and_taken_back_without_a_trace() {
    let whole = broken();
    assert!(failing(&whole).len() >= 4, "{:?}", failing(&whole));
    whole.run(&["doctor", "--fix", "--yes", "--only", ONLY]);
    let steps = announced(&whole);
    assert!(steps >= 5, "{steps} steps");
    assert_eq!(failing(&whole), [] as [&str; 0]);
    for step in 1..=steps {
        killed_after(step);
    }
}

#[track_caller]
fn killed_after(step: usize) {
    let installation = broken();
    let before = everything(&installation);
    let mut command = installation.tars(&["doctor", "--fix", "--yes", "--only", ONLY]);
    let mut repair = Guard(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let started = Instant::now();
    while announced(&installation) < step && repair.0.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < LONG, "the repair announces no step {step}");
        std::thread::yield_now();
    }
    // It may have come to its end a moment before.
    let _ = repair.0.kill();
    repair.0.wait().unwrap();

    installation.run(&["doctor", "--fix", "--yes", "--only", ONLY]);
    assert_eq!(failing(&installation), [] as [&str; 0], "after step {step}");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !installation.run(&["doctor", "--undo", "--yes"]).expect(0).stdout.contains("nothing to take back")
    {
        assert!(Instant::now() < deadline, "there is always more to take back");
    }
    let after = everything(&installation);
    let differing: Vec<_> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(differing.is_empty(), "after step {step}: {differing:?}");
}
