//! The services that a service needs without saying so: those it is linked to, whose namespaces it shares, or whose
//! volumes it mounts.

use crate::stack::compose::{Kind, Map, Node};

/// Adds to `depends_on` what follows from other keys; what is written there stays.
pub(super) fn imply(service: &mut Map) {
    let mut needed: Vec<(String, bool)> = Vec::new();
    for link in texts(service, "links") {
        let mut parts = link.split(':');
        let name = match (parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(_), None) => name,
            _ => link,
        };
        needed.push((name.into(), true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(name) =
            service.get(key).and_then(Node::as_str).and_then(|text| text.strip_prefix("service:"))
        {
            needed.push((name.into(), true));
        }
    }
    for source in texts(service, "volumes_from") {
        if !source.starts_with("container:") {
            let name = source.split(':').next().unwrap_or_default();
            needed.push((name.into(), false));
        }
    }
    if needed.is_empty() {
        return;
    }
    if service.get("depends_on").is_none_or(Node::is_null) {
        service.set("depends_on", Node::made(Kind::Map(Map::default())));
    }
    let Some(written) = service.get_mut("depends_on").and_then(Node::as_map_mut) else { return };
    for (name, restart) in needed {
        if !written.has(&name) {
            written.set(name, dependency(restart));
        }
    }
}

fn texts<'a>(service: &'a Map, key: &str) -> impl Iterator<Item = &'a str> {
    service.get(key).and_then(Node::as_list).into_iter().flatten().filter_map(Node::as_str)
}

fn dependency(restart: bool) -> Node {
    let mut map = Map::default();
    map.set("condition", Node::text("service_started"));
    map.set("restart", Node::made(Kind::Bool(restart)));
    map.set("required", Node::made(Kind::Bool(true)));
    Node::made(Kind::Map(map))
}
