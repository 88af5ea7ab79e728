//! A password that has a line for itself, without a key: `letmein42`. A word alone is no reason to take it, so it has to
//! be one of those that everybody thinks of first when asked for a password, and numbers behind it. The names of fields
//! in a form have one digit at most, and stay.

use super::*;

/// The words that lists of bad passwords begin with.
const WORDS: [&[u8]; 8] =
    [b"password", b"passw0rd", b"p@ssword", b"p@ssw0rd", b"pa$$word", b"letmein", b"qwerty", b"iloveyou"];

/// The password that stands alone on the line of this word.
pub(super) fn find(text: &[u8], key: Key) -> Option<Hit> {
    let word = &text[key.start..key.end];
    let letters = word.len() - word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let known = WORDS.iter().any(|known| known.eq_ignore_ascii_case(&word[..letters]));
    if !known || !(2..=4).contains(&(word.len() - letters)) {
        return None;
    }
    let start = memchr::memrchr(b'\n', &text[..key.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[key.end..]).map_or(text.len(), |at| key.end + at);
    // What is left of a remark is nothing but the password, too.
    let before = text[start..key.start].trim_ascii();
    let alone = (before.is_empty() || before == b"#") && text[key.end..end].trim_ascii().is_empty();
    alone.then_some(Hit { start: key.start, end: key.end, what: What::Secret("password") })
}
