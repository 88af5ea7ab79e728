//! `tars up` that is killed, or asked to stop: at whatever moment that is, the next run brings the stack up, and nothing
//! that was kept is lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::engine::{Engine, engine};
use crate::support::env::{Ended, Guard};
use crate::support::planted::Random;
use crate::support::project::Project;
use crate::support::{seed, wait};

const KILLS: u32 = 20;

/// How long anything may take.
const LONG: Duration = Duration::from_secs(60);

/// The stack in one of its versions: a database that has to be healthy, a job that has to be done, and two that need
/// them, in a network; the database keeps something in a volume, and in one without a name.
fn compose(version: u32) -> String {
    format!(
        "
x-any: &any
  image: IMAGE
  stop_signal: SIGKILL
  environment: {{VERSION: '{version}'}}
x-well: &well
  <<: *any
  command: [/part, wait]
  healthcheck: {{test: [CMD, /part, probe], interval: 250ms, timeout: 5s, retries: 50}}
services:
  db:
    <<: *well
    volumes: ['data:/data', '/scratch', './healthy:/healthy:ro']
  job:
    <<: *any
    command: [/part, flood, '1']
    depends_on: {{db: {{condition: service_healthy}}}}
  web:
    <<: *well
    volumes: ['./healthy:/healthy:ro']
    depends_on: {{job: {{condition: service_completed_successfully}}}}
  cache:
    <<: *well
    volumes: ['./healthy:/healthy:ro']
    networks: [inner, default]
volumes: {{data: {{}}}}
networks: {{inner: {{}}}}
"
    )
}

/// The files in the volumes of the database.
#[track_caller]
fn kept(engine: &Engine) -> Vec<PathBuf> {
    let mounts = engine.inspect("kill-db-1")["Mounts"].clone();
    let volumes = mounts.as_array().unwrap().iter().filter(|mount| mount["Type"] == "volume");
    let files = volumes.map(|volume| Path::new(volume["Source"].as_str().unwrap()).join("kept"));
    files.collect()
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_finished_by_the_next() {
    let Some(engine) = engine() else { return };
    let seed = seed();
    let mut random = Random::new(seed);
    let project = Project::new("kill", &engine.host(), &compose(0));
    project.file("healthy", "");
    project.comes_up();
    kept(&engine).iter().for_each(|file| fs::write(file, "kept").unwrap());
    // Undisturbed, to learn how long it takes.
    project.declare(&compose(1));
    let begun = Instant::now();
    project.comes_up();
    let whole = begun.elapsed();
    let mut left = BTreeSet::new();
    for round in 0..KILLS {
        project.declare(&compose(round + 2));
        let share = (f64::from(round) + f64::from(u32::try_from(random.below(1000)).unwrap()) / 1000.0)
            / f64::from(KILLS);
        let moment = whole.mul_f64(share);
        let when = format!("seed {seed}, kill {round}, after {moment:?} of {whole:?}");
        let mut command = project.tars(&["up"]);
        let mut up = Guard(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        std::thread::sleep(moment);
        up.0.kill().unwrap();
        up.0.wait().unwrap();
        left.insert(project.plan()["steps"].as_array().unwrap().len());
        let ended = project.run(&["up"]);
        assert_eq!(ended.code, 0, "{when}: {ended:#?}");
        project.is_as_declared();
        let files = kept(&engine);
        assert_eq!(files.len(), 2, "{when}");
        for file in files {
            assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("kept"), "{when}: {}", file.display());
        }
        let listed = engine.ask("GET", "/containers/json?all=true", &Value::Null);
        let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| &one["Names"][0]).collect();
        assert_eq!(names.len(), 4, "{when}: {names:?}");
    }
    println!(
        "steps left after the kills: {left:?}; an undisturbed run takes {whole:?}, all took {:?}",
        begun.elapsed()
    );
    assert!(left.len() >= 4, "the kills came at different points: {left:?}");
}

/// A service that is never well, and one that waits for it.
const NEVER_WELL: &str = "
services:
  db:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    network_mode: none
    healthcheck: {test: [CMD, /part, probe], interval: 100ms, timeout: 5s, retries: 1000}
  web:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    network_mode: none
    depends_on: {db: {condition: service_healthy}}
";

/// Brings the project up, and sends it this signal when this many containers run.
#[track_caller]
fn signalled(engine: &Engine, project: &Project, signal: Signal, running: usize) -> Ended {
    let mut command = project.tars(&["up"]);
    let (told, heard) = std::sync::mpsc::channel();
    let up = std::thread::spawn(move || {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        told.send(child.id()).unwrap();
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    });
    let pid = Pid::from_raw(i32::try_from(heard.recv().unwrap()).unwrap());
    wait("the containers to run", LONG, || {
        let listed = engine.ask("GET", "/containers/json", &Value::Null);
        (listed.as_array()?.len() == running).then_some(())
    });
    kill(pid, signal).unwrap();
    up.join().unwrap()
}

#[test]
fn a_run_that_is_asked_to_stop_says_how_far_it_came() {
    let Some(engine) = engine() else { return };
    let project = Project::new("stop", &engine.host(), NEVER_WELL);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        signalled(&engine, &project, signal, 1)
            .expect(130)
            .tells("stack stop is not as declared yet: 3 changes made, 3 left\n")
            .tells("  db   running, health unknown yet\n  web  not started\n")
            .says("left db: interrupted\n")
            .says("error: interrupted: 3 of 6 changes are made\nhint: run the command again to go on from there");
        project.run(&["down"]).expect(0);
    }
    let ended = signalled(&engine, &project, Signal::SIGINT, 1).expect(130);
    assert!(!ended.stdout.contains("failed"), "{ended:#?}");
    engine.ask("POST", "/containers/stop-db-1/restart", &Value::Null);
    project.comes_up();
}
