//! The NAS: whether its name has an address, whether its ports answer (by a TCP connection, never by ICMP, which
//! many networks drop), and whether this machine could mount its share at all. No value of a credentials file
//! becomes a fact, only whether it is there.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::snapshot::Asked;
use super::super::{Fact, NEEDS_ROOT, Probe};
use super::{Place, mountinfo};
use crate::config::share::{self, Protocol};

/// What is known of the NAS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nas {
    /// The share that the settings name.
    pub share: Option<String>,
    /// The mount point that the settings name.
    pub mount_point: Option<String>,
    /// The credentials file that the settings name.
    pub credentials: Option<String>,
    /// What is at the mount point.
    pub point: Option<Place>,
    /// The machines whose shares the documents are on, or should be.
    pub hosts: Vec<Host>,
    /// The mount helpers that are here: `mount.nfs`, `mount.cifs`, …
    pub helpers: Fact<Vec<String>>,
    /// The network file systems that the running kernel has, or has a module for: `nfs`, `cifs`.
    pub kernel: Fact<Vec<String>>,
    /// The credentials files that the settings and `/etc/fstab` name.
    pub credential_files: Vec<Credentials>,
}

/// A machine that exports a share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Host {
    /// Its name or address.
    pub name: String,
    /// `nfs` or `cifs`.
    pub protocol: String,
    /// What it answered.
    pub answer: Fact<Answer>,
}

/// What a machine answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Its addresses; none where its name has none.
    pub addresses: Vec<String>,
    /// Why its name has no address.
    pub error: Option<String>,
    /// Its ports.
    pub ports: Vec<Port>,
}

/// A port of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// Why nothing answers there; none where something does.
    pub error: Option<String>,
}

/// A credentials file (mount.cifs(8)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credentials {
    /// Its path.
    pub path: String,
    /// What is there; none where nothing is.
    pub file: Fact<Option<CredentialsFile>>,
}

/// What is in a credentials file, without any value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialsFile {
    /// Its permission bits.
    pub mode: u32,
    /// The user id of its owner.
    pub owner: u32,
    /// Which of `username`, `password` and `domain` have a value.
    pub keys: Fact<Vec<String>>,
}

/// A share that documents are on: a source, with the options that say which ports are spoken to.
pub(super) struct Source<'a> {
    pub source: &'a str,
    pub filesystem: &'a str,
    pub options: &'a [String],
}

/// The machine behind a share, and its ports; none where the source is not a share of NFS or SMB.
fn target(source: &Source<'_>) -> Option<(String, Protocol, Vec<u16>)> {
    let share = share::parse(source.source).ok()?;
    let of_type = match source.filesystem {
        "nfs" | "nfs4" => Protocol::Nfs,
        "cifs" | "smb3" => Protocol::Smb,
        _ => return None,
    };
    let option = |name| mountinfo::option(source.options, name);
    let port = option("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    let mut ports = vec![port.unwrap_or(if of_type == Protocol::Nfs { 2049 } else { 445 })];
    let version = option("vers").or_else(|| option("nfsvers"));
    if of_type == Protocol::Nfs && version.is_some_and(|version| version.starts_with('3')) {
        ports.push(111);
    }
    (share.protocol == of_type).then_some((share.host, of_type, ports))
}

/// Starts asking every machine once.
pub(super) fn ask(sources: &[Source<'_>], deadline: Duration) -> Vec<(Host, Probe<Answer>)> {
    let mut asked: Vec<(Host, Probe<Answer>)> = Vec::new();
    for (name, protocol, ports) in sources.iter().filter_map(target) {
        let protocol = if protocol == Protocol::Nfs { "nfs" } else { "cifs" };
        if asked.iter().any(|(host, _)| host.name == name && host.protocol == protocol) {
            continue;
        }
        let theirs = name.clone();
        let probe = Probe::within(deadline, move || Fact::Known(answer(&theirs, &ports, deadline)));
        asked.push((Host { name, protocol: protocol.into(), answer: Fact::default() }, probe));
    }
    asked
}

fn answer(name: &str, ports: &[u16], deadline: Duration) -> Answer {
    // A little earlier than whoever waits for this: a port that does not answer is an answer.
    let end = Instant::now() + deadline.mul_f32(0.85);
    let addresses: Vec<SocketAddr> = match (name, 0).to_socket_addrs() {
        Ok(addresses) => addresses.take(4).collect(),
        Err(error) => return Answer { error: Some(error.to_string()), ..Answer::default() },
    };
    let ports = std::thread::scope(|scope| {
        let looks: Vec<_> =
            ports.iter().map(|port| (port, scope.spawn(|| connect(&addresses, *port, end)))).collect();
        let finished = looks.into_iter().map(|(number, look)| {
            let error = look.join().unwrap_or_else(|_| Some("the look broke off".into()));
            Port { number: *number, error }
        });
        finished.collect()
    });
    let addresses = addresses.iter().map(|address| address.ip().to_string()).collect();
    Answer { addresses, error: None, ports }
}

/// Why none of the addresses answers on this port.
fn connect(addresses: &[SocketAddr], port: u16, end: Instant) -> Option<String> {
    let mut why = "no answer in time".to_string();
    for (index, address) in addresses.iter().enumerate() {
        let left = end.saturating_duration_since(Instant::now());
        // What is left is shared among the addresses that are left.
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&SocketAddr::new(address.ip(), port), share) {
            Ok(_) => return None,
            Err(error) => {
                why = match error.kind() {
                    std::io::ErrorKind::TimedOut => "no answer in time".into(),
                    std::io::ErrorKind::ConnectionRefused => "connection refused".into(),
                    _ => error.to_string(),
                }
            }
        }
    }
    Some(why)
}

/// Looks for the mount helpers.
pub(super) fn helpers(asked: &Asked) -> Fact<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for name in ["mount.nfs", "mount.nfs4", "mount.cifs", "mount.smb3"] {
        let is_there = |place: &&str| asked.at(&format!("{place}/{name}")).exists();
        if ["/sbin", "/usr/sbin", "/usr/local/sbin"].iter().any(is_there) {
            found.push(name.into());
        }
    }
    Fact::Known(found)
}

