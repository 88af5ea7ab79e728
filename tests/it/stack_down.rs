//! A stack that is there: taking it away, and what an operator does with it meanwhile, on a real engine.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::engine::{Engine, IMAGE, engine};
use crate::support::env::Guard;
use crate::support::project::Project;
use crate::support::wait;

/// How long anything may take.
const LONG: Duration = Duration::from_secs(60);

/// A database that keeps something, and a service that needs it and is restarted with it.
const STACK: &str = "
x-any: &any
  image: IMAGE
  stop_signal: SIGKILL
  networks: [inner]
  environment: {DB_PASSWORD: open-sesame-41}
services:
  db:
    <<: *any
    command: [/part, say, /said.txt]
    volumes: ['data:/data', './said.txt:/said.txt:ro']
  web:
    <<: *any
    command: [/part, mutter, /said.txt]
    volumes: ['./said.txt:/said.txt:ro']
    depends_on: {db: {condition: service_started, restart: true}}
networks: {inner: {}}
volumes: {data: {}}
";

/// The stack under this name, up.
#[track_caller]
fn stack(engine: &Engine, name: &str) -> Project {
    let project = Project::new(name, &engine.host(), STACK);
    project.file("said.txt", "the lamp is lit\nsigned in with open-sesame-41\n");
    project.comes_up();
    project
}

/// How many containers, networks and volumes the project has.
#[track_caller]
fn there(engine: &Engine, name: &str) -> [usize; 3] {
    let filters = format!("filters=%7B%22label%22%3A%5B%22com.docker.compose.project%3D{name}%22%5D%7D");
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    [
        count(&engine.ask("GET", &format!("/containers/json?all=true&{filters}"), &Value::Null)),
        count(&engine.ask("GET", &format!("/networks?{filters}"), &Value::Null)),
        count(&engine.ask("GET", &format!("/volumes?{filters}"), &Value::Null)["Volumes"]),
    ]
}

#[test]
fn what_is_taken_down_leaves_its_volumes_until_they_are_named_and_confirmed() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "gone");
    let data = engine.ask("GET", "/volumes/gone_data", &Value::Null)["Mountpoint"].clone();
    let kept = Path::new(data.as_str().unwrap()).join("kept");
    fs::write(&kept, "kept").unwrap();

    let plan = project.run(&["down", "--plan"]).expect(0).tells("stop the container `gone-web-1`");
    assert!(!plan.stdout.contains("volume"), "{plan:#?}");
    assert_eq!(there(&engine, "gone"), [2, 1, 1]);

    let down = project.run(&["down"]).expect(0);
    assert_eq!(down.stdout, "stack `gone`: 2 containers, 1 network taken away\n");
    let done = |what: &str| down.stderr.find(&format!("done: {what}")).unwrap_or_else(|| panic!("{down:#?}"));
    assert!(done("remove the container `gone-web-1`") < done("stop the container `gone-db-1`"), "{down:#?}");
    assert_eq!(there(&engine, "gone"), [0, 0, 1]);
    project.run(&["down"]).expect(0).tells("nothing of the stack `gone` is there\n");
    project.comes_up();
    assert_eq!(fs::read_to_string(&kept).unwrap(), "kept");

    project
        .run(&["down", "--volumes"])
        .expect(2)
        .says("remove the volume `gone_data` and all that is in it — because `--volumes` was given (cannot be undone)")
        .says("nobody can answer here: remove one volume and all that is in it?")
        .says("hint: give the answer with `--yes`");
    assert_eq!(there(&engine, "gone"), [2, 1, 1]);
    project
        .run(&["down", "--volumes", "--yes"])
        .expect(0)
        .tells("stack `gone`: 2 containers, 1 network, 1 volume taken away\n");
    assert_eq!(there(&engine, "gone"), [0, 0, 0]);
    assert!(!kept.exists());
}

#[test]
fn what_somebody_else_uses_stays_until_it_is_free() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "used");
    let mounts = json!({"Binds": ["used_data:/data"], "NetworkMode": "used_inner"});
    engine.run("guest", json!({ "HostConfig": mounts }));
    project
        .run(&["down", "--volumes", "--yes"])
        .expect(0)
        .tells("2 still in use and left\n")
        .says("note: cannot remove the volume `used_data` and all that is in it now, it stays: ")
        .says("note: cannot remove the network `used_inner` now, it stays: ");
    assert_eq!(there(&engine, "used"), [0, 1, 1]);
    assert_eq!(engine.inspect("guest")["State"]["Running"], true);
    engine.ask("DELETE", "/containers/guest?force=true", &Value::Null);
    project.run(&["down", "--volumes", "--yes"]).expect(0);
    assert_eq!(there(&engine, "used"), [0, 0, 0]);
}

#[test]
fn a_service_that_the_files_do_not_have_any_more_goes_only_when_asked() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "orphan");
    project.declare(&STACK.replace("  web:", "  page:"));
    project.run(&["up"]).expect(0).says(
        "the container `orphan-web-1` is of the service `web`, which the files do not have; `--remove-orphans` removes it",
    );
    project
        .run(&["down"])
        .expect(0)
        .says("note: the container `orphan-web-1` stays: `--remove-orphans` removes it")
        .says("note: the network `orphan_inner` stays: `orphan-web-1` is in it");
    assert_eq!(there(&engine, "orphan"), [1, 1, 1]);
    project.run(&["down", "--remove-orphans"]).expect(0);
    assert_eq!(there(&engine, "orphan"), [0, 0, 1]);
    // A name is enough where the files are gone.
    project.comes_up();
    fs::remove_file(project.folder().join("compose.yml")).unwrap();
    project.run(&["down", "-p", "orphan", "--volumes", "--yes"]).expect(0);
    assert_eq!(there(&engine, "orphan"), [0, 0, 0]);
}

