//! What is planned for what is declared and what is there. A case is a stack, what is different about it or what somebody
//! has done to it, and the plan as a person reads it, with the steps that each comes after.

mod containers;
mod dependencies;
mod images;
mod property;
mod resources;
mod world;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use self::world::World;
use super::{Recreate, Wanted, plan};
use crate::stack::compose::Node;
use crate::stack::model::{Condition, Dependency, Network, Pull, Service, Stack, Volume};
use crate::stack::observed::{Health, State};
use crate::up::applied::Applied;

/// A case: what is declared, what is there, and what is asked for.
struct Case {
    stack: Stack,
    world: World,
    applied: Option<Applied>,
    wanted: Wanted,
}

/// A stack of services as these, by name and what they say, in the default network.
fn stack(services: Value) -> Stack {
    let mut stack = Stack {
        project: "home".into(),
        networks: vec![Network {
            key: "default".into(),
            name: "home_default".into(),
            hash: "n1".into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    for (name, says) in services.as_object().unwrap() {
        let service = service(name, says.clone());
        for key in &service.volumes {
            let name = format!("home_{key}");
            stack.volumes.push(Volume { key: key.clone(), name, hash: "v1".into(), ..Default::default() });
        }
        stack.services.push(service);
    }
    stack.tree = tree(&stack.services);
    stack
}

/// The model that says of these services what they say.
fn tree(services: &[Service]) -> Node {
    let services: Value =
        services.iter().map(|service| (service.name.clone(), service.config.clone())).collect();
    serde_json::from_value(json!({"services": services})).unwrap()
}

/// What is not under `config` is a field of the model; the hash is the configuration itself.
fn service(name: &str, mut config: Value) -> Service {
    let mut take = |key: &str| config.as_object_mut().unwrap().remove(key).unwrap_or_default();
    let condition = |text: &str| match text {
        "healthy" => Condition::Healthy,
        "completed" => Condition::Completed,
        _ => Condition::Started,
    };
    let needs = take("needs");
    let needs = needs.as_object().into_iter().flatten().map(|(service, how)| {
        let how = how.as_str().unwrap();
        Dependency {
            service: service.clone(),
            condition: condition(how),
            restart: how == "restart",
            required: true,
        }
    });
    let mut service = Service {
        name: name.into(),
        depends_on: needs.collect(),
        replicas: take("replicas").as_u64().unwrap_or(1) as u32,
        container_name: take("container_name").as_str().map(Into::into),
        build: take("build").as_object().map(|_| json!({"context": "."})),
        pull: match take("pull") {
            Value::String(policy) if policy == "always" => Pull::Always,
            Value::String(policy) if policy == "never" => Pull::Never,
            Value::String(policy) if policy == "build" => Pull::Build,
            Value::Number(seconds) => Pull::Older(seconds.as_u64().unwrap()),
            _ => Pull::Missing,
        },
        volumes: take("mounts")
            .as_array()
            .into_iter()
            .flatten()
            .map(|key| key.as_str().unwrap().into())
            .collect(),
        networks: vec!["default".into()],
        ..Default::default()
    };
    if config.get("image").is_none() {
        config["image"] = json!("a:1");
    }
    if config.get("network_mode").is_some() {
        service.networks.clear();
    }
    service.image = config["image"].as_str().unwrap().into();
    service.hash = config.to_string();
    service.config = config;
    service
}

/// Nothing is there.
fn empty(services: Value) -> Case {
    Case {
        stack: stack(services),
        world: World::default(),
        applied: None,
        wanted: Wanted { now: 1_000_000, ..Default::default() },
    }
}

/// All is there as declared.
fn there(services: Value) -> Case {
    let mut case = empty(services);
    case.applied = Some(case.world.converge(&case.stack, None, &case.wanted, &mut |_| 0));
    case.wanted.fresh = BTreeSet::new();
    case
}

/// The first is there, the second is declared.
fn changed(before: Value, now: Value) -> Case {
    Case { stack: stack(now), ..there(before) }
}

impl Case {
    /// The same with something else about it.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same with a container in this state.
    fn but(self, name: &str, state: State, exit_code: Option<i64>, health: Option<Health>) -> Self {
        self.with(|case| {
            let container = case.world.container(name);
            (container.state, container.exit_code, container.health) = (state, exit_code, health);
        })
    }

    /// The plan as a person reads it.
    fn text(self) -> String {
        let planned = match plan(&self.stack, &self.world.there, self.applied.as_ref(), &self.wanted) {
            Ok(planned) => planned,
            Err(failure) => {
                return format!("error: {failure}\nhint: {}", failure.hint_text().unwrap_or_default());
            }
        };
        let mut text = String::new();
        for (at, step) in planned.plan.steps.iter().enumerate() {
            write!(text, "{}. {} — because {}", at + 1, step.action, step.cause).unwrap();
            let after: Vec<String> = step.after.iter().map(|before| (before + 1).to_string()).collect();
            text += &if after.is_empty() { "\n".to_string() } else { format!(" [{}]\n", after.join(" ")) };
        }
        if text.is_empty() {
            text += "nothing\n";
        }
        planned.warnings.iter().for_each(|warning| writeln!(text, "warning: {warning}").unwrap());
        text
    }
}
