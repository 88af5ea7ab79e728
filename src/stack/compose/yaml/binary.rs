//! The text of a scalar that is tagged `!!binary`: base64 in the common alphabet, padded. Line breaks in it say nothing,
//! other white space is wrong.

/// The text that is written in base64; what is no text in it becomes the replacement character.
pub fn decoded(base64: &str) -> Option<String> {
    let digits: Vec<u8> = base64.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3);
    let mut groups = digits.chunks(4).peekable();
    while let Some(group) = groups.next() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        let ends = groups.peek().is_none();
        if group.len() != 4 || padding > if ends { 2 } else { 0 } {
            return None;
        }
        let mut bits = 0_u32;
        for byte in &group[..4 - padding] {
            bits = bits << 6 | digit(*byte)?;
        }
        let [_, all @ ..] = (bits << (6 * padding)).to_be_bytes();
        bytes.extend_from_slice(&all[..3 - padding]);
    }
    let texts = bytes.utf8_chunks().map(|chunk| {
        // One for each byte, as Go has it.
        chunk.valid().to_owned() + &"\u{fffd}".repeat(chunk.invalid().len())
    });
    Some(texts.collect())
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn base64_is_read_as_docker_compose_reads_it() {
        let rows = [
            ("", Some("")),
            ("aGVsbG8=", Some("hello")),
            ("aGVs\nbG8=", Some("hello")),
            ("YQ==", Some("a")),
            ("/w==", Some("\u{fffd}")),
            ("w7w=", Some("ü")),
            ("aGVsbG8", None),
            ("aGVs bG8=", None),
            ("aGVs_-8=", None),
            ("YQ==YQ==", None),
            ("Y===", None),
            ("Y=Q=", None),
        ];
        for (base64, text) in rows {
            assert_eq!(decoded(base64).as_deref(), text, "{base64:?}");
        }
    }
}
