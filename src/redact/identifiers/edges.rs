//! Where words begin and end, also where the byte beside them belongs to an escape sequence rather than to a word.

/// Whether a byte belongs to a word.
pub(super) fn wordy(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether a word may begin here, if words are made of such bytes.
pub(super) fn opens(text: &[u8], at: usize, of: fn(u8) -> bool) -> bool {
    let before = &text[..at];
    before.last().is_none_or(|byte| !of(*byte)) || after_escape(before)
}

/// Whether a word may end here.
pub(super) fn closes(text: &[u8], at: usize, of: fn(u8) -> bool) -> bool {
    text.get(at).is_none_or(|byte| !of(*byte))
}

/// Whether a text ends with an escape sequence: `\n`, `\u000a`, `%2F`, or a colour, written as it is or escaped.
pub(super) fn after_escape(text: &[u8]) -> bool {
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match text {
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', one, two] if hex(&[*one, *two]) => true,
        [.., b'\\', b'u', one, two, three, four] if hex(&[*one, *two, *three, *four]) => true,
        [rest @ .., b'm' | b'K'] => {
            let digits =
                rest.iter().rev().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
            let rest = &rest[..rest.len() - digits];
            [&b"\x1b["[..], b"u001b[", b"u001B[", b"x1b[", b"x1B[", b"033["]
                .iter()
                .any(|open| rest.ends_with(open))
        }
        _ => false,
    }
}
