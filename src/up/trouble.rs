//! What is told of a service that failed: how its container ended and what that means, what its last health check and
//! its log said, and what to do next. Secrets are taken out of all of it. It looks, and changes nothing.

mod advice;
mod exit;

use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerState};
use bollard::query_parameters::{InspectContainerOptions, LogsOptions};
use futures_util::StreamExt;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::config::secrets;
use crate::failure::{Failure, Result};
use crate::redact::keys::{Suspicion, suspicion};
use crate::redact::values::Values;
use crate::redact::{Redactor, Tags};
use crate::stack::engine::Engine;
use crate::stack::model::Stack;
use crate::ui::Paint;

pub use advice::{advised, port_owner};
pub use exit::Exit;

/// How many lines of a log are shown.
const LINES: usize = 30;

/// How much of a log is read, and how much of a line is shown; in bytes and characters.
const MOST: (usize, usize) = (1 << 20, 400);

/// How long a log may take to be read: a container that goes on writing is not waited for.
const DEADLINE: Duration = Duration::from_secs(5);

/// The largest file with a secret whose content is known by value.
const SECRET: u64 = 64 << 10;

/// What is told of a service that failed.
#[derive(Debug, Default, Serialize)]
pub struct Trouble {
    /// The service.
    pub service: String,
    /// Its container.
    pub container: String,
    /// What is wrong.
    pub what: String,
    /// How the container ended, where it has.
    pub exit: Option<Exit>,
    /// What the last health check printed.
    pub probe: Option<String>,
    /// The last lines that it wrote.
    pub log: Vec<String>,
    /// What to do next.
    pub hint: String,
}

impl Trouble {
    /// As a person reads it.
    pub fn text(&self, paint: &Paint) -> String {
        let mut text = format!("{}: {}\n", paint.bold(&self.service), self.what);
        if let Some(exit) = &self.exit {
            text += &format!("  {} means: {}\n", exit.code, exit.meaning);
        }
        if let Some(probe) = &self.probe {
            text += &format!("  its last health check said: {probe}\n");
        }
        if !self.log.is_empty() {
            text += &format!("  the last lines of the log of `{}`:\n", self.container);
        }
        for line in &self.log {
            text += &format!("    {}\n", paint.dim(line));
        }
        text + &format!("  hint: {}\n", self.hint)
    }
}

/// Looks at a container that is not as it should be.
pub async fn look(engine: &Engine, redactor: &Redactor, service: &str, id: &str, what: String) -> Trouble {
    let question = engine.docker.inspect_container(id, None::<InspectContainerOptions>);
    let inspected = engine.ask(format!("inspect the container `{id}`"), question).await;
    let log = tokio::time::timeout(DEADLINE, log(engine, id)).await.unwrap_or_default();
    told(redactor, service, id, what, inspected, &log)
}

fn told(
    redactor: &Redactor,
    service: &str,
    id: &str,
    what: String,
    inspected: Result<ContainerInspectResponse>,
    log: &[u8],
) -> Trouble {
    let found = inspected.unwrap_or_default();
    let state = found.state.unwrap_or_default();
    let exit = Exit::of(&state).map(|exit| Exit { meaning: redactor.text(&exit.meaning), ..exit });
    let probe = probe(&state).map(|text| redactor.text(&text));
    let log = lines(&redactor.text(&String::from_utf8_lossy(log)));
    let container =
        found.name.map_or_else(|| id.to_string(), |name| name.trim_start_matches('/').to_string());
    let hint = match &exit {
        Some(exit) => exit.hint(service),
        None if probe.is_some() => format!(
            "the command under `healthcheck` of `{service}` is what failed: see whether it is right, and whether \
             `start_period` is long enough"
        ),
        None => format!("`tars ops logs {service}` shows everything that it wrote"),
    };
    Trouble { service: service.into(), container, what: redactor.text(&what), exit, probe, log, hint }
}

/// What the last health check printed, in one line.
fn probe(state: &ContainerState) -> Option<String> {
    let last = state.health.as_ref()?.log.as_ref()?.last()?;
    let code = last.exit_code.unwrap_or_default();
    let output = last.output.as_deref().unwrap_or_default();
    let output = output.split_whitespace().collect::<Vec<_>>().join(" ");
    let output = if output.is_empty() { "nothing".into() } else { short(&output) };
    (code != 0).then(|| format!("{output} (it ended with {code})"))
}

