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
    /// A private key.
    Key {
        /// A line of it was there, and not only its headers.
        begun: bool,
        /// How many lines since one that looked like a part of it.
        stray: u8,
    },
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
            // A line that is no part of a key may begin something, and so may the line that ends one thing.
            while values.next_if(|value| value.at < end).is_some() {}
            if matches!(inside, Inside::Key { stray: 1.., .. })
                && let Some(value) = values.next_if(|value| value.at == end)
            {
                inside = Inside::Value(value.how, 0);
            }
            at = if inside == Inside::Nothing { at } else { end + 1 };
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
        return Inside::Key { begun: false, stray: 0 };
    }
    let Some(label) = memmem::find(&line[5..], b"-----").map(|label| label + 5) else {
        return Inside::Nothing;
    };
    if memmem::find(&line[..label], b"PRIVATE").is_none() {
        return Inside::Nothing;
    }
    let body = at + label + 5;
    let close = memmem::find(&text[body..end], b"-----END").map(|close| body + close);
    // `\n` and a part of it may follow, where it is one string; the quotes around it stay.
    let rest = &text[body..close.unwrap_or(end)];
    if close.is_some() || rest.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() > 8 {
        let is_body = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\".contains(byte);
        let mut at = body;
        for part in rest.split(|byte| matches!(byte, b'"' | b'\'')) {
            if at == body || (close.is_some() && part.len() >= 16 && part.iter().all(is_body)) {
                push(text, at, at + part.trim_end_matches_bytes(b"\\").len(), hits);
            }
            at += part.len() + 1;
        }
    }
    if close.is_some() { Inside::Nothing } else { Inside::Key { begun: false, stray: 0 } }
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
        Inside::Key { begun, stray } => key_line(text, at, end, (begun, stray), hits),
        Inside::Value(_, lines) if lines >= LONGEST => Inside::Nothing,
        Inside::Value(Continued::Named, _) => {
            named(text, at, end, hits);
            Inside::Nothing
        }
        Inside::Value(Continued::Item, _) => {
            let again = item(text, at, end, hits);
            if again { Inside::Value(Continued::Item, 0) } else { Inside::Nothing }
        }
        Inside::Value(Continued::List, lines) => {
            let body = line.trim_ascii();
            if body.is_empty()
                || b"])}".contains(&body[0])
                || is_mapping(body.strip_prefix(b"- ").unwrap_or(body))
            {
                return Inside::Nothing;
            }
            item(text, at, end, hits);
            Inside::Value(Continued::List, lines + 1)
        }
        Inside::Value(Continued::Arguments, _) => match memchr::memchr(b'[', line) {
            Some(open) if line[open + 1..].trim_ascii().is_empty() => Inside::Value(Continued::List, 0),
            Some(open) => {
                item(text, at + open + 1, end, hits);
                Inside::Nothing
            }
            None => Inside::Nothing,
        },
        Inside::Value(Continued::Part, lines) => {
            let body = line.trim_ascii();
            if body.is_empty() && lines < 2 {
                return Inside::Value(Continued::Part, lines + 1);
            }
            if !body.starts_with(b"--") {
                value(text, at, at + line.trim_ascii_end().len(), hits);
            }
            Inside::Nothing
        }
        Inside::Value(Continued::Below(by), lines) => {
            let blanks = indentation(line);
            let body = line.trim_ascii();
            let is_item = body.starts_with(b"- ") && blanks >= by && !is_mapping(&body[2..]);
            let is_word = !body.is_empty() && !body.iter().any(u8::is_ascii_whitespace)
                || (b"\"'".contains(body.first().unwrap_or(&b' ')) && body.len() > 2);
            if is_item {
                item(text, at, end, hits);
                return Inside::Value(Continued::Items(blanks), lines + 1);
            }
            if blanks > by && is_word && !is_mapping(body) {
                item(text, at, end, hits);
            }
            Inside::Nothing
        }
        Inside::Value(Continued::Items(by), lines) => {
            let body = line.trim_ascii();
            if indentation(line) != by || !body.starts_with(b"- ") || is_mapping(&body[2..]) {
                return Inside::Nothing;
            }
            item(text, at, end, hits);
            Inside::Value(Continued::Items(by), lines + 1)
        }
        Inside::Value(Continued::Folded(by), lines) => {
            let body = line.trim_ascii();
            if indentation(line) <= by || is_mapping(body) || !worth::is_token(body) {
                return Inside::Nothing;
            }
            value(
                text,
                at + line.len() - line.trim_ascii_start().len(),
                at + line.trim_ascii_end().len(),
                hits,
            );
            Inside::Value(Continued::Folded(by), lines + 1)
        }
        Inside::Value(Continued::Accounts(by), lines) => {
            if !line.trim_ascii().is_empty() && indentation(line) <= by {
                return Inside::Nothing;
            }
            account(text, at, end, hits);
            Inside::Value(Continued::Accounts(by), lines + 1)
        }
        Inside::Value(Continued::Tripled(quote), lines) => {
            let close = memmem::find(line, &[quote; 3]);
            let body = line[..close.unwrap_or(line.len())].trim_ascii_end();
            if !body.is_empty() {
                value(text, at, at + body.len(), hits);
            }
            if close.is_some() {
                Inside::Nothing
            } else {
                Inside::Value(Continued::Tripled(quote), lines + 1)
            }
        }
        Inside::Value(Continued::Enclosed, _) => {
            let body = line.trim_ascii();
            if (worth::is_token(body) || body.contains(&b' ')) && !body.starts_with(b"<") {
                let start = at + memmem::find(line, body).unwrap_or(0);
                value(text, start, start + body.len(), hits);
            }
            Inside::Nothing
        }
        Inside::Value(Continued::Indented(by), lines) => {
            if block_line(text, at, end, (by, lines), hits) {
                Inside::Value(Continued::Indented(by), lines + 1)
            } else {
                Inside::Nothing
            }
        }
        Inside::Value(Continued::Behind(shape, by), lines) => match shape.length(line) {
            Some(prefix) if block_line(text, at + prefix, end, (by, lines), hits) => {
                Inside::Value(Continued::Behind(shape, by), lines + 1)
            }
            _ => Inside::Nothing,
        },
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

fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// One line of a block that belongs to a key which is indented by this; whether it is one. So many were before it.
fn block_line(text: &[u8], at: usize, end: usize, (by, lines): (usize, u16), hits: &mut Vec<Hit>) -> bool {
    let line = &text[at..end];
    let (blanks, body) = (indentation(line), line.trim_ascii());
    if body.is_empty() {
        return true;
    }
    if blanks <= by || (lines == 0 && is_document(body)) {
        return false;
    }
    value(text, at + blanks, at + blanks + body.len(), hits);
    true
}

/// Whether a document begins here, which has keys of its own. A password may begin with the same sign.
fn is_document(body: &[u8]) -> bool {
    let rest = body.trim_start_matches_bytes(b"[{");
    let opens = rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte));
    match body[0] {
        b'{' => opens,
        b'[' => {
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. ".contains(byte);
            opens || rest.strip_suffix(b"]").is_some_and(|title| title.iter().all(is_name))
        }
        b'#' => body.starts_with(b"# ") || body.starts_with(b"#!"),
        _ => is_mapping(body),
    }
}

/// `key: value`
fn is_pair(body: &[u8]) -> bool {
    let key = body.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.\"'".contains(byte)).count();
    key > 0 && body.get(key) == Some(&b':') && body.get(key + 1).is_none_or(u8::is_ascii_whitespace)
}

/// `key: value`, `- item`, `{`
fn is_mapping(body: &[u8]) -> bool {
    is_pair(body)
        || body.starts_with(b"- ")
        || body.starts_with(b"{")
        || (body.starts_with(b"[") && mark::length(body).is_none())
        || body.starts_with(b"#")
}

