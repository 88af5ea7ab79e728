//! What a service names must be declared: networks, volumes, secrets, configs, models, and services to build from.

use super::{Scope, items_at, map_at, text_at};
use crate::stack::compose::node::{Kind, Map, Node, Place};
use crate::stack::compose::problem::{Problem, Result};
use crate::stack::compose::suggest::nearest;

/// A service that is active.
pub(super) fn check(name: &str, service: &Map, scope: &Scope<'_>) -> Result<()> {
    for (section, what) in [("networks", "network"), ("models", "model")] {
        let named = map_at(service, &[section]);
        for (other, node) in named.into_iter().flat_map(Map::iter) {
            // Docker Compose declares the network `default` itself.
            if (section, other) != ("networks", "default") {
                let place = named.and_then(|named| named.place_of(other)).unwrap_or(&node.place);
                declared(name, scope, section, what, other, place)?;
            }
        }
    }
    for mount in items_at(service, &["volumes"]) {
        let Some(map) = mount.as_map() else { continue };
        if let (Some("volume"), Some(volume)) = (text_at(map, &["type"]), text_at(map, &["source"])) {
            declared(name, scope, "volumes", "volume", volume, source_place(mount))?;
        }
    }
    for (keys, section, what) in [
        (&["configs"][..], "configs", "config"),
        (&["secrets"], "secrets", "secret"),
        (&["build", "secrets"], "secrets", "secret"),
    ] {
        for grant in items_at(service, keys) {
            let source = grant.as_map().and_then(|map| map.get("source")).and_then(Node::as_str);
            declared(name, scope, section, what, source.unwrap_or_default(), source_place(grant))?;
        }
    }
    contexts(name, service, scope)
}

/// A secret of the project, where Docker Compose cannot ask somebody else for it.
pub(super) fn secret_has_a_source(name: &str, secret: &Map, place: &Place) -> Result<()> {
    let external = matches!(secret.get("external").map(|node| &node.kind), Some(Kind::Bool(true)));
    if external || secret.has("file") || text_at(secret, &["environment"]).is_some() {
        return Ok(());
    }
    Err(Problem::new(place, format!("`secrets.{name}` does not say where its content comes from"))
        .hint("give it `file` or `environment`"))
}

fn declared(
    service: &str,
    scope: &Scope<'_>,
    section: &str,
    what: &str,
    name: &str,
    place: &Place,
) -> Result<()> {
    if scope.declares(section, name) {
        return Ok(());
    }
    if name.is_empty() {
        let message = format!("the service `{service}` uses a {what} without saying which");
        return Err(Problem::new(place, message).hint("name it with `source`"));
    }
    let message = format!("the service `{service}` uses the {what} `{name}`, which is not declared");
    let hint = match nearest(name, scope.declared(section)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it under `{section}` at the top level"),
    };
    Err(Problem::new(place, message).hint(hint))
}

/// The images of other services that a build uses: those must be built too, active or not.
fn contexts(name: &str, service: &Map, scope: &Scope<'_>) -> Result<()> {
    let contexts = map_at(service, &["build", "additional_contexts"]);
    for (context, node) in contexts.into_iter().flat_map(Map::iter) {
        let Some(other) = node.as_str().and_then(|text| text.strip_prefix("service:")) else { continue };
        let found = scope.project.get("services").and_then(Node::as_map).and_then(|all| all.get(other));
        let message = match found.and_then(Node::as_map) {
            Some(found) if found.has("build") => continue,
            Some(_) => format!(
                "the build of the service `{name}` uses `{other}` as the context `{context}`, which is not built"
            ),
            None if scope.inactive.contains(other) => continue,
            None => format!(
                "the build of the service `{name}` uses the service `{other}` as the context `{context}`, which is \
                 not declared"
            ),
        };
        let problem = Problem::new(&node.place, message);
        return Err(match nearest(other, scope.declared("services")) {
            Some(near) if near != other => problem.hint(format!("did you mean `{near}`?")),
            _ => {
                problem.hint(format!("name a service with `build`, or the image as `docker-image://{other}`"))
            }
        });
    }
    Ok(())
}

fn source_place(node: &Node) -> &Place {
    node.as_map().and_then(|map| map.get("source")).map_or(&node.place, |source| &source.place)
}
