//! From the resolved project to the stack: names, hashes, dependencies and the rest of what decides over containers
//! without being sent to the engine.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::Value;

use super::{Condition, Dependency, Network, Pull, Service, Stack, Volume};
use crate::stack::compose::fields::{self, Fields};
use crate::stack::compose::project::{Environment, Project};
use crate::stack::compose::{Node, Problem, Result, render};
use crate::stack::{hash, platform};

/// The platform of everything that names none.
const PLATFORM: &str = "DOCKER_DEFAULT_PLATFORM";

/// What the names of services, networks and volumes never begin with: so do extensions.
const EXTENSION: &str = "x-";

impl Stack {
    /// The stack that a project declares.
    ///
    /// # Errors
    /// A service is something that only Docker Compose itself can bring about, or is not built for the platform that the
    /// environment asks for.
    pub fn new(project: &Project) -> Result<Self> {
        let mut tree = project.tree.clone();
        platform::of_built(&mut tree, &project.environment)?;
        let shown = single_dollars(render::json(&tree));
        let stack = Self {
            project: project.name.clone(),
            directory: project.directory.clone(),
            files: project.files.clone(),
            env_files: project.env_files.clone(),
            others: project.disabled.clone(),
            secrets: shown["secrets"].clone(),
            configs: shown["configs"].clone(),
            tree,
            platform: project.environment.get(PLATFORM).filter(|platform| !platform.is_empty()).cloned(),
            ..Self::default()
        };
        let all = Fields::of(Some(&stack.tree));
        let service = |(name, says)| service(&stack, name, says, &shown["services"][name]);
        let services = declared(all, "services").map(service).collect::<Result<_>>()?;
        let network = |(key, says): (&str, Fields)| Network {
            key: key.into(),
            name: says.text("name").unwrap_or(key).into(),
            external: says.flag("external"),
            config: shown["networks"][key].clone(),
            hash: hash::network(&stack.tree, key),
        };
        let volume = |(key, says): (&str, Fields)| Volume {
            key: key.into(),
            name: says.text("name").unwrap_or(key).into(),
            external: says.flag("external"),
            config: shown["volumes"][key].clone(),
            hash: hash::volume(&stack.tree, key),
        };
        let networks = declared(all, "networks").map(network).collect();
        let volumes = declared(all, "volumes").map(volume).collect();
        Ok(Self { services, networks, volumes, ..stack }.with_variables(&project.environment))
    }

    /// The same with the values of the variables that its secrets and configs take their content from.
    #[must_use]
    pub fn with_variables(mut self, environment: &Environment) -> Self {
        let all = Fields::of(Some(&self.tree));
        let contents = declared(all, "secrets").chain(declared(all, "configs"));
        let variables = contents.filter_map(|(_, says)| {
            let (name, value) = environment.get_key_value(says.text("environment")?)?;
            Some((name.clone(), SecretString::from(value.as_str())))
        });
        self.variables = variables.collect();
        self
    }

    /// Changes what the model says of a service, and reads its configuration, its hash and its image anew; whether there
    /// is such a service, and it was changed.
    ///
    /// # Errors
    /// As for [`Stack::new`].
    pub fn amend(&mut self, name: &str, change: impl FnOnce(&mut Node) -> bool) -> Result<bool> {
        let services = self.tree.as_map_mut().and_then(|tree| tree.get_mut("services")?.as_map_mut());
        if !services.and_then(|services| services.get_mut(name)).is_some_and(change) {
            return Ok(false);
        }
        let shown = single_dollars(render::json(&self.tree));
        let read = service(self, name, self.says(name), &shown["services"][name])?;
        if let Some(service) = self.services.iter_mut().find(|service| service.name == name) {
            (service.config, service.hash, service.image) = (read.config, read.hash, read.image);
        }
        Ok(true)
    }
}

fn declared<'a>(all: Fields<'a>, section: &str) -> impl Iterator<Item = (&'a str, Fields<'a>)> {
    all.named(section).into_iter().filter(|(name, _)| !name.starts_with(EXTENSION))
}

