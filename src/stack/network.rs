//! What the engine is sent to make a network.

use std::collections::HashMap;

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};

use super::compose::fields::Fields;
use super::container::COMPOSE_VERSION;
use super::labels::PREFIX;
use super::model::{Network, Stack};

/// The request for a network.
#[must_use]
pub fn request(stack: &Stack, network: &Network) -> NetworkCreateRequest {
    let says = Fields::of(Some(&stack.tree)).at(&["networks", &network.key]);
    let mut labels: HashMap<String, String> = says.pairs("labels");
    labels.extend(own_labels(stack, "network", &network.key, &network.hash));
    NetworkCreateRequest {
        name: network.name.clone(),
        driver: says.string("driver"),
        options: says.has("driver_opts").then(|| says.pairs("driver_opts")),
        internal: Some(says.flag("internal")),
        attachable: Some(says.flag("attachable")),
        enable_ipv4: says.switch("enable_ipv4"),
        enable_ipv6: says.switch("enable_ipv6"),
        ipam: ipam(says.fields("ipam")),
        labels: Some(labels),
        ..NetworkCreateRequest::default()
    }
}

/// The labels by which Docker Compose finds what is its own.
pub(super) fn own_labels(stack: &Stack, kind: &str, key: &str, hash: &str) -> [(String, String); 4] {
    [(kind, key), ("project", &stack.project), ("version", COMPOSE_VERSION), ("config-hash", hash)]
        .map(|(label, value)| (format!("{PREFIX}{label}"), value.to_owned()))
}

/// Which addresses it has; none where nothing is said of them.
fn ipam(says: Fields) -> Option<Ipam> {
    let pool = |pool: Fields| IpamConfig {
        subnet: pool.string("subnet"),
        ip_range: pool.string("ip_range"),
        gateway: pool.string("gateway"),
        auxiliary_addresses: pool.has("aux_addresses").then(|| pool.pairs("aux_addresses")),
    };
    let pools: Vec<_> = says.items("config").map(pool).collect();
    let said = says.has("driver") || says.has("options") || !pools.is_empty();
    said.then(|| Ipam {
        driver: says.string("driver"),
        config: Some(pools).filter(|pools| !pools.is_empty()),
        options: says.has("options").then(|| says.pairs("options")),
    })
}
