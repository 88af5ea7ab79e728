//! What stands where a secret stood: `[REDACTED:<rule>:<tag>]`. The tag is four hexadecimal digits of a hash with a
//! key of its own for each archive, so that equal secrets are seen to be equal inside one archive, and nowhere else.

use sha2::{Digest, Sha256};

/// The name of the rule that found a secret: lower-case words with hyphens.
pub type Rule = &'static str;

/// How every mark begins.
pub const OPEN: &[u8] = b"[REDACTED:";

/// No mark is longer.
const LONGEST: usize = 96;

/// Makes the tags of one archive.
#[derive(Clone, Default)]
pub struct Tags {
    key: [u8; 32],
}

impl std::fmt::Debug for Tags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tags(secret)")
    }
}

impl Tags {
    /// With this key, which belongs to one archive and is kept nowhere.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Writes the mark of a secret.
    pub fn write(&self, rule: &str, secret: &[u8], out: &mut Vec<u8>) {
        let hash = Sha256::new().chain_update(self.key).chain_update(secret).finalize();
        out.extend_from_slice(OPEN);
        out.extend_from_slice(rule.as_bytes());
        out.extend_from_slice(format!(":{:02x}{:02x}]", hash[0], hash[1]).as_bytes());
    }
}

/// How long the mark is that begins here; none where there is none.
#[must_use]
pub fn length(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(OPEN)?;
    let rule = rest
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-')
        .count();
    let tag = rest.get(rule..)?;
    let hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let whole = rule > 0 && tag.len() >= 6 && tag[0] == b':' && tag[1..5].iter().all(hex) && tag[5] == b']';
    whole.then_some(OPEN.len() + rule + 6)
}

/// The end of the mark, or of the pseudonym, that has begun before this place and goes on there.
#[must_use]
pub fn around(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(LONGEST);
    let open = from + memchr::memrchr(b'[', &text[from..at])?;
    length_of_any(&text[open..]).map(|length| open + length).filter(|end| *end > at)
}

/// Whether a part of a mark or of a pseudonym is in this stretch: then it was judged before, with what stood there.
#[must_use]
pub fn is_in(text: &[u8], start: usize, end: usize) -> bool {
    let mut opens = memchr::memchr_iter(b'[', &text[start..end]);
    around(text, start).is_some() || opens.any(|open| length_of_any(&text[start + open..]).is_some())
}

fn length_of_any(text: &[u8]) -> Option<usize> {
    length(text).or_else(|| super::identifiers::length(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_known_again_and_equal_secrets_have_equal_tags() {
        let (one, other) = (Tags::new([1; 32]), Tags::new([2; 32]));
        let mark = |tags: &Tags, secret: &[u8]| {
            let mut out = Vec::new();
            tags.write("a-rule", secret, &mut out);
            out
        };
        let first = mark(&one, b"secret");
        assert_eq!(length(&first), Some(first.len()));
        assert_eq!(first, mark(&one, b"secret"));
        assert_ne!(first, mark(&one, b"other"));
        assert_ne!(first, mark(&other, b"secret"));
        for not in [
            &b"[REDACTED:x]"[..],
            b"[REDACTED::abcd]",
            b"[REDACTED:a:abcg]",
            b"[REDACTED:a b:abcd]",
            b"REDACTED",
        ] {
            assert_eq!(length(not), None);
        }
        assert!(format!("{one:?}").len() < 20);
    }

    #[test]
    fn what_touches_a_mark_is_told_from_what_does_not() {
        let text = b"ab [REDACTED:x:12ab] cd [HOST-1] [x]";
        assert_eq!(around(text, 4), Some(20));
        assert_eq!((around(text, 3), around(text, 20)), (None, None));
        for (start, end, is) in
            [(0, 3, false), (0, 4, true), (19, 22, true), (20, 24, false), (22, 28, true), (32, 36, false)]
        {
            assert_eq!(is_in(text, start, end), is, "{start}..{end}");
        }
    }
}
