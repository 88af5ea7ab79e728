//! Who waits for whom: what a service depends on is declared and active, and nobody waits for himself in the end.

use std::collections::BTreeMap;

use super::{Scope, items_at, map_at, text_at};
use crate::stack::compose::node::{Kind, Map, Node, Place};
use crate::stack::compose::problem::{Problem, Result};
use crate::stack::compose::suggest::nearest;

/// Something that a service or job waits for.
struct Dependency<'a> {
    name: &'a str,
    /// The key that says so.
    key: &'static str,
    place: &'a Place,
    required: bool,
}

/// What a service depends on is a service.
pub(super) fn of_service(name: &str, service: &Map, scope: &Scope<'_>) -> Result<()> {
    for dependency in dependencies(service) {
        let on = dependency.name;
        if scope.inactive.contains(on) && !scope.declares("jobs", on) {
            if dependency.required {
                return Err(inactive(&format!("the service `{name}`"), &dependency, scope));
            }
        } else if !scope.declares("services", on) {
            return Err(undeclared(&format!("the service `{name}`"), &dependency, scope, &["services"]));
        }
    }
    Ok(())
}

/// What a job depends on is a service or a job.
pub(super) fn of_job(name: &str, job: &Map, scope: &Scope<'_>) -> Result<()> {
    for dependency in dependencies(job) {
        let on = dependency.name;
        let optional = !dependency.required && !scope.declares("jobs", on);
        if scope.inactive.contains(on) && !optional {
            return Err(inactive(&format!("the job `{name}`"), &dependency, scope));
        }
        let known =
            scope.inactive.contains(on) || scope.declares("services", on) || scope.declares("jobs", on);
        if !known {
            return Err(undeclared(&format!("the job `{name}`"), &dependency, scope, &["services", "jobs"]));
        }
    }
    Ok(())
}

/// No service waits for itself, directly or through others.
pub(super) fn without_cycles(scope: &Scope<'_>) -> Result<()> {
    let services: BTreeMap<&str, Vec<Dependency<'_>>> =
        scope.active("services").map(|(name, service)| (name, dependencies(service))).collect();
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    for (first, _) in scope.active("services") {
        if done.contains_key(first) {
            continue;
        }
        // The way from the first service to the one looked at, with how many of its dependencies are done.
        let mut way: Vec<(&str, usize)> = vec![(first, 0)];
        done.insert(first, false);
        while let Some((name, next)) = way.last_mut() {
            let Some(dependency) = services.get(name).and_then(|all| all.get(*next)) else {
                done.insert(name, true);
                way.pop();
                continue;
            };
            *next += 1;
            match done.get(dependency.name) {
                Some(true) => {}
                Some(false) => return Err(cycle(&way, dependency)),
                None => {
                    done.insert(dependency.name, false);
                    way.push((dependency.name, 0));
                }
            }
        }
    }
    Ok(())
}

fn cycle(way: &[(&str, usize)], closing: &Dependency<'_>) -> Problem {
    let mut names: Vec<&str> =
        way.iter().map(|(name, _)| *name).skip_while(|name| *name != closing.name).collect();
    names.push(closing.name);
    let message = format!("the service `{}` waits for itself: {}", closing.name, names.join(" → "));
    Problem::new(closing.place, message)
        .hint(format!("remove one of these dependencies, such as this `{}`", closing.key))
}

/// Everything that a service waits for, said under `depends_on` or by sharing something of another service.
fn dependencies(service: &Map) -> Vec<Dependency<'_>> {
    let mut all = Vec::new();
    for (key, items) in
        [("links", items_at(service, &["links"])), ("volumes_from", items_at(service, &["volumes_from"]))]
    {
        for node in items {
            let Some(name) = node.as_str().and_then(|text| shared(key, text)) else { continue };
            all.push(Dependency { name, key, place: &node.place, required: true });
        }
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let name = text_at(service, &[key]).and_then(|text| text.strip_prefix("service:"));
        if let (Some(name), Some(node)) = (name, service.get(key)) {
            all.push(Dependency { name, key, place: &node.place, required: true });
        }
    }
    let depends_on = map_at(service, &["depends_on"]);
    for (name, node) in depends_on.into_iter().flat_map(Map::iter) {
        let optional = node.as_map().and_then(|map| map.get("required")).map(|node| &node.kind);
        all.push(Dependency {
            name,
            key: "depends_on",
            place: depends_on.and_then(|map| map.place_of(name)).unwrap_or(&node.place),
            required: !matches!(optional, Some(Kind::Bool(false))),
        });
    }
    all
}

/// The service in `service:alias` or `service:mode`; none where it is a container of somebody else.
fn shared<'a>(key: &str, text: &'a str) -> Option<&'a str> {
    let (name, rest) = text.split_once(':').unwrap_or((text, ""));
    match key {
        "volumes_from" if name == "container" && text != name => None,
        // A link of three parts is none that Docker Compose takes apart.
        "links" if rest.contains(':') => Some(text),
        _ => Some(name),
    }
}

fn undeclared(who: &str, dependency: &Dependency<'_>, scope: &Scope<'_>, sections: &[&str]) -> Problem {
    let Dependency { name, key, place, .. } = dependency;
    if name.is_empty() {
        return Problem::new(place, format!("{who} names no service in `{key}`"));
    }
    if scope.declares("jobs", name) {
        return Problem::new(place, format!("{who} needs `{name}` (`{key}`), which is a job"))
            .hint("a service can only need other services");
    }
    let problem = Problem::new(place, format!("{who} needs `{name}` (`{key}`), which is not declared"));
    match nearest(name, sections.iter().flat_map(|section| scope.declared(section))) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("declare it under `{}`", sections.join("` or `"))),
    }
}

fn inactive(who: &str, dependency: &Dependency<'_>, scope: &Scope<'_>) -> Problem {
    let Dependency { name, key, place, .. } = dependency;
    let problem =
        Problem::new(place, format!("{who} needs `{name}` (`{key}`), none of whose profiles is active"));
    let declared = ["services", "jobs"].iter().find_map(|section| map_at(scope.project, &[section, name]));
    let profile = declared.and_then(|map| items_at(map, &["profiles"]).first()).and_then(Node::as_str);
    match profile {
        Some(profile) => problem.hint(format!("activate it with `--profile {profile}`")),
        None => problem.hint("activate one of its profiles with `--profile`"),
    }
}
