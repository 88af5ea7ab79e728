//! What stands in the place of a name. Names that are known beforehand are numbered in the order in which they are
//! known; all others get a few digits of a hash with a key that belongs to one archive, so that nothing depends on
//! which thread meets a name first. Addresses keep their network: two machines of one network are seen to be so.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::Kind;
use super::addresses::{Reach, reach_of_v4, reach_of_v6};
use super::names::Name;

/// How every pseudonym begins, behind its bracket.
const BEGINNINGS: [&str; 9] =
    ["HOST-", "USER-", "SHARE-", "SERIAL-", "MACHINE-", "EMAIL-", "IP-", "LAN-IP-", "MAC-"];
/// The longest that follows.
const LONGEST: usize = 16;
/// Of so many names the pseudonyms are remembered; those of more are made anew each time, and are not in the map.
const REMEMBERED: usize = 50_000;

/// The pseudonyms of one archive.
pub(super) struct Pseudonyms {
    key: [u8; 32],
    /// The names that are known beforehand.
    names: Vec<Name>,
    given: RwLock<HashMap<Kind, HashMap<Vec<u8>, String>>>,
}

impl Pseudonyms {
    pub fn new(names: Vec<Name>, key: [u8; 32]) -> Self {
        Self { key, names, given: RwLock::default() }
    }

    /// The pseudonym of a name.
    pub fn of(&self, kind: Kind, name: &[u8]) -> String {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(pseudonym) = given.get(&kind).and_then(|given| given.get(name)) {
            return pseudonym.clone();
        }
        drop(given);
        let pseudonym = self.make(kind, name);
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        let given = given.entry(kind).or_default();
        if given.len() < REMEMBERED {
            given.insert(name.to_vec(), pseudonym.clone());
        }
        pseudonym
    }

    /// Each pseudonym with its name, as it was known or first in order.
    pub fn map(&self) -> BTreeMap<String, String> {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        let mut map: BTreeMap<String, String> = BTreeMap::new();
        for (kind, names) in given.iter() {
            for (name, pseudonym) in names {
                let name = self.known(*kind, name).map_or_else(
                    || String::from_utf8_lossy(&plain(*kind, name)).into_owned(),
                    |known| self.first(known).text.clone(),
                );
                let entry = map.entry(pseudonym.clone()).or_default();
                if entry.is_empty() {
                    *entry = name;
                } else if !entry.split(", ").any(|other| other == name) {
                    let mut all: Vec<&str> = entry.split(", ").chain([name.as_str()]).collect();
                    all.sort_unstable();
                    *entry = all.join(", ");
                }
            }
        }
        map
    }

    fn known(&self, kind: Kind, name: &[u8]) -> Option<&Name> {
        self.names.iter().find(|known| known.kind == kind && known.text.as_bytes().eq_ignore_ascii_case(name))
    }

    fn first<'n>(&'n self, known: &'n Name) -> &'n Name {
        let same = |name: &&Name| name.kind == known.kind && name.number == known.number;
        self.names.iter().find(same).unwrap_or(known)
    }

    fn make(&self, kind: Kind, name: &[u8]) -> String {
        if kind != Kind::Serial
            && let Some(known) = self.known(kind, name)
        {
            return format!("[{}{}]", beginning(kind), known.number);
        }
        let name = plain(kind, name);
        match kind {
            Kind::Ip => self.address(&name).unwrap_or_else(|| self.hashed(kind, &name)),
            Kind::Mac => {
                let maker = self.digits("maker", &name[..name.len().min(6)], 3);
                format!("[MAC-{maker}.{}]", self.digits("mac", &name, 4))
            }
            _ => self.hashed(kind, &name),
        }
    }

    fn hashed(&self, kind: Kind, name: &[u8]) -> String {
        format!("[{}{}]", beginning(kind), self.digits(beginning(kind), name, 4))
    }

    /// A token for the network and one for the machine in it, which in an IPv4 network no two machines share.
    fn address(&self, name: &[u8]) -> Option<String> {
        let (reach, network, machine, bits) = match std::str::from_utf8(name).ok()?.parse().ok()? {
            IpAddr::V4(address) => {
                let [a, b, c, machine] = address.octets();
                let network = Ipv4Addr::new(a, b, c, 0).octets();
                (
                    reach_of_v4(address),
                    network.to_vec(),
                    format!("{:02x}", self.shuffled(&network, machine)),
                    24,
                )
            }
            IpAddr::V6(address) => {
                let network = address.octets()[..8].to_vec();
                (reach_of_v6(address), network, self.digits("machine", &address.octets(), 4), 64)
            }
        };
        let lan = if reach == Reach::Local { "LAN-" } else { "" };
        Some(format!("[{lan}IP-{}.{machine}/{bits}]", self.digits("network", &network, 4)))
    }

    /// A permutation of the machines of a network, by a Feistel network of four rounds.
    fn shuffled(&self, network: &[u8], machine: u8) -> u8 {
        let (mut left, mut right) = (machine >> 4, machine & 15);
        for round in 0..4 {
            let digest = self.digest("round", &[network, &[round, right]].concat());
            (left, right) = (right, left ^ digest[0] & 15);
        }
        left << 4 | right
    }

    fn digits(&self, purpose: &str, of: &[u8], count: usize) -> String {
        let digest = self.digest(purpose, of);
        let digits: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        digits[..count].to_string()
    }

    fn digest(&self, purpose: &str, of: &[u8]) -> Vec<u8> {
        Sha256::new()
            .chain_update(self.key)
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(of)
            .finalize()
            .to_vec()
    }
}

fn beginning(kind: Kind) -> &'static str {
    match kind {
        Kind::Host => "HOST-",
        Kind::User => "USER-",
        Kind::Share => "SHARE-",
        Kind::Serial => "SERIAL-",
        Kind::Machine => "MACHINE-",
        Kind::Email => "EMAIL-",
        Kind::Ip => "IP-",
        Kind::Mac => "MAC-",
    }
}

/// A name in the one form that all ways of writing it have.
fn plain(kind: Kind, name: &[u8]) -> Vec<u8> {
    match kind {
        Kind::User | Kind::Share => name.to_vec(),
        Kind::Host | Kind::Serial | Kind::Ip => name.to_ascii_lowercase(),
        Kind::Email => String::from_utf8_lossy(name).replace("%40", "@").to_lowercase().into_bytes(),
        Kind::Mac | Kind::Machine => {
            name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
        }
    }
}

/// How long the pseudonym is that begins here; none where there is none.
#[must_use]
pub fn length(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[")?;
    let beginning = BEGINNINGS.iter().find(|beginning| rest.starts_with(beginning.as_bytes()))?.len();
    let body = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'.' | b'/');
    let length = rest[beginning..].iter().take(LONGEST + 1).take_while(body).count();
    let whole = (1..=LONGEST).contains(&length) && rest.get(beginning + length) == Some(&b']');
    whole.then_some(beginning + length + 2)
}
