//! Looking for many byte strings at once, after Wu and Manber: a window as wide as the shortest string moves over the
//! text, and the last three bytes in it say how far it can be moved on. All that it needs beside the strings is two
//! tables of fixed size, whatever their number and length; it is several times as fast as an automaton.

use super::encode::Shape;

/// Bits of the hash of three bytes, and hence the size of the tables.
const BITS: u32 = 16;
/// Wider windows fill the tables and move hardly faster.
const WIDEST: usize = 12;
/// In which part of a long string its window may lie.
const HEAD: usize = 64;

/// What is looked for.
pub(super) struct Pattern {
    /// These bytes.
    pub bytes: Box<[u8]>,
    /// They stand for this secret.
    pub number: usize,
    /// The base64 character before them holds some bits of it.
    pub before: bool,
    /// The base64 character after them does.
    pub after: bool,
    /// Where in them their window ends.
    window_end: usize,
}

/// All that is looked for.
#[derive(Default)]
pub(super) struct Search {
    width: usize,
    /// For each hash: how far the window can move on; 0 where some pattern's window ends so.
    moves: Vec<u8>,
    /// For each hash: where its patterns begin in `patterns`, which are in the order of it.
    begins: Vec<u32>,
    patterns: Vec<Pattern>,
}

impl Search {
    /// Makes the tables.
    pub fn new(shapes: impl IntoIterator<Item = (usize, Shape)>) -> Self {
        let mut shapes: Vec<_> =
            shapes.into_iter().filter(|(_, shape)| shape.bytes.len() >= super::SHORTEST).collect();
        shapes.sort_by(|a, b| (&a.1.bytes, a.0).cmp(&(&b.1.bytes, b.0)));
        shapes.dedup_by(|later, first| {
            let same = later.1.bytes == first.1.bytes;
            if same {
                first.1.before |= later.1.before;
                first.1.after |= later.1.after;
            }
            same
        });
        let Some(width) = shapes.iter().map(|(_, shape)| shape.bytes.len().min(WIDEST)).min() else {
            return Self::default();
        };
        let widest = u8::try_from(width - 2).unwrap_or(u8::MAX);
        let mut moves = vec![widest; 1 << BITS];
        let mut patterns = Vec::with_capacity(shapes.len());
        for (number, Shape { bytes, before, after }) in shapes {
            let from = window(&bytes, width);
            let triples = bytes[from..from + width].windows(3);
            for (left, triple) in (0..widest).rev().zip(triples) {
                let least = &mut moves[hash(triple)];
                *least = left.min(*least);
            }
            patterns.push(Pattern { bytes: bytes.into(), number, before, after, window_end: from + width });
        }
        let key = |pattern: &Pattern| hash(&pattern.bytes[pattern.window_end - 3..pattern.window_end]);
        patterns.sort_by_key(key);
        let mut begins = vec![0u32; (1 << BITS) + 1];
        for pattern in &patterns {
            begins[key(pattern) + 1] += 1;
        }
        for at in 1..begins.len() {
            begins[at] += begins[at - 1];
        }
        Self { width, moves, begins, patterns }
    }

    /// The length of the longest pattern.
    pub fn longest(&self) -> usize {
        self.patterns.iter().map(|pattern| pattern.bytes.len()).max().unwrap_or(0)
    }

    /// Calls with every occurrence of every pattern: where it begins, and which it is.
    pub fn each<'s>(&'s self, text: &[u8], mut found: impl FnMut(usize, &'s Pattern)) {
        if self.patterns.is_empty() {
            return;
        }
        let mut end = self.width;
        while let Some(triple) = text.get(end - 3..end) {
            let hash = hash(triple);
            let on = self.moves[hash];
            end += usize::from(on.max(1));
            if on > 0 {
                continue;
            }
            for pattern in &self.patterns[self.begins[hash] as usize..self.begins[hash + 1] as usize] {
                let Some(start) = (end - 1).checked_sub(pattern.window_end) else { continue };
                if text[start..].starts_with(&pattern.bytes) {
                    found(start, pattern);
                }
            }
        }
    }
}

/// Where in these bytes the window is best put: where it has the most different bytes, and late rather than early,
/// because what many secrets have in common (`sk-`, `https://`) is at their beginning and is also in ordinary text.
fn window(bytes: &[u8], width: usize) -> usize {
    let different = |from: &usize| {
        let window = &bytes[*from..*from + width];
        window.iter().enumerate().filter(|(at, byte)| !window[..*at].contains(byte)).count()
    };
    (0..=(bytes.len() - width).min(HEAD)).max_by_key(different).unwrap_or(0)
}

fn hash(triple: &[u8]) -> usize {
    let number = u32::from_le_bytes([triple[0], triple[1], triple[2], 0]);
    (number.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}
