//! What is mounted into a service: `[source:]target[:options]`, where either may be a path of Windows. Whether the
//! source is a path or the name of a volume is told by how it begins.

use super::{long, wrong};
use crate::stack::compose::{Kind, Map, Node, Problem, Result, paths};

/// The mounts of a service.
pub(super) fn mounts(node: Node) -> Result<Node> {
    long::each(node, |mut item| match &item.kind {
        Kind::Str(text) => short(text, &item),
        Kind::Map(map) if !map.has("target") => Err(Problem::new(&item.place, "a mount has no `target`")
            .hint("say where the container finds it: `target: /path`")),
        Kind::Map(_) => {
            let place = item.clone();
            if let Some(bind) = item.as_map_mut().and_then(|map| map.get_mut("bind")?.as_map_mut()) {
                long::default(bind, "create_host_path", &place, Kind::Bool(true));
            }
            Ok(item)
        }
        _ => Err(wrong(&item, "volumes", "a string or a mapping")),
    })
}

/// What a mount is told apart by.
pub(super) fn name(map: &Map) -> String {
    map.get("target").and_then(Node::as_str).unwrap_or_default().into()
}

const PROPAGATIONS: [&str; 6] = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

fn short(text: &str, item: &Node) -> Result<Node> {
    let problem = |message: &str| {
        Problem::new(&item.place, format!("the volume `{text}`: {message}"))
            .hint("write `target`, `source:target` or `source:target:options`")
    };
    let parts = parts(text);
    if parts.iter().any(|part| part.is_empty()) {
        return Err(problem(if text.is_empty() {
            "it is empty"
        } else {
            "there is nothing between two colons"
        }));
    }
    let (source, target, options) = match parts[..] {
        [target] => ("", target, ""),
        [source, target] => (source, target, ""),
        [source, target, options] => (source, target, options),
        _ => return Err(problem("it has too many colons")),
    };
    let mut bind = Map::default();
    let mut volume = Map::default();
    let mut mount = Map::default();
    let is_path = is_path(source);
    let kind = if is_path { "bind" } else { "volume" };
    long::default(&mut mount, "type", item, Kind::Str(kind.into()));
    if !source.is_empty() {
        long::default(&mut mount, "source", item, Kind::Str(source.into()));
    }
    long::default(&mut mount, "target", item, Kind::Str(paths::clean(target)));
    let mut read_only = false;
    for option in options.split(',') {
        let (map, key, value) = match option {
            "ro" | "rw" => {
                read_only = option == "ro";
                continue;
            }
            "nocopy" => (&mut volume, "nocopy", Kind::Bool(true)),
            "z" | "Z" => (&mut bind, "selinux", Kind::Str(option.into())),
            _ if PROPAGATIONS.contains(&option) => (&mut bind, "propagation", Kind::Str(option.into())),
            // Options of other engines are let through without a word, as in Compose.
            _ => continue,
        };
        map.set(key, Node::new(value, item.place.clone()));
    }
    if read_only {
        long::default(&mut mount, "read_only", item, Kind::Bool(true));
    }
    if is_path || !bind.is_empty() {
        long::default(&mut bind, "create_host_path", item, Kind::Bool(true));
        long::default(&mut mount, "bind", item, Kind::Map(bind));
    }
    // A target of one or two characters is taken as it is.
    if (!is_path && text.len() > 2) || !volume.is_empty() {
        long::default(&mut mount, "volume", item, Kind::Map(volume));
    }
    Ok(Node::new(Kind::Map(mount), item.place.clone()))
}

/// The parts between colons; the colon after the letter of a drive is none.
fn parts(text: &str) -> Vec<&str> {
    if text.len() <= 2 {
        return vec![text];
    }
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices(':') {
        if !is_drive(&text[start..at]) {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

fn is_drive(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// A source is a path where it begins like one.
fn is_path(source: &str) -> bool {
    let drive = source.char_indices().find(|(_, c)| *c == ':').is_some_and(|(at, _)| is_drive(&source[..at]));
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || drive
}
