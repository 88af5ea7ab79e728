//! Tokens that are known by their shape, whatever stands around them: a mark that their issuer chose (`ghp_`,
//! `AKIA`, `$2b$`), then so and so many characters of an alphabet. The tables under this module say which
//! shapes there are. Some tokens have a shape but no mark; there the name of their service is the mark, and the
//! token what stands beside it. Keys that tell of secrets of any shape are left to other finders.
//!
//! The marks are looked for with all other words, in one pass whose time hardly depends on their number. Where
//! one was seen, the expression of its family is tried, and only there: a text costs something here for each mark in
//! it. Some marks are ordinary words, such as names of services, and any may begin in the midst of a word; so what
//! follows has to fit, too, and where the mark alone is no proof, has to look random.

mod accounts;
mod chat;
mod clouds;
mod code;
mod models;
mod money;
mod named;
mod proofs;
mod samples;
mod tenants;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};

use super::words::Seen;
use super::worth::{is_random, is_worded};
use super::{Hit, Rule, What, mark};

/// How far an expression may look. What is still a token there is followed to its end without it.
const WINDOW: usize = 8 << 10;

/// A kind of token.
struct Family {
    rule: Rule,
    /// How such a token begins, or what stands in its midst or before it.
    marks: &'static [&'static str],
    /// What precedes the mark and belongs to the token; most begin with their mark.
    before: Option<Before>,
    /// What follows the mark. The token is the first group, or mark and rest together where there is none.
    rest: &'static str,
    /// What else is asked of it.
    doubt: Doubt,
}

/// What could be meant instead of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// What stands in this place is a token, or the name of an account, even where it is a word.
    Nothing,
    /// A name made of words may begin like the token.
    Words,
    /// Anything may begin like it, so that it has to look random.
    Chance,
}

/// A run of characters of one alphabet, no longer and no shorter than this.
#[derive(Clone, Copy)]
struct Before {
    alphabet: fn(u8) -> bool,
    least: usize,
    most: usize,
    /// The run alone is what goes; the mark only says what it is.
    alone: bool,
}

/// A family whose mark is proof enough.
const fn sure(rule: Rule, marks: &'static [&'static str], rest: &'static str) -> Family {
    Family { rule, marks, before: None, rest, doubt: Doubt::Words }
}

/// A family whose mark could be chance.
const fn wary(rule: Rule, marks: &'static [&'static str], rest: &'static str) -> Family {
    Family { rule, marks, before: None, rest, doubt: Doubt::Chance }
}

/// A family whose mark stands after so many characters of an alphabet.
const fn amid(
    rule: Rule,
    (alphabet, least, most): (fn(u8) -> bool, usize, usize),
    marks: &'static [&'static str],
    rest: &'static str,
) -> Family {
    Family {
        rule,
        marks,
        before: Some(Before { alphabet, least, most, alone: false }),
        rest,
        doubt: Doubt::Chance,
    }
}

/// The same, where mark and lengths together are proof enough.
const fn sure_amid(
    rule: Rule,
    (alphabet, least, most): (fn(u8) -> bool, usize, usize),
    marks: &'static [&'static str],
    rest: &'static str,
) -> Family {
    Family {
        rule,
        marks,
        before: Some(Before { alphabet, least, most, alone: false }),
        rest,
        doubt: Doubt::Words,
    }
}

/// A family without a mark of its own: it stands beside the name of its service, which may be a part of a
/// longer word. The token is the group.
const fn beside(rule: Rule, marks: &'static [&'static str], rest: &'static str) -> Family {
    let before = Before { alphabet: word, least: 0, most: LONGEST_PREFIX, alone: false };
    Family { rule, marks, before: Some(before), rest, doubt: Doubt::Nothing }
}

/// The same, where what stands there could be a word.
const fn wary_beside(rule: Rule, marks: &'static [&'static str], rest: &'static str) -> Family {
    Family { doubt: Doubt::Chance, ..beside(rule, marks, rest) }
}

