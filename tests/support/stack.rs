//! Stacks on the real engine, made by `tars` or by Docker Compose: the projects of `tests/stack` in folders of their
//! own, what the engine has of each, and a way to have several at work side by side.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::engine::{ENTERED, Engine, POOL};
use super::env::{Ended, finish};
use super::{TestEnv, wait};

const PROJECTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stack");

/// The names of all projects of `tests/stack`.
pub fn names() -> Vec<String> {
    let folders = fs::read_dir(PROJECTS).unwrap();
    let mut names: Vec<String> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Makes what the projects want of others: a network, a volume, containers, and an image that somebody has built.
pub fn provide(engine: &Engine) {
    engine.ask("POST", "/networks/create", &json!({ "Name": "bridge-of-others" }));
    engine.ask("POST", "/volumes/create", &json!({ "Name": "volume-of-others" }));
    engine.ask("POST", "/containers/create?name=outside", &json!({ "Image": ENTERED }));
    engine.ask("POST", &format!("/images/{ENTERED}/tag?repo=built-built&tag=latest"), &Value::Null);
}

/// A project in a folder, with both programs at hand.
pub struct Stack<'a> {
    pub name: String,
    pub folder: PathBuf,
    engine: &'a Engine,
    env: &'a TestEnv,
    compose: &'a Path,
}

impl<'a> Stack<'a> {
    /// A project whose folder is still empty; its name is that of the folder.
    pub fn empty(name: &str, engine: &'a Engine, env: &'a TestEnv, compose: &'a Path) -> Self {
        Self { name: name.into(), folder: env.directory(name), engine, env, compose }
    }

    /// A project of `tests/stack`, copied: the engine makes folders where one binds what is not there.
    pub fn copied(name: &str, engine: &'a Engine, env: &'a TestEnv, compose: &'a Path) -> Self {
        let stack = Self::empty(name, engine, env, compose);
        let from = Path::new(PROJECTS).join(name).join(".");
        let copied = Command::new("cp").arg("-r").arg(from).arg(&stack.folder).status().unwrap();
        assert!(copied.success());
        stack
    }

    /// Docker Compose with these arguments.
    pub fn theirs(&self, arguments: &[&str]) -> Ended {
        self.finish(self.env.command(self.compose).args(arguments))
    }

    /// `tars` with these arguments.
    pub fn ours(&self, arguments: &[&str]) -> Ended {
        self.finish(self.env.tars().args(arguments))
    }

    fn finish(&self, command: &mut Command) -> Ended {
        let command = command.env("DOCKER_HOST", self.engine.host()).current_dir(&self.folder);
        finish(self.engine.beside(command))
    }

    /// The containers of the project by name, as the engine lists them.
    pub fn containers(&self) -> BTreeMap<String, Value> {
        let listed = self.listed("containers/json?all=true&");
        let named = |container: Value| {
            let names = container["Names"].as_array().unwrap().iter().filter_map(Value::as_str);
            // Besides its own name, a container has one for each link to it: `/other/alias`.
            let own = names.map(|name| &name[1..]).find(|name| !name.contains('/')).unwrap();
            (own.to_string(), container)
        };
        listed.into_iter().map(named).collect()
    }

    /// The ids of its containers by name.
    pub fn ids(&self) -> BTreeMap<String, String> {
        let id = |(name, container): (String, Value)| (name, container["Id"].as_str().unwrap().to_string());
        self.containers().into_iter().map(id).collect()
    }

    /// The names of its volumes, with when each was made.
    pub fn volumes(&self) -> BTreeMap<String, String> {
        let word = |volume: &Value, key: &str| volume[key].as_str().unwrap_or_default().to_string();
        self.listed("volumes?")
            .iter()
            .map(|volume| (word(volume, "Name"), word(volume, "CreatedAt")))
            .collect()
    }

