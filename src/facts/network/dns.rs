//! The name servers of `/etc/resolv.conf`, each asked one question of its own (RFC 1035): for the name servers
//! of the root, which every name server knows or can refuse to tell. Any answer shows that it lives. What the
//! system's resolver makes of names is not seen here.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text;
use crate::facts::{Fact, Probe, no_answer};

/// The C library asks no more than these.
const MOST: usize = 3;

/// One name server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NameServer {
    /// Its address.
    pub address: String,
    /// What it answered: `NOERROR`, `SERVFAIL`, `REFUSED`, …, or `nothing listens there`.
    pub answer: Fact<String>,
}

/// The questions that are under way.
pub(super) struct Asking(Fact<Vec<(String, Probe<String>)>>);

/// Asks every name server that is named in this file.
pub(super) fn start(path: &Path, deadline: Duration) -> Asking {
    let begin = |address: String| {
        let asked = address.clone();
        (address, Probe::within(deadline, move || ask(&asked, 53, deadline)))
    };
    Asking(text(path).and_then(|text| Ok::<_, io::Error>(servers(&text).into_iter().map(begin).collect())))
}

impl Asking {
    pub(super) fn finish(self) -> Fact<Vec<NameServer>> {
        let end = |(address, probe): (String, Probe<String>)| NameServer { address, answer: probe.finish() };
        self.0.and_then(|probes| Ok::<_, io::Error>(probes.into_iter().map(end).collect()))
    }
}

fn servers(text: &str) -> Vec<String> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next().map(String::from)).flatten()
    };
    text.lines().filter_map(address).take(MOST).collect()
}

fn ask(address: &str, port: u16, deadline: Duration) -> Fact<String> {
    let Ok(ip) = address.parse::<IpAddr>() else {
        return Fact::Unknown(format!("`{address}` is not an address that can be asked"));
    };
    // A little shorter, so that silence is what is told, and not that this look was abandoned.
    let patience = deadline.saturating_sub(Duration::from_millis(50)).max(Duration::from_millis(1));
    match exchange((ip, port).into(), patience) {
        Ok(answer) => Fact::Known(answer),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Fact::Known("nothing listens there".into()),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Fact::Unknown(no_answer(deadline)),
            _ => Fact::Known(error.to_string()),
        },
    }
}

fn exchange(server: SocketAddr, patience: Duration) -> io::Result<String> {
    let any: IpAddr = if server.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(patience))?;
    // Connected and on a port of the system's choice: whose answer it is needs no more proof for this.
    let number = socket.local_addr()?.port().to_be_bytes();
    socket.send(&question(number))?;
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer)?;
    code(&answer[..length], number).ok_or_else(|| io::Error::other("what answers there is no name server"))
}

/// The name servers (2) of the root (an empty name), class Internet (1), recursion desired.
fn question(number: [u8; 2]) -> [u8; 17] {
    [number[0], number[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]
}

/// The response code of an answer to the question of that number.
fn code(answer: &[u8], number: [u8; 2]) -> Option<String> {
    let head = answer.get(..12)?;
    if head[..2] != number || head[2] & 0x80 == 0 {
        return None;
    }
    Some(match head[3] & 0x0f {
        0 => "NOERROR".into(),
        1 => "FORMERR".into(),
        2 => "SERVFAIL".into(),
        3 => "NXDOMAIN".into(),
        4 => "NOTIMP".into(),
        5 => "REFUSED".into(),
        other => format!("response code {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(200);

    #[test]
    fn the_servers_of_a_resolv_conf() {
        let text = "# x\nsearch home.arpa\nnameserver 192.168.1.1\n nameserver fe80::1%eth0\nnameserver\nnameserver 9.9.9.9\nnameserver 1.1.1.1\n";
        assert_eq!(servers(text), ["192.168.1.1", "fe80::1%eth0", "9.9.9.9"]);
        assert!(servers("garbage \u{0}\n").is_empty());
    }

    fn server(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> u16 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                if let Some(answer) = answer(&question[..length]) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        port
    }

    #[test]
    fn an_answer_silence_and_nonsense() {
        let lives = server(|question| {
            assert_eq!((question.len(), question[13..].to_vec()), (17, vec![0, 2, 0, 1]));
            Some([&question[..2], &[0x81, 0x82], &question[4..]].concat())
        });
        assert_eq!(ask("127.0.0.1", lives, SHORT), Fact::Known("SERVFAIL".into()));
        assert!(ask("127.0.0.1", server(|_| None), SHORT).known().is_none());
        let odd = server(|_| Some(b"SSH".to_vec()));
        assert_eq!(ask("127.0.0.1", odd, SHORT), Fact::Known("what answers there is no name server".into()));
        assert!(ask("fe80::1%eth0", 53, SHORT).known().is_none());
        let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(ask("127.0.0.1", closed, SHORT), Fact::Known("nothing listens there".into()));
    }

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let head = |flags: u8, code: u8| [7, 7, flags, code, 0, 1, 0, 0, 0, 0, 0, 0];
        assert_eq!(code(&head(0x81, 0x85), [7, 7]), Some("REFUSED".into()));
        assert_eq!(code(&head(0x81, 0x8b), [7, 7]), Some("response code 11".into()));
        assert_eq!(code(&head(0x01, 0), [7, 7]), None, "a question");
        assert_eq!(code(&head(0x81, 0), [7, 8]), None, "another's");
        assert_eq!(code(&[7, 7], [7, 7]), None);
    }
}
