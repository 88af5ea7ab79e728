//! A small engine that does what steps say, and refuses what the real one would refuse.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::stack::labels;
use crate::stack::model::{Condition, Service, Stack};
use crate::stack::observed::{Container, Health, Image, Network, Observed, State, Volume};
use crate::up::applied::Applied;
use crate::up::change::Change;
use crate::up::plan::{Planned, Wanted, order, plan, runs};

/// The command of a service that does its work and ends.
pub const JOB: &str = "job";

/// What is there, and what comes next.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub there: Observed,
    /// Pulling and building give another image each time.
    pub images_change: bool,
    pub ids: u32,
}

impl World {
    /// Carries plans out until there is nothing left to do; the steps in the order that `pick` chooses among those that
    /// may come next.
    pub fn converge(
        &mut self,
        stack: &Stack,
        before: Option<Applied>,
        wanted: &Wanted,
        pick: &mut impl FnMut(usize) -> usize,
    ) -> Applied {
        let mut wanted = wanted.clone();
        let mut applied = before;
        for _ in 0..2 {
            let planned = plan(stack, &self.there, applied.as_ref(), &wanted).unwrap();
            self.carry_out(stack, &planned, usize::MAX, pick);
            applied = Some(Applied::new(Timestamp::UNIX_EPOCH, stack, &self.there));
            wanted.fresh.extend(planned.renewed);
            // Forced once is enough.
            wanted.recreate = Default::default();
        }
        applied.expect("there were rounds")
    }

    /// Carries out this many steps of a plan.
    pub fn carry_out(
        &mut self,
        stack: &Stack,
        planned: &Planned,
        most: usize,
        pick: &mut impl FnMut(usize) -> usize,
    ) {
        let steps = &planned.plan.steps;
        let mut done = vec![false; steps.len()];
        for _ in 0..most.min(steps.len()) {
            let is_ready = |at: &usize| !done[*at] && steps[*at].after.iter().all(|before| done[*before]);
            let ready: Vec<usize> = (0..steps.len()).filter(is_ready).collect();
            let at = ready[pick(ready.len()) % ready.len()];
            self.change(stack, &steps[at].action);
            done[at] = true;
        }
    }

    /// Does what one step says.
    pub fn change(&mut self, stack: &Stack, change: &Change) {
        match change {
            Change::Pull { image } | Change::Build { image, .. } => {
                let version = if self.images_change { self.next() } else { 0 };
                let id = format!("sha256:{image}-{version}");
                self.there.images.insert(image.clone(), Image { id, since: Some(0) });
            }
            Change::CreateNetwork { key, name } => {
                let network = stack.network(key).unwrap();
                let labels = labelled(stack, &network.hash, (labels::NETWORK, key));
                let id = format!("net{}", self.next());
                let old =
                    self.there.networks.insert(name.clone(), Network { id, labels, ..Network::default() });
                assert!(old.is_none(), "there are two networks `{name}`");
            }
            Change::RemoveNetwork { name, id } => {
                let is_in =
                    |container: &&Container| runs(container) && container.networks.get(name) == Some(id);
                let inside = self.there.containers.iter().find(is_in);
                assert!(inside.is_none(), "`{name}` has active endpoints: {inside:?}");
                assert!(self.there.networks.remove(name).is_some());
            }
            Change::CreateVolume { key, name } => {
                let labels =
                    labelled(stack, &stack.volume(key).unwrap().hash, ("com.docker.compose.volume", key));
                let old = self.there.volumes.insert(name.clone(), Volume { labels });
                assert!(old.is_none(), "there are two volumes `{name}`");
            }
            Change::Create { service, number, name } => self.create(stack, service, *number, name),
            Change::Recreate { service, number, name, old } => {
                self.recreate_half(stack, service, *number, name, old);
                let stopgap = format!("{old:.12}_{name}");
                self.there.containers.retain(|container| container.id != *old);
                self.container(&stopgap).name.clone_from(name);
            }
            Change::Start { name, service, .. } => self.start(stack, service, name),
            Change::RemoveVolume { name } => panic!("the volume `{name}` would be removed"),
            Change::Stop { id, .. } => self.stop(id),
            Change::Remove { id, .. } => {
                let at = self.there.containers.iter().position(|container| container.id == *id).unwrap();
                let gone = self.there.containers.remove(at);
                assert!(!runs(&gone), "`{}` runs and is removed", gone.name);
            }
            Change::Await { service, until } => {
                let service = stack.service(service).unwrap();
                assert!(
                    self.holds(service, *until),
                    "`{}` is not {until:?}: {:#?}",
                    service.name,
                    self.there
                );
            }
        }
    }

