//! What belongs together in a resolved model: what it names is declared, nothing is said twice in different words, and
//! no service waits for itself. It looks at the long forms that [`super::canonical`] writes; whether keys and values
//! are known at all is the business of [`super::schema`].

mod dependencies;
mod limits;
mod parts;
mod references;
mod service;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Map, Node, Place};
use super::problem::{Problem, Result};
use super::project::Environment;

/// Looks at each part by itself, whether or not its service is active: it goes before profiles are applied.
///
/// # Errors
///
/// The first part that contradicts itself or lacks something.
pub fn parts(tree: &Node) -> Result<()> {
    let Some(project) = tree.as_map() else { return Ok(()) };
    each(project, "services").try_for_each(|(name, service)| parts::service(name, service))?;
    each(project, "jobs").try_for_each(|(name, job)| parts::job(name, job))?;
    each(project, "volumes").try_for_each(|(name, volume)| parts::volume(name, volume))?;
    each(project, "secrets")
        .try_for_each(|(name, secret)| parts::secret(name, secret, &place_of(project, "secrets", name)))?;
    each(project, "configs")
        .try_for_each(|(name, config)| parts::config(name, config, &place_of(project, "configs", name)))
}

/// Looks at what may not be in a model that is included by another one.
///
/// # Errors
///
/// The first part that cannot be included.
pub fn included(tree: &Node, environment: &Environment) -> Result<()> {
    let Some(project) = tree.as_map() else { return Ok(()) };
    each(project, "configs").try_for_each(|(name, config)| parts::included_config(name, config, environment))
}

/// Looks at everything together. `inactive` names the services and jobs whose profiles are not active, whether or not
/// they are still in the tree: nothing is asked of them, and a dependency that is not required may name them.
///
/// # Errors
///
/// The first thing that does not fit to another.
pub fn check(tree: &Node, inactive: &BTreeSet<String>) -> Result<()> {
    let Some(project) = tree.as_map() else { return Ok(()) };
    let scope = Scope { project, inactive };
    names_are_unique(project)?;
    for (name, service) in scope.active("services") {
        service::check(name, service, &place_of(project, "services", name))?;
        limits::check(name, service)?;
        references::check(name, service, &scope)?;
        dependencies::of_service(name, service, &scope)?;
    }
    scope.active("jobs").try_for_each(|(name, job)| dependencies::of_job(name, job, &scope))?;
    each(project, "secrets").try_for_each(|(name, secret)| {
        references::secret_has_a_source(name, secret, &place_of(project, "secrets", name))
    })?;
    container_names_are_unique(&scope)?;
    dependencies::without_cycles(&scope)
}

/// What can be named, and who is active.
struct Scope<'a> {
    project: &'a Map,
    inactive: &'a BTreeSet<String>,
}

impl<'a> Scope<'a> {
    /// The services or jobs that are active.
    fn active(&self, section: &str) -> impl Iterator<Item = (&'a str, &'a Map)> + use<'a> {
        let inactive = self.inactive;
        each(self.project, section).filter(move |(name, _)| !inactive.contains(*name))
    }

    /// Such a thing is declared.
    fn declares(&self, section: &str, name: &str) -> bool {
        self.section(section).is_some_and(|declared| declared.has(name))
    }

    /// The names that are declared.
    fn declared(&self, section: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.section(section).into_iter().flat_map(Map::keys)
    }

    fn section(&self, section: &str) -> Option<&'a Map> {
        self.project.get(section)?.as_map()
    }
}

/// What is declared in a section; what is declared with nothing is left out.
fn each<'a>(project: &'a Map, section: &str) -> impl Iterator<Item = (&'a str, &'a Map)> + use<'a> {
    let declared = project.get(section).and_then(Node::as_map);
    declared.into_iter().flat_map(Map::iter).filter_map(|(name, node)| Some((name, node.as_map()?)))
}

/// Where something was declared.
fn place_of(project: &Map, section: &str, name: &str) -> Place {
    let declared = project.get(section).and_then(Node::as_map);
    declared.and_then(|declared| declared.place_of(name)).cloned().unwrap_or_else(Place::nowhere)
}

/// The value at the end of some keys.
fn at<'a>(map: &'a Map, keys: &[&str]) -> Option<&'a Node> {
    let (first, rest) = keys.split_first()?;
    let node = map.get(first)?;
    if rest.is_empty() { Some(node) } else { at(node.as_map()?, rest) }
}

/// The text at the end of some keys, where it is one and not empty.
fn text_at<'a>(map: &'a Map, keys: &[&str]) -> Option<&'a str> {
    at(map, keys)?.as_str().filter(|text| !text.is_empty())
}

/// The mapping at the end of some keys.
fn map_at<'a>(map: &'a Map, keys: &[&str]) -> Option<&'a Map> {
    at(map, keys)?.as_map()
}

/// The items of a list at the end of some keys, empty where there is none.
fn items_at<'a>(map: &'a Map, keys: &[&str]) -> &'a [Node] {
    at(map, keys).and_then(Node::as_list).unwrap_or_default()
}

fn names_are_unique(project: &Map) -> Result<()> {
    let jobs = project.get("jobs").and_then(Node::as_map);
    for (name, node) in jobs.into_iter().flat_map(Map::iter) {
        if project.get("services").and_then(Node::as_map).is_some_and(|services| services.has(name)) {
            let message = format!("`{name}` is declared both as a service and as a job");
            return Err(Problem::new(&node.place, message).hint("give one of them another name"));
        }
    }
    Ok(())
}

fn container_names_are_unique(scope: &Scope<'_>) -> Result<()> {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (service, map) in scope.active("services") {
        let Some(node) = map.get("container_name") else { continue };
        let Some(name) = node.as_str() else { continue };
        if let Some(other) = taken.insert(name, service) {
            let message =
                format!("the services `{other}` and `{service}` have the same container name `{name}`");
            return Err(Problem::new(&node.place, message).hint("give one of them another `container_name`"));
        }
    }
    Ok(())
}
