//! What running containers see of the cards: the device nodes below the root of each container's first
//! process, looked at from outside. Which of them ought to see one is the engine's to know.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::facts::{Fact, NEEDS_ROOT};

/// What one container sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sight {
    /// The container's full id.
    pub container: String,
    /// The driver's device nodes in it, by name.
    pub nodes: Vec<String>,
}

/// Looks into every container that has a process.
pub(super) fn look(root: &Path) -> Fact<Vec<Sight>> {
    let Ok(entries) = fs::read_dir(root.join("proc")) else {
        return Fact::Unknown("the processes cannot be listed".into());
    };
    let mut processes: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    processes.sort_unstable();
    let mut seen: BTreeMap<String, Sight> = BTreeMap::new();
    for pid in processes {
        let place = root.join(format!("proc/{pid}"));
        let Some(container) = fs::read_to_string(place.join("cgroup")).ok().and_then(|text| container(&text))
        else {
            continue;
        };
        if seen.contains_key(&container) {
            continue;
        }
        match fs::read_dir(place.join("root/dev")) {
            Ok(nodes) => {
                let names = nodes.flatten().map(|node| node.file_name().to_string_lossy().into_owned());
                let mut nodes: Vec<_> = names.filter(|name| name.starts_with("nvidia")).collect();
                nodes.sort();
                seen.insert(container.clone(), Sight { container, nodes });
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Fact::Unknown(NEEDS_ROOT.into());
            }
            // The process has ended meanwhile.
            Err(_) => {}
        }
    }
    Fact::Known(seen.into_values().collect())
}

/// The id of the container in the control groups of a process: `/docker/ID`, `/system.slice/docker-ID.scope`.
fn container(cgroup: &str) -> Option<String> {
    let words = cgroup.split(|c: char| !c.is_ascii_alphanumeric());
    let is_id = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    words.into_iter().find(is_id).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_control_group() {
        let id = "0123456789abcdef".repeat(4);
        for (text, is) in [
            (format!("0::/system.slice/docker-{id}.scope\n"), true),
            (format!("12:devices:/docker/{id}\n11:cpu:/docker/{id}\n"), true),
            ("0::/user.slice/user-1000.slice/session-1.scope\n".to_string(), false),
            (format!("0::/docker/{id}0\n"), false),
            (String::new(), false),
        ] {
            assert_eq!(container(&text).is_some_and(|found| found == id), is, "{text}");
        }
    }

    #[test]
    fn the_first_process_of_a_container_shows_its_nodes() {
        let root = tempfile::tempdir().unwrap();
        let id = "ab".repeat(32);
        for (pid, node) in [("100", "nvidia0"), ("200", "nvidia1"), ("self", "nvidia2")] {
            let place = root.path().join("proc").join(pid);
            fs::create_dir_all(place.join("root/dev")).unwrap();
            fs::write(place.join("cgroup"), format!("0::/docker/{id}\n")).unwrap();
            fs::write(place.join("root/dev").join(node), "").unwrap();
            fs::write(place.join("root/dev/null"), "").unwrap();
        }
        let sight = Sight { container: id, nodes: vec!["nvidia0".into()] };
        assert_eq!(look(root.path()), Fact::Known(vec![sight]));
    }
}
