//! What can be said of a service, volume, secret or config without a look at the others.

use std::net::IpAddr;

use super::{at, items_at};
use crate::stack::compose::node::{Kind, Map, Node, Place};
use crate::stack::compose::problem::{Problem, Result};
use crate::stack::compose::project::Environment;
use crate::stack::compose::suggest::either;

/// A service: its ports, devices, mounts and watched paths.
pub(super) fn service(name: &str, service: &Map) -> Result<()> {
    let place = format!("services.{name}");
    entries(service, &["ports"], &place, |path, node, port| {
        has(path, node, port, "target")?;
        is_an_address(path, port)
    })?;
    entries(service, &["gpus"], &place, device_request)?;
    entries(service, &["deploy", "resources", "reservations", "devices"], &place, device_request)?;
    entries(service, &["devices"], &place, |path, node, device| has(path, node, device, "target"))?;
    entries(service, &["volumes"], &place, |path, node, mount| {
        has(path, node, mount, "target")?;
        has_a_source(path, node, mount)
    })?;
    entries(service, &["pre_start"], &place, |path, _, hook| {
        entries(hook, &["volumes"], path, has_a_source)
    })?;
    entries(service, &["develop", "watch"], &place, |path, node, watch| {
        match watch.get("path").and_then(Node::as_str) {
            Some("") => Err(Problem::new(&node.place, format!("`{path}.path` is empty"))
                .hint("name the file or directory to watch")),
            _ => Ok(()),
        }
    })
}

/// A job: its mounts.
pub(super) fn job(name: &str, job: &Map) -> Result<()> {
    entries(job, &["volumes"], &format!("jobs.{name}"), |path, node, mount| {
        has(path, node, mount, "target")?;
        has_a_source(path, node, mount)
    })
}

/// A volume: who makes it himself does not say how.
pub(super) fn volume(name: &str, volume: &Map) -> Result<()> {
    if !matches!(volume.get("external").map(|node| &node.kind), Some(Kind::Bool(true))) {
        return Ok(());
    }
    let other = volume.iter().find(|(key, _)| !["name", "external"].contains(key) && !key.starts_with("x-"));
    match other {
        Some((key, node)) => Err(Problem::new(
            volume.place_of(key).unwrap_or(&node.place),
            format!(
                "`volumes.{name}` is external and has `{key}`, which only a volume of the project can have"
            ),
        )
        .hint(format!("remove `{key}` or `external`"))),
        None => Ok(()),
    }
}

/// A secret: where it comes from.
pub(super) fn secret(name: &str, secret: &Map, place: &Place) -> Result<()> {
    one_source(&format!("secrets.{name}"), secret, place, &["file", "environment"])
}

/// A config: where it comes from.
pub(super) fn config(name: &str, config: &Map, place: &Place) -> Result<()> {
    one_source(&format!("configs.{name}"), config, place, &["file", "environment", "content"])
}

/// A config of a project that is included by another one. Docker Compose has by then put the value of its variable beside
/// the name of the variable, and refuses it for that.
pub(super) fn included_config(name: &str, config: &Map, environment: &Environment) -> Result<()> {
    let Some(node) = config.get("environment") else { return Ok(()) };
    match node.as_str() {
        Some(variable) if environment.contains_key(variable) => {
            let message = format!(
                "`configs.{name}` takes its content from the variable `{variable}`, which Docker Compose refuses in \
                 an included file"
            );
            Err(Problem::new(&node.place, message)
                .hint(format!("write `content: ${{{variable}}}`, or declare it where it is included")))
        }
        _ => Ok(()),
    }
}

fn one_source(path: &str, map: &Map, place: &Place, sources: &[&str]) -> Result<()> {
    let given: Vec<String> =
        sources.iter().filter(|key| map.has(key)).map(|key| format!("`{key}`")).collect();
    match given.len() {
        0 if map.has("driver") || map.has("external") => Ok(()),
        0 => {
            let sources: Vec<String> = sources.iter().map(|key| format!("`{key}`")).collect();
            Err(Problem::new(place, format!("`{path}` does not say where its content comes from"))
                .hint(format!("give it one of {}", either(&sources))))
        }
        1 => Ok(()),
        _ => {
            let (_, last) = sources
                .iter()
                .rev()
                .find_map(|key| Some((key, map.get(key)?)))
                .expect("invariant: several are given");
            Err(Problem::new(&last.place, format!("`{path}` has more than one source: {}", given.join(", ")))
                .hint("keep one of them"))
        }
    }
}

/// Looks at each mapping of a list at the end of some keys.
fn entries(
    map: &Map,
    keys: &[&str],
    path: &str,
    look: impl Fn(&str, &Node, &Map) -> Result<()>,
) -> Result<()> {
    for (index, node) in items_at(map, keys).iter().enumerate() {
        if let Some(entry) = node.as_map() {
            look(&format!("{path}.{}[{index}]", keys.join(".")), node, entry)?;
        }
    }
    Ok(())
}

fn has(path: &str, node: &Node, map: &Map, key: &str) -> Result<()> {
    if map.has(key) { Ok(()) } else { Err(Problem::new(&node.place, format!("`{path}` lacks `{key}`"))) }
}

fn has_a_source(path: &str, node: &Node, mount: &Map) -> Result<()> {
    if at(mount, &["type"]).and_then(Node::as_str) == Some("bind") {
        return has(path, node, mount, "source");
    }
    Ok(())
}

fn is_an_address(path: &str, port: &Map) -> Result<()> {
    let Some(node) = port.get("host_ip") else { return Ok(()) };
    match node.as_str() {
        Some(text) if text.parse::<IpAddr>().is_err() => {
            let message = format!("`{path}.host_ip` is `{text}`, which is no IP address");
            Err(Problem::new(&node.place, message).hint("write an address such as `127.0.0.1` or `::1`"))
        }
        _ => Ok(()),
    }
}

fn device_request(path: &str, node: &Node, device: &Map) -> Result<()> {
    if device.has("count") && device.has("device_ids") {
        let message = format!("`{path}` has both `count` and `device_ids`");
        return Err(Problem::new(&node.place, message).hint("say either how many devices or which"));
    }
    Ok(())
}
