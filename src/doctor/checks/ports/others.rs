//! The ports of what belongs with the server: the language model server, and the containers of the stack.

use reqwest::Url;

use crate::doctor::check::{Judged, fail, known, not_here, pass, warn, worst};
use crate::facts::snapshot::Facts;

use super::whose::{Holder, container_of, containers, holder, holders, published};

/// Ollama's own port.
const OLLAMA: u16 = 11434;
/// What the stack publishes beside the server and Ollama.
const STACK: [(u16, &str); 4] =
    [(3000, "Grafana"), (5432, "PostgreSQL"), (9090, "Prometheus"), (9093, "Alertmanager")];
const PROJECT: &str = "com.docker.compose.project";

/// The model server's port is the model server's.
pub fn ollama(facts: &Facts) -> Judged {
    let endpoint = facts.subject.endpoint.as_str();
    let (host, port) = match endpoint {
        "off" => return Ok(not_here("no language model is asked")),
        "auto" => ("127.0.0.1".to_string(), OLLAMA),
        url => match Url::parse(url)
            .ok()
            .and_then(|url| Some((url.host_str()?.to_string(), url.port_or_known_default()?)))
        {
            Some(known) => known,
            None => return Ok(not_here(format!("`{url}` names no port"))),
        },
    };
    let local = match host.trim_matches(['[', ']']) {
        "localhost" => Some([127, 0, 0, 1].into()),
        host => host.parse::<std::net::IpAddr>().ok().filter(std::net::IpAddr::is_loopback),
    };
    let Some(ip) = local else { return Ok(not_here(format!("the language model runs on `{host}`"))) };
    let holders = holders(facts, (ip, port).into())?;
    let Some(first) = holders.first() else {
        return Ok(match endpoint {
            "auto" => not_here(format!("nobody listens at {ip}:{port}, and nobody has to")),
            url => fail(format!("nobody listens at {ip}:{port}, where `{url}` is to write the answers"))
                .hint("start it: `sudo systemctl start ollama`, or `docker start ollama` where it is a container"),
        });
    };
    // Any program may serve models at any other port.
    let strange = |holder: &&Holder| {
        let who = holder.who.to_lowercase();
        port == OLLAMA
            && holder.seen
            && !["ollama", "llama", "vllm", "docker-proxy"].iter().any(|name| who.contains(name))
    };
    if let Some(stranger) = holders.iter().find(strange) {
        let told = format!("{ip}:{port} is Ollama's port, and {} has it", stranger.who);
        let hint = "stop what has the port, or set `endpoint` under `[answer]` in `tars.toml` to where Ollama listens";
        let judgement = if endpoint == "auto" { warn(told) } else { fail(told) };
        return Ok(judgement.evidences(holders.iter().map(Holder::line)).hint(hint));
    }
    Ok(pass(format!("{} is {}", first.at, first.who)))
}

/// The ports of the stack are free or the stack's.
pub fn stack(facts: &Facts) -> Judged {
    let Some(containers) = containers(facts)? else {
        return Ok(not_here("no container engine answers"));
    };
    let is_ours = |project: Option<&String>| project.is_some_and(|project| project == "tars");
    if !containers.iter().any(|container| is_ours(container.labels.get(PROJECT))) {
        return Ok(pass("no stack is set up, so none of its ports is needed"));
    }
    let sockets = known(&facts.listeners.sockets)?;
    let one = |(port, name): &(u16, &str)| {
        let ours = published(facts).any(|(c, p)| p.port == *port && is_ours(c.labels.get(PROJECT)));
        let stranger = sockets
            .iter()
            .filter(|socket| socket.protocol == "tcp" && socket.port == *port)
            .find(|socket| !container_of(facts, socket).is_some_and(|c| is_ours(c.labels.get(PROJECT))));
        match stranger {
            Some(socket) if !ours => {
                let holder = holder(facts, socket);
                warn(format!("{name} needs port {port}, and {} has it", holder.who))
                    .evidence(holder.line())
                    .hint(format!("stop what has port {port}, or publish {name} on another one"))
            }
            _ => pass(format!("port {port} is free or {name}'s")),
        }
    };
    Ok(worst(
        STACK.iter().map(one),
        "the ports of the stack are free or its own",
        not_here("no port is needed"),
    ))
}