/// What a key has at most before the name of a service.
const LONGEST_PREFIX: usize = 48;

/// A family that is what stands before its mark; the mark stays.
const fn ahead(
    rule: Rule,
    (alphabet, least, most): (fn(u8) -> bool, usize, usize),
    marks: &'static [&'static str],
) -> Family {
    Family {
        rule,
        marks,
        before: Some(Before { alphabet, least, most, alone: true }),
        rest: "",
        doubt: Doubt::Nothing,
    }
}

fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn unreserved(byte: u8) -> bool {
    word(byte) || matches!(byte, b'.' | b'~')
}

/// The tables, ready to be used.
struct Shapes {
    marks: Vec<&'static str>,
    /// For each mark the families that may begin there, with the length of their mark: the longest first.
    owners: Vec<Vec<(usize, usize)>>,
    /// An expression is compiled when its mark is first seen: a text needs few of them.
    families: Vec<(&'static Family, OnceLock<Regex>)>,
}

static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::new);

impl Shapes {
    fn new() -> Self {
        let tables = [
            clouds::FAMILIES,
            code::FAMILIES,
            models::FAMILIES,
            chat::FAMILIES,
            money::FAMILIES,
            watch::FAMILIES,
            named::FAMILIES,
            accounts::FAMILIES,
            tenants::FAMILIES,
        ];
        let families: Vec<&'static Family> = tables.into_iter().chain([proofs::FAMILIES]).flatten().collect();
        let all: Vec<(&'static str, usize)> = families
            .iter()
            .enumerate()
            .flat_map(|(place, one)| one.marks.iter().map(move |mark| (*mark, place)))
            .collect();
        let mut marks: Vec<&'static str> = all.iter().map(|(mark, _)| *mark).collect();
        marks.sort_unstable();
        marks.dedup();
        let owners = marks.iter().map(|mark| {
            let mut owners: Vec<(usize, usize)> = all
                .iter()
                .filter(|(own, _)| mark.starts_with(own))
                .map(|(own, place)| (own.len(), *place))
                .collect();
            owners.sort_by_key(|(length, place)| (std::cmp::Reverse(*length), *place));
            owners
        });
        let owners = owners.collect();
        Self {
            marks,
            owners,
            families: families.into_iter().map(|family| (family, OnceLock::new())).collect(),
        }
    }

    /// The token that stands where this mark was seen. Those that go on into a word are put aside.
    fn token(&self, text: &[u8], seen: &Seen, aside: &mut Vec<Hit>) -> Option<Hit> {
        self.owners[seen.word].iter().find_map(|(length, place)| {
            let (family, expression) = &self.families[*place];
            let hit = family.token(text, seen.start, seen.start + length, expression)?;
            // Padding ends a token whatever follows. Before a mark there was more of it once.
            let (last, next) = (text[hit.end - 1], &text[hit.end..]);
            let goes_on = next.starts_with(mark::OPEN)
                || (last != b'=' && next.first().is_some_and(u8::is_ascii_alphanumeric));
            if goes_on {
                aside.push(hit);
            }
            (!goes_on).then_some(hit)
        })
    }
}

impl Family {
    fn token(&self, text: &[u8], mark: usize, rest: usize, expression: &OnceLock<Regex>) -> Option<Hit> {
        let begin = match self.before {
            Some(before) => before.begin(text, mark)?,
            None => mark,
        };
        let expression = expression.get_or_init(|| compile(self.rest));
        let within = expression.captures_len() > 1;
        let alone = self.before.is_some_and(|before| before.alone);
        if !opens(text, begin, self.doubt == Doubt::Chance && !within) {
            return None;
        }
        let window = &text[rest..text.len().min(rest + WINDOW)];
        let (start, end) = if alone {
            (begin, mark)
        } else if within {
            let found = expression.captures(window)?.get(1)?;
            (rest + found.start(), rest + found.end())
        } else {
            (begin, rest + expression.find(window)?.end())
        };
        let end = if end == rest + WINDOW { token_end(text, end) } else { end };
        let body = &text[start.max(if self.before.is_some() { start } else { rest })..end];
        let real = match self.doubt {
            _ if alone => !tenants::is_public(body),
            Doubt::Nothing => !filler(body),
            Doubt::Words => !is_worded(body) && !filler(body),
            Doubt::Chance => !is_worded(body) && random(body),
        };
        let real = real && !samples::has(&text[start..end]) && !hidden(&text[start..], end - start);
        real.then_some(Hit { start, end, what: What::Secret(self.rule) })
    }
}

impl Before {
    /// Where the run before this place begins, where it is as long as it has to be. What an escape left of
    /// itself at the beginning of the run does not count, nor does a path where the alphabet has the slash.
    fn begin(self, text: &[u8], end: usize) -> Option<usize> {
        let longest = self.most + ESCAPE;
        let run =
            text[..end].iter().rev().take(longest + 1).take_while(|byte| (self.alphabet)(**byte)).count();
        let fits = |start: &usize| *start <= end && (self.least..=self.most).contains(&(end - start));
        let after =
            (end - run + 1..=end - run + ESCAPE).filter(|start| *start <= end && escaped(&text[..*start]));
        let exact = end
            .checked_sub(self.most)
            .filter(|start| self.least == self.most && text[..*start].ends_with(b"/"));
        after.chain([end - run]).find(fits).or(exact.filter(|start| *start > end - run))
    }
}

/// The expression for what follows a mark; it only ever matches where it is put.
fn compile(rest: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{rest})"))
        .unicode(false)
        .build()
        .expect("invariant: the tests compile every expression of the tables")
}

