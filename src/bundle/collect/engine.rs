//! The container engine's API as streams: one `GET` a connection, in HTTP/1.0 so that an answer ends where its
//! connection ends, and with one deadline for all of an answer. What it says is passed on as it is; turning answers
//! into facts is [`crate::facts::docker`]'s.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Scope;
use super::files::why;
use crate::facts::Fact;
use crate::facts::docker::{self, Reach};
use crate::facts::snapshot::Asked;

/// How long one ordinary answer may take.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// An answer that is taken as one value is not larger.
const LARGEST: u64 = 4 << 20;
/// The head of an answer is not larger.
const HEAD: usize = 64 << 10;

/// The engine that the doctor found.
#[derive(Debug, Clone)]
pub struct Engine {
    socket: String,
}

/// An answer whose body is still to be read.
pub struct Answer {
    /// The status: 200.
    pub status: u16,
    /// The body.
    pub body: Body,
}

/// A container, as the list of all tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its name, fit for a file name.
    pub name: String,
    /// It runs.
    pub running: bool,
}

impl Engine {
    /// The engine to ask; none where there is none on this machine.
    pub fn of(scope: &Scope) -> Result<Option<Self>, String> {
        let docker = &scope.facts.docker;
        let socket = &docker.socket;
        match docker.reach {
            Fact::Known(Reach::Absent) => Ok(None),
            Fact::Known(Reach::Denied) => {
                Err(format!("`{socket}` may not be used by this account: run it with `sudo`"))
            }
            Fact::Known(Reach::Refused) => Err(format!("no engine answers at `{socket}`")),
            Fact::Known(Reach::Connected) => Ok(Some(Self { socket: socket.clone() })),
            Fact::Unknown(ref why) => Err(format!("no engine answers at `{socket}`: {why}")),
        }
    }

    /// The engine that the doctor would look for, where it has not looked yet; whether there is one shows when it is
    /// asked.
    #[must_use]
    pub fn expected(scope: &Scope) -> Self {
        let asked = Asked {
            root: "/".into(),
            home: scope.home.clone(),
            config: None,
            waivers: Vec::new(),
            hung: Vec::new(),
            environment: scope.environment.clone(),
            deadline: DEADLINE,
        };
        Self { socket: docker::socket(&asked) }
    }

    /// Where it is asked.
    pub fn socket(&self) -> &str {
        &self.socket
    }

    /// Begins `GET path`; all of the answer has to be there within this time.
    pub fn get(&self, path: &str, within: Duration) -> Result<Answer, String> {
        self.ask(path, within).map_err(|error| format!("GET {path} at `{}`: {}", self.socket, why(&error)))
    }

