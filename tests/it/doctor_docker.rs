//! The doctor and the container engine: a real one, and every way in which one can be missing, closed, dead,
//! silent or too old.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::engine::{Engine, engine};
use crate::support::env::{Ended, finish};
use crate::support::installed::json;
use crate::support::{TestEnv, is_root, skip};

/// The user whom nothing belongs to.
const NOBODY: u32 = 65534;

fn doctor(env: &TestEnv, host: &str, arguments: &[&str]) -> Command {
    let mut command = env.tars();
    command.env("DOCKER_HOST", host).arg("doctor").args(arguments);
    command
}

/// The findings about the engine and its containers, by id.
#[track_caller]
fn findings(env: &TestEnv, host: &str) -> Findings {
    let only = "docker.*,services.containers.*";
    Findings::of(finish(&mut doctor(env, host, &["--format", "json", "--only", only])))
}

struct Findings(Value);

impl Findings {
    #[track_caller]
    fn of(ended: Ended) -> Self {
        Self(json(&ended))
    }

    #[track_caller]
    fn find(&self, id: &str) -> &Value {
        let sections = self.0["sections"].as_array().unwrap();
        let mut all = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
        all.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {:#}", self.0))
    }

    #[track_caller]
    fn expect(&self, id: &str, verdict: &str) -> &Value {
        let finding = self.find(id);
        assert_eq!(finding["verdict"], verdict, "{finding:#}");
        finding
    }
}

fn socket(env: &TestEnv) -> (PathBuf, String) {
    let path = env.path().join("docker.sock");
    let host = format!("unix://{}", path.display());
    (path, host)
}

#[test]
fn a_healthy_engine_and_a_container_of_ours() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    engine.run("tars-model", Value::Null);
    let found = findings(&env, &engine.host());
    for id in ["docker.socket", "docker.permitted", "docker.reachable", "docker.api", "docker.exposed"] {
        found.expect(id, "pass");
    }
    for id in ["docker.clock", "docker.dangling", "docker.images", "docker.disk"] {
        found.expect(id, "pass");
    }
    for part in ["state", "health", "restarts", "oom", "images"] {
        found.expect(&format!("services.containers.{part}"), "pass");
    }
    // Its output grows without an end, and no settings file is known that would bound it.
    found.expect("docker.logs", "warn");
    found.expect("docker.settings", "unknown");
}

#[test]
fn what_others_keep_in_a_container_is_in_no_fact() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    engine.run("tars-model", Value::Null);
    let place = env.path().join("facts.json");
    let save = place.display().to_string();
    finish(&mut doctor(&env, &engine.host(), &["--save-facts", &save]));
    let facts = fs::read_to_string(place).unwrap();
    assert!(facts.contains("tars-model") && facts.contains("com.tars.service"), "{facts}");
    assert!(!facts.contains("hidden-in"), "{facts}");
}

#[test]
fn a_killed_container_is_started_and_the_way_back_stops_it() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    engine.run("tars-model", Value::Null);
    engine.ask("POST", "/containers/tars-model/kill", &Value::Null);
    engine.await_state("tars-model", "/State/Status", "exited");
    let found = findings(&env, &engine.host());
    let stopped = found.expect("services.containers.state", "fail");
    assert!(stopped["evidence"][0].as_str().unwrap().contains("exit code 137"), "{stopped:#}");

    let only = ["--fix", "--yes", "--only", "services.containers.state"];
    let plan = finish(&mut doctor(&env, &engine.host(), &[&only[..], &["--plan"]].concat())).expect(0);
    assert!(plan.stdout.contains("start the container `tars-model`"), "{plan:#?}");
    engine.await_state("tars-model", "/State/Status", "exited");

    finish(&mut doctor(&env, &engine.host(), &only)).expect(0);
    engine.await_state("tars-model", "/State/Status", "running");
    // A second time there is nothing to do.
    let again = finish(&mut doctor(&env, &engine.host(), &only)).expect(0);
    assert!(again.stdout.contains("nothing was changed"), "{again:#?}");

    finish(&mut doctor(&env, &engine.host(), &["--undo", "--yes"])).expect(0);
    engine.await_state("tars-model", "/State/Status", "exited");
}

