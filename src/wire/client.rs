//! The one HTTP client of the program: requests with a deadline, the bearer token in its header, and errors
//! that say what was asked of whom and what to do next. It knows the wire types and no server internals.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::token::{OPERATOR, Signer, Use};
use super::{ApiError, Health, IngestRequest, Ingested, Job, JobState, Ready};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};

/// How long an ordinary request may take.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A connection to one server.
pub struct Client {
    http: reqwest::Client,
    base: String,
    signer: Option<Signer>,
}

/// A `reqwest` client that trusts no proxy variable: everything it talks to is local or named by the operator.
pub fn http() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_secs(2))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Failure::environment("cannot set up the HTTP client").because(&error))
}

impl Client {
    /// A client for the server that this configuration describes, signed in as the operator.
    pub fn operator(ctx: &Ctx, config: &Config) -> Result<Self> {
        let key = config.signing_key.as_ref().ok_or_else(|| {
            let failure = Failure::config(format!("there is no signing key in `{}`", ctx.home.env().display()));
            // Root's installation is not this account's to use.
            if ctx.home.given.is_none() && std::path::Path::new("/etc/tars").exists() && !ctx.home.config.starts_with("/etc") {
                return failure.hint("tars is installed for the whole machine: run the command with `sudo`");
            }
            failure.hint("run `tars install --yes`, or `tars serve` once: either makes one; or name the right place with `--home DIR`")
        })?;
        Ok(Self { http: http()?, base: base(config.listen), signer: Some(Signer::new(key)) })
    }

    /// A client that is not signed in.
    pub fn anonymous(listen: SocketAddr) -> Result<Self> {
        Ok(Self { http: http()?, base: base(listen), signer: None })
    }

    /// Where the server is.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `GET path`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.call(Method::GET, path, None::<&()>, DEADLINE).await
    }

    /// `POST path` with a body; `deadline` bounds the whole exchange.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        deadline: Duration,
    ) -> Result<T> {
        self.call(Method::POST, path, Some(body), deadline).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Result<()> {
        self.call::<Option<()>>(Method::DELETE, path, None::<&()>, DEADLINE).await.map(drop)
    }

    /// Whether the server is alive: `Ok(None)` where nothing answers at its address.
    pub async fn health(&self) -> Result<Option<Health>> {
        match self.send(Method::GET, "/health", None::<&()>, Duration::from_secs(2)).await {
            Ok(response) if response.status().is_success() => Ok(response.json().await.ok()),
            Ok(_) => Ok(None),
            Err(error) if error.is_connect() || error.is_timeout() => Ok(None),
            Err(error) => Err(self.unreachable(&error)),
        }
    }

    /// `GET /ready`, whose answer has the same form at 200 and at 503.
    pub async fn ready(&self) -> Result<Ready> {
        let response = self
            .send(Method::GET, "/ready", None::<&()>, DEADLINE)
            .await
            .map_err(|e| self.unreachable(&e))?;
        match response.status() {
            StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE => {
                response.json().await.map_err(|e| self.garbled(&e))
            }
            status => Err(self.refused(status, response).await),
        }
    }

    /// Starts a scan of the directories and returns its number.
    pub async fn scan(&self) -> Result<i64> {
        match self.post("/ingest", &IngestRequest::default(), DEADLINE).await? {
            Ingested::Job(id) => Ok(id),
            Ingested::Document { .. } => {
                Err(Failure::environment("the server took a document instead of starting a scan")
                    .hint("it is another version than this program: `tars ops restart`"))
            }
        }
    }

    /// Waits until a job has ended, telling `watch` how far it is.
    pub async fn follow(&self, id: i64, mut watch: impl FnMut(&Job)) -> Result<Job> {
        loop {
            let job: Job = self.get(&format!("/jobs/{id}")).await?;
            watch(&job);
            if job.state != JobState::Running {
                return Ok(job);
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
        deadline: Duration,
    ) -> Result<T> {
        let response = self.send(method, path, body, deadline).await.map_err(|e| self.unreachable(&e))?;
        match response.status() {
            status if status.is_success() => response.json().await.map_err(|e| self.garbled(&e)),
            status => Err(self.refused(status, response).await),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + ?Sized)>,
        deadline: Duration,
    ) -> std::result::Result<reqwest::Response, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).timeout(deadline);
        if let Some(signer) = &self.signer {
            // Made for this request: long enough for its answer, worth nothing afterwards.
            let now = jiff::Timestamp::now().as_second();
            match signer.mint(OPERATOR, Use::Access, 0, now, deadline + Duration::from_secs(60)) {
                Ok(token) => request = request.bearer_auth(token.expose_secret()),
                // The server will say that nobody is signed in.
                Err(error) => tracing::warn!(%error, "a token cannot be signed"),
            }
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        if error.is_timeout() {
            return Failure::environment(format!("the server at {} did not answer in time", self.base))
                .hint("`tars ops status` shows how it is, `tars ops logs` what it is doing");
        }
        Failure::environment(format!("no server answers at {}", self.base))
            .because(error)
            .hint("start it with `tars ops start`, or set everything up with `tars install --yes`")
    }

    fn garbled(&self, error: &reqwest::Error) -> Failure {
        Failure::environment(format!("what answers at {} is not this version of tars", self.base))
            .because(error)
            .hint("restart the server with `tars ops restart`, or choose another port with `--listen`")
    }

    async fn refused(&self, status: StatusCode, response: reqwest::Response) -> Failure {
        let told: Option<ApiError> = response.json().await.ok();
        let message = told.as_ref().map_or_else(|| status.to_string(), |error| error.message.clone());
        let failure = Failure::environment(message);
        match told.and_then(|error| error.hint) {
            Some(hint) => failure.hint(hint),
            None if status == StatusCode::UNAUTHORIZED => failure.hint(
                "the running server uses another signing key: restart it with `tars ops restart`, or name its place with `--home DIR`",
            ),
            None => failure,
        }
    }
}

/// The URL that reaches a listening address from this machine: `0.0.0.0` is listened on, never called.
fn base(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_called_on_loopback() {
        assert_eq!(base("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80");
        assert_eq!(base("[::]:80".parse().unwrap()), "http://[::1]:80");
        assert_eq!(base("192.0.2.7:80".parse().unwrap()), "http://192.0.2.7:80");
    }
}
