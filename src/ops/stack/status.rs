//! How the services of a stack are, a row for each container, and whether that is as the files declare it.

use bollard::models::{ContainerInspectResponse, ContainerStatsResponse, RestartPolicyNameEnum as Policy};
use bollard::query_parameters::{InspectContainerOptions, StatsOptions};
use futures_util::StreamExt;
use jiff::Timestamp;
use serde::Serialize;

use super::Stack;
use super::table::table;
use crate::failure::{Failure, Result};
use crate::ops::service::elapsed;
use crate::stack::choice::Target;
use crate::stack::compose::{Kind, Map, Node};
use crate::stack::engine::Engine;
use crate::stack::gpu::without_gpu;
use crate::stack::hash;
use crate::stack::members::{self, Member};
use crate::stack::observed::{Health, State};
use crate::ui::Paint;

/// How a stack is.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The project's name.
    pub project: String,
    /// Its containers.
    pub services: Vec<Row>,
    /// What is not as declared, a line each; none where all is well.
    pub problems: Vec<String>,
}

/// How a container is.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    service: String,
    container: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    image: String,
    ports: Vec<String>,
    restarts: i64,
    /// Bytes in use, without what is only kept for reading it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    /// Bytes that it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_limit: Option<i64>,
    #[serde(skip)]
    id: String,
    /// The hash of what it was made of.
    #[serde(skip)]
    hash: String,
    /// It is ready for nothing more: it has done its work and is not to be started again.
    #[serde(skip)]
    done: bool,
}

/// Looks at the stack.
///
/// # Errors
/// The engine does not answer.
pub async fn look(stack: &Stack) -> Result<Status> {
    let there = members::members(&stack.engine, &stack.target.name).await?;
    let there: Vec<Member> = there.into_iter().filter(|member| !member.one_off).collect();
    let rows = there.iter().map(|member| row(&stack.engine, member));
    let rows: Vec<Row> = futures_util::future::join_all(rows).await.into_iter().collect::<Result<_>>()?;
    let problems = problems(&stack.target, &rows);
    Ok(Status { project: stack.target.name.clone(), services: rows, problems })
}

impl Status {
    /// As a person reads it.
    #[must_use]
    pub fn text(&self, paint: &Paint) -> String {
        let mut text = format!("{}\n", paint.bold(&format!("stack {}", self.project)));
        if self.services.is_empty() {
            text.push_str("  no container\n");
        } else {
            let headings =
                ["SERVICE", "CONTAINER", "STATE", "HEALTH", "SINCE", "IMAGE", "PORTS", "RESTARTS", "MEMORY"];
            let rows: Vec<Vec<String>> = self.services.iter().map(Row::cells).collect();
            text.push_str(&table(&headings, &rows, paint));
        }
        text.extend(self.problems.iter().map(|problem| format!("not as declared: {problem}\n")));
        text
    }

    /// Exit code 1 where something is not as declared.
    ///
    /// # Errors
    /// Something is not.
    pub fn verdict(&self) -> Result<()> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Failure::no(format!("the stack `{}` is not as declared", self.project))
            .hint("`tars ops logs` shows what it says, `tars up` brings it to the declared state"))
    }
}

async fn row(engine: &Engine, member: &Member) -> Result<Row> {
    let name = &member.container.name;
    let (id, running) = (&member.container.id, member.container.state == State::Running);
    let seen = engine.docker.inspect_container(id, None::<InspectContainerOptions>);
    let seen = engine.ask(format!("look at the container `{name}`"), seen);
    let (seen, used) = tokio::join!(seen, async { if running { memory(engine, id).await } else { None } });
    let seen = seen?;
    let host = seen.host_config.clone().unwrap_or_default();
    let keeps = matches!(
        host.restart_policy.and_then(|policy| policy.name),
        Some(Policy::ALWAYS | Policy::UNLESS_STOPPED)
    );
    let ended = matches!(member.container.state, State::Exited | State::Dead);
    Ok(Row {
        service: member.container.service.clone(),
        container: name.clone(),
        state: state(member.container.state),
        health: member.container.health.map(health),
        exit_code: member.container.exit_code.filter(|_| ended),
        since: since(&seen, member.is_up()),
        image: member.image.clone(),
        ports: member.ports.clone(),
        restarts: seen.restart_count.unwrap_or(0),
        memory: used,
        memory_limit: host.memory.filter(|limit| *limit > 0),
        id: id.clone(),
        hash: member.container.hash.clone(),
        done: member.container.state == State::Exited && member.container.exit_code == Some(0) && !keeps,
    })
}

