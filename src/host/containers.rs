//! Changes of a container stack: its networks, volumes and containers, one request each. What there is to change, and
//! in which order, is decided elsewhere. What is already as it should be is no error, so that a run that was
//! interrupted can be made again.

use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{
    ContainerCreateBody, ContainerCreateResponse, EndpointSettings, NetworkConnectRequest,
    NetworkCreateRequest, VolumeCreateRequest,
};
use bollard::query_parameters::{
    CreateContainerOptions, RemoveContainerOptions, RenameContainerOptions, RestartContainerOptions,
    StartContainerOptions, StopContainerOptions, UploadToContainerOptions,
};

use crate::failure::Result;
use crate::stack::engine::{DEADLINE, Engine};

/// How long a container may take to be made or started: what its image holds is copied into new volumes meanwhile.
const LONG: Duration = Duration::from_secs(300);

/// How long to rest before asking again whether a container is gone that somebody else removes.
const REST: Duration = Duration::from_millis(200);

/// How long a container may take to end by itself where it does not say.
pub const GRACE: Duration = Duration::from_secs(10);

/// Makes a network.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn create_network(engine: &Engine, network: NetworkCreateRequest) -> Result<()> {
    let what = format!("create the network `{}`", network.name);
    engine.ask(what, engine.docker.create_network(network)).await.map(drop)
}

/// Makes a volume.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn create_volume(engine: &Engine, volume: VolumeCreateRequest) -> Result<()> {
    let what = format!("create the volume `{}`", volume.name.as_deref().unwrap_or_default());
    engine.ask(what, engine.docker.create_volume(volume)).await.map(drop)
}

/// Makes a container that does not run yet; its id, and what the engine left out of it.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn create(
    engine: &Engine,
    name: &str,
    platform: Option<&str>,
    body: ContainerCreateBody,
) -> Result<ContainerCreateResponse> {
    let options = CreateContainerOptions {
        name: Some(name.to_string()),
        platform: platform.unwrap_or_default().to_string(),
    };
    let docker = engine.docker.clone().with_timeout(LONG);
    let what = format!("create the container `{name}`");
    engine.ask_for(LONG, what, docker.create_container(Some(options), body)).await
}

/// Puts a container into one more network.
///
/// # Errors
/// The engine refuses it, or does not answer in time.
pub async fn connect(
    engine: &Engine,
    id: &str,
    name: &str,
    network: &str,
    endpoint: EndpointSettings,
) -> Result<()> {
    let request = NetworkConnectRequest { container: id.to_string(), endpoint_config: Some(endpoint) };
    let what = format!("connect the container `{name}` to the network `{network}`");
    engine.ask(what, engine.docker.connect_network(network, request)).await
}

/// Unpacks a tar archive at the root of a container's file system.
///
/// # Errors
/// The engine refuses it, as it does where that file system is read-only, or does not answer in time.
pub async fn unpack(engine: &Engine, id: &str, name: &str, archive: Vec<u8>) -> Result<()> {
    let options = UploadToContainerOptions { path: "/".into(), ..UploadToContainerOptions::default() };
    let what = format!("copy the secrets and configs into the container `{name}`");
    let body = bollard::body_full(archive.into());
    engine.ask(what, engine.docker.upload_to_container(id, Some(options), body)).await
}

/// Gives a container another name.
///
/// # Errors
/// Another container has that name, or the engine does not answer in time.
pub async fn rename(engine: &Engine, id: &str, to: &str) -> Result<()> {
    let options = RenameContainerOptions { name: to.to_string() };
    engine.ask(format!("rename a container to `{to}`"), engine.docker.rename_container(id, options)).await
}

/// Starts a container.
///
/// # Errors
/// The engine cannot start it, or does not answer in time.
pub async fn start(engine: &Engine, id: &str, name: &str) -> Result<()> {
    let docker = engine.docker.clone().with_timeout(LONG);
    let request = docker.start_container(id, None::<StartContainerOptions>);
    engine.ask_for(LONG, format!("start the container `{name}`"), request).await
}

