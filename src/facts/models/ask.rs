//! Questions to a model server over HTTP, bounded in time and size, and what their failures mean. It follows no
//! redirect and uses no proxy, as the server itself does when it asks for an answer.

use std::error::Error;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::DATE;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::Contact;
use crate::facts::{Fact, no_answer};

/// No list of models is longer.
const LARGEST: usize = 4 << 20;

/// Somebody who asks one server until a moment.
pub(super) struct Asker {
    http: Client,
    base: Url,
    key: Option<SecretString>,
    deadline: Duration,
    end: Instant,
}

/// An answer of any status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// How many seconds the server's clock is ahead of ours.
    pub(super) ahead: Option<i64>,
    /// The body, where it is JSON.
    pub(super) body: Option<Value>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// It hangs, for this long.
    Hangs(Duration),
    /// It failed at once.
    Failed(Contact),
}

/// What comes of a question.
pub(super) type Said = Result<Answer, Silence>;

impl Asker {
    /// Ready to ask.
    pub(super) fn new(
        base: &str,
        key: Option<SecretString>,
        deadline: Duration,
        end: Instant,
    ) -> Result<Self, String> {
        let base = Url::parse(base).map_err(|error| format!("`{base}` is no URL: {error}"))?;
        let http = crate::wire::client::http().map_err(|failure| failure.to_string())?;
        Ok(Self { http, base, key, deadline, end })
    }

    /// The addresses of the server's name.
    pub(super) async fn addresses(&self) -> Fact<Vec<IpAddr>> {
        let Some(host) = self.base.host_str() else { return Fact::Unknown("the URL names no host".into()) };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.base.port_or_known_default().unwrap_or(80);
        match timeout_at(self.end, tokio::net::lookup_host((host, port))).await {
            Ok(Ok(found)) => {
                let mut addresses: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
                addresses.sort();
                addresses.dedup();
                Fact::Known(addresses)
            }
            Ok(Err(error)) => Fact::Unknown(error.to_string()),
            Err(_) => Fact::Unknown(no_answer(self.deadline)),
        }
    }

    /// `GET path`.
    pub(super) async fn get(&self, path: &str) -> Said {
        self.ask(self.http.get(self.url(path))).await
    }

    /// `POST path` with a body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Said {
        self.ask(self.http.post(self.url(path)).json(body)).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }

    async fn ask(&self, mut request: RequestBuilder) -> Said {
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        match timeout_at(self.end, answer(request)).await {
            Ok(answer) => answer.map_err(|error| Silence::Failed(meaning(&error))),
            Err(_) => Err(Silence::Hangs(self.deadline)),
        }
    }
}

async fn answer(request: RequestBuilder) -> reqwest::Result<Answer> {
    let mut response = request.send().await?;
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    let ahead = date.and_then(|date| ahead(date, Timestamp::now()));
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > LARGEST {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status(), ahead, body: serde_json::from_slice(&bytes).ok() })
}

fn ahead(date: &str, now: Timestamp) -> Option<i64> {
    let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(theirs.as_second().saturating_sub(now.as_second()))
}

/// What a failure means, from the causes below it.
fn meaning(error: &reqwest::Error) -> Contact {
    let mut cause: Option<&dyn Error> = Some(error);
    let mut last = String::new();
    while let Some(error) = cause {
        last = error.to_string();
        if let Some(error) = error.downcast_ref::<std::io::Error>()
            && error.kind() == ErrorKind::ConnectionRefused
        {
            return Contact::Refused;
        }
        let says = |words: &[&str]| words.iter().any(|word| last.contains(word));
        if says(&["dns error", "failed to lookup address"]) {
            return Contact::NoName;
        }
        if says(&["certificate", "TLS", "InvalidContentType", "corrupt message", "handshake"]) {
            return Contact::Tls(last);
        }
        cause = error.source();
    }
    // Connected, and what came back is no HTTP: nothing at all, or something else.
    let is_garbage = error.is_request() && !error.is_connect() && !error.is_timeout();
    if is_garbage { Contact::NotHttp } else { Contact::Failed(last) }
}

/// What came of the first questions, none of which got a list of models.
pub(super) fn contact(said: &[&Said]) -> Fact<Contact> {
    let statuses = || said.iter().filter_map(|said| said.as_ref().ok()).map(|answer| answer.status.as_u16());
    if let Some(status) = statuses().find(|status| matches!(status, 401 | 403)) {
        return Fact::Known(Contact::Denied(status));
    }
    if let Some(status) = statuses().next_back() {
        return Fact::Known(Contact::Status(status));
    }
    match said.iter().find_map(|said| said.as_ref().err()) {
        Some(Silence::Failed(contact)) => Fact::Known(contact.clone()),
        Some(Silence::Hangs(deadline)) => Fact::Unknown(no_answer(*deadline)),
        None => Fact::Unknown("it was asked nothing".into()),
    }
}

/// The body of a good answer, or why there is none.
pub(super) fn body(said: &Said) -> Fact<&Value> {
    match said {
        Ok(Answer { status, body: Some(body), .. }) if status.is_success() => Fact::Known(body),
        Ok(answer) => Fact::Unknown(format!("the model server answers {}", answer.status)),
        Err(Silence::Hangs(deadline)) => Fact::Unknown(no_answer(*deadline)),
        Err(Silence::Failed(contact)) => Fact::Unknown(format!("the model server fails: {contact:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn the_clock_is_read_from_the_date_of_the_answer() {
        let now: Timestamp = "2030-06-01T12:00:00Z".parse().unwrap();
        for (date, seconds) in [
            ("Sat, 01 Jun 2030 12:01:30 GMT", Some(90)),
            ("Sat, 01 Jun 2030 11:59:00 GMT", Some(-60)),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(ahead(date, now), seconds, "{date}");
        }
    }

    /// What is said of a server that answers every connection with these bytes.
    fn asked(says: &'static [u8]) -> Said {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(says);
            }
        });
        ask(&base)
    }

    fn ask(base: &str) -> Said {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let deadline = Duration::from_secs(1);
        runtime.block_on(async {
            let asker = Asker::new(base, None, deadline, Instant::now() + deadline).unwrap();
            asker.get("/api/tags").await
        })
    }

    #[test]
    fn every_failure_has_its_meaning() {
        let contact = |said: Said| contact(&[&said]);
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(contact(ask(&format!("http://{free}"))), Fact::Known(Contact::Refused));
        assert_eq!(contact(asked(b"SSH-2.0-OpenSSH_9.2\r\n")), Fact::Known(Contact::NotHttp));
        assert_eq!(contact(asked(b"")), Fact::Known(Contact::NotHttp));
        let denied = asked(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(contact(denied), Fact::Known(Contact::Denied(401)));
        let broken = asked(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(contact(broken), Fact::Known(Contact::Status(500)));
        let name = ask("http://no-such-host.invalid:1");
        assert!(matches!(contact(name), Fact::Known(Contact::NoName) | Fact::Unknown(_)));
    }

    #[test]
    fn who_never_answers_is_unknown() {
        // The system completes the connection, and nobody ever accepts it.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let said = ask(&format!("http://{}", listener.local_addr().unwrap()));
        assert_eq!(contact(&[&said]), Fact::Unknown("no answer in 1 s".into()));
    }
}
