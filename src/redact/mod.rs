//! Taking secrets, and on request names and addresses, out of a stream of bytes of any kind: logs, settings, JSON,
//! command lines. Five kinds of knowledge find them: the values themselves ([`values`]), the keys that they stand
//! under (`pairs`), the shapes of well-known tokens ([`shapes`]), sheer randomness beside a telling word, and what
//! names a person or a machine ([`identifiers`]). It knows nothing of the rest of the program and opens no file.

pub mod blocks;
pub mod identifiers;
pub mod keys;
pub mod mark;
pub mod masked;
pub mod pairs;
pub mod places;
pub mod scan;
pub mod shapes;
pub mod sight;
pub mod stamps;
pub mod stand_in;
pub mod stream;
pub mod strings;
pub mod terminal;
pub mod values;
pub mod view;
pub mod words;
pub mod worth;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use mark::{Rule, Tags};
pub use stream::Stream;

/// A stretch of a text that must go, as one of the finders saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Where it begins, in bytes from the beginning of the text that the finder was given.
    pub start: usize,
    /// Where it ends: the first byte that stays.
    pub end: usize,
    /// Why it goes.
    pub what: What,
}

/// Why something goes, and hence what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A secret, found by this rule.
    Secret(Rule),
    /// One of the secrets that were named beforehand: its place among them.
    Value(usize),
    /// A name or an address: its kind, for the pseudonym.
    Name(identifiers::Kind),
}

/// How often each rule struck.
pub type Counts = BTreeMap<String, u64>;

/// Everything that is known about what must go; shared by all streams of one archive.
#[derive(Debug, Default)]
pub struct Redactor {
    /// The secrets that this machine is known to hold.
    pub values: values::Values,
    /// What names people and machines; none where they are to stay.
    pub identifiers: Option<identifiers::Identifiers>,
    /// Makes the marks of one archive.
    pub tags: Tags,
}

impl Redactor {
    /// A text without its secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// Bytes of any kind without their secrets.
    #[must_use]
    pub fn bytes(&self, text: &[u8]) -> Vec<u8> {
        let mut stream = Stream::new(self);
        let mut out = Vec::new();
        stream.push(text, &mut out);
        stream.finish(&mut out);
        out
    }
}
