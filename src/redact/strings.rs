//! What stands in the strings of JSON, as it was before it was written there: lines that end, quotes that are quotes. A
//! health check's output in what an engine tells of a container is a text of its own, with lines of its own. It finds
//! nothing itself.

use std::iter::Peekable;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::Hit;
use super::view::View;
use super::words::Seen;

/// Shorter ones hold no key and value.
const SHORTEST: usize = 8;

/// The strings of a text.
#[derive(Default)]
pub struct Strings {
    /// Those of one line, a line each.
    pub single: View,
    /// Those of several lines.
    pub several: Vec<View>,
    /// Where those stand that were written with escapes.
    escaped: Vec<(usize, usize)>,
}

impl Strings {
    /// Those that could hold more than a word, and have a word in them that was seen; none where there is none.
    pub fn of(text: &[u8], seen: &[Seen]) -> Option<Self> {
        let mut strings = Self::default();
        let mut line = 0;
        // Letters that are written as numbers hide words.
        let hides = memmem::find(text, b"\\u").is_some();
        let mut seen = seen.iter().map(|seen| seen.start).peekable();
        while line < text.len() {
            // Most lines have nothing to look for in them.
            let Some(next) = (if hides { Some(line) } else { seen.peek().copied() }) else { break };
            line = memrchr(b'\n', &text[..next.max(line)]).map_or(0, |end| end + 1).max(line);
            let end = memchr(b'\n', &text[line..]).map_or(text.len(), |end| line + end);
            strings.of_line(text, line, end, &mut seen);
            while seen.next_if(|start| *start <= end).is_some() {}
            line = end + 1;
        }
        let is_empty = strings.single.text.is_empty() && strings.several.is_empty();
        (!is_empty).then_some(strings)
    }

    /// Whether this is for whoever looks into the string around it: it begins in the midst of one with escapes, and
    /// where it ends is not for those to say who take an escape for a letter.
    pub fn is_within(&self, hit: &Hit) -> bool {
        let next = self.escaped.partition_point(|(open, _)| *open < hit.start);
        next.checked_sub(1).is_some_and(|last| hit.start < self.escaped[last].1)
    }

    fn of_line(
        &mut self,
        text: &[u8],
        from: usize,
        to: usize,
        seen: &mut Peekable<impl Iterator<Item = usize>>,
    ) {
        let mut at = from;
        while let Some(open) = memchr(b'"', &text[at..to]).map(|quote| at + quote) {
            let Some(close) = close(&text[..to], open + 1) else { return };
            let body = &text[open + 1..close];
            at = close + 1;
            while seen.next_if(|start| *start <= open).is_some() {}
            let has_word =
                seen.peek().is_some_and(|start| *start < close) || memmem::find(body, b"\\u").is_some();
            let may_hold = || body.iter().any(|byte| matches!(byte, b' ' | b':' | b'=' | b'\\'));
            if body.len() < SHORTEST || !has_word || !may_hold() {
                continue;
            }
            if body.contains(&b'\\') {
                self.escaped.push((open + 1, close));
                let mut view = View::default();
                decode(text, open + 1, close, &mut view);
                if view.text.contains(&b'\n') {
                    self.several.push(view);
                    continue;
                }
            }
            decode(text, open + 1, close, &mut self.single);
            self.single.put(b"\n", close, close);
        }
    }
}

/// The quote that ends the string which has begun before this place.
fn close(text: &[u8], from: usize) -> Option<usize> {
    let is_escaped =
        |at: usize| text[from..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    memchr_iter(b'"', &text[from..]).map(|quote| from + quote).find(|quote| !is_escaped(*quote))
}

/// Undoes the escapes of a string (RFC 8259, section 7). What is no escape stays as it is.
fn decode(text: &[u8], from: usize, to: usize, view: &mut View) {
    let mut at = from;
    while let Some(escape) = memchr(b'\\', &text[at..to]).map(|escape| at + escape) {
        view.keep(text, at, escape);
        let mut utf8 = [0; 4];
        let (instead, length): (&[u8], usize) = match text[escape + 1..to].first() {
            Some(b'n') => (b"\n", 2),
            Some(b'r') => (b"\r", 2),
            Some(b't') => (b"\t", 2),
            Some(quoted @ (b'"' | b'\\' | b'/')) => (std::slice::from_ref(quoted), 2),
            Some(b'u') => match unicode(&text[escape + 2..to]) {
                Some(letter) => (letter.encode_utf8(&mut utf8).as_bytes(), 6),
                None => (b"\\", 1),
            },
            _ => (b"\\", 1),
        };
        view.put(instead, escape, escape + length);
        at = escape + length;
    }
    view.keep(text, at, to);
}

/// The letter of four hexadecimal digits; halves of letters beyond them stay as they are.
fn unicode(digits: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;
    use crate::redact::words::Words;

    #[test]
    fn strings_are_read_as_they_were_written() {
        let text =
            br#"{"key":"a=\"b\" \u003c","more":"one\ntwo \\n three","short":"x y","word":"abcdefghijkl"}
"line: two", "open: "#;
        let words = |text| Words::new(&["key", "one", "line", "here"], &[]).find(text);
        let strings = Strings::of(text, &words(text)).unwrap();
        assert_eq!(strings.single.text, b"a=\"b\" <\nline: two\n");
        let several: Vec<_> = strings.several.iter().map(|view| view.text.as_slice()).collect();
        assert_eq!(several, [&b"one\ntwo \\n three"[..]]);
        let none = b"nothing \"here\", \"nor anything\"\n";
        assert!(Strings::of(none, &words(none)).is_none());
    }

    #[test]
    fn secrets_in_strings_are_found_and_the_json_stays_one() {
        let redactor = Redactor::default();
        for said in [
            "db:5432:*:app:Tundra7108x",
            "setenv SMB_PASS Tundra7108x",
            "first\nSMB_PASS := Tundra7108x\nlast",
            "first\npassphrase: Tundra7108x\nlast",
            "<input value=\"Tundra7108x\" name=\"pwd\">",
            "password: |\n  Tundra7108x\n  more\nlast",
            "{\"value\":\"Tundra7108x\",\"name\":\"MYSQL_PWD\"}",
        ] {
            let once = serde_json::json!({ "Output": said, "n": 1 }).to_string();
            let twice = serde_json::json!({ "log": once, "n": 1 }).to_string();
            for text in [once, twice] {
                let out = redactor.text(&text);
                assert!(!out.contains("Tundra"), "{out}");
                let json: serde_json::Value = serde_json::from_str(&out).expect(&out);
                assert_eq!(json["n"], 1);
            }
        }
    }
}
