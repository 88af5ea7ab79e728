//! Graphics cards that services ask for: by a device reservation (`gpus`, `deploy.resources.reservations.devices`), by the
//! runtime `nvidia`, by a device of the Container Device Interface, or by a device node; and the same files without that.
//! Whether a card can be had is not known here.

use serde_json::Value;

use super::compose::{Kind, Map, Node};
use super::model::Service;

/// NVIDIA's runtime, by the name that everybody gives it.
pub const RUNTIME: &str = "nvidia";
/// Device nodes through which programs reach a card.
const NODES: [&str; 3] = ["/dev/nvidia", "/dev/dri", "/dev/kfd"];

/// What a service asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Cards by NVIDIA's driver: as many, or these; all where neither is said.
    Cards {
        /// As many.
        count: Option<u64>,
        /// These.
        ids: Vec<String>,
    },
    /// Devices by their names in descriptions: `nvidia.com/gpu=all`.
    Described(Vec<String>),
    /// NVIDIA's runtime.
    Runtime,
    /// A device node.
    Node(String),
    /// A card by another driver, of which nothing is known here.
    Other,
}

/// Whether a service asks for a card.
#[must_use]
pub fn asks(service: &Service) -> bool {
    !wishes(service).is_empty()
}

/// The device nodes of cards that a service asks for.
#[must_use]
pub fn nodes(service: &Service) -> Vec<String> {
    let node = |(wish, _)| if let Wish::Node(path) = wish { Some(path) } else { None };
    wishes(service).into_iter().filter_map(node).collect()
}

/// Everything that a service asks for, with its place as a JSON pointer below the service.
#[must_use]
pub fn wishes(service: &Service) -> Vec<(Wish, String)> {
    const RESERVED: &str = "/deploy/resources/reservations/devices";
    let config = &service.config;
    let mut found = Vec::new();
    if config.get("runtime").is_some_and(|runtime| runtime == RUNTIME) {
        found.push((Wish::Runtime, "/runtime".to_string()));
    }
    for (key, judge) in [
        ("/gpus", (|item| Some(reservation(item))) as fn(&Value) -> Option<Wish>),
        (RESERVED, |item| is_card(&words(item)).then(|| reservation(item))),
        ("/devices", device),
    ] {
        let items = config.pointer(key).and_then(Value::as_array).into_iter().flatten().enumerate();
        found.extend(items.filter_map(|(index, item)| Some((judge(item)?, format!("{key}/{index}")))));
    }
    found
}

/// The driver and the capabilities of a reservation.
fn words(item: &Value) -> Vec<&str> {
    let capabilities = item.get("capabilities").and_then(Value::as_array).into_iter().flatten();
    item.get("driver").into_iter().chain(capabilities).filter_map(Value::as_str).collect()
}

/// Whether a reservation with this driver and these capabilities is one of a card.
fn is_card(words: &[&str]) -> bool {
    words.iter().any(|word| matches!(*word, "gpu" | "nvidia" | "cdi"))
}

fn reservation(item: &Value) -> Wish {
    let ids = item.get("device_ids").and_then(Value::as_array).into_iter().flatten();
    let ids: Vec<String> = ids.filter_map(Value::as_str).map(String::from).collect();
    match item.get("driver").and_then(Value::as_str).unwrap_or_default() {
        "" | RUNTIME => Wish::Cards { count: item.get("count").and_then(Value::as_u64), ids },
        "cdi" => Wish::Described(ids),
        _ => Wish::Other,
    }
}

fn device(item: &Value) -> Option<Wish> {
    let source = item.get("source").and_then(Value::as_str)?;
    if is_described(source) {
        return Some(Wish::Described(vec![source.to_string()]));
    }
    is_node(source).then(|| Wish::Node(source.to_string()))
}

/// `nvidia.com/gpu=all`; not every described device is a card.
fn is_described(source: &str) -> bool {
    source.split_once('=').is_some_and(|(kind, _)| !kind.starts_with('/') && kind.contains("gpu"))
}

fn is_node(source: &str) -> bool {
    NODES.iter().any(|node| source.starts_with(node))
}

/// Takes every wish for a card out of resolved files, as if nobody had written it, so that the hashes are those of files
/// without it: for `--cpu-only`, and where there is no card and the settings leave it open. Gives the names of the
/// services that asked for one.
pub fn without_gpu(tree: &mut Node) -> Vec<String> {
    let services = tree.as_map_mut().and_then(|project| project.get_mut("services")?.as_map_mut());
    let mut dropped = Vec::new();
    for (name, service) in services.into_iter().flat_map(Map::iter_mut) {
        if drop_wishes(service) {
            dropped.push(name.to_string());
        }
    }
    dropped
}

/// Takes every wish for a card out of what a service says; whether there was any.
pub fn drop_wishes(service: &mut Node) -> bool {
    let Some(map) = service.as_map_mut() else { return false };
    let is_runtime = map.get("runtime").and_then(Node::as_str) == Some(RUNTIME);
    let mut changed = is_runtime && map.remove("runtime").is_some();
    changed |= map.remove("gpus").is_some();
    changed |= prune(service, &["devices"], &|item| {
        let source = item.as_map().and_then(|map| map.get("source")?.as_str()).unwrap_or_default();
        is_described(source) || is_node(source)
    });
    changed |= prune(service, &["deploy", "resources", "reservations", "devices"], &|item| {
        let Some(map) = item.as_map() else { return false };
        let capabilities = map.get("capabilities").and_then(Node::as_list).into_iter().flatten();
        is_card(
            &map.get("driver").into_iter().chain(capabilities).filter_map(Node::as_str).collect::<Vec<_>>(),
        )
    });
    changed
}

/// Takes items out of the list at the end of this path, and what is empty then out of what it is in.
fn prune(node: &mut Node, path: &[&str], goes: &dyn Fn(&Node) -> bool) -> bool {
    let Some((key, rest)) = path.split_first() else {
        let Kind::List(items) = &mut node.kind else { return false };
        let before = items.len();
        items.retain(|item| !goes(item));
        return items.len() < before;
    };
    let Some(map) = node.as_map_mut() else { return false };
    let changed = map.get_mut(key).is_some_and(|next| prune(next, rest, goes));
    let is_empty = |node: &Node| match &node.kind {
        Kind::List(items) => items.is_empty(),
        Kind::Map(map) => map.is_empty(),
        _ => false,
    };
    if changed && map.get(key).is_some_and(is_empty) {
        map.remove(key);
    }
    changed
}
