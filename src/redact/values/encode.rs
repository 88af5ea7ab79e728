//! The shapes that programs give a value when they write it down: escaped for JSON, shells, addresses and markup, or
//! encoded as base64 or as numbers. What comes out are bytes to look for; nothing is looked for here.

use std::collections::BTreeSet;

/// Beyond this length a value is a file, and the rarer encodings are left out.
const SHORT: usize = 512;
/// So many base64 characters of a secret are no accident; the least that six bytes determine, whatever is before them.
const TELLING: usize = 7;
/// So many blanks are few.
const FEW: usize = 3;
/// A line of a key file, which may stand alone.
const LINE: usize = 32;

/// Bytes to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// These.
    pub bytes: Vec<u8>,
    /// The base64 character before them holds some bits of the secret.
    pub before: bool,
    /// The base64 character after them does.
    pub after: bool,
}

/// Every shape of a secret.
pub(super) fn shapes(secret: &[u8]) -> BTreeSet<Shape> {
    let lossy = String::from_utf8_lossy(secret).into_owned().into_bytes();
    let mut texts = BTreeSet::from([secret.to_vec(), lossy]);
    texts.extend(json_styles(secret));
    texts.extend(shell_styles(secret));
    texts.extend(url_styles(secret));
    texts.extend(html_styles(secret));
    texts.extend(
        secret
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| alone(line))
            .map(<[u8]>::to_vec),
    );
    // What was escaped is often put into a JSON string, and that into another.
    for _ in 0..2 {
        let again: Vec<_> =
            texts.iter().flat_map(|text| [json(text, PLAIN_JSON), json(text, GO_JSON)]).collect();
        texts.extend(again);
    }
    let again: Vec<_> = texts.iter().flat_map(|text| wrapped_at_blanks(text, text != secret)).collect();
    texts.extend(again);
    let mut shapes: BTreeSet<Shape> = numbers(secret).into_iter().chain(texts).map(whole).collect();
    for text in [secret.to_vec(), json(secret, PLAIN_JSON), percent(secret, "-._~", true, false)] {
        for inner in base64(&text, STANDARD).chain(base64(&text, URL_SAFE)) {
            shapes.extend(base64(&inner.bytes, STANDARD).map(|outer| Shape {
                before: outer.before || inner.before,
                after: outer.after || inner.after,
                ..outer
            }));
            shapes.extend(in_text(&inner));
        }
    }
    shapes
}

fn whole(bytes: Vec<u8>) -> Shape {
    Shape { bytes, before: false, after: false }
}

/// Whether a line of a secret of several lines is telling enough to be looked for by itself: logs put something
/// before each line.
fn alone(line: &[u8]) -> bool {
    let body = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_');
    line.len() >= LINE && line.iter().all(body)
}

/// Without some of the blanks in it, for a line end takes the place of a blank, and those at the beginning of a line
/// are not looked at: without any of them where they are few, and otherwise without any two.
fn wrapped_at_blanks(text: &[u8], few: bool) -> Vec<Vec<u8>> {
    let blanks: Vec<usize> = (0..text.len()).filter(|at| matches!(text[*at], b' ' | b'\t')).collect();
    let without = |gone: &dyn Fn(usize) -> bool| -> Vec<u8> {
        let stays = |at: &usize| blanks.binary_search(at).map_or(true, |blank| !gone(blank));
        (0..text.len()).filter(stays).map(|at| text[at]).collect()
    };
    match blanks.len() {
        0 => Vec::new(),
        count @ 1..=FEW => (1..1 << count).map(|set: usize| without(&|blank| set >> blank & 1 > 0)).collect(),
        _ if few || text.len() > SHORT => Vec::new(),
        count => {
            let pairs = (0..count).flat_map(|one| (one..count).map(move |two| (one, two)));
            let mut all: Vec<_> =
                pairs.map(|(one, two)| without(&|blank| blank == one || blank == two)).collect();
            all.push(without(&|_| true));
            all
        }
    }
}

