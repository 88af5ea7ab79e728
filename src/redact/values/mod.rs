//! The secrets that this machine is known to hold, found by what they are, in every shape that programs give them
//! and also where a line end runs through them. What merely looks like a secret is not found here.

mod encode;
mod search;
mod view;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::{Hit, What};
use encode::Shape;
use search::Search;
use view::View;

/// Values this short stand in ordinary text by accident.
const SHORTEST: usize = 6;

/// Values that are words of ordinary text: to take them out everywhere would leave little to read.
const COMMON: [&str; 44] = [
    "000000",
    "111111",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "admin123",
    "administrator",
    "anonymous",
    "change_me",
    "change-me",
    "changeit",
    "changeme",
    "default",
    "disabled",
    "docker",
    "enabled",
    "example",
    "grafana",
    "localhost",
    "mariadb",
    "minioadmin",
    "mongodb",
    "nobody",
    "ollama",
    "passwd",
    "password",
    "placeholder",
    "postgres",
    "postgresql",
    "private",
    "prometheus",
    "public",
    "rabbitmq",
    "required",
    "secret",
    "secrets",
    "server",
    "service",
    "system",
    "telegraf",
    "undefined",
    "username",
];

/// The known secrets, ready to be looked for.
#[derive(Default)]
pub struct Values {
    strong: Vec<Vec<u8>>,
    weak: HashSet<Vec<u8>>,
    search: Search,
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Values({} to find, {} too weak)", self.strong.len(), self.weak.len())
    }
}

impl Values {
    /// Makes ready to look for these. Blanks and line ends around a secret are no part of it: files end with them.
    pub fn new(secrets: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut values = Self::default();
        let mut shapes: Vec<(usize, Shape)> = Vec::new();
        let mut seen = HashSet::new();
        for secret in secrets {
            let secret = secret.trim_ascii();
            if secret.is_empty() || !seen.insert(secret.to_vec()) {
                continue;
            }
            let short = View::of(secret).bytes.len() < SHORTEST;
            if short || COMMON.iter().any(|word| secret.eq_ignore_ascii_case(word.as_bytes())) {
                values.weak.insert(secret.to_vec());
                continue;
            }
            let number = values.strong.len();
            values.strong.push(secret.to_vec());
            shapes.extend(encode::shapes(secret).into_iter().map(|shape| (number, shape)));
        }
        values.search = Search::new(shapes.into_iter().map(|(number, shape)| {
            let bytes = View::of(&shape.bytes).bytes;
            (number, Shape { bytes, ..shape })
        }));
        values
    }

    /// Whether this is one of the secrets that are too short or too common to be looked for, and that are to be
    /// taken out only where a key says what they are.
    #[must_use]
    pub fn is_weak(&self, value: &[u8]) -> bool {
        self.weak.contains(value.trim_ascii())
    }

    /// One of the secrets as it is.
    #[must_use]
    pub fn plain(&self, number: usize) -> &[u8] {
        &self.strong[number]
    }

    /// How many bytes of text an occurrence spans at most, with the line ends and the indentation that run through
    /// it. Whoever hands over a text in parts keeps that much of the end of each.
    #[must_use]
    pub fn longest(&self) -> usize {
        if self.strong.is_empty() { 0 } else { reach(self.search.longest()) + 2 * NEIGHBOUR }
    }

    /// Finds them in a text of whole lines. An occurrence that runs over line ends is one hit in each line.
    pub fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.strong.is_empty() {
            return;
        }
        self.find_in(&View::of(text), 0, hits);
        for folded in view::folds(text) {
            self.find_in(&View::unfolded(&text[folded.clone()]), folded.start, hits);
        }
    }

    fn find_in(&self, view: &View, offset: usize, hits: &mut Vec<Hit>) {
        self.search.each(&view.bytes, |mut start, found| {
            let mut end = start + found.bytes.len();
            let (first, last) = (view.origin(start), view.origin(end - 1));
            if last - first >= reach(found.bytes.len()) {
                return;
            }
            if found.before
                && start > 0
                && base64(view.bytes[start - 1])
                && first - view.origin(start - 1) < NEIGHBOUR
            {
                start -= 1;
            }
            if found.after
                && view.bytes.get(end).is_some_and(|b| base64(*b))
                && view.origin(end) - last < NEIGHBOUR
            {
                end += 1;
            }
            let what = What::Value(found.number);
            for part in view.parts(start..end) {
                let part = offset + part.start..offset + part.end;
                match hits.last_mut() {
                    // Repetitive text and secrets would otherwise make a hit of every byte.
                    Some(last) if last.what == what && (last.start..last.end).contains(&part.start) => {
                        last.end = last.end.max(part.end);
                    }
                    _ => hits.push(Hit { start: part.start, end: part.end, what }),
                }
            }
        });
    }
}

/// A character of base64 that holds a few bits of the secret may stand beyond a line end, this far away.
const NEIGHBOUR: usize = 256;

/// How many bytes of text an occurrence of so many bytes may span: deeply indented lines of one character each for
/// the short ones, lines a few times wider than the margin for the long ones.
fn reach(bytes: usize) -> usize {
    4 * bytes + 4096
}

fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}
