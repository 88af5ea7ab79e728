//! From bytes to bytes, in bounded memory: whole lines are handed to the finders, what they find is replaced, and a
//! line without an end is cut into windows that overlap. However the bytes arrive, the result is the same: cuts
//! depend on the bytes alone, and what a finder saw beyond a cut is kept for what follows.

use std::num::NonZero;
use std::ops::Range;
use std::sync::LazyLock;
use std::thread::{Builder, available_parallelism};

use memchr::memrchr;

use super::blocks::Inside;
use super::sight::{Sight, sight};
use super::{Counts, Hit, Redactor, What, masked, stamps};

/// The longest line that is seen whole.
const WINDOW: usize = 256 << 10;

/// How much of a longer one is seen twice.
const OVERLAP: usize = 16 << 10;

/// How much one thread looks at: much less would not be worth starting it.
const BLOCK: usize = 128 << 10;

/// How many threads look at once. More would only take memory: what they find is put in by one.
static LANES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, NonZero::get).min(8));

/// Something that was found, and never what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The rule.
    pub rule: &'a str,
    /// The line, from 1.
    pub line: u64,
}

/// Who is told of what is found. A stream may go from thread to thread.
type Watch<'r> = Box<dyn FnMut(Found<'_>) + Send + 'r>;

/// One stream that is being redacted.
pub struct Stream<'r> {
    redactor: &'r Redactor,
    buffer: Vec<u8>,
    carried: Vec<Carried>,
    inside: Inside,
    counts: Counts,
    line: u64,
    watch: Option<Watch<'r>>,
}

/// Something that was found and reaches beyond what was handed over.
#[derive(Debug, Clone, Copy)]
struct Carried {
    hit: Hit,
    /// It reached to the end of what was seen, and may go on.
    open: bool,
    /// Its mark stands already.
    marked: bool,
}

impl<'r> Stream<'r> {
    /// A stream of its own.
    #[must_use]
    pub fn new(redactor: &'r Redactor) -> Self {
        Self {
            redactor,
            buffer: Vec::new(),
            carried: Vec::new(),
            inside: Inside::Nothing,
            counts: Counts::new(),
            line: 1,
            watch: None,
        }
    }

