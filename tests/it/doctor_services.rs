//! The doctor and the running server: what it says of one that runs, one that was stopped, and one whose
//! program was replaced; and what its repairs do.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::support::env::Ended;
use crate::support::installed::{Installation, json};
use crate::support::wait;

#[track_caller]
fn expect(installation: &Installation, id: &str, verdict: &str) -> Value {
    let report = json(&installation.run(&["doctor", "--format", "json", "--only", "services.*"]));
    let sections = report["sections"].as_array().unwrap();
    let mut all = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let finding = all.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}"));
    assert_eq!(finding["verdict"], verdict, "{finding:#}");
    finding.clone()
}

#[track_caller]
fn fix(installation: &Installation, id: &str, more: &[&str]) -> Ended {
    installation.run(&[&["doctor", "--fix", "--yes", "--only", id], more].concat())
}

#[test]
fn a_stopped_server_is_started_and_the_way_back_stops_it() {
    let installation = Installation::installed();
    for part in ["running", "health", "restarts", "version", "memory"] {
        expect(&installation, &format!("services.server.{part}"), "pass");
    }
    // Where it is the built-in supervisor that keeps the server, nothing starts that one.
    expect(&installation, "services.server.boot", "warn");
    // Without a model, answers are extracts, and the server says so.
    expect(&installation, "services.server.ready", "warn");
    expect(&installation, "services.log.size", "pass");

    installation.run(&["ops", "stop"]).expect(0);
    expect(&installation, "services.server.running", "fail");
    expect(&installation, "services.server.health", "skipped");
    fix(&installation, "services.server.running", &[]).expect(0);
    expect(&installation, "services.server.health", "pass");

    installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    expect(&installation, "services.server.running", "fail");
    assert!(installation.server().is_none_or(|pid| !fs::exists(format!("/proc/{pid}")).unwrap()));
}

#[test]
fn a_server_whose_program_was_replaced_is_restarted_only_by_name() {
    let installation = Installation::installed();
    let program = installation.home().program();
    let beside = program.with_extension("new");
    fs::copy(&program, &beside).unwrap();
    fs::rename(&beside, &program).unwrap();
    let found = expect(&installation, "services.server.version", "warn");
    assert!(found["summary"].as_str().unwrap().contains("replaced"), "{found:#}");

    let first = installation.server().unwrap();
    fix(&installation, "services.server.version", &[]);
    assert_eq!(installation.server(), Some(first), "it was restarted without being named");
    fix(&installation, "services.server.version", &["--yes-destructive", "services.server.version"])
        .expect(0);
    wait("another server", Duration::from_secs(20), || (installation.server()? != first).then_some(()));
    expect(&installation, "services.server.version", "pass");
}

#[test]
fn without_an_installation_there_is_no_server_to_judge() {
    let installation = Installation::bare();
    expect(&installation, "services.server.running", "skipped");
    expect(&installation, "services.log.size", "skipped");
}