    /// What is there when a run is interrupted while it puts a new container in the place of an old one.
    pub fn recreate_half(&mut self, stack: &Stack, service: &str, number: u32, name: &str, old: &str) {
        self.create(stack, service, number, &format!("{old:.12}_{name}"));
        self.stop(old);
    }

    /// The container of this name.
    pub fn container(&mut self, name: &str) -> &mut Container {
        let found = self.there.containers.iter_mut().find(|container| container.name == name);
        found.unwrap_or_else(|| panic!("there is no container `{name}`"))
    }

    fn create(&mut self, stack: &Stack, service: &str, number: u32, name: &str) {
        let service = stack.service(service).unwrap();
        assert!(
            self.there.containers.iter().all(|container| container.name != *name),
            "two containers `{name}`"
        );
        let image = self.there.images.get(&service.image).expect("the image is there").id.clone();
        let networks = service.networks.iter().map(|key| stack.network(key).unwrap().name.clone());
        let volumes = service.volumes.iter().map(|key| stack.volume(key).unwrap().name.clone());
        let first = |partner: &str| {
            let of = |container: &&Container| container.service == partner;
            let first = self.there.containers.iter().filter(of).min_by(|a, b| a.name.cmp(&b.name));
            Some(first.expect("whose namespace is shared is there").id.clone())
        };
        let hash = stack.container_hash(service, first);
        let container = Container {
            id: format!("{:064x}", 0xabcd_0000_0000_u64 + u64::from(self.ids)),
            name: name.to_string(),
            service: service.name.clone(),
            number,
            labels: labelled(stack, &hash, (labels::SERVICE, &service.name)),
            hash,
            image,
            networks: networks.map(|name| (name, String::new())).collect(),
            volumes: volumes.collect(),
            ..Default::default()
        };
        assert!(
            container.networks.keys().all(|name| self.there.networks.contains_key(name)),
            "{container:?}"
        );
        assert!(container.volumes.iter().all(|name| self.there.volumes.contains_key(name)), "{container:?}");
        // The new id is shorter than the counter's digits would make it: its first twelve have to be different.
        let id = format!("{:012x}{:052x}", 0xabc_000_000_000_u64 + u64::from(self.next()), 0);
        self.there.containers.push(Container { id, ..container });
    }

    fn start(&mut self, stack: &Stack, service: &str, name: &str) {
        let service = stack.service(service).unwrap();
        for dependency in order::dependencies(service) {
            let other = stack.service(&dependency.service).filter(|other| other.replicas > 0);
            let holds = other.is_none_or(|other| {
                let is_well = self.holds(other, dependency.condition);
                // A job that has ended was started.
                is_well
                    || (dependency.condition == Condition::Started && self.holds(other, Condition::Completed))
            });
            assert!(holds, "`{name}` starts before `{}` is {:?}", dependency.service, dependency.condition);
        }
        let networks = self.there.networks.clone();
        let container = self.container(name);
        for (network, id) in &mut container.networks {
            let there = &networks.get(network).expect("a container starts in networks that are there").id;
            assert!(id.is_empty() || id == there, "`{name}` starts in a network that is gone");
            id.clone_from(there);
        }
        let is_job = service.config["command"] == JOB;
        container.state = if is_job { State::Exited } else { State::Running };
        container.exit_code = is_job.then_some(0);
        container.health =
            (!is_job && service.config.get("healthcheck").is_some()).then_some(Health::Healthy);
    }

    fn stop(&mut self, id: &str) {
        let found = self.there.containers.iter_mut().find(|container| container.id == id).unwrap();
        if runs(found) {
            (found.state, found.exit_code, found.health) = (State::Exited, Some(137), None);
        }
    }

    fn holds(&self, service: &Service, condition: Condition) -> bool {
        let mut containers =
            self.there.containers.iter().filter(|container| container.service == service.name);
        containers.all(|container| match condition {
            Condition::Started => container.state == State::Running || container.exit_code == Some(0),
            Condition::Healthy => {
                container.state == State::Running && container.health == Some(Health::Healthy)
            }
            Condition::Completed => container.exit_code == Some(0),
        })
    }

    fn next(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }
}

fn labelled(stack: &Stack, hash: &str, own: (&str, &str)) -> BTreeMap<String, String> {
    let pairs = [(labels::PROJECT, stack.project.as_str()), (labels::HASH, hash), own];
    pairs.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}