    /// Tells of everything that is found.
    #[must_use]
    pub fn watched(mut self, watch: impl FnMut(Found<'_>) + Send + 'r) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// How often each rule struck so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes more bytes, and hands over those that are safe.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        // In pieces, so that memory does not depend on the caller.
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(bytes.len().min(WINDOW));
            self.buffer.extend_from_slice(piece);
            bytes = rest;
            if self.buffer.len() >= *LANES * BLOCK {
                self.drain(out, *LANES * BLOCK, false);
            }
        }
    }

    /// Hands over every line that is safe by now: whoever feeds a stream slowly wants to see what has come so far.
    pub fn settle(&mut self, out: &mut Vec<u8>) {
        self.drain(out, 1, false);
    }

    /// Hands over the rest.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.drain(out, 1, true);
    }

    /// Hands over what can be, as long as there is this much.
    fn drain(&mut self, out: &mut Vec<u8>, least: usize, last: bool) {
        let buffer = std::mem::take(&mut self.buffer);
        let hold = self.redactor.values.longest();
        let end = if last { buffer.len() } else { buffer.len().saturating_sub(hold) };
        let mut at = 0;
        while last && at < buffer.len() || buffer.len() - at >= least {
            let blocks = blocks(&buffer[..end], at, *LANES, last);
            if let Some((first, others)) = blocks.split_first() {
                at = others.last().unwrap_or(first).end;
                self.lines(&buffer, first, others, out);
                continue;
            }
            let text = &buffer[at..];
            at += match end.saturating_sub(at) {
                WINDOW.. => self.window(&text[..text.len().min(WINDOW + hold)], out),
                _ if last => self.rest(text, out),
                _ => break,
            };
        }
        self.buffer = buffer;
        self.buffer.drain(..at);
    }

    /// Blocks of whole lines. They are looked at side by side, as if nothing reached from one into the next; where
    /// something does, the next is looked at once more.
    fn lines(&mut self, buffer: &[u8], first: &Range<usize>, others: &[Range<usize>], out: &mut Vec<u8>) {
        let (redactor, inside, hold) = (self.redactor, self.inside, self.redactor.values.longest());
        // Values are looked for beyond a block, as far as one may reach.
        let ahead = |block: &Range<usize>| &buffer[block.start..buffer.len().min(block.end + hold)];
        let look = |block: &Range<usize>, inside| sight(redactor, ahead(block), block.len(), inside);
        let seen: Vec<Option<Sight>> = std::thread::scope(|scope| {
            let aside = |block| Builder::new().spawn_scoped(scope, move || look(block, Inside::Nothing));
            let others: Vec<_> = others.iter().map(aside).collect();
            let first = look(first, inside);
            // What no thread could look at is looked at below.
            let others = others.into_iter().map(|other| other.ok()?.join().ok());
            std::iter::once(Some(first)).chain(others).collect()
        });
        for (n, (block, sight)) in std::iter::once(first).chain(others).zip(seen).enumerate() {
            let holds = n == 0 || self.inside == Inside::Nothing;
            let sight = sight.filter(|_| holds).unwrap_or_else(|| look(block, self.inside));
            let hits = self.joined(sight, &buffer[block.clone()], ahead(block).len());
            self.hand_over(&buffer[block.clone()], block.len(), hits, out);
        }
    }

    /// The last line, which has no end.
    fn rest(&mut self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let sight = sight(self.redactor, text, text.len(), self.inside);
        let hits = self.joined(sight, text, text.len());
        self.hand_over(text, text.len(), hits, out);
        text.len()
    }

    /// A window of a line that is longer.
    fn window(&mut self, ahead: &[u8], out: &mut Vec<u8>) -> usize {
        let text = &ahead[..WINDOW];
        let sight = sight(self.redactor, ahead, WINDOW, self.inside);
        let hits = self.joined(sight, text, ahead.len());
        let mut cut = WINDOW - OVERLAP;
        if let Some(across) = hits
            .iter()
            .filter(|carried| carried.hit.start < cut && carried.hit.end > cut)
            .map(|carried| carried.hit.start)
            .min()
            && across > 0
        {
            cut = across;
        }
        self.hand_over(text, cut, hits, out);
        cut
    }

    /// What was seen in a block, with what reached into it, sorted and joined.
    fn joined(&mut self, sight: Sight, text: &[u8], ahead: usize) -> Vec<Carried> {
        self.inside = sight.inside;
        let is_window = text.last() != Some(&b'\n');
        let mut all: Vec<Carried> = self.carried.drain(..).map(|carried| carried.grown(text)).collect();
        all.extend(sight.hits.into_iter().filter(|hit| hit.start < hit.end).map(|hit| Carried {
            hit,
            open: is_window && hit.end >= text.len().min(ahead) && text.len() == WINDOW,
            marked: false,
        }));
        joined(all)
    }

    fn hand_over(&mut self, text: &[u8], cut: usize, hits: Vec<Carried>, out: &mut Vec<u8>) {
        let mut at = 0;
        for mut carried in hits {
            let hit = carried.hit;
            if hit.start >= cut {
                carried.hit = Hit { start: hit.start - cut, end: hit.end - cut, ..hit };
                self.carried.push(carried);
                continue;
            }
            let end = hit.end.min(cut);
            out.extend_from_slice(&text[at..hit.start]);
            if !carried.marked {
                self.count_lines(&text[at..hit.start]);
                self.replace(text, Hit { end, ..hit }, out);
                self.count_lines(&text[hit.start..end]);
            } else {
                self.count_lines(&text[at..end]);
            }
            at = end;
            if hit.end > cut || (carried.open && end == cut) {
                carried.hit = Hit { start: 0, end: hit.end - cut, ..hit };
                carried.marked = true;
                self.carried.push(carried);
            }
        }
        out.extend_from_slice(&text[at..cut]);
        self.count_lines(&text[at..cut]);
    }

    fn count_lines(&mut self, text: &[u8]) {
        if self.watch.is_some() {
            self.line += memchr::memchr_iter(b'\n', text).count() as u64;
        }
    }

    fn replace(&mut self, text: &[u8], hit: Hit, out: &mut Vec<u8>) {
        let secret = &text[hit.start..hit.end];
        let rule = masked::rule(hit.what);
        match self.counts.get_mut(rule) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(rule.to_string(), 1)),
        }
        if let Some(watch) = &mut self.watch {
            watch(Found { rule, line: self.line });
        }
        // A bare number of JSON becomes a string, or it would be JSON no more.
        let bare = masked::is_bare_json(text, hit);
        out.extend(bare.then_some(b'"'));
        match hit.what {
            What::Secret(rule) => self.redactor.tags.write(rule, secret, out),
            What::Value(n) => self.redactor.tags.write(rule, self.redactor.values.plain(n), out),
            What::Name(kind) => {
                if let Some(identifiers) = &self.redactor.identifiers {
                    out.extend_from_slice(identifiers.pseudonym(kind, secret).as_bytes());
                }
            }
        }
        out.extend(bare.then_some(b'"'));
    }
}

