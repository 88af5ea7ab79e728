//! The bytes of a file as text, and the text as characters that YAML allows. It looks at no structure.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use crate::stack::compose::node::Place;
use crate::stack::compose::problem::{Problem, Result};

/// No file that people write comes near this size.
const MOST_BYTES: usize = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes of a file as text: UTF-8, or UTF-16 where a byte order mark says so.
///
/// # Errors
/// Where the file is too large or its bytes are no text.
pub fn decode(bytes: Vec<u8>, file: &Path) -> Result<String> {
    let file: Arc<Path> = file.into();
    if bytes.len() > MOST_BYTES {
        return Err(too_large(&file));
    }
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units)
            .collect::<std::result::Result<String, _>>()
            .map_err(|_| Problem::new(&top(&file), "the file is not valid UTF-16").hint("save it as UTF-8"))
    };
    match bytes.get(..2) {
        Some([0xff, 0xfe]) => wide(u16::from_le_bytes),
        Some([0xfe, 0xff]) => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let place = after(&String::from_utf8_lossy(valid), &file);
            Problem::new(&place, "the file is not valid UTF-8").hint("save it as UTF-8")
        }),
    }
}

/// The text behind a byte order mark, which some editors write.
pub fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The text with a line break at its end, and whether one was added: the parser cannot read a block text that ends
/// without one. Spaces alone in the last line mean nothing.
pub fn with_last_line_break(text: &str) -> (Cow<'_, str>, bool) {
    let text = Some(text.trim_end_matches(' ')).filter(|text| text.ends_with(['\n', '\r'])).unwrap_or(text);
    if text.ends_with(['\n', '\r']) {
        (Cow::Borrowed(text), false)
    } else {
        (Cow::Owned(format!("{text}\n")), true)
    }
}

/// Refuses what is too large and characters that YAML does not allow, not even in comments.
pub fn check(text: &str, file: &Arc<Path>) -> Result<()> {
    if text.len() > MOST_BYTES {
        return Err(too_large(file));
    }
    let Some(at) = text.find(forbidden) else { return Ok(()) };
    let code = text[at..].chars().next().map_or(0, u32::from);
    let message = format!("the control character U+{code:04X} is not allowed here");
    Err(Problem::new(&after(&text[..at], file), message)
        .hint(format!("remove it, or write `\"\\u{code:04x}\"` in double quotes")))
}

fn forbidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        character => character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}'),
    }
}

/// The place behind a text.
fn after(text: &str, file: &Arc<Path>) -> Place {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place {
        file: Arc::clone(file),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

fn top(file: &Arc<Path>) -> Place {
    Place { file: Arc::clone(file), line: 1, column: 1 }
}

fn too_large(file: &Arc<Path>) -> Problem {
    Problem::new(&top(file), format!("the file is larger than {} MiB", MOST_BYTES / (1024 * 1024)))
        .hint("is this the file that was meant?")
}
