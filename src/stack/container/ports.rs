//! Which ports a container has, and where of the host they are found.

use std::collections::{BTreeSet, HashMap};

use bollard::models::{PortBinding, PortMap};

use crate::stack::compose::fields::Fields;

/// The ports that the container has, published or not.
pub(super) fn exposed(says: Fields) -> Option<Vec<String>> {
    let listed = says.texts("expose");
    let mut ports: BTreeSet<String> = listed.iter().flat_map(|port| range(port)).collect();
    ports.extend(says.items("ports").filter_map(port));
    Some(ports.into_iter().collect::<Vec<_>>()).filter(|ports| !ports.is_empty())
}

/// Where the ports are published. One without a port of the host gets any that is free.
pub(super) fn bindings(says: Fields) -> PortMap {
    let mut bindings: PortMap = HashMap::new();
    for published in says.items("ports") {
        let Some(port) = port(published) else { continue };
        let binding = PortBinding {
            host_ip: Some(published.string("host_ip").unwrap_or_default()),
            host_port: Some(published.string("published").unwrap_or_default()),
        };
        bindings.entry(port).or_default().get_or_insert_default().push(binding);
    }
    bindings
}

/// `80/tcp`
fn port(says: Fields) -> Option<String> {
    Some(format!("{}/{}", says.number("target")?, says.text("protocol").unwrap_or("tcp")))
}

/// The ports of `80`, `80/udp` or `80-82`; what is none of these is for the engine to refuse.
fn range(text: &str) -> Vec<String> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if first <= last => {
            (first..=last).map(|port| format!("{port}/{protocol}")).collect()
        }
        _ => vec![text.to_owned()],
    }
}
