//! Names and values: mappings, and the lists of `NAME=value` that stand for one.

use super::{DEPTH, bounded, values, wrong};
use crate::stack::compose::{Key, Kind, Map, Node, Problem, Result};

/// What a mapping does with a name that has no value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Missing {
    /// It stays without one.
    Null,
    /// It is empty.
    Empty,
}

/// Names and values, as a mapping or as `NAME=value` texts.
pub(super) fn pairs(node: Node, key: &str, missing: Missing) -> Result<Node> {
    let list = match node.kind {
        Kind::List(list) => list,
        Kind::Map(_) => return options(node, key, missing),
        _ => return Err(wrong(&node, key, "a mapping or a list of `NAME=value`")),
    };
    let mut map = Map::default();
    for item in list {
        let line = values::text_of(&item.kind).ok_or_else(|| wrong(&item, key, "`NAME=value`"))?;
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Kind::Str(value.into())),
            None if missing == Missing::Null => (line.as_str(), Kind::Null),
            None => (line.as_str(), Kind::Str(String::new())),
        };
        if missing == Missing::Null && name.ends_with(' ') {
            return Err(Problem::new(&item.place, format!("`{key}`: the name `{name}` ends with a space"))
                .hint(format!("write `{}=…` without a space before `=`", name.trim_end())));
        }
        map.put(Key { name: name.into(), place: item.place.clone() }, Node::new(value, item.place));
    }
    Ok(Node { kind: Kind::Map(map), ..node })
}

/// Names and values as a mapping, each value a text.
pub(super) fn options(node: Node, key: &str, missing: Missing) -> Result<Node> {
    mapping(node, key, |value, name| match &value.kind {
        Kind::Null if missing == Missing::Null => Ok(value),
        Kind::Null => Ok(Node { kind: Kind::Str(String::new()), ..value }),
        kind => {
            let text = values::text_of(kind).ok_or_else(|| wrong(&value, name, "a string"))?;
            Ok(Node { kind: Kind::Str(text), ..value })
        }
    })
}

/// Names, each with a list of texts.
pub(super) fn choices(node: Node, key: &str) -> Result<Node> {
    mapping(node, key, |value, name| {
        let place = value.place.clone();
        let list = if let Kind::List(list) = value.kind { list } else { vec![value] };
        let text = |item: Node| {
            let text = values::text_of(&item.kind).ok_or_else(|| wrong(&item, name, "a string"))?;
            Ok(Node { kind: Kind::Str(text), ..item })
        };
        Ok(Node::new(Kind::List(list.into_iter().map(text).collect::<Result<_>>()?), place))
    })
    .map(|mut node| {
        // A name without any value is none.
        if let Kind::Map(map) = &mut node.kind {
            *map = std::mem::take(map)
                .into_iter()
                .filter(|(_, list)| list.as_list().is_none_or(|list| !list.is_empty()))
                .collect();
        }
        node
    })
}

/// A mapping with every value changed.
pub(super) fn mapping(node: Node, key: &str, change: impl Fn(Node, &str) -> Result<Node>) -> Result<Node> {
    let Kind::Map(map) = node.kind else { return Err(wrong(&node, key, "a mapping")) };
    let map = map
        .into_iter()
        .map(|(name, value)| change(value, &name.name).map(|value| (name, value)))
        .collect::<Result<Map>>()?;
    Ok(Node { kind: Kind::Map(map), ..node })
}

/// One limit, or a soft and a hard one, by name.
pub(super) fn limits(node: Node, key: &str) -> Result<Node> {
    mapping(node, key, |value, name| match value.kind {
        Kind::Map(_) => mapping(value, name, |limit, side| {
            if side.starts_with("x-") { bounded(limit, DEPTH) } else { values::integer(limit, side) }
        }),
        _ => values::integer(value, name),
    })
}

/// SSH agents and keys: `default`, or `id=path`.
pub(super) fn keys(node: Node, key: &str) -> Result<Node> {
    let Kind::List(list) = node.kind else {
        return mapping(
            node,
            key,
            |value, name| if value.is_null() { Ok(value) } else { values::text(value, name) },
        );
    };
    let mut map = Map::default();
    for item in list {
        let line = item.as_str().ok_or_else(|| wrong(&item, key, "a string"))?;
        let (name, path) = match line.split_once('=') {
            Some((name, path)) => (name, Kind::Str(path.into())),
            None if line == "default" => (line, Kind::Null),
            None => {
                return Err(Problem::new(&item.place, format!("`{key}`: `{line}` has no path"))
                    .hint(format!("write `default` or `{line}=/path/of/the/key`")));
            }
        };
        map.put(Key { name: name.into(), place: item.place.clone() }, Node::new(path, item.place.clone()));
    }
    Ok(Node { kind: Kind::Map(map), ..node })
}

/// Hosts and addresses: as `host=address` texts in order, whichever way they were written.
///
/// # Errors
/// A host has no address, or something else than a text for one.
pub fn hosts(node: Node, key: &str) -> Result<Node> {
    let mut found: Vec<(String, Vec<String>, Node)> = Vec::new();
    match node.kind {
        Kind::Map(map) => {
            for (name, value) in map {
                let addresses = match &value.kind {
                    Kind::Null => vec![String::new()],
                    Kind::Str(address) => vec![address.clone()],
                    Kind::List(list) => list.iter().filter_map(|item| values::text_of(&item.kind)).collect(),
                    _ => return Err(wrong(&value, &name.name, "an address or a list of addresses")),
                };
                found.push((name.name, addresses, value));
            }
        }
        Kind::List(list) => {
            for item in list {
                let line = values::text_of(&item.kind).ok_or_else(|| wrong(&item, key, "`host=address`"))?;
                let Some((host, addresses)) = line.split_once('=').or_else(|| line.split_once(':')) else {
                    return Err(Problem::new(&item.place, format!("`{key}`: `{line}` has no address"))
                        .hint(format!("write `{line}=address`")));
                };
                found.push((host.into(), addresses.split(',').map(Into::into).collect(), item));
            }
        }
        _ => return Err(wrong(&node, key, "a mapping or a list of `host=address`")),
    }
    let mut lines = Vec::new();
    for (host, addresses, item) in found {
        if host.is_empty() || host.contains([':', '=']) {
            return Err(Problem::new(&item.place, format!("`{key}`: `{host}` cannot be the name of a host"))
                .hint("write `host=address`, with a name that has no `:` and no `=` in it"));
        }
        for address in addresses {
            let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let address = bare.filter(|bare| !bare.is_empty()).unwrap_or(&address);
            lines.push(Node::new(Kind::Str(format!("{host}={address}")), item.place.clone()));
        }
    }
    lines.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
    Ok(Node { kind: Kind::List(lines), ..node })
}
