//! The default routes, from `/proc/net/route` and `/proc/net/ipv6_route`. Other routes are left out.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// `RTF_UP`, and `RTF_REJECT` of `<linux/route.h>`.
const UP: u32 = 0x1;
const REJECT: u32 = 0x200;

/// A default route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// The interface.
    pub interface: String,
    /// The gateway; absent where everything is reached directly.
    pub gateway: Option<String>,
}

/// The default routes of both families.
pub(super) fn defaults(asked: &Asked) -> Fact<Vec<Route>> {
    let read = |path: &str| std::fs::read_to_string(asked.at(path));
    let mut routes = match read("/proc/net/route") {
        Ok(text) => text.lines().skip(1).filter_map(v4).collect::<Vec<_>>(),
        Err(error) => return Fact::Unknown(format!("cannot read `/proc/net/route`: {error}")),
    };
    // Absent where IPv6 is switched off.
    routes.extend(read("/proc/net/ipv6_route").unwrap_or_default().lines().filter_map(v6));
    Fact::Known(routes)
}

/// `eth0 00000000 0101A8C0 0003 0 0 100 00000000 …`: interface, destination, gateway, flags, …, mask.
fn v4(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let hex = |at: usize| u32::from_str_radix(words.get(at)?, 16).ok();
    let (destination, gateway, flags, mask) = (hex(1)?, hex(2)?, hex(3)?, hex(7)?);
    let is_default = destination == 0 && mask == 0 && flags & UP != 0 && flags & REJECT == 0;
    is_default.then(|| Route {
        interface: words[0].to_string(),
        gateway: (gateway != 0).then(|| Ipv4Addr::from(gateway.to_ne_bytes()).to_string()),
    })
}

/// Destination, its prefix, source, its prefix, next hop, metric, counters, flags, interface.
fn v6(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [destination, prefix, _, _, hop, _, _, _, flags, interface] = words.as_slice() else { return None };
    let flags = u32::from_str_radix(flags, 16).ok()?;
    let (destination, hop) =
        (u128::from_str_radix(destination, 16).ok()?, u128::from_str_radix(hop, 16).ok()?);
    // The kernel keeps a refusing default route at the loopback.
    let is_default =
        destination == 0 && *prefix == "00" && flags & UP != 0 && flags & REJECT == 0 && *interface != "lo";
    is_default.then(|| Route {
        interface: (*interface).to_string(),
        gateway: (hop != 0).then(|| Ipv6Addr::from(hop).to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_default_routes_count() {
        let route = |interface: &str, gateway: Option<&str>| {
            Some(Route { interface: interface.into(), gateway: gateway.map(String::from) })
        };
        let cases = [
            (
                "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
                route("eth0", Some("192.168.1.1")),
            ),
            ("wg0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0", route("wg0", None)),
            ("eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0", None),
            ("eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0", None),
            ("*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0", None),
            ("eth0", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(v4(line), expected, "{line}");
        }
        let none = "0".repeat(32);
        let hop = format!("fe80{}1", "0".repeat(27));
        let line = |prefix: &str, hop: &str, flags: &str, interface: &str| {
            format!("{none} {prefix} {none} 00 {hop} 00000400 00000001 00000000 {flags} {interface}")
        };
        assert_eq!(v6(&line("00", &hop, "00000003", "eth0")), route("eth0", Some("fe80::1")));
        assert_eq!(v6(&line("00", &none, "00200200", "lo")), None);
        assert_eq!(v6(&line("40", &none, "00000001", "eth0")), None);
        assert_eq!(v6("x y"), None);
    }
}
