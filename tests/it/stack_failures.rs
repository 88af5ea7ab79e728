//! `tars up` when things go wrong on a real engine: what is said, the exit code, and that the same command brings the
//! stack up once the cause is gone.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::engine::engine;
use crate::support::env::{Ended, Guard, finish};
use crate::support::own_engine::OwnEngine;
use crate::support::project::Project;
use crate::support::{TestEnv, mounts, wait};

/// The user whom nothing belongs to.
const NOBODY: u32 = 65534;

/// How long anything may take.
const LONG: Duration = Duration::from_secs(60);

/// A service `web` that runs, is in no network and ends at once when it is told to; the rest of it follows.
const WEB: &str = "
services:
  web:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    network_mode: none
";

/// The same with something more.
fn web(more: &str) -> String {
    format!("{WEB}    {more}\n")
}

#[test]
fn an_image_that_is_not_there_and_may_not_be_pulled() {
    let Some(engine) = engine() else { return };
    let compose = web("pull_policy: never").replace("IMAGE", "tars-it/absent:1");
    let project = Project::new("absent", &engine.host(), &compose);
    project
        .run(&["up"])
        .expect(2)
        .says("the image `tars-it/absent:1` of the service `web` is not there, and may not be pulled")
        .says("hint: bring it with `docker load` or `docker pull tars-it/absent:1`");
    engine.ask("POST", "/images/tars-it/part:1/tag?repo=tars-it/absent&tag=1", &Value::Null);
    project.comes_up();
    engine.ask("DELETE", "/images/tars-it/absent:1?force=true", &Value::Null);
}

#[test]
fn a_registry_that_cannot_be_reached() {
    let Some(engine) = engine() else { return };
    let compose = WEB.replace("IMAGE", "registry.example/absent:2");
    let project = Project::new("refused", &engine.host(), &compose);
    let ended = project.run(&["up"]).expect(2).says("the stack `refused` is not as declared");
    assert!(ended.stdout.contains("cannot pull the image `registry.example/absent:2`"), "{ended:#?}");
    assert!(ended.stdout.contains("0 changes made, 1 failed"), "{ended:#?}");
    assert!(ended.stdout.contains("  hint: "), "{ended:#?}");
    engine.ask("POST", "/images/tars-it/part:1/tag?repo=registry.example/absent&tag=2", &Value::Null);
    project.comes_up();
    engine.ask("DELETE", "/images/registry.example/absent:2?force=true", &Value::Null);
}

const PUBLISHES: &str = "
services:
  web:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    ports: ['127.0.0.1:18080:80']
";

#[test]
fn a_port_that_a_process_has() {
    let Some(engine) = engine() else { return };
    let project = Project::new("ports", &engine.host(), PUBLISHES);
    let listener = engine.listen(18080);
    let ended = project
        .run(&["up"])
        .expect(2)
        .says("refused: `web` publishes 127.0.0.1:18080, and ")
        .says(&format!("{}", std::process::id()))
        .says("nothing was changed");
    assert_eq!(ended.stdout, "");
    assert_eq!(project.plan()["findings"][0]["id"], "up.port.taken");
    drop(listener);
    project.comes_up().tells("127.0.0.1:18080 → 80/tcp");
}

#[test]
fn a_port_that_another_container_has() {
    let Some(engine) = engine() else { return };
    let other = Project::new("other", &engine.host(), PUBLISHES);
    other.comes_up();
    let project = Project::new("ports", &engine.host(), PUBLISHES);
    project
        .run(&["up"])
        .expect(2)
        .says("refused: `web` publishes 127.0.0.1:18080, and ")
        .says("other-web-1")
        .says("`docker stop other-web-1`");
    other.run(&["down"]).expect(0);
    project.comes_up();
}

const CHECKED: &str = "healthcheck: {test: [CMD, /part, probe], interval: 200ms, timeout: 5s, retries: 1}";

