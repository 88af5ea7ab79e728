//! Repairs that are killed at every step, each on a machine on which that can happen for real: settings and
//! permissions, missing settings, the server, its port, its index and what it left lying, a model, the logs and the
//! containers of an engine, `/etc/fstab` and a mount, the hosts file and the kernel.

use std::cell::RefCell;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::engine::engine;
use crate::support::hung::Hung;
use crate::support::installed::Installation;
use crate::support::interrupted::Scene;
use crate::support::ollama::{FakeOllama, LITTLE};
use crate::support::{TestEnv, mounts, network, snapshot};

/// Every file of an installation but those of the journal, which remembers, with the modes of the directories.
fn everything(installation: &Installation) -> String {
    let home = installation.home();
    let mut all = snapshot::take(&home.config);
    all.extend(snapshot::take(&home.state));
    for directory in [&home.config, &home.state, &home.logs] {
        let mode = fs::metadata(directory).unwrap().permissions().mode() & 0o7777;
        all.insert(directory.clone(), (mode, None));
    }
    all.retain(|path, _| !path.display().to_string().contains("/journal"));
    all.iter()
        .map(|(path, (mode, content))| {
            let content = content.as_deref().map(String::from_utf8_lossy);
            format!("{} {mode:o} {content:?}\n", path.display())
        })
        .collect()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// An installation whose server was stopped.
fn at_rest() -> Installation {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    installation
}

/// The program with these arguments, where nothing is installed.
fn program(env: &TestEnv, arguments: &[&str]) -> Command {
    let mut command = env.tars();
    command.args(arguments);
    command
}

#[test]
fn settings_and_permissions() {
    let installation = at_rest();
    let home = installation.home();
    let (env, toml) = (fs::read_to_string(home.env()).unwrap(), fs::read_to_string(home.toml()).unwrap());
    let scene = Scene {
        tars: &|arguments| installation.tars(arguments),
        home: home.clone(),
        only: "settings.*,security.*",
        breaks: &|| {
            let doubled = env.replace('\n', "\r\n") + "TARS_SERVER_LOG=warn\nTARS_SERVER_LOG=info\n";
            fs::write(home.env(), doubled).unwrap();
            fs::write(home.toml(), format!("\u{feff}{toml}")).unwrap();
            set_mode(&home.env(), 0o644);
            set_mode(&home.first_password(), 0o644);
            set_mode(&home.state, 0o777);
            set_mode(&home.logs, 0o777);
        },
        state: &|| everything(&installation),
    };
    scene.is_killed_at_every_step(5);
}

#[test]
fn missing_settings_and_a_weak_key() {
    let installation = at_rest();
    let home = installation.home();
    let scene = Scene {
        tars: &|arguments| installation.tars(arguments),
        home: home.clone(),
        only: "settings.*",
        breaks: &|| {
            let _ = fs::remove_file(home.toml());
            fs::write(home.env(), "# mine\nTARS_AUTH_SIGNING_KEY=\"$(openssl rand -hex 32)\"\n").unwrap();
        },
        state: &|| everything(&installation),
    };
    scene.is_killed_at_every_step(2);
}

#[test]
fn a_stopped_server() {
    let installation = at_rest();
    let scene = Scene {
        tars: &|arguments| installation.tars(arguments),
        home: installation.home(),
        only: "services.server.running",
        breaks: &|| (),
        state: &|| format!("{}", installation.processes().is_empty()),
    };
    scene.is_killed_at_every_step(1);
}

#[test]
fn a_server_whose_port_is_taken() {
    let installation = Installation::apart(2);
    installation.run(&["ops", "stop"]).expect(0);
    let _stranger = TcpListener::bind(&installation.listen).unwrap();
    let scene = Scene {
        tars: &|arguments| installation.tars(arguments),
        home: installation.home(),
        only: "ports.listen,services.server.running",
        breaks: &|| (),
        state: &|| fs::read_to_string(installation.home().toml()).unwrap(),
    };
    scene.is_killed_at_every_step(1);
}

#[test]
fn a_broken_index_and_what_a_writer_left() {
    let installation = Installation::installed();
    let index = installation.home().index();
    let left = installation.home().config.join(".tars-Ab12Cd");
    let scene = Scene {
        tars: &|arguments| installation.tars(arguments),
        home: installation.home(),
        only: "data.index.*,data.leftovers",
        breaks: &|| {
            installation.run(&["ops", "start"]).expect(0);
            let mut files = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path());
            let needed = files.find(|path| path.extension().is_some_and(|end| end == "term"));
            fs::remove_file(needed.expect("an index that was made anew")).unwrap();
            let file = fs::File::create(&left).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
        },
        // What is derived is not made wrong again, and what is deleted stays so; the documents are found throughout.
        state: &|| {
            installation.run(&["ops", "start"]).expect(0);
            fs::read_to_string(installation.home().toml()).unwrap()
        },
    };
    scene.is_killed_at_every_step(3);
    let found = installation.run(&["ops", "search", "lighthouse"]).expect(0);
    assert!(found.stdout.contains("boats.md"), "{found:#?}");
}