/// Stops a container; it is killed where it does not end by itself within its grace, that of the container where none
/// is said.
///
/// # Errors
/// The engine cannot stop it, or does not answer in time.
pub async fn stop(engine: &Engine, id: &str, name: &str, grace: Option<Duration>) -> Result<()> {
    let (deadline, t) = patience(grace, Duration::ZERO);
    let docker = engine.docker.clone().with_timeout(deadline);
    let request = docker.stop_container(id, Some(StopContainerOptions { t, signal: None }));
    engine.ask_for(deadline, format!("stop the container `{name}`"), gone(request)).await
}

/// Has a container go on that stands still.
///
/// # Errors
/// It does not stand still, or the engine does not answer in time.
pub async fn unpause(engine: &Engine, id: &str, name: &str) -> Result<()> {
    engine.ask(format!("unpause the container `{name}`"), engine.docker.unpause_container(id)).await
}

/// Stops a container where it runs, as [`stop`] does, and starts it.
///
/// # Errors
/// The engine cannot do it, or does not answer in time.
pub async fn restart(engine: &Engine, id: &str, name: &str, grace: Option<Duration>) -> Result<()> {
    let (deadline, t) = patience(grace, LONG);
    let docker = engine.docker.clone().with_timeout(deadline);
    let request = docker.restart_container(id, Some(RestartContainerOptions { t, signal: None }));
    engine.ask_for(deadline, format!("restart the container `{name}`"), request).await
}

/// Removes a container, whether it runs or not; its volumes stay, those without a name too.
///
/// # Errors
/// The engine cannot remove it, or does not answer in time.
pub async fn remove(engine: &Engine, id: &str, name: &str) -> Result<()> {
    let options = RemoveContainerOptions { force: true, ..RemoveContainerOptions::default() };
    let request = || engine.docker.remove_container(id, Some(options.clone()));
    engine.ask(format!("remove the container `{name}`"), until_gone(request)).await
}

/// How long the engine may take to stop a container and to do what comes then, and how many seconds it is told to wait.
fn patience(grace: Option<Duration>, then: Duration) -> (Duration, Option<i32>) {
    let seconds = grace.map(|grace| i32::try_from(grace.as_secs()).unwrap_or(i32::MAX));
    (grace.unwrap_or(GRACE).saturating_add(DEADLINE).saturating_add(then), seconds)
}

/// What is not there any more need not be taken away.
async fn gone(
    request: impl Future<Output = std::result::Result<(), Error>>,
) -> std::result::Result<(), Error> {
    match request.await {
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
        answer => answer,
    }
}

/// What is being removed already is waited for: until then it has its name.
async fn until_gone<R>(request: impl Fn() -> R) -> std::result::Result<(), Error>
where
    R: Future<Output = std::result::Result<(), Error>>,
{
    loop {
        match gone(request()).await {
            Err(Error::DockerResponseServerError { status_code: 409, message })
                if message.contains("already in progress") =>
            {
                tokio::time::sleep(REST).await;
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn refused(status_code: u16, message: &str) -> std::result::Result<(), Error> {
        Err(Error::DockerResponseServerError { status_code, message: message.into() })
    }

    #[tokio::test]
    async fn what_is_gone_is_no_error() {
        assert!(gone(async { refused(404, "no such container") }).await.is_ok());
        assert!(gone(async { refused(409, "it is paused") }).await.is_err());
    }

    #[tokio::test]
    async fn what_is_being_removed_is_waited_for() {
        let asked = Cell::new(0);
        let request = async || {
            asked.set(asked.get() + 1);
            match asked.get() {
                1 | 2 => refused(409, "removal of container 0aa is already in progress"),
                _ => refused(404, "no such container"),
            }
        };
        assert!(until_gone(request).await.is_ok());
        assert_eq!(asked.get(), 3);
        assert!(until_gone(async || refused(409, "it is paused")).await.is_err());
    }

    #[test]
    fn the_engine_is_given_longer_than_the_container() {
        let ninety = Duration::from_secs(90);
        assert_eq!(patience(None, Duration::ZERO), (GRACE + DEADLINE, None));
        assert_eq!(patience(Some(ninety), LONG), (ninety + DEADLINE + LONG, Some(90)));
        assert_eq!(patience(Some(Duration::from_secs(u64::MAX)), LONG), (Duration::MAX, Some(i32::MAX)));
    }
}