/// The end of what a container wrote.
async fn log(engine: &Engine, id: &str) -> Vec<u8> {
    let options =
        LogsOptions { stdout: true, stderr: true, tail: LINES.to_string(), ..LogsOptions::default() };
    let stream = engine.docker.logs(id, Some(options));
    tokio::pin!(stream);
    let mut text = Vec::new();
    while let Some(part) = next(&mut stream).await {
        text.extend_from_slice(&part);
        if text.len() > MOST.0 {
            break;
        }
    }
    text
}

async fn next(
    stream: &mut (impl futures_util::Stream<Item = std::result::Result<LogOutput, Error>> + Unpin),
) -> Option<Vec<u8>> {
    stream.next().await?.ok().map(|part| part.into_bytes().to_vec())
}

/// The last lines of a text, without what steers a terminal.
fn lines(text: &str) -> Vec<String> {
    let all: Vec<&str> = text.lines().collect();
    let clean = |line: &&str| short(console::strip_ansi_codes(line).trim_end());
    all[all.len().saturating_sub(LINES)..].iter().map(clean).collect()
}

fn short(line: &str) -> String {
    let visible = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let mut shown: String = line.chars().take(MOST.1).map(visible).collect();
    if line.chars().count() > MOST.1 {
        shown.push('…');
    }
    shown
}

/// What takes secrets out of whatever the containers of this stack may say: it knows the stack's own by value.
///
/// # Errors
/// The system gives no random numbers.
pub async fn redactor(stack: &Stack) -> Result<Redactor> {
    let mut key = [0; 32];
    key.copy_from_slice(&secrets::random(32)?);
    let paths = top_level_secrets(stack).filter_map(|secret| Some(secret.get("file")?.as_str()?.to_string()));
    let contents = join_all(paths.map(|path| aside(DEADLINE, move || content(&path)))).await;
    let values = Values::new(held(stack).into_iter().chain(contents.into_iter().flatten()));
    Ok(Redactor { values, identifiers: None, tags: Tags::new(key) })
}

/// The same failure without secrets: the engine repeats what it was asked.
pub fn redacted(failure: &Failure, redactor: &Redactor) -> Failure {
    let told = Failure::new(failure.kind(), redactor.text(&failure.to_string()));
    match failure.hint_text() {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

/// What the files of a stack themselves say that is secret: the values of variables and of options of volumes whose names
/// tell it, and what secrets hold that are no files.
pub fn held(stack: &Stack) -> Vec<Vec<u8>> {
    let is_secret =
        |key: &str| matches!(suspicion(key.as_bytes()), Some(Suspicion::Likely | Suspicion::Certain));
    let mut values = Vec::new();
    for volume in &stack.volumes {
        let options = volume.config.get("driver_opts").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in options.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))) {
            // Options of `mount` are several in one: `username=ann,password=...`.
            let within = value.split(',').filter_map(|option| option.split_once('='));
            let secret = [(key, value)].into_iter().chain(within).filter(|(key, _)| is_secret(key));
            values.extend(secret.map(|(_, value)| value.as_bytes().to_vec()));
        }
    }
    for service in &stack.services {
        let variables = service.config.get("environment").and_then(Value::as_object);
        for (key, value) in variables.into_iter().flatten() {
            values.extend(value.as_str().filter(|_| is_secret(key)).map(|value| value.as_bytes().to_vec()));
        }
    }
    for secret in top_level_secrets(stack) {
        let said = |key: &str| secret.get(key).and_then(Value::as_str);
        values.extend(said("content").map(|content| content.as_bytes().to_vec()));
        let variable = said("environment").and_then(|name| stack.variables.get(name));
        values.extend(variable.map(|value| value.expose_secret().as_bytes().to_vec()));
    }
    values
}

fn top_level_secrets(stack: &Stack) -> impl Iterator<Item = &Value> {
    stack.secrets.as_object().into_iter().flat_map(|secrets| secrets.values())
}

/// What a thread of its own finds out, where it does in time: on a mount that has died nothing ever answers.
async fn aside<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    let (says, found) = oneshot::channel();
    std::thread::spawn(move || says.send(work()));
    tokio::time::timeout(deadline, found).await.ok()?.ok()?
}

