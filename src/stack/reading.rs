//! A long answer of the engine, read as it arrives and never held as a whole: logs and events, and connections that go
//! both ways. What the bytes mean is for those who read them.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Upgraded, Url, header};
use serde_json::Value;

use super::engine::{DEADLINE, Engine};
use crate::failure::{Failure, Result};

/// An answer that is still arriving.
#[derive(Debug)]
pub struct Reading {
    what: String,
    response: Response,
}

impl Reading {
    /// Asks for `path`, such as `/events`, with this query; `what` is what is asked, as in "read the log of `web-1`".
    ///
    /// # Errors
    /// The engine refuses it, or does not begin to answer in time.
    pub async fn open(engine: &Engine, what: String, path: &str, query: &[(&str, String)]) -> Result<Self> {
        let request = request(engine, &what, Method::GET, path, query)?;
        let response = send(&what, request).await?;
        if response.status().is_success() {
            return Ok(Self { what, response });
        }
        Err(refused(&what, response).await)
    }

    /// The next bytes; none where the answer has come to its end. What is quiet for as long as it likes has no deadline.
    ///
    /// # Errors
    /// The connection breaks, or nothing comes within the deadline.
    pub async fn next(&mut self, deadline: Option<Duration>) -> Result<Option<Vec<u8>>> {
        let chunk = self.response.chunk();
        let chunk = match deadline {
            Some(deadline) => {
                tokio::time::timeout(deadline, chunk).await.map_err(|_| silent(&self.what, deadline))?
            }
            None => chunk.await,
        };
        match chunk {
            Ok(bytes) => Ok(bytes.map(|bytes| bytes.to_vec())),
            Err(error) => Err(Failure::environment(format!("cannot {} any further", self.what))
                .because(&error.without_url())),
        }
    }
}

/// Asks for `path` with a body, and gets a connection that goes both ways.
///
/// # Errors
/// The engine refuses it, or does not begin to answer in time.
pub async fn upgrade(engine: &Engine, what: &str, path: &str, body: &Value) -> Result<Upgraded> {
    let request = request(engine, what, Method::POST, path, &[])?
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "tcp")
        .json(body);
    let response = send(what, request).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refused(what, response).await);
    }
    response.upgrade().await.map_err(|error| failed(what, error))
}

fn request(
    engine: &Engine,
    what: &str,
    method: Method,
    path: &str,
    query: &[(&str, String)],
) -> Result<RequestBuilder> {
    let builder = Client::builder().no_proxy();
    let (builder, base) = if engine.socket.starts_with('/') {
        (builder.unix_socket(engine.socket.as_str()), "http://engine".to_string())
    } else {
        (builder, engine.socket.replacen("tcp://", "http://", 1).trim_end_matches('/').to_string())
    };
    let mut url = Url::parse(&format!("{base}/v{}{path}", engine.api)).map_err(|error| {
        Failure::environment(format!("cannot {what}: `{}` is no address", engine.socket)).because(&error)
    })?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(builder.build().map_err(|error| failed(what, error))?.request(method, url))
}

async fn send(what: &str, request: RequestBuilder) -> Result<Response> {
    match tokio::time::timeout(DEADLINE, request.send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(failed(what, error)),
        Err(_) => Err(silent(what, DEADLINE)),
    }
}

/// What the engine says of itself why it does not do it.
async fn refused(what: &str, response: Response) -> Failure {
    let status = response.status();
    let body = tokio::time::timeout(DEADLINE, response.json::<Value>()).await;
    let said = body.ok().and_then(|body| Some(body.ok()?["message"].as_str()?.trim().to_string()));
    Failure::environment(format!("cannot {what}: {}", said.unwrap_or_else(|| status.to_string())))
}

fn failed(what: &str, error: reqwest::Error) -> Failure {
    Failure::environment(format!("cannot {what}"))
        .because(&error.without_url())
        .hint("`tars doctor` says what is wrong with the engine")
}

fn silent(what: &str, deadline: Duration) -> Failure {
    Failure::environment(format!("cannot {what}: no answer in {} s", deadline.as_secs()))
        .hint("see what the engine is busy with: `sudo journalctl -u docker -n 50`")
}