/// Whether a token may begin here: no letter or digit before it that belongs to it.
fn opens(text: &[u8], at: usize, wary: bool) -> bool {
    let (before, first) = (&text[..at], text.get(at).copied().unwrap_or(b' '));
    match before.last() {
        Some(b'-' | b'_' | b'.') => !(wary && word(first)),
        Some(b']') => !marked(before),
        Some(last) if last.is_ascii_alphanumeric() => !first.is_ascii_alphanumeric() || escaped(before),
        _ => true,
    }
}

/// Whether this ends with a mark of ours: what follows went on from something that is gone.
fn marked(before: &[u8]) -> bool {
    let open = before.iter().rev().take(64).position(|byte| *byte == b'[');
    open.is_some_and(|back| mark::length(&before[before.len() - back - 1..]) == Some(back + 1))
}

/// How many letters and digits the end of an escape has at most.
const ESCAPE: usize = 5;

/// Whether this ends with an escape: `\n`, `%3D`, `\u0026`, a change of colour. Its end is a letter or a
/// digit too, but belongs to no token.
fn escaped(before: &[u8]) -> bool {
    let coded = |lead: &[u8], digits: usize| {
        let split = before.len().checked_sub(digits).map(|at| before.split_at(at));
        split.is_some_and(|(left, right)| left.ends_with(lead) && right.iter().all(u8::is_ascii_hexdigit))
    };
    let coloured = |left: &[u8]| {
        let codes = left.iter().rev().take(16);
        codes.copied().find(|byte| !matches!(byte, b'0'..=b'9' | b';')) == Some(b'[')
    };
    let lettered = match before.split_last() {
        Some((b'n' | b'r' | b't', left)) => left.ends_with(b"\\"),
        Some((b'm', left)) => coloured(left),
        _ => false,
    };
    lettered || coded(b"%", 2) || coded(b"\\x", 2) || coded(b"\\u", 4)
}

