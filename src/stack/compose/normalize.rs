//! What a compose file means without saying it: the default network, the names of networks and volumes on the engine,
//! the Dockerfile of a build, the services that a link needs, variables that take their value from outside. It works on
//! a tree in the long form ([`canonical`]).

mod dependencies;
mod environment;
mod hooks;
mod unused;

use super::{Kind, Map, Node, Problem, Result, canonical, paths};

pub use self::environment::{environment, labels, resolve_environment};
pub use self::unused::drop_unused;

/// Where hosts are listed.
const HOSTS: &str = "extra_hosts";

/// Completes a tree for the project `name`.
///
/// # Errors
/// A service is no mapping, or a host has no address. What contradicts itself is for those to tell who know which services are wanted.
pub fn normalize(tree: &mut Node, name: &str) -> Result<()> {
    let Some(project) = tree.as_map_mut() else { return Ok(()) };
    project.set("name", Node::text(name));
    default_network(project);
    for kind in ["services", "jobs"] {
        for (key, entry) in each(project, kind).filter(|(key, _)| !key.starts_with("x-")) {
            let problem = Problem::new(
                &entry.place,
                format!("`{kind}.{key}` must be a mapping, not {}", entry.kind_name()),
            );
            let service = entry.as_map_mut().ok_or_else(|| problem.hint("say what it runs: `image: …`"))?;
            complete(service);
            hosts_and_hooks(service)?;
        }
    }
    for kind in ["networks", "volumes", "configs", "secrets"] {
        names(project, kind, name);
    }
    Ok(())
}

/// The entries under a key of a project.
fn each<'a>(project: &'a mut Map, key: &str) -> impl Iterator<Item = (&'a str, &'a mut Node)> {
    project.get_mut(key).and_then(Node::as_map_mut).into_iter().flat_map(Map::iter_mut)
}

/// Whoever says nothing about networks is in the default one, which then is declared.
fn default_network(project: &mut Map) {
    let mut used = false;
    for kind in ["services", "jobs"] {
        for (_, entry) in each(project, kind) {
            let Some(service) = entry.as_map_mut() else { continue };
            if service.has("provider") || service.has("network_mode") {
                continue;
            }
            let networks = service.get("networks").and_then(Node::as_map);
            if networks.is_none_or(Map::is_empty) {
                let mut map = Map::default();
                map.set("default", Node::made(Kind::Null));
                service.set("networks", Node::made(Kind::Map(map)));
                used = true;
            } else {
                used |= networks.is_some_and(|networks| networks.has("default"));
            }
        }
    }
    if used {
        if project.get("networks").is_none_or(Node::is_null) {
            project.set("networks", Node::made(Kind::Map(Map::default())));
        }
        if let Some(networks) = project.get_mut("networks").and_then(Node::as_map_mut)
            && !networks.has("default")
        {
            networks.set("default", Node::made(Kind::Map(Map::default())));
        }
    }
}

/// Completes what runs before a service with what the service says, then writes the hosts of all in one form. That
/// comes after the merging of lists, in which an entry with `:` is another one than the same with `=`.
fn hosts_and_hooks(service: &mut Map) -> Result<()> {
    let listed = |map: &mut Map| {
        if map.get(HOSTS).is_some_and(|hosts| hosts.as_map().is_some()) { uniform_hosts(map) } else { Ok(()) }
    };
    each_with_hosts(service, listed)?;
    hooks::inherit(service);
    each_with_hosts(service, uniform_hosts)
}

/// A service, its build and what runs before it.
fn each_with_hosts(service: &mut Map, change: impl Fn(&mut Map) -> Result<()>) -> Result<()> {
    change(service)?;
    service.get_mut("build").and_then(Node::as_map_mut).map_or(Ok(()), &change)?;
    let Some(Node { kind: Kind::List(hooks), .. }) = service.get_mut("pre_start") else { return Ok(()) };
    hooks.iter_mut().filter_map(Node::as_map_mut).try_for_each(change)
}

fn uniform_hosts(map: &mut Map) -> Result<()> {
    if let Some(hosts) = map.get_mut(HOSTS).filter(|hosts| !hosts.is_null()) {
        *hosts = canonical::hosts(hosts.clone(), HOSTS)?;
    }
    Ok(())
}

fn complete(service: &mut Map) {
    if service.get("pull_policy").and_then(Node::as_str) == Some("if_not_present") {
        service.set("pull_policy", Node::text("missing"));
    }
    if let Some(build) = service.get_mut("build").and_then(Node::as_map_mut) {
        for (key, value) in [("context", "."), ("dockerfile", "Dockerfile")] {
            if !build.has(key) && (key == "context" || !build.has("dockerfile_inline")) {
                build.set(key, Node::text(value));
            }
        }
    }
    clean_targets(service);
    let hooks = service.get_mut("pre_start").into_iter().filter_map(|hooks| match &mut hooks.kind {
        Kind::List(hooks) => Some(hooks),
        _ => None,
    });
    hooks.flatten().filter_map(Node::as_map_mut).for_each(clean_targets);
    dependencies::imply(service);
    scale(service);
}

/// Writes the targets of mounts without what a path does not need. Until then `/a` and `/a/` of two files are two mounts,
/// of which the check tells.
fn clean_targets(map: &mut Map) {
    let Some(Node { kind: Kind::List(mounts), .. }) = map.get_mut("volumes") else { return };
    for mount in mounts.iter_mut().filter_map(Node::as_map_mut) {
        if let Some(Node { kind: Kind::Str(target), .. }) = mount.get_mut("target")
            && !target.is_empty()
        {
            *target = paths::clean(target);
        }
    }
}

/// `scale` is also the number of replicas, where that is not said.
fn scale(service: &mut Map) {
    let Some(scale) = service.get("scale").filter(|scale| !scale.is_null()).cloned() else { return };
    if let Some(deploy) = service.get_mut("deploy").and_then(Node::as_map_mut)
        && !deploy.has("replicas")
    {
        deploy.set("replicas", scale);
    }
}

/// What has no name on the engine is called after its key, with the project in front unless it is someone else's.
fn names(project: &mut Map, kind: &str, name: &str) {
    for (key, entry) in each(project, kind) {
        if key.starts_with("x-") {
            continue;
        }
        if entry.is_null() {
            entry.kind = Kind::Map(Map::default());
        }
        let key = key.to_owned();
        let Some(resource) = entry.as_map_mut() else { continue };
        if !resource.has("name") {
            let external = resource.get("external").is_some_and(|node| node.kind == Kind::Bool(true));
            resource.set("name", Node::text(if external { key } else { format!("{name}_{key}") }));
        }
    }
}

#[cfg(test)]
mod tests;
