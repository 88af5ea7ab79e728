//! The escapes of values in double quotes. Others stay as they are written.

/// A value of double quotes with the escapes of a shell carried out; `\$` becomes `$$`, which no variable begins.
pub fn carried_out(value: &str) -> String {
    let mut done = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        done.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let (text, used) = match escape.as_bytes().first() {
            Some(b'a') => ('\u{7}'.to_string(), 1),
            Some(b'b') => ('\u{8}'.to_string(), 1),
            Some(b'f') => ('\u{c}'.to_string(), 1),
            Some(b'n') => ("\n".to_owned(), 1),
            Some(b'r') => ("\r".to_owned(), 1),
            Some(b't') => ("\t".to_owned(), 1),
            Some(b'v') => ('\u{b}'.to_string(), 1),
            Some(b'\\') => ("\\".to_owned(), 1),
            Some(b'"') => ("\"".to_owned(), 1),
            Some(b'$') => ("$$".to_owned(), 1),
            Some(b'0') => octal(escape),
            _ => ("\\".to_owned(), 0),
        };
        done.push_str(&text);
        rest = &escape[used..];
    }
    done + rest
}

/// The character of `0` and three octal digits, and how much of the escape that is.
fn octal(escape: &str) -> (String, usize) {
    let character =
        escape.get(1..4).filter(|digits| digits.bytes().all(|digit| matches!(digit, b'0'..=b'7')));
    match character.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
        Some(code) => (char::from(code).to_string(), 4),
        None => ("\\".to_owned(), 1),
    }
}
