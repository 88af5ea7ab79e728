//! The hashes of services, one in each line as `docker compose config --hash` prints them, or as one JSON object.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::{Failure, Result};
use crate::stack::compose::{Map, Node, suggest};
use crate::stack::hash;
use crate::ui::Format;

/// The wanted services with their hashes, as they are printed.
pub(super) fn print(tree: &Node, wanted: &str, format: Format) -> Result<String> {
    let hashes = of(tree, wanted)?;
    Ok(match format {
        Format::Text => hashes.iter().map(|(name, hash)| format!("{name} {hash}\n")).collect(),
        _ => format!("{:#}\n", serde_json::json!(hashes)),
    })
}

/// The hashes by the names of services: `wanted` are names with commas between them, or `*` for all.
fn of<'a>(tree: &'a Node, wanted: &'a str) -> Result<BTreeMap<&'a str, String>> {
    let services = tree.as_map().and_then(|tree| tree.get("services")).and_then(Node::as_map);
    let known: BTreeSet<&str> = services.into_iter().flat_map(Map::keys).collect();
    let named: BTreeSet<&str> = wanted.split(',').collect();
    let names = if named.contains("*") { &known } else { &named };
    if let Some(name) = names.difference(&known).next() {
        return Err(unknown(name, &known));
    }
    Ok(names.iter().map(|name| (*name, hash::service(tree, name))).collect())
}

fn unknown(name: &str, known: &BTreeSet<&str>) -> Failure {
    let hint = match suggest::nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`tars up --hash '*'` shows the services that there are".into(),
    };
    Failure::usage(format!("there is no service `{name}` among those that are active")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::compose::yaml;

    fn tree() -> Node {
        let text = "services:\n  web: {image: a}\n  db: {image: b}\n";
        yaml::parse(text, std::path::Path::new("compose.yml")).unwrap().remove(0)
    }

    fn names(wanted: &str) -> Vec<String> {
        of(&tree(), wanted).unwrap().into_keys().map(str::to_owned).collect()
    }

    #[test]
    fn services_are_listed_by_name() {
        assert_eq!(names("*"), ["db", "web"]);
        assert_eq!(names("web,db,web"), ["db", "web"]);
        assert_eq!(names("web"), ["web"]);
        assert_eq!(names("web,*"), ["db", "web"]);
    }

    #[test]
    fn the_same_is_printed_for_people_and_as_json() {
        let hash = hash::service(&tree(), "web");
        assert_eq!(print(&tree(), "web", Format::Text).unwrap(), format!("web {hash}\n"));
        let json = print(&tree(), "web", Format::Json).unwrap();
        assert_eq!(json, format!("{{\n  \"web\": \"{hash}\"\n}}\n"));
    }

    #[test]
    fn a_service_that_is_not_there_is_told() {
        let failure = of(&tree(), "wep").unwrap_err();
        assert!(failure.to_string().contains("`wep`"), "{failure}");
        assert_eq!(failure.hint_text(), Some("did you mean `web`?"));
    }
}
