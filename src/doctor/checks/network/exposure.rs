//! Who may reach what: the firewall, the ports of containers that pass by it, and what listens for everybody
//! although the server itself does not.

use std::net::IpAddr;

use crate::doctor::check::{Judged, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::listeners::Listener;
use crate::facts::network::Firewall;
use crate::facts::snapshot::Facts;

use super::super::ports::whose::{container_of, containers, holder, is_shared, published, shown, wanted};
use super::reach::own_network;

/// What serves models without asking who asks.
const MODEL_SERVERS: [&str; 5] = ["ollama", "llama-server", "llama.cpp", "vllm", "localai"];

fn active(facts: &Facts) -> Result<Vec<&Firewall>, crate::doctor::check::Judgement> {
    Ok(known(&facts.network.firewalls)?.iter().filter(|firewall| firewall.active).collect())
}

/// A shared server is behind a firewall that lets it through.
pub fn firewall(facts: &Facts) -> Judged {
    let active = active(facts)?;
    let port = wanted(facts)?.port();
    let names: Vec<&str> = active.iter().map(|firewall| firewall.name.as_str()).collect();
    if !is_shared(facts) {
        return Ok(pass(match names.as_slice() {
            [] => "no firewall is set up, and the server is for this machine only".into(),
            names => format!("{} is active", names.join(", ")),
        }));
    }
    if let Some(firewall) = active.iter().find(|firewall| firewall.blocks) {
        let openings = known(&firewall.openings)?;
        let name = &firewall.name;
        if let Some(opening) = openings.iter().find(|opening| opening.covers(port)) {
            return Ok(pass(format!("{name} lets port {port} in from {}", opening.from)));
        }
        let how = match name.as_str() {
            "ufw" => {
                let network = own_network(facts).unwrap_or_else(|| "NETWORK".into());
                format!("`sudo ufw allow from {network} to any port {port} proto tcp`")
            }
            _ => format!(
                "`sudo firewall-cmd --permanent --add-port={port}/tcp`, then `sudo firewall-cmd --reload`"
            ),
        };
        return Ok(fail(format!("{name} keeps port {port} out: nobody but this machine reaches the server"))
            .evidence(format!("{} openings, none for port {port}", openings.len()))
            .hint(how));
    }
    let chains = known(&facts.network.chains)?;
    match chains.iter().find(|chain| chain.input && chain.drops) {
        Some(chain) => Err(unknown(format!(
            "nftables drops what no rule of `{} {} {}` names, and its rules are not read",
            chain.family, chain.table, chain.name
        ))
        .hint(format!("ask from another machine: `curl http://ADDRESS:{port}/health`"))),
        None => Ok(warn(format!("no firewall is active: everybody in the network reaches port {port} and every other one"))
            .hint(format!("`sudo apt install ufw`, `sudo ufw allow {port}/tcp`, `sudo ufw allow OpenSSH`, then `sudo ufw enable`"))),
    }
}

/// Ports of containers that are published for everybody: where, and whose.
fn wide(facts: &Facts) -> Vec<(u16, String)> {
    let everywhere = |address: &str| address.parse().is_ok_and(|address: IpAddr| address.is_unspecified());
    let mut found: Vec<(u16, String)> = published(facts)
        .filter(|(_, port)| everywhere(&port.address))
        .map(|(container, port)| (port.port, format!("container `{}`", container.name)))
        .collect();
    // The engine may not be permitted to be asked: its proxies are seen all the same.
    let proxies = facts.listeners.sockets.known().into_iter().flatten().filter(|socket| {
        everywhere(&socket.address) && socket.owner.as_ref().is_some_and(|owner| owner.forwards.is_some())
    });
    for socket in proxies.filter(|socket| container_of(facts, socket).is_none()) {
        let to = socket.owner.as_ref().and_then(|owner| owner.forwards.clone()).unwrap_or_default();
        found.push((socket.port, format!("the container at {to}")));
    }
    found.sort();
    found.dedup();
    found
}

/// Published ports do not pass by the firewall.
pub fn docker(facts: &Facts) -> Judged {
    let no_proxy = facts.listeners.sockets.known().is_some_and(|sockets| {
        !sockets.iter().any(|socket| socket.owner.as_ref().is_some_and(|owner| owner.forwards.is_some()))
    });
    if no_proxy && containers(facts)?.is_none() {
        return Ok(not_here("no container publishes a port that can be seen"));
    }
    let active = active(facts)?;
    let Some(firewall) = active.iter().find(|firewall| firewall.blocks) else {
        return Ok(pass("no firewall is active that a published port could pass by"));
    };
    let opened = |port: u16| {
        firewall.openings.known().is_some_and(|all| all.iter().any(|opening| opening.covers(port)))
    };
    let wide: Vec<_> = wide(facts).into_iter().filter(|(port, _)| !opened(*port)).collect();
    if wide.is_empty() {
        return Ok(pass(format!(
            "no container publishes a port for everybody that {} keeps out",
            firewall.name
        )));
    }
    let lines: Vec<String> = wide.iter().map(|(port, whose)| format!("port {port} of {whose}")).collect();
    // The engine itself puts at most two there: its own rule, and the one that leads to it.
    let own_rules =
        facts.network.chains.known().into_iter().flatten().find(|c| c.name == "DOCKER-USER" && c.rules > 2);
    if own_rules.is_some() {
        return Err(unknown(format!(
            "{}: the chain DOCKER-USER has rules, which are not read",
            lines.join(", ")
        ))
        .hint("`sudo iptables -S DOCKER-USER` shows whether they keep strangers out"));
    }
    let (port, whose) = &wide[0];
    Ok(warn(format!("port {port} of {whose} passes by {}: everybody in the network reaches it", firewall.name))
        .evidences(lines)
        .hint(format!("publish it for this machine only: `127.0.0.1:{port}:…` in place of `{port}:…`, then make the container again")))
}

/// Nothing that belongs to the server listens for everybody while the server does not.
pub fn exposed(facts: &Facts) -> Judged {
    let sockets = known(&facts.listeners.sockets)?;
    let far = |socket: &&Listener| {
        let local = socket.address.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback());
        socket.protocol == "tcp" && !local
    };
    let models = sockets.iter().filter(far).filter(|socket| serves_models(facts, socket)).map(|socket| {
        let holder = holder(facts, socket);
        fail(format!("{} listens at {} and asks nobody for a password", holder.who, holder.at))
            .evidence(holder.line())
            .hint(how_to_narrow(facts, socket))
    });
    let stack = published(facts).filter(|(container, port)| {
        let ours =
            container.labels.get("com.docker.compose.project").is_some_and(|project| project == "tars");
        let wide = port.address.parse().is_ok_and(|address: IpAddr| !address.is_loopback());
        let is_server = wanted(facts).is_ok_and(|wanted| wanted.port() == port.port);
        ours && wide && !is_server && !serves_models_in(&container.image)
    });
    let stack = stack.map(|(container, port)| {
        warn(format!("container `{}` is published at {}", container.name, shown(&port.address, port.port)))
            .hint(format!("publish it at `127.0.0.1:{}`, and reach it through `ssh -L`", port.port))
    });
    Ok(worst(models.chain(stack), "", pass("nothing beside the server is reachable from elsewhere")))
}

