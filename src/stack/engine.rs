//! The connection to a container engine: which version of its API it speaks, and how long it may take to answer. What
//! is asked of it is for those who hold one.

use std::fmt::Display;
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};

use crate::failure::{Failure, Result};

/// How long the engine may take to say anything before it counts as hung.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How long it may take to say its version: it does so at once, or not at all.
const FIRST: Duration = Duration::from_secs(4);

/// The oldest version of the API that the requests are written for: that of Docker 20.10.
const OLDEST: Api = Api(1, 41);

/// A version of the engine's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Api(pub u32, pub u32);

/// An engine that answers.
#[derive(Debug, Clone)]
pub struct Engine {
    /// What sends the requests.
    pub docker: Docker,
    /// The newest version of the API that both sides know.
    pub api: Api,
    /// What it calls its own version: `20.10.24`.
    pub version: String,
    /// Its socket: a path, or a URL.
    pub socket: String,
}

impl Engine {
    /// Connects to the engine at this socket: a path, or a `tcp://` address.
    ///
    /// # Errors
    /// Nobody answers there in time, it may not be used, or it is older than Docker 20.10.
    pub async fn connect(socket: &str) -> Result<Self> {
        let path = socket.strip_prefix("unix://").unwrap_or(socket);
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
        Ok(Self { docker, api, version, socket: path.to_string() })
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
        match tokio::time::timeout(deadline, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(refused(&what, &error)),
            Err(_) => Err(hung(&self.socket, &what, deadline)),
        }
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
            Failure::environment(format!("cannot {what}: {}", message.trim()))
        }
        error => Failure::environment(format!("cannot {what}")).because(error),
    }
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
    async fn an_engine_that_is_not_there_is_named() {
        let failure = Engine::connect("unix:///no/such.sock").await.unwrap_err();
        assert!(failure.to_string().contains("`/no/such.sock`"), "{failure}");
    }
}