/// Looks for the network file systems that the kernel has.
pub(super) fn kernel(asked: &Asked) -> Fact<Vec<String>> {
    let running = match std::fs::read_to_string(asked.at("/proc/filesystems")) {
        Ok(text) => text,
        Err(error) => return Fact::Unknown(format!("`/proc/filesystems`: {error}")),
    };
    let release = std::fs::read_to_string(asked.at("/proc/sys/kernel/osrelease")).unwrap_or_default();
    let modules = asked.at(&format!("/lib/modules/{}", release.trim()));
    let lists: String = ["modules.dep", "modules.builtin"]
        .iter()
        .filter_map(|name| std::fs::read(modules.join(name)).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let has = |name: &str| {
        let loaded = running.lines().any(|line| line.split_whitespace().last() == Some(name));
        // `kernel/fs/nfs/nfs.ko.xz: …`
        loaded || lists.contains(&format!("/{name}.ko"))
    };
    Fact::Known(
        ["nfs", "nfs4", "cifs", "smb3"].into_iter().filter(|name| has(name)).map(String::from).collect(),
    )
}

/// Looks at a credentials file.
pub(super) fn credentials(path: &Path) -> Fact<Option<CredentialsFile>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            return match error.kind() {
                std::io::ErrorKind::NotFound => Fact::Known(None),
                std::io::ErrorKind::PermissionDenied => Fact::Unknown(NEEDS_ROOT.into()),
                _ => Fact::Unknown(error.to_string()),
            };
        }
    };
    let keys = if !metadata.is_file() || metadata.len() > 64 * 1024 {
        Fact::Unknown("it is not a credentials file".into())
    } else {
        match std::fs::read(path) {
            Ok(bytes) => Fact::Known(keys(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Fact::Unknown(NEEDS_ROOT.into())
            }
            Err(error) => Fact::Unknown(error.to_string()),
        }
    };
    Fact::Known(Some(CredentialsFile { mode: metadata.mode() & 0o7777, owner: metadata.uid(), keys }))
}

/// The names that have a value.
fn keys(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        let Some(equals) = line.iter().position(|byte| *byte == b'=') else { continue };
        let name = match &line[..equals] {
            b"username" | b"user" => "username",
            b"password" | b"pass" => "password",
            b"domain" | b"dom" => "domain",
            _ => continue,
        };
        if equals + 1 < line.len() && !found.iter().any(|known| known == name) {
            found.push(name.to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(source: &str, filesystem: &str, options: &[&str]) -> Option<(String, Vec<u16>)> {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        target(&Source { source, filesystem, options: &options }).map(|(host, _, ports)| (host, ports))
    }

    #[test]
    fn which_ports_are_asked() {
        assert_eq!(ports("nas:/x", "nfs4", &[]), Some(("nas".into(), vec![2049])));
        assert_eq!(ports("nas:/x", "nfs", &["vers=3"]), Some(("nas".into(), vec![2049, 111])));
        assert_eq!(ports("nas:/x", "nfs", &["port=20490"]), Some(("nas".into(), vec![20490])));
        assert_eq!(ports("//nas/docs", "cifs", &["port=99999"]), Some(("nas".into(), vec![445])));
        for (source, filesystem) in
            [("nas:/x", "fuse.sshfs"), ("/dev/sda1", "nfs"), ("//nas/x", "nfs"), ("", "cifs")]
        {
            assert_eq!(ports(source, filesystem, &[]), None, "{source}");
        }
    }

    #[test]
    fn a_port_that_listens_one_that_refuses_and_a_name_without_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap().port();
        let closed = {
            let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            other.local_addr().unwrap().port()
        };
        let found = answer("127.0.0.1", &[open, closed], Duration::from_secs(2));
        assert_eq!((found.addresses, found.error), (vec!["127.0.0.1".to_string()], None));
        assert_eq!(
            (found.ports[0].error.as_deref(), found.ports[1].error.as_deref()),
            (None, Some("connection refused"))
        );
        let none = answer("no such name", &[1], Duration::from_secs(2));
        assert!(none.error.is_some() && none.addresses.is_empty() && none.ports.is_empty());
    }

    #[test]
    fn of_a_credentials_file_only_names_are_known() {
        for (text, expected) in [
            ("username=tars\npassword=hunter2\n", vec!["username", "password"]),
            ("  user=tars\r\npass=x\r\ndomain=\r\n", vec!["username", "password"]),
            ("# username\nusername =x\npassword=", vec![]),
            ("\u{fffd}=\u{0}\n=\n", vec![]),
        ] {
            assert_eq!(keys(text.as_bytes()), expected, "{text:?}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "password=hunter2").unwrap();
        let seen = credentials(file.path());
        assert!(!format!("{seen:?}").contains("hunter2"));
        assert_eq!(seen.known().unwrap().as_ref().unwrap().mode, 0o600);
        assert_eq!(credentials(Path::new("/no/such/file")), Fact::Known(None));
    }
}
