//! A small blocking HTTP/1.1 client on one kept-alive connection: what a load generator needs, so that the
//! time it measures is the server's and not its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use tars::failure::{Failure, IoContext, Result};

/// One connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    authorization: String,
}

/// What came back.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects; `token` goes into the header of every request.
    pub fn open(address: SocketAddr, token: Option<&str>) -> Result<Self> {
        let open = || {
            let stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            Ok(BufReader::with_capacity(64 * 1024, stream))
        };
        let stream = open().trying(format_args!("connect to {address}"))?;
        let authorization =
            token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        Ok(Self { stream, authorization })
    }

    /// `GET path`.
    pub fn get(&mut self, path: &str) -> Result<Response> {
        self.call("GET", path, "")
    }

    /// `POST path` with a JSON body.
    pub fn post(&mut self, path: &str, body: &str) -> Result<Response> {
        self.call("POST", path, body)
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Response> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        let exchange = |stream: &mut BufReader<TcpStream>| -> std::io::Result<Response> {
            stream.get_mut().write_all(request.as_bytes())?;
            read(stream)
        };
        exchange(&mut self.stream).trying(format_args!("call {method} {path}"))
    }
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Response> {
    let wrong = |what: &str| std::io::Error::other(format!("not HTTP: {what}"));
    let status = line(stream)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| wrong(&status))?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(|_| wrong(value))?,
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if !chunked {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        return Ok(Response { status, body });
    }
    loop {
        let size = line(stream)?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| wrong(&size))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        line(stream)?;
        if size == 0 {
            return Ok(Response { status, body });
        }
    }
}

fn line(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_string())
}

impl Response {
    /// The body as JSON, where the status is a success.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        if !(200..300).contains(&self.status) {
            let body = String::from_utf8_lossy(&self.body);
            return Err(Failure::environment(format!("the server answered {}: {body}", self.status)));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::environment("an unexpected body").because(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_body() {
        let mut plain: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(read(&mut plain).unwrap().body, b"hi");
        let mut chunked: &[u8] =
            b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n";
        let response = read(&mut chunked).unwrap();
        assert_eq!((response.status, response.body.as_slice()), (503, b"hi!".as_slice()));
        assert!(read(&mut b"".as_slice()).is_err());
    }
}
