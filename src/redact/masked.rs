//! A text as it will be left, with marks in the places of what goes. To take something out changes what stands beside
//! it, so whoever looks at a text for the last time looks at this one. It finds nothing itself, and its marks have no
//! tags that mean anything.

use super::view::View;
use super::{Hit, What};

/// The whole text.
#[must_use]
pub fn whole(text: &[u8], hits: &[Hit]) -> View {
    let (mut view, mut at) = (View::default(), 0);
    for gone in sorted(hits, text.len()) {
        replace(&mut view, text, at, gone);
        at = gone.end;
    }
    view.keep(text, at, text.len());
    view
}

/// Those lines only in which something goes.
#[must_use]
pub fn lines(text: &[u8], hits: &[Hit]) -> View {
    let (mut view, mut at, mut line_end) = (View::default(), 0, 0);
    for gone in sorted(hits, text.len()) {
        if gone.start >= line_end {
            view.keep(text, at, line_end);
            at = memchr::memrchr(b'\n', &text[..gone.start]).map_or(0, |end| end + 1).max(line_end);
        }
        replace(&mut view, text, at, gone);
        at = gone.end;
        line_end = line_end.max(memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1));
    }
    view.keep(text, at, line_end);
    view
}

fn replace(view: &mut View, text: &[u8], from: usize, gone: Hit) {
    view.keep(text, from, gone.start);
    let quote = if is_bare_json(text, gone) { "\"" } else { "" };
    let mark = format!("{quote}[REDACTED:{}:0000]{quote}", rule(gone.what));
    view.put(mark.as_bytes(), gone.start, gone.end);
}

/// The name of the rule that a mark tells.
pub fn rule(what: What) -> &'static str {
    match what {
        What::Secret(rule) => rule,
        What::Value(_) => "known",
        What::Name(_) => "name",
    }
}

/// In order, those that overlap as one, and none beyond the end.
fn sorted(hits: &[Hit], end: usize) -> Vec<Hit> {
    let mut sorted: Vec<Hit> = hits.iter().copied().filter(|hit| hit.start < hit.end.min(end)).collect();
    sorted.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut joined: Vec<Hit> = Vec::with_capacity(sorted.len());
    for next in sorted {
        let next = Hit { end: next.end.min(end), ..next };
        match joined.last_mut() {
            Some(last) if next.start < last.end => last.end = last.end.max(next.end),
            _ => joined.push(next),
        }
    }
    joined
}

/// `"key": 123`: without quotes of its own a mark would not be JSON there.
pub fn is_bare_json(text: &[u8], hit: Hit) -> bool {
    let number = text[hit.start..hit.end].iter().all(|byte| byte.is_ascii_digit() || b".-+eE".contains(byte));
    let before = text[..hit.start].trim_ascii_end();
    number
        && before.last() == Some(&b':')
        && before[..before.len() - 1].trim_ascii_end().last() == Some(&b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_knows_where_it_comes_from() {
        let text = b"one\nkey=secret1, more\ntwo\nsecret2 end\nthree";
        let at = |word: &[u8]| memchr::memmem::find(text, word).unwrap();
        let hit = |word: &[u8]| Hit { start: at(word), end: at(word) + word.len(), what: What::Secret("x") };
        let hits = [hit(b"secret2"), hit(b"secret1"), hit(b"cret1")];
        let (whole, lines) = (whole(text, &hits), lines(text, &hits));
        let left = |masked: &View| String::from_utf8_lossy(&masked.text).into_owned();
        assert_eq!(left(&whole), "one\nkey=[REDACTED:x:0000], more\ntwo\n[REDACTED:x:0000] end\nthree");
        assert_eq!(left(&lines), "key=[REDACTED:x:0000], more\n[REDACTED:x:0000] end\n");
        for (masked, word) in [
            (&whole, &b"three"[..]),
            (&whole, b"more"),
            (&lines, b"key"),
            (&lines, b"more"),
            (&lines, b"end"),
        ] {
            let start = memchr::memmem::find(&masked.text, word).unwrap();
            let mut moved = Hit { start, end: start + word.len(), what: What::Secret("x") };
            masked.back(&mut moved);
            assert_eq!(moved, hit(word));
        }
    }
}
