//! Secrets planted in texts, as machines write them: every kind of secret in every notation that it is met in,
//! made anew from a seed. It only writes; whether a text keeps its secrets is for the tests that use it.

#[path = "planted/files.rs"]
mod files;
#[path = "planted/keys.rs"]
mod keys;
#[path = "planted/places.rs"]
mod places;
#[path = "planted/random.rs"]
mod random;
#[path = "planted/settings.rs"]
mod settings;
#[path = "planted/tokens.rs"]
mod tokens;

pub use random::Random;

/// A secret and the lines that it stands in.
#[derive(Debug, Clone)]
pub struct Planted {
    /// The kind of secret.
    pub family: &'static str,
    /// The notation around it.
    pub format: &'static str,
    /// How it is written down: `plain`, `percent`, `base64` and so on.
    pub encoding: &'static str,
    /// What must not survive, as it stands in the text: a line each, where the secret has several.
    pub value: Vec<u8>,
    /// The secret itself.
    pub plain: Vec<u8>,
    /// One or several whole lines.
    pub text: Vec<u8>,
}

/// How a secret is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    Percent,
    Json,
    Unicode,
    Xml,
    Base64,
}

impl Encoding {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Percent => "percent",
            Self::Json => "json",
            Self::Unicode => "unicode",
            Self::Xml => "xml",
            Self::Base64 => "base64",
        }
    }

    fn apply(self, plain: &str) -> String {
        match self {
            Self::Plain => plain.to_string(),
            Self::Percent => percent(plain),
            Self::Json => plain.replace('\\', "\\\\").replace('"', "\\\""),
            Self::Unicode => plain.chars().map(unicode).collect(),
            Self::Xml => {
                plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
            }
            Self::Base64 => base64(plain.as_bytes()),
        }
    }
}

/// As URLs write it (RFC 3986).
fn percent(plain: &str) -> String {
    let written = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    plain.bytes().map(written).collect()
}

/// As Python and Go write what is not a letter into JSON that goes into a page.
fn unicode(letter: char) -> String {
    if letter.is_ascii_alphanumeric() { letter.to_string() } else { format!("\\u{:04x}", u32::from(letter)) }
}

/// With padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_usize, |bits, at| (bits << 8) | usize::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) & 63];
            text.push(if at > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

/// A notation that holds anything: its name, and the text around a value.
type Around = (&'static str, fn(&str) -> String);

/// A text of one secret.
fn planted(family: &'static str, format: &'static str, secret: (Encoding, &str), text: String) -> Planted {
    let (encoding, plain) = secret;
    let value = encoding.apply(plain);
    let mut text = text.into_bytes();
    text.push(b'\n');
    Planted {
        family,
        format,
        encoding: encoding.name(),
        value: value.into_bytes(),
        plain: plain.as_bytes().to_vec(),
        text,
    }
}

/// Some hundreds of secrets, other ones for every seed.
pub fn plant(seed: u64) -> Vec<Planted> {
    let mut random = Random::new(seed);
    let mut all = settings::plant(&mut random);
    all.extend(places::plant(&mut random));
    all.extend(files::plant(&mut random));
    all.extend(tokens::plant(&mut random));
    all.extend(keys::plant(&mut random));
    all
}

/// How many contiguous bytes of a secret are still in a text, if they are too many: all of it, half of it or twelve.
pub fn survives(value: &[u8], out: &[u8]) -> Option<usize> {
    value.split(|byte| *byte == b'\n').filter(|line| line.len() >= 3).filter_map(|line| run(line, out)).max()
}

/// The longest run of a line that is in a text. Fewer than six bytes in a row are chance, and nine digits are: texts
/// are full of times and numbers.
fn run(line: &[u8], out: &[u8]) -> Option<usize> {
    let least = line.len().div_ceil(2).clamp(6, 12).min(line.len());
    let is_number = |part: &[u8]| part.len() < 10 && part.iter().all(u8::is_ascii_digit);
    let is_in = |length: usize| {
        line.windows(length).any(|part| !is_number(part) && memchr::memmem::find(out, part).is_some())
    };
    (least..=line.len()).take_while(|length| is_in(*length)).last()
}