#[test]
fn a_service_that_is_unhealthy() {
    let Some(engine) = engine() else { return };
    let project = Project::new("sick", &engine.host(), &web(CHECKED));
    project
        .run(&["up"])
        .expect(1)
        .tells("web: it is unhealthy\n")
        .tells("its last health check said: the model does not answer (it ended with 1)\n")
        .tells("hint: the command under `healthcheck` of `web` is what failed")
        .tells("stack sick is not as declared: 2 changes made, 1 failed, 0 not begun\n  web  unhealthy\n")
        .says("the stack `sick` is not as declared");
    // Started a second time, it is well.
    engine.ask("POST", "/containers/sick-web-1/restart", &Value::Null);
    project.comes_up();
}

#[test]
fn a_service_that_ends_again_and_again() {
    let Some(engine) = engine() else { return };
    let compose = "
services:
  web:
    image: IMAGE
    command: [/part, complain, /said.txt]
    restart: always
    network_mode: none
    stop_signal: SIGKILL
    environment: {DB_PASSWORD: open-sesame-41}
    volumes: ['./said.txt:/said.txt:ro']
";
    let project = Project::new("loop", &engine.host(), compose);
    let lines: String = (0..40).map(|line| format!("line {line:02}\n")).collect();
    project.file("said.txt", &format!("{lines}cannot sign in with open-sesame-41\n"));
    let ended = project
        .run(&["up"])
        .expect(1)
        .tells("web: its container has ended 3 times by now\n")
        .tells("  1 means: it gave up by itself\n")
        .tells("the last lines of the log of `loop-web-1`:\n")
        .tells("    line 39\n    cannot sign in with [REDACTED")
        .tells("hint: `tars ops logs web` shows everything that it wrote");
    let shown = ended.stdout.lines().filter(|line| line.starts_with("    ")).count();
    assert_eq!(shown, 30, "{ended:#?}");
    assert!(!format!("{ended:?}").contains("open-sesame-41"), "{ended:#?}");
    project.declare(&compose.replace("complain", "say"));
    project.comes_up();
}

#[test]
fn a_service_that_needs_more_memory_than_it_may_have() {
    let Some(engine) = engine() else { return };
    // It reads the whole of a file that has no end.
    let greedy = web("mem_limit: 16m\n    memswap_limit: 16m").replace("wait]", "say, /dev/zero]");
    let project = Project::new("memory", &engine.host(), &greedy);
    project
        .run(&["up"])
        .expect(1)
        .tells("web: its container ended with 137\n")
        .tells("  137 means: it was killed for want of memory\n")
        .tells("hint: give `web` more memory: `mem_limit`");
    project.declare(&greedy.replace("/dev/zero", "/which"));
    project.comes_up();
}

#[test]
fn a_service_whose_dependency_fails() {
    let Some(engine) = engine() else { return };
    let compose = "
services:
  migrate: {image: IMAGE, command: [/part, complain, /said.txt], network_mode: none, volumes: ['./said.txt:/said.txt']}
  web:
    image: IMAGE
    command: [/part, wait]
    network_mode: none
    stop_signal: SIGKILL
    depends_on: {migrate: {condition: service_completed_successfully}}
";
    let project = Project::new("needs", &engine.host(), compose);
    project.file("said.txt", "the table is locked\n");
    project
        .run(&["up"])
        .expect(1)
        .tells("migrate: its container ended with 1\n")
        .tells("    the table is locked\n")
        .tells("  migrate  ended with 1\n  web      not started\n")
        .tells("1 failed, 2 not begun\n");
    assert_eq!(engine.inspect("needs-web-1")["State"]["Status"], "created");
    project.declare(&compose.replace("[/part, complain, /said.txt]", "[/part, flood, '1']"));
    project.comes_up().tells("  migrate  done\n  web      running\n");
}