#[test]
fn the_status_tells_what_is_not_as_declared() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "seen");
    let status = || project.run(&["ops", "status"]);
    status().expect(0).tells("seen-db-1").tells(IMAGE);
    engine.ask("POST", "/containers/seen-db-1/kill", &Value::Null);
    engine.await_state("seen-db-1", "/State/Status", "exited");
    status()
        .expect(1)
        .tells("not as declared: `seen-db-1` ended with exit code 137\n")
        .says("hint: `tars ops logs` shows what it says, `tars up` brings it to the declared state");
    project.comes_up();
    project.declare(&STACK.replace("open-sesame-41", "open-sesame-42"));
    let ended = status().expect(1).tells("`seen-web-1` is not made of what its files say now\n");
    assert!(!format!("{ended:?}").contains("open-sesame"), "{ended:#?}");
    let json = project.run(&["ops", "status", "--format", "json"]).expect(1);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["stack"]["services"].as_array().map(Vec::len), Some(2), "{json:#}");
    project.run(&["down"]).expect(0);
    status().expect(1).tells("not as declared: `db` has no container\n");
}

#[test]
fn logs_stand_side_by_side_without_secrets_and_can_be_followed() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "said");
    let logs = project.run(&["ops", "logs"]).expect(0);
    assert!(logs.stdout.contains("db-1   | the lamp is lit\n"), "{logs:#?}");
    assert!(logs.stderr.contains("web-1  | signed in with [REDACTED"), "{logs:#?}");
    assert!(!format!("{logs:?}").contains("open-sesame"), "{logs:#?}");
    let logs = project.run(&["ops", "logs", "-n", "1", "db"]).expect(0);
    assert_eq!((logs.stdout.lines().count(), logs.stderr.as_str()), (1, ""), "{logs:#?}");
    project.run(&["ops", "logs", "wep"]).expect(2).says("hint: did you mean `web`?");

    let shown = project.env.path().join("shown");
    let mut follow = project.tars(&["ops", "logs", "-f", "db"]);
    let mut follow =
        Guard(follow.stdout(fs::File::create(&shown).unwrap()).stderr(Stdio::null()).spawn().unwrap());
    let lit = || fs::read_to_string(&shown).unwrap().matches("the lamp is lit").count();
    wait("the log", LONG, || (lit() == 1).then_some(()));
    engine.ask("POST", "/containers/said-db-1/restart", &Value::Null);
    wait("the log to go on", LONG, || (lit() == 2).then_some(()));
    kill(Pid::from_raw(i32::try_from(follow.0.id()).unwrap()), Signal::SIGINT).unwrap();
    let status = wait("it to end", LONG, || follow.0.try_wait().unwrap());
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_restart_takes_those_with_it_that_depend_on_it() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "again");
    let seen = |name: &str| engine.inspect(name);
    let (db, web) = (seen("again-db-1"), seen("again-web-1"));
    project.run(&["ops", "restart", "db"]).expect(0).tells("stack `again`: 2 containers restarted\n");
    let (db_now, web_now) = (seen("again-db-1"), seen("again-web-1"));
    assert_eq!((&db_now["Id"], &web_now["Id"]), (&db["Id"], &web["Id"]));
    let started = |container: &Value| container["State"]["StartedAt"].as_str().unwrap().to_string();
    assert!(started(&web) < started(&db_now) && started(&db_now) < started(&web_now), "{db_now:#}");
    project.run(&["ops", "restart", "web"]).expect(0).tells("1 container restarted\n");
    assert_eq!(started(&seen("again-db-1")), started(&db_now));
}

#[test]
fn a_program_in_a_container_has_its_output_and_its_exit_code() {
    let Some(engine) = engine() else { return };
    let project = stack(&engine, "inside");
    let exec = |more: &[&str]| project.run(&[&["ops", "exec"], more].concat());
    let flood = exec(&["db", "/part", "flood", "2"]).expect(0);
    assert!(flood.stdout.starts_with("line 00000000 the lighthouse"), "{flood:#?}");
    exec(&["web", "/part", "complain", "/said.txt"]).expect(1).tells("the lamp is lit\n");
    let absent = exec(&["db", "/nope"]);
    assert!(matches!(absent.code, 126 | 127), "{absent:#?}");
    exec(&["wep", "/part"]).expect(2).says("hint: did you mean `web`?");
    project.run(&["ops", "top", "web"]).expect(0).tells("inside-web-1\n").tells("/part mutter /said.txt");
    engine.ask("POST", "/containers/inside-db-1/kill", &Value::Null);
    engine.await_state("inside-db-1", "/State/Status", "exited");
    exec(&["db", "/part", "flood", "2"]).expect(1).says("hint: `tars up` starts it");
    project.run(&["ops", "top", "db"]).expect(1).says("nothing of the stack `inside` runs");
}
