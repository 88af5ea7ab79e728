//! What a log puts before every line: a time, a container, a unit. The same on the lines of one text but for its
//! numbers; it says nothing of what follows.

/// A prefix without its numbers: `2026-11-22T10:00:00.123Z backend  |` and the same a moment later have one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    length: usize,
    hash: u64,
}

/// Nothing puts more than this before a line.
const LONGEST: usize = 160;

impl Shape {
    /// The shape of this prefix, if it is one: short, and with an end.
    pub(super) fn of(prefix: &[u8]) -> Option<Self> {
        let ends = prefix.last().is_some_and(|byte| b"|:]>#+Z".contains(byte) || byte.is_ascii_digit());
        (ends && prefix.len() <= LONGEST).then(|| {
            steps(prefix)
                .last()
                .map_or(Self { length: 0, hash: FIRST }, |(length, hash, _)| Self { length, hash })
        })
    }

    /// How long the prefix of this shape is at the beginning of a line.
    pub fn length(&self, line: &[u8]) -> Option<usize> {
        let (_, hash, end) = steps(line).find(|(length, ..)| *length == self.length)?;
        (hash == self.hash).then_some(end)
    }
}

/// Where the hash begins (FNV-1a).
const FIRST: u64 = 0xcbf2_9ce4_8422_2325;

/// The pieces of a line, a number being one: how many so far, what they hash to, where they end.
fn steps(line: &[u8]) -> impl Iterator<Item = (usize, u64, usize)> {
    let (mut at, mut length, mut hash) = (0, 0, FIRST);
    std::iter::from_fn(move || {
        let byte = *line.get(at)?;
        let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        at += digits.max(1);
        length += 1;
        hash = (hash ^ u64::from(if digits > 0 { b'0' } else { byte })).wrapping_mul(0x100_0000_01b3);
        Some((length, hash, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_known_again_whatever_its_numbers() {
        let shape = Shape::of(b"2026-11-22T10:00:00.123Z backend-1  |").unwrap();
        let after = |line: &'static str| shape.length(line.as_bytes()).map(|length| &line[length..]);
        assert_eq!(after("2026-11-22T10:00:01.5Z backend-1  |   x"), Some("   x"));
        assert_eq!(after("2026-11-22T10:00:01.5Z worker-1  |   x"), None);
        assert_eq!(after("2026-11-22T10:00:01.5Z backend-1  "), None);
        assert_eq!(after(""), None);
        assert_eq!(Shape::of(b"SyntaxError: unexpected"), None);
        assert_eq!(Shape::of(b""), None);
        assert_eq!(Shape::of(&[b':'; 200]), None);
    }
}