/// What a file with a secret holds, without the line end that editors leave.
fn content(path: &str) -> Option<Vec<u8>> {
    let found = std::fs::metadata(path).ok()?;
    if !found.is_file() || found.len() > SECRET {
        return None;
    }
    Some(std::fs::read(path).ok()?.trim_ascii().to_vec())
}

#[cfg(test)]
mod tests {
    use bollard::models::{Health, HealthcheckResult};
    use serde_json::json;

    use super::*;
    use crate::stack::model::{Service, Volume};

    fn stack() -> Stack {
        let service = Service {
            name: "web".into(),
            config: json!({"environment": {"DB_PASSWORD": "open-sesame-41", "MODE": "plain-value-77"}}),
            ..Service::default()
        };
        Stack {
            services: vec![service],
            secrets: json!({"key": {"environment": "THE_KEY"}}),
            variables: [("THE_KEY".to_string(), "blue-marble-93".into())].into(),
            ..Stack::default()
        }
    }

    #[tokio::test]
    async fn a_service_that_failed_is_told_of_without_its_secrets() {
        let redactor = redactor(&stack()).await.unwrap();
        let check = HealthcheckResult {
            exit_code: Some(1),
            output: Some("cannot sign in\n  with open-sesame-41\n".into()),
            ..HealthcheckResult::default()
        };
        let state = ContainerState {
            exit_code: Some(1),
            error: Some("exec: \"--key=blue-marble-93\": not found".into()),
            health: Some(Health { log: Some(vec![check]), ..Health::default() }),
            ..ContainerState::default()
        };
        let found = ContainerInspectResponse {
            name: Some("/home-web-1".into()),
            state: Some(state),
            ..ContainerInspectResponse::default()
        };
        let log: String = (0..40).map(|n| format!("\u{1b}[31mline {n}\u{1b}[0m\n")).collect();
        let log = format!("{log}mode plain-value-77, key blue-marble-93\r\n");
        let told = told(&redactor, "web", "abc", "it is unhealthy".into(), Ok(found), log.as_bytes());
        let text = format!("{told:?}");
        assert!(!text.contains("open-sesame") && !text.contains("blue-marble"), "{text}");
        assert_eq!(told.log.len(), LINES);
        assert_eq!(told.log[0], "line 11");
        assert!(told.log[29].starts_with("mode plain-value-77, key [REDACTED"), "{}", told.log[29]);
        assert!(told.probe.unwrap().starts_with("cannot sign in with [REDACTED"));
        assert!(told.exit.unwrap().meaning.starts_with("exec: "));
    }

    #[tokio::test]
    async fn what_the_engine_repeats_is_told_without_secrets() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        std::fs::write(&file, "green-kettle-55\n").unwrap();
        let volume = Volume {
            config: json!({"driver_opts": {"type": "cifs", "o": "username=ann,password=zebra-cloud-77"}}),
            ..Volume::default()
        };
        let secrets = json!({"key": {"file": file}});
        let stack = Stack { volumes: vec![volume], secrets, ..stack() };
        let redactor = redactor(&stack).await.unwrap();
        for secret in ["zebra-cloud-77", "green-kettle-55", "open-sesame-41"] {
            let failure = Failure::environment(format!("cannot mount: data {secret} ann")).hint("mount it");
            let told = redacted(&failure, &redactor);
            assert!(told.to_string().starts_with("cannot mount: data [REDACTED"), "{told}");
            assert!(told.to_string().ends_with("ann"), "{told}");
            assert_eq!(told.hint_text(), Some("mount it"));
        }
    }

    #[tokio::test]
    async fn a_file_that_never_answers_is_not_waited_for() {
        let never = || {
            loop {
                std::thread::park();
            }
        };
        assert_eq!(aside::<()>(Duration::from_millis(20), never).await, None);
        assert_eq!(aside(DEADLINE, || Some(7)).await, Some(7));
    }

    #[test]
    fn a_long_line_is_cut_and_steers_no_terminal() {
        assert_eq!(lines(&"x".repeat(999))[0].chars().count(), MOST.1 + 1);
        assert_eq!(lines("a\u{7}b\n"), ["a\u{fffd}b"]);
    }
}
