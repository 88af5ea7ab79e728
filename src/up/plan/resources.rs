//! Networks and volumes. A network holds nothing, so one that is not as declared is made anew, with the containers in it;
//! a volume holds everything, so it is left as it is, and that is said.

use std::collections::BTreeSet;

use super::{Case, Recreate, Steps, runs};
use crate::failure::{Failure, Result};
use crate::stack::labels;
use crate::stack::model::Stack;
use crate::stack::observed::{Container, Observed};
use crate::up::change::Change;

/// Whether what is somebody else's is there.
///
/// # Errors
/// An external network or volume is not.
pub fn check_external(stack: &Stack, there: &Observed) -> Result<()> {
    let missing = |what: &str, key: &str, name: &str| {
        Err(Failure::environment(format!("the external {what} `{name}` is not there (`{what}s.{key}`)"))
            .hint(format!(
                "make it: `docker {what} create {name}`; without `external: true`, `tars up` makes it"
            )))
    };
    for network in stack.networks.iter().filter(|network| network.external) {
        if !there.networks.contains_key(&network.name) && !is_built_in(&network.name) {
            return missing("network", &network.key, &network.name);
        }
    }
    for volume in stack.volumes.iter().filter(|volume| volume.external) {
        if !there.volumes.contains_key(&volume.name) {
            return missing("volume", &volume.key, &volume.name);
        }
    }
    Ok(())
}

/// Networks that every engine has.
fn is_built_in(name: &str) -> bool {
    matches!(name, "host" | "bridge" | "none")
}

/// The names of the networks that are made anew.
pub fn replaced<'a>(case: &Case<'a>, warnings: &mut Vec<String>) -> BTreeSet<&'a str> {
    let mut replaced = BTreeSet::new();
    for network in case.stack.networks.iter().filter(|network| !network.external) {
        let Some(there) = case.there.networks.get(&network.name) else { continue };
        let name = &network.name;
        let hash = there.labels.get(labels::HASH);
        if there.labels.get(labels::PROJECT) != Some(&case.stack.project) {
            warnings.push(format!(
                "the network `{name}` was not made for this project, and is used as it is; `external: true` says so"
            ));
        // Older versions of Docker Compose write no hash: nobody can say then whether it has changed.
        } else if hash.is_none_or(|hash| hash.is_empty() || *hash == network.hash) {
            continue;
        } else if case.wanted.recreate == Recreate::Never {
            warnings.push(format!(
                "the network `{name}` has other settings, and `--no-recreate` keeps it as it is"
            ));
        } else if let Some(stranger) = stranger_in(case, name) {
            warnings.push(format!(
                "the network `{name}` has other settings, and is kept as it is: `{stranger}` runs in it, which is left alone now"
            ));
        } else {
            replaced.insert(name.as_str());
        }
    }
    replaced
}

/// A container that runs in a network and is not this plan's business.
fn stranger_in<'a>(case: &Case<'a>, network: &str) -> Option<&'a str> {
    let is_ours = |container: &&Container| case.is_planned(container) || case.goes(container).is_some();
    let mut inside = case.there.containers.iter().filter(|container| is_in(container, network));
    let of_project = inside.find(|container| !is_ours(container)).map(|container| container.name.as_str());
    let strangers = case.there.networks.get(network).map(|there| &there.strangers);
    of_project.or_else(|| strangers?.first().map(String::as_str))
}

fn is_in(container: &Container, network: &str) -> bool {
    container.networks.contains_key(network) && runs(container)
}

/// Adds the steps that make networks and volumes.
pub fn plan<'a>(case: &Case<'a>, replaced: &BTreeSet<&str>, steps: &mut Steps<'a>) {
    for network in case.stack.networks.iter().filter(|network| !network.external) {
        let (key, name) = (network.key.clone(), network.name.clone());
        let there = case.there.networks.get(&name);
        let (cause, after) = match there {
            None => {
                warn_of_old_name(case, &key, &name, steps);
                ("it does not exist", Vec::new())
            }
            Some(there) if replaced.contains(name.as_str()) => {
                let stops = stop_all_in(case, &name, steps);
                let change = Change::RemoveNetwork { name: name.clone(), id: there.id.clone() };
                let removed = steps.push(change, "its settings are others now", stops);
                ("its settings are others now", vec![removed])
            }
            Some(_) => continue,
        };
        let step = steps.push(Change::CreateNetwork { key, name }, cause, after);
        steps.networks.insert(&network.key, step);
    }
    for volume in case.stack.volumes.iter().filter(|volume| !volume.external) {
        let (key, name) = (volume.key.clone(), volume.name.clone());
        let Some(there) = case.there.volumes.get(&name) else {
            let step = steps.push(Change::CreateVolume { key, name }, "it does not exist", Vec::new());
            steps.volumes.insert(&volume.key, step);
            continue;
        };
        if there.labels.get(labels::PROJECT) != Some(&case.stack.project) {
            steps.warnings.push(format!(
                "the volume `{name}` was not made for this project, and is used as it is; `external: true` says so"
            ));
        } else if there.labels.get(labels::HASH).is_some_and(|hash| !hash.is_empty() && *hash != volume.hash)
        {
            steps.warnings.push(format!(
                "the volume `{name}` was made with other settings, and is kept as it is: what is in it would be lost"
            ));
        }
    }
}

/// The engine removes a network only when nothing in it runs.
fn stop_all_in<'a>(case: &Case<'a>, network: &str, steps: &mut Steps<'a>) -> Vec<usize> {
    let cause = format!("its network `{network}` is made anew");
    let mut stops = steps.first.clone();
    let inside = |container: &&Container| case.is_planned(container) && is_in(container, network);
    for container in case.there.containers.iter().filter(inside) {
        if let Some((step, _)) = steps.stopped.get(container.id.as_str()) {
            stops.push(*step);
            continue;
        }
        let (service, name, id) = (container.service.clone(), container.name.clone(), container.id.clone());
        let step = steps.push(Change::Stop { service, name, id }, &cause, Vec::new());
        steps.stopped.insert(&container.id, (step, cause.clone()));
        stops.push(step);
    }
    stops
}

/// A network that was made for the same key under another name is not removed: somebody else may be in it.
fn warn_of_old_name(case: &Case, key: &str, name: &str, steps: &mut Steps) {
    for (old, there) in &case.there.networks {
        let is_same = there.labels.get(labels::NETWORK).is_some_and(|of| of == key)
            && there.labels.get(labels::PROJECT) == Some(&case.stack.project);
        if is_same && old != name {
            steps.warnings.push(format!(
                "the network `{old}` was that of `networks.{key}`, and is left: `docker network rm {old}` removes it"
            ));
        }
    }
}
