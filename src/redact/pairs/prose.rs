//! Sentences in the place of a value: `password: must not be empty`. A passphrase is made of words as well, and so what
//! matters is how it is written down: nobody puts a remark where only a value can stand. What a value looks like by
//! itself is for [`worth`] to say.

use super::*;

/// Words that sentences have and values seldom.
const COMMON: &str = "\
    is are was be not for the of to has have at from with no in by you your set using use and or if when does a an \
    this that";

/// Words that say how a secret is, or is to be.
const OF_A_STATE: &str = "\
    must failed invalid required incorrect expired changed least policy will should cannot can't could please \
    missing found short blank characters";

impl Place<'_, '_> {
    /// Whether a sentence stands in the place of the value. A bare one behind a colon may be one; what is quoted,
    /// tagged or assigned is a value, unless the key is hardly one.
    pub(super) fn is_sentence(&self, value: &[u8], bare: bool, separator: Separator, quoted: bool) -> bool {
        if self.suspicion < Suspicion::Certain {
            return is_prose(value);
        }
        match separator {
            Separator::Colon if bare && self.is_comment() => is_prose(value),
            Separator::Colon if bare => is_of_a_state(value),
            Separator::Tag if quoted && !self.is_named() => is_prose(value),
            _ => false,
        }
    }

    /// Whether the line is a remark in a file of settings.
    fn is_comment(&self) -> bool {
        let line = self.text[self.line_start()..self.key.start].trim_ascii_start();
        line.starts_with(b"#") || line.starts_with(b";") || line.starts_with(b"//")
    }

    /// `<entry key="password">`, `<property name="password">`; `<label for="password">` has its title behind it.
    fn is_named(&self) -> bool {
        let line = &self.text[self.line_start()..self.key.start];
        let quotes = line.iter().rev().take_while(|byte| b"\"'\\".contains(byte)).count();
        let line = &line[..line.len() - quotes];
        line.ends_with(b"key=") || line.ends_with(b"name=")
    }
}

/// Whether a sentence stands here rather than a value.
pub(super) fn is_prose(value: &[u8]) -> bool {
    has_one_of(value, &[COMMON, OF_A_STATE])
}

/// Whether a sentence stands here that says how a secret is.
pub(super) fn is_of_a_state(value: &[u8]) -> bool {
    has_one_of(value, &[OF_A_STATE])
}

/// Whether there are several words, and one of them is of these.
fn has_one_of(value: &[u8], lists: &[&str]) -> bool {
    let value = &value[..value.len().min(worth::ENOUGH)];
    let is_one = |word: &[u8]| {
        std::str::from_utf8(word).is_ok_and(|word| {
            let word = word.trim_end_matches([',', '.', ';']);
            lists.iter().any(|list| list.split(' ').any(|known| known.eq_ignore_ascii_case(word)))
        })
    };
    value.iter().any(u8::is_ascii_whitespace)
        && value.split(u8::is_ascii_whitespace).any(|word| !word.is_empty() && is_one(word))
}
