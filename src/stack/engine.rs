//! The connection to a container engine: which version of its API it speaks, and how long it may take to answer. What
//! is asked of it is for those who hold one.

use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::failure::{Failure, Result};
use crate::redact::Redactor;

/// How long the engine may take to say anything before it counts as hung.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How long it may take to say its version: it does so at once, or not at all.
const FIRST: Duration = Duration::from_secs(4);

/// The oldest version of the API that the requests are written for: that of Docker 20.10.
const OLDEST: Api = Api(1, 41);

/// A version of the engine's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Api(pub u32, pub u32);

/// An engine that answers.
#[derive(Debug, Clone)]
pub struct Engine {
    /// What sends the requests.
    pub docker: Docker,
    /// The newest version of the API that it knows.
    pub api: Api,
    /// What it calls its own version: `20.10.24`.
    pub version: String,
    /// Its socket: a path, or a URL.
    pub socket: String,
    /// The last question was not answered in time.
    hangs: Arc<AtomicBool>,
}

impl Engine {
    /// Connects to the engine at this socket: a path, or a `tcp://` address.
    ///
    /// # Errors
    /// Nobody answers there in time, it may not be used, or it is older than Docker 20.10.
    pub async fn connect(socket: &str) -> Result<Self> {
        let path = socket.strip_prefix("unix://").unwrap_or(socket);
        refuse_encrypted(path)?;
        let told = |error: &Error| unreachable(path, error);
        let docker = if path.starts_with('/') {
            Docker::connect_with_unix(path, DEADLINE.as_secs(), API_DEFAULT_VERSION)
        } else {
            Docker::connect_with_http(path, DEADLINE.as_secs(), API_DEFAULT_VERSION)
        }
        .map_err(|error| told(&error))?;
        let version = tokio::time::timeout(FIRST, docker.version())
            .await
            .map_err(|_| hung(path, "say its version", FIRST))?
            .map_err(|error| told(&error))?;
        let api = version.api_version.as_deref().and_then(Api::parse).unwrap_or(Api(0, 0));
        let version = version.version.unwrap_or_default();
        if api < OLDEST {
            return Err(Failure::environment(format!(
                "the container engine at `{path}` is too old: it is {version} with the API {api}, and {OLDEST} is needed"
            ))
            .hint("install Docker 20.10 or newer"));
        }
        Ok(Self::that_answers(docker, api, version, path.to_string()))
    }

    /// One that has said its version.
    pub(crate) fn that_answers(docker: Docker, api: Api, version: String, socket: String) -> Self {
        Self { docker, api, version, socket, hangs: Arc::default() }
    }

    /// Whether it knows this version of the API: what is newer is silently left out of a request.
    #[must_use]
    pub fn knows(&self, api: Api) -> bool {
        self.api >= api
    }

    /// Waits for an answer; `what` is what was asked, as in "cannot create the network `home`".
    ///
    /// # Errors
    /// The engine refuses it, or does not answer in time.
    pub async fn ask<T>(
        &self,
        what: impl Display,
        answer: impl Future<Output = std::result::Result<T, Error>>,
    ) -> Result<T> {
        self.ask_for(DEADLINE, what, answer).await
    }

    /// The same, where it may take this long.
    ///
    /// # Errors
    /// The engine refuses it, or does not answer in time.
    pub async fn ask_for<T>(
        &self,
        deadline: Duration,
        what: impl Display,
        answer: impl Future<Output = std::result::Result<T, Error>>,
    ) -> Result<T> {
        // One that did not answer the last question is not given long again before it shows that it is alive.
        if self.hangs.load(Ordering::Relaxed) && !self.is_alive().await {
            return Err(hung(&self.socket, &what, FIRST));
        }
        let begun = Instant::now();
        let mut answer = pin!(answer);
        let ended = loop {
            // One that is busy for long says meanwhile that it is.
            let part = deadline.saturating_sub(begun.elapsed()).min(DEADLINE);
            match tokio::time::timeout(part, &mut answer).await {
                // The client has a deadline too, and may be the first to say so.
                Ok(Err(Error::RequestTimeoutError)) => break None,
                Ok(ended) => break Some(ended),
                Err(_) if begun.elapsed() >= deadline || !self.is_alive().await => break None,
                Err(_) => {}
            }
        };
        self.hangs.store(ended.is_none(), Ordering::Relaxed);
        match ended {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(refused(&what, &error)),
            None => Err(hung(&self.socket, &what, begun.elapsed())),
        }
    }

    /// Whether it says at once that it is there.
    async fn is_alive(&self) -> bool {
        tokio::time::timeout(FIRST, self.docker.ping()).await.is_ok()
    }
}

