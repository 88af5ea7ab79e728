//! The look itself: four lists, asked for at the same time, and their reading. The list of containers has no exit code
//! and, before the API 1.52, no health: both are read from the text that it has for a person.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::models::{
    ContainerSummary, ContainerSummaryHealthStatusEnum, ContainerSummaryStateEnum, ImageSummary,
};
use bollard::query_parameters::{
    InspectNetworkOptions, ListContainersOptions, ListImagesOptions, ListNetworksOptions, ListVolumesOptions,
};

use super::{Container, Health, Image, Network, Observed, State, Volume, names};
use crate::failure::Result;
use crate::stack::engine::Engine;
use crate::stack::labels;
use crate::stack::model::{Pull, Stack};

/// Looks at what the engine has of this project, with one request for each kind of thing, and one more for each image
/// that is pulled again when it is old enough, and for each network that is not as declared.
///
/// # Errors
/// The engine refuses to say, or does not answer in time.
pub async fn observe(engine: &Engine, stack: &Stack) -> Result<Observed> {
    let of_project = format!("{}={}", labels::PROJECT, stack.project);
    let containers = ListContainersOptions {
        all: true,
        filters: Some(HashMap::from([("label".to_string(), vec![of_project])])),
        ..Default::default()
    };
    let docker = &engine.docker;
    let (containers, networks, volumes, images) = tokio::try_join!(
        engine.ask("list the containers", docker.list_containers(Some(containers))),
        engine.ask("list the networks", docker.list_networks(None::<ListNetworksOptions>)),
        engine.ask("list the volumes", docker.list_volumes(None::<ListVolumesOptions>)),
        engine.ask("list the images", docker.list_images(None::<ListImagesOptions>)),
    )?;

    let is_ours = |labels: &BTreeMap<String, String>| labels.get(labels::PROJECT) == Some(&stack.project);
    let mut there = Observed {
        containers: containers
            .into_iter()
            .map(container)
            .filter(|container| !is_one_off(container))
            .collect(),
        ..Default::default()
    };
    there.containers.sort_by(|a, b| (&a.service, a.number, &a.name).cmp(&(&b.service, b.number, &b.name)));
    for network in networks {
        let (name, id) = (network.name.unwrap_or_default(), network.id.unwrap_or_default());
        let labels = sorted(network.labels);
        // What is external may be named by its id.
        let declared = stack.networks.iter().find(|network| network.name == name || network.name == id);
        if is_ours(&labels) || declared.is_some() {
            let has_changed = labels.get(labels::HASH).is_some_and(|hash| {
                !hash.is_empty() && declared.is_some_and(|it| !it.external && it.hash != *hash)
            });
            let strangers = if has_changed && is_ours(&labels) {
                strangers(engine, &id, &name, &there.containers).await?
            } else {
                BTreeSet::new()
            };
            let name = declared.map_or(name, |network| network.name.clone());
            there.networks.insert(name, Network { id, labels, strangers });
        }
    }
    for volume in volumes.volumes.unwrap_or_default() {
        let labels = sorted(Some(volume.labels));
        if is_ours(&labels) || stack.volumes.iter().any(|declared| declared.name == volume.name) {
            there.volumes.insert(volume.name, Volume { labels });
        }
    }
    for service in &stack.services {
        let mut id =
            images.iter().find(|image| is_image(&service.image, image)).map(|image| image.id.clone());
        if id.is_none() && images.iter().any(|image| names::is_local(&service.image, &image.repo_tags)) {
            // Only the engine knows whether it is one that means it.
            let question = engine.docker.inspect_image(&service.image);
            let found = engine.ask(format_args!("look at the image `{}`", service.image), question).await;
            id = found.ok().and_then(|image| image.id);
        }
        if let Some(id) = id {
            let since = match service.pull {
                Pull::Older(_) => since(engine, &service.image).await?,
                _ => None,
            };
            there.images.insert(service.image.clone(), Image { id, since });
        }
    }
    Ok(there)
}

/// The names of the containers that run in a network and are none of these: of another project, or of none.
async fn strangers(engine: &Engine, id: &str, name: &str, own: &[Container]) -> Result<BTreeSet<String>> {
    let question = engine.docker.inspect_network(id, None::<InspectNetworkOptions>);
    let found = engine.ask(format_args!("look at the network `{name}`"), question).await?;
    let inside = found.containers.unwrap_or_default().into_iter();
    let others = inside.filter(|(id, _)| own.iter().all(|container| container.id != *id));
    Ok(others.map(|(id, end)| end.name.unwrap_or(id)).collect())
}

/// When an image was made or pulled last: the list does not have it.
async fn since(engine: &Engine, image: &str) -> Result<Option<i64>> {
    let found =
        engine.ask(format_args!("look at the image `{image}`"), engine.docker.inspect_image(image)).await?;
    let text = found.metadata.and_then(|metadata| metadata.last_tag_time);
    let time = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    // The engine says the year 1 where it does not know.
    Ok(time.map(jiff::Timestamp::as_second).filter(|second| *second > 0))
}