impl Carried {
    /// Where it was cut off by the end of what was seen, with what belongs to it here.
    fn grown(mut self, text: &[u8]) -> Self {
        if self.open {
            let from = self.hit.end.min(text.len());
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>,;&".contains(byte);
            let more = text[from..].iter().position(ends);
            self.hit.end = from + more.unwrap_or(text.len() - from);
            self.open = more.is_none() && text.len() == WINDOW;
        }
        self
    }
}

/// The next blocks of whole lines, at most so many; none where a line is longer than a window, or has no end yet.
fn blocks(text: &[u8], from: usize, most: usize, last: bool) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut at = from;
    while blocks.len() < most {
        let within = |size: usize| memrchr(b'\n', &text[at.min(text.len())..text.len().min(at + size)]);
        let Some(end) = within(BLOCK).or_else(|| within(WINDOW)) else { break };
        let (whole, end) = (at + end + 1, end_of(text, at, at + end + 1));
        let end = match end > at {
            true => end,
            false if last => whole,
            // There may be more to come that names it.
            false => break,
        };
        blocks.push(at..end);
        at = end;
    }
    blocks
}

/// The end of a block of lines. A line that gives a value may be judged by the next, which names it: such a line is
/// not the last of a block.
fn end_of(text: &[u8], from: usize, end: usize) -> usize {
    let start = memrchr(b'\n', &text[from..end - 1]).map_or(from, |before| from + before + 1);
    let line = &text[start..end];
    let line = line[stamps::length(line)..].trim_ascii_start();
    let line = line.strip_prefix(b"- ").unwrap_or(line).trim_ascii_start();
    if line.strip_prefix(b"\"").unwrap_or(line).starts_with(b"value") { start } else { end }
}