impl Api {
    /// `1.41`
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

impl Display for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What the engine says of itself why it does not do something.
fn refused(what: impl Display, error: &Error) -> Failure {
    match error {
        Error::DockerResponseServerError { message, .. } => {
            // It repeats what it was asked, and the options of a volume may have a password among them.
            let said = Redactor::default().text(message.trim());
            Failure::environment(format!("cannot {what}: {said}"))
        }
        error => Failure::environment(format!("cannot {what}")).because(error).hint(
            "see whether the engine still runs: `sudo systemctl status docker`; then run the command again",
        ),
    }
}

/// What only `docker` itself can reach is named, rather than asked in the clear or looked for as a path.
fn refuse_encrypted(socket: &str) -> Result<()> {
    let scheme = socket.split_once("://").map(|(scheme, _)| scheme);
    let Some(scheme) = scheme.filter(|scheme| !["tcp", "http"].contains(scheme)) else { return Ok(()) };
    let failure = Failure::environment(format!(
        "`DOCKER_HOST` names an engine by `{scheme}://`, which tars cannot reach"
    ));
    Err(failure.hint(match scheme {
        "ssh" => {
            "forward its socket, `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, and set \
             `DOCKER_HOST=unix:///tmp/docker.sock`; or run tars on that machine"
        }
        _ => "set `DOCKER_HOST` to a socket, `unix:///var/run/docker.sock`, or run tars on that machine",
    }))
}

fn hung(socket: &str, what: impl Display, deadline: Duration) -> Failure {
    Failure::environment(format!(
        "cannot {what}: the container engine at `{socket}` does not answer within {} s",
        deadline.as_secs()
    ))
    .hint("see what it is busy with: `sudo journalctl -u docker -n 50`; `sudo systemctl restart docker` ends it")
}

fn unreachable(socket: &str, error: &Error) -> Failure {
    let failure =
        Failure::environment(format!("cannot reach the container engine at `{socket}`")).because(error);
    let text = failure.to_string().to_ascii_lowercase();
    failure.hint(if text.contains("permission denied") {
        "run this as root, or join the group of the socket: `sudo usermod -aG docker $USER`, then sign in again"
    } else {
        "start it: `sudo systemctl start docker`; `tars doctor` says what is wrong with it"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        assert!(Api::parse("1.9").unwrap() < OLDEST);
        assert!(Api::parse("1.100").unwrap() > OLDEST);
        assert_eq!(Api::parse("x"), None);
    }

    #[tokio::test]
    async fn an_engine_that_did_not_answer_is_not_given_long_again() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("docker.sock");
        let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let path = socket.to_str().unwrap();
        let docker = Docker::connect_with_unix(path, DEADLINE.as_secs(), API_DEFAULT_VERSION).unwrap();
        let engine = Engine::that_answers(docker, OLDEST, String::new(), path.into());
        let never = std::future::pending::<std::result::Result<(), Error>>;
        let begun = Instant::now();
        assert!(engine.ask_for(Duration::from_millis(1), "list", never()).await.is_err());
        let failure = engine.ask("list", never()).await.unwrap_err();
        assert!(failure.to_string().contains("does not answer within 4 s"), "{failure}");
        assert!(begun.elapsed() < FIRST * 2, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_question_that_is_answered_has_its_answer_and_a_broken_connection_a_hint() {
        let docker = Docker::connect_with_http("127.0.0.1:1", 1, API_DEFAULT_VERSION).unwrap();
        let engine = Engine::that_answers(docker.clone(), OLDEST, String::new(), String::new());
        assert_eq!(engine.ask("count", async { Ok(7) }).await.unwrap(), 7);
        let failure = engine.ask("list", docker.info()).await.unwrap_err();
        assert!(failure.hint_text().is_some_and(|hint| hint.contains("still runs")), "{failure}");
    }

    #[tokio::test]
    async fn an_engine_that_cannot_be_reached_in_the_clear_is_refused_by_name() {
        for socket in ["ssh://nas", "https://nas:2376", "npipe:////./pipe/docker_engine"] {
            let failure = Engine::connect(socket).await.unwrap_err();
            let scheme = socket.split_once("://").unwrap().0;
            assert!(failure.to_string().contains(&format!("`{scheme}://`")), "{failure}");
            assert!(failure.hint_text().is_some_and(|hint| hint.contains("DOCKER_HOST")));
        }
        assert!(
            ["/run/a.sock", "tcp://nas:2375", "http://nas:2375"]
                .map(refuse_encrypted)
                .iter()
                .all(Result::is_ok)
        );
    }

    #[test]
    fn what_the_engine_repeats_of_a_request_has_no_password_in_it() {
        let message = "error while mounting volume: data: username=ann,password=hunter2hunter2\n".to_string();
        let error = Error::DockerResponseServerError { status_code: 500, message };
        let told = refused("start it", &error).to_string();
        assert!(told.starts_with("cannot start it: error while mounting volume"), "{told}");
        assert!(!told.contains("hunter2") && told.contains("username=ann"), "{told}");
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_named() {
        let failure = Engine::connect("unix:///no/such.sock").await.unwrap_err();
        assert!(failure.to_string().contains("`/no/such.sock`"), "{failure}");
    }
}