/// Replaces characters. Bytes that are not of UTF-8 stay.
fn escaped(text: &[u8], mut escape: impl FnMut(char, &mut Vec<u8>) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if !escape(character, &mut out) {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// How a JSON writer differs from others.
#[derive(Clone, Copy)]
struct Json {
    /// `/` becomes `\/`.
    slash: bool,
    /// All that is not ASCII becomes `\uXXXX`.
    ascii: bool,
    /// So do these.
    also: &'static str,
    /// The digits of that are upper-case.
    upper: bool,
}

const PLAIN_JSON: Json = Json { slash: false, ascii: false, also: "", upper: false };
const GO_JSON: Json = Json { slash: false, ascii: false, also: "<>&", upper: false };

fn json(text: &[u8], style: Json) -> Vec<u8> {
    escaped(text, |character, out| {
        let short = match character {
            '"' | '\\' => character,
            '/' if style.slash => '/',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            _ => '\0',
        };
        if style.also.contains(character)
            || (short == '\0' && (character < ' ' || style.ascii && !character.is_ascii()))
        {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let unit = if style.upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                out.extend_from_slice(unit.as_bytes());
            }
        } else if short != '\0' {
            out.extend_from_slice(&[b'\\', short as u8]);
        } else {
            return false;
        }
        true
    })
}

fn json_styles(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    for also in ["", "'", "<>&", "<>&'", "<>&'\"", "<>&'\"+`"] {
        for bits in 0..8 {
            all.insert(json(
                text,
                Json { slash: bits & 1 > 0, ascii: bits & 2 > 0, upper: bits & 4 > 0, also },
            ));
        }
    }
    all
}

/// With something before or in the place of certain characters.
fn replaced(text: &[u8], set: &str, with: impl Fn(char) -> String) -> Vec<u8> {
    escaped(text, |character, out| {
        let strikes = set.contains(character);
        if strikes {
            out.extend_from_slice(with(character).as_bytes());
        }
        strikes
    })
}

/// For shells, and for the settings and languages that escape by backslashes or by doubling.
fn shell_styles(text: &[u8]) -> BTreeSet<Vec<u8>> {
    const SPECIAL: [&str; 7] = [
        " \t!\"#$&'()*,;<>?[\\]^`{|}",
        " \t!\"#$&'()*;<>?[\\]^`{|}~",
        " \t!\"#$%&'()*;<=>?[\\]^`{|}~",
        " \t!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~",
        "\"$`\\",
        "\"$`\\!",
        "\\",
    ];
    let mut all: BTreeSet<Vec<u8>> =
        SPECIAL.iter().map(|set| replaced(text, set, |c| format!("\\{c}"))).collect();
    all.extend(["'\\''", "'\"'\"'"].map(|quote| replaced(text, "'", |_| quote.to_string())));
    all.extend(["'", "\"", "$", "%"].map(|doubled| replaced(text, doubled, |c| format!("{c}{c}"))));
    for quote in ["'", "\"", "'\""] {
        all.extend([as_is, octal, hexadecimal].map(|other| string_literal(text, quote, other)));
    }
    all
}

fn as_is(byte: u8) -> Vec<u8> {
    vec![byte]
}

fn octal(byte: u8) -> Vec<u8> {
    format!("\\{byte:03o}").into_bytes()
}

fn hexadecimal(byte: u8) -> Vec<u8> {
    format!("\\x{byte:02x}").into_bytes()
}

/// As in `$'..'` and in the literals of most languages; bytes beyond ASCII in one of several ways.
fn string_literal(text: &[u8], quotes: &str, other: fn(u8) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for byte in text {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            byte if quotes.as_bytes().contains(byte) => out.extend_from_slice(&[b'\\', *byte]),
            b' '..=b'~' => out.push(*byte),
            byte => out.extend(other(*byte)),
        }
    }
    out
}

fn url_styles(text: &[u8]) -> BTreeSet<Vec<u8>> {
    // What each writer leaves as it is beside letters and digits: from all that must be to all that can be.
    const KEPT: [&str; 10] = [
        "-._~",
        "-._*",
        "-._~/",
        "-._~!*'()",
        "-._~$&+,;=",
        "-._~!$&'()*+,;=",
        "-._~!$&'()*+,;=:@",
        "-._~!$&'()*+,;=:@/?",
        "-._~!$&'()*+,;=:@/?#",
        "-._~!$&'()*+,;=:@/?#[]|\\^`{}",
    ];
    let mut all = BTreeSet::new();
    for kept in KEPT {
        for (upper, plus) in [(true, true), (true, false), (false, true), (false, false)] {
            all.insert(percent(text, kept, upper, plus));
        }
    }
    all.insert(percent(&percent(text, "-._~", true, false), "-._~", true, false));
    all
}

