//! The containers that run before a service starts: what they do not say is that of the service.

use crate::stack::compose::canonical::service::PRE_START;
use crate::stack::compose::{Key, Kind, Map, Node};

/// What a hook does not take from its service, as it has its own files.
const OWN: &str = "volumes";

/// Completes each `pre_start` with what the service says: single values and commands where it says nothing, mappings name
/// by name, and the elements of lists before its own.
pub(super) fn inherit(service: &mut Map) {
    let Some(Node { kind: Kind::List(mut hooks), place, tag }) = service.remove("pre_start") else { return };
    for hook in hooks.iter_mut().filter_map(Node::as_map_mut) {
        for field in PRE_START.fields().filter(|field| field.name != OWN) {
            if let Some(value) = service.get(field.name) {
                complete(hook, field.name, value);
            }
        }
    }
    let key = Key { name: "pre_start".into(), place: place.clone() };
    service.put(key, Node { kind: Kind::List(hooks), place, tag });
}

/// Completes a value with the one that is inherited; the tables say how deep this goes.
fn complete(hook: &mut Map, name: &str, inherited: &Node) {
    let Some(written) = hook.get_mut(name) else {
        hook.set(name, inherited.clone());
        return;
    };
    match (&mut written.kind, &inherited.kind) {
        (Kind::Map(written), Kind::Map(inherited)) => {
            for (key, value) in inherited.iter() {
                complete(written, key, value);
            }
        }
        (Kind::List(written), Kind::List(inherited)) if !matches!(name, "command" | "entrypoint") => {
            let missing: Vec<Node> =
                inherited.iter().filter(|item| !written.contains(item)).cloned().collect();
            written.splice(0..0, missing);
            if name == "extra_hosts" {
                written.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            }
        }
        _ => {}
    }
}