#[test]
fn a_volume_and_a_network_of_somebody_else_that_are_not_there() {
    let Some(engine) = engine() else { return };
    let compose = "
services:
  web:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    volumes: ['theirs:/data']
    networks: [lan]
volumes: {theirs: {external: true, name: theirs}}
networks: {lan: {external: true, name: their-lan}}
";
    let project = Project::new("external", &engine.host(), compose);
    let nothing = || engine.ask("GET", "/containers/json?all=true", &Value::Null) == json!([]);
    project
        .run(&["up"])
        .expect(2)
        .says("the external network `their-lan` is not there (`networks.lan`)")
        .says("hint: make it: `docker network create their-lan`");
    engine.ask("POST", "/networks/create", &json!({"Name": "their-lan"}));
    project
        .run(&["up"])
        .expect(2)
        .says("the external volume `theirs` is not there (`volumes.theirs`)")
        .says("hint: make it: `docker volume create theirs`");
    assert!(nothing());
    engine.ask("POST", "/volumes/create", &json!({"Name": "theirs"}));
    project.comes_up();
}

#[test]
fn a_new_container_that_cannot_be_started_leaves_the_old_one_running() {
    let Some(engine) = engine() else { return };
    let project = Project::new("back", &engine.host(), WEB);
    project.comes_up();
    let before = engine.inspect("back-web-1");
    project.declare(&web("entrypoint: [/nope]"));
    let ended = project.run(&["up"]).expect(1);
    assert!(ended.stdout.contains("the old container is back and runs\n"), "{ended:#?}");
    assert!(ended.stdout.contains("hint: the image has no such program"), "{ended:#?}");
    let now = engine.inspect("back-web-1");
    assert_eq!((&now["Id"], &now["State"]["Running"]), (&before["Id"], &json!(true)), "{ended:#?}");
    let listed = engine.ask("GET", "/containers/json?all=true", &Value::Null);
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed:#}");
    project.declare(&web("environment: {MODE: new}"));
    project.comes_up();
    assert_ne!(engine.inspect("back-web-1")["Id"], before["Id"]);
}

#[test]
fn a_second_run_at_the_same_time_is_told_who_is_at_work() {
    let Some(engine) = engine() else { return };
    let patient = CHECKED.replace("retries: 1", "retries: 1000");
    let project = Project::new("twice", &engine.host(), &web(&patient));
    let mut first = project.tars(&["up"]);
    let first = Guard(first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    wait("the first run to have started it", LONG, || {
        let listed = engine.ask("GET", "/containers/json", &Value::Null);
        listed.as_array().is_some_and(|listed| !listed.is_empty()).then_some(())
    });
    let (begun, id) = (Instant::now(), first.0.id());
    project
        .run(&["up"])
        .expect(2)
        .says(&format!("the stack `twice` is being changed by another run: the process {id}"))
        .says(&format!("`kill {id}` ends it"));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // Looking disturbs nobody.
    assert_eq!(project.plan()["steps"][0]["action"]["do"], "await");
    drop(first);
    engine.ask("POST", "/containers/twice-web-1/restart", &Value::Null);
    project.comes_up();
}

#[test]
fn a_socket_that_belongs_to_others() {
    let Some(engine) = engine() else { return };
    let project = Project::new("denied", &engine.host(), WEB);
    // Where the build is need not be open to nobody, and what it keeps has to be.
    let program = project.env.path().join("tars-for-nobody");
    fs::copy(env!("CARGO_BIN_EXE_tars"), &program).unwrap();
    fs::set_permissions(project.env.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let home = project.env.directory("tars");
    chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    let up = || {
        let mut command = project.env.command(&program);
        command.arg("up").env("DOCKER_HOST", engine.host()).current_dir(project.folder());
        finish(command.uid(NOBODY).gid(NOBODY))
    };
    let socket = engine.host().trim_start_matches("unix://").to_string();
    let mode = fs::metadata(&socket).unwrap().permissions();
    up().expect(2)
        .says(&format!("cannot reach the container engine at `{socket}`"))
        .says("ermission denied")
        .says("hint: run this as root, or join the group of the socket: `sudo usermod -aG docker $USER`");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    let opened = up();
    fs::set_permissions(&socket, mode).unwrap();
    opened.expect(0);
    project.is_as_declared();
}

#[test]
fn an_engine_that_never_answers_is_not_waited_for() {
    let env = TestEnv::new();
    let path = env.path().join("docker.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            held.push(stream);
        }
    });
    let project = Project::new("silent", &format!("unix://{}", path.display()), WEB);
    let begun = Instant::now();
    for arguments in [["up"].as_slice(), &["up", "--plan"], &["down"], &["ops", "status"]] {
        project
            .run(arguments)
            .expect(2)
            .says("does not answer within 4 s")
            .says("`sudo systemctl restart docker` ends it");
    }
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
}

