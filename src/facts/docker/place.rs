//! Where the engine's socket is, whose it is, and what comes of connecting to it; and what of the engine can
//! be seen on the machine without asking it.

use std::io::ErrorKind;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use nix::unistd::{Gid, Group, Uid, User};
use serde::{Deserialize, Serialize};

use super::Route;
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

const USUAL: &str = "/var/run/docker.sock";

/// How long an engine on another machine may take to take a connection.
const CONNECT: Duration = Duration::from_millis(1500);

/// Why a socket was chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// It is the usual one.
    #[default]
    Usual,
    /// It is that of the user's own, rootless engine.
    Rootless,
    /// `DOCKER_HOST` names it, and it is neither of the two.
    Named,
}

/// What came of connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// There is no such socket.
    Absent,
    /// This user may not use it.
    Denied,
    /// Nobody listens on it.
    Refused,
    /// The connection was taken; whether it is answered is another question.
    Connected,
}

/// Whose the socket is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Access {
    /// Its owner.
    pub owner: String,
    /// Its group.
    pub group: String,
    /// Its permission bits, in octal.
    pub mode: String,
    /// The user who looked is a member of the group, as of the next sign-in.
    pub listed: bool,
}

/// The socket to ask, as `docker` itself would choose it.
pub(super) fn choose(asked: &Asked) -> (String, Source) {
    let usual = asked.at(USUAL).to_string_lossy().into_owned();
    let own = asked.variable("XDG_RUNTIME_DIR").map(|runtime| Path::new(runtime).join("docker.sock"));
    let own = own.map(|path| path.to_string_lossy().into_owned());
    if let Some(named) = asked.variable("DOCKER_HOST") {
        let named = without_user(named.strip_prefix("unix://").unwrap_or(named));
        let source = if named == usual || asked.at(&named) == asked.at("/run/docker.sock") {
            Source::Usual
        } else if Some(&named) == own.as_ref() {
            Source::Rootless
        } else {
            Source::Named
        };
        return (named, source);
    }
    match own.filter(|own| !nix::unistd::geteuid().is_root() && Path::new(own).exists()) {
        Some(own) => (own, Source::Rootless),
        None => (usual, Source::Usual),
    }
}

/// A URL without the user, whose password might be in it.
fn without_user(url: &str) -> String {
    match url.split_once("://").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        Some((scheme, Some((_, host)))) => format!("{scheme}://{host}"),
        _ => url.to_string(),
    }
}

/// Connects, and says nothing.
pub(super) fn reach(socket: &str) -> Fact<Reach> {
    let tried = if socket.starts_with('/') {
        UnixStream::connect(socket).map(drop)
    } else if let Some(address) = socket.strip_prefix("tcp://").or_else(|| socket.strip_prefix("http://")) {
        connect(address.trim_end_matches('/')).map(drop)
    } else {
        return Fact::Unknown(format!("`{socket}` is neither a path nor a `tcp://` address"));
    };
    match tried {
        Ok(()) => Fact::Known(Reach::Connected),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Fact::Known(Reach::Absent),
            ErrorKind::PermissionDenied => Fact::Known(Reach::Denied),
            ErrorKind::ConnectionRefused => Fact::Known(Reach::Refused),
            _ => Fact::Unknown(error.to_string()),
        },
    }
}

/// A connection to `host:port`.
pub(super) fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(ErrorKind::InvalidInput, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whose the socket is.
pub(super) fn access(socket: &str) -> Option<Access> {
    let metadata = std::fs::metadata(socket).ok().filter(|found| found.file_type().is_socket())?;
    let group = Group::from_gid(Gid::from_raw(metadata.gid())).ok().flatten();
    let owner = User::from_uid(Uid::from_raw(metadata.uid())).ok().flatten();
    let me = User::from_uid(nix::unistd::geteuid()).ok().flatten();
    let listed = me.zip(group.as_ref()).is_some_and(|(me, group)| group.mem.contains(&me.name));
    Some(Access {
        owner: owner.map_or_else(|| metadata.uid().to_string(), |owner| owner.name),
        group: group.map_or_else(|| metadata.gid().to_string(), |group| group.name),
        mode: format!("{:04o}", metadata.mode() & 0o7777),
        listed,
    })
}

/// Whether the engine's program is on this machine.
pub(super) fn installed(asked: &Asked) -> bool {
    ["/usr/bin/dockerd", "/usr/sbin/dockerd", "/usr/local/bin/dockerd", "/snap/bin/dockerd"]
        .iter()
        .any(|path| asked.at(path).exists())
}

/// Whether systemd runs here and has the engine's unit.
pub(super) fn has_unit(asked: &Asked) -> bool {
    let is_there = |directory: &str| asked.at(directory).join("docker.service").exists();
    asked.at("/run/systemd/system").is_dir()
        && ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"].into_iter().any(is_there)
}

/// When the engine wrote its pid file, which it does when it starts.
pub(super) fn started(asked: &Asked, source: Source) -> Option<Timestamp> {
    match source {
        Source::Usual => changed(&asked.at("/var/run/docker.pid")),
        Source::Rootless => changed(&Path::new(asked.variable("XDG_RUNTIME_DIR")?).join("docker.pid")),
        Source::Named => None,
    }
}

/// When a file was last written.
pub(super) fn changed(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(std::fs::metadata(path).ok()?.modified().ok()?).ok()
}

/// The networks this machine is connected to.
pub(super) fn routes(asked: &Asked) -> Fact<Vec<Route>> {
    Fact::from(std::fs::read_to_string(asked.at("/proc/net/route")).map(|text| parse_routes(&text)))
}

/// The rows of `/proc/net/route` but those of the default route; numbers stand there in the byte order of
/// the machine.
fn parse_routes(text: &str) -> Vec<Route> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let number = |index: usize| u32::from_str_radix(words.get(index)?, 16).ok();
        let (destination, mask) = (number(1)?, number(7)?);
        let address = std::net::Ipv4Addr::from(destination.to_ne_bytes());
        (mask != 0).then(|| Route {
            interface: words[0].to_string(),
            subnet: format!("{address}/{}", mask.count_ones()),
        })
    };
    text.lines().skip(1).filter_map(row).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_and_garbage_is_passed_over() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n\
            eth1\tnonsense\n\n\u{fffd}\n";
        let found = parse_routes(text);
        let shown: Vec<_> = found.iter().map(|r| format!("{} {}", r.interface, r.subnet)).collect();
        assert_eq!(shown, ["eth0 192.168.1.0/24", "docker0 172.17.0.0/16"]);
    }

    #[test]
    fn a_password_in_the_address_is_left_out() {
        for (url, shown) in [
            ("tcp://ann:hidden@host:2375", "tcp://host:2375"),
            ("tcp://host:2375", "tcp://host:2375"),
            ("/run/a@b.sock", "/run/a@b.sock"),
        ] {
            assert_eq!(without_user(url), shown);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_unknown() {
        assert!(matches!(reach("ssh://nas"), Fact::Unknown(why) if why.contains("ssh://nas")));
        assert!(matches!(reach("tcp://no port"), Fact::Unknown(_)));
        assert_eq!(reach("/no/such/socket"), Fact::Known(Reach::Absent));
    }
}
