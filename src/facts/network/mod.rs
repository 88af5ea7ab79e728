//! Names, addresses, routes and the firewall: as the kernel and the files under `/etc` and `/run` have them, and
//! whether names are resolved. It asks the name servers that this machine asks anyway, and nobody else.

mod addresses;
mod dns;
mod firewall;
mod names;
mod nftables;
mod proxies;
mod routes;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::snapshot::Asked;

pub use addresses::{Counters, Interface};
pub use dns::NameServer;
pub use firewall::{Firewall, Opening};
pub use names::{HostsLine, Lookup};
pub use nftables::Chain;
pub use proxies::Proxy;
pub use routes::Route;

/// What is known of the network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// The name of this machine, as the kernel has it.
    pub name: Fact<String>,
    /// The name in `/etc/hostname`; empty where there is no such file.
    pub configured_name: Fact<String>,
    /// What the name is resolved to.
    pub own: Fact<Lookup>,
    /// What `localhost` is resolved to.
    pub localhost: Fact<Lookup>,
    /// What `NAME.local` is resolved to; looked at only where the server is shared.
    pub local_name: Fact<Lookup>,
    /// A responder for `.local` names runs here.
    pub responder: Fact<bool>,
    /// What a name that cannot exist is resolved to: nothing, and without waiting.
    pub impossible: Fact<Lookup>,
    /// The lines of `/etc/hosts`.
    pub hosts: Fact<Vec<HostsLine>>,
    /// The name servers of `/etc/resolv.conf`, each asked once.
    pub servers: Fact<Vec<NameServer>>,
    /// Every interface with its addresses.
    pub interfaces: Fact<Vec<Interface>>,
    /// The default routes.
    pub routes: Fact<Vec<Route>>,
    /// The variables that name a proxy, or what needs none.
    pub proxies: Fact<Vec<Proxy>>,
    /// The firewalls that are set up here.
    pub firewalls: Fact<Vec<Firewall>>,
    /// The chains of nftables for incoming packets, and Docker's for rules of the operator's.
    pub chains: Fact<Vec<Chain>>,
    /// Packets for others are forwarded, as containers need it.
    pub forwards: Fact<bool>,
    /// The tracked connections, and how many there may be; absent where none are tracked.
    pub tracked: Fact<Option<Tracked>>,
}

/// How full the table of tracked connections is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tracked {
    /// How many there are.
    pub now: u64,
    /// How many there may be.
    pub most: u64,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Network {
    let name = names::own(&asked.at("/proc/sys/kernel/hostname"));
    let shared = !asked.listen().ip().is_loopback();
    let looked = names::Lookups::start(name.known().map(String::as_str), shared, asked.deadline);
    let asking = dns::start(&asked.at("/etc/resolv.conf"), asked.deadline);
    let mut network = Network {
        configured_name: names::configured(&asked.at("/etc/hostname")),
        hosts: names::hosts(&asked.at("/etc/hosts")),
        responder: names::responder(asked),
        interfaces: addresses::interfaces(asked),
        routes: routes::defaults(asked),
        proxies: Fact::Known(proxies::find(asked)),
        firewalls: firewall::find(asked),
        chains: nftables::chains(),
        forwards: Fact::from(number(&asked.at("/proc/sys/net/ipv4/ip_forward")).map(|value| value > 0)),
        tracked: tracked(asked),
        name,
        ..Network::default()
    };
    looked.finish(&mut network);
    network.servers = asking.finish();
    network
}

fn tracked(asked: &Asked) -> Fact<Option<Tracked>> {
    let read = |name: &str| number(&asked.at(&format!("/proc/sys/net/netfilter/{name}")));
    match (read("nf_conntrack_count"), read("nf_conntrack_max")) {
        (Ok(now), Ok(most)) => Fact::Known(Some(Tracked { now, most })),
        (Err(error), _) if error.kind() == std::io::ErrorKind::NotFound => Fact::Known(None),
        (Err(error), _) | (_, Err(error)) => Fact::Unknown(error.to_string()),
    }
}

fn number(path: &Path) -> std::io::Result<u64> {
    std::fs::read_to_string(path)?.trim().parse().map_err(std::io::Error::other)
}

/// What reading a file came to: nothing where it does not exist.
fn text(path: &Path) -> Fact<String> {
    use std::io::ErrorKind::{NotFound, PermissionDenied};
    match std::fs::read(path) {
        Ok(bytes) => Fact::Known(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == NotFound => Fact::Known(String::new()),
        Err(error) if error.kind() == PermissionDenied => Fact::Unknown(super::NEEDS_ROOT.into()),
        Err(error) => Fact::Unknown(format!("cannot read `{}`: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::snapshot::testing;

    #[test]
    fn this_machine_is_looked_at() {
        let started = std::time::Instant::now();
        let found = gather(&testing(Path::new("/")));
        assert!(started.elapsed() < std::time::Duration::from_millis(2250), "{:?}", started.elapsed());
        let interfaces = found.interfaces.known().unwrap();
        assert!(interfaces.iter().any(|interface| interface.loopback), "{found:#?}");
        assert!(found.name.known().is_some() && found.localhost.known().is_some(), "{found:#?}");
    }

    #[test]
    fn another_root_is_looked_at() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("proc/sys/net/netfilter/nf_conntrack_count", "12\n");
        write("proc/sys/net/netfilter/nf_conntrack_max", "65536\n");
        write("proc/sys/net/ipv4/ip_forward", "1\n");
        write("etc/hosts", "127.0.0.1 localhost\n");
        let found = gather(&testing(root.path()));
        assert_eq!(found.tracked, Fact::Known(Some(Tracked { now: 12, most: 65536 })));
        assert_eq!(found.forwards, Fact::Known(true));
        assert_eq!(found.hosts.known().unwrap().len(), 1);
        assert_eq!(found.configured_name, Fact::Known(String::new()));
        assert!(found.name.known().is_none() && found.routes.known().is_none());
    }
}
