//! One compose file over another: what the later one says is added to, or replaces, what the earlier one says, by
//! rules that depend on the place in the tree. Which entries of a list mean the same thing is said in [`unique`]. It
//! merges what is written; it does not ask what a value means or whether it is allowed.

mod lists;
mod reset;
mod unique;

use super::{Key, Kind, Map, Node, Problem, Result};

use lists::{appended, sequence};

pub use lists::said_once;
pub use reset::Resets;
pub use unique::unique;

/// How two values at one place become one.
enum Rule {
    /// Mappings key by key, lists one after the other, anything else replaced.
    Plain,
    /// What the later file says, even where it says nothing.
    Replace,
    /// `KEY=VALUE` lists: a key that is said again keeps its position and gets the later value.
    KeyValues,
    /// A text, a mapping or a list, all read as a list.
    Sequence,
    /// A text is the context.
    Build,
    /// The options of different drivers have nothing to do with each other.
    Logging,
    /// A list is read as a mapping to these values.
    Mapping(fn() -> Node),
    /// Two mappings are merged, anything else is replaced.
    Limit,
    /// Address pools are the same where their subnet is.
    Pools,
}

/// Puts one tree over another: the tags `!reset` and `!override` take out what was there, then the trees are merged,
/// then entries that mean the same thing become one.
///
/// # Errors
/// A value cannot be merged with one of another kind, or an entry cannot be told from the others.
pub fn merge(mut base: Node, mut over: Node) -> Result<Node> {
    Resets::take(&mut over).apply(&mut base);
    let mut merged = combine(base, over, &[])?;
    unique(&mut merged)?;
    Ok(merged)
}

/// Merges two values that stand at a path, without regard to tags and repeated entries.
///
/// # Errors
/// A value cannot be merged with one of another kind.
pub fn combine(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    at(base, over, path)
}

fn rule(path: &[&str]) -> Rule {
    let ["services" | "jobs", _, attribute @ ..] = path else {
        return match path {
            ["networks", _, "ipam", "config"] => Rule::Pools,
            ["networks" | "volumes" | "secrets" | "configs", _, "labels"] => Rule::KeyValues,
            _ => Rule::Plain,
        };
    };
    match attribute {
        ["command" | "entrypoint"] | ["healthcheck", "test"] => Rule::Replace,
        ["annotations" | "environment" | "labels" | "sysctls"]
        | ["build", "args" | "additional_contexts" | "labels"]
        | ["deploy", "labels"] => Rule::KeyValues,
        ["dns" | "dns_opt" | "dns_search" | "env_file" | "label_file" | "extra_hosts" | "tmpfs"]
        | ["build", "extra_hosts"] => Rule::Sequence,
        ["build"] => Rule::Build,
        ["logging"] => Rule::Logging,
        ["depends_on"] => Rule::Mapping(started),
        ["models" | "networks"] => Rule::Mapping(nothing),
        ["ulimits", _] => Rule::Limit,
        _ => Rule::Plain,
    }
}

fn at(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    match rule(path) {
        Rule::Plain => plain(base, over, path),
        Rule::Limit if base.as_map().is_some() && over.as_map().is_some() => mappings(base, over, path),
        Rule::Replace | Rule::Limit => Ok(over),
        Rule::KeyValues => {
            let place = over.place.clone();
            let mut entries = sequence(base);
            entries.extend(sequence(over));
            Ok(Node::new(Kind::List(unique::by_key(entries, path)?), place))
        }
        Rule::Sequence => {
            let place = over.place.clone();
            Ok(Node::new(Kind::List(appended(sequence(base), sequence(over))), place))
        }
        Rule::Build => mappings(build(base), build(over), path),
        Rule::Logging => logging(base, over, path),
        Rule::Mapping(value) => mappings(keyed(base, value, path)?, keyed(over, value, path)?, path),
        Rule::Pools => pools(base, over, path),
    }
}

fn plain(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    if over.is_null() {
        return Ok(base);
    }
    match (base.kind, over.kind) {
        (Kind::Map(kind), Kind::Map(other)) => {
            mappings(Node::new(Kind::Map(kind), base.place), Node::new(Kind::Map(other), over.place), path)
        }
        (Kind::List(entries), Kind::List(others)) => {
            Ok(Node::new(Kind::List(appended(entries, others)), over.place))
        }
        (kind @ (Kind::Map(_) | Kind::List(_)), other) => {
            let (was, is) = (Node::new(kind, base.place), Node::new(other, over.place));
            Err(Problem::new(
                &is.place,
                format!(
                    "`{}` is {} here and {} in what it is merged with",
                    path.join("."),
                    is.kind_name(),
                    was.kind_name()
                ),
            )
            .hint("write it in the same form in both, or tag it with `!override`"))
        }
        (_, other) => Ok(Node { kind: other, place: over.place, tag: over.tag }),
    }
}

