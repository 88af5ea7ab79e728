//! The address that the server is to listen on: free, taken, or answered by a tars server already. Whether
//! that server is this installation's own is for the caller to judge, from its service.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use serde::{Deserialize, Serialize};

use super::{Fact, http};
use crate::wire::Health;

/// What is at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Port {
    /// It can be listened on.
    Free,
    /// A tars server of this version answers there.
    Tars(String),
    /// Some other program listens there.
    Taken,
    /// It cannot be listened on at all, and why: not an address of this machine, a privileged port.
    Refused(String),
}

/// Looks at an address by listening on it for a moment, and asks whoever has it.
pub fn look(address: SocketAddr) -> Fact<Port> {
    match bind(address) {
        Fact::Known(Port::Taken) => Fact::Known(server(address).map_or(Port::Taken, Port::Tars)),
        other => other,
    }
}

/// Listens on an address for a moment; what is there is not asked.
pub(super) fn bind(address: SocketAddr) -> Fact<Port> {
    match TcpListener::bind(address) {
        Ok(_) => Fact::Known(Port::Free),
        Err(error) => match error.kind() {
            ErrorKind::AddrInUse => Fact::Known(Port::Taken),
            ErrorKind::AddrNotAvailable => {
                Fact::Known(Port::Refused("this machine has no such address".into()))
            }
            ErrorKind::PermissionDenied => Fact::Known(Port::Refused("only root may use this port".into())),
            _ => Fact::Unknown(error.to_string()),
        },
    }
}

/// The version of the tars server that answers at an address, if one does.
pub(super) fn server(address: SocketAddr) -> Option<String> {
    let (status, body) = http::get(callable(address), "/health").ok()?;
    let health: Health = serde_json::from_slice(&body).ok()?;
    (status == 200 && health.status == "alive").then_some(health.version)
}

/// The address to call a listener at: `0.0.0.0` is listened on, never called.
fn callable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn answering(text: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                // The question is read, so that closing does not reset the connection under the answer.
                let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
                let _ = write!(stream, "HTTP/1.0 200 OK\r\n\r\n{text}");
            }
        });
        address
    }

    #[test]
    fn free_taken_ours_and_impossible() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(look(free), Fact::Known(Port::Free));
        let ours = answering(r#"{"status":"alive","version":"9.9.9"}"#);
        assert_eq!(look(ours), Fact::Known(Port::Tars("9.9.9".into())));
        assert_eq!(look(answering("<h1>It works!</h1>")), Fact::Known(Port::Taken));
        assert!(matches!(look("192.0.2.1:8000".parse().unwrap()), Fact::Known(Port::Refused(_))));
    }
}
