//! What names people and machines: names that are known beforehand, and names, addresses and numbers that are known by
//! their form or their place; and the pseudonyms that stand in their place. Secrets are no matter of this module.

mod accounts;
mod addresses;
mod edges;
mod hosts;
mod mail;
mod names;
mod pseudonyms;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Hit, What, mark};
use names::Names;
use pseudonyms::Pseudonyms;

pub use pseudonyms::length;

/// What kind of name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The name of a machine.
    Host,
    /// The name of an account.
    User,
    /// The name of a shared folder.
    Share,
    /// The number that a maker gave a device.
    Serial,
    /// The number that an installation gave itself.
    Machine,
    /// An e-mail address.
    Email,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A hardware address.
    Mac,
}

/// The names that this machine is known to have and to use.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Machines, in any letter case; with a domain they are also found without it.
    pub hosts: Vec<String>,
    /// Accounts of people.
    pub users: Vec<String>,
    /// Shared folders.
    pub shares: Vec<String>,
    /// Serial numbers of devices.
    pub serials: Vec<String>,
}

/// The names that are known, and the pseudonyms that were given.
pub struct Identifiers {
    names: Names,
    pseudonyms: Pseudonyms,
}

impl std::fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identifiers(private)")
    }
}

impl Identifiers {
    /// With these names, and with a key that belongs to one archive: pseudonyms of what is not known beforehand come
    /// from it, and do not depend on what is met first.
    #[must_use]
    pub fn new(known: &Known, key: [u8; 32]) -> Self {
        let names = names::usable(known);
        Self { names: Names::new(&names), pseudonyms: Pseudonyms::new(names, key) }
    }

    /// Finds names in a text of whole lines. The hits do not overlap.
    pub fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut found = Vec::new();
        self.names.find(text, &mut found);
        addresses::ipv4(text, &mut found);
        addresses::with_colons(text, &mut found);
        addresses::with_hyphens(text, &mut found);
        mail::find(text, &mut found);
        found.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end)));
        let mut end = 0;
        for hit in found {
            if hit.end > end && !at_mark(text, &hit) {
                hits.push(Hit { start: hit.start.max(end), ..hit });
                end = hit.end;
            }
        }
    }

    /// What stands in the place of a name: the same for the same name in the whole archive.
    #[must_use]
    pub fn pseudonym(&self, kind: Kind, name: &[u8]) -> String {
        self.pseudonyms.of(kind, name)
    }

    /// The pseudonyms that were given out, each with the name that it stands for.
    #[must_use]
    pub fn map(&self) -> BTreeMap<String, String> {
        self.pseudonyms.map()
    }
}

fn hit(kind: Kind, start: usize, end: usize) -> Hit {
    Hit { start, end, what: What::Name(kind) }
}

/// Whether this is a part of a pseudonym or of a mark, or touches one: then it was seen before, with what stood there,
/// and was no name.
fn at_mark(text: &[u8], hit: &Hit) -> bool {
    const LONGEST: usize = 96;
    let length = |open: usize| length(&text[open..]).or_else(|| mark::length(&text[open..]));
    let from = hit.start.saturating_sub(LONGEST);
    let before = memchr::memrchr(b'[', &text[from..hit.start]).map(|open| from + open);
    before.is_some_and(|open| length(open).is_some_and(|length| open + length >= hit.start))
        || length(hit.end).is_some()
}