#[test]
fn a_model_of_a_fake_of_ollama() {
    let ollama = FakeOllama::start("");
    let env = TestEnv::new();
    env.toml(&format!("[answer]\nendpoint = 'http://{}'\nmodel = 'little:3b'\n", ollama.address));
    let scene = Scene {
        tars: &|arguments| program(&env, arguments),
        home: env.home(),
        only: "models.present",
        breaks: &|| (),
        state: &|| format!("{:?}", ollama.models()),
    };
    scene.is_killed_at_every_step(1);
    assert_eq!(ollama.models(), [LITTLE]);
}

#[test]
fn an_engine_and_its_container() {
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    // The settings of a user's own engine are in the user's own directory.
    let runtime = env.directory("runtime");
    let socket = runtime.join("docker.sock");
    std::os::unix::fs::symlink(engine.host().trim_start_matches("unix://"), &socket).unwrap();
    let settings = env.directory("settings/docker").join("daemon.json");
    fs::write(&settings, "{\n\t\"log-opts\": {\"max-file\": \"7\"}\n}").unwrap();
    engine.run("tars-model", Value::Null);
    engine.ask("POST", "/containers/tars-model/kill", &Value::Null);
    engine.await_state("tars-model", "/State/Status", "exited");
    let scene = Scene {
        tars: &|arguments| {
            let mut command = env.tars();
            command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
            command.env("XDG_RUNTIME_DIR", &runtime).env("XDG_CONFIG_HOME", env.path().join("settings"));
            command.args(arguments);
            command
        },
        home: env.home(),
        only: "docker.logs,docker.dangling,services.containers.state",
        // What is deleted is not taken back: it is there again each time.
        breaks: &|| {
            (engine.nameless_images()..21).for_each(|which| engine.nameless_image(&format!("none {which}")));
        },
        state: &|| {
            let about = engine.ask("GET", "/containers/tars-model/json", &Value::Null);
            format!("{} {}", fs::read_to_string(&settings).unwrap(), about["State"]["Running"])
        },
    };
    scene.is_killed_at_every_step(2);
}

#[test]
fn the_table_of_mounts_and_a_mount() {
    let env = TestEnv::new();
    let (above, point) = (env.directory("papers"), env.path().join("nas"));
    let missing = above.join("letters");
    env.toml(&format!("[documents]\npaths = [\"{}\", \"{}\"]\n", missing.display(), point.display()));
    if mounts::namespace().is_none() {
        return;
    }
    let fstab = mounts::own_etc(env.path()).join("fstab");
    fs::write(&fstab, format!("# mine\nscratch {} tmpfs size=1M 0 0", point.display())).unwrap();
    let scene = Scene {
        tars: &|arguments| program(&env, arguments),
        home: env.home(),
        only: "storage.documents.exist,storage.documents.mounted,storage.fstab.boot",
        breaks: &|| (),
        state: &|| {
            let mounted = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
            let times = mounted.lines().filter(|line| line.contains(&*point.to_string_lossy())).count();
            let fstab = fs::read_to_string(&fstab).unwrap();
            format!("{fstab} mounted {times} times, {} {}", point.exists(), missing.exists())
        },
    };
    scene.is_killed_at_every_step(3);
}

#[test]
fn the_hosts_file_and_the_kernel() {
    let Some(()) = network::alone() else { return };
    let env = TestEnv::new();
    network::loopback_up();
    let etc = mounts::little_etc(env.path(), &[("hosts", "# by hand\n::1 localhost")]);
    env.toml("[server]\nlisten = \"127.0.0.1:40000\"\n");
    let kernel = ["net/ipv4/ip_local_reserved_ports", "net/core/somaxconn"]
        .map(|name| Path::new("/proc/sys").join(name));
    fs::write(&kernel[1], "64").unwrap();
    let scene = Scene {
        tars: &|arguments| program(&env, arguments),
        home: env.home(),
        only: "network.hosts,network.hostname,ports.ephemeral,ports.backlog",
        breaks: &|| (),
        state: &|| {
            let read = |path: &Path| fs::read_to_string(path).unwrap();
            format!("{:?} {} {}", snapshot::take(&etc), read(&kernel[0]), read(&kernel[1]))
        },
    };
    scene.is_killed_at_every_step(4);
}

#[test]
fn a_stale_mount() {
    let env = TestEnv::new();
    let point = env.directory("nas");
    env.toml(&format!("[documents]\npaths = [\"{}\"]\n", point.display()));
    if mounts::namespace().is_none() {
        return;
    }
    let fstab = mounts::own_etc(env.path()).join("fstab");
    fs::write(&fstab, format!("scratch {} tmpfs size=1M,nofail 0 0\n", point.display())).unwrap();
    let dead = RefCell::new(None);
    let scene = Scene {
        tars: &|arguments| program(&env, arguments),
        home: env.home(),
        only: "storage.documents.answer",
        breaks: &|| {
            // What is healthy stays mounted when the repair is taken back; the old server takes it along.
            drop(dead.borrow_mut().take());
            let hung = Hung::mount(&point).expect("a mount, as the namespace was to be had");
            hung.die();
            *dead.borrow_mut() = Some(hung);
        },
        state: &|| fs::read_to_string(&fstab).unwrap(),
    };
    scene.is_killed_at_every_step(1);
}