fn percent(text: &[u8], kept: &str, upper: bool, plus: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 3);
    for byte in text {
        match byte {
            b' ' if plus => out.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(byte) => out.push(*byte),
            byte if upper => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            byte => out.extend_from_slice(format!("%{byte:02x}").as_bytes()),
        }
    }
    out
}

fn html_styles(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    for quote in ["\"", "&quot;", "&#34;", "&#x22;"] {
        for apostrophe in ["'", "&#39;", "&apos;", "&#x27;", "&#039;"] {
            for (greater, slash, ascii) in
                [(">", "/", false), ("&gt;", "/", false), ("&gt;", "/", true), ("&gt;", "&#x2F;", false)]
            {
                all.insert(escaped(text, |character, out| {
                    let entity = match character {
                        '&' => "&amp;",
                        '<' => "&lt;",
                        '>' => greater,
                        '"' => quote,
                        '\'' => apostrophe,
                        '/' => slash,
                        _ if ascii && !character.is_ascii() => &format!("&#{};", u32::from(character)),
                        _ => return false,
                    };
                    out.extend_from_slice(entity.as_bytes());
                    true
                }));
            }
        }
    }
    all
}

/// As hexadecimal digits with and without something between the bytes, and as lists of numbers.
fn numbers(text: &[u8]) -> Vec<Vec<u8>> {
    let joined = |digits: fn(&u8) -> String, between: &str| {
        text.iter().map(digits).collect::<Vec<_>>().join(between).into_bytes()
    };
    let lower = |byte: &u8| format!("{byte:02x}");
    let upper = |byte: &u8| format!("{byte:02X}");
    let decimal = |byte: &u8| byte.to_string();
    let mut all = vec![joined(lower, ""), joined(upper, "")];
    if text.len() <= SHORT {
        for between in [":", " ", "-", "\\x", "%", ", 0x", ",0x"] {
            all.extend([joined(lower, between), joined(upper, between)]);
        }
        all.extend([", ", ",", " "].map(|between| joined(decimal, between)));
        // A dump of words of two bytes, beginning at either of them.
        for odd in [0, 1] {
            let mut dump = Vec::new();
            for (at, byte) in text.iter().enumerate() {
                if at > 0 && at % 2 == odd {
                    dump.push(b' ');
                }
                dump.extend_from_slice(lower(byte).as_bytes());
            }
            all.push(dump);
        }
    }
    all
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The characters that a text alone determines in the base64 of something that it is a part of, for each of the three
/// places that it can have in a group of three bytes.
fn base64<'t>(text: &'t [u8], alphabet: &'static [u8; 64]) -> impl Iterator<Item = Shape> + 't {
    (0..3).filter_map(move |lead| {
        let byte =
            |at: usize| at.checked_sub(lead).and_then(|at| text.get(at)).map_or(0, |byte| u16::from(*byte));
        let character = |place: usize| {
            let (at, bit) = (place * 6 / 8, place * 6 % 8);
            alphabet[usize::from((byte(at) << 8 | byte(at + 1)) >> (10 - bit) & 63)]
        };
        let end = 8 * (lead + text.len());
        let bytes: Vec<u8> = ((8 * lead).div_ceil(6)..end / 6).map(character).collect();
        (bytes.len() >= TELLING).then_some(Shape { bytes, before: lead > 0, after: !end.is_multiple_of(6) })
    })
}

/// Base64 as it stands in JSON strings and in addresses.
fn in_text(shape: &Shape) -> BTreeSet<Shape> {
    let with = |bytes| Shape { bytes, ..shape.clone() };
    let mut all: BTreeSet<Shape> =
        [true, false].map(|upper| with(percent(&shape.bytes, "-._~", upper, false))).into();
    all.insert(with(json(&shape.bytes, Json { slash: true, ..PLAIN_JSON })));
    all.insert(with(json(&shape.bytes, Json { also: "+", upper: true, ..PLAIN_JSON })));
    all.insert(shape.clone());
    all
}
