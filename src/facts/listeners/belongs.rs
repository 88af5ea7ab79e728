//! Whether one process has an address to itself: asked before it is told anything that nobody else may hear. It
//! says nothing about who else it could be; that is what owners are for.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::{Listener, owners, sockets};
use crate::facts::{Fact, NEEDS_ROOT};

/// Whether whoever connects to `address` talks with this process and with nobody else.
pub(in crate::facts) fn belongs(proc: &Path, pid: u32, address: SocketAddr) -> Fact<bool> {
    let found = match sockets::read(proc) {
        Fact::Known(found) => found,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    let taking = taking(&found, address);
    let entries = match fs::read_dir(proc.join(pid.to_string()).join("fd")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Fact::Unknown(NEEDS_ROOT.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Fact::Known(false),
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    let open: Vec<u64> = entries
        .flatten()
        .filter_map(|entry| owners::inode(&fs::read_link(entry.path()).ok()?.to_string_lossy()))
        .collect();
    Fact::Known(!taking.is_empty() && taking.iter().all(|inode| open.contains(inode)))
}

/// The sockets among which the kernel chooses for a connection to `address`: those at this very address, or else
/// those at every address of its family, or else those of IPv6 that take both families.
fn taking(found: &[(u64, Listener)], address: SocketAddr) -> Vec<u64> {
    let ip = address.ip().to_canonical();
    let at = |wanted: IpAddr| -> Vec<u64> {
        let here = found.iter().filter(|(_, socket)| {
            socket.protocol == "tcp"
                && socket.port == address.port()
                && socket.address.parse::<IpAddr>() == Ok(wanted)
        });
        here.map(|(inode, _)| *inode).collect()
    };
    let any = [std::net::Ipv4Addr::UNSPECIFIED.into(), std::net::Ipv6Addr::UNSPECIFIED.into()];
    let wider = any.into_iter().filter(|any: &IpAddr| ip.is_ipv4() || any.is_ipv6());
    std::iter::once(ip).chain(wider).map(at).find(|inodes| !inodes.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_socket_takes_the_connection() {
        let socket = |address: &str| Listener {
            protocol: "tcp".into(),
            address: address.into(),
            port: 8000,
            ..Listener::default()
        };
        let found =
            [(1, socket("::")), (2, socket("0.0.0.0")), (3, socket("127.0.0.1")), (4, socket("127.0.0.1"))];
        let asked = |found: &[_], address: &str| taking(found, address.parse().unwrap());
        assert_eq!(asked(&found, "127.0.0.1:8000"), [3, 4]);
        assert_eq!(asked(&found, "10.0.0.1:8000"), [2]);
        assert_eq!(asked(&found[..1], "10.0.0.1:8000"), [1]);
        assert_eq!(asked(&found, "[::1]:8000"), [1]);
        assert!(asked(&found[1..], "[::1]:8000").is_empty() && asked(&found, "127.0.0.1:8001").is_empty());
    }

    #[test]
    fn a_listener_belongs_to_the_process_that_has_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let belongs = |pid| belongs(Path::new("/proc"), pid, address);
        assert_eq!(belongs(std::process::id()), Fact::Known(true));
        assert_ne!(belongs(std::os::unix::process::parent_id()), Fact::Known(true));
        assert_eq!(belongs(0), Fact::Known(false));
        drop(listener);
        assert_eq!(belongs(std::process::id()), Fact::Known(false));
    }
}
