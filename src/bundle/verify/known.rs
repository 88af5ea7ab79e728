//! Looking for known secrets by another path than the one that took them out: not by patterns of every shape that a
//! secret may have, but by undoing shapes. A text is unwrapped, unescaped and decoded in every way that it allows,
//! and the plain secrets are looked for in what comes out.

use std::collections::HashMap;

/// Shorter ones say nothing by themselves.
pub const SHORTEST: usize = 6;
/// How many bytes of a secret choose the candidates.
const HEAD: usize = 4;

/// Secrets to be looked for.
#[derive(Default)]
pub struct Known {
    secrets: Vec<Vec<u8>>,
    heads: HashMap<[u8; HEAD], Vec<usize>>,
    /// One bit for each hash of the first bytes: most places of a text are dismissed by one look.
    sieve: Vec<u64>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} secrets)", self.secrets.len())
    }
}

impl Known {
    /// These secrets, less those that are too short.
    pub fn new(secrets: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut secrets: Vec<_> = secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect();
        secrets.sort();
        secrets.dedup();
        let mut known = Self { sieve: vec![0; 1024], heads: HashMap::new(), secrets };
        for (n, secret) in known.secrets.iter().enumerate() {
            let head = [secret[0], secret[1], secret[2], secret[3]];
            let bit = hash(head);
            known.sieve[bit / 64] |= 1 << (bit % 64);
            known.heads.entry(head).or_default().push(n);
        }
        known
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// How far apart the ends of one secret can be in a text, whatever its shape.
    #[must_use]
    pub fn reach(&self) -> usize {
        // Twelve bytes for one: a doubly escaped `\\u00e9`, with room for what a wrapped line begins with.
        self.secrets.iter().map(|secret| secret.len() * 12).max().unwrap_or(0).clamp(4 << 10, 96 << 10)
    }

    /// Whether one of them is in the text, in any shape that can be undone.
    #[must_use]
    pub fn survives(&self, text: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        let unwrapped = unwrap(text);
        let text = unwrapped.as_deref().filter(|_| !self.plain(text)).unwrap_or(text);
        self.plain(text) || self.escaped(text) || self.hexadecimal(text) || self.base64(text)
    }

    fn plain(&self, text: &[u8]) -> bool {
        text.windows(HEAD).enumerate().any(|(at, window)| {
            let head = [window[0], window[1], window[2], window[3]];
            let bit = hash(head);
            self.sieve[bit / 64] >> (bit % 64) & 1 == 1
                && self
                    .heads
                    .get(&head)
                    .is_some_and(|found| found.iter().any(|n| text[at..].starts_with(&self.secrets[*n])))
        })
    }

    fn escaped(&self, text: &[u8]) -> bool {
        let mut found = false;
        if memchr::memchr(b'\\', text).is_some() {
            let once = unescape(text);
            found = self.plain(&once)
                || memchr::memchr(b'\\', &once).is_some() && self.plain(&unescape(&once))
                || self.plain(&join_quotes(text));
        }
        if memchr::memchr(b'%', text).is_some() {
            found = found || self.plain(&percent(text, b'+')) || self.plain(&percent(text, b' '));
        }
        if memchr::memchr(b'&', text).is_some() {
            found = found || self.plain(&entities(text));
        }
        found || memchr::memmem::find(text, b"'\"'\"'").is_some() && self.plain(&join_quotes(text))
    }

    fn hexadecimal(&self, text: &[u8]) -> bool {
        let mut decoded = Vec::new();
        for run in runs(text, 2 * SHORTEST, |byte| byte.is_ascii_hexdigit()) {
            for start in 0..2 {
                decoded
                    .extend(run[start..].as_chunks::<2>().0.iter().map(|[a, b]| digit(*a) << 4 | digit(*b)));
                decoded.push(0);
            }
        }
        self.plain(&decoded)
    }

    fn base64(&self, text: &[u8]) -> bool {
        let mut decoded = Vec::new();
        // Where the encoding began is unknown, so each of the four ways to group its letters is tried.
        for run in runs(text, SHORTEST * 8 / 6, |byte| SIXTY_FOUR[usize::from(byte)] < 64) {
            for start in 0..4 {
                for group in run[start..].chunks(4) {
                    let mut bits = group
                        .iter()
                        .fold(0_u32, |bits, byte| bits << 6 | u32::from(SIXTY_FOUR[usize::from(*byte)]));
                    bits <<= 6 * (4 - group.len());
                    let bytes = bits.to_be_bytes();
                    decoded.extend_from_slice(&bytes[1..group.len().max(1)]);
                }
                decoded.push(0);
            }
        }
        self.plain(&decoded)
    }
}

fn hash(head: [u8; HEAD]) -> usize {
    (u32::from_le_bytes(head).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// Stretches of such bytes that are at least this long.
fn runs(text: &[u8], least: usize, is: impl Fn(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    text.split(move |byte| !is(*byte)).filter(move |run| run.len() >= least)
}

/// The value of each letter of base64 and base64url; 64 for all others.
static SIXTY_FOUR: [u8; 256] = {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [64; 256];
    let mut n = 0;
    while n < 64 {
        table[letters[n] as usize] = n as u8;
        n += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

fn digit(byte: u8) -> u8 {
    char::from(byte).to_digit(16).unwrap_or(0) as u8
}

/// The text on one line: without line ends, what continues a line before them, and blanks after them.
fn unwrap(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr2(b'\n', b'\r', text)?;
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if out.last() == Some(&b'\\') {
            out.pop();
        }
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        out.extend_from_slice(&line[blanks..]);
    }
    Some(out)
}

/// Without backslashes: what JSON, C and shells mean by them.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let code = |from: usize, digits: usize| {
            let digits = rest.get(at + from..at + from + digits)?;
            u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        };
        let (byte, length) = match rest.get(at + 1) {
            None => (None, 1),
            Some(b'n') => (Some(b'\n'), 2),
            Some(b'r') => (Some(b'\r'), 2),
            Some(b't') => (Some(b'\t'), 2),
            Some(b'x') if let Some(code) = code(2, 2) => (Some(code as u8), 4),
            Some(b'u') if let Some(high) = code(2, 4) => {
                let low = code(8, 4)
                    .filter(|low| rest.get(at + 6..at + 8) == Some(b"\\u") && (0xdc00..0xe000).contains(low));
                let (code, length) = match low {
                    Some(low) if (0xd800..0xdc00).contains(&high) => {
                        (0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
                    }
                    _ => (high, 6),
                };
                let shown = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
                (None, length)
            }
            Some(other) => (Some(*other), 2),
        };
        out.extend(byte);
        rest = &rest[(at + length).min(rest.len())..];
    }
    out.extend_from_slice(rest);
    out
}

/// Without the two ways in which shells put a single quote into a quoted word.
fn join_quotes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let skip =
            [&b"'\\''"[..], b"'\"'\"'"].into_iter().find(|way| rest.starts_with(way)).map_or(1, <[u8]>::len);
        out.push(*byte);
        rest = &rest[skip..];
    }
    out
}

/// Percent-decoded, with this in the place of a plus sign.
fn percent(text: &[u8], plus: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, text.get(at + 1..at + 3)) {
            (b'%', Some([a, b])) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                out.push(digit(*a) << 4 | digit(*b));
                at += 3;
                continue;
            }
            (b'+', _) => out.push(plus),
            _ => out.push(*byte),
        }
        at += 1;
    }
    out
}