/// When it began to run, or ended.
fn since(seen: &ContainerInspectResponse, up: bool) -> Option<Timestamp> {
    let state = seen.state.as_ref()?;
    let text = if up { &state.started_at } else { &state.finished_at };
    text.as_ref()?.parse().ok().filter(|at: &Timestamp| at.as_second() > 0)
}

/// What it uses now; none where that cannot be seen.
async fn memory(engine: &Engine, id: &str) -> Option<u64> {
    let once = StatsOptions { stream: false, one_shot: true };
    let mut answer = std::pin::pin!(engine.docker.stats(id, Some(once)));
    let stats = engine.ask("see how much memory is in use", async {
        answer.next().await.unwrap_or(Err(bollard::errors::Error::RequestTimeoutError))
    });
    used(&stats.await.ok()?)
}

/// As `docker stats` counts it: file pages that nobody needs are not in use.
fn used(stats: &ContainerStatsResponse) -> Option<u64> {
    let memory = stats.memory_stats.as_ref()?;
    let usage = memory.usage?;
    let kept = memory
        .stats
        .as_ref()
        .and_then(|stats| stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")).copied());
    Some(usage.saturating_sub(kept.unwrap_or(0)))
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let code = self.exit_code.map(|code| format!(" ({code})")).unwrap_or_default();
        let memory = match (self.memory, self.memory_limit) {
            (Some(used), Some(limit)) => format!("{} of {}", size(used), size(limit.unsigned_abs())),
            (Some(used), None) => size(used),
            (None, _) => String::new(),
        };
        vec![
            self.service.clone(),
            self.container.clone(),
            format!("{}{code}", self.state),
            self.health.unwrap_or_default().to_string(),
            self.since.map(elapsed).unwrap_or_default(),
            self.image.clone(),
            self.ports.join(", "),
            self.restarts.to_string(),
            memory,
        ]
    }

    /// What is wrong with it; none where nothing is.
    fn problem(&self) -> Option<String> {
        let what = match (self.state, self.health) {
            ("running", Some("unhealthy")) => "is unhealthy".to_string(),
            ("running", Some("starting")) => "is not healthy yet".to_string(),
            ("running", _) => return None,
            ("exited", _) if self.done => return None,
            ("exited", _) => format!("ended with exit code {}", self.exit_code.unwrap_or(0)),
            ("restarting", _) => "ends again and again".to_string(),
            ("created", _) => "was never started".to_string(),
            (state, _) => format!("is {state}"),
        };
        Some(format!("`{}` {what}", self.container))
    }
}

/// What is not as the files declare it; without files, what is not well.
fn problems(target: &Target, rows: &[Row]) -> Vec<String> {
    let declared = declared(target);
    let mut problems = Vec::new();
    for (service, replicas) in &declared {
        let there = rows.iter().filter(|row| row.service == *service).count();
        match there {
            0 if *replicas > 0 => problems.push(format!("`{service}` has no container")),
            there if there != *replicas => {
                problems.push(format!("`{service}` has {there} of {replicas} containers"));
            }
            _ => {}
        }
    }
    let counts =
        |row: &&Row| target.project.is_none() || declared.iter().any(|(service, _)| row.service == *service);
    problems.extend(rows.iter().filter(counts).filter_map(Row::problem));
    let others = rows.iter().filter(counts).filter(|row| is_another(target, rows, row));
    problems.extend(others.map(|row| format!("`{}` is not made of what its files say now", row.container)));
    problems
}