#[test]
fn an_unhealthy_container_is_restarted_only_by_name() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    let second = 1_000_000_000_u64;
    let probe = json!({"Test": ["CMD", "/part", "probe"], "Interval": second / 2, "Timeout": 5 * second, "Retries": 1});
    engine.run("tars-model", json!({ "Healthcheck": probe }));
    engine.await_state("tars-model", "/State/Health/Status", "unhealthy");
    let found = findings(&env, &engine.host());
    let sick = found.expect("services.containers.health", "fail");
    assert!(sick["evidence"][0].as_str().unwrap().contains("the model does not answer"), "{sick:#}");

    let fix = ["--fix", "--yes", "--only", "services.containers.health"];
    let left = finish(&mut doctor(&env, &engine.host(), &fix)).expect(1);
    assert!(left.stdout.contains("left out"), "{left:#?}");
    let named = [&fix[..], &["--yes-destructive", "services.containers.health"]].concat();
    finish(&mut doctor(&env, &engine.host(), &named));
    engine.await_state("tars-model", "/State/Health/Status", "healthy");
    findings(&env, &engine.host()).expect("services.containers.health", "pass");
}

#[test]
fn images_without_a_name_are_removed_only_by_name() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    engine.run("tars-model", Value::Null);
    (0..21).for_each(|which| engine.nameless_image(&format!("nameless {which}")));
    findings(&env, &engine.host()).expect("docker.dangling", "warn");
    let fix = ["--fix", "--yes", "--only", "docker.dangling"];
    let left = finish(&mut doctor(&env, &engine.host(), &fix));
    assert!(left.stdout.contains("left out") && engine.nameless_images() == 21, "{left:#?}");
    let named = [&fix[..], &["--yes-destructive", "docker.dangling"]].concat();
    finish(&mut doctor(&env, &engine.host(), &named)).expect(0);
    assert_eq!(engine.nameless_images(), 0);
    let found = findings(&env, &engine.host());
    found.expect("docker.dangling", "pass");
    found.expect("docker.images", "pass");
}

#[test]
fn a_container_of_an_older_image_is_drift() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    engine.nameless_image("older");
    let older = newest_nameless(&engine);
    engine.ask("POST", &format!("/images/{older}/tag?repo=tars-it/drift&tag=1"), &Value::Null);
    let made =
        json!({"Image": "tars-it/drift:1", "Cmd": ["/nothing"], "Labels": {"com.tars.service": "drift"}});
    engine.ask("POST", "/containers/create?name=tars-drift", &made);
    findings(&env, &engine.host()).expect("services.containers.images", "pass");
    engine.nameless_image("newer");
    let newer = newest_nameless(&engine);
    engine.ask("POST", &format!("/images/{newer}/tag?repo=tars-it/drift&tag=1"), &Value::Null);
    let found = findings(&env, &engine.host());
    let drift = found.expect("services.containers.images", "warn");
    assert!(drift["evidence"].to_string().contains(&newer), "{drift:#}");
    found.expect("services.containers.state", "warn");
    // The one that is used keeps its place however nameless it is now.
    found.expect("docker.dangling", "pass");
    engine.ask("DELETE", "/containers/tars-drift", &Value::Null);
    engine.ask("DELETE", "/images/tars-it/drift:1", &Value::Null);
    engine.ask("POST", "/images/prune", &Value::Null);
}

#[track_caller]
fn newest_nameless(engine: &Engine) -> String {
    let path = "/images/json?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D";
    engine.ask("GET", path, &Value::Null)[0]["Id"].as_str().unwrap().to_string()
}

#[test]
fn a_limit_of_the_logs_is_merged_into_the_settings_and_taken_out_again() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    // The settings of a user's own engine are in the user's own directory.
    let runtime = env.directory("runtime");
    let own = runtime.join("docker.sock");
    std::os::unix::fs::symlink(engine.host().trim_start_matches("unix://"), &own).unwrap();
    let settings = env.directory("settings/docker").join("daemon.json");
    let before = "{\n\t\"zeal\" : [1,2 ],\n\n\t\"log-opts\": {\"max-file\": \"7\"}\n}";
    fs::write(&settings, before).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = doctor(&env, &format!("unix://{}", own.display()), arguments);
        command.env("XDG_RUNTIME_DIR", &runtime).env("XDG_CONFIG_HOME", env.path().join("settings"));
        finish(&mut command)
    };
    let fix = ["--fix", "--yes", "--only", "docker.logs"];
    run(&fix).expect(0);
    let after = fs::read_to_string(&settings).unwrap();
    assert_eq!(after, before.replace("\"7\"}", "\"7\", \"max-size\": \"10m\"}"));
    assert!(run(&fix).expect(0).stdout.contains("nothing was changed"));
    run(&["--undo", "--yes"]).expect(0);
    assert_eq!(fs::read_to_string(&settings).unwrap(), before);

    // What cannot be understood is not written over.
    fs::write(&settings, "{\n  \"zeal\": 1,\n}\n").unwrap();
    let broken = run(&["--format", "json", "--only", "docker.*"]).expect(1);
    let broken = Findings::of(broken);
    let broken = broken.expect("docker.settings", "fail");
    assert!(broken["summary"].as_str().unwrap().contains("daemon.json`:3:1:"), "{broken:#}");
    run(&fix);
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{\n  \"zeal\": 1,\n}\n");
}