    /// Everything with the label of the project: what kind it is, and its name or id.
    pub fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = self.ids().into_keys().map(|name| format!("container {name}")).collect();
        left.extend(self.volumes().into_keys().map(|name| format!("volume {name}")));
        let networks = self.listed("networks?");
        left.extend(networks.iter().map(|network| format!("network {}", network["Name"])));
        left
    }

    /// Waits until of no container it is still unknown whether it is healthy.
    pub fn settle(&self) {
        wait(&format!("the health of {}", self.name), Duration::from_secs(30), || {
            let unknown = |container: &Value| container["Status"].to_string().contains("(health: starting)");
            (!self.containers().values().any(unknown)).then_some(())
        });
    }

    /// Everything that the engine says of the project's containers, networks and volumes, but for ids, times and the
    /// names that the engine itself makes up.
    pub fn inspected(&self) -> BTreeMap<String, Value> {
        let ids = self.ids();
        let mut seen = BTreeMap::new();
        for (name, id) in &ids {
            seen.insert(format!("container {name}"), self.engine.inspect(id));
        }
        let mut known: Vec<(String, String)> = ids.into_iter().map(|(name, id)| (id, name)).collect();
        for network in self.listed("networks?") {
            let text = |key: &str| network[key].as_str().unwrap().to_string();
            known.push((text("Id"), text("Name")));
            let whole = self.engine.ask("GET", &format!("/networks/{}", text("Id")), &Value::Null);
            seen.insert(format!("network {}", text("Name")), whole);
        }
        for volume in self.listed("volumes?") {
            seen.insert(format!("volume {}", volume["Name"].as_str().unwrap()), volume);
        }
        seen.values_mut().for_each(|value| neutral(value, "", &known));
        seen
    }

    fn listed(&self, path: &str) -> Vec<Value> {
        let filter = format!("%7B%22label%22%3A%5B%22com.docker.compose.project%3D{}%22%5D%7D", self.name);
        match self.engine.ask("GET", &format!("/{path}filters={filter}"), &Value::Null) {
            Value::Array(list) => list,
            mut other => other["Volumes"].as_array_mut().map(std::mem::take).unwrap_or_default(),
        }
    }
}

/// What is another one each time; and two fields of which the engine repeats what it was told until it knows better.
#[rustfmt::skip]
const DIFFERS: [&str; 16] = [
    "Id", "Created", "CreatedAt", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "LowerDir", "MergedDir",
    "UpperDir", "WorkDir", "NetworkID", "EndpointID", "Mountpoint", "IPAddress", "IPv6Gateway",
];

/// Lists without an order: either program goes through a map to fill them.
const WITHOUT_ORDER: [&str; 7] = ["Env", "Binds", "Mounts", "Links", "ExtraHosts", "Aliases", "Ulimits"];

/// Takes out what is another one each time; `key` is where the value stands, `known` are ids with what they are of.
fn neutral(value: &mut Value, key: &str, known: &[(String, String)]) {
    match value {
        Value::Object(map) => {
            if map.get("Type").is_some_and(|kind| kind == "volume") && map.get("Name").is_some_and(is_made_up)
            {
                map.insert("Name".into(), Value::Null);
                map.insert("Source".into(), Value::Null);
            }
            map.retain(|key, _| !DIFFERS.contains(&key.as_str()));
            map.iter_mut().for_each(|(key, value)| neutral(value, key, known));
        }
        Value::Array(list) => {
            list.retain(|item| !item["Subnet"].as_str().is_some_and(|subnet| subnet.starts_with(POOL)));
            list.iter_mut().for_each(|item| neutral(item, key, known));
            if WITHOUT_ORDER.contains(&key) {
                list.sort_by_key(Value::to_string);
            }
        }
        Value::String(text) => {
            for (id, name) in known {
                *text = text.replace(id, name).replace(&id[..12], name);
            }
            if key == "com.docker.compose.depends_on" {
                let mut parts: Vec<&str> = text.split(',').collect();
                parts.sort_unstable();
                *text = parts.join(",");
            }
        }
        _ => {}
    }
}

/// Whether the engine has made this name up: 64 hexadecimal digits.
fn is_made_up(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Does something with each, several at a time, and fails the test with all that is wrong.
#[track_caller]
pub fn side_by_side<T: Sync>(all: &[T], at_once: usize, act: impl Fn(&T) -> Result<(), String> + Sync) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(what) = act(one) {
                        wrong.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// What is wrong where something does not hold.
pub fn holds(it: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if it { Ok(()) } else { Err(otherwise()) }
}