/// Without the entities of HTML and XML that stand for signs of ASCII.
fn entities(text: &[u8]) -> Vec<u8> {
    const NAMES: &[(&[u8], u8)] = &[
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#39;", b'\''),
        (b"&#x27;", b'\''),
        (b"&#34;", b'"'),
    ];
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        let named = NAMES.iter().find(|(name, _)| *byte == b'&' && rest.starts_with(name));
        out.push(named.map_or(*byte, |(_, sign)| *sign));
        rest = &rest[named.map_or(1, |(name, _)| name.len())..];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(secret: &[u8], shape: usize, before: &[u8]) -> Vec<u8> {
        let all = [before, secret].concat();
        let hex = |upper: bool| {
            let digits =
                secret.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
            digits.collect::<String>().into_bytes()
        };
        let sixty_four = |letters: &[u8; 64]| {
            let bits: Vec<u8> =
                all.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1)).collect();
            let letter = |bits: &[u8]| {
                let value = (0..6).fold(0, |value, n| value << 1 | bits.get(n).unwrap_or(&0));
                letters[usize::from(value)]
            };
            bits.chunks(6).map(letter).collect::<Vec<u8>>()
        };
        let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let url = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let text = String::from_utf8_lossy(secret).into_owned();
        match shape {
            0 => all,
            1 => hex(true),
            2 => hex(false),
            3 => sixty_four(standard),
            4 => sixty_four(url),
            5 => secret.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
            6 => serde_json::to_vec(&text).unwrap(),
            7 => serde_json::to_vec(&serde_json::to_string(&text).unwrap()).unwrap(),
            8 => format!("'{}'", text.replace('\'', "'\\''")).into_bytes(),
            9 => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").into_bytes(),
            _ => text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<String>().into_bytes(),
        }
    }

    const PRINTABLE: &str = "[ -~]{6,40}";

    proptest! {
        #[test]
        fn a_secret_is_seen_in_every_shape(secret in PRINTABLE, shape in 0..11_usize, before in "[a-z]{0,5}", wrap in 1..90_usize) {
            // Blanks at the beginning of a line are taken for indentation, and its end may be a backslash.
            prop_assume!(!secret.contains([' ', '\\']));
            let known = Known::new([secret.clone().into_bytes()]);
            let plain = encoded(secret.as_bytes(), shape, before.as_bytes());
            let told = |text: &[u8]| [b"noise = \"", text, b"\" and more\n"].concat();
            prop_assert!(known.survives(&told(&plain)));
            if (1..5).contains(&shape) {
                let wrapped: Vec<u8> = plain.chunks(wrap).flat_map(|line| [line, b"\n    "].concat()).collect();
                prop_assert!(known.survives(&told(&wrapped)));
            }
        }

        #[test]
        fn nothing_is_seen_where_nothing_is(noise in proptest::collection::vec(any::<u8>(), 0..4000)) {
            let known = Known::new([b"tide-and-lantern-0123".to_vec()]);
            prop_assert!(!known.survives(&noise));
        }
    }
}
