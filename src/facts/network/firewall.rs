//! The firewalls that people set up here: ufw and firewalld, by their own files. Whether a rule of theirs matches
//! a packet is the kernel's to say; what a port is opened for is read as it was asked for.

use std::fs;

use serde::{Deserialize, Serialize};

use super::text;
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// A firewall that is set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Firewall {
    /// `ufw` or `firewalld`.
    pub name: String,
    /// It is switched on.
    pub active: bool,
    /// What no rule names is kept out.
    pub blocks: bool,
    /// What is let in.
    pub openings: Fact<Vec<Opening>>,
}

/// Something that a firewall lets in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Opening {
    /// `8000`, `8000:8010`, `80,443`, or `any`.
    pub port: String,
    /// `tcp`, `udp` or `any`.
    pub protocol: String,
    /// From where: a network, or `any`.
    pub from: String,
}

impl Opening {
    /// Whether it lets connections to this TCP port in.
    #[must_use]
    pub fn covers(&self, port: u16) -> bool {
        let one = |item: &str| {
            let (first, last) = item.split_once([':', '-']).unwrap_or((item, item));
            first.parse().is_ok_and(|first: u16| first <= port)
                && last.parse().is_ok_and(|last: u16| port <= last)
        };
        self.protocol != "udp" && (self.port == "any" || self.port.split(',').any(one))
    }
}

/// Every one that is set up.
pub(super) fn find(asked: &Asked) -> Fact<Vec<Firewall>> {
    Fact::Known(ufw(asked).into_iter().chain(firewalld(asked)).collect())
}

fn ufw(asked: &Asked) -> Option<Firewall> {
    let settings = fs::read_to_string(asked.at("/etc/ufw/ufw.conf")).ok()?;
    let defaults = fs::read_to_string(asked.at("/etc/default/ufw")).unwrap_or_default();
    let v4 = text(&asked.at("/etc/ufw/user.rules"));
    let v6 = text(&asked.at("/etc/ufw/user6.rules"));
    let openings = match (v4, v6) {
        (Fact::Known(v4), Fact::Known(v6)) => {
            Fact::Known(v4.lines().chain(v6.lines()).filter_map(tuple).collect())
        }
        (Fact::Unknown(why), _) | (_, Fact::Unknown(why)) => Fact::Unknown(why),
    };
    Some(Firewall {
        name: "ufw".into(),
        active: value(&settings, "ENABLED").is_some_and(|value| value.eq_ignore_ascii_case("yes")),
        blocks: value(&defaults, "DEFAULT_INPUT_POLICY").is_none_or(|value| value != "ACCEPT"),
        openings,
    })
}

/// `NAME="value"` of a file that a shell would read.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
    lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim().trim_matches(['"', '\'']))
}

/// `### tuple ### allow tcp 8000 0.0.0.0/0 any 192.168.1.0/24 in`: action, protocol, port, to, source port, from.
fn tuple(line: &str) -> Option<Opening> {
    let mut words = line.strip_prefix("### tuple ###")?.split_whitespace();
    let action = words.next()?;
    let (protocol, port, _to, _source, from) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let is_in = words.any(|word| word == "in" || word.starts_with("in_"));
    let lets_in = is_in && ["allow", "limit"].iter().any(|word| action.starts_with(word));
    let anywhere = ["0.0.0.0/0", "::/0"].contains(&from);
    lets_in.then(|| Opening {
        port: port.into(),
        protocol: protocol.into(),
        from: if anywhere { "any".into() } else { from.into() },
    })
}

fn firewalld(asked: &Asked) -> Option<Firewall> {
    // A control group is there for exactly as long as the unit runs, and everybody may see it.
    let runs = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"]
        .iter()
        .any(|slice| asked.at(&format!("{slice}/firewalld.service")).exists());
    if !runs && !asked.at("/etc/firewalld").exists() {
        return None;
    }
    let openings = text(&asked.at("/etc/firewalld/firewalld.conf")).and_then(|settings| {
        let zone = value(&settings, "DefaultZone").unwrap_or("public");
        let file = |folder: &str| fs::read_to_string(asked.at(&format!("{folder}/zones/{zone}.xml")));
        match file("/etc/firewalld").or_else(|_| file("/usr/lib/firewalld")) {
            Ok(zone) => Ok(ports(&zone)),
            Err(error) => Err(format!("cannot read the zone `{zone}`: {error}")),
        }
    });
    Some(Firewall { name: "firewalld".into(), active: runs, blocks: true, openings })
}

