//! Names: this machine's own, `/etc/hosts`, and what the system's resolver makes of a few names. The resolver is
//! asked as every program asks it, and may take its time: each question has a thread of its own.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Network, text};
use crate::facts::snapshot::Asked;
use crate::facts::{Fact, Probe};

/// RFC 6761 keeps everything below `invalid` from ever existing: every name server can say so at once.
const IMPOSSIBLE: &str = "tars-doctor.invalid";
/// No file of this kind that people keep is longer.
const MOST_LINES: usize = 500;

/// What a name is resolved to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lookup {
    /// The name that was asked for.
    pub name: String,
    /// The addresses; none where the name is not known.
    pub addresses: Vec<String>,
    /// What the resolver said where it has no address.
    pub error: Option<String>,
}

/// One line of `/etc/hosts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostsLine {
    /// Its number, from 1.
    pub line: usize,
    /// The address as it is written.
    pub address: String,
    /// The names.
    pub names: Vec<String>,
}

/// The name that the kernel has.
pub(super) fn own(path: &Path) -> Fact<String> {
    Fact::from(std::fs::read_to_string(path).map(|text| text.trim().to_string()))
}

/// The name that is set when the machine starts.
pub(super) fn configured(path: &Path) -> Fact<String> {
    let first = |text: String| {
        let mut lines = text.lines().map(str::trim);
        lines.find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default().to_string()
    };
    text(path).and_then(|text| Ok::<_, io::Error>(first(text)))
}

/// The lines of a hosts file, without comments.
pub(super) fn hosts(path: &Path) -> Fact<Vec<HostsLine>> {
    text(path).and_then(|text| Ok::<_, io::Error>(parse_hosts(&text)))
}

fn parse_hosts(text: &str) -> Vec<HostsLine> {
    let line = |(index, line): (usize, &str)| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.to_string();
        Some(HostsLine { line: index + 1, address, names: words.map(String::from).collect() })
    };
    text.lines().enumerate().filter_map(line).take(MOST_LINES).collect()
}

/// Whether something answers for `.local` names: Avahi, or systemd-resolved where it was told to.
pub(super) fn responder(asked: &Asked) -> Fact<bool> {
    let avahi = asked.at("/run/avahi-daemon/socket").exists();
    let told = text(&asked.at("/etc/systemd/resolved.conf")).known().is_some_and(|text| {
        let on = |line: &str| line.replace(' ', "").eq_ignore_ascii_case("MulticastDNS=yes");
        text.lines().any(on)
    });
    Fact::Known(avahi || (told && asked.at("/run/systemd/resolve").exists()))
}

/// The questions to the resolver, all under way at once.
pub(super) struct Lookups {
    own: Option<Probe<Lookup>>,
    local_name: Option<Probe<Lookup>>,
    localhost: Probe<Lookup>,
    impossible: Probe<Lookup>,
}

impl Lookups {
    /// `shared`: others are to reach this machine, so its local name matters.
    pub(super) fn start(own: Option<&str>, shared: bool, deadline: Duration) -> Self {
        let ask = |name: String| Probe::within(deadline, move || look_up(name));
        let short = own.map(|name| name.split('.').next().unwrap_or(name));
        Self {
            own: own.map(|name| ask(name.to_string())),
            local_name: short.filter(|_| shared).map(|name| ask(format!("{name}.local"))),
            localhost: ask("localhost".into()),
            impossible: ask(IMPOSSIBLE.into()),
        }
    }

    pub(super) fn finish(self, network: &mut Network) {
        network.own = self.own.map_or(Fact::Unknown("this machine has no name".into()), Probe::finish);
        network.local_name = self.local_name.map_or(Fact::default(), Probe::finish);
        network.localhost = self.localhost.finish();
        network.impossible = self.impossible.finish();
    }
}

fn look_up(name: String) -> Fact<Lookup> {
    match (name.as_str(), 0).to_socket_addrs() {
        Ok(found) => {
            let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
            addresses.sort_unstable();
            addresses.dedup();
            let addresses = addresses.iter().map(IpAddr::to_string).collect();
            Fact::Known(Lookup { name, addresses, error: None })
        }
        // A name with a byte that no name has: nobody was asked.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Fact::Unknown(error.to_string()),
        Err(error) => {
            let said = error.to_string();
            let said = said.strip_prefix("failed to lookup address information: ").unwrap_or(&said);
            Fact::Known(Lookup { name, addresses: Vec::new(), error: Some(said.to_lowercase()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file_is_read_with_its_line_numbers() {
        let lines =
            parse_hosts("# a comment\n127.0.0.1\tlocalhost loop # more\n\n::1 localhost\nodd\n\u{fffd} x\n");
        let shown: Vec<String> =
            lines.iter().map(|l| format!("{} {} {}", l.line, l.address, l.names.join(","))).collect();
        assert_eq!(shown, ["2 127.0.0.1 localhost,loop", "4 ::1 localhost", "5 odd ", "6 \u{fffd} x"]);
        assert_eq!(parse_hosts(&"1 a\n".repeat(10_000)).len(), MOST_LINES);
    }

    #[test]
    fn localhost_is_found_and_nonsense_is_not() {
        let found = look_up("localhost".into());
        assert!(
            found.known().unwrap().addresses.iter().any(|a| a.starts_with("127.") || a == "::1"),
            "{found:?}"
        );
        assert!(look_up("a\0b".into()).known().is_none());
    }

    #[test]
    fn the_name_of_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hostname");
        assert_eq!(configured(&path), Fact::Known(String::new()));
        std::fs::write(&path, "# set by hand\n  shelf\n").unwrap();
        assert_eq!(configured(&path), Fact::Known("shelf".into()));
    }
}
