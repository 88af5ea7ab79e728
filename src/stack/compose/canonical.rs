//! One way of writing each thing: every short form becomes the long one, and every value becomes what `config` prints for
//! it (a number of bytes, a duration in Go's form, a list of words). It reads one value at a time: what follows from
//! several of them, and what was not written at all, is [`normalize`](super::normalize)'s.

mod deploy;
mod devices;
mod long;
mod mounts;
mod pairs;
mod ports;
pub(super) mod resources;
pub(super) mod service;
pub(super) mod shape;
pub(super) mod units;
pub(super) mod values;
mod volumes;
mod words;

use indexmap::IndexMap;

use self::pairs::Missing;
pub use self::pairs::hosts;
use self::shape::{Field, Name, Record, Shape};
use super::{Kind, Map, Node, Problem, Result};

/// How deep an extension may be.
const DEPTH: usize = 128;

/// The whole tree in the long form. What is long already stays as it is.
///
/// # Errors
/// A value cannot be read as what it has to be.
pub fn canonical(tree: Node) -> Result<Node> {
    record(&resources::PROJECT, tree, "the file")
}

/// A value that is not what it has to be.
fn wrong(node: &Node, key: &str, expected: &str) -> Problem {
    let found = match &node.kind {
        Kind::Str(text) if text.is_empty() => "an empty string".into(),
        Kind::Str(text) => format!("`{text}`"),
        _ => node.kind_name().into(),
    };
    Problem::new(&node.place, format!("`{key}` must be {expected}, not {found}"))
}

/// An element of a list that is not what it has to be.
fn wrong_at(node: &Node, expected: &str) -> Problem {
    Problem::new(&node.place, format!("this must be {expected}, not {}", node.kind_name()))
}

fn record(record: &Record, node: Node, name: &str) -> Result<Node> {
    let Kind::Map(map) = node.kind else { return Err(wrong(&node, name, "a mapping")) };
    let map = map
        .into_iter()
        .map(|(key, value)| {
            let value = match record.field(&key.name) {
                Some(field) => one_field(field, value)?,
                None => bounded(value, DEPTH)?,
            };
            Ok((key, value))
        })
        .collect::<Result<Map>>()?;
    Ok(Node { kind: Kind::Map(map), ..node })
}

fn one_field(field: &Field, node: Node) -> Result<Node> {
    if node.is_null() {
        return Ok(node);
    }
    let tag = node.tag;
    let node = match field.long {
        Some(long) => long(node)?,
        None => node,
    };
    let node = match field.unique {
        Some(name) => unique(node, name),
        None => node,
    };
    let node = value(&field.shape, node, field.name)?;
    Ok(Node { tag, ..node })
}

fn value(shape: &Shape, node: Node, key: &str) -> Result<Node> {
    match shape {
        Shape::Text => values::text(node, key),
        Shape::Flag | Shape::Switch | Shape::OptOut => values::flag(node, key),
        Shape::Number | Shape::Count => values::integer(node, key),
        Shape::Short(bits) => values::short(node, key, *bits),
        Shape::Ratio => values::ratio(node, key),
        Shape::Bytes => units::bytes(node, key),
        Shape::Delay | Shape::Duration => units::duration(node, key),
        Shape::Mode => values::mode(node, key),
        Shape::Devices => values::devices(node, key),
        Shape::Texts => values::texts(node, key),
        Shape::Words => words::command(node, key),
        Shape::Test => words::test(node, key),
        Shape::Environment => pairs::pairs(node, key, Missing::Null),
        Shape::Labels => pairs::pairs(node, key, Missing::Empty),
        Shape::Options => pairs::options(node, key, Missing::Empty),
        Shape::Strict => pairs::mapping(node, key, values::strict),
        Shape::Choices => pairs::choices(node, key),
        // Hosts stay as they are written until all files are merged: see `normalize`.
        Shape::Hosts => bounded(node, DEPTH),
        Shape::Keys => pairs::keys(node, key),
        Shape::Limit => pairs::limits(node, key),
        Shape::Record(shape) | Shape::Embedded(shape) => record(shape, node, key),
        Shape::List(shape) => match node.kind {
            Kind::List(list) => {
                let list = list.into_iter().map(|item| record(shape, item, key)).collect::<Result<_>>()?;
                Ok(Node { kind: Kind::List(list), ..node })
            }
            _ => Err(wrong(&node, key, "a list")),
        },
        Shape::Named(shape) => pairs::mapping(node, key, |item, name| match item.kind {
            Kind::Null => Ok(item),
            _ if name.starts_with("x-") => bounded(item, DEPTH),
            _ => record(shape, item, name),
        }),
    }
}

/// Of elements with the same name the last one, at the place of the first.
fn unique(node: Node, name: Name) -> Node {
    let Kind::List(list) = node.kind else { return node };
    let mut kept: IndexMap<String, Node> = IndexMap::new();
    for item in list {
        let name = item.as_map().map(name).unwrap_or_default();
        kept.insert(name, item);
    }
    Node { kind: Kind::List(kept.into_values().collect()), ..node }
}

/// A value that no table knows, as it is, if it is not too deep to be walked.
fn bounded(node: Node, depth: usize) -> Result<Node> {
    fn fits(node: &Node, depth: usize) -> bool {
        depth > 0
            && match &node.kind {
                Kind::List(list) => list.iter().all(|item| fits(item, depth - 1)),
                Kind::Map(map) => map.iter().all(|(_, item)| fits(item, depth - 1)),
                _ => true,
            }
    }
    if fits(&node, depth) {
        Ok(node)
    } else {
        Err(Problem::new(&node.place, format!("this is nested more than {depth} deep")))
    }
}

#[cfg(test)]
pub(in crate::stack) mod tests;
