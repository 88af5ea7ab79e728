//! Secrets that take several lines: private keys in PEM, also behind the prefixes of a log or escaped in a string;
//! blocks of YAML; values in quotes that are closed lines later. It reads line after line and remembers where it is.

use memchr::memmem;

use super::pairs::{Continued, Opened};
use super::{Hit, What, mark, worth};

/// What the lines so far have begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inside {
    /// Nothing.
    #[default]
    Nothing,
    /// A private key; how many lines since one that looked like a part of it.
    Key(u8),
    /// A value, continued in this way; how many lines it has by now.
    Value(Continued, u16),
}

/// A key that was cut off is given up after so many lines that are no part of it.
const STRAY: u8 = 8;

/// A quote that nobody closes is given up after so many lines.
const LONGEST: u16 = 64;

/// Finds what belongs to secrets of several lines, from the state before the text to that after it.
pub fn find(text: &[u8], mut inside: Inside, opened: &mut [Opened], hits: &mut Vec<Hit>) -> Inside {
    let mut keys = Vec::new();
    for at in memmem::find_iter(text, b"-----BEGIN ")
        .chain(memmem::find_iter(text, b"Private-Lines: "))
        .chain(memmem::find_iter(text, b"$ANSIBLE_VAULT;"))
    {
        keys.push(at);
    }
    opened.sort_unstable_by_key(|opened| opened.at);
    keys.sort_unstable();
    let mut values = opened.iter().peekable();
    let mut keys = keys.into_iter().peekable();
    let mut at = 0;
    loop {
        while inside != Inside::Nothing && at < text.len() {
            let end = line_end(text, at);
            inside = next(text, at, end, inside, hits);
            at = end + 1;
        }
        if at >= text.len() {
            return inside;
        }
        while keys.next_if(|key| *key < at).is_some() {}
        while values.next_if(|value| value.at < at).is_some() {}
        let value = values.peek().map(|value| value.at);
        match (keys.peek(), value) {
            (Some(key), value) if value.is_none_or(|value| *key < value) => {
                let end = line_end(text, *key);
                inside = key_begins(text, *key, end, hits);
                keys.next();
                at = if inside == Inside::Nothing { at } else { end + 1 };
            }
            (_, Some(_)) => {
                let value = values.next().expect("invariant: it was looked at");
                inside = Inside::Value(value.how, 0);
                at = value.at + 1;
            }
            _ => return inside,
        }
    }
}

fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end)
}

/// The first line of a key; what of it is on the same line goes at once.
fn key_begins(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) -> Inside {
    let line = &text[at..end];
    if line.starts_with(b"Private-Lines: ") || line.starts_with(b"$ANSIBLE") {
        return Inside::Key(0);
    }
    let Some(label) = memmem::find(&line[5..], b"-----").map(|label| label + 5) else {
        return Inside::Nothing;
    };
    if memmem::find(&line[..label], b"PRIVATE").is_none() {
        return Inside::Nothing;
    }
    let body = at + label + 5;
    if let Some(close) = memmem::find(&text[body..end], b"-----END") {
        push(text, body, body + close, hits);
        return Inside::Nothing;
    }
    // `\n` and a part of it may follow, where it is one string.
    let rest = &text[body..end];
    if rest.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() > 8 {
        push(text, body, end, hits);
    }
    Inside::Key(0)
}

fn push(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
    let body = &text[start..end];
    let secret = body.iter().any(u8::is_ascii_alphanumeric) && mark::length(body).is_none();
    if secret {
        hits.push(Hit { start, end, what: What::Secret("private-key") });
    }
}

