//! How this machine and others reach each other: its addresses and where they come from, the default route,
//! proxies, forwarding for containers, and packets that are lost.

use std::net::IpAddr;

use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::network::{Interface, Proxy};
use crate::facts::snapshot::Facts;

use super::super::ports::whose::{is_shared, wanted};

/// What engines and virtual machines make for themselves.
const INNER: [&str; 9] = ["docker", "br-", "veth", "virbr", "cni", "flannel", "lxc", "lxd", "podman"];

/// The interfaces to other machines that have an address there.
pub fn lan(facts: &Facts) -> Result<Vec<(&Interface, Vec<IpAddr>)>, Judgement> {
    let outer = |interface: &&Interface| {
        interface.up && !interface.loopback && !INNER.iter().any(|prefix| interface.name.starts_with(prefix))
    };
    let interfaces = known(&facts.network.interfaces)?.iter().filter(outer);
    Ok(interfaces.map(|interface| (interface, ips(interface))).filter(|(_, ips)| !ips.is_empty()).collect())
}

fn ips(interface: &Interface) -> Vec<IpAddr> {
    let ip = |address: &String| address.split(['/', '%']).next()?.parse::<IpAddr>().ok();
    let only_here = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    interface.addresses.iter().filter_map(ip).filter(|ip| !only_here(ip)).collect()
}

/// Every address of this machine in a network.
pub fn addresses(facts: &Facts) -> Vec<IpAddr> {
    let interfaces = facts.network.interfaces.known().into_iter().flatten();
    interfaces.filter(|interface| !interface.loopback).flat_map(ips).collect()
}

/// The IPv4 network that others are in, as a firewall takes it: `192.168.1.0/24`.
pub fn own_network(facts: &Facts) -> Option<String> {
    let interfaces = facts.network.interfaces.known()?;
    let inner = |name: &str| INNER.iter().any(|prefix| name.starts_with(prefix));
    let outer = interfaces.iter().filter(|interface| !interface.loopback && !inner(&interface.name));
    outer.flat_map(|interface| &interface.addresses).find_map(|address| {
        let (ip, prefix) = address.split_once('/')?;
        let (ip, prefix) =
            (ip.parse::<std::net::Ipv4Addr>().ok()?, prefix.parse::<u32>().ok().filter(|p| *p <= 32)?);
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        Some(format!("{}/{prefix}", std::net::Ipv4Addr::from_bits(ip.to_bits() & mask)))
    })
}

/// Others find the server where it was yesterday.
pub fn address(facts: &Facts) -> Judged {
    let lan = lan(facts)?;
    let shown: Vec<String> = lan
        .iter()
        .map(|(interface, ips)| {
            let ips: Vec<String> = ips.iter().map(IpAddr::to_string).collect();
            let how = interface.assigned.as_ref().map_or(String::new(), |how| format!(" ({how})"));
            format!("{} on `{}`{how}", ips.join(", "), interface.name)
        })
        .collect();
    if !is_shared(facts) {
        return Ok(pass(if shown.is_empty() {
            "no address in a network, and none is needed".into()
        } else {
            shown.join("; ")
        }));
    }
    let listen = wanted(facts)?.ip();
    if !listen.is_unspecified() && !addresses(facts).contains(&listen) {
        return Ok(fail(format!("the server is to listen at {listen}, which this machine does not have"))
            .evidences(shown)
            .hint(format!(
                "set `listen` under `[server]` in `{}/tars.toml` to an address of this machine",
                facts.subject.config
            )));
    }
    if lan.is_empty() {
        return Ok(fail("the server is shared, and this machine has no address in a network")
            .hint("`ip addr` shows the interfaces; plug in the cable or set up the network"));
    }
    let relevant = lan.iter().filter(|(_, ips)| listen.is_unspecified() || ips.contains(&listen));
    let one = |(interface, ips): &(&Interface, Vec<IpAddr>)| {
        let Some(ip) = ips.iter().find(|ip| ip.is_ipv4()).or(ips.first()) else {
            return not_here("no address");
        };
        match interface.assigned.as_deref() {
            Some("dhcp") => warn(format!("{ip} on `{}` comes from DHCP: it may be another one tomorrow", interface.name))
                .hint("reserve this address for this machine in your router, then waive this finding, or set a static one"),
            Some(how) => pass(format!("{ip} on `{}` is {how}", interface.name)),
            None => unknown(format!("no file tells whether {ip} on `{}` stays", interface.name))
                .hint("reserve the address for this machine in your router, or set a static one"),
        }
    };
    Ok(worst(relevant.map(one), "every address stays", not_here("no address in a network")))
}

/// There is a way out of the own network.
pub fn route(facts: &Facts) -> Judged {
    let routes = known(&facts.network.routes)?;
    if let Some(first) = routes.first() {
        let via = first.gateway.as_ref().map_or(String::new(), |gateway| format!(" by {gateway}"));
        return Ok(pass(format!("everything else is reached on `{}`{via}", first.interface)));
    }
    if lan(facts)?.is_empty() && !is_shared(facts) {
        return Ok(not_here("this machine is in no network, and needs none"));
    }
    Ok(warn("there is no default route: only this machine's own networks are reached")
        .hint("where that is meant to be so, waive it; otherwise set the gateway of your router"))
}

