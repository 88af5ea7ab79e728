//! Where Ollama keeps models on this machine, and the room that is left there. A server in a container keeps
//! them in its own file system, which is seen through its process.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use nix::libc;

use crate::facts::Fact;
use crate::facts::far::{self, Question};

/// The directory of the models, below the home of whom Ollama runs as.
const BELOW: &str = ".ollama/models";
/// The homes of those whom Ollama runs as: its own user, and root in its image.
const HOMES: [&str; 3] = ["usr/share/ollama", "root", "var/lib/ollama"];

/// The place of the models.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Store {
    /// The directory.
    pub path: String,
    /// The bytes that are free there.
    pub free: u64,
}

/// Finds it, without opening it: it may be on a mount that hangs; `variables` are `OLLAMA_MODELS` and `HOME` of this process.
pub(super) fn look(root: &Path, variables: &[Option<String>; 2]) -> Fact<Option<Store>> {
    let [named, home] = variables;
    let named = named.as_ref().map(PathBuf::from);
    let home = home.as_ref().map(|home| Path::new(home).join(BELOW));
    let server = server(root).map(|pid| root.join(format!("proc/{pid}/root")));
    let below = |root: &PathBuf| HOMES.map(|home| root.join(home).join(BELOW));
    // A server that runs knows best; then what is said to this process; then where it usually is.
    let of_server = server.iter().flat_map(below);
    let usual = below(&root.to_path_buf());
    let mut places = of_server.chain(named).chain(home).chain(usual);
    let found = places.find_map(|path| match far::look(&path, &Question::default()) {
        Fact::Known(seen) => {
            let is_directory = seen.mode.is_ok_and(|mode| mode & libc::S_IFMT == libc::S_IFDIR);
            let store = |free| Store { path: path.to_string_lossy().into_owned(), free };
            is_directory.then(|| Fact::from(seen.free.map(store)))
        }
        Fact::Unknown(_) => None,
    });
    found.map_or(Fact::Known(None), |found| found.and_then(|store| Ok::<_, String>(Some(store))))
}

/// The process of the server, by its name; the processes of models come later and have other arguments.
fn server(root: &Path) -> Option<u32> {
    let entries = fs::read_dir(root.join("proc")).ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_server = |pid: &u32| {
        let arguments = fs::read(root.join(format!("proc/{pid}/cmdline"))).unwrap_or_default();
        let mut words = arguments.split(|byte| *byte == 0);
        words.next().is_some_and(|program| program.ends_with(b"ollama")) && words.next() == Some(b"serve")
    };
    pids.filter(is_server).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_the_running_server_comes_first() {
        let root = tempfile::tempdir().unwrap();
        let none = [None, None];
        assert_eq!(look(root.path(), &none), Fact::Known(None));
        let make = |path: &str| fs::create_dir_all(root.path().join(path)).unwrap();
        let found = |fact: Fact<Option<Store>>| fact.known().cloned().flatten().unwrap().path;
        make("usr/share/ollama/.ollama/models");
        assert!(found(look(root.path(), &none)).ends_with("/usr/share/ollama/.ollama/models"));
        make("proc/70/root/root/.ollama/models");
        fs::write(root.path().join("proc/70/cmdline"), b"/bin/ollama\0serve\0").unwrap();
        assert!(found(look(root.path(), &none)).ends_with("/proc/70/root/root/.ollama/models"));
    }
}
