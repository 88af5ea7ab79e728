//! The interfaces with their addresses, where each IPv4 address comes from as far as the files of the usual
//! network managers tell, and the counters of packets. What the names of interfaces mean is for checks to say.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{SockaddrLike, SockaddrStorage};
use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// No machine that this is for has more.
const MOST: usize = 200;

/// One interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// It is switched on.
    pub up: bool,
    /// It has a carrier: the cable is plugged in.
    pub running: bool,
    /// It is the loopback.
    pub loopback: bool,
    /// Its addresses, with the length of the prefix: `192.168.1.10/24`.
    pub addresses: Vec<String>,
    /// Where its IPv4 address comes from: `dhcp` or `static`; absent where no file tells.
    pub assigned: Option<String>,
    /// The packets so far.
    pub counters: Counters,
}

/// Packets of an interface since it is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Received.
    pub received: u64,
    /// Received broken.
    pub receive_errors: u64,
    /// Sent.
    pub sent: u64,
    /// Not sent for an error.
    pub send_errors: u64,
}

/// Every interface, by name.
pub(super) fn interfaces(asked: &Asked) -> Fact<Vec<Interface>> {
    let addresses = match getifaddrs() {
        Ok(addresses) => addresses,
        Err(error) => return Fact::Unknown(format!("cannot list the interfaces: {}", error.desc())),
    };
    let mut found: BTreeMap<String, Interface> = BTreeMap::new();
    for entry in addresses {
        if found.len() >= MOST && !found.contains_key(&entry.interface_name) {
            continue;
        }
        let interface = found.entry(entry.interface_name.clone()).or_default();
        interface.name = entry.interface_name;
        interface.up = entry.flags.contains(InterfaceFlags::IFF_UP);
        interface.running = entry.flags.contains(InterfaceFlags::IFF_RUNNING);
        interface.loopback = entry.flags.contains(InterfaceFlags::IFF_LOOPBACK);
        let address = entry.address.as_ref().and_then(ip);
        let mask = entry.netmask.as_ref().and_then(ip);
        interface.addresses.extend(address.map(|address| with_prefix(address, mask)));
    }
    let counters = counters(&fs::read_to_string(asked.at("/proc/net/dev")).unwrap_or_default());
    for interface in found.values_mut() {
        interface.counters = counters.get(&interface.name).copied().unwrap_or_default();
        if !interface.loopback && interface.addresses.iter().any(|address| address.contains('.')) {
            interface.assigned = assigned(asked, &interface.name).map(String::from);
        }
    }
    Fact::Known(found.into_values().collect())
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    address.family()?;
    let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}

fn with_prefix(address: IpAddr, mask: Option<IpAddr>) -> String {
    match mask {
        Some(IpAddr::V4(mask)) => format!("{address}/{}", mask.to_bits().leading_ones()),
        Some(IpAddr::V6(mask)) => format!("{address}/{}", mask.to_bits().leading_ones()),
        None => address.to_string(),
    }
}

/// `/proc/net/dev`: after the colon eight counters of what was received and eight of what was sent.
fn counters(text: &str) -> BTreeMap<String, Counters> {
    let line = |line: &str| {
        let (name, numbers) = line.split_once(':')?;
        let numbers: Vec<u64> = numbers.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let at = |index: usize| numbers.get(index).copied();
        let counters =
            Counters { received: at(1)?, receive_errors: at(2)?, sent: at(9)?, send_errors: at(10)? };
        Some((name.trim().to_string(), counters))
    };
    text.lines().filter_map(line).collect()
}

/// Who gave an interface its IPv4 address, by what the usual network managers leave behind.
fn assigned(asked: &Asked, name: &str) -> Option<&'static str> {
    let there = |path: &str| asked.at(path).exists();
    if let Some(method) = in_interfaces(asked, name) {
        return Some(method);
    }
    let index = fs::read_to_string(asked.at(&format!("/sys/class/net/{name}/ifindex"))).unwrap_or_default();
    let index = index.trim();
    if !index.is_empty() && there(&format!("/run/systemd/netif/leases/{index}")) {
        return Some("dhcp");
    }
    let leases = ["/var/lib/NetworkManager", "/var/lib/dhcp", "/var/lib/dhcpcd", "/var/lib/dhcpcd5"];
    let of_it = |file: fs::DirEntry| {
        let file = file.file_name().to_string_lossy().into_owned();
        file.contains(".lease") && file.split(['-', '.']).any(|part| part == name)
    };
    if leases
        .iter()
        .any(|path| fs::read_dir(asked.at(path)).is_ok_and(|mut found| found.any(|f| f.is_ok_and(of_it))))
    {
        return Some("dhcp");
    }
    // systemd-networkd has set it up from a file, and no lease is there.
    let link = fs::read_to_string(asked.at(&format!("/run/systemd/netif/links/{index}"))).unwrap_or_default();
    link.lines().any(|line| line.starts_with("NETWORK_FILE=")).then_some("static")
}

/// The method that `/etc/network/interfaces` and the files beside it name.
fn in_interfaces(asked: &Asked, name: &str) -> Option<&'static str> {
    let mut paths = vec![asked.at("/etc/network/interfaces")];
    paths.extend(
        fs::read_dir(asked.at("/etc/network/interfaces.d")).into_iter().flatten().flatten().map(|f| f.path()),
    );
    paths.iter().find_map(|path| method(&fs::read_to_string(path).unwrap_or_default(), name))
}

fn method(text: &str, name: &str) -> Option<&'static str> {
    text.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["iface", interface, "inet", "dhcp"] if *interface == name => Some("dhcp"),
        ["iface", interface, "inet", "static"] if *interface == name => Some("static"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::snapshot::testing;

    #[test]
    fn the_counters_of_each_interface() {
        let text = "Inter-|   Receive\n face |bytes\n  eth0: 10 20 3 0 0 0 0 0 40 50 6 0 0 0 0 0\n    lo:1 2 0 0 0 0 0 0 1 2 0 0 0 0 0 0\n bad: 1 x\n";
        let found = counters(text);
        assert_eq!(found["eth0"], Counters { received: 20, receive_errors: 3, sent: 50, send_errors: 6 });
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn prefixes() {
        assert_eq!(with_prefix([192, 168, 1, 10].into(), Some([255, 255, 255, 0].into())), "192.168.1.10/24");
        assert_eq!(with_prefix([10, 0, 0, 1].into(), None), "10.0.0.1");
    }

    #[test]
    fn where_an_address_comes_from() {
        let root = tempfile::tempdir().unwrap();
        let asked = testing(root.path());
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(assigned(&asked, "eth0"), None);
        write("sys/class/net/eth0/ifindex", "2\n");
        write(
            "run/systemd/netif/links/2",
            "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/lan.network\n",
        );
        assert_eq!(assigned(&asked, "eth0"), Some("static"));
        write("run/systemd/netif/leases/2", "ADDRESS=192.168.1.10\n");
        assert_eq!(assigned(&asked, "eth0"), Some("dhcp"));
        write("var/lib/dhcp/dhclient.enp3s0.leases", "");
        assert_eq!((assigned(&asked, "enp3s0"), assigned(&asked, "enp3")), (Some("dhcp"), None));
        write(
            "etc/network/interfaces.d/lan",
            "auto eth0\niface eth0 inet static\n address 192.168.1.10/24\n",
        );
        assert_eq!(
            assigned(&asked, "eth0"),
            Some("static"),
            "what is written wins over what was left behind"
        );
    }
}
