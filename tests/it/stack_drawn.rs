//! Stacks that are drawn by lot, on the real engine: brought up they leave nothing to do; after a change of the file only
//! those containers are other ones that have to be, and nothing to do is left again; and no volume ever goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use serde_json::{Map, Value, json};

use crate::support::compose;
use crate::support::engine::{ENTERED, engine};
use crate::support::planted::Random;
use crate::support::stack::{Stack, holds, side_by_side};
use crate::support::{TestEnv, seed};

/// How many stacks are drawn.
const STACKS: u64 = 25;

/// How many of them are at work at the same time.
const AT_ONCE: usize = 6;

/// What a service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It runs.
    Plain,
    /// It runs, and has a health check.
    Checked,
    /// It ends by itself, and well.
    Job,
}

/// A service; what it needs are services that were drawn before it.
#[derive(Debug, Clone)]
struct Service {
    kind: Kind,
    version: usize,
    replicas: usize,
    networks: [bool; 2],
    data: bool,
    anonymous: bool,
    /// Each with whether this one is restarted when that one is made anew.
    needs: BTreeMap<usize, bool>,
    /// Whose network it is in.
    beside: Option<usize>,
}

/// A compose file.
#[derive(Debug, Clone)]
struct Drawn {
    services: BTreeMap<usize, Service>,
    /// The versions of the networks `front` and `back`.
    networks: [usize; 2],
    /// The version of the volume `data`.
    volume: usize,
}

const NETWORKS: [&str; 2] = ["front", "back"];

fn name(service: usize) -> String {
    format!("s{service}")
}

fn drawn(random: &mut Random) -> Drawn {
    let mut drawn = Drawn { services: BTreeMap::new(), networks: [0; 2], volume: 0 };
    for _ in 0..2 + random.below(4) {
        drawn.add(random);
    }
    drawn
}

impl Drawn {
    fn add(&mut self, random: &mut Random) {
        let mut yes = |of: usize| random.below(of) == 0;
        let kind = match (yes(4), yes(3)) {
            (true, _) => Kind::Job,
            (_, true) => Kind::Checked,
            _ => Kind::Plain,
        };
        let mut needs = BTreeMap::new();
        for other in self.services.keys() {
            if yes(2) {
                needs.insert(*other, yes(2));
            }
        }
        let stays = |other: &&usize| self.services[*other].kind != Kind::Job;
        let beside = needs.keys().find(stays).copied().filter(|_| yes(2));
        let service = Service {
            kind,
            version: 0,
            replicas: if yes(4) { 2 } else { 1 },
            networks: [yes(3), yes(3)],
            data: yes(2),
            anonymous: yes(3),
            needs,
            beside,
        };
        let next = self.services.keys().last().map_or(0, |last| last + 1);
        self.services.insert(next, service);
    }

    /// Changes something of it, at times what makes no other container.
    fn change(&mut self, random: &mut Random) -> String {
        let keys: Vec<usize> = self.services.keys().copied().collect();
        let at = keys[random.below(keys.len())];
        let is_needed = self.services.values().any(|other| other.needs.contains_key(&at));
        let service = self.services.get_mut(&at).unwrap();
        let what = match random.below(10) {
            0 => {
                self.add(random);
                return "another service".into();
            }
            1 if !is_needed && keys.len() > 1 => {
                self.services.remove(&at);
                return format!("no `{}`", name(at));
            }
            2 => {
                let network = random.below(2);
                self.networks[network] += 1;
                return format!("another network `{}`", NETWORKS[network]);
            }
            3 => {
                self.volume += 1;
                return "other labels of the volume".into();
            }
            4 => {
                service.replicas = 3 - service.replicas;
                "replicas"
            }
            5 => {
                service.needs.retain(|other, _| service.beside == Some(*other));
                "dependencies"
            }
            6 if service.kind != Kind::Job => {
                service.kind = if service.kind == Kind::Plain { Kind::Checked } else { Kind::Plain };
                "health check"
            }
            7 => {
                service.data = !service.data;
                "volume"
            }
            8 if service.beside.is_none() => {
                service.networks[0] = !service.networks[0];
                "network"
            }
            _ => {
                service.version += 1;
                "environment"
            }
        };
        format!("{what} of `{}`", name(at))
    }

    fn file(&self) -> Value {
        let labelled = |version: usize| json!({ "labels": { "version": version.to_string() } });
        let networks = NETWORKS.iter().zip(self.networks).map(|(name, version)| (*name, labelled(version)));
        json!({
            "services": self.services.keys().map(|at| (name(*at), self.service(*at))).collect::<Map<_, _>>(),
            "networks": networks.collect::<BTreeMap<_, _>>(),
            "volumes": { "data": labelled(self.volume) },
        })
    }

    fn service(&self, at: usize) -> Value {
        let service = &self.services[&at];
        let needs = service.needs.iter().map(|(other, restart)| {
            let condition = match self.services[other].kind {
                Kind::Plain => "service_started",
                Kind::Checked => "service_healthy",
                Kind::Job => "service_completed_successfully",
            };
            (name(*other), json!({ "condition": condition, "restart": restart }))
        });
        let mut says = self.makes(at);
        says["depends_on"] = Value::Object(needs.collect());
        says["scale"] = service.replicas.into();
        says
    }