fn service(stack: &Stack, name: &str, says: Fields, shown: &Value) -> Result<Service> {
    for (key, hint) in ONLY_COMPOSE {
        if says.has(key) {
            let message =
                format!("the service `{name}` has `{key}`, which only Docker Compose can carry out");
            return Err(Problem::new(&says.place(key), message).hint(hint));
        }
    }
    let replicas = says.number("scale").or_else(|| says.fields("deploy").number("replicas")).unwrap_or(1);
    let built = || format!("{}-{name}", stack.project);
    Ok(Service {
        name: name.into(),
        config: shown.clone(),
        hash: hash::service(&stack.tree, name),
        image: says.string("image").unwrap_or_else(built),
        pull: pull(says),
        build: shown.get("build").filter(|build| !build.is_null()).cloned(),
        replicas: u32::try_from(replicas).unwrap_or_default(),
        container_name: says.string("container_name"),
        depends_on: says.named("depends_on").into_iter().map(dependency).collect(),
        networks: networks(says),
        volumes: volumes(stack, says),
        stop_grace: says.text("stop_grace_period").and_then(fields::duration),
    })
}

/// What a service cannot do without and nothing but Docker Compose and its plugins can give, with what to do instead.
const ONLY_COMPOSE: [(&str, &str); 3] = [
    ("provider", "start it with `docker compose up`, or declare a service with an `image`"),
    ("models", "run the model as a service of its own, as `ollama` does"),
    ("use_api_socket", "mount the socket: `volumes: [/var/run/docker.sock:/var/run/docker.sock]`"),
];

fn dependency((service, says): (&str, Fields)) -> Dependency {
    Dependency {
        service: service.into(),
        condition: match says.text("condition") {
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::Completed,
            _ => Condition::Started,
        },
        restart: says.flag("restart"),
        required: says.switch("required") != Some(false),
    }
}

/// The keys of a service's networks, those of the highest priority first.
fn networks(says: Fields) -> Vec<String> {
    let mut networks: Vec<_> = says.named("networks").into_iter().collect();
    networks.sort_by_key(|(_, network)| std::cmp::Reverse(network.number("priority").unwrap_or_default()));
    networks.into_iter().map(|(key, _)| key.into()).collect()
}

/// The keys of the volumes that a service mounts and the files declare.
fn volumes(stack: &Stack, says: Fields) -> Vec<String> {
    let declared = Fields::of(Some(&stack.tree)).named("volumes");
    let sources = says.items("volumes").filter(|mount| mount.text("type") == Some("volume"));
    let keys: BTreeSet<_> = sources.filter_map(|mount| mount.text("source")).collect();
    keys.into_iter().filter(|key| declared.contains_key(key)).map(str::to_owned).collect()
}

fn pull(says: Fields) -> Pull {
    const DAY: u64 = 24 * 60 * 60;
    match says.text("pull_policy") {
        Some("always") => Pull::Always,
        Some("never") => Pull::Never,
        Some("build") => Pull::Build,
        Some("daily") => Pull::Older(DAY),
        Some("weekly") => Pull::Older(7 * DAY),
        Some(policy) if policy.starts_with("every_") => older(&policy["every_".len()..]),
        Some("refresh") => older(says.text("pull_refresh_after").unwrap_or_default()),
        _ => Pull::Missing,
    }
}

fn older(text: &str) -> Pull {
    fields::duration(text).map_or(Pull::Missing, |time| Pull::Older(time.as_secs()))
}

/// The secrets and configs at the top of the files.
pub(super) fn contents(tree: &Node) -> (Value, Value) {
    let mut shown = single_dollars(render::json(tree));
    (shown["secrets"].take(), shown["configs"].take())
}

/// What is shown has every `$` twice.
fn single_dollars(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("$$", "$")),
        Value::Array(list) => Value::Array(list.into_iter().map(single_dollars).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key.replace("$$", "$"), single_dollars(value))).collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests;
