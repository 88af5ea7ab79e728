//! Changes of the container engine: containers started, stopped and restarted, images that nobody uses
//! removed, the engine itself restarted. What there is to change is decided elsewhere. A container that is
//! already as it should be is no error.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{
    PruneImagesOptions, RestartContainerOptions, StartContainerOptions, StopContainerOptions,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command;
use crate::failure::{Failure, IoContext, Result};

/// Where an engine that was started by its package notes its process.
const ENGINE: &str = "/var/run/docker.pid";
/// How long the engine may take for one change; removing many images takes long.
const DEADLINE: Duration = Duration::from_secs(120);
/// How long a container may take to end by itself, in seconds.
const PATIENCE: i32 = 30;
/// How long systemd may take to restart the engine.
const RESTART: Duration = Duration::from_secs(90);

/// Starts a container.
pub async fn start(socket: &str, name: &str) -> Result<()> {
    let docker = connect(socket)?;
    told(socket, format!("start the container `{name}`"), async {
        docker.start_container(name, None::<StartContainerOptions>).await
    })
    .await
}

/// Stops a container; it is killed where it does not end by itself.
pub async fn stop(socket: &str, name: &str) -> Result<()> {
    let docker = connect(socket)?;
    told(socket, format!("stop the container `{name}`"), async {
        docker.stop_container(name, Some(StopContainerOptions { t: Some(PATIENCE), signal: None })).await
    })
    .await
}

/// Stops a container where it runs, and starts it.
pub async fn restart(socket: &str, name: &str) -> Result<()> {
    let docker = connect(socket)?;
    told(socket, format!("restart the container `{name}`"), async {
        docker
            .restart_container(name, Some(RestartContainerOptions { t: Some(PATIENCE), signal: None }))
            .await
    })
    .await
}

/// Removes the images that have no name and that no container uses.
pub async fn prune_images(socket: &str) -> Result<()> {
    let docker = connect(socket)?;
    told(socket, "remove unused images".into(), async {
        let only = HashMap::from([("dangling".to_string(), vec!["true".to_string()])]);
        docker.prune_images(Some(PruneImagesOptions { filters: Some(only) })).await.map(drop)
    })
    .await
}

/// Has systemd restart the engine.
pub async fn restart_engine() -> Result<()> {
    systemctl("restart").await
}

/// Has the engine read its settings again (dockerd(8): SIGHUP); containers go on.
pub fn reload_engine() -> Result<()> {
    let by_hand = "restart it: `sudo systemctl restart docker`";
    let pid = engine().map_err(|failure| failure.hint(by_hand))?;
    kill(pid, Signal::SIGHUP)
        .map_err(std::io::Error::from)
        .trying("have the container engine read its settings")
}

/// The process of the engine, which must be one: numbers of processes are used again.
fn engine() -> Result<Pid> {
    let text = std::fs::read_to_string(ENGINE).trying(format_args!("read `{ENGINE}`"))?;
    let pid: i32 = text.trim().parse().unwrap_or(0);
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    if pid > 1 && name.trim() == "dockerd" {
        return Ok(Pid::from_raw(pid));
    }
    Err(Failure::environment(format!("`{ENGINE}` names no container engine that runs")))
}

async fn systemctl(what: &str) -> Result<()> {
    let ran = command::run("systemctl", &[what, "docker.service"], RESTART).await;
    ran.map(drop).map_err(|failure| failure.hint("`journalctl -u docker -n 50` shows why"))
}

fn connect(socket: &str) -> Result<Docker> {
    let connected = if socket.starts_with('/') {
        Docker::connect_with_unix(socket, DEADLINE.as_secs(), API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_http(socket, DEADLINE.as_secs(), API_DEFAULT_VERSION)
    };
    connected.map_err(|error| {
        Failure::environment(format!("cannot reach the container engine at `{socket}`")).because(&error)
    })
}

/// Waits for a change, and says what was tried where it fails.
async fn told(
    socket: &str,
    what: String,
    change: impl Future<Output = std::result::Result<(), Error>>,
) -> Result<()> {
    match tokio::time::timeout(DEADLINE, change).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::environment(format!("cannot {what}"))
            .because(&error)
            .hint(format!("`docker --host {} ps --all` shows its state", host(socket)))),
        Err(_) => Err(Failure::environment(format!("cannot {what}: no answer in {} s", DEADLINE.as_secs()))
            .hint("the engine hangs: `sudo systemctl restart docker`")),
    }
}

/// The socket as `docker --host` wants it.
fn host(socket: &str) -> String {
    if socket.starts_with('/') { format!("unix://{socket}") } else { socket.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_named() {
        let failure = start("/no/such.sock", "ollama").await.unwrap_err();
        assert!(failure.to_string().contains("`/no/such.sock`"), "{failure}");
        assert_eq!(host("/a"), "unix:///a");
        assert_eq!(host("tcp://h:1"), "tcp://h:1");
    }
}
