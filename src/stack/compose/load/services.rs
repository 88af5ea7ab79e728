//! What a load does to services one by one: the files with variables and labels that they name become part of them, and
//! what they leave to the place where they are loaded is looked up there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::stack::compose::env_file::{self, Variables};
use crate::stack::compose::files::read_text;
use crate::stack::compose::project::Environment;
use crate::stack::compose::{Kind, Map, Node, Problem, Result, normalize};

/// Gives the variables that a service lists by name alone the value that they have where the file is loaded: an included
/// file may see others than the project. Names without a value in a mapping are looked up in the project, later.
pub(super) fn fill_lists(document: &mut Node, environment: &Environment) {
    for service in services(document) {
        let listed = service.as_map_mut().and_then(|service| service.get_mut("environment"));
        if let Some(Node { kind: Kind::List(entries), .. }) = listed {
            for entry in entries {
                if let Kind::Str(text) = &mut entry.kind
                    && let Some(value) = environment.get(text.as_str())
                {
                    *text = format!("{text}={value}");
                }
            }
        }
    }
}

/// Reads the files of every service into its `environment` and `labels`.
///
/// # Errors
/// A file is not there, or is not written as such a file is.
pub(super) fn read_files(tree: &mut Node, environment: &Environment) -> Result<()> {
    for service in services(tree) {
        let Some(map) = service.as_map() else { continue };
        let (variables, labels) = (variables(map, environment)?, labels(map)?);
        normalize::environment(service, variables);
        normalize::labels(service, labels);
    }
    Ok(())
}

fn services(tree: &mut Node) -> impl Iterator<Item = &mut Node> {
    let services = tree.as_map_mut().and_then(|tree| tree.get_mut("services")).and_then(Node::as_map_mut);
    services.into_iter().flat_map(Map::iter_mut).map(|(_, service)| service)
}

/// The services whose build does not say its context.
pub(super) fn without_context(tree: &Node) -> BTreeSet<String> {
    let services = tree.as_map().and_then(|tree| tree.get("services")).and_then(Node::as_map);
    let build = |service: &Node| service.as_map()?.get("build")?.as_map().map(|build| !build.has("context"));
    let services = services.into_iter().flat_map(Map::iter);
    services.filter(|(_, service)| build(service) == Some(true)).map(|(name, _)| name.to_owned()).collect()
}

/// Takes out the context that was filled in: that of a service that is extended is the one of the project which extends
/// it, not of the file in which the service is.
pub(super) fn drop_context(tree: &mut Node, services: &BTreeSet<String>) {
    for name in services {
        let all = tree.as_map_mut().and_then(|tree| tree.get_mut("services")).and_then(Node::as_map_mut);
        let service = all.and_then(|all| all.get_mut(name)).and_then(Node::as_map_mut);
        if let Some(build) = service.and_then(|service| service.get_mut("build")).and_then(Node::as_map_mut) {
            build.remove("context");
        }
    }
}

/// The variables of the files of a service. A value may use those of the project, of the service, of the lines before
/// it, and of the files before its own.
fn variables(service: &Map, environment: &Environment) -> Result<Variables> {
    let own = service.get("environment").and_then(Node::as_map);
    let mut read = Variables::new();
    for file in service.get("env_file").and_then(Node::as_list).unwrap_or_default() {
        let of_entry = |key: &str| file.as_map().and_then(|entry| entry.get(key));
        let Some(path) = of_entry("path").unwrap_or(file).as_str().map(Path::new) else { continue };
        if !path.exists() {
            if of_entry("required").is_some_and(|required| required.kind == Kind::Bool(false)) {
                continue;
            }
            let message = format!("there is no file with variables `{}`", path.display());
            return Err(Problem::new(&file.place, message).hint("write it, or say `required: false`"));
        }
        let lookup = |name: &str| {
            let own = || own?.get(name)?.as_str().map(str::to_owned);
            environment.get(name).cloned().or_else(own)
        };
        let text = read_text(path, &file.place)?;
        match of_entry("format").and_then(Node::as_str) {
            Some("raw") => read.extend(env_file::parse_raw(&text, path, &lookup)?),
            _ => read = env_file::parse_over(read, &text, path, &lookup)?,
        }
    }
    Ok(read)
}

fn labels(service: &Map) -> Result<Variables> {
    let mut read: BTreeMap<String, String> = BTreeMap::new();
    for file in service.get("label_file").and_then(Node::as_list).unwrap_or_default() {
        let Some(path) = file.as_str().map(Path::new) else { continue };
        if !path.exists() {
            return Err(Problem::new(
                &file.place,
                format!("there is no file with labels `{}`", path.display()),
            ));
        }
        let lookup = |name: &str| read.get(name).cloned();
        let values = env_file::parse(&read_text(path, &file.place)?, path, &lookup)?;
        read.extend(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
    Ok(read.into_iter().map(|(name, value)| (name, Some(value))).collect())
}
