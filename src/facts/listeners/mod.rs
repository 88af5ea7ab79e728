//! Who listens on which port: `/proc/net` with the process, systemd unit and container behind each socket, and
//! what the kernel's settings mean for ports. Names of other users' processes are seen by root only. It connects
//! to nothing but the server's own address.

mod belongs;
mod owners;
mod sockets;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub(super) use belongs::belongs;

use super::ports::{self, Port};
use super::snapshot::Asked;
use super::{Fact, Probe};

/// What is known of listening sockets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listeners {
    /// Every socket that listens.
    pub sockets: Fact<Vec<Listener>>,
    /// What is at the server's address, found out by listening there for a moment.
    pub listen: Fact<Port>,
    /// The ports from which outgoing connections are made.
    pub ephemeral: Fact<PortRange>,
    /// Ports that are taken out of that range.
    pub reserved: Fact<Vec<PortRange>>,
    /// The first port that does not need a privilege.
    pub unprivileged: Fact<u16>,
    /// The server's unit keeps it from using that privilege.
    pub withheld: Fact<bool>,
    /// How many connections may wait to be accepted, at most.
    pub backlog: Fact<u64>,
    /// How many connections were turned away since the start because too many waited, of all programs.
    pub overflows: Fact<u64>,
    /// For how many seconds the machine has been up: what the overflows are counted over.
    pub uptime: Fact<u64>,
}

/// Ports from one to another, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortRange {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl PortRange {
    /// Whether a port is one of these.
    #[must_use]
    pub fn has(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
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
    /// The user whose socket it is, by number.
    pub uid: u32,
    /// How many connections wait to be accepted.
    pub waiting: u32,
    /// The process that has it; absent where this user may not see it.
    pub owner: Option<Owner>,
}

/// Whose a socket is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// Its command name and what of its arguments is surely no secret, cut at 120 characters.
    pub command: String,
    /// The systemd unit it runs in.
    pub unit: Option<String>,
    /// The id of the container it runs in.
    pub container: Option<String>,
    /// Where docker-proxy forwards to: the address and port of a container.
    pub forwards: Option<String>,
    /// It is the server of this installation: it holds the lock of the state directory open.
    pub ours: bool,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Listeners {
    // Listening for a moment is over before the sockets are read: it is not taken for somebody's.
    let address = asked.listen();
    let bound = ports::bind(address);
    let answer = (bound == Fact::Known(Port::Taken))
        .then(|| Probe::within(asked.deadline, move || Fact::Known(ports::server(address))));
    let read = |path: &str| std::fs::read_to_string(asked.at(path));
    let number = |path: &str| -> Fact<u64> {
        Fact::from(read(path)).and_then(|text| first_number(&text).ok_or("it is not a number"))
    };
    let mut listeners = Listeners {
        ephemeral: Fact::from(read("/proc/sys/net/ipv4/ip_local_port_range"))
            .and_then(|text| range(&text).ok_or("it is not a range of ports")),
        reserved: Fact::from(read("/proc/sys/net/ipv4/ip_local_reserved_ports"))
            .and_then(|text| ranges(&text)),
        unprivileged: number("/proc/sys/net/ipv4/ip_unprivileged_port_start")
            .and_then(|first| u16::try_from(first).map_err(|_| "it is not a port")),
        withheld: Fact::Known(withheld(&read("/etc/systemd/system/tars.service").unwrap_or_default())),
        backlog: number("/proc/sys/net/core/somaxconn"),
        overflows: Fact::from(read("/proc/net/netstat"))
            .and_then(|text| overflows(&text).ok_or("`ListenOverflows` is not counted")),
        uptime: number("/proc/uptime"),
        ..Listeners::default()
    };
    listeners.sockets = sockets(asked, None);
    listeners.listen = match answer.map(Probe::finish) {
        Some(Fact::Known(Some(version))) => Fact::Known(Port::Tars(version)),
        _ => bound,
    };
    listeners
}

