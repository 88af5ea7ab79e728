//! Entries of a list that mean the same thing: two mounts at one target, two values of one label. The later one takes
//! the place of the earlier one. Only lists named here are touched; what may not be repeated elsewhere is for `schema`.

use std::collections::HashMap;

use crate::stack::compose::{Kind, Node, Problem, Result};

/// Leaves one of the entries that mean the same thing.
///
/// # Errors
/// An entry is of a kind that cannot be told apart from others, or misses what tells it apart.
pub fn unique(node: &mut Node) -> Result<()> {
    walk(node, &[])
}

type Index = fn(&Node) -> std::result::Result<String, &'static str>;

fn index(path: &[&str]) -> Option<Index> {
    let ["services" | "jobs", _, attribute @ ..] = path else {
        return match path {
            ["networks" | "volumes" | "secrets" | "configs", _, "labels"]
            | ["networks", _, "ipam", "options"] => Some(key),
            _ => None,
        };
    };
    Some(match attribute {
        [
            "annotations" | "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "environment"
            | "labels" | "links" | "profiles" | "sysctls" | "tmpfs",
        ]
        | ["build", "args" | "additional_contexts" | "platform" | "tags" | "labels"]
        | ["deploy", "labels"]
        | ["networks", _, "aliases" | "link_local_ips"] => key,
        ["configs"] => |node| mount(node, ""),
        ["secrets"] => |node| mount(node, "/run/secrets"),
        ["devices"] => device,
        ["env_file"] => env_file,
        ["expose"] => expose,
        ["ports"] => port,
        ["volumes"] => volume,
        _ => return None,
    })
}

/// `KEY=VALUE` entries, of which the last one for a key counts.
pub(super) fn by_key(entries: Vec<Node>, path: &[&str]) -> Result<Vec<Node>> {
    one_of_each(entries, key, path)
}

fn walk(node: &mut Node, path: &[&str]) -> Result<()> {
    match &mut node.kind {
        Kind::Map(map) => {
            for (name, value) in map.iter_mut() {
                walk(value, &[path, &[name]].concat())?;
            }
        }
        Kind::List(entries) => {
            if let Some(index) = index(path) {
                *entries = one_of_each(std::mem::take(entries), index, path)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn one_of_each(entries: Vec<Node>, index: Index, path: &[&str]) -> Result<Vec<Node>> {
    let mut kept: Vec<Node> = Vec::with_capacity(entries.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let key = index(&entry).map_err(|expected| {
            let message = format!("an entry of `{}` is {}", path.join("."), entry.kind_name());
            Problem::new(&entry.place, message).hint(format!("write {expected}"))
        })?;
        match places.get(&key) {
            Some(&place) => kept[place] = entry,
            None => {
                places.insert(key, kept.len());
                kept.push(entry);
            }
        }
    }
    Ok(kept)
}

fn member<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.as_map()?.get(key)
}

fn text(node: &Node, key: &str) -> Option<String> {
    member(node, key)?.as_str().map(str::to_owned)
}

fn key(node: &Node) -> std::result::Result<String, &'static str> {
    let text = node.as_str().ok_or("a text, such as `NAME` or `NAME=VALUE`")?;
    Ok(text.split_once('=').map_or(text, |(key, _)| key).to_owned())
}

fn mount(node: &Node, directory: &str) -> std::result::Result<String, &'static str> {
    if let Some(name) = node.as_str() {
        return Ok(format!("{directory}/{name}"));
    }
    if node.as_map().is_none() {
        return Err("a name, or a mapping with `source` and `target`");
    }
    match member(node, "target") {
        Some(target) => target.as_str().map(str::to_owned).ok_or("a `target` that is a text"),
        None => Ok(format!("{directory}/{}", text(node, "source").unwrap_or_default())),
    }
}

fn device(node: &Node) -> std::result::Result<String, &'static str> {
    match &node.kind {
        Kind::Map(_) => text(node, "target").ok_or("a mapping with `source` and `target`"),
        Kind::Str(text) => Ok(text.split(':').nth(1).unwrap_or(text).to_owned()),
        _ => Ok(String::new()),
    }
}

fn env_file(node: &Node) -> std::result::Result<String, &'static str> {
    match &node.kind {
        Kind::Map(_) => text(node, "path").ok_or("a mapping with a `path`"),
        Kind::Str(text) => Ok(text.clone()),
        _ => Ok(String::new()),
    }
}

fn expose(node: &Node) -> std::result::Result<String, &'static str> {
    match &node.kind {
        Kind::Str(text) => Ok(text.clone()),
        Kind::Int(port) => Ok(port.to_string()),
        _ => Err("a port, such as `80` or `53/udp`"),
    }
}

fn port(node: &Node) -> std::result::Result<String, &'static str> {
    match &node.kind {
        Kind::Str(text) => Ok(text.clone()),
        Kind::Int(port) => Ok(port.to_string()),
        Kind::Map(_) => {
            let target = member(node, "target").ok_or("a mapping with a `target`")?;
            let host = text(node, "host_ip").unwrap_or_else(|| "0.0.0.0".into());
            let protocol = text(node, "protocol").unwrap_or_else(|| "tcp".into());
            Ok(format!(
                "{host}:{:?}:{:?}/{protocol}",
                member(node, "published").map(|node| &node.kind),
                target.kind
            ))
        }
        _ => Ok(String::new()),
    }
}

fn volume(node: &Node) -> std::result::Result<String, &'static str> {
    match &node.kind {
        Kind::Map(_) => text(node, "target").ok_or("a mapping with a `target`"),
        Kind::Str(text) => Ok(mount_target(text)),
        _ => Ok(String::new()),
    }
}

/// The target of a mount in its short form. The colon after the letter of a Windows drive does not divide.
fn mount_target(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(':') {
        match parts.last_mut() {
            Some(drive) if drive.len() == 1 && drive.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                drive.push(':');
                drive.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    match parts.len() {
        0 => String::new(),
        1 => parts.swap_remove(0),
        _ => parts.swap_remove(1),
    }
}