/// A proxy is not asked for what is on this machine.
pub fn proxy(facts: &Facts) -> Judged {
    let all = known(&facts.network.proxies)?;
    let names = |proxy: &Proxy| proxy.name.eq_ignore_ascii_case("no_proxy");
    let covers = |place: &str| {
        let lists = all.iter().filter(|proxy| proxy.place == place && names(proxy));
        let mut items = lists.flat_map(|proxy| proxy.value.split(',')).map(str::trim);
        items.any(|item| ["localhost", "127.0.0.1", "127.0.0.0/8", "*"].contains(&item))
    };
    let trouble = all.iter().filter(|proxy| !names(proxy) && !covers(&proxy.place)).map(|proxy| {
        let place = if proxy.place.starts_with('/') { format!("`{}`", proxy.place) } else { format!("the {}", proxy.place) };
        warn(format!("{place} sets `{}` and no `NO_PROXY` for this machine itself", proxy.name))
            .evidence(format!("{}: {}={}", proxy.place, proxy.name, proxy.value))
            .hint("add `NO_PROXY=localhost,127.0.0.1,::1` there: `ollama`, `curl` and containers ask the proxy for local addresses otherwise")
    });
    let fine = if all.is_empty() { "no proxy is set" } else { "no proxy is asked for this machine itself" };
    Ok(worst(trouble, "", pass(fine)))
}

/// Packets of containers are forwarded.
pub fn forward(facts: &Facts) -> Judged {
    let bridge = known(&facts.network.interfaces)?.iter().any(|interface| interface.name == "docker0");
    let containers = facts.docker.containers.known().is_some_and(|containers| !containers.is_empty());
    if !bridge && !containers {
        return Ok(not_here("no container engine has a network here"));
    }
    if *known(&facts.network.forwards)? {
        return Ok(pass("packets of containers are forwarded"));
    }
    Ok(fail("packets of containers are not forwarded: a container reaches nothing outside this machine")
        .evidence("net.ipv4.ip_forward is 0")
        .hint("`sudo sysctl -w net.ipv4.ip_forward=1`; `grep -r ip_forward /etc/sysctl.conf /etc/sysctl.d` finds what switches it off")
        .fixable())
}

/// Packets arrive whole.
pub fn errors(facts: &Facts) -> Judged {
    let lan = lan(facts)?;
    let one = |(interface, _): &(&Interface, Vec<IpAddr>)| {
        let counters = interface.counters;
        let (bad, all) = (
            counters.receive_errors.saturating_add(counters.send_errors),
            counters.received.saturating_add(counters.sent),
        );
        let name = &interface.name;
        if bad < 100 || bad < all / 1000 {
            return pass(format!("`{name}`: {bad} broken packets of {all}"));
        }
        warn(format!("`{name}`: {bad} packets of {all} were broken"))
            .evidence(format!(
                "received broken: {}, not sent: {}",
                counters.receive_errors, counters.send_errors
            ))
            .hint(
                "try another cable and another port of the switch; a NAS over such a line is slow and hangs",
            )
    };
    Ok(worst(
        lan.iter().map(one),
        "packets arrive whole on every interface",
        not_here("this machine is in no network"),
    ))
}

/// There is room for more connections.
pub fn tracked(facts: &Facts) -> Judged {
    let Some(tracked) = known(&facts.network.tracked)? else {
        return Ok(not_here("the kernel tracks no connections"));
    };
    let share = tracked.now.saturating_mul(100) / tracked.most.max(1);
    let told = format!("{} of {} tracked connections", tracked.now, tracked.most);
    let hint = "put a larger `net.netfilter.nf_conntrack_max` into `/etc/sysctl.d/60-tars.conf`, then `sudo sysctl --system`";
    Ok(match share {
        95.. => fail(format!("{told}: new ones are dropped")).hint(hint),
        80.. => warn(format!("{told}: little room is left")).hint(hint),
        _ => pass(told),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    #[test]
    fn the_network_of_the_house() {
        let interface = |name: &str, address: &str| Interface {
            name: name.into(),
            up: true,
            addresses: vec![address.into()],
            ..Interface::default()
        };
        let mut facts = Facts::default();
        assert_eq!(own_network(&facts), None);
        let all = [
            ("docker0", "172.17.0.1/16", None),
            ("eth0", "192.168.1.10/24", Some("192.168.1.0/24")),
            ("eth0", "10.1.2.3/0", Some("0.0.0.0/0")),
            ("eth0", "10.1.2.3/99", None),
            ("eth0", "fd00::1/64", None),
        ];
        for (name, address, expected) in all {
            facts.network.interfaces = Fact::Known(vec![interface(name, address)]);
            assert_eq!(own_network(&facts).as_deref(), expected, "{address}");
        }
    }
}
