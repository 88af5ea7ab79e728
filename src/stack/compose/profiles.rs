//! Which services are left: those whose profiles are active, or those that were asked for with what they depend on.
//! It works on the resolved model, in which everything is written in its long form; what the services that are left
//! do not use is dropped by `normalize`.

use std::collections::BTreeSet;

use super::{Map, Node, Place, Problem, Result, suggest};

/// As many services are named where one of them should have been.
const FEW: usize = 8;

/// Takes out the services none of whose profiles is active (`*` is every profile). A service without profiles stays,
/// and so does one that was asked for by name, with everything that shares a profile with it.
///
/// # Errors
/// There is no service of a name that was asked for.
pub fn apply(tree: &mut Node, profiles: &[String], services: &[String]) -> Result<()> {
    let Some(all) = section(tree, "services") else {
        return services.first().map_or(Ok(()), |name| Err(no_service(name, &Map::default())));
    };
    let mut active: BTreeSet<&str> = profiles.iter().map(String::as_str).collect();
    for name in services {
        let Some(service) = all.get(name) else { return Err(no_service(name, all)) };
        if !is_active(service, &active) {
            active.extend(profiles_of(service));
        }
    }
    let active: Vec<String> = active.into_iter().map(str::to_owned).collect();
    let inactive = inactive(tree, &active);
    remove(tree, |name| inactive.contains(name));
    Ok(())
}

/// Takes out the services that were not asked for and that no service depends on that was; none asked for: all stay.
///
/// # Errors
/// There is no service of a name that was asked for, or that one of them cannot do without.
pub fn select(tree: &mut Node, services: &[String]) -> Result<()> {
    if services.is_empty() {
        return Ok(());
    }
    let empty = Map::default();
    let all = section(tree, "services").unwrap_or(&empty);
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(&str, bool)> = services.iter().map(|name| (name.as_str(), true)).collect();
    while let Some((name, required)) = open.pop() {
        match all.get(name) {
            Some(service) if wanted.insert(name.to_owned()) => open.extend(dependencies(service)),
            None if required => return Err(no_service(name, all)),
            _ => {}
        }
    }
    remove(tree, |name| !wanted.contains(name));
    for service in services_mut(tree) {
        if let Some(on) = service.get_mut("depends_on").and_then(Node::as_map_mut) {
            let unwanted: Vec<String> =
                on.keys().filter(|name| !wanted.contains(*name)).map(str::to_owned).collect();
            for name in &unwanted {
                on.remove(name);
            }
            if on.is_empty() {
                service.remove("depends_on");
            }
        }
    }
    Ok(())
}

/// The names of the services none of whose profiles is active.
#[must_use]
pub fn inactive(tree: &Node, profiles: &[String]) -> BTreeSet<String> {
    let active = profiles.iter().map(String::as_str).collect();
    let services = section(tree, "services").into_iter().flat_map(Map::iter);
    services.filter(|(_, service)| !is_active(service, &active)).map(|(name, _)| name.to_owned()).collect()
}

fn section<'a>(tree: &'a Node, name: &str) -> Option<&'a Map> {
    tree.as_map()?.get(name)?.as_map()
}

fn services_mut(tree: &mut Node) -> impl Iterator<Item = &mut Map> {
    let services = tree.as_map_mut().and_then(|tree| tree.get_mut("services")).and_then(Node::as_map_mut);
    services
        .into_iter()
        .flat_map(|services| services.iter_mut().filter_map(|(_, service)| service.as_map_mut()))
}

fn remove(tree: &mut Node, unwanted: impl Fn(&str) -> bool) {
    if let Some(map) = tree.as_map_mut().and_then(|tree| tree.get_mut("services")).and_then(Node::as_map_mut)
    {
        let names: Vec<String> = map.keys().filter(|name| unwanted(name)).map(str::to_owned).collect();
        for name in &names {
            map.remove(name);
        }
    }
}

fn profiles_of(service: &Node) -> impl Iterator<Item = &str> {
    let profiles = service.as_map().and_then(|service| service.get("profiles")).and_then(Node::as_list);
    profiles.unwrap_or_default().iter().filter_map(Node::as_str)
}

fn is_active(service: &Node, active: &BTreeSet<&str>) -> bool {
    let mut profiles = profiles_of(service).peekable();
    profiles.peek().is_none() || active.contains("*") || profiles.any(|profile| active.contains(profile))
}

fn is_required(dependency: &Node) -> bool {
    let required = dependency.as_map().and_then(|dependency| dependency.get("required"));
    !required.is_some_and(|required| required.kind == super::Kind::Bool(false))
}

fn dependencies(service: &Node) -> impl Iterator<Item = (&str, bool)> {
    let on = service.as_map().and_then(|service| service.get("depends_on")).and_then(Node::as_map);
    on.into_iter().flat_map(|on| on.iter().map(|(name, dependency)| (name, is_required(dependency))))
}

fn no_service(name: &str, all: &Map) -> Problem {
    let problem = Problem::new(&Place::nowhere(), format!("there is no service `{name}`"));
    match one_of(name, all) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// What helps where there is no service of a name: the one that is probably meant, or the few that there are.
#[must_use]
pub fn one_of(name: &str, services: &Map) -> Option<String> {
    if let Some(meant) = suggest::nearest(name, services.keys()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let names: Vec<String> = services.keys().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => Some("no service is declared".into()),
        1..=FEW => Some(format!("there is {}", suggest::either(&names))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
