//! One question to a server on this machine, without a runtime, a redirect or a proxy: `GET` in HTTP/1.0,
//! whose answer ends where the connection ends, over any kind of connection. It is for probing what may not speak HTTP at all; talking
//! with our own server is [`crate::wire::client`]'s.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

const CONNECT: Duration = Duration::from_millis(400);
const SILENCE: Duration = Duration::from_millis(1200);
const LARGEST: u64 = 256 * 1024;

/// The status and body of `GET path`; the body is cut at 256 KiB.
pub(super) fn get(address: SocketAddr, path: &str) -> Result<(u16, Vec<u8>)> {
    exchange(connect(address)?, &address.to_string(), path, None, LARGEST)
}

/// The same for somebody who is signed in, over a connection that is open: whoever opened it knows with whom.
pub(super) fn get_signed(stream: TcpStream, path: &str, token: &SecretString) -> Result<(u16, Vec<u8>)> {
    let host = stream.peer_addr()?.to_string();
    exchange(stream, &host, path, Some(token), LARGEST)
}

/// Connects, and bounds all waiting on the connection.
pub(super) fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, CONNECT)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    Ok(stream)
}

/// The status and body of `GET path` over a connection that is open; whoever opened it bounds its waiting.
/// What is larger than `largest` is cut.
pub(super) fn exchange(
    mut stream: impl Read + Write,
    host: &str,
    path: &str,
    token: Option<&SecretString>,
    largest: u64,
) -> Result<(u16, Vec<u8>)> {
    // In one piece: some servers judge by the first packet.
    let mut question = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n");
    if let Some(token) = token {
        question += &format!("Authorization: Bearer {}\r\n", token.expose_secret());
    }
    stream.write_all((question + "\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(largest).read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| Error::new(ErrorKind::InvalidData, "what answers there is not HTTP"))
}

fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut words = head.strip_prefix("HTTP/1.")?.split_ascii_whitespace();
    let status = words.nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_is_an_answer() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}"), Some((200, b"{}".to_vec())));
        assert_eq!(parse(b"HTTP/1.0 503 x\r\nA: b\r\n\r\n"), Some((503, Vec::new())));
        assert_eq!(parse(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), None);
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
