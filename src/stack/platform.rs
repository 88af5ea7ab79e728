//! The platform that `DOCKER_DEFAULT_PLATFORM` gives to what is built. Docker Compose does not show it in `config`, but
//! builds for it, makes containers with it, and counts it as a change of the service.

use crate::stack::compose::project::Environment;
use crate::stack::compose::{Map, Node, Problem, Result};

const VARIABLE: &str = "DOCKER_DEFAULT_PLATFORM";

/// Gives the platform of the environment to every service that is built and names none itself.
///
/// # Errors
/// A service is not built for this platform.
pub fn of_built(tree: &mut Node, environment: &Environment) -> Result<()> {
    let Some(platform) = environment.get(VARIABLE).filter(|platform| !platform.is_empty()) else {
        return Ok(());
    };
    let services = tree.as_map_mut().and_then(|tree| tree.get_mut("services")).and_then(Node::as_map_mut);
    for (name, service) in services.into_iter().flat_map(Map::iter_mut) {
        let Some(service) = service.as_map_mut() else { continue };
        let named = service.get("platform").and_then(Node::as_str).is_some_and(|named| !named.is_empty());
        let Some(build) = service.get("build").and_then(Node::as_map).filter(|_| !named) else { continue };
        if let Some(platforms) = build.get("platforms")
            && let Some(listed) = platforms.as_list().filter(|listed| !listed.is_empty())
            && !listed.iter().any(|one| one.as_str() == Some(platform))
        {
            let message =
                format!("the service `{name}` is not built for `{platform}`, which `{VARIABLE}` asks for");
            return Err(Problem::new(&platforms.place, message)
                .hint(format!("add `{platform}` to `build.platforms`, or give the service a `platform`")));
        }
        service.set("platform", Node::text(platform));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::stack::compose::canonical::tests::tree;

    fn given(service: Value) -> Result<Option<String>> {
        let mut tree = tree(&json!({"services": {"a": service}}));
        of_built(&mut tree, &[(VARIABLE.to_owned(), "linux/arm64".to_owned())].into())?;
        let service = tree.as_map().unwrap().get("services").unwrap().as_map().unwrap().get("a").unwrap();
        Ok(service.as_map().unwrap().get("platform").and_then(Node::as_str).map(str::to_owned))
    }

    #[test]
    fn only_what_is_built_and_names_none_gets_it() {
        let rows = [
            (json!({"image": "x"}), None),
            (json!({"image": "x", "build": {"context": "."}}), Some("linux/arm64")),
            (json!({"build": {"context": "."}, "platform": "linux/amd64"}), Some("linux/amd64")),
            (json!({"build": {"platforms": []}, "platform": ""}), Some("linux/arm64")),
            (json!({"build": {"platforms": ["linux/amd64", "linux/arm64"]}}), Some("linux/arm64")),
        ];
        for (service, expected) in rows {
            assert_eq!(given(service.clone()).unwrap().as_deref(), expected, "{service}");
        }
    }

    #[test]
    fn what_is_not_built_for_it_is_refused() {
        let problem = given(json!({"build": {"platforms": ["linux/amd64"]}})).unwrap_err();
        assert!(problem.message.contains("`a` is not built for `linux/arm64`"), "{problem}");
    }

    #[test]
    fn nothing_changes_without_it() {
        let mut tree = tree(&json!({"services": {"a": {"build": {"context": "."}}}}));
        let before = tree.clone();
        for environment in [Environment::new(), [(VARIABLE.to_owned(), String::new())].into()] {
            of_built(&mut tree, &environment).unwrap();
            assert_eq!(tree, before);
        }
    }
}
