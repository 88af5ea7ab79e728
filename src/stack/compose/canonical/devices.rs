//! Devices: those that are mapped into a container (`/dev/a:/dev/b:rw`), and those that are asked of a driver (`gpus`).

use super::{long, wrong};
use crate::stack::compose::{Kind, Map, Node, Problem, Result};

/// Devices of the host and where the container finds them.
pub(super) fn mappings(node: Node) -> Result<Node> {
    long::each(node, |item| match item.kind {
        Kind::Str(ref text) => mapping(text, &item),
        Kind::Map(ref map) if !map.has("target") => {
            Err(Problem::new(&item.place, "a device has no `target`")
                .hint("say where the container finds it: `target: /dev/…`"))
        }
        Kind::Map(_) => Ok(item),
        _ => Err(wrong(&item, "devices", "a string or a mapping")),
    })
}

fn mapping(text: &str, item: &Node) -> Result<Node> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts[..] {
        [source] | [source, ""] => (source, source, "rwm"),
        [source, target] => (source, target, "rwm"),
        [source, target, permissions] => (source, target, permissions),
        _ => {
            return Err(Problem::new(&item.place, format!("the device `{text}` has too many colons"))
                .hint("write a mapping with `source`, `target` and `permissions`"));
        }
    };
    let mut map = Map::default();
    for (key, value) in [("source", source), ("target", target), ("permissions", permissions)] {
        long::default(&mut map, key, item, Kind::Str(value.into()));
    }
    Ok(Node::new(Kind::Map(map), item.place.clone()))
}

/// What a device is told apart by.
pub(super) fn name(map: &Map) -> String {
    map.get("target").and_then(Node::as_str).unwrap_or_default().into()
}

/// Devices that a driver gives: all of them where neither a number nor names are said. `all` is every device of any kind.
pub(super) fn requests(node: Node) -> Result<Node> {
    let list = if node.as_str().is_some() {
        let place = node.place.clone();
        Node::new(Kind::List(vec![long::only("count", node)]), place)
    } else {
        node
    };
    long::each(list, |mut item| {
        let place = item.clone();
        if let Some(map) = item.as_map_mut() {
            if map.has("count") && map.has("device_ids") {
                return Err(Problem::new(&place.place, "`count` and `device_ids` exclude each other")
                    .hint("keep one of them"));
            }
            if !map.has("device_ids") {
                long::default(map, "count", &place, Kind::Str("all".into()));
            }
        }
        Ok(item)
    })
}