#[test]
fn a_named_socket_that_is_not_there() {
    let env = TestEnv::new();
    let found = findings(&env, &socket(&env).1);
    found.expect("docker.socket", "fail");
    found.expect("docker.reachable", "skipped");
    found.expect("services.containers.state", "skipped");
}

#[test]
fn a_socket_that_nobody_listens_on() {
    let env = TestEnv::new();
    let (path, host) = socket(&env);
    drop(UnixListener::bind(&path).unwrap());
    let found = findings(&env, &host);
    found.expect("docker.socket", "pass");
    let refused = found.expect("docker.reachable", "fail");
    assert!(refused["summary"].as_str().unwrap().contains("nobody listens"), "{refused:#}");
    found.expect("docker.version", "skipped");
}

#[test]
fn a_socket_that_belongs_to_root() {
    if !is_root() {
        return skip("only root can become nobody: run the tests as root");
    }
    let env = TestEnv::new();
    let (path, host) = socket(&env);
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
    fs::set_permissions(env.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Where the build is need not be open to nobody.
    let program = env.path().join("tars-for-nobody");
    fs::copy(env!("CARGO_BIN_EXE_tars"), &program).unwrap();
    let mut command = env.command(&program);
    command.env("DOCKER_HOST", &host).args(["doctor", "--format", "json", "--only", "docker.*"]);
    let found = Findings::of(finish(command.uid(NOBODY).gid(NOBODY)));
    found.expect("docker.socket", "pass");
    let denied = found.expect("docker.permitted", "fail");
    assert!(denied["evidence"][0].as_str().unwrap().contains("0660"), "{denied:#}");
    found.expect("docker.reachable", "skipped");
}

#[test]
fn an_engine_that_never_answers_holds_up_nobody() {
    let env = TestEnv::new();
    let (path, host) = socket(&env);
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            held.push(stream);
        }
    });
    let started = Instant::now();
    let ended = finish(&mut doctor(&env, &host, &["--format", "json"]));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    let found = Findings::of(ended);
    let silent = found.expect("docker.reachable", "unknown");
    assert!(silent["summary"].as_str().unwrap().contains("no answer in 2 s"), "{silent:#}");
    assert!(silent["hint"].as_str().unwrap().contains("it hangs"), "{silent:#}");
    found.expect("docker.version", "skipped");
    found.expect("services.server.running", "skipped");
}

/// Answers as an engine of 2016 would, on a socket of its own; no such engine runs on kernels of today.
fn imitate_an_engine_of_2016(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut question = [0; 4096];
            let read = stream.read(&mut question).unwrap_or(0);
            let question = String::from_utf8_lossy(&question[..read]).into_owned();
            let body = if question.contains("/version") {
                json!({"Version": "1.12.6", "ApiVersion": "1.24", "Os": "linux", "Arch": "amd64"})
            } else if question.contains("/info") {
                json!({"Driver": "aufs", "LoggingDriver": "json-file", "Architecture": "x86_64"})
            } else if question.contains("/system/df") {
                json!({"message": "page not found"})
            } else {
                json!([])
            };
            let status = if question.contains("/system/df") { "404 Not Found" } else { "200 OK" };
            let body = body.to_string();
            let _ = stream.write_all(
                format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .as_bytes(),
            );
        }
    });
}

#[test]
fn an_imitated_engine_of_2016_is_too_old() {
    let env = TestEnv::new();
    let (path, host) = socket(&env);
    imitate_an_engine_of_2016(&path);
    let found = findings(&env, &host);
    found.expect("docker.reachable", "pass");
    found.expect("docker.version", "fail");
    let api = found.expect("docker.api", "fail");
    assert!(api["summary"].as_str().unwrap().contains("1.24"), "{api:#}");
    found.expect("docker.storage", "warn");
    found.expect("docker.cgroup", "warn");
    found.expect("docker.disk", "unknown");
}
