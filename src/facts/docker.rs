//! The container engine, asked over its socket: version, settings, containers, images. It starts nothing and
//! changes nothing; what is healthy is for checks to say.

mod ask;
mod place;
mod settings;
mod usage;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use super::{Fact, Probe};

pub use place::{Access, Reach, Source};
pub use settings::Settings;
pub use usage::{Disk, Use};

/// What is known of the container engine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Docker {
    /// The socket that was asked: its path, or a URL where `DOCKER_HOST` names one.
    pub socket: String,
    /// Why that one.
    pub source: Source,
    /// The engine's program is on this machine.
    pub installed: bool,
    /// systemd runs here and has the engine's unit.
    pub has_unit: bool,
    /// What came of connecting.
    pub reach: Fact<Reach>,
    /// Whose the socket is; absent where there is none, or where it is no file.
    pub access: Option<Access>,
    /// The engine itself.
    pub engine: Fact<Engine>,
    /// The engine's settings file.
    pub settings: Fact<Settings>,
    /// When the engine was started: the time of its pid file; absent where there is none.
    pub started: Option<Timestamp>,
    /// A rootless engine goes on when its user signs out.
    pub lingering: bool,
    /// Every container, running or not.
    pub containers: Fact<Vec<Container>>,
    /// Images, the first three hundred.
    pub images: Fact<Vec<Image>>,
    /// Networks that are bridges on this machine.
    pub networks: Fact<Vec<Network>>,
    /// The networks that this machine is connected to, those of containers among them.
    pub routes: Fact<Vec<Route>>,
    /// What everything takes on the disk.
    pub disk: Fact<Disk>,
}

impl Docker {
    /// The engine is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.socket.starts_with('/')
    }
}

/// The engine, as it describes itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Engine {
    /// What it calls itself: `Engine`, or `Podman Engine`.
    pub product: String,
    /// Its version: `26.1.4`.
    pub version: String,
    /// The newest version of its API: `1.45`.
    pub api: String,
    /// The architecture of its machine, as the kernel names it: `x86_64`.
    pub architecture: String,
    /// How layers are kept: `overlay2`.
    pub storage_driver: String,
    /// Where it keeps everything.
    pub root: String,
    /// Where output goes unless a container says otherwise: `json-file`.
    pub log_driver: String,
    /// `1` or `2`.
    pub cgroup_version: String,
    /// `systemd`, `cgroupfs` or `none`.
    pub cgroup_driver: String,
    /// Containers go on while the engine is restarted.
    pub live_restore: bool,
    /// It runs as an ordinary user.
    pub rootless: bool,
    /// It is part of a swarm.
    pub swarm: bool,
    /// The limits that the kernel does not offer it: `memory`, `swap`, `pids`, `cpu`.
    pub missing_limits: Vec<String>,
    /// The names of its runtimes, sorted.
    pub runtimes: Vec<String>,
    /// The runtime that is used unless a container says otherwise.
    pub default_runtime: String,
    /// Where it looks for devices that are described by the Container Device Interface.
    pub cdi_dirs: Vec<String>,
    /// The address pools that were set for new networks.
    pub pools: Vec<String>,
    /// What it warns of itself.
    pub warnings: Vec<String>,
    /// How far its clock is ahead of ours, in milliseconds.
    pub skew_ms: Option<i64>,
}

/// One container. Its environment is no fact: secrets are kept there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its full id.
    pub id: String,
    /// Its name, without the leading `/`.
    pub name: String,
    /// The image as it was named.
    pub image: String,
    /// The image's id.
    pub image_id: String,
    /// `created`, `running`, `paused`, `restarting`, `exited`, `dead`.
    pub state: String,
    /// `healthy`, `unhealthy` or `starting`; absent without a health check.
    pub health: Option<String>,
    /// How the last health check ended.
    pub last_probe: Option<LastProbe>,
    /// The process on the host; absent where it does not run.
    pub pid: Option<u32>,
    /// How its process ended; absent where it runs or never ran.
    pub exit_code: Option<i64>,
    /// The kernel ended it for want of memory.
    pub oom_killed: bool,
    /// Why the engine could not start it.
    pub error: String,
    /// How often the engine started it again by itself.
    pub restarts: u64,
    /// `no`, `on-failure`, `always`, `unless-stopped`.
    pub restart_policy: String,
    /// How its output is kept.
    pub log_driver: String,
    /// At which size its output is rotated.
    pub log_max_size: Option<String>,
    /// What it asks for: `nvidia:all:gpu`.
    pub device_requests: Vec<String>,
    /// It asks for a graphics card, by whatever way.
    pub gpu: bool,
    /// Its published ports.
    pub ports: Vec<Published>,
    /// Its labels, those of Compose, of the image format and ours: others may hold secrets.
    pub labels: BTreeMap<String, String>,
}

