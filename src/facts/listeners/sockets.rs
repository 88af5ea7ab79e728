//! The sockets that listen, from `/proc/net/{tcp,tcp6,udp,udp6}`, each with its inode: by it the process that
//! has it is found. Connections are left out.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use procfs::net::{TcpNetEntries, TcpState, UdpNetEntries};
use procfs::{FromReadSI, ProcError, ProcResult};

use super::Listener;
use crate::facts::Fact;

/// Every socket that listens, with its inode. IPv6 may be switched off; without IPv4 nothing is known.
pub(super) fn read(proc: &Path) -> Fact<Vec<(u64, Listener)>> {
    let mut found = Vec::new();
    for (name, must) in [("tcp", true), ("tcp6", false), ("udp", true), ("udp6", false)] {
        let path = proc.join("net").join(name);
        match table(&path, name) {
            Ok(sockets) => found.extend(sockets),
            Err(ProcError::NotFound(_)) if !must => {}
            Err(error) => {
                return Fact::Unknown(format!("cannot read `{}`: {}", path.display(), short(&error)));
            }
        }
    }
    found.sort_by(|(_, one), (_, other)| {
        (one.port, &one.protocol, &one.address).cmp(&(other.port, &other.protocol, &other.address))
    });
    Fact::Known(found)
}

fn table(path: &Path, name: &str) -> ProcResult<Vec<(u64, Listener)>> {
    let system = procfs::current_system_info();
    if name.starts_with("tcp") {
        let entries = TcpNetEntries::from_file(path, system)?.0.into_iter();
        let listening = entries.filter(|entry| entry.state == TcpState::Listen);
        return Ok(listening
            .map(|entry| (entry.inode, socket("tcp", entry.local_address, entry.uid, entry.rx_queue)))
            .collect());
    }
    // A UDP socket does not listen: it is not connected.
    let entries = UdpNetEntries::from_file(path, system)?.0.into_iter();
    let open = entries.filter(|entry| entry.remote_address.port() == 0);
    Ok(open.map(|entry| (entry.inode, socket("udp", entry.local_address, entry.uid, 0))).collect())
}

fn socket(protocol: &str, at: SocketAddr, uid: u32, waiting: u32) -> Listener {
    let address: IpAddr = at.ip().to_canonical();
    Listener {
        protocol: protocol.into(),
        address: address.to_string(),
        port: at.port(),
        uid,
        waiting,
        owner: None,
    }
}

/// The error without the name of a source file.
fn short(error: &ProcError) -> String {
    match error {
        ProcError::PermissionDenied(_) => io::Error::from(io::ErrorKind::PermissionDenied).to_string(),
        ProcError::NotFound(_) => io::Error::from(io::ErrorKind::NotFound).to_string(),
        ProcError::Io(error, _) => error.to_string(),
        _ => "it is not as the kernel writes it".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn found(tables: &[(&str, &str)]) -> Fact<Vec<(u64, Listener)>> {
        let proc = tempfile::tempdir().unwrap();
        std::fs::create_dir(proc.path().join("net")).unwrap();
        for (name, lines) in tables {
            std::fs::write(proc.path().join("net").join(name), format!("{HEAD}{lines}")).unwrap();
        }
        read(proc.path())
    }

    #[test]
    fn listeners_are_told_from_connections() {
        let tcp = "\
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1\n";
        let tcp6 = "   0: 00000000000000000000000000000000:2CAA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 98 1 0 100 0 0 10 0\n";
        let udp = "  12: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   108        0 77 2 0 0\n  13: 0100007F:14EA 0100007F:0035 01 00000000:00000000 00:00000000 00000000   108        0 78 2 0 0\n";
        let known = found(&[("tcp", tcp), ("tcp6", tcp6), ("udp", udp)]);
        let known: Vec<String> = known
            .known()
            .unwrap()
            .iter()
            .map(|(inode, s)| {
                format!("{inode} {} {} {} {} {}", s.protocol, s.address, s.port, s.uid, s.waiting)
            })
            .collect();
        let expected = [
            "98 tcp 127.0.0.1 80 0 0",
            "77 udp 0.0.0.0 5353 108 0",
            "4711 tcp 127.0.0.1 8000 1000 3",
            "99 tcp :: 11434 0 0",
        ];
        assert_eq!(known, expected);
    }

    #[test]
    fn what_is_no_table_is_unknown() {
        for garbage in ["x\n", "   0: 0100007F:1F40\n", "   0: ZZ:1F40 0:0 0A 0:0 0 0 0 0 0\n"] {
            assert!(found(&[("tcp", garbage), ("udp", "")]).known().is_none(), "{garbage}");
        }
        assert_eq!(found(&[("tcp", ""), ("udp", "")]), Fact::Known(vec![]));
        assert!(matches!(found(&[]), Fact::Unknown(why) if why.contains("net/tcp")));
    }
}
