//! Variables and labels that come from elsewhere: from files, and from the environment in which the file is read.

use crate::stack::compose::{Key, Kind, Map, Node};

/// Adds the variables of a service's `env_file`s, which are then gone. Of two files the later one wins, and what is
/// written under `environment` wins over both, even a name that has no value anywhere.
pub fn environment(service: &mut Node, values: Vec<(String, Option<String>)>) {
    add(service, "environment", values);
    if let Some(service) = service.as_map_mut() {
        service.remove("env_file");
    }
}

/// Adds the labels of a service's `label_file`s. Of two files the later one wins, and what is written under `labels` wins
/// over both.
pub fn labels(service: &mut Node, values: Vec<(String, Option<String>)>) {
    let values = values.into_iter().map(|(name, value)| (name, Some(value.unwrap_or_default())));
    add(service, "labels", values.collect());
}

fn add(service: &mut Node, key: &str, values: Vec<(String, Option<String>)>) {
    let Some(service) = service.as_map_mut() else { return };
    if values.is_empty() {
        return;
    }
    let mut all = Map::default();
    for (name, value) in values {
        all.set(name, Node::made(value.map_or(Kind::Null, Kind::Str)));
    }
    let place = service.place_of(key).cloned();
    if let Some(Node { kind: Kind::Map(written), .. }) = service.remove(key) {
        for (name, value) in written {
            all.put(name, value);
        }
    }
    let mut node = Node::made(Kind::Map(all));
    if let Some(place) = place {
        node.place = place;
    }
    let place = node.place.clone();
    service.put(Key { name: key.into(), place }, node);
}

/// Gives variables without a value the one that `lookup` knows. A variable of a service that is unknown stays without
/// one; an argument of a build that is unknown is dropped.
pub fn resolve_environment(tree: &mut Node, lookup: impl Fn(&str) -> Option<String>) {
    let Some(project) = tree.as_map_mut() else { return };
    for kind in ["services", "jobs"] {
        for (_, entry) in super::each(project, kind) {
            let Some(service) = entry.as_map_mut() else { continue };
            if let Some(variables) = service.get_mut("environment").and_then(Node::as_map_mut) {
                fill(variables, &lookup);
            }
            let arguments = service
                .get_mut("build")
                .and_then(Node::as_map_mut)
                .and_then(|build| build.get_mut("args"))
                .and_then(Node::as_map_mut);
            if let Some(arguments) = arguments {
                fill(arguments, &lookup);
                let unknown: Vec<String> = arguments
                    .iter()
                    .filter(|(_, value)| value.is_null())
                    .map(|(name, _)| name.into())
                    .collect();
                for name in unknown {
                    arguments.remove(&name);
                }
            }
        }
    }
}

fn fill(variables: &mut Map, lookup: impl Fn(&str) -> Option<String>) {
    for (name, value) in variables.iter_mut().filter(|(_, value)| value.is_null()) {
        if let Some(found) = lookup(name) {
            value.kind = Kind::Str(found);
        }
    }
}