/// Every socket that listens, in the network of this process or in that of another one.
#[must_use]
pub fn sockets(asked: &Asked, of: Option<u32>) -> Fact<Vec<Listener>> {
    let proc = asked.at("/proc");
    let tables = of.map_or_else(|| proc.clone(), |pid| proc.join(pid.to_string()));
    let found = match sockets::read(&tables) {
        Fact::Known(found) => found,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    let inodes: BTreeSet<u64> = found.iter().map(|(inode, _)| *inode).collect();
    let lock = asked.home.lock_file();
    // Where links would lead through a mount that hangs, they are not followed.
    let answers = asked.answers(&lock);
    // A process whose memory is stuck cannot be asked for its arguments: then nobody's name is known, and the
    // sockets still are.
    let owners = Probe::within(asked.deadline, move || {
        let lock = if answers { resolved(&lock) } else { lock };
        Fact::Known(owners::of(&proc, &inodes, &lock))
    });
    let owners = owners.finish().known().cloned().unwrap_or_default();
    let named = |(inode, socket): (u64, Listener)| Listener { owner: owners.get(&inode).cloned(), ..socket };
    Fact::Known(found.into_iter().map(named).collect())
}

/// Whether listening at `wanted` is in the way of a socket at `taken`. A socket at `::` takes IPv4 as well unless
/// it was told not to, which nothing in `/proc` tells.
#[must_use]
pub fn collides(taken: IpAddr, wanted: IpAddr) -> bool {
    let (taken, wanted) = (taken.to_canonical(), wanted.to_canonical());
    let covers = |wide: IpAddr, narrow: IpAddr| wide.is_unspecified() && (wide.is_ipv6() || narrow.is_ipv4());
    taken == wanted || covers(taken, wanted) || covers(wanted, taken)
}

/// The path as `/proc` shows it, without symbolic links; as it is where it does not exist.
fn resolved(path: &Path) -> std::path::PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn first_number(text: &str) -> Option<u64> {
    // `/proc/uptime` has a fraction.
    text.split(|c: char| c.is_whitespace() || c == '.').next()?.parse().ok()
}

fn range(text: &str) -> Option<PortRange> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some(PortRange { first: numbers.next()?.ok()?, last: numbers.next()?.ok()? })
}

/// `8000,30000-30010`
fn ranges(text: &str) -> Result<Vec<PortRange>, String> {
    let one = |item: &str| {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        Some(PortRange { first: first.parse().ok()?, last: last.parse().ok()? })
    };
    text.trim()
        .split(',')
        .filter(|item| !item.is_empty())
        .map(|item| one(item).ok_or_else(|| format!("`{item}` is not a range of ports")))
        .collect()
}

/// Whether a unit names what the server may, and not that it may listen on privileged ports.
fn withheld(unit: &str) -> bool {
    let mut sets = unit.lines().filter_map(|line| line.strip_prefix("CapabilityBoundingSet="));
    sets.next_back().is_some_and(|set| !set.contains("CAP_NET_BIND_SERVICE"))
}

/// `ListenOverflows` of `/proc/net/netstat`, which has a line of names and then a line of numbers.
fn overflows(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("TcpExt:"));
    let at = lines.next()?.split_whitespace().position(|name| name == "ListenOverflows")?;
    lines.next()?.split_whitespace().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_numbers() {
        assert_eq!(range("32768\t60999\n"), Some(PortRange { first: 32768, last: 60999 }));
        assert_eq!((range("32768\n"), range("-1 70000"), range("")), (None, None, None));
        assert_eq!(ranges("\n"), Ok(vec![]));
        let some = [PortRange { first: 8000, last: 8000 }, PortRange { first: 30000, last: 30010 }];
        assert_eq!(ranges("8000,30000-30010\n"), Ok(some.to_vec()));
        assert!(ranges("8000,x").is_err());
        assert_eq!(
            (first_number("4096\n"), first_number("93.12 180.0"), first_number("")),
            (Some(4096), Some(93), None)
        );
        assert!(withheld("[Service]\nCapabilityBoundingSet=CAP_DAC_READ_SEARCH\n"));
        assert!(
            !withheld("CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_NET_BIND_SERVICE\n") && !withheld("")
        );
        let netstat =
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 7 9\nIpExt: InOctets\nIpExt: 1\n";
        assert_eq!(overflows(netstat), Some(7));
        assert_eq!(overflows("TcpExt: A B\nTcpExt: 1 2\n"), None);
        assert_eq!(overflows("TcpExt: ListenOverflows\n"), None);
    }

    #[test]
    fn wide_addresses_cover_narrow_ones() {
        for (taken, wanted, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("0.0.0.0", "127.0.0.1", true),
            ("127.0.0.1", "0.0.0.0", true),
            ("::", "127.0.0.1", true),
            ("::", "::1", true),
            ("127.0.0.1", "::", true),
            ("::ffff:127.0.0.1", "127.0.0.1", true),
            ("0.0.0.0", "::1", false),
            ("::1", "127.0.0.1", false),
            ("192.168.1.10", "127.0.0.1", false),
        ] {
            assert_eq!(
                collides(taken.parse().unwrap(), wanted.parse().unwrap()),
                expected,
                "{taken} {wanted}"
            );
        }
    }

    #[test]
    fn this_machine_is_looked_at() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = gather(&super::super::snapshot::testing(Path::new("/")));
        let sockets = found.sockets.known().unwrap();
        let mine = sockets.iter().find(|socket| socket.port == port).unwrap();
        let owner = mine.owner.as_ref().unwrap();
        assert_eq!((mine.protocol.as_str(), owner.pid), ("tcp", std::process::id()));
        assert!(!owner.ours && found.ephemeral.known().unwrap().has(port), "{found:#?}");
    }

    #[test]
    fn nothing_there_is_unknown() {
        let empty = tempfile::tempdir().unwrap();
        let found = gather(&super::super::snapshot::testing(empty.path()));
        assert!(found.sockets.known().is_none() && found.ephemeral.known().is_none(), "{found:#?}");
    }
}