/// One for those that overlap: a known value says most, a name least.
fn joined(mut hits: Vec<Carried>) -> Vec<Carried> {
    // Two finders may take the same: which comes first must not depend on what else is in the block.
    hits.sort_by_key(|carried| (carried.hit.start, std::cmp::Reverse(carried.hit.end)));
    let rank = |what: What| match what {
        What::Value(_) => 0,
        What::Secret(_) => 1,
        What::Name(_) => 2,
    };
    let mut joined: Vec<Carried> = Vec::with_capacity(hits.len());
    for next in hits {
        match joined.last_mut() {
            Some(last) if next.hit.start < last.hit.end => {
                if rank(next.hit.what) < rank(last.hit.what) {
                    last.hit.what = next.hit.what;
                }
                if next.hit.end > last.hit.end {
                    last.hit.end = next.hit.end;
                    last.open = next.open;
                }
                last.marked |= next.marked;
            }
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::identifiers::{Identifiers, Known};
    use crate::redact::mark::Tags;
    use crate::redact::values::Values;
    use proptest::prelude::*;

    fn whole(redactor: &Redactor, text: &[u8], sizes: &[usize]) -> Vec<u8> {
        let (mut stream, mut out, mut rest) = (Stream::new(redactor), Vec::new(), text);
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| (*size).clamp(1, rest.len()));
            stream.push(&rest[..size], &mut out);
            // Otherwise it waits until it has more than most of these texts have.
            stream.settle(&mut out);
            rest = &rest[size..];
        }
        stream.finish(&mut out);
        out
    }

    fn text(redactor: &Redactor, text: &str) -> String {
        String::from_utf8_lossy(&whole(redactor, text.as_bytes(), &[])).into_owned()
    }

    /// One that knows everything there is to know.
    fn knowing() -> Redactor {
        let known = Known {
            hosts: vec!["tower.home.arpa".into()],
            users: vec!["karlheinz".into()],
            ..Known::default()
        };
        Redactor {
            values: Values::new([b"correct horse battery".to_vec(), b"s3cr3t-Value!".to_vec()]),
            identifiers: Some(Identifiers::new(&known, [7; 32])),
            tags: Tags::new([9; 32]),
        }
    }

    /// Pieces of which texts are made that have something to find, and something to stumble over.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[ -~]{0,40}".prop_map(String::into_bytes),
            Just(b"\n".to_vec()),
            Just(b"x correct horse\n battery y s3cr3t-Value! Y29ycmVjdCBob3Jz\n  ZSBiYXR0ZXJ5 z".to_vec()),
            Just(b" 192.168.1.7 karlheinz@tower.home.arpa tower 00:11:22:33:44:55 ".to_vec()),
            Just(b"\r\n".to_vec()),
            "password[=:] ?[\"']?[a-zA-Z0-9!#]{3,30}".prop_map(String::into_bytes),
            "\\{\"token\":\"[a-f0-9]{20}\",\"n\":[0-9]{1,5}\\}".prop_map(String::into_bytes),
            "postgres://u:[a-z0-9@/]{4,12}@h/db".prop_map(String::into_bytes),
            Just(b"  secret: |\n    line one\n    line two\nnext: 1\n".to_vec()),
            Just(b"\x1b[31mpassword\x1b[0m=\x1b[1mhunter2\x1b[0m".to_vec()),
            Just(b"KEY=\"open\nmore\"\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        /// However the bytes arrive, what comes out is the same; and a second time changes nothing.
        #[test]
        fn cuts_do_not_matter_and_once_is_enough(
            pieces in proptest::collection::vec(piece(), 0..40),
            sizes in proptest::collection::vec(1_usize..5000, 1..5),
        ) {
            let redactor = knowing();
            let text = pieces.concat();
            let once = whole(&redactor, &text, &[]);
            prop_assert_eq!(&once, &whole(&redactor, &text, &sizes));
            let twice = whole(&redactor, &once, &[]);
            prop_assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

        /// A line that is longer than any window is cut where its bytes say.
        #[test]
        fn long_lines_are_cut_at_the_same_places(size in 1_usize..300_000, body in "[a-z ,=]{20,60}", seed in 0_usize..5000) {
            let redactor = Redactor::default();
            let mut text = body.repeat((*LANES + 1) * WINDOW / body.len());
            text.insert_str(seed.min(text.len()), " password='hunter2hunter2' ");
            text += " password=hunter3hunter3";
            let once = whole(&redactor, text.as_bytes(), &[]);
            prop_assert_eq!(&once, &whole(&redactor, text.as_bytes(), &[size]));
            prop_assert!(!String::from_utf8_lossy(&once).contains("hunter"));
        }
    }

    /// Blocks end amid keys, lists and wrapped values, and then the next is not what it seems to be by itself.
    #[test]
    fn side_by_side_is_as_one_after_the_other() {
        let redactor = knowing();
        let body = "MIIEowIBAAKCAQEA7bq".repeat(3);
        let some = format!(
            "one line of tower\n-----BEGIN PRIVATE KEY-----\n{body}\n{body}\n-----END PRIVATE KEY-----\npassword: |\n  one two\n  three\nx correct horse\n battery y\n- value: Tundra7108x\n  name: DB_PASSWORD\n"
        );
        for offset in (0..some.len()).step_by(29) {
            let text = "-".repeat(offset) + "\n" + &some.repeat((*LANES + 1) * BLOCK / some.len());
            let (mut stream, mut slowly) = (Stream::new(&redactor), Vec::new());
            for piece in text.as_bytes().chunks(30_011) {
                stream.push(piece, &mut slowly);
                stream.settle(&mut slowly);
            }
            stream.finish(&mut slowly);
            let at_once = String::from_utf8(whole(&redactor, text.as_bytes(), &[])).unwrap();
            assert!(at_once.as_bytes() == slowly, "{offset}");
            for secret in ["MIIE", "one two", "three", "horse", "tower", "Tundra"] {
                assert!(!at_once.contains(secret), "{secret}");
            }
        }
    }

    #[test]
    fn several_lines_belong_together() {
        let redactor = Redactor::default();
        let body = "MIIEowIBAAKCAQEA7bq".repeat(3);
        let pem = |kind: &str| {
            format!("-----BEGIN {kind}-----\n{body}\n{body}\nab==\n-----END {kind}-----\nafter\n")
        };
        for kind in ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            for prefix in ["", "    ", "2026-01-02 backend | "] {
                let text_in: String = pem(kind).lines().map(|line| format!("{prefix}{line}\n")).collect();
                let out = text(&redactor, &text_in);
                assert!(!out.contains("MIIE") && !out.contains("ab==") && out.contains("after"), "{out}");
            }
            let escaped = format!("{{\"key\":\"{}\",\"n\":1}}", pem(kind).replace('\n', "\\n"));
            let out = text(&redactor, &escaped);
            assert!(!out.contains("MIIE") && out.ends_with("\"n\":1}"), "{out}");
        }
        let public = pem("CERTIFICATE");
        assert_eq!(text(&redactor, &public), public);
        let out = text(&redactor, "a:\n  password: |\n    one two\n\n    three\n  user: bob\n");
        assert!(
            !out.contains("one two") && !out.contains("three") && out.ends_with("  user: bob\n"),
            "{out}"
        );
        let out =
            text(&redactor, "env:\n  - name: DB_PASSWORD\n    value: hunter2\n  - name: X\n    value: y\n");
        assert!(!out.contains("hunter2") && out.ends_with("value: y\n"), "{out}");
        let out = text(&redactor, "password:\n  user: bob\n  age: 4\n");
        assert_eq!(out, "password:\n  user: bob\n  age: 4\n");
    }

    #[test]
    fn what_is_left_is_looked_at_as_it_is_left() {
        let redactor = Redactor {
            values: Values::new([b"back\\slash1".to_vec(), b"s3cr3t-Value!".to_vec()]),
            ..knowing()
        };
        // A backslash ends the header, until it is gone with the value.
        let once = text(&redactor, "Set-Cookie: a1=back\\slash1; b1=more22\n");
        assert!(!once.contains("more22") && text(&redactor, &once) == once, "{once}");
        // What has a mark in it was judged before.
        let seen = "curl -s -u a><p>[REDACTED:password:f0bb]</p>z\n";
        assert_eq!(text(&redactor, seen), seen);
        // The `s` could be the end of an escape sequence, and is a part of the value.
        assert!(!text(&redactor, "\x1b[s3cr3t-Value!\n").contains("3cr3t"));
    }

    #[test]
    fn a_bare_number_of_json_stays_json() {
        let redactor = Redactor::default();
        let out = text(&redactor, "{\"pin\": 123456, \"n\": 1}\n");
        assert!(
            out.starts_with("{\"pin\": \"[REDACTED:password:") && out.ends_with("]\", \"n\": 1}\n"),
            "{out}"
        );
    }

    #[test]
    fn what_is_found_is_counted_and_told_with_its_line() {
        let redactor = Redactor::default();
        let mut lines = Vec::new();
        let mut out = Vec::new();
        let mut stream =
            Stream::new(&redactor).watched(|found| lines.push((found.rule.to_string(), found.line)));
        stream.push(b"one\npassword=hunter2\n\nthree\ntoken=a1b2c3d4e5f6\n", &mut out);
        stream.finish(&mut out);
        assert_eq!(stream.counts().values().sum::<u64>(), 2);
        drop(stream);
        assert_eq!(lines, [("password".to_string(), 2), ("token".to_string(), 5)]);
    }
}
