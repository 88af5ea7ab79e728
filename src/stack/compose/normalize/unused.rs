//! What a project declares and no service uses: `config` does not show it.

use std::collections::HashSet;

use crate::stack::compose::{Map, Node};

/// Drops networks, volumes, secrets and configs that no service uses. Docker Compose does not ask the jobs: it drops what
/// they alone use as well.
pub fn drop_unused(tree: &mut Node) {
    let Some(project) = tree.as_map_mut() else { return };
    let mut used: [(&str, HashSet<String>); 4] =
        ["networks", "volumes", "secrets", "configs"].map(|kind| (kind, HashSet::new()));
    let services = project.get("services").and_then(Node::as_map).into_iter().flat_map(Map::iter);
    for service in services.filter_map(|(_, service)| service.as_map()) {
        for (kind, names) in &mut used {
            names.extend(uses(service, kind).map(Into::into));
        }
    }
    for (kind, names) in used {
        let Some(declared) = project.get_mut(kind).and_then(Node::as_map_mut) else { continue };
        let unused: Vec<String> =
            declared.keys().filter(|name| !names.contains(*name)).map(Into::into).collect();
        for name in unused {
            declared.remove(&name);
        }
    }
}

/// The names of a kind that a service uses.
fn uses<'a>(service: &'a Map, kind: &'static str) -> impl Iterator<Item = &'a str> {
    let build = service.get("build").and_then(Node::as_map).filter(|_| kind == "secrets");
    let listed = [Some(service), build]
        .into_iter()
        .flatten()
        .filter_map(move |map| map.get(kind)?.as_list())
        .flatten()
        .filter_map(Node::as_map)
        .filter(move |entry| kind != "volumes" || entry.get("type").and_then(Node::as_str) == Some("volume"))
        .filter_map(|entry| entry.get("source")?.as_str());
    let named = service.get(kind).and_then(Node::as_map).into_iter().flat_map(Map::keys);
    listed.chain(named)
}
