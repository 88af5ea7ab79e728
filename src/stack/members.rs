//! What the engine has under a project's name, by the labels alone: for those who have no compose file, or need none. It
//! judges nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use bollard::models::{ContainerSummary, PortSummary};
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptions, ListNetworksOptions, ListVolumesOptions,
};
use jiff::Timestamp;

use super::engine::Engine;
use super::labels;
use super::observed::{self, Container, Network, State, Volume};
use crate::failure::Result;

/// A container of the project.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// What is there.
    pub container: Container,
    /// It was made by `run`: it is of no number, and nobody waits for it.
    pub one_off: bool,
    /// The image as the container names it.
    pub image: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its ports that are published on the host, as `address:port->inside/protocol`.
    pub ports: Vec<String>,
    /// The services that its own waits for.
    pub depends_on: Vec<String>,
    /// Those of them with which it is restarted.
    pub restarts_with: Vec<String>,
}

impl Member {
    /// The name as `docker compose logs` has it: that of the container without the project.
    #[must_use]
    pub fn short_name(&self, project: &str) -> String {
        let name = &self.container.name;
        name.strip_prefix(project).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name).to_string()
    }

    /// It runs now, or will again in a moment.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.container.state, State::Running | State::Paused | State::Restarting)
    }
}

/// The containers of a project, those of `run` and those that ended among them, by service and number.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn members(engine: &Engine, project: &str) -> Result<Vec<Member>> {
    let options = ListContainersOptions {
        all: true,
        filters: Some(of_project(project)),
        ..ListContainersOptions::default()
    };
    let what = format!("list the containers of `{project}`");
    let listed = engine.ask(what, engine.docker.list_containers(Some(options))).await?;
    let mut members: Vec<Member> = listed.into_iter().map(member).collect();
    members.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(members)
}

fn order(member: &Member) -> (&str, u32, &str) {
    (&member.container.service, member.container.number, &member.container.name)
}

/// How long a container is given to end by itself; none where it does not say.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn stop_grace(engine: &Engine, id: &str, name: &str) -> Result<Option<Duration>> {
    let request = engine.docker.inspect_container(id, None::<InspectContainerOptions>);
    let seen = engine.ask(format!("look at the container `{name}`"), request).await?;
    let seconds = seen.config.and_then(|config| config.stop_timeout);
    Ok(seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs))
}

/// The networks that were made for a project, by name.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn networks(engine: &Engine, project: &str) -> Result<BTreeMap<String, Network>> {
    let options = ListNetworksOptions { filters: Some(of_project(project)) };
    let what = format!("list the networks of `{project}`");
    let listed = engine.ask(what, engine.docker.list_networks(Some(options))).await?;
    let network = |network: bollard::models::Network| {
        let labels = network.labels.unwrap_or_default().into_iter().collect();
        Some((network.name?, Network { id: network.id?, labels, ..Network::default() }))
    };
    Ok(listed.into_iter().filter_map(network).collect())
}

/// The volumes that were made for a project and have a name of somebody's choosing, by name.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn volumes(engine: &Engine, project: &str) -> Result<BTreeMap<String, Volume>> {
    let options = ListVolumesOptions { filters: Some(of_project(project)) };
    let what = format!("list the volumes of `{project}`");
    let listed = engine.ask(what, engine.docker.list_volumes(Some(options))).await?;
    let volume = |volume: bollard::models::Volume| {
        (volume.name, Volume { labels: volume.labels.into_iter().collect() })
    };
    Ok(listed.volumes.unwrap_or_default().into_iter().map(volume).collect())
}

fn of_project(project: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_string(), vec![format!("{}={project}", labels::PROJECT)])])
}

fn member(mut summary: ContainerSummary) -> Member {
    let (image, ports) = (summary.image.take().unwrap_or_default(), summary.ports.take().unwrap_or_default());
    let created = summary.created.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let container = observed::container(summary);
    let label = |name: &str| container.labels.get(name).map(String::as_str).unwrap_or_default();
    Member {
        one_off: label(labels::ONEOFF).eq_ignore_ascii_case("true"),
        depends_on: dependencies(label(labels::DEPENDS_ON), |_| true),
        restarts_with: dependencies(label(labels::DEPENDS_ON), |dependency| dependency.ends_with(":true")),
        image,
        created,
        ports: published(&ports),
        container,
    }
}

/// `db:service_healthy:true,cache:service_started:false`: the last word is whether both are restarted together.
fn dependencies(label: &str, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let service = |dependency: &str| dependency.split(':').next().unwrap_or_default().to_string();
    label.split(',').filter(|dependency| !dependency.is_empty() && counts(dependency)).map(service).collect()
}

/// The published ones, each once: the same port of every address of the host is one.
fn published(ports: &[PortSummary]) -> Vec<String> {
    let mut shown = BTreeSet::new();
    for port in ports {
        let Some(public) = port.public_port else { continue };
        let protocol = port.typ.map(|protocol| protocol.to_string()).unwrap_or_default();
        let everywhere = |address: &str| matches!(address, "" | "0.0.0.0" | "::");
        let address = match port.ip.as_deref().unwrap_or_default() {
            address if everywhere(address) => String::new(),
            address if address.contains(':') => format!("[{address}]:"),
            address => format!("{address}:"),
        };
        shown.insert((
            port.private_port,
            public,
            format!("{address}{public}->{}/{protocol}", port.private_port),
        ));
    }
    shown.into_iter().map(|(_, _, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_shown_once_for_all_addresses() {
        let port = |ip: &str, public| PortSummary {
            ip: Some(ip.into()),
            private_port: 80,
            public_port: public,
            typ: Some(bollard::models::PortSummaryTypeEnum::TCP),
        };
        let shown = published(&[
            port("0.0.0.0", Some(8080)),
            port("::", Some(8080)),
            port("127.0.0.1", Some(81)),
            port("::1", Some(82)),
            port("", None),
        ]);
        assert_eq!(shown, ["127.0.0.1:81->80/tcp", "[::1]:82->80/tcp", "8080->80/tcp"]);
    }

    #[test]
    fn dependencies_are_read_from_the_label() {
        let labels = HashMap::from([
            (labels::DEPENDS_ON.into(), "db:service_healthy:true,cache:service_started:false".into()),
            (labels::ONEOFF.into(), "True".into()),
        ]);
        let member = member(ContainerSummary { labels: Some(labels), ..ContainerSummary::default() });
        assert_eq!(
            (member.depends_on, member.restarts_with),
            (vec!["db".into(), "cache".into()], vec!["db".into()])
        );
        assert!(member.one_off);
    }
}