fn mappings(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    let (Kind::Map(mut merged), Kind::Map(over)) = (base.kind, over.kind) else {
        return Ok(Node::new(Kind::Map(Map::default()), base.place));
    };
    for (key, value) in over {
        let value = match merged.get_mut(&key.name) {
            Some(was) => {
                let was = std::mem::replace(was, Node::made(Kind::Null));
                at(was, value, &[path, &[key.name.as_str()]].concat())?
            }
            None => value,
        };
        merged.put(key, value);
    }
    Ok(Node::new(Kind::Map(merged), base.place))
}

fn logging(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    let (Some(was), Some(is)) = (base.as_map(), over.as_map()) else {
        let wrong = if base.as_map().is_some() { &over } else { &base };
        return Err(Problem::new(
            &wrong.place,
            format!("`{}` is {}, and a mapping is expected", path.join("."), wrong.kind_name()),
        ));
    };
    match (was.get("driver"), is.get("driver")) {
        (Some(was), Some(is)) if was != is => Ok(over),
        _ => mappings(base, over, path),
    }
}

fn build(node: Node) -> Node {
    match node.kind {
        Kind::Map(_) => node,
        Kind::Str(_) => {
            let place = node.place.clone();
            let key = Key { name: "context".into(), place: place.clone() };
            Node::new(Kind::Map([(key, node)].into_iter().collect()), place)
        }
        _ => Node::new(Kind::Map(Map::default()), node.place),
    }
}

fn keyed(node: Node, value: fn() -> Node, path: &[&str]) -> Result<Node> {
    let place = node.place.clone();
    let entries = match node.kind {
        Kind::Map(_) => return Ok(node),
        Kind::Null => Vec::new(),
        Kind::List(entries) => entries,
        Kind::Str(_) => vec![node],
        _ => {
            let message =
                format!("`{}` is {}, and a list or a mapping is expected", path.join("."), node.kind_name());
            return Err(Problem::new(&place, message));
        }
    };
    let mut map = Map::default();
    for entry in entries {
        let Some(name) = entry.as_str() else {
            let message =
                format!("an entry of `{}` is {}, and a name is expected", path.join("."), entry.kind_name());
            return Err(Problem::new(&entry.place, message));
        };
        map.put(Key { name: name.to_owned(), place: entry.place.clone() }, value());
    }
    Ok(Node::new(Kind::Map(map), place))
}

fn nothing() -> Node {
    Node::made(Kind::Null)
}

fn started() -> Node {
    let mut map = Map::default();
    map.set("condition", Node::text("service_started"));
    map.set("required", Node::made(Kind::Bool(true)));
    Node::made(Kind::Map(map))
}

/// Pools are compared each with each, as Docker Compose does it: one that comes again is merged into the other.
fn pools(base: Node, over: Node, path: &[&str]) -> Result<Node> {
    let place = over.place.clone();
    let (Kind::List(base), Kind::List(over)) = (base.kind, over.kind) else {
        let message = format!("`{}` is a list, and has to be one wherever it is said", path.join("."));
        return Err(Problem::new(&place, message));
    };
    let subnet = |node: &Node| node.as_map().and_then(|map| map.get("subnet")).cloned();
    let mut merged: Vec<Node> = Vec::new();
    for pool in base {
        let mut pool = keyed(pool, nothing, path)?;
        for other in &over {
            let other = keyed(other.clone(), nothing, path)?;
            let known = merged.iter().position(|entry| subnet(entry) == subnet(&other));
            if subnet(&other) != subnet(&pool) && known.is_none() {
                merged.push(other);
                continue;
            }
            pool = mappings(pool, other, path)?;
            match merged.iter().position(|entry| subnet(entry) == subnet(&pool)) {
                Some(index) => merged[index] = pool.clone(),
                None => merged.push(pool.clone()),
            }
        }
    }
    Ok(Node::new(Kind::List(merged), place))
}

#[cfg(test)]
mod tests;
