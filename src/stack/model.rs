//! What a resolved project declares, as the engine's terms need it: services, networks and volumes with their names,
//! hashes and dependencies. How a service becomes a container is in `container`.

mod read;
mod rest;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compose::Node;
use super::compose::fields::Fields;
use super::hash;

/// What is declared.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stack {
    /// The project's name.
    pub project: String,
    /// The project's directory.
    pub directory: PathBuf,
    /// The compose files that were named or found.
    pub files: Vec<PathBuf>,
    /// The files with variables that were named.
    pub env_files: Vec<PathBuf>,
    /// The services that are wanted, by name.
    pub services: Vec<Service>,
    /// Services that the files have and that are not wanted now: their containers are no orphans.
    pub others: Vec<String>,
    /// The networks that the services use, by key.
    pub networks: Vec<Network>,
    /// The volumes that the services use, by key.
    pub volumes: Vec<Volume>,
    /// The secrets at the top of the files, as `config --format json` has them.
    pub secrets: Value,
    /// The configs at the top of the files.
    pub configs: Value,
    /// The resolved model itself, in which everything knows where it was written.
    pub tree: Node,
    /// The variables that secrets and configs take their content from. They are never written down: who reads a stack
    /// back has to give them anew.
    #[serde(skip)]
    pub variables: BTreeMap<String, SecretString>,
    /// The platform of services that name none, where the environment says one.
    pub platform: Option<String>,
}

/// A service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// All that it says, as `config --format json` has it, but with no `$` doubled.
    pub config: Value,
    /// The hash by which Docker Compose knows whether it has changed.
    pub hash: String,
    /// The image; that which is built has `<project>-<service>` where no other is said.
    pub image: String,
    /// When the image is pulled or built.
    pub pull: Pull,
    /// How it is built, as `config --format json` has it.
    pub build: Option<Value>,
    /// How many containers it has.
    pub replicas: u32,
    /// The name of its only container, where it says one.
    pub container_name: Option<String>,
    /// What has to be there before.
    pub depends_on: Vec<Dependency>,
    /// The keys of its networks, those of the highest priority first.
    pub networks: Vec<String>,
    /// The keys of the named volumes that it mounts.
    pub volumes: Vec<String>,
    /// How long a container may take to end by itself.
    pub stop_grace: Option<Duration>,
}

/// When an image is pulled: `pull_policy` of the Compose specification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pull {
    /// Where it is not there.
    #[default]
    Missing,
    /// Every time.
    Always,
    /// Never: it has to be there.
    Never,
    /// It is built every time.
    Build,
    /// Where the one that is there was pulled longer ago than this many seconds.
    Older(u64),
}

/// What a service waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The other service.
    pub service: String,
    /// In which state it has to be.
    pub condition: Condition,
    /// Whether a recreated one has this one restarted.
    pub restart: bool,
    /// Whether it has to be there at all.
    pub required: bool,
}

/// The state that another service has to be in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// `service_started`
    #[default]
    Started,
    /// `service_healthy`
    Healthy,
    /// `service_completed_successfully`
    Completed,
}

/// A network.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Its key in the files.
    pub key: String,
    /// Its name in the engine.
    pub name: String,
    /// It is somebody else's and has to be there.
    pub external: bool,
    /// All that it says.
    pub config: Value,
    /// The hash by which Docker Compose knows whether it has changed.
    pub hash: String,
}

/// A named volume.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Its key in the files.
    pub key: String,
    /// Its name in the engine.
    pub name: String,
    /// It is somebody else's and has to be there.
    pub external: bool,
    /// All that it says.
    pub config: Value,
    /// The hash by which Docker Compose knows whether it has changed.
    pub hash: String,
}

impl Service {
    /// Whether the engine starts its containers again when they end well: `deploy.restart_policy` comes before `restart`.
    #[must_use]
    pub fn restarts(&self) -> bool {
        let policy = self.config.pointer("/deploy/restart_policy").filter(|policy| !policy.is_null());
        let said = policy.map_or_else(|| self.config.get("restart"), |policy| policy.get("condition"));
        matches!(said.and_then(Value::as_str), Some("always" | "any" | "unless-stopped"))
    }
}

impl Stack {
    /// The service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The network of this key.
    #[must_use]
    pub fn network(&self, key: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.key == key)
    }

    /// The volume of this key.
    #[must_use]
    pub fn volume(&self, key: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.key == key)
    }

    /// What the model says of a service.
    #[must_use]
    pub fn says(&self, service: &str) -> Fields<'_> {
        Fields::of(Some(&self.tree)).at(&["services", service])
    }

    /// The hash that a container of this service has. It is not the service's own where the container shares something
    /// with that of another service: `first` gives the id of the first container, by name, of such a service.
    #[must_use]
    pub fn container_hash(&self, service: &Service, first: impl Fn(&str) -> Option<String>) -> String {
        let says = self.says(&service.name);
        if ["network_mode", "ipc", "pid", "volumes_from"].iter().any(|key| says.has(key)) {
            hash::container(&self.tree, &service.name, first)
        } else {
            service.hash.clone()
        }
    }

    /// The name of a container of this service, as Docker Compose gives it; numbers begin at 1.
    #[must_use]
    pub fn container_name(&self, service: &Service, number: u32) -> String {
        service
            .container_name
            .clone()
            .unwrap_or_else(|| format!("{}-{}-{number}", self.project, service.name))
    }
}
