//! Requests to the container engine that take long and say how far they are: pulling, building, importing. What is sent
//! goes as a stream, and what comes back are lines of JSON, each passed on as soon as it is there; neither is ever held
//! as a whole. What the lines mean is for those who ask.

use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use reqwest::{Response, Url};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::failure::{Failure, Result};
use crate::redact::Redactor;
use crate::stack::engine::Engine;

/// No line of an answer is longer.
const LONGEST: usize = 1 << 20;
/// What is sent goes in pieces of this size, of which only a few wait at a time.
const PIECE: usize = 64 << 10;
const WAITING: usize = 8;

/// A request.
pub struct Exchange<'a> {
    /// What is asked, as in "cannot pull the image `x`".
    pub what: &'a str,
    /// Where: `/images/create`.
    pub path: &'a str,
    /// What stands behind the `?`.
    pub query: &'a [(&'static str, String)],
    /// A header that nobody may see: who is signed in where.
    pub sign_in: Option<(&'static str, String)>,
    /// How long nothing at all may happen before the engine counts as hung.
    pub silence: Duration,
    /// What to do next where the engine says this of itself why it does not do it.
    pub hint: fn(&str) -> Option<&'static str>,
}

/// What is sent, as it is written by a thread of its own: a slow disk keeps nobody else from going on.
pub struct Upload {
    body: Body,
    written: oneshot::Receiver<Result<()>>,
    sent: Arc<AtomicU64>,
}

impl Upload {
    /// Has this written into the request.
    ///
    /// # Errors
    /// There can be no other thread.
    pub fn new(write: impl FnOnce(&mut dyn Write) -> Result<()> + Send + 'static) -> Result<Self> {
        let (pieces, body) = mpsc::channel(WAITING);
        let (done, written) = oneshot::channel();
        let sent = Arc::new(AtomicU64::new(0));
        let sink = Sink { pieces: pieces.clone(), sent: Arc::clone(&sent) };
        let work = move || {
            let mut sink = BufWriter::with_capacity(PIECE, sink);
            let ended = write(&mut sink).and_then(|()| {
                sink.flush().map_err(|error| {
                    Failure::environment("cannot send to the container engine").because(&error)
                })
            });
            let broken = ended.is_err();
            // The request may have ended before.
            let _ = done.send(ended);
            if broken {
                // Half of it must not look like all of it. Where nobody listens any more, nobody is misled.
                let _ = pieces.blocking_send(Err(io::Error::other("it could not be read to its end")));
            }
        };
        std::thread::Builder::new()
            .name("upload".into())
            .spawn(work)
            .map_err(|error| Failure::environment("cannot start a thread").because(&error))?;
        Ok(Self { body: Body(body), written, sent })
    }
}

struct Sink {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    sent: Arc<AtomicU64>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(&bytes[..bytes.len().min(PIECE)]);
        let length = piece.len();
        self.pieces
            .blocking_send(Ok(piece))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine takes no more"))?;
        self.sent.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Body(mpsc::Receiver<io::Result<Bytes>>);

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// Asks, and passes every line of the answer on.
///
/// # Errors
/// The engine refuses it, now or in the middle; it says nothing for too long; what is sent cannot be read.
pub async fn exchange(
    engine: &Engine,
    request: &Exchange<'_>,
    upload: Option<Upload>,
    line: &mut dyn FnMut(&Value),
) -> Result<()> {
    let (http, url) = address(engine, request)?;
    let mut post = http.post(url);
    if let Some((name, value)) = &request.sign_in {
        let mut value = reqwest::header::HeaderValue::from_str(value).map_err(|_| {
            Failure::environment(format!("cannot {}: the sign-in cannot be sent", request.what))
        })?;
        value.set_sensitive(true);
        post = post.header(*name, value);
    }
    let sent = upload.as_ref().map(|upload| Arc::clone(&upload.sent)).unwrap_or_default();
    let mut written = None;
    if let Some(upload) = upload {
        post = post.header("content-type", "application/x-tar").body(reqwest::Body::wrap(upload.body));
        written = Some(upload.written);
    }
    let answered = answer(engine, request, &sent, post, line).await;
    // What could not be read says more than the request that broke off because of it.
    if answered.is_err()
        && let Some(mut written) = written
        && let Ok(Err(failure)) = written.try_recv()
        && !failure.to_string().contains("takes no more")
    {
        return Err(failure);
    }
    answered
}

async fn answer(
    engine: &Engine,
    request: &Exchange<'_>,
    sent: &AtomicU64,
    post: reqwest::RequestBuilder,
    line: &mut dyn FnMut(&Value),
) -> Result<()> {
    let mut response = heard(engine, request, sent, post.send()).await?;
    if !response.status().is_success() {
        return Err(refused(request, &said(engine, request, sent, response).await));
    }
    let mut pending = Vec::new();
    while let Some(bytes) = heard(engine, request, sent, response.chunk()).await? {
        for byte in bytes {
            if byte == b'\n' {
                take(request, &pending, line)?;
                pending.clear();
            } else if pending.len() < LONGEST {
                pending.push(byte);
            }
        }
    }
    take(request, &pending, line)
}

fn take(request: &Exchange<'_>, text: &[u8], line: &mut dyn FnMut(&Value)) -> Result<()> {
    // A line that is no JSON tells nothing.
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return Ok(()) };
    if let Some(message) = value.get("error").and_then(Value::as_str) {
        return Err(refused(request, message));
    }
    line(&value);
    Ok(())
}

/// What the engine says of itself why it refuses.
async fn said(engine: &Engine, request: &Exchange<'_>, sent: &AtomicU64, response: Response) -> String {
    let status = response.status();
    let text = heard(engine, request, sent, response.text()).await.unwrap_or_default();
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    value.get("message").and_then(Value::as_str).map_or_else(|| status.to_string(), str::to_string)
}

