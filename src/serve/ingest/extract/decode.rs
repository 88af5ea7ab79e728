//! Bytes to text: which encoding, and the few clean-ups that every format
//! wants (one kind of line end, no control characters). It never fails, and it
//! does not look at what the text says; formats that name their own encoding
//! pass it in as a hint.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes `bytes`, by their byte order mark, else by `hint`, else by guess.
/// Line ends come out as `\n`, and control characters other than tab, line
/// feed and form feed are dropped. Text that is clean UTF-8 is not copied.
#[must_use]
pub fn decode(mut bytes: Vec<u8>, hint: Option<&'static Encoding>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        if encoding == UTF_16LE || encoding == UTF_16BE {
            return clean(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
        }
        bytes.drain(..mark);
    } else if let Some(encoding) = hint.filter(|&hint| hint != UTF_8) {
        return clean(encoding.decode_without_bom_handling(&bytes).0.into_owned());
    }
    clean(String::from_utf8(bytes).unwrap_or_else(|error| guess(error.as_bytes())))
}

/// Text that is not quite UTF-8. A few bad bytes among valid multi-byte
/// sequences are damage; without any such sequence nothing speaks for UTF-8,
/// and the bytes are taken for the single-byte encoding most often met.
fn guess(bytes: &[u8]) -> String {
    let (mut bad, mut multibyte) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        bad += chunk.invalid().len();
        multibyte += chunk.valid().bytes().filter(|&b| b >= 0xc0).count();
    }
    if multibyte > 0 && bad * 100 < bytes.len() {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
    }
}

/// Normalises line ends and drops control characters.
fn clean(text: String) -> String {
    if !text.as_bytes().iter().fold(false, |dirty, &byte| dirty | is_dirt(byte)) {
        return text;
    }
    let mut bytes = text.into_bytes();
    let (mut kept, mut after_cr) = (0, false);
    for at in 0..bytes.len() {
        let byte = bytes[at];
        let keep = match byte {
            b'\r' => Some(b'\n'),
            b'\n' if after_cr => None,
            byte if is_dirt(byte) => None,
            byte => Some(byte),
        };
        after_cr = byte == b'\r';
        if let Some(byte) = keep {
            bytes[kept] = byte;
            kept += 1;
        }
    }
    bytes.truncate(kept);
    // Only ASCII bytes went, so this is still UTF-8 and the fallback is never taken.
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn is_dirt(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != 0x0c) || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(bytes: &[u8]) -> String {
        decode(bytes.to_vec(), None)
    }

    #[test]
    fn encodings() {
        assert_eq!(plain("Grüße".as_bytes()), "Grüße");
        assert_eq!(plain(b"\xef\xbb\xbfhi"), "hi");
        assert_eq!(plain(b"\xff\xfeh\0\xfc\0"), "hü");
        assert_eq!(plain(b"\xfe\xff\0h\0\xfc"), "hü");
        assert_eq!(plain(b"Gr\xfc\xdfe \x80 5"), "Grüße € 5");
        assert_eq!(decode(b"\xcf\xd2\xc9".to_vec(), Encoding::for_label(b"koi8-r")), "ори");
    }

    #[test]
    fn one_bad_byte_costs_one_character() {
        let mut bytes = "größer ".repeat(100).into_bytes();
        bytes.push(0xff);
        let text = plain(&bytes);
        assert!(text.starts_with("größer größer") && text.ends_with("\u{fffd}"));
    }

    #[test]
    fn lines_and_controls() {
        assert_eq!(plain(b"a\r\nb\rc\n\r\nd\r\r\n"), "a\nb\nc\n\nd\n\n");
        assert_eq!(plain(b"a\0b\x1b[1mc\x7f\td\x0ce"), "ab[1mc\td\x0ce");
    }

    #[test]
    fn clean_text_is_not_copied() {
        let bytes = b"no copy".to_vec();
        let before = bytes.as_ptr();
        let text = decode(bytes, None);
        assert_eq!(text.as_ptr(), before);
    }

    proptest! {
        #[test]
        fn anything_decodes_to_clean_text(bytes: Vec<u8>) {
            let text = decode(bytes, None);
            prop_assert!(!text.bytes().any(is_dirt));
        }
    }
}