fn serves_models_in(text: &str) -> bool {
    let text = text.to_lowercase();
    MODEL_SERVERS.iter().any(|name| text.contains(name))
}

fn serves_models(facts: &Facts, socket: &Listener) -> bool {
    let by_owner = socket.owner.as_ref().is_some_and(|owner| serves_models_in(&owner.command));
    by_owner
        || container_of(facts, socket).is_some_and(|c| serves_models_in(&c.image))
        || socket.port == 11434
}

fn how_to_narrow(facts: &Facts, socket: &Listener) -> String {
    let owner = socket.owner.as_ref();
    if let Some(container) = container_of(facts, socket) {
        return format!(
            "publish the port of `{}` as `127.0.0.1:{p}:{p}`, then make the container again",
            container.name,
            p = socket.port
        );
    }
    if owner.is_some_and(|owner| owner.forwards.is_some()) {
        return format!("publish it as `127.0.0.1:{p}:{p}`, then make the container again", p = socket.port);
    }
    match owner.and_then(|owner| owner.unit.as_deref()).filter(|unit| unit.ends_with(".service")) {
        Some(unit) => format!(
            "`sudo systemctl edit {unit}`: under `[Service]`, `Environment=OLLAMA_HOST=127.0.0.1:{}`, then `sudo systemctl restart {unit}`",
            socket.port
        ),
        None => format!(
            "start it with `OLLAMA_HOST=127.0.0.1:{}`, so that only this machine reaches it",
            socket.port
        ),
    }
}