    /// What a service says that makes its containers what they are.
    fn makes(&self, at: usize) -> Value {
        let service = &self.services[&at];
        let mut says = json!({
            "image": ENTERED,
            "environment": { "VERSION": service.version.to_string() },
            "stop_signal": "SIGKILL",
            "volumes": [],
        });
        match service.kind {
            Kind::Plain => {}
            Kind::Checked => {
                says["healthcheck"] = json!({ "test": ["CMD", "/part", "true"], "interval": "200ms" });
            }
            Kind::Job => says["command"] = "true".into(),
        }
        let volumes = says["volumes"].as_array_mut().unwrap();
        volumes.extend(service.data.then(|| "data:/data".into()));
        volumes.extend(service.anonymous.then(|| ANONYMOUS.into()));
        match service.beside {
            Some(other) => says["network_mode"] = format!("service:{}", name(other)).into(),
            None if service.networks.contains(&true) => {
                let its = NETWORKS.iter().zip(service.networks).filter(|(_, is_in)| *is_in);
                says["networks"] = its.map(|(name, _)| *name).collect();
            }
            None => {}
        }
        says
    }

    /// The names of the containers of the project, each with whether it has to be another one than before.
    fn expected(&self, project: &str, before: &Self) -> BTreeMap<String, bool> {
        let (mut expected, mut first_is_new) = (BTreeMap::new(), BTreeSet::new());
        for (at, service) in &self.services {
            let was = before.services.get(at);
            let was_there = |network: usize| before.services.values().any(|other| other.is_in(network));
            let in_another_network = (0..2).any(|network| {
                service.is_in(network)
                    && was_there(network)
                    && self.networks[network] != before.networks[network]
            });
            let is_another = was.is_none()
                || self.makes(*at) != before.makes(*at)
                || in_another_network
                || service.beside.is_some_and(|other| first_is_new.contains(&other));
            if is_another {
                first_is_new.insert(*at);
            }
            for number in 1..=service.replicas {
                let is_new = is_another || was.is_none_or(|was| number > was.replicas);
                expected.insert(format!("{project}-{}-{number}", name(*at)), is_new);
            }
        }
        expected
    }
}

/// Where containers have a volume without a name.
const ANONYMOUS: &str = "/anonymous";

impl Service {
    fn is_in(&self, network: usize) -> bool {
        self.beside.is_none() && self.networks[network]
    }
}

#[test]
fn what_was_brought_up_is_as_declared_and_a_change_changes_no_more() {
    let (Some(engine), Some(program)) = (engine(), compose::program()) else { return };
    let env = TestEnv::new();
    let seed = seed();
    let stacks: Vec<u64> = (0..STACKS).collect();
    side_by_side(&stacks, AT_ONCE, |number| {
        let mut random = Random::new(seed.wrapping_add(*number));
        let stack = Stack::empty(&format!("drawn{number}"), &engine, &env, &program);
        let mut drawn = drawn(&mut random);
        let mut story = String::new();
        let judged = lives(&stack, &mut drawn, &mut random, &mut story);
        let gone = stack.ours(&["down", "--volumes", "--yes", "--timeout", "0"]);
        let mut left = stack.left();
        // Neither program takes a volume that no service has any more.
        if !drawn.services.values().any(|service| service.data) {
            left.retain(|what| !what.starts_with("volume "));
        }
        let judged = judged.and_then(|()| holds(left.is_empty(), || format!("{left:?} stay: {gone:#?}")));
        judged.map_err(|what| format!("{} (seed {seed}): {what}\n{story}", stack.name))
    });
}

/// Brings a stack up, changes it, and brings it up again.
fn lives(stack: &Stack, drawn: &mut Drawn, random: &mut Random, story: &mut String) -> Result<(), String> {
    up(stack, drawn, story)?;
    let before = drawn.clone();
    for _ in 0..1 + random.below(2) {
        writeln!(story, "{}", drawn.change(random)).unwrap();
    }
    let (ids, volumes, anonymous) = (stack.ids(), stack.volumes(), anonymous(stack));
    up(stack, drawn, story)?;

    let expected = drawn.expected(&stack.name, &before);
    let now = stack.ids();
    holds(now.keys().eq(expected.keys()), || format!("{:?} are there", now.keys()))?;
    for (name, is_new) in &expected {
        let kept = ids.get(name) == now.get(name);
        let (is, should) =
            (if kept { "the same" } else { "another one" }, if *is_new { "another one" } else { "the same" });
        holds(kept != *is_new, || format!("`{name}` is {is} and should be {should}"))?;
    }
    let after = stack.volumes();
    holds(volumes.iter().all(|(name, made)| after.get(name) == Some(made)), || {
        format!("there were {volumes:?}, and now there are {after:?}")
    })?;
    let after = self::anonymous(stack);
    let mut both = anonymous.iter().filter_map(|(name, volume)| Some((name, volume, after.get(name)?)));
    holds(both.all(|(_, before, after)| before == after), || format!("{anonymous:?} are now {after:?}"))
}

/// Brings a stack up, after which there is nothing to do.
fn up(stack: &Stack, drawn: &Drawn, story: &mut String) -> Result<(), String> {
    let file = drawn.file();
    writeln!(story, "{file}").unwrap();
    fs::write(stack.folder.join("compose.yml"), file.to_string()).unwrap();
    let ended = stack.ours(&["up", "--remove-orphans"]);
    holds(ended.code == 0, || format!("{ended:#?}"))?;
    let planned = stack.ours(&["up", "--plan", "--format", "json"]);
    let plan: Value =
        serde_json::from_str(&planned.stdout).map_err(|error| format!("{error}: {planned:#?}"))?;
    holds(plan["steps"] == Value::Array(Vec::new()), || format!("there is still to do {plan:#}"))
}

/// The volumes without a name, by the container that has them.
fn anonymous(stack: &Stack) -> BTreeMap<String, Value> {
    let of = |(name, container): (String, Value)| {
        let mounts = container["Mounts"].as_array().unwrap();
        Some((name, mounts.iter().find(|mount| mount["Destination"] == ANONYMOUS)?["Name"].clone()))
    };
    stack.containers().into_iter().filter_map(of).collect()
}
