//! What an unknown key was meant to be: another key of the same mapping, or the same key one level up or down. It is
//! asked when a key is unknown, and never decides whether one is.

use super::shape::{Fields, Shape};
use super::walk::{Around, Step, written};
use crate::stack::compose::node::Node;
use crate::stack::compose::suggest::{either, nearest};

/// How many levels down a key is looked for: `cpus` of a service's `deploy.resources.limits`.
const LEVELS: usize = 3;

/// What helps where a key is unknown in the innermost of some mappings.
pub(super) fn meant(key: &str, node: &Node, path: &[Step<'_>], around: &[Around]) -> Option<String> {
    let here = &around.last()?.fields;
    slip(key, here)
        .or_else(|| indented_too_far(path, around))
        .or_else(|| not_indented(key, node, here))
        .or_else(|| further_in(key, path, here))
        .or_else(|| further_out(key, path, around))
        .or_else(|| beginning(key, here))
}

/// `volumes` written under `services` looks like a service of that name.
fn indented_too_far(path: &[Step<'_>], around: &[Around]) -> Option<String> {
    let [Step::Key("services"), Step::Key(name)] = path else { return None };
    around.first()?.fields.get(name)?;
    Some(format!("`{name}` belongs at the top level; is it indented too far?"))
}

/// A service that is written at the top level, not under `services`.
fn not_indented(key: &str, node: &Node, here: &Fields) -> Option<String> {
    let (service, _) = mapping_in(here.get("services")?, "services")?;
    let map = node.as_map().filter(|map| !map.is_empty())?;
    map.keys().all(|key| service.get(key).is_some()).then(|| format!("`{key}` belongs in `services`"))
}

/// A key of the same mapping, written nearly alike.
fn slip(key: &str, here: &Fields) -> Option<String> {
    let near = nearest(key, here.all().map(|(name, _)| name))?;
    Some(format!("did you mean `{near}`?"))
}

/// The same key in a mapping in this one.
fn further_in(key: &str, path: &[Step<'_>], here: &Fields) -> Option<String> {
    let way = (1..=LEVELS).find_map(|levels| way_to(key, here, levels))?;
    let whole = [written(path), way].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    Some(format!("`{key}` belongs in `{}`", whole.join(".")))
}

/// The keys that lead to a mapping with a key, exactly so many levels down.
fn way_to(key: &str, fields: &Fields, levels: usize) -> Option<String> {
    if levels == 0 {
        return fields.get(key).map(|_| String::new());
    }
    fields.all().find_map(|(name, shape)| {
        let (inner, name) = mapping_in(shape, name)?;
        let rest = way_to(key, inner, levels - 1)?;
        Some(if rest.is_empty() { name } else { format!("{name}.{rest}") })
    })
}

/// The mapping that stands under a key, and the way to it; a freely chosen name on that way is written `NAME`.
fn mapping_in(shape: &'static Shape, name: &str) -> Option<(&'static Fields, String)> {
    match shape {
        Shape::Fields(fields) => Some((fields, name.to_owned())),
        Shape::OneOf(shapes) => shapes.iter().find_map(|shape| mapping_in(shape, name)),
        Shape::Names(names) => mapping_in(names.of, &format!("{name}.NAME")),
        _ => None,
    }
}

/// The same key in a mapping around this one.
fn further_out(key: &str, path: &[Step<'_>], around: &[Around]) -> Option<String> {
    let outer = around.iter().rev().skip(1).find(|outer| outer.fields.get(key).is_some())?;
    Some(match written(&path[..outer.depth]).as_str() {
        "" => format!("`{key}` belongs at the top level"),
        place => format!("`{key}` belongs in `{place}`"),
    })
}

/// Keys of the same mapping that begin with what was written: `env`.
fn beginning(key: &str, here: &Fields) -> Option<String> {
    if key.len() < 3 {
        return None;
    }
    let mut longer: Vec<&str> =
        here.all().map(|(name, _)| name).filter(|name| name.starts_with(key)).collect();
    longer.sort_unstable();
    if !(1..=3).contains(&longer.len()) {
        return None;
    }
    let longer: Vec<String> = longer.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("did you mean {}?", either(&longer)))
}
