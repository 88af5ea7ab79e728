//! What a container may do beyond, or not even, what every one may: capabilities, and the profiles of the kernel's guards.

use std::path::Path;

use bollard::models::HostConfig;
use serde::de::IgnoredAny;

use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Node, Place, Problem, Result};
use crate::stack::model::Stack;

/// Every capability at once, which is no capability's name.
const ALL: &str = "ALL";

/// Writes what a service may do into the request.
///
/// # Errors
/// A profile cannot be read, or an option is none.
pub(super) fn apply(stack: &Stack, says: Fields, host: &mut HostConfig) -> Result<()> {
    host.cap_add = capabilities(says, "cap_add");
    host.cap_drop = capabilities(says, "cap_drop");
    let mut options = Vec::new();
    for node in says.list("security_opt") {
        let Some(option) = node.as_str() else { continue };
        if option == "systempaths=unconfined" {
            host.masked_paths = Some(Vec::new());
            host.readonly_paths = Some(Vec::new());
        } else {
            options.push(sent(option, &stack.directory, node)?);
        }
    }
    host.security_opt = Some(options).filter(|options| !options.is_empty());
    Ok(())
}

/// Capabilities by their full names, each once.
fn capabilities(says: Fields, key: &str) -> Option<Vec<String>> {
    let mut names: Vec<String> = says.texts(key).iter().map(|name| full_name(name)).collect();
    names.sort();
    names.dedup();
    Some(names).filter(|names| !names.is_empty())
}

fn full_name(capability: &str) -> String {
    let name = capability.to_ascii_uppercase();
    if name == ALL || name.starts_with("CAP_") { name } else { format!("CAP_{name}") }
}

/// An option as the engine takes it: of a file it wants what is in it, for it may run elsewhere.
fn sent(option: &str, directory: &Path, node: &Node) -> Result<String> {
    let Some((key, value)) = option.split_once('=').or_else(|| option.split_once(':')) else {
        if option == "no-new-privileges" {
            return Ok(option.into());
        }
        return Err(Problem::new(&node.place, format!("`{option}` is no security option"))
            .hint("write `key=value`, as in `seccomp=./profile.json`"));
    };
    if key != "seccomp" || matches!(value, "unconfined" | "builtin") {
        return Ok(option.into());
    }
    profile(&directory.join(value), &node.place).map(|profile| format!("seccomp={profile}"))
}

fn profile(path: &Path, place: &Place) -> Result<String> {
    let unreadable = |why: &dyn std::error::Error| {
        Problem::new(place, format!("cannot read the seccomp profile `{}`: {why}", path.display()))
            .hint("name a JSON file, from the project's directory")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| unreadable(&error))?;
    Ok(compact(&text))
}

/// JSON without the blanks between its parts, and nothing else changed.
fn compact(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    json.chars()
        .filter(|c| {
            if quoted {
                quoted = escaped || *c != '"';
                escaped = !escaped && *c == '\\';
                return true;
            }
            quoted = *c == '"';
            !c.is_ascii_whitespace()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn compact_json_says_the_same(text in ".*", key in "[a-z \\\\\"]*", number in any::<i64>()) {
            let value = serde_json::json!({ key: [text, number, { "a b": null }] });
            let pretty = format!("{value:#}");
            prop_assert_eq!(compact(&pretty), value.to_string());
        }
    }

    #[test]
    fn capabilities_have_their_full_names() {
        for (name, full) in [("net_admin", "CAP_NET_ADMIN"), ("CAP_SYS_TIME", "CAP_SYS_TIME"), ("all", "ALL")]
        {
            assert_eq!(full_name(name), full);
        }
    }
}