fn refused(request: &Exchange<'_>, message: &str) -> Failure {
    let message = Redactor::default().text(message.trim());
    let failure = Failure::environment(format!("cannot {}: {message}", request.what));
    match (request.hint)(&message) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The next that the engine says. It may take as long as it likes while it still takes what is sent to it.
async fn heard<T>(
    engine: &Engine,
    request: &Exchange<'_>,
    sent: &AtomicU64,
    next: impl Future<Output = reqwest::Result<T>>,
) -> Result<T> {
    let mut next = std::pin::pin!(next);
    loop {
        let before = sent.load(Ordering::Relaxed);
        match tokio::time::timeout(request.silence, &mut next).await {
            Ok(Ok(heard)) => return Ok(heard),
            Ok(Err(error)) => {
                return Err(Failure::environment(format!("cannot {}", request.what))
                    .because(&error.without_url())
                    .hint("see how the engine is: `tars doctor --category docker`"));
            }
            Err(_) if sent.load(Ordering::Relaxed) != before => {}
            Err(_) => {
                return Err(Failure::environment(format!(
                    "cannot {}: the container engine at `{}` has said nothing for {} s",
                    request.what,
                    engine.socket,
                    request.silence.as_secs()
                ))
                .hint(
                    "see what it is busy with: `sudo journalctl -u docker -n 50`; then run the command again",
                ));
            }
        }
    }
}

/// A client for this engine, and the request's URL. The path has no version: an engine then speaks its newest.
fn address(engine: &Engine, request: &Exchange<'_>) -> Result<(reqwest::Client, Url)> {
    let cannot = |error: &dyn std::error::Error| {
        Failure::environment(format!("cannot {}: cannot set up a connection", request.what)).because(error)
    };
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let (builder, base) = if engine.socket.starts_with('/') {
        (builder.unix_socket(engine.socket.as_str()), "http://docker".to_string())
    } else {
        let host = engine.socket.trim_start_matches("tcp://").trim_start_matches("http://");
        (builder.connect_timeout(Duration::from_secs(4)), format!("http://{host}"))
    };
    let http = builder.build().map_err(|error| cannot(&error))?;
    let mut url = Url::parse(&format!("{base}{}", request.path)).map_err(|error| cannot(&error))?;
    url.query_pairs_mut().extend_pairs(request.query);
    Ok((http, url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::engine::Api;
    use bollard::{API_DEFAULT_VERSION, Docker};
    use std::io::Read;
    use std::os::unix::net::UnixListener;

    /// What comes of a request to an engine that answers this and, where it is open, goes on without a word.
    async fn of(answer: &'static str, open: bool, upload: Option<Upload>) -> (Result<()>, Vec<Value>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let sends = upload.is_some();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            // The end of what is sent is an empty chunk.
            let end: &[u8] = if sends { b"\r\n0\r\n\r\n" } else { b"\r\n\r\n" };
            while !request.ends_with(end) {
                match stream.read(&mut piece) {
                    Ok(length) if length > 0 => request.extend_from_slice(&piece[..length]),
                    _ => return,
                }
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            if open {
                std::thread::sleep(Duration::from_secs(20));
            }
        });
        let socket = path.display().to_string();
        let docker = Docker::connect_with_unix(&socket, 5, API_DEFAULT_VERSION).unwrap();
        let engine = Engine::that_answers(docker, Api(1, 41), "20.10".into(), socket);
        let request = Exchange {
            what: "do it",
            path: "/x",
            query: &[("a", "b c".into())],
            sign_in: Some(("X-Registry-Auth", "e30=".into())),
            silence: Duration::from_millis(300),
            hint: |message| message.contains("space").then_some("free some"),
        };
        let mut lines = Vec::new();
        let ended = exchange(&engine, &request, upload, &mut |line| lines.push(line.clone())).await;
        (ended, lines)
    }

    #[tokio::test]
    async fn every_line_is_passed_on_and_an_error_ends_it() {
        let (ended, lines) = of("{\"a\":1}\nnonsense\n{\"b\":2}", false, None).await;
        ended.unwrap();
        assert_eq!(lines, [serde_json::json!({"a": 1}), serde_json::json!({"b": 2})]);
        let (ended, lines) = of("{\"a\":1}\n{\"error\":\"no space left\"}\n{\"b\":2}\n", false, None).await;
        let failure = ended.unwrap_err();
        assert_eq!(
            (failure.to_string().as_str(), failure.hint_text()),
            ("cannot do it: no space left", Some("free some"))
        );
        assert_eq!(lines.len(), 1);
    }

    #[tokio::test]
    async fn an_engine_that_says_nothing_any_more_is_given_up() {
        let (ended, lines) = of("{\"a\":1}\n", true, None).await;
        let failure = ended.unwrap_err();
        assert!(failure.to_string().contains("has said nothing for"), "{failure}");
        assert_eq!(lines.len(), 1);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_the_failure_and_not_the_request_that_broke_off() {
        let upload = Upload::new(|out| {
            out.write_all(&[0; 200_000]).map_err(|error| Failure::environment("pipe").because(&error))?;
            Err(Failure::environment("cannot read `/srv/x`"))
        });
        let (ended, _) = of("", false, Some(upload.unwrap())).await;
        assert_eq!(ended.unwrap_err().to_string(), "cannot read `/srv/x`");
        let upload =
            Upload::new(|out| out.write_all(&[0; 900_000]).map_err(|_| Failure::environment("pipe")));
        of("{\"a\":1}\n", false, Some(upload.unwrap())).await.0.unwrap();
    }
}
