//! The server as a container of the installed stack: how it is, and starting, stopping and reading it through the
//! engine. The container is known by the directory of the compose file and the name of its service. Making it is for
//! `tars up`.

use std::collections::HashMap;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum as Status, RestartPolicyNameEnum};
use bollard::query_parameters::{
    ListContainersOptions, LogsOptions, StartContainerOptions, StopContainerOptions,
};
use futures_util::{Stream, StreamExt};

use super::service::State;
use crate::config::paths::Home;
use crate::failure::{Failure, Result};
use crate::stack::engine::Engine;
use crate::stack::labels;

/// The name of the server's service in `compose.yml`.
pub const SERVICE: &str = "tars";

/// How long stopping it may take in all; the container itself says how long the server may take to end.
const STOP: Duration = Duration::from_secs(30);
/// How long the engine may take to show a log.
const LOG: Duration = Duration::from_secs(10);

/// How the container is.
pub async fn state(socket: &str, home: &Home) -> Result<State> {
    let engine = Engine::connect(socket).await?;
    let Some(id) = find(&engine, home).await? else { return Ok(State::default()) };
    let found =
        engine.ask("look at the server's container", engine.docker.inspect_container(&id, None)).await?;
    Ok(told(&found))
}

fn told(found: &ContainerInspectResponse) -> State {
    let Some(state) = &found.state else { return State::default() };
    let pid = state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid != 0);
    let code = state.exit_code.filter(|_| pid.is_none());
    let policy = found.host_config.as_ref().and_then(|host| host.restart_policy.as_ref()?.name);
    State {
        running: matches!(state.status, Some(Status::RUNNING | Status::RESTARTING)),
        pid,
        server: pid,
        since: state.started_at.as_deref().and_then(|at| at.parse().ok()).filter(|_| pid.is_some()),
        restarts: found.restart_count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
        last_end: code.filter(|code| *code != 0).map(|code| format!("exit code {code}")),
        // The program ends with this code where its configuration or the machine is at fault.
        cannot_run: code == Some(2),
        at_boot: matches!(
            policy,
            Some(RestartPolicyNameEnum::ALWAYS | RestartPolicyNameEnum::UNLESS_STOPPED)
        ),
    }
}

/// Starts the container, where it does not run.
pub async fn start(socket: &str, home: &Home) -> Result<()> {
    let (engine, id) = connect(socket, home).await?;
    let start = engine.docker.start_container(&id, None::<StartContainerOptions>);
    engine.ask("start the server's container", start).await
}

/// Stops the container, where it runs.
pub async fn stop(socket: &str, home: &Home) -> Result<()> {
    let engine = Engine::connect(socket).await?;
    let Some(id) = find(&engine, home).await? else { return Ok(()) };
    let options = None::<StopContainerOptions>;
    engine.ask_for(STOP, "stop the server's container", engine.docker.stop_container(&id, options)).await
}

/// The last `n` lines of its log.
pub async fn log_tail(socket: &str, home: &Home, n: usize) -> Result<Vec<String>> {
    let (engine, id) = connect(socket, home).await?;
    let mut logs = Box::pin(logs(&engine, &id, n, false));
    let mut text = Vec::new();
    engine
        .ask_for(LOG, "read the log of the server's container", async {
            while let Some(part) = logs.next().await {
                text.extend_from_slice(&part?.into_bytes());
            }
            Ok(())
        })
        .await?;
    Ok(String::from_utf8_lossy(&text).lines().map(String::from).collect())
}

/// Hands over what is appended to its log, until the container ends.
pub async fn follow(socket: &str, home: &Home, mut show: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let (engine, id) = connect(socket, home).await?;
    let mut logs = Box::pin(logs(&engine, &id, 0, true));
    while let Some(part) = logs.next().await {
        let part = part.map_err(|error| {
            Failure::environment("cannot read the log of the server's container any further").because(&error)
        })?;
        show(&String::from_utf8_lossy(&part.into_bytes()))?;
    }
    Ok(())
}

fn logs(
    engine: &Engine,
    id: &str,
    n: usize,
    follow: bool,
) -> impl Stream<Item = std::result::Result<LogOutput, Error>> + use<> {
    let options =
        LogsOptions { follow, stdout: true, stderr: true, tail: n.to_string(), ..LogsOptions::default() };
    engine.docker.logs(id, Some(options))
}

/// The engine, and the id of the container, which has to be there.
async fn connect(socket: &str, home: &Home) -> Result<(Engine, String)> {
    let engine = Engine::connect(socket).await?;
    match find(&engine, home).await? {
        Some(id) => Ok((engine, id)),
        None => Err(Failure::environment("the server has no container").hint("`tars up` makes it")),
    }
}

async fn find(engine: &Engine, home: &Home) -> Result<Option<String>> {
    let labels = vec![
        format!("{}={}", labels::WORKING_DIR, home.config.display()),
        format!("{}={SERVICE}", labels::SERVICE),
        format!("{}=False", labels::ONEOFF),
    ];
    let filters = Some(HashMap::from([("label".to_string(), labels)]));
    let options = ListContainersOptions { all: true, filters, ..ListContainersOptions::default() };
    let found = engine.ask("list the containers", engine.docker.list_containers(Some(options))).await?;
    Ok(found.into_iter().find_map(|container| container.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::{ContainerState, HostConfig, RestartPolicy};

    fn container(state: ContainerState) -> ContainerInspectResponse {
        let restart_policy =
            Some(RestartPolicy { name: Some(RestartPolicyNameEnum::ALWAYS), ..Default::default() });
        ContainerInspectResponse {
            state: Some(state),
            restart_count: Some(2),
            host_config: Some(HostConfig { restart_policy, ..Default::default() }),
            ..Default::default()
        }
    }

    #[test]
    fn a_container_that_runs_and_one_that_ended() {
        let started_at = Some("2026-05-01T10:00:00.5Z".into());
        let state =
            ContainerState { status: Some(Status::RUNNING), pid: Some(17), started_at, ..Default::default() };
        let runs = told(&container(state));
        assert!(runs.running && runs.at_boot && !runs.cannot_run);
        assert_eq!((runs.server, runs.restarts, runs.last_end), (Some(17), 2, None));
        assert_eq!(runs.since.map(jiff::Timestamp::as_second), Some(1_777_629_600));

        let state = ContainerState {
            status: Some(Status::EXITED),
            pid: Some(0),
            exit_code: Some(2),
            ..Default::default()
        };
        let ended = told(&container(state));
        assert!(!ended.running && ended.cannot_run && ended.server.is_none());
        assert_eq!(ended.last_end.as_deref(), Some("exit code 2"));
    }
}
