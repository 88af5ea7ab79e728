//! Ports: `[[address:]published:]target[/protocol]`, where both may be ranges, written as one mapping for each port.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::{long, values, wrong};
use crate::stack::compose::{Kind, Map, Node, Problem, Result};

/// Ports of a service.
pub(super) fn ports(node: Node) -> Result<Node> {
    let Kind::List(list) = node.kind else { return Ok(node) };
    let mut ports = Vec::new();
    for item in list {
        match &item.kind {
            Kind::Int(_) | Kind::Str(_) => {
                let text = values::text_of(&item.kind).unwrap_or_default();
                let found = short(&text).map_err(|(message, hint)| {
                    Problem::new(&item.place, format!("the port `{text}`: {message}")).hint(hint)
                })?;
                if found.iter().any(|port| port.target == 0) {
                    return Err(no_target(&item));
                }
                ports.extend(found.iter().map(|port| port.node(&item)));
            }
            Kind::Map(map) if !map.has("target") => return Err(no_target(&item)),
            Kind::Map(_) => ports.push(defaults(item)),
            _ => return Err(wrong(&item, "ports", "a port, a string or a mapping")),
        }
    }
    Ok(Node { kind: Kind::List(ports), ..node })
}

fn no_target(item: &Node) -> Problem {
    Problem::new(&item.place, "a port has no `target`")
        .hint("say which port of the container it is, from 1 to 65535")
}

fn defaults(mut item: Node) -> Node {
    let place = item.clone();
    if let Some(map) = item.as_map_mut() {
        long::default(map, "protocol", &place, Kind::Str("tcp".into()));
        long::default(map, "mode", &place, Kind::Str("ingress".into()));
    }
    item
}

/// What a port is told apart by. A published port that was written as a number is another one than the same as a text,
/// and one that is empty another one than none, as in Compose.
pub(super) fn name(map: &Map) -> String {
    let text = |key: &str| map.get(key).and_then(|node| values::text_of(&node.kind));
    let published = match map.get("published").map(|node| &node.kind) {
        None => "-".to_owned(),
        Some(kind @ Kind::Int(_)) => format!("#{}", values::text_of(kind).unwrap_or_default()),
        Some(kind) => values::text_of(kind).unwrap_or_default(),
    };
    format!(
        "{}:{published}:{}/{}",
        text("host_ip").unwrap_or_else(|| "0.0.0.0".into()),
        text("target").unwrap_or_default(),
        text("protocol").unwrap_or_else(|| "tcp".into())
    )
}

/// One port.
struct Port {
    address: String,
    published: String,
    target: u16,
    protocol: String,
}

impl Port {
    fn node(&self, item: &Node) -> Node {
        let mut map = Map::default();
        long::default(&mut map, "mode", item, Kind::Str("ingress".into()));
        if !self.address.is_empty() {
            long::default(&mut map, "host_ip", item, Kind::Str(self.address.clone()));
        }
        long::default(&mut map, "target", item, Kind::Int(self.target.into()));
        if !self.published.is_empty() {
            long::default(&mut map, "published", item, Kind::Str(self.published.clone()));
        }
        long::default(&mut map, "protocol", item, Kind::Str(self.protocol.clone()));
        Node::new(Kind::Map(map), item.place.clone())
    }
}

const SYNTAX: &str =
    "write `[[address:]published:]target[/protocol]`: `80`, `8080:80`, `127.0.0.1:8080:80/udp`";

/// What is wrong with a short form, and what helps.
type Wrong = (String, &'static str);

/// The ports of a short form, in the order in which Compose prints them: by the target as a text.
fn short(text: &str) -> std::result::Result<Vec<Port>, Wrong> {
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".into() } else { protocol.to_ascii_lowercase() };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err((format!("`{protocol}` is no protocol"), "write `tcp`, `udp` or `sctp`"));
    }
    let (rest, target) = ports.rsplit_once(':').unwrap_or(("", ports));
    let (address, published) = rest.rsplit_once(':').unwrap_or(("", rest));
    let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err((format!("`{address}` is no IP address"), SYNTAX));
    }
    if target.is_empty() {
        return Err(("it names no port of the container".into(), SYNTAX));
    }
    let not_a_port = |part: &str| (format!("`{part}` is no port and no range of ports"), SYNTAX);
    let targets = range(target).ok_or_else(|| not_a_port(target))?;
    let hosts = match published {
        "" => None,
        _ => Some(range(published).ok_or_else(|| not_a_port(published))?),
    };
    if let Some(hosts) = &hosts
        && targets.len() > 1
        && hosts.len() != targets.len()
    {
        let message = format!("`{published}` and `{target}` are not equally long");
        return Err((message, "give both ranges the same number of ports"));
    }
    let published = |offset: u16| match &hosts {
        None => String::new(),
        Some(hosts) if targets.len() == 1 && hosts.len() > 1 => format!("{}-{}", hosts.start(), hosts.end()),
        Some(hosts) => (hosts.start() + offset).to_string(),
    };
    let mut found: Vec<Port> = targets
        .clone()
        .zip(0..)
        .map(|(target, offset)| Port {
            address: address.into(),
            published: published(offset),
            target,
            protocol: protocol.clone(),
        })
        .collect();
    found.sort_by_cached_key(|port| format!("{}/", port.target));
    Ok(found)
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}