/// Answers what it is asked first as Docker 19.03 does, which does not run on kernels of today.
fn imitate_an_engine_of_2019(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let body =
                json!({"Version": "19.03.15", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}).to_string();
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length";
            let _ = stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
}

#[test]
fn an_imitated_engine_of_2019_is_too_old() {
    let env = TestEnv::new();
    let path = env.path().join("docker.sock");
    imitate_an_engine_of_2019(&path);
    let project = Project::new("old", &format!("unix://{}", path.display()), WEB);
    project
        .run(&["up"])
        .expect(2)
        .says("is too old: it is 19.03.15 with the API 1.40, and 1.41 is needed")
        .says("hint: install Docker 20.10 or newer");
}

/// Writes until not one more byte fits.
fn fill(file: &Path) {
    let mut file = fs::File::create(file).unwrap();
    for size in [1 << 16, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[test]
fn a_full_disk_of_the_engine() {
    let env = TestEnv::new();
    let place = env.directory("engine");
    let Some(()) = mounts::tmpfs(&place, "size=128m") else { return };
    let Some(engine) = OwnEngine::start(&place, "full") else { return };
    let built = web("build: .").replace("IMAGE", "tars-it/built:1");
    let project = Project::new("full", &engine.host(), &built);
    project.file("Dockerfile", "FROM tars-it/part:1\nLABEL made=here\n");
    project
        .run(&["up"])
        .expect(2)
        .says("refused: 1 image to pull or build, and ")
        .says("hint: `docker system df` shows what takes the room");
    // Where it looks as if there were room enough, the engine says it.
    project.declare(WEB);
    let filler = place.join("filler");
    fill(&filler);
    let ended = project.run(&["up"]);
    assert!(matches!(ended.code, 1 | 2), "{ended:#?}");
    assert!(ended.stdout.contains("no space left on device"), "{ended:#?}");
    assert!(ended.stdout.contains("hint: the engine's disk is full: `docker system df`"), "{ended:#?}");
    fs::remove_file(filler).unwrap();
    project.comes_up();
}

const STORES: &str = "
services:
  db:
    image: IMAGE
    command: [/part, wait]
    stop_grace_period: 3s
    network_mode: none
    volumes: ['data:/data']
  web:
    image: IMAGE
    command: [/part, wait]
    stop_signal: SIGKILL
    network_mode: none
    depends_on: [db]
volumes: {data: {}}
";

/// Puts something into the volume of [`STORES`]; the file.
#[track_caller]
fn keep(engine: &OwnEngine, volume: &str) -> std::path::PathBuf {
    let place = engine.ask("GET", &format!("/volumes/{volume}"))["Mountpoint"].as_str().unwrap().to_string();
    let file = Path::new(&place).join("kept");
    fs::write(&file, "kept").unwrap();
    file
}

/// A run that goes on by itself.
struct Run(JoinHandle<Ended>);

impl Run {
    /// Brings the project up with other containers, and lets it go when the new one is made and the engine has been told
    /// to stop the old one, which takes three seconds.
    #[track_caller]
    fn that_stops_the_old_one(project: &Project) -> Self {
        project.declare(&STORES.replace("[/part, wait]", "[/part, wait, again]"));
        let mut command = project.tars(&["up"]);
        let mut up = Guard(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let mut stdout = up.0.stdout.take().unwrap();
        let mut told = BufReader::new(up.0.stderr.take().unwrap());
        let mut stderr = String::new();
        while !stderr.contains("recreated db") {
            assert_ne!(told.read_line(&mut stderr).unwrap(), 0, "{stderr}");
        }
        Self(std::thread::spawn(move || {
            let code = wait("the run to end", LONG * 2, || up.0.try_wait().unwrap()).code().unwrap_or(-1);
            told.read_to_string(&mut stderr).unwrap();
            let mut shown = String::new();
            stdout.read_to_string(&mut shown).unwrap();
            Ended { code, stdout: shown, stderr }
        }))
    }

    fn ended(self) -> Ended {
        self.0.join().unwrap()
    }
}

#[test]
fn an_engine_that_is_killed_in_the_middle() {
    let env = TestEnv::new();
    let Some(mut engine) = OwnEngine::start(&env.path().join("engine"), "killed") else { return };
    let project = Project::new("cut", &engine.host(), STORES);
    project.comes_up();
    let kept = keep(&engine, "cut_data");
    let up = Run::that_stops_the_old_one(&project);
    engine.kill();
    let ended = up.ended();
    assert!(ended.stdout.contains("failed: cannot stop the container `cut-db-1`: "), "{ended:#?}");
    assert!(ended.stdout.contains("  db   not known\n  web  not known\n"), "{ended:#?}");
    ended.expect(2).says("hint: see whether the engine still runs: `sudo systemctl status docker`");
    project.run(&["up"]).expect(2).says("cannot reach the container engine").says("hint: start it");
    engine.start_again();
    project.comes_up();
    assert_eq!(fs::read_to_string(kept).unwrap(), "kept");
}

#[test]
fn an_engine_that_hangs_in_the_middle() {
    // Both wait for the most part of a minute, and do next to nothing.
    std::thread::scope(|scope| {
        scope.spawn(stops_a_container_too_late);
        hangs_until_it_is_given_up();
    });
}

fn hangs_until_it_is_given_up() {
    let env = TestEnv::new();
    let Some(engine) = OwnEngine::start(&env.path().join("engine"), "hung") else { return };
    let project = Project::new("hung", &engine.host(), STORES);
    project.comes_up();
    let kept = keep(&engine, "hung_data");
    let up = Run::that_stops_the_old_one(&project);
    let begun = Instant::now();
    engine.freeze();
    let ended = up.ended();
    let took = begun.elapsed();
    // The time that stopping it may take, and then no more than a moment for each question.
    assert!(took < Duration::from_secs(50), "{took:?}: {ended:#?}");
    assert!(ended.stdout.contains("failed: cannot stop the container `hung-db-1`: "), "{ended:#?}");
    assert!(
        ended.stdout.contains("does not answer within 34 s; and the old container could not"),
        "{ended:#?}"
    );
    assert!(ended.stdout.contains("hint: see what it is busy with"), "{ended:#?}");
    assert!(ended.stdout.contains("  db   not known\n  web  not known\n"), "{ended:#?}");
    ended.expect(2).says("`sudo systemctl restart docker` ends it");
    project.run(&["up"]).expect(2).says("does not answer within 4 s");
    engine.thaw();
    project.comes_up();
    assert_eq!(fs::read_to_string(kept).unwrap(), "kept");
}

fn stops_a_container_too_late() {
    let env = TestEnv::new();
    let Some(engine) = OwnEngine::start(&env.path().join("engine"), "late") else { return };
    let project = Project::new("late", &engine.host(), STORES);
    project.comes_up();
    let before = engine.ask("GET", "/containers/late-db-1/json")["Id"].clone();
    let up = Run::that_stops_the_old_one(&project);
    engine.freeze();
    // The program has given up on stopping it, and asks whether the engine is alive: it is, and goes on with what it was
    // asked so long ago.
    std::thread::sleep(Duration::from_secs(36));
    engine.thaw();
    let ended = up.ended();
    assert!(ended.stdout.contains("; the old container is back and runs\n"), "{ended:#?}");
    let now = engine.ask("GET", "/containers/late-db-1/json");
    assert_eq!((&now["Id"], &now["State"]["Running"]), (&before, &json!(true)), "{ended:#?}");
    project.comes_up();
}
