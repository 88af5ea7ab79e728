//! What of a tree is printed, and under which keys; how it is written down is for JSON and YAML to say.

use crate::stack::compose::canonical::resources::PROJECT;
use crate::stack::compose::canonical::shape::{Field, Record, Shape};
use crate::stack::compose::canonical::units;
use crate::stack::compose::{Kind, Map, Node};

/// Something to print.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stack) enum Printed {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Printed>),
    /// A mapping, in order.
    Map(Vec<(String, Printed)>),
}

/// Where it is printed; the two show different things.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Format {
    /// Shows empty records that belong to others, and commands that are not there; extensions only at the top.
    Json,
    /// Shows every extension, and models.
    Yaml,
}

impl Printed {
    /// With each `$` doubled, so that it is read again as it is.
    pub(super) fn doubled(self) -> Self {
        let text = |text: String| text.replace('$', "$$");
        match self {
            Self::Text(it) => Self::Text(text(it)),
            Self::List(list) => Self::List(list.into_iter().map(Self::doubled).collect()),
            Self::Map(map) => {
                Self::Map(map.into_iter().map(|(key, item)| (text(key), item.doubled())).collect())
            }
            other => other,
        }
    }
}

/// The whole project.
pub(super) fn project(tree: &Node, format: Format) -> Printed {
    let map = tree.as_map();
    let mut entries = fields(&PROJECT, map, format);
    if format == Format::Json {
        entries.retain(|(key, _)| key != "models");
        entries.extend(extensions(map));
    }
    Printed::Map(entries)
}

/// The fields of one entry under a key of the project, such as those of the service `web` under `services`: as JSON shows
/// them, in order, and with each `$` as it is. Nothing where there is no such entry.
pub(in crate::stack) fn entry(tree: &Node, section: &str, name: &str) -> Vec<(String, Printed)> {
    let shape = PROJECT.fields().find(|field| field.name == section).map(|field| &field.shape);
    let Some(Shape::Named(record)) = shape else { return Vec::new() };
    let entries = tree.as_map().and_then(|project| project.get(section)).and_then(Node::as_map);
    let entry = entries.and_then(|entries| entries.get(name)).and_then(Node::as_map);
    fields(record, entry, Format::Json)
}

fn fields(record: &Record, map: Option<&Map>, format: Format) -> Vec<(String, Printed)> {
    let mut entries: Vec<(String, Printed)> = record
        .fields()
        .filter_map(|field| {
            let node = map.and_then(|map| map.get(field.name)).filter(|node| !node.is_null());
            let key = if format == Format::Json { field.json } else { field.name };
            Some((key.into(), one(field, node, format)?))
        })
        .collect();
    if format == Format::Yaml {
        entries.extend(extensions(map));
    }
    entries
}

fn extensions(map: Option<&Map>) -> Vec<(String, Printed)> {
    let found = map.into_iter().flat_map(Map::iter).filter(|(key, _)| key.starts_with("x-"));
    sorted(found.map(|(key, node)| (key.to_owned(), as_it_is(node))))
}

/// A field; nothing where it is not printed.
fn one(field: &Field, node: Option<&Node>, format: Format) -> Option<Printed> {
    let Some(node) = node else { return absent(field, format) };
    let printed = present(&field.shape, node, format);
    let empty = match (&field.shape, &printed) {
        (Shape::OptOut, Printed::Bool(yes)) => *yes,
        (Shape::Flag, Printed::Bool(yes)) => !*yes,
        (Shape::Number | Shape::Short(_) | Shape::Devices, Printed::Int(number)) => *number == 0,
        (Shape::Ratio, Printed::Float(number)) => *number == 0.0,
        (Shape::Bytes, Printed::Text(bytes)) => bytes == "0",
        (Shape::Delay, Printed::Text(time)) => units::is_no_time(time),
        (Shape::Duration | Shape::Words | Shape::Record(_), _) => false,
        (Shape::Embedded(_), Printed::Map(map)) => format == Format::Yaml && map.is_empty(),
        (_, Printed::Text(text)) => text.is_empty(),
        (_, Printed::List(list)) => list.is_empty(),
        (_, Printed::Map(map)) => map.is_empty(),
        _ => false,
    };
    (!empty || field.always).then_some(printed)
}

