//! Secrets and configs that a service reads: `name`, or which one is mounted where.

use super::{long, wrong};
use crate::stack::compose::{Kind, Map, Node, Result};

/// Configs, and the secrets of a build: where they are mounted is left to the engine.
pub(super) fn configs(node: Node) -> Result<Node> {
    long::each(node, |item| match item.kind {
        Kind::Str(_) => Ok(long::only("source", item)),
        Kind::Map(_) => Ok(item),
        _ => Err(wrong(&item, "configs", "a name or a mapping")),
    })
}

/// Secrets: they are mounted under `/run/secrets`.
pub(super) fn secrets(node: Node) -> Result<Node> {
    long::each(configs(node)?, |mut item| {
        let place = item.clone();
        if let Some(map) = item.as_map_mut() {
            let target = Kind::Str(format!("/run/secrets/{}", source(map)));
            long::default(map, "target", &place, target);
        }
        Ok(item)
    })
}

/// What a mounted secret is told apart by.
pub(super) fn secret_name(map: &Map) -> String {
    target(map).unwrap_or_else(|| format!("/run/secrets/{}", source(map)))
}

/// What a mounted config is told apart by.
pub(super) fn config_name(map: &Map) -> String {
    target(map).unwrap_or_else(|| format!("/{}", source(map)))
}

fn source(map: &Map) -> &str {
    map.get("source").and_then(Node::as_str).unwrap_or_default()
}

fn target(map: &Map) -> Option<String> {
    map.get("target").and_then(Node::as_str).map(Into::into)
}