/// Whether it was made of another configuration; what was not made by Compose, or by us as it does, nobody knows. `tars up`
/// may have left out the graphics card that its service asks for: that is as declared.
fn is_another(target: &Target, rows: &[Row], row: &Row) -> bool {
    let Some(project) = target.project.as_ref().filter(|_| !row.hash.is_empty()) else { return false };
    let id = |service: &str| rows.iter().find(|row| row.service == service).map(|row| row.id.clone());
    let is_of = |tree: &Node| hash::container(tree, &row.service, id) == row.hash;
    !is_of(&project.tree) && !is_of(&without_cards(&project.tree))
}

fn without_cards(tree: &Node) -> Node {
    let mut tree = tree.clone();
    without_gpu(&mut tree);
    tree
}

/// The services that are wanted, and how many containers each has.
fn declared(target: &Target) -> Vec<(String, usize)> {
    let tree = target.project.as_ref().and_then(|project| project.tree.as_map());
    let services = tree.and_then(|tree| tree.get("services")).and_then(Node::as_map);
    let replicas = |service: &Node| {
        let service = service.as_map()?;
        let of_deploy = service.get("deploy").and_then(|deploy| deploy.as_map()?.get("replicas"));
        match of_deploy.or_else(|| service.get("scale"))?.kind {
            Kind::Int(replicas) => usize::try_from(replicas).ok(),
            _ => None,
        }
    };
    services
        .into_iter()
        .flat_map(Map::iter)
        .map(|(name, service)| (name.to_string(), replicas(service).unwrap_or(1)))
        .collect()
}

fn state(state: State) -> &'static str {
    match state {
        State::Created => "created",
        State::Running => "running",
        State::Paused => "paused",
        State::Restarting => "restarting",
        State::Exited => "exited",
        State::Removing => "removing",
        State::Dead => "dead",
    }
}

fn health(health: Health) -> &'static str {
    match health {
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &'static str, health: Option<&'static str>, exit_code: Option<i64>, done: bool) -> Row {
        Row { container: "web-1".into(), state, health, exit_code, done, ..Row::default() }
    }

    #[test]
    fn what_is_not_well_is_said() {
        for (row, problem) in [
            (row("running", None, None, false), None),
            (row("running", Some("healthy"), None, false), None),
            (row("running", Some("starting"), None, false), Some("`web-1` is not healthy yet")),
            (row("running", Some("unhealthy"), None, false), Some("`web-1` is unhealthy")),
            (row("exited", None, Some(0), true), None),
            (row("exited", None, Some(0), false), Some("`web-1` ended with exit code 0")),
            (row("exited", None, Some(137), false), Some("`web-1` ended with exit code 137")),
            (row("restarting", None, None, false), Some("`web-1` ends again and again")),
            (row("created", None, None, false), Some("`web-1` was never started")),
            (row("paused", None, None, false), Some("`web-1` is paused")),
        ] {
            assert_eq!(row.problem().as_deref(), problem, "{row:?}");
        }
    }

    #[test]
    fn memory_is_counted_as_docker_counts_it() {
        let stats = |json: serde_json::Value| serde_json::from_value::<ContainerStatsResponse>(json).unwrap();
        let of = |memory: serde_json::Value| used(&stats(serde_json::json!({ "memory_stats": memory })));
        assert_eq!(of(serde_json::json!({ "usage": 100, "stats": { "inactive_file": 30 } })), Some(70));
        assert_eq!(
            of(
                serde_json::json!({ "usage": 100, "stats": { "total_inactive_file": 40, "inactive_file": 30 } })
            ),
            Some(60)
        );
        assert_eq!(of(serde_json::json!({ "usage": 10, "stats": { "inactive_file": 30 } })), Some(0));
        assert_eq!(of(serde_json::json!({})), None);
    }
}