/// `<port protocol="tcp" port="8000"/>` of a zone; services are left out.
fn ports(zone: &str) -> Vec<Opening> {
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        tag[at..].split('"').next().map(String::from)
    };
    let opening = |tag: &str| {
        let tag = tag.split('>').next()?;
        Some(Opening {
            port: attribute(tag, "port")?,
            protocol: attribute(tag, "protocol")?,
            from: "any".into(),
        })
    };
    zone.split("<port ").skip(1).filter_map(|tag| opening(&format!(" {tag}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::snapshot::testing;

    fn opening(port: &str, protocol: &str, from: &str) -> Opening {
        Opening { port: port.into(), protocol: protocol.into(), from: from.into() }
    }

    #[test]
    fn a_rule_of_ufw() {
        let cases = [
            (
                "### tuple ### allow tcp 8000 0.0.0.0/0 any 192.168.1.0/24 in",
                Some(opening("8000", "tcp", "192.168.1.0/24")),
            ),
            ("### tuple ### allow any 22 ::/0 any ::/0 in", Some(opening("22", "any", "any"))),
            (
                "### tuple ### limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in",
                Some(opening("22", "tcp", "any")),
            ),
            (
                "### tuple ### allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in_eth0",
                Some(opening("80,443", "tcp", "any")),
            ),
            ("### tuple ### deny tcp 8000 0.0.0.0/0 any 0.0.0.0/0 in", None),
            ("### tuple ### allow tcp 8000 0.0.0.0/0 any 0.0.0.0/0 out", None),
            ("### tuple ### allow", None),
            ("-A ufw-user-input -p tcp --dport 8000 -j ACCEPT", None),
        ];
        for (line, expected) in cases {
            assert_eq!(tuple(line), expected, "{line}");
        }
    }

    #[test]
    fn what_an_opening_covers() {
        let covers = |port: &str, protocol: &str| opening(port, protocol, "any").covers(8000);
        assert!(
            covers("8000", "tcp")
                && covers("any", "any")
                && covers("80,7000:9000", "tcp")
                && covers("8000-8001", "tcp")
        );
        assert!(
            !covers("8000", "udp")
                && !covers("80", "tcp")
                && !covers("8001:9000", "tcp")
                && !covers("x", "tcp")
        );
    }

    #[test]
    fn both_are_found() {
        let root = tempfile::tempdir().unwrap();
        let asked = testing(root.path());
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(find(&asked), Fact::Known(vec![]));
        write("etc/ufw/ufw.conf", "# x\nENABLED=yes\nLOGLEVEL=low\n");
        write("etc/default/ufw", "DEFAULT_INPUT_POLICY=\"DROP\"\n");
        write("etc/ufw/user.rules", "*filter\n### tuple ### allow tcp 8000 0.0.0.0/0 any 0.0.0.0/0 in\n");
        write("etc/firewalld/firewalld.conf", "DefaultZone=home\n");
        let zone = "<zone><service name=\"ssh\"/><port protocol=\"tcp\" port=\"8000\"/><port port=\"1-2\" protocol=\"udp\"/><port x></zone>";
        write("etc/firewalld/zones/home.xml", zone);
        let found = find(&asked);
        let [ufw, firewalld] = found.known().unwrap().as_slice() else { panic!("{found:#?}") };
        assert!(ufw.active && ufw.blocks && !firewalld.active);
        assert_eq!(ufw.openings, Fact::Known(vec![opening("8000", "tcp", "any")]));
        assert_eq!(
            firewalld.openings,
            Fact::Known(vec![opening("8000", "tcp", "any"), opening("1-2", "udp", "any")])
        );
        fs::create_dir_all(root.path().join("sys/fs/cgroup/system.slice/firewalld.service")).unwrap();
        assert!(find(&asked).known().unwrap()[1].active);
    }
}
