//! What a service shares of another container: its network, its processes, its memory or its volumes. The files name the
//! other one by its service; what a container is made with, and what is hashed, is the id.

use crate::stack::compose::render::Printed;

/// The keys that may be `service:NAME`.
const MODES: [&str; 3] = ["network_mode", "ipc", "pid"];

/// Puts the ids of containers for the services that are named; a service without a container stays as it is.
pub(super) fn resolve(fields: &mut [(String, Printed)], container: impl Fn(&str) -> Option<String>) {
    for (key, value) in fields {
        match value {
            Printed::Text(mode) if MODES.contains(&key.as_str()) => {
                if let Some(id) = mode.strip_prefix("service:").and_then(&container) {
                    *mode = format!("container:{id}");
                }
            }
            Printed::List(list) if key == "volumes_from" => {
                for item in list {
                    if let Printed::Text(from) = item
                        && let Some(id) = volumes_of(from, &container)
                    {
                        *from = id;
                    }
                }
            }
            _ => {}
        }
    }
}

/// The container of `NAME`, `NAME:ro` or `container:NAME:ro`. Docker Compose forgets how the volumes are mounted.
fn volumes_of(from: &str, container: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = from.split(':');
    match (parts.next()?, parts.next()) {
        ("container", Some(name)) => Some(name.to_owned()),
        (service, _) => container(service),
    }
}