/// A field that was not written.
fn absent(field: &Field, format: Format) -> Option<Printed> {
    match field.shape {
        Shape::Words if format == Format::Json => Some(Printed::Null),
        Shape::Embedded(record) if format == Format::Json => Some(Printed::Map(fields(record, None, format))),
        Shape::Text if field.always => Some(Printed::Text(String::new())),
        Shape::Flag if field.always => Some(Printed::Bool(false)),
        Shape::Number | Shape::Short(_) if field.always => Some(Printed::Int(0)),
        Shape::Bytes if field.always => Some(Printed::Text("0".into())),
        Shape::Named(_) if field.always => Some(Printed::Map(Vec::new())),
        _ => None,
    }
}

fn present(shape: &Shape, node: &Node, format: Format) -> Printed {
    match (shape, &node.kind) {
        (Shape::Bytes, Kind::Int(bytes)) => Printed::Text(bytes.to_string()),
        // A number with single precision is printed with the digits that tell it from its neighbours.
        (Shape::Ratio, Kind::Float(number)) => {
            Printed::Float((*number as f32).to_string().parse().unwrap_or(*number))
        }
        (Shape::Limit, Kind::Map(limits)) => {
            sorted_map(limits.iter().map(|(name, limit)| (name.to_owned(), limit_of(limit, format))))
        }
        (Shape::Keys, Kind::Map(keys)) => Printed::List(
            keys.iter()
                .map(|(name, path)| match path.as_str() {
                    Some(path) if !path.is_empty() => Printed::Text(format!("{name}: {path}")),
                    _ => Printed::Text(name.into()),
                })
                .collect(),
        ),
        (Shape::Record(record) | Shape::Embedded(record), Kind::Map(map)) => {
            Printed::Map(fields(record, Some(map), format))
        }
        (Shape::List(record), Kind::List(list)) => Printed::List(
            list.iter().map(|item| Printed::Map(fields(record, item.as_map(), format))).collect(),
        ),
        (Shape::Named(record), Kind::Map(map)) => sorted_map(map.iter().map(|(name, item)| {
            let printed = match &item.kind {
                Kind::Map(map) if !name.starts_with("x-") => Printed::Map(fields(record, Some(map), format)),
                _ => as_it_is(item),
            };
            (name.to_owned(), printed)
        })),
        _ => as_it_is(node),
    }
}

/// One limit, or its two sides; JSON leaves out those that are 0.
fn limit_of(limit: &Node, format: Format) -> Printed {
    let number = |side: Option<&Node>| match side.map(|side| &side.kind) {
        Some(Kind::Int(number)) => *number,
        _ => 0,
    };
    let sides = match &limit.kind {
        Kind::Int(single) if *single != 0 => return Printed::Int(*single),
        Kind::Map(sides) => [("soft", number(sides.get("soft"))), ("hard", number(sides.get("hard")))],
        _ => [("soft", 0), ("hard", 0)],
    };
    let shown = sides.into_iter().filter(|(_, number)| *number != 0 || format == Format::Yaml);
    Printed::Map(shown.map(|(name, number)| (name.into(), Printed::Int(number))).collect())
}

fn as_it_is(node: &Node) -> Printed {
    match &node.kind {
        Kind::Null => Printed::Null,
        Kind::Bool(yes) => Printed::Bool(*yes),
        Kind::Int(number) => Printed::Int(*number),
        Kind::Float(number) => Printed::Float(*number),
        Kind::Str(text) => Printed::Text(text.clone()),
        Kind::List(list) => Printed::List(list.iter().map(as_it_is).collect()),
        Kind::Map(map) => sorted_map(map.iter().map(|(key, item)| (key.to_owned(), as_it_is(item)))),
    }
}

fn sorted_map(entries: impl Iterator<Item = (String, Printed)>) -> Printed {
    Printed::Map(sorted(entries))
}

fn sorted(entries: impl Iterator<Item = (String, Printed)>) -> Vec<(String, Printed)> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries
}
