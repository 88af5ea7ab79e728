//! What a terminal would show of a text: without colours, without the zero bytes of wide characters. Finders look at
//! that, and what they find is moved back to the text as it is. It finds nothing itself.

use memchr::{memchr2, memchr2_iter};

use super::mark;
use super::view::View;

/// This text without what terminals swallow: colours, and the zero bytes of wide characters; none where it has nothing
/// of the kind.
pub fn view(text: &[u8]) -> Option<View> {
    memchr2(0x1b, 0, text)?;
    let (mut view, mut at) = (View::default(), 0);
    for found in memchr2_iter(0x1b, 0, text) {
        if found < at {
            continue;
        }
        view.keep(text, at, found);
        at = found + 1;
        match text[found] {
            0 if is_wide(text, found) => {}
            // Between words it parts them, as in the command lines of processes.
            0 => view.put(b" ", found, at),
            _ => at = found + escape(&text[found..]),
        }
    }
    view.keep(text, at, text.len());
    Some(view)
}

/// Whether a zero byte is the other half of a wide character, whose neighbours have one, too.
fn is_wide(text: &[u8], at: usize) -> bool {
    text.get(at + 2) == Some(&0) || at.checked_sub(2).is_some_and(|before| text[before] == 0)
}

/// The length of the escape sequence that begins here (ECMA-48). What a sequence quotes, as the title of a window, is
/// left to be looked at, and nothing that is no part of a sequence is swallowed with it, least of all a line end.
fn escape(text: &[u8]) -> usize {
    let run = |from: usize, of: std::ops::RangeInclusive<u8>| {
        from + text[from..].iter().take(64).take_while(|byte| of.contains(byte)).count()
    };
    let (end, last) = match text.get(1) {
        Some(b'[') => (run(run(2, 0x30..=0x3f), 0x20..=0x2f), 0x40..=0x7e),
        Some(b'(' | b')') => (2, 0x30..=0x7e),
        Some(_) => (1, 0x30..=0x7e),
        None => return 1,
    };
    // What looks like the end of it may be the beginning of a mark, in whose place something else stood.
    let is_mark = |at: usize| mark::is_in(text, at, at + 1);
    match text.get(end) {
        _ if is_mark(1) => 1,
        Some(_) if is_mark(end) => end,
        Some(byte) if last.contains(byte) => end + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::Redactor;

    #[test]
    fn what_terminals_swallow_hides_nothing() {
        let redactor = Redactor::default();
        let out = redactor.text("login \x1b[32mpassword\x1b[0m=\x1b[1mhun\x1b[0mter2\x1b[0m done\n");
        assert!(!out.contains("hun") && !out.contains("ter2") && out.ends_with("done\n"), "{out:?}");
        let out =
            redactor.text("\x1b]0;password=hunter2\x07 \x1b[ä\npassword=hunter2 \x1b\npassword=hunter2\n");
        assert!(!out.contains("hunter2") && out.matches('\n').count() == 3, "{out:?}");
        let wide: Vec<u8> = "password=hunter2\n".bytes().flat_map(|byte| [byte, 0]).collect();
        let out = redactor.text(&String::from_utf8(wide).unwrap());
        assert!(!out.contains("h\0u"), "{out:?}");
    }
}