impl Container {
    /// It belongs to our stack.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.labels.contains_key("com.tars.service")
            || self.labels.get("com.docker.compose.project").is_some_and(|project| project == "tars")
    }
}

/// How a health check ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastProbe {
    /// Its exit code.
    pub exit_code: i64,
    /// What it printed, in one line, the first two hundred characters.
    pub output: String,
    /// How often in a row it failed.
    pub failures: u64,
}

/// A port of a container that is published on the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Published {
    /// The address on the host: `0.0.0.0`, `::`, `127.0.0.1`.
    pub address: String,
    /// The port on the host.
    pub port: u16,
    /// The port in the container.
    pub inside: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
}

/// One image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// Its names; none where it is left over from a build or a pull.
    pub tags: Vec<String>,
    /// Its size, with what it shares with others.
    pub bytes: u64,
    /// `amd64`, `arm64`; looked up only for images that a container uses.
    pub architecture: Option<String>,
}

/// A network of containers that is a bridge on the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its interface on the host.
    pub bridge: String,
    /// Its addresses: `172.18.0.0/16`.
    pub subnets: Vec<String>,
}

/// A network that this machine is connected to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// The interface.
    pub interface: String,
    /// Its addresses: `192.168.1.0/24`.
    pub subnet: String,
}

/// The socket that will be asked: its path, or a URL where `DOCKER_HOST` names one.
#[must_use]
pub fn socket(asked: &Asked) -> String {
    place::choose(asked).0
}

/// Asks the engine.
pub(super) fn gather(asked: &Asked) -> Docker {
    let (socket, source) = place::choose(asked);
    let reach = {
        let socket = socket.clone();
        Probe::within(asked.deadline, move || place::reach(&socket))
    };
    let question = |socket: &str| (socket.to_string(), asked.deadline);
    let (one, two, three, four) =
        (question(&socket), question(&socket), question(&socket), question(&socket));
    let engine = Probe::within(asked.deadline, move || ask::engine(&one.0, one.1));
    let containers = Probe::within(asked.deadline, move || ask::containers(&two.0, two.1));
    let images = Probe::within(asked.deadline, move || ask::images(&three.0, three.1));
    let networks = Probe::within(asked.deadline, move || ask::networks(&four.0, four.1));
    let disk = {
        let (socket, deadline) = question(&socket);
        Probe::within(asked.deadline, move || usage::disk(&socket, deadline))
    };
    Docker {
        installed: place::installed(asked),
        has_unit: place::has_unit(asked),
        access: place::access(&socket),
        settings: settings::look(asked, source),
        started: place::started(asked, source),
        lingering: super::place::lingering(asked),
        routes: place::routes(asked),
        reach: reach.finish(),
        engine: engine.finish(),
        containers: containers.finish(),
        images: images.finish(),
        networks: networks.finish(),
        disk: disk.finish(),
        socket,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn asked(environment: &[(&str, &str)]) -> Asked {
        let home = crate::config::paths::Home::under("/nowhere".as_ref());
        let environment = environment.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        Asked {
            home,
            environment,
            deadline: Duration::from_millis(300),
            ..crate::facts::snapshot::testing(std::path::Path::new("/"))
        }
    }

    #[test]
    fn this_machine_can_be_looked_at() {
        let docker = gather(&asked(&[]));
        assert!(docker.socket.starts_with('/'));
        assert!(docker.routes.known().is_some(), "{:?}", docker.routes);
    }

    #[test]
    fn an_engine_that_never_answers_is_unknown_in_every_part() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let started = std::time::Instant::now();
        let docker = gather(&asked(&[("DOCKER_HOST", &format!("unix://{}", path.display()))]));
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_eq!(docker.reach, Fact::Known(Reach::Connected));
        let silent = Fact::Unknown("no answer in 0.3 s".into());
        assert_eq!(docker.engine, silent);
        assert_eq!(docker.containers, Fact::Unknown("no answer in 0.3 s".into()));
        assert_eq!(docker.disk, Fact::Unknown("no answer in 0.3 s".into()));
        drop(listener);
    }

    #[test]
    fn a_socket_that_nobody_listens_on_and_one_that_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let host = format!("unix://{}", path.display());
        assert_eq!(gather(&asked(&[("DOCKER_HOST", &host)])).reach, Fact::Known(Reach::Refused));
        std::fs::remove_file(&path).unwrap();
        let docker = gather(&asked(&[("DOCKER_HOST", &host)]));
        assert_eq!((docker.reach, docker.source), (Fact::Known(Reach::Absent), Source::Named));
        assert_eq!(docker.engine, Fact::Unknown("there is no socket".into()));
    }
}
