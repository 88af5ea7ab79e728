//! The short forms that stand for a mapping or a list of mappings with nothing to parse in them: a build that is a path,
//! a list of networks, one file of variables. What has a grammar of its own is in [`super::ports`], [`super::volumes`]
//! and [`super::devices`].

use super::{wrong, wrong_at};
use crate::stack::compose::{Key, Kind, Map, Node, Problem, Result};

/// A mapping with one entry, at the place of a value.
pub(super) fn only(key: &str, node: Node) -> Node {
    let place = node.place.clone();
    let mut map = Map::default();
    map.put(Key { name: key.into(), place: place.clone() }, node);
    Node::new(Kind::Map(map), place)
}

/// Sets what a mapping does not say.
pub(super) fn default(map: &mut Map, key: &str, place: &Node, value: Kind) {
    if !map.has(key) {
        map.put(Key { name: key.into(), place: place.place.clone() }, Node::new(value, place.place.clone()));
    }
}

/// Each element of a list changed; what is no list stays for the reader to complain about.
pub(super) fn each(node: Node, change: impl Fn(Node) -> Result<Node>) -> Result<Node> {
    match node.kind {
        Kind::List(list) => {
            let list = list.into_iter().map(change).collect::<Result<_>>()?;
            Ok(Node { kind: Kind::List(list), ..node })
        }
        _ => Ok(node),
    }
}

/// `extends: name`.
pub(super) fn extends(node: Node) -> Result<Node> {
    Ok(if node.as_str().is_some() { only("service", node) } else { node })
}

/// `build: path`; without a context it is the project's directory.
pub(super) fn build(node: Node) -> Result<Node> {
    if node.as_str().is_some() {
        return Ok(only("context", node));
    }
    let place = node.clone();
    Ok(match node.kind {
        Kind::Map(mut map) => {
            default(&mut map, "context", &place, Kind::Str(".".into()));
            Node { kind: Kind::Map(map), ..node }
        }
        _ => node,
    })
}

/// Contexts besides the one of a build: each needs a value.
pub(super) fn contexts(node: Node) -> Result<Node> {
    let Some(list) = node.as_list() else { return Ok(node) };
    match list.iter().find(|item| !item.as_str().is_some_and(|text| text.contains('='))) {
        Some(item) => Err(wrong(item, "additional_contexts", "`name=context`")),
        None => Ok(node),
    }
}

/// Names that stand for themselves: networks and models.
pub(super) fn names(node: Node) -> Result<Node> {
    let Kind::List(list) = node.kind else { return Ok(node) };
    let mut map = Map::default();
    for item in list {
        let Some(name) = item.as_str() else { return Err(wrong_at(&item, "a name")) };
        map.put(
            Key { name: name.into(), place: item.place.clone() },
            Node::new(Kind::Null, item.place.clone()),
        );
    }
    Ok(Node { kind: Kind::Map(map), ..node })
}

/// Services to wait for: that they have started, unless it is said otherwise.
pub(super) fn depends_on(node: Node) -> Result<Node> {
    let mut node = if node.as_list().is_some() { names(node)? } else { node };
    if let Some(map) = node.as_map_mut() {
        for (name, entry) in map.iter_mut() {
            if entry.is_null() {
                entry.kind = Kind::Map(Map::default());
            }
            let place = entry.clone();
            let Some(dependency) = entry.as_map_mut() else { return Err(wrong(&place, name, "a mapping")) };
            default(dependency, "condition", &place, Kind::Str("service_started".into()));
            default(dependency, "required", &place, Kind::Bool(true));
        }
    }
    Ok(node)
}

/// `env_file: path`, or a list in which an element may be one.
pub(super) fn env_file(node: Node) -> Result<Node> {
    let place = node.clone();
    let list = if node.as_str().is_some() { Node { kind: Kind::List(vec![node]), ..place } } else { node };
    each(list, |item| {
        let place = item.clone();
        let mut item = if item.as_str().is_some() { only("path", item) } else { item };
        if let Some(map) = item.as_map_mut() {
            default(map, "required", &place, Kind::Bool(true));
        }
        Ok(item)
    })
}

/// `dns` without the empty texts in it.
pub(super) fn without_empty(node: Node) -> Result<Node> {
    let empty = |item: &Node| item.is_null() || item.as_str().is_some_and(str::is_empty);
    Ok(match node.kind {
        Kind::List(list) => {
            Node { kind: Kind::List(list.into_iter().filter(|item| !empty(item)).collect()), ..node }
        }
        _ if empty(&node) => Node { kind: Kind::List(Vec::new()), ..node },
        _ => node,
    })
}

/// Ports that other containers may reach: texts or whole numbers.
pub(super) fn expose(node: Node) -> Result<Node> {
    let Kind::List(list) = node.kind else { return Ok(node) };
    let mut ports: Vec<Node> = Vec::new();
    for item in list {
        let port = match &item.kind {
            Kind::Int(port) => Node { kind: Kind::Str(port.to_string()), ..item },
            Kind::Str(_) => item,
            _ => return Err(wrong(&item, "expose", "a port")),
        };
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Ok(Node { kind: Kind::List(ports), ..node })
}

/// The times of a job: a crontab line may stand for itself.
pub(super) fn schedules(node: Node) -> Result<Node> {
    each(node, |item| Ok(if item.as_str().is_some() { only("cron", item) } else { item }))
}

/// What is declared by name and may be someone else's: `external: {name: …}` is the name and that it is.
pub(super) fn externals(mut node: Node) -> Result<Node> {
    let Some(map) = node.as_map_mut() else { return Ok(node) };
    for (key, entry) in map.iter_mut() {
        let place = entry.clone();
        let Some(resource) = entry.as_map_mut() else { continue };
        let Some(external) = resource.get("external").filter(|external| external.as_map().is_some()) else {
            continue;
        };
        let (external, name) = (external.clone(), external.as_map().and_then(|map| map.get("name")).cloned());
        if let Some(name) = name {
            if resource.get("name").is_some_and(|written| *written != name) {
                let message = format!("`{key}` has two names: `name` and `external.name` differ");
                return Err(Problem::new(&external.place, message).hint("keep `name` only"));
            }
            default(resource, "name", &place, name.kind);
        }
        resource.set("external", Node { kind: Kind::Bool(true), ..external });
    }
    Ok(node)
}
