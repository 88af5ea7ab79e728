//! Services that live in another one's namespaces or mount its volumes, by what they say of it. The engine knows only
//! containers: which of them is meant is decided where one is made.

use serde_json::Value;

use super::model::Service;

/// The keys that take `service:NAME`.
const MODES: [&str; 3] = ["network_mode", "ipc", "pid"];

/// What such a key begins with.
const OF_SERVICE: &str = "service:";

/// What `volumes_from` begins with where it is no service that it names.
const OF_CONTAINER: &str = "container:";

impl Service {
    /// The services whose namespaces or volumes it shares, each with the key that says so.
    #[must_use]
    pub fn partners(&self) -> Vec<(&'static str, &str)> {
        let modes = MODES.iter().filter_map(|key| {
            let name = self.config.get(key)?.as_str()?.strip_prefix(OF_SERVICE)?;
            Some((*key, name))
        });
        let volumes = self.config.get("volumes_from").and_then(Value::as_array).into_iter().flatten();
        let volumes = volumes.filter_map(|from| {
            let from = from.as_str().filter(|from| !from.starts_with(OF_CONTAINER))?;
            Some(("volumes_from", from.split(':').next().unwrap_or(from)))
        });
        modes.chain(volumes).collect()
    }

    /// The containers whose namespaces or volumes it shares by their own names.
    pub fn named_containers(&self) -> impl Iterator<Item = &str> {
        let modes = MODES.iter().filter_map(|key| self.config.get(key));
        let volumes = self.config.get("volumes_from").and_then(Value::as_array).into_iter().flatten();
        let named = modes.chain(volumes).filter_map(|says| says.as_str()?.strip_prefix(OF_CONTAINER));
        named.map(|name| name.split(':').next().unwrap_or(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn partners_are_named_by_modes_and_volumes() {
        let config = json!({
            "network_mode": "service:vpn", "ipc": "container:y", "pid": "service:app", "volumes_from": ["db:ro", "container:x:ro"],
        });
        let service = Service { config, ..Default::default() };
        let partners = [("network_mode", "vpn"), ("pid", "app"), ("volumes_from", "db")];
        assert_eq!(service.partners(), partners);
        assert_eq!(service.named_containers().collect::<Vec<_>>(), ["y", "x"]);
    }
}