fn next(text: &[u8], at: usize, end: usize, inside: Inside, hits: &mut Vec<Hit>) -> Inside {
    let line = &text[at..end];
    match inside {
        Inside::Nothing => Inside::Nothing,
        Inside::Key(stray) => key_line(text, at, end, stray, hits),
        Inside::Value(_, lines) if lines >= LONGEST => Inside::Nothing,
        Inside::Value(Continued::Named, _) => {
            named(text, at, end, hits);
            Inside::Nothing
        }
        Inside::Value(Continued::Enclosed, _) => {
            let body = line.trim_ascii();
            if worth::is_token(body) && !body.starts_with(b"<") {
                let start = at + memmem::find(line, body).unwrap_or(0);
                value(text, start, start + body.len(), hits);
            }
            Inside::Nothing
        }
        Inside::Value(Continued::Indented(by), lines) => {
            let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let body = line.trim_ascii();
            if body.is_empty() {
                return Inside::Value(Continued::Indented(by), lines + 1);
            }
            // A mapping or a list below the key has keys of its own.
            let is_mapping = lines == 0 && is_mapping(body);
            if blanks <= by || is_mapping {
                return Inside::Nothing;
            }
            value(text, at + blanks, at + blanks + body.len(), hits);
            Inside::Value(Continued::Indented(by), lines + 1)
        }
        Inside::Value(Continued::Quoted(quote), lines) => {
            let close = memchr::memchr(quote, line);
            let body = line[..close.unwrap_or(line.len())].trim_ascii();
            let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if !body.is_empty() {
                value(text, at + blanks, at + blanks + body.len(), hits);
            }
            if close.is_some() { Inside::Nothing } else { Inside::Value(Continued::Quoted(quote), lines + 1) }
        }
    }
}

/// `key: value`, `- item`, `{`
fn is_mapping(body: &[u8]) -> bool {
    let key = body.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.\"'".contains(byte)).count();
    let colon = body.get(key) == Some(&b':') && body.get(key + 1).is_none_or(u8::is_ascii_whitespace);
    (key > 0 && colon)
        || body.starts_with(b"- ")
        || body.starts_with(b"{")
        || body.starts_with(b"[")
        || body.starts_with(b"#")
}

fn value(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
    let body = &text[start..end];
    if mark::length(body).is_none() && !(body.len() >= 3 && worth::is_stand_in(body)) {
        hits.push(Hit { start, end, what: What::Secret("password") });
    }
}

/// The line after `- name: PASSWORD`: `value: x`.
fn named(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) {
    let line = &text[at..end];
    let Some(sign) = memchr::memchr2(b':', b'=', line) else { return };
    let key: Vec<u8> =
        line[..sign].iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    if key != b"value" && key != b"default" {
        return;
    }
    let rest = &line[sign + 1..];
    let body = rest.trim_ascii().trim_end_matches_bytes(b",\"'").trim_start_matches_bytes(b"\"'");
    if body.len() >= 3 {
        let start = at + memmem::find(line, body).unwrap_or(0);
        value(text, start, start + body.len(), hits);
    }
}

trait TrimBytes {
    fn trim_end_matches_bytes(&self, of: &[u8]) -> &[u8];
    fn trim_start_matches_bytes(&self, of: &[u8]) -> &[u8];
}

impl TrimBytes for [u8] {
    fn trim_end_matches_bytes(&self, of: &[u8]) -> &[u8] {
        let kept = self.iter().rposition(|byte| !of.contains(byte)).map_or(0, |at| at + 1);
        &self[..kept]
    }

    fn trim_start_matches_bytes(&self, of: &[u8]) -> &[u8] {
        let cut = self.iter().position(|byte| !of.contains(byte)).unwrap_or(self.len());
        &self[cut..]
    }
}

/// A line of a private key: the last word of it, whatever a log has put before.
fn key_line(text: &[u8], at: usize, end: usize, stray: u8, hits: &mut Vec<Hit>) -> Inside {
    let line = &text[at..end];
    let close = memmem::find(line, b"-----END").or_else(|| memmem::find(line, b"Private-MAC:"));
    let body = line[..close.unwrap_or(line.len())].trim_ascii_end().trim_end_matches_bytes(b"\"',\\");
    let start = body
        .iter()
        .rposition(|byte| byte.is_ascii_whitespace() || b"\"'|>".contains(byte))
        .map_or(0, |at| at + 1);
    let word = &body[start..];
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\".contains(byte);
    let is_part = !word.is_empty() && word.iter().all(part);
    if is_part {
        push(text, at + start, at + start + word.len(), hits);
    }
    match (close, is_part) {
        (Some(_), _) => Inside::Nothing,
        (None, true) => Inside::Key(0),
        (None, false) if stray >= STRAY => Inside::Nothing,
        (None, false) => Inside::Key(stray + 1),
    }
}