    fn ask(&self, path: &str, within: Duration) -> io::Result<Answer> {
        let end = Instant::now() + within;
        let (stream, host) = if self.socket.starts_with('/') {
            (Stream::Unix(UnixStream::connect(&self.socket)?), "docker")
        } else {
            let address = self.socket.split_once("://").map_or(&*self.socket, |(_, address)| address);
            let address = address.trim_end_matches('/');
            let found = address.to_socket_addrs()?.next().ok_or(ErrorKind::NotFound)?;
            (Stream::Tcp(TcpStream::connect_timeout(&found, within)?), address)
        };
        stream.wait(within)?;
        let mut body = Body { stream, end, ahead: Vec::new() };
        body.stream.write(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
        let status = body.head()?;
        Ok(Answer { status, body })
    }

    /// The answer to `GET path` as one value.
    pub fn value(&self, path: &str) -> Result<Value, String> {
        let answer = self.get(path, DEADLINE)?;
        let failed = |error: &dyn std::fmt::Display| format!("GET {path} at `{}`: {error}", self.socket);
        let mut bytes = Vec::new();
        answer.body.take(LARGEST).read_to_end(&mut bytes).map_err(|error| failed(&why(&error)))?;
        if bytes.len() as u64 == LARGEST {
            return Err(failed(&format!("the answer has more than {} MiB", LARGEST >> 20)));
        }
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
        match (answer.status, value["message"].as_str()) {
            (200, _) => Ok(value),
            (status, Some(message)) => Err(failed(&format!("{status}: {message}"))),
            (status, None) => Err(failed(&status)),
        }
    }

    /// All containers, as they are and as the engine lists them.
    pub fn containers(&self) -> Result<(Vec<Listed>, Value), String> {
        let value = self.value("/containers/json?all=1")?;
        let listed = value.as_array().into_iter().flatten().filter_map(listed).collect();
        Ok((listed, value))
    }
}

fn listed(value: &Value) -> Option<Listed> {
    // It becomes part of a request and of a path.
    let id = value["Id"].as_str().filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    let name = value["Names"][0].as_str().unwrap_or_default().trim_start_matches('/');
    let fit = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name = if name.is_empty() { id.chars().take(12).collect() } else { name.chars().map(fit).collect() };
    Some(Listed { id: id.into(), name, running: value["State"].as_str() == Some("running") })
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    fn wait(&self, at_most: Duration) -> io::Result<()> {
        match self {
            Self::Unix(stream) => {
                stream.set_read_timeout(Some(at_most)).and(stream.set_write_timeout(Some(at_most)))
            }
            Self::Tcp(stream) => {
                stream.set_read_timeout(Some(at_most)).and(stream.set_write_timeout(Some(at_most)))
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.write_all(bytes),
            Self::Tcp(stream) => stream.write_all(bytes),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

/// The body of an answer, up to its end or its deadline.
pub struct Body {
    stream: Stream,
    end: Instant,
    /// What of the body came with the head.
    ahead: Vec<u8>,
}

impl Body {
    /// Reads the head and gives the status.
    fn head(&mut self) -> io::Result<u16> {
        let no_http = || io::Error::new(ErrorKind::InvalidData, "what answers there is not HTTP");
        let mut head = Vec::new();
        let end = loop {
            if let Some(end) = memchr::memmem::find(&head, b"\r\n\r\n") {
                break end;
            }
            let mut piece = [0; 4096];
            let read = self.read(&mut piece)?;
            if read == 0 || head.len() > HEAD {
                return Err(no_http());
            }
            head.extend_from_slice(&piece[..read]);
        };
        self.ahead = head.split_off(end + 4);
        let line = String::from_utf8_lossy(&head);
        let mut words = line.strip_prefix("HTTP/1.").ok_or_else(no_http)?.split_ascii_whitespace();
        words.nth(1).and_then(|status| status.parse().ok()).ok_or_else(no_http)
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let length = buffer.len().min(self.ahead.len());
            buffer[..length].copy_from_slice(&self.ahead[..length]);
            self.ahead.drain(..length);
            return Ok(length);
        }
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.wait(left)?;
        self.stream.read(buffer)
    }
}

/// The output of a container without a terminal: pieces of both streams, each behind eight bytes that tell its
/// length.
pub struct Frames<R> {
    from: R,
    left: usize,
}

impl<R: Read> Frames<R> {
    /// The output in these frames.
    pub fn new(from: R) -> Self {
        Self { from, left: 0 }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let mut head = [0; 8];
            if self.from.read(&mut head[..1])? == 0 {
                return Ok(0);
            }
            self.from.read_exact(&mut head[1..])?;
            self.left = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        }
        let most = buffer.len().min(self.left);
        let read = self.from.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    fn engine(path: &Path, answer: &'static [u8]) -> Engine {
        let listener = UnixListener::bind(path).unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
                if answer.is_empty() {
                    std::thread::sleep(Duration::from_secs(60));
                }
            }
        });
        Engine { socket: path.to_string_lossy().into_owned() }
    }

    #[test]
    fn answers_of_every_kind() {
        let dir = tempfile::tempdir().unwrap();
        let socket = |name: &str| dir.path().join(name);
        let fine = engine(
            &socket("a"),
            b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n[{\"Id\":\"ab1\",\"Names\":[\"/x/../y\"],\"State\":\"running\"},{\"Id\":\"../e\"}]",
        );
        let (listed, _) = fine.containers().unwrap();
        assert_eq!(listed, [Listed { id: "ab1".into(), name: "x_.._y".into(), running: true }]);
        let refused = engine(&socket("b"), b"HTTP/1.0 500 No\r\n\r\n{\"message\":\"no such thing\"}");
        assert!(refused.value("/x").unwrap_err().ends_with("500: no such thing"));
        let other = engine(&socket("c"), b"SSH-2.0\r\n\r\n");
        assert!(other.value("/x").unwrap_err().contains("not HTTP"));
        let silent = engine(&socket("d"), b"");
        let started = Instant::now();
        let failed = silent.get("/x", Duration::from_millis(200)).err().unwrap();
        assert!(
            failed.contains("no answer in time") && started.elapsed() < Duration::from_secs(2),
            "{failed}"
        );
    }

    #[test]
    fn frames_are_put_together() {
        let mut bytes = Vec::new();
        for text in ["one\n", "", "two"] {
            bytes.extend([1, 0, 0, 0]);
            bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        let mut text = String::new();
        Frames::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo");
        let cut = &bytes[..bytes.len() - 8];
        assert!(Frames::new(cut).read_to_end(&mut Vec::new()).is_err(), "a head that is cut is no end");
    }
}
