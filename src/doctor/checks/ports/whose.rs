//! Whose a port is, in words: the server's own, a container's, a unit's, or a process's. A port that docker-proxy
//! holds is the container's, and so is one that an engine publishes without any process that listens.

use std::net::SocketAddr;

use super::super::settings::in_force;
use crate::doctor::check::{Judgement, known, unknown};
use crate::facts::Fact;
use crate::facts::docker::{Container, Published};
use crate::facts::listeners::Listener;
pub use crate::facts::listeners::collides;
use crate::facts::snapshot::Facts;

/// Somebody who has a port.
pub struct Holder {
    /// Where.
    pub at: String,
    /// Who, in words.
    pub who: String,
    /// It is the server of this installation.
    pub ours: bool,
    /// Who it is could be seen.
    pub seen: bool,
}

impl Holder {
    /// As a line of evidence.
    pub fn line(&self) -> String {
        format!("{}: {}", self.at, self.who)
    }
}

/// The address that the server is to listen on.
pub fn wanted(facts: &Facts) -> Result<SocketAddr, Judgement> {
    in_force(facts)?;
    let listen = &facts.subject.listen;
    listen.parse().map_err(|_| unknown(format!("`{listen}` is not an address and a port")))
}

/// Whether others than this machine are to reach the server.
pub fn is_shared(facts: &Facts) -> bool {
    wanted(facts).is_ok_and(|address| !address.ip().to_canonical().is_loopback())
}

/// Everybody who has a TCP port of this address, or of one that covers it.
pub fn holders(facts: &Facts, wanted: SocketAddr) -> Result<Vec<Holder>, Judgement> {
    let sockets = known(&facts.listeners.sockets)?;
    let here = |address: &str| address.parse().is_ok_and(|address| collides(address, wanted.ip()));
    let mut holders: Vec<Holder> = sockets
        .iter()
        .filter(|socket| socket.protocol == "tcp" && socket.port == wanted.port() && here(&socket.address))
        .map(|socket| holder(facts, socket))
        .collect();
    if holders.is_empty() {
        // An engine without its proxy publishes by rules of the firewall alone.
        holders.extend(
            published(facts)
                .filter(|(_, port)| {
                    port.protocol == "tcp" && port.port == wanted.port() && here(&port.address)
                })
                .map(|(container, port)| Holder {
                    at: shown(&port.address, port.port),
                    who: in_words(container),
                    ours: is_server(facts, container),
                    seen: true,
                }),
        );
    }
    Ok(holders)
}

/// Who has a socket.
pub fn holder(facts: &Facts, socket: &Listener) -> Holder {
    Holder {
        at: shown(&socket.address, socket.port),
        who: who(facts, socket),
        ours: is_ours(facts, socket),
        seen: socket.owner.is_some(),
    }
}

/// `127.0.0.1:8000`, `[::]:8000`
pub fn shown(address: &str, port: u16) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// Whether a socket is the server's.
pub fn is_ours(facts: &Facts, socket: &Listener) -> bool {
    let state = facts.services.state.known();
    let server = state.and_then(|state| state.server);
    socket.owner.as_ref().is_some_and(|owner| owner.ours || Some(owner.pid) == server)
        || container_of(facts, socket).is_some_and(|container| is_server(facts, container))
}

/// Whether the server runs in this container.
fn is_server(facts: &Facts, container: &Container) -> bool {
    let server = facts.services.state.known().and_then(|state| state.server);
    server.is_some() && container.pid == server
}

/// The containers; none where there is no engine. An engine that made itself a network and does not tell of its
/// containers leaves them unknown.
pub fn containers(facts: &Facts) -> Result<Option<&[Container]>, Judgement> {
    let engine = facts.network.interfaces.known().into_iter().flatten().any(|one| one.name == "docker0");
    match &facts.docker.containers {
        Fact::Known(containers) => Ok(Some(containers)),
        Fact::Unknown(why) if engine => Err(unknown(why)),
        Fact::Unknown(_) => Ok(None),
    }
}

/// The published ports of the containers that run.
pub fn published(facts: &Facts) -> impl Iterator<Item = (&Container, &Published)> {
    let containers = facts.docker.containers.known().into_iter().flatten();
    let running = containers.filter(|container| container.state == "running");
    running.flat_map(|container| container.ports.iter().map(move |port| (container, port)))
}

/// The container that a socket belongs to, where the engine told of it.
pub fn container_of<'a>(facts: &'a Facts, socket: &Listener) -> Option<&'a Container> {
    let owner = socket.owner.as_ref()?;
    if owner.forwards.is_some() {
        let same = |port: &Published| port.port == socket.port && port.protocol == socket.protocol;
        return published(facts).find(|(_, port)| same(port)).map(|(container, _)| container);
    }
    let id = owner.container.as_ref()?;
    facts.docker.containers.known()?.iter().find(|container| container.id == *id)
}

fn in_words(container: &Container) -> String {
    format!("container `{}` (image `{}`)", container.name, container.image)
}

fn who(facts: &Facts, socket: &Listener) -> String {
    let Some(owner) = &socket.owner else {
        return format!("a process of user {}, which only root may look into", socket.uid);
    };
    if let Some(container) = container_of(facts, socket) {
        return in_words(container);
    }
    let mut words = format!("`{}` (process {}", owner.command, owner.pid);
    if let Some(unit) = &owner.unit {
        words += &format!(", unit `{unit}`");
    }
    if let Some(forwards) = &owner.forwards {
        words += &format!(", for the container at {forwards}");
    }
    if let Some(container) = &owner.container {
        words += &format!(", container {}", container.get(..12).unwrap_or(container));
    }
    words + ")"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::listeners::Owner;

    fn facts() -> Facts {
        let port = Published { address: "0.0.0.0".into(), port: 8000, inside: 80, protocol: "tcp".into() };
        let container = Container {
            id: "a".repeat(64),
            name: "web".into(),
            image: "nginx:1".into(),
            state: "running".into(),
            ports: vec![port],
            ..Container::default()
        };
        let mut facts = Facts::default();
        facts.docker.containers = Fact::Known(vec![container]);
        facts.listeners.sockets = Fact::Known(vec![]);
        facts
    }

    fn one(facts: &Facts) -> String {
        let holders = holders(facts, "127.0.0.1:8000".parse().unwrap()).unwrap_or_else(|_| panic!("unknown"));
        assert_eq!(holders.len(), 1);
        holders[0].line()
    }

    #[test]
    fn a_published_port_is_the_containers_with_and_without_a_proxy() {
        let mut facts = facts();
        assert_eq!(one(&facts), "0.0.0.0:8000: container `web` (image `nginx:1`)");
        let owner = Owner {
            pid: 7,
            command: "docker-proxy".into(),
            forwards: Some("172.17.0.2:80".into()),
            ..Owner::default()
        };
        let socket = Listener {
            protocol: "tcp".into(),
            address: "0.0.0.0".into(),
            port: 8000,
            owner: Some(owner),
            ..Listener::default()
        };
        facts.listeners.sockets = Fact::Known(vec![socket]);
        assert_eq!(one(&facts), "0.0.0.0:8000: container `web` (image `nginx:1`)");
        facts.docker.containers = Fact::Unknown("no engine".into());
        assert_eq!(
            one(&facts),
            "0.0.0.0:8000: `docker-proxy` (process 7, for the container at 172.17.0.2:80)"
        );
    }
}