fn is_image(name: &str, image: &ImageSummary) -> bool {
    names::is_meant(name, &image.id, &image.repo_tags, &image.repo_digests)
}

/// Those of `docker compose run`.
fn is_one_off(container: &Container) -> bool {
    container.labels.get(labels::ONEOFF).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn sorted(labels: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    labels.unwrap_or_default().into_iter().collect()
}

/// A container as the list has it.
#[must_use]
pub fn container(summary: ContainerSummary) -> Container {
    let labels = sorted(summary.labels);
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    let status = summary.status.unwrap_or_default();
    let health =
        summary.health.and_then(|health| health.status).map_or_else(|| health(&status), known_health);
    // Besides its own name, a container has one for each link to it: `/other/alias`.
    let own = |name: &String| !name.trim_start_matches('/').contains('/');
    let name = summary.names.unwrap_or_default().into_iter().find(own).unwrap_or_default();
    let networks = summary.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let mounts = summary.mounts.unwrap_or_default().into_iter();
    Container {
        id: summary.id.unwrap_or_default(),
        name: name.trim_start_matches('/').to_string(),
        service: label(labels::SERVICE),
        number: label(labels::NUMBER).parse().unwrap_or(1),
        hash: label(labels::HASH),
        image: summary.image_id.unwrap_or_default(),
        state: state(summary.state),
        health,
        exit_code: exit_code(&status),
        networks: networks
            .into_iter()
            .map(|(name, end)| (name, end.network_id.unwrap_or_default()))
            .collect(),
        volumes: mounts
            .filter(|mount| mount.typ.as_deref() == Some("volume"))
            .filter_map(|mount| mount.name)
            .collect::<BTreeSet<_>>(),
        labels,
    }
}

fn state(state: Option<ContainerSummaryStateEnum>) -> State {
    use ContainerSummaryStateEnum as S;
    match state {
        Some(S::RUNNING | S::STOPPING) => State::Running,
        Some(S::PAUSED) => State::Paused,
        Some(S::RESTARTING) => State::Restarting,
        Some(S::EXITED) => State::Exited,
        Some(S::REMOVING) => State::Removing,
        Some(S::DEAD) => State::Dead,
        Some(S::CREATED | S::EMPTY) | None => State::Created,
    }
}

fn known_health(status: ContainerSummaryHealthStatusEnum) -> Option<Health> {
    use ContainerSummaryHealthStatusEnum as H;
    match status {
        H::STARTING => Some(Health::Starting),
        H::HEALTHY => Some(Health::Healthy),
        H::UNHEALTHY => Some(Health::Unhealthy),
        H::EMPTY | H::NONE => None,
    }
}

/// `Up 5 minutes (healthy)`, `Up 1 second (health: starting)`
fn health(status: &str) -> Option<Health> {
    match status.strip_suffix(')')?.rsplit_once('(')?.1 {
        "healthy" => Some(Health::Healthy),
        "unhealthy" => Some(Health::Unhealthy),
        "health: starting" | "starting" => Some(Health::Starting),
        _ => None,
    }
}

/// `Exited (137) 2 hours ago`, `Restarting (1) 3 seconds ago`
fn exit_code(status: &str) -> Option<i64> {
    let rest = status.strip_prefix("Exited (").or_else(|| status.strip_prefix("Restarting ("))?;
    rest.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_and_exit_code_are_in_the_text() {
        for (status, healthy, code) in [
            ("Up 5 minutes", None, None),
            ("Up 5 minutes (healthy)", Some(Health::Healthy), None),
            ("Up Less than a second (health: starting)", Some(Health::Starting), None),
            ("Up 2 hours (unhealthy)", Some(Health::Unhealthy), None),
            ("Up 2 minutes (Paused)", None, None),
            ("Exited (0) 2 seconds ago", None, Some(0)),
            ("Exited (137) 2 weeks ago", None, Some(137)),
            ("Restarting (1) 3 seconds ago", None, Some(1)),
            ("Created", None, None),
            ("", None, None),
        ] {
            assert_eq!((health(status), exit_code(status)), (healthy, code), "{status}");
        }
    }

    #[test]
    fn a_container_is_known_by_its_own_name_and_its_labels() {
        let labels = [
            (labels::PROJECT, "home"),
            (labels::SERVICE, "web"),
            (labels::NUMBER, "2"),
            (labels::HASH, "abc"),
            (labels::ONEOFF, "False"),
        ];
        let found = container(ContainerSummary {
            names: Some(vec!["/app/db".into(), "/home-web-2".into()]),
            state: Some(ContainerSummaryStateEnum::EXITED),
            status: Some("Exited (3) 1 second ago".into()),
            labels: Some(labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()),
            ..Default::default()
        });
        assert_eq!((found.name.as_str(), found.service.as_str(), found.number), ("home-web-2", "web", 2));
        assert_eq!((found.state, found.exit_code, found.hash.as_str()), (State::Exited, Some(3), "abc"));
        assert!(!is_one_off(&found));
    }
}
