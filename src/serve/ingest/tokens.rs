//! An estimate of how many word pieces an embedding model's tokenizer would
//! make of a text. Not a tokenizer: it only has to be fast, and close enough to
//! keep chunks within a model's window.

/// Classes of characters, as the estimate sees them.
const SPACE: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const MARK: u8 = 3;

/// States: between words, then `LETTERS` letters into a word, then `DIGITS`
/// digits into a number.
const LETTERS: usize = 13;
const DIGITS: usize = 3;
const STATES: usize = 1 + LETTERS + DIGITS;

/// Letters of a word that its first piece covers; each later one covers 5.
const FIRST_PIECE: usize = 8;

/// The next state, with the high bit set where a piece begins.
static STEPS: [[u8; 4]; STATES] = steps();

/// The class of each byte; the bytes of longer characters are not looked up.
static CLASSES: [u8; 256] = classes();

/// About how many word pieces `text` makes.
#[must_use]
pub fn count(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let (mut at, mut state, mut pieces) = (0, 0_u8, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        let class = if byte < 0x80 {
            at += 1;
            CLASSES[usize::from(byte)]
        } else {
            let Some(character) = text[at..].chars().next() else { break };
            at += character.len_utf8();
            if is_combining(character) {
                continue;
            }
            class_of(character)
        };
        let step = STEPS[usize::from(state)][usize::from(class)];
        state = step & 0x7f;
        pieces = pieces.saturating_add(u32::from(step >> 7));
    }
    pieces
}

/// The table of an automaton that begins a piece at the first letter of a
/// word, the ninth, and every fifth after that; at the first digit of a number
/// and every third after that; and at every mark.
const fn steps() -> [[u8; 4]; STATES] {
    let mut table = [[0; 4]; STATES];
    let mut state = 0;
    while state < STATES {
        let letters = if state <= LETTERS { state } else { 0 };
        let digits = state.saturating_sub(LETTERS);
        // Past the first piece the states go round in a ring of five.
        let next = if letters == LETTERS { FIRST_PIECE + 1 } else { letters + 1 };
        let begins = letters == 0 || next == FIRST_PIECE + 1;
        table[state][LETTER as usize] = next as u8 | if begins { 0x80 } else { 0 };
        let next = if digits == DIGITS { 1 } else { digits + 1 };
        table[state][DIGIT as usize] = (LETTERS + next) as u8 | if next == 1 { 0x80 } else { 0 };
        table[state][MARK as usize] = 0x80;
        state += 1;
    }
    table
}

const fn classes() -> [u8; 256] {
    let mut table = [MARK; 256];
    let mut byte = 0;
    while byte < 128 {
        let b = byte as u8;
        table[byte] = match b {
            0..=b' ' | 0x7f => SPACE,
            b'0'..=b'9' => DIGIT,
            _ if b.is_ascii_alphabetic() => LETTER,
            _ => MARK,
        };
        byte += 1;
    }
    table
}

fn class_of(character: char) -> u8 {
    match character {
        // Scripts without spaces, and emoji, are a piece a character.
        '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
            if character == '\u{3000}' { SPACE } else { MARK }
        }
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => MARK,
        _ if character.is_whitespace() => SPACE,
        _ if character.is_alphabetic() => LETTER,
        _ if character.is_numeric() => DIGIT,
        _ => MARK,
    }
}

/// Whether the character only changes the one before it.
pub(super) fn is_combining(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        let cases = [
            ("", 0),
            (" \n\t", 0),
            ("hello world", 2),
            ("abcdefgh", 1),
            ("abcdefghi", 2),
            ("abcdefghijklm", 2),
            ("abcdefghijklmn", 3),
            ("abcdefghijklmnopqrs", 4),
            ("12", 1),
            ("1234567", 3),
            ("3.14, ok!", 6),
            ("v1.2.3", 6),
            ("Straße", 1),
            ("Привет", 1),
            ("日本語", 3),
            ("日 本", 2),
            ("e\u{301}te\u{301}", 1),
            ("😀👍🏽", 2),
            ("a\u{a0}b", 2),
        ];
        for (text, wanted) in cases {
            assert_eq!(count(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_cut_hides_one_piece_at_most() {
        let text = "Configuration of 123456 things, e.g. internationalisation: 日本語 naïvely";
        for (at, _) in text.char_indices() {
            assert!(count(&text[..at]) + count(&text[at..]) + 1 >= count(text), "{at}");
        }
    }
}
