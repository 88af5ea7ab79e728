//! The network as this machine has it: who listens, addresses, routes, firewalls, name resolution.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::files::{write, write_json};
use super::page::Page;
use super::{Collector, Planned, Scope, Sink};
use crate::facts::Fact;

pub(super) const COLLECTOR: Collector = Collector {
    name: "network",
    about: "listeners with owners, addresses, routes, firewall rules, DNS",
    plan,
    run,
};

/// Each page: its path, where it comes from, and how it is made.
type Made = (&'static str, &'static str, fn(&Scope) -> Page);

const PAGES: &[Made] = &[
    ("network/listeners.txt", "the facts", listeners),
    ("network/addresses.txt", "the facts", addresses),
    ("network/routes.txt", "/proc/net", routes),
    ("network/dns.txt", "/etc/resolv.conf, /etc/hosts, /etc/nsswitch.conf", dns),
];
const FIREWALL: &str = "network/firewall.json";

fn plan(_: &Scope) -> Vec<Planned> {
    let mut all: Vec<Planned> = PAGES.iter().map(|(path, source, _)| Planned::new(*path, *source)).collect();
    all.push(Planned::new(FIREWALL, "the facts"));
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    for (path, _, make) in PAGES {
        write(sink, path, make(scope).text())?;
    }
    let network = &scope.facts.network;
    let known = json!({
        "firewalls": network.firewalls,
        "chains": network.chains,
        "forwards": network.forwards,
        "tracked": network.tracked,
    });
    write_json(sink, FIREWALL, &known)
}

fn listeners(scope: &Scope) -> Page {
    let listeners = &scope.facts.listeners;
    let mut page = Page::default();
    match &listeners.sockets {
        Fact::Known(sockets) => {
            let rows: Vec<[String; 8]> = sockets
                .iter()
                .map(|socket| {
                    let owner = socket.owner.clone().unwrap_or_default();
                    let pid = if owner.pid == 0 { String::new() } else { owner.pid.to_string() };
                    [
                        socket.protocol.clone(),
                        socket.address.clone(),
                        socket.port.to_string(),
                        socket.uid.to_string(),
                        pid,
                        owner.command,
                        owner.unit.unwrap_or_default(),
                        owner.container.or(owner.forwards).unwrap_or_default(),
                    ]
                })
                .collect();
            let heading = ["protocol", "address", "port", "uid", "pid", "command", "unit", "container"];
            page.part("listeners").table(heading, &rows);
        }
        Fact::Unknown(why) => {
            page.part("listeners").line(&format!("(unknown: {why})"));
        }
    }
    page.fact("the server's port", &listeners.listen)
        .fact("ports of outgoing connections", &listeners.ephemeral);
    page.fact("reserved ports", &listeners.reserved)
        .fact("first port of ordinary users", &listeners.unprivileged);
    page
}

fn addresses(scope: &Scope) -> Page {
    let network = &scope.facts.network;
    let mut page = Page::default();
    page.fact("interfaces", &network.interfaces).fact("proxies", &network.proxies);
    page
}

fn routes(scope: &Scope) -> Page {
    let mut page = Page::default();
    page.fact("default routes", &scope.facts.network.routes);
    page.file("/proc/net/route").file("/proc/net/ipv6_route").file("/proc/net/arp");
    page
}

fn dns(scope: &Scope) -> Page {
    let network = &scope.facts.network;
    let mut page = Page::default();
    page.fact("name servers", &network.servers).fact("this machine's name", &network.own);
    // A link on many systems, to a file in a directory of the system's own.
    page.file(linked("/etc/resolv.conf")).file("/etc/hosts").file("/etc/nsswitch.conf").file("/etc/hostname");
    page
}

fn linked(path: &str) -> PathBuf {
    std::fs::canonicalize(path)
        .ok()
        .filter(|to| to.starts_with("/run") || to.starts_with("/etc"))
        .unwrap_or_else(|| Path::new(path).into())
}