/// `user:password`, also as an item of a list, as `chpasswd` reads them.
fn account(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) {
    let body = text[at..end].trim_ascii();
    let body = body.strip_prefix(b"- ").unwrap_or(body).trim_ascii_start().trim_end_matches_bytes(b"\"'");
    let body = body.trim_start_matches_bytes(b"\"'");
    let Some(colon) = memchr::memchr(b':', body) else { return };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.$@".contains(byte);
    let secret = &body[colon + 1..];
    // What has a blank after it is a key; `R` and `RANDOM` ask for a password.
    let is_key = secret.first().is_none_or(u8::is_ascii_whitespace);
    if colon > 0 && body[..colon].iter().all(is_name) && !is_key && secret != b"R" && secret != b"RANDOM" {
        let start = at + memmem::find(&text[at..end], body).unwrap_or(0) + colon + 1;
        value(text, start, start + secret.len(), hits);
    }
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

/// One value on a line of its own: an item of a list, an argument, what stands between two tags or in a call. Whether
/// the line was cut, so that the next one goes on with it.
fn item(text: &[u8], at: usize, end: usize, hits: &mut Vec<Hit>) -> bool {
    let line = &text[at..end];
    let body = line.trim_ascii();
    let body = body.strip_prefix(b"- ").unwrap_or(body).trim_ascii_start();
    // `string(8) "x"` of var_dump, `<string>x</string>`
    let body = match memchr::memchr(b'"', body).filter(|_| body.starts_with(b"string(")) {
        Some(quote) => &body[quote..],
        None => body,
    };
    let body = match (memchr::memchr(b'>', body), memchr::memrchr(b'<', body)) {
        (Some(open), Some(close)) if body.starts_with(b"<") && open < close => &body[open + 1..close],
        _ => body,
    };
    let cut = body.ends_with(b"\\");
    let body = body.trim_end_matches_bytes(b",\\");
    let body = match body.first().filter(|first| b"\"'".contains(first)) {
        // The last item may be followed by the brackets that close the list.
        Some(quote) => {
            let close = memchr::memrchr(*quote, body).filter(|close| *close > 0);
            let close = close.filter(|close| body[close + 1..].iter().all(|byte| b" ]}),;".contains(byte)));
            &body[1..close.unwrap_or(body.len())]
        }
        None => body.strip_suffix(b"\"").or_else(|| body.strip_suffix(b"'")).unwrap_or(body),
    };
    if body.len() >= 3 && !is_option(body) {
        let start = at + memmem::find(line, body).unwrap_or(0);
        value(text, start, start + body.len(), hits);
    }
    cut
}

/// `--name`, `--name=value`
fn is_option(body: &[u8]) -> bool {
    let name = body.strip_prefix(b"--").unwrap_or_default();
    let name = &name[..memchr::memchr(b'=', name).unwrap_or(name.len())];
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
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

/// A line of a private key, whatever a log has put before it or around it.
fn key_line(text: &[u8], at: usize, end: usize, (begun, stray): (bool, u8), hits: &mut Vec<Hit>) -> Inside {
    let line = &text[at..end];
    let close = memmem::find(line, b"-----END").or_else(|| memmem::find(line, b"Private-MAC:"));
    // Within another secret it goes with that, and a line that is gone as another secret was no part of this one.
    let close = close.filter(|close| !hits.iter().any(|hit| (hit.start..hit.end).contains(&(at + close))));
    let is_mark = mark::length(line.trim_ascii()) == Some(line.trim_ascii().len());
    if is_mark && !line.trim_ascii().starts_with(b"[REDACTED:private-key:") {
        return Inside::Nothing;
    }
    let body = &line[..close.unwrap_or(line.len())];
    // What has a mark in it was judged before.
    let was_part = memmem::find(body, b"[REDACTED:private-key:").is_some();
    let part = if mark::is_in(body, 0, body.len()) { None } else { key_part(body) };
    let part = part.filter(|(start, end)| !begun || stray == 0 || is_key_again(body, *start, *end));
    if let Some((start, end)) = part {
        push(text, at + start, at + end, hits);
    }
    match (close, was_part || part.is_some()) {
        (Some(_), _) => Inside::Nothing,
        (None, true) => Inside::Key { begun: true, stray: 0 },
        (None, false) if stray >= STRAY => Inside::Nothing,
        (None, false) => Inside::Key { begun, stray: stray + 1 },
    }
}

/// Whether this part of a line goes on with a key although something else stood between: it is long, it has nothing but
/// signs and blanks beside it, it varies as only Base64 does, and it stands under no key of its own.
fn is_key_again(body: &[u8], start: usize, end: usize) -> bool {
    let word = &body[start..end];
    let before =
        body[..start].last().is_none_or(|byte| byte.is_ascii_whitespace() || b"|\"'#>*+".contains(byte));
    let after = body[end..].starts_with(b"\\n")
        || body[end..].iter().all(|byte| byte.is_ascii_whitespace() || b"\"',+;)<}".contains(byte));
    let varies = worth::is_random(word) && word.iter().any(u8::is_ascii_uppercase);
    let is_own = !is_pair(body.trim_ascii_start());
    is_own && before && after && word.len() >= 12 && (word.ends_with(b"=") || varies)
}

/// Where the Base64 of a key is on its line: the longest run of it, what an escaped line end follows, or the last word.
fn key_part(body: &[u8]) -> Option<(usize, usize)> {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let run = |end: usize| (end - body[..end].iter().rev().take_while(|byte| part(**byte)).count(), end);
    if let Some(escaped) = memmem::rfind(body, b"\\n").map(run).filter(|(start, end)| start < end) {
        // Several lines of it may stand on one.
        let first = body.iter().position(|byte| part(*byte) || *byte == b'\\').unwrap_or(0);
        let whole = body[first..escaped.1].iter().all(|byte| part(*byte) || *byte == b'\\');
        return Some(if whole { (first, escaped.1) } else { escaped });
    }
    let (mut longest, mut at) = ((0, 0), 0);
    while at < body.len() {
        let length = body[at..].iter().take_while(|byte| part(**byte)).count();
        if length > longest.1 - longest.0 {
            longest = (at, at + length);
        }
        at += length + 1;
    }
    let run_of = &body[longest.0..longest.1];
    // Digests and paths are as long, and not as varied.
    if run_of.len() >= 40 && worth::entropy(run_of) > 4.4 {
        return Some(longest);
    }
    let trimmed = body.trim_ascii_end().trim_end_matches_bytes(b"\"',\\");
    let last = run(trimmed.len());
    let word = &trimmed[last.0..];
    let before = trimmed[..last.0].trim_ascii();
    let is_alone = before.trim_start_matches_bytes(b"\"'#>*/ \t").is_empty() || before.ends_with(b"|");
    let looks = is_alone
        || word.ends_with(b"=")
        || (word.len() >= 16 && !word.iter().all(u8::is_ascii_hexdigit) && worth::is_random(word));
    // `mode=fast`: the sign stands at the end of Base64, or before a checksum.
    let inner = word.trim_start_matches_bytes(b"=").trim_end_matches_bytes(b"=");
    let is_part = !word.is_empty() && looks && !inner.contains(&b'=');
    (is_part && (is_alone || trimmed[last.0 - 1].is_ascii_whitespace())).then_some(last)
}

#[cfg(test)]
mod tests {
    use crate::redact::Redactor;

    #[test]
    fn the_line_that_ends_a_block_may_open_another() {
        let redactor = Redactor::default();
        let once = redactor.text("secret: |\n  line one\n  line two\npassword: |\n  line three\nuser: bob\n");
        assert!(!once.contains("line") && once.ends_with("user: bob\n"), "{once}");
        assert_eq!(redactor.text(&once), once);
    }

    #[test]
    fn a_call_with_a_key_has_it_among_its_arguments() {
        let redactor = Redactor::default();
        for (before, after) in [("[\n  ", "\n ]\n}"), ("[", "]}")] {
            let call = format!("{{\n \"method\": \"auth.login_with_api_key\",\n \"params\": {before}");
            let once = redactor.text(&format!("{call}\"7-{}\"{after}\n", "b7Qx2".repeat(13)));
            assert!(
                once.starts_with(&format!("{call}\"[REDACTED:")) && once.ends_with(&format!("]\"{after}\n"))
            );
            assert_eq!(redactor.text(&once), once);
        }
    }

    #[test]
    fn a_key_that_was_cut_off_ends_with_its_string() {
        let redactor = Redactor::default();
        let text = format!("{{\"key\":\"-----BEGIN PRIVATE KEY-----\\n{}\",\"n\":1}}\n", "QUFB".repeat(9));
        let out = redactor.text(&text);
        assert!(out.ends_with("]\",\"n\":1}\n") && !out.contains("QUFB"), "{out}");
    }

    #[test]
    fn a_key_that_was_cut_off_does_not_hide_what_follows() {
        let out =
            Redactor::default().text("-----BEGIN PRIVATE KEY-----\npassword: |\n  line one\nuser: bob\n");
        assert!(!out.contains("line one") && out.ends_with("user: bob\n"), "{out}");
    }

    #[test]
    fn a_line_of_a_key_is_judged_once() {
        let redactor = Redactor::default();
        let once = redactor.text("$ANSIBLE_VAULT;1\nx \"QUFB\\nQkJC\" other=\nafter\n");
        assert!(once.contains("[REDACTED:private-key:"), "{once}");
        assert_eq!(redactor.text(&once), once);
    }
}
