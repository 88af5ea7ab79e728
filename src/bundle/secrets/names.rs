//! What names this machine, its people and its NAS.

use std::collections::BTreeSet;

use super::Scope;
use crate::bundle::collect::files::text_of;
use crate::config::share::Protocol;

/// Where the machine keeps numbers that are its own alone.
const SERIALS: &[&str] = &[
    "/etc/machine-id",
    "/sys/class/dmi/id/product_serial",
    "/sys/class/dmi/id/board_serial",
    "/sys/class/dmi/id/chassis_serial",
    "/sys/class/dmi/id/product_uuid",
];

/// What makers write where there is no number.
const NO_SERIAL: &[&str] = &[
    "none",
    "default string",
    "not specified",
    "not applicable",
    "system serial number",
    "to be filled by o.e.m.",
    "0",
];

/// Accounts of people begin here, and end before the one for nobody.
const PEOPLE: std::ops::Range<u32> = 1000..60_000;

/// What names the machine, its people and its NAS; each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Names of machines.
    pub hosts: Vec<String>,
    /// Names of accounts.
    pub users: Vec<String>,
    /// Names of shares.
    pub shares: Vec<String>,
    /// Numbers that are this machine's alone.
    pub serials: Vec<String>,
}

/// What names this machine, its people and its NAS.
#[must_use]
pub fn names(scope: &Scope) -> Names {
    let text = |path: &str| text_of(path.as_ref()).ok().flatten().unwrap_or_default();
    let mut hosts = BTreeSet::new();
    let known = scope.facts.network.name.known().cloned();
    let configured = [text("/etc/hostname"), text("/proc/sys/kernel/hostname")];
    for name in known.into_iter().chain(configured) {
        hosts.extend(of_host(name.trim()));
    }
    let mut shares = BTreeSet::new();
    if let Some(share) = scope.config.as_ref().and_then(|config| config.nas.as_ref()?.share.as_ref()) {
        hosts.extend(of_host(&share.host));
        shares.extend(of_share(share.protocol, &share.path));
    }
    for host in &scope.facts.storage.nas.hosts {
        hosts.extend(of_host(&host.name));
    }
    let mut users = people(&text("/etc/passwd"));
    let variables = scope
        .environment
        .iter()
        .filter(|(name, _)| matches!(name.as_str(), "SUDO_USER" | "USER" | "LOGNAME"));
    users.extend(variables.map(|(_, value)| value.clone()).filter(|name| !name.is_empty() && name != "root"));
    let serials = SERIALS.iter().map(|path| text(path).trim().to_string()).filter(|serial| is_serial(serial));
    Names {
        serials: serials.collect::<BTreeSet<_>>().into_iter().collect(),
        hosts: hosts.into_iter().collect(),
        users: users.into_iter().collect(),
        shares: shares.into_iter().collect(),
    }
}

/// A name and its first part; what every machine is called is no name, and an address is found as one.
fn of_host(name: &str) -> Vec<String> {
    let first = name.split('.').next().unwrap_or_default();
    let is_name = |name: &&str| {
        !name.is_empty()
            && !matches!(*name, "localhost" | "localhost.localdomain" | "(none)")
            && name.parse::<std::net::IpAddr>().is_err()
    };
    match name.parse::<std::net::IpAddr>() {
        Ok(_) => Vec::new(),
        Err(_) => [name, first].iter().filter(|name| is_name(name)).map(ToString::to_string).collect(),
    }
}

/// The name of an SMB share is its first step; an NFS export is named by its last.
fn of_share(protocol: Protocol, path: &str) -> Option<String> {
    let mut steps = path.split('/').filter(|step| !step.is_empty());
    let name = match protocol {
        Protocol::Smb => steps.next(),
        Protocol::Nfs => steps.next_back(),
    };
    name.map(String::from)
}

/// The accounts of people in a list of users.
fn people(passwd: &str) -> BTreeSet<String> {
    let person = |line: &str| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?.parse().ok()?);
        (PEOPLE.contains(&uid) && !name.is_empty()).then(|| name.to_string())
    };
    passwd.lines().filter_map(person).collect()
}

fn is_serial(text: &str) -> bool {
    text.len() >= 4 && !NO_SERIAL.contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_none() {
        assert_eq!(of_host("box.home.arpa"), ["box.home.arpa", "box"]);
        assert!(of_host("localhost").is_empty() && of_host("").is_empty() && of_host("192.0.2.7").is_empty());
        assert_eq!(of_share(Protocol::Smb, "papers/below").as_deref(), Some("papers"));
        assert_eq!(of_share(Protocol::Nfs, "/export/papers").as_deref(), Some("papers"));
        let passwd = "root:x:0:0\nann:x:1000:1000\nbob:x:1001:1\nnobody:x:65534:1\nbroken\n";
        assert_eq!(people(passwd).into_iter().collect::<Vec<_>>(), ["ann", "bob"]);
        assert!(is_serial("AB12CD") && !is_serial("To be filled by O.E.M.") && !is_serial(""));
    }
}
