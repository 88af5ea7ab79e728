//! What a service says in two keys that have to agree.

use std::collections::BTreeMap;

use super::{at, items_at, map_at, text_at};
use crate::stack::compose::node::{Map, Node, Place};
use crate::stack::compose::problem::{Problem, Result};

/// A service that is active.
pub(super) fn check(name: &str, service: &Map, place: &Place) -> Result<()> {
    has_something_to_run(name, service, place)?;
    build(name, service)?;
    network(name, service)?;
    targets(name, service)?;
    healthcheck(name, service)?;
    watch(name, service)
}

fn has_something_to_run(name: &str, service: &Map, place: &Place) -> Result<()> {
    let provided = map_at(service, &["build"]).is_some() || map_at(service, &["provider"]).is_some();
    if provided || text_at(service, &["image"]).is_some() {
        return Ok(());
    }
    let place = service.get("image").map_or(place, |image| &image.place);
    Err(Problem::new(place, format!("the service `{name}` has neither `image` nor `build`"))
        .hint("say which image it runs, or how that is built"))
}

fn build(name: &str, service: &Map) -> Result<()> {
    let Some(build) = map_at(service, &["build"]) else { return Ok(()) };
    if let (Some(inline), Some(_), Some(_)) = (
        build.get("dockerfile_inline"),
        text_at(build, &["dockerfile_inline"]),
        text_at(build, &["dockerfile"]),
    ) {
        let message =
            format!("the service `{name}` has both `build.dockerfile` and `build.dockerfile_inline`");
        return Err(Problem::new(&inline.place, message).hint("keep one of them"));
    }
    let platforms = items_at(build, &["platforms"]);
    match (at(service, &["platform"]), text_at(service, &["platform"])) {
        (Some(node), Some(platform))
            if !platforms.is_empty() && !platforms.iter().any(|built| built.as_str() == Some(platform)) =>
        {
            let message = format!(
                "the service `{name}` runs on `{platform}`, for which `build.platforms` does not build it"
            );
            Err(Problem::new(&node.place, message).hint(format!("add `{platform}` to `build.platforms`")))
        }
        _ => Ok(()),
    }
}

fn network(name: &str, service: &Map) -> Result<()> {
    let attached = map_at(service, &["networks"]).is_some_and(|networks| !networks.is_empty());
    match (service.get("network_mode"), text_at(service, &["network_mode"])) {
        (Some(node), Some(_)) if attached => {
            let message = format!("the service `{name}` has both `network_mode` and `networks`");
            Err(Problem::new(&node.place, message).hint("keep one of them"))
        }
        _ => Ok(()),
    }
}

/// One place in the container is mounted once.
fn targets(name: &str, service: &Map) -> Result<()> {
    let memory = items_at(service, &["tmpfs"]).iter().map(|node| {
        let target = node.as_str().map(|text| text.split_once(':').map_or(text, |(target, _)| target));
        ("tmpfs", node, target)
    });
    let mounts = items_at(service, &["volumes"]).iter().map(|node| {
        let target = node.as_map().and_then(|mount| mount.get("target")).and_then(Node::as_str);
        ("volumes", node, target)
    });
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, node, target) in memory.chain(mounts) {
        let Some(target) = target else { continue };
        if let Some(other) = taken.insert(target, key) {
            let both =
                if other == key { format!("twice in `{key}`") } else { format!("in `{other}` and `{key}`") };
            let message = format!("the service `{name}` mounts `{target}` {both}");
            return Err(
                Problem::new(&node.place, message).hint("remove one of the two, or change its target")
            );
        }
    }
    Ok(())
}

fn healthcheck(name: &str, service: &Map) -> Result<()> {
    let Some(first) = items_at(service, &["healthcheck", "test"]).first() else { return Ok(()) };
    match first.as_str() {
        Some("CMD" | "CMD-SHELL" | "NONE") => Ok(()),
        _ => {
            let message = format!(
                "`services.{name}.healthcheck.test` begins with neither `CMD`, `CMD-SHELL` nor `NONE`"
            );
            Err(Problem::new(&first.place, message)
                .hint("put `CMD` first for a program, `CMD-SHELL` for a command line"))
        }
    }
}

fn watch(name: &str, service: &Map) -> Result<()> {
    for (index, node) in items_at(service, &["develop", "watch"]).iter().enumerate() {
        let Some(rule) = node.as_map() else { continue };
        let action = rule.get("action").and_then(Node::as_str).unwrap_or_default();
        let needs_a_target = !["rebuild", "restart"].contains(&action);
        if needs_a_target && text_at(rule, &["target"]).is_none() {
            let message = format!("`services.{name}.develop.watch[{index}]` lacks `target`");
            return Err(Problem::new(&node.place, message)
                .hint(format!("say where in the container `{action}` puts the files")));
        }
    }
    Ok(())
}