/// `xoxp-1234-5678-########`: somebody has hidden what was secret of it.
fn hidden(text: &[u8], length: usize) -> bool {
    let (left, rest) = text.split_at(length);
    let signs = rest.iter().take_while(|byte| matches!(byte, b'#' | b'*')).count();
    signs >= 8 && !left.iter().any(u8::is_ascii_uppercase) && !is_random(left)
}

/// Where a token ends that is longer than any expression looks.
fn token_end(text: &[u8], from: usize) -> usize {
    from + text[from..]
        .iter()
        .take_while(|byte| unreserved(**byte) || matches!(byte, b'+' | b'/' | b'=' | b'%'))
        .count()
}

/// Whether this is what manuals write where a token belongs.
fn filler(body: &[u8]) -> bool {
    const WORDS: [&[u8]; 8] =
        [b"example", b"placeholder", b"changeme", b"your-", b"your_", b"yourapi", b"yourkey", b"yourtoken"];
    let longest = body
        .chunk_by(|one, next| one == next)
        .filter(|run| run[0] != b'A')
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    // A short body is read for words; in a long one chance alone would spell them, and in mixed case as well.
    let said = || {
        let short = &body[..body.len().min(256)];
        let lower = short.to_ascii_lowercase();
        let is_of_one_case = |text: &[u8]| {
            let small = text.iter().filter(|byte| byte.is_ascii_lowercase()).count();
            let capitals = text.iter().filter(|byte| byte.is_ascii_uppercase()).count();
            small == 0 || capitals <= 1
        };
        WORDS.iter().any(|word| {
            memchr::memmem::find_iter(&lower, word).any(|at| is_of_one_case(&short[at..at + word.len()]))
        })
    };
    (longest > 4 && longest * 4 >= body.len()) || said() || (body.len() >= 16 && entropy(body) < 2.0)
}

/// Whether this could only come from a generator: digits among letters, and many different ones. With hyphens
/// in it, it could be words, and takes capitals inside or many digits.
fn random(body: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| body.iter().filter(|byte| kind(byte)).count();
    let (digits, lower, upper) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    let words = body.iter().any(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/'));
    let mixed =
        digits > 0 && lower + upper > 0 && (!words || (lower > 0 && upper > 0) || digits * 6 >= body.len());
    let counted = [&b"1234567890"[..], b"0123456789", b"abcdefghijklmnopqrst", b"ABCDEFGHIJKLMNOPQRST"]
        .iter()
        .any(|run| memchr::memmem::find(body, run).is_some());
    mixed && !counted && entropy(body) >= (0.55 * length(body).log2()).min(3.0) && !filler(body)
}

/// Shannon's entropy of the bytes, in bits for each.
fn entropy(body: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in body {
        counts[usize::from(*byte)] += 1;
    }
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length(body))
        .map(|share| -share * share.log2())
        .sum()
}

fn length(body: &[u8]) -> f64 {
    f64::from(u32::try_from(body.len()).unwrap_or(u32::MAX))
}

/// What is looked for, as it is written here.
pub fn marks() -> &'static [&'static str] {
    &SHAPES.marks
}

/// Finds them in a text, where their marks were seen: in the order in which those begin.
pub fn find(text: &[u8], seen: &[Seen], hits: &mut Vec<Hit>) {
    let shapes = &*SHAPES;
    let (mut from, mut aside, first) = (0, Vec::new(), hits.len());
    for there in seen.chunk_by(|one, next| one.start == next.start) {
        // The longest mark of those that begin here is known to hold the others.
        let Some(mark) = there.iter().max_by_key(|seen| seen.end) else { continue };
        if mark.start < from {
            continue;
        }
        from = mark.start + 1;
        if let Some(hit) = shapes.token(text, mark, &mut aside) {
            from = from.max(hit.end);
            hits.push(hit);
        }
    }
    // What goes on with another token is one after all: once that is gone, nothing goes on any more.
    for hit in aside.into_iter().rev() {
        if hits[first..].iter().any(|next| next.start == hit.end) {
            hits.push(hit);
        }
    }
}
