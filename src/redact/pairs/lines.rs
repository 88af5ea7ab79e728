//! Values that go on in the lines after their key, and those whose line ends in an escape.

use super::*;

impl Place<'_, '_> {
    pub(super) fn indentation(&self) -> usize {
        let start = self.line_start();
        self.text[start..self.key.start].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-')).count()
    }

    /// `|`, `>-`, `|2+`: a block follows, and this is how it goes on.
    pub(super) fn block(&self, at: usize) -> Option<Continued> {
        let rest = &self.text[at + 1..self.line_end().max(at + 1)];
        if !matches!(self.at(at), b'|' | b'>') || !rest.iter().all(|byte| b"+-0123456789 \r".contains(byte)) {
            return None;
        }
        let before = &self.text[self.line_start()..self.key.start];
        let indentation = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-')).count();
        let prefix = &before[..before.len() - indentation];
        match Shape::of(prefix).filter(|_| self.suspicion >= Suspicion::Likely) {
            Some(shape) => Some(Continued::Behind(shape, indentation)),
            None => self.is_assignment().then(|| Continued::Indented(self.indentation())),
        }
    }

    /// Nothing follows on this line: a block of YAML may, on the next.
    pub(super) fn goes_on(&mut self, at: usize, separator: Separator) -> Option<usize> {
        let is_name = self.key.start > 0 && matches!(self.text[self.key.start - 1], b'<' | b':');
        if separator == Separator::Tag && self.suspicion >= Suspicion::Likely && is_name {
            return self.opens(Continued::Enclosed);
        }
        let before = &self.text[..at.min(self.text.len())];
        // A prompt has nothing behind it either.
        let is_prompt = before.ends_with(b" ") && self.word()[0].is_ascii_uppercase();
        let is_likely = self.suspicion >= Suspicion::Likely;
        if separator == Separator::Colon && self.is_assignment() && self.word() == b"chpasswd" {
            return self.opens(Continued::Accounts(self.indentation()));
        }
        if separator == Separator::Colon && is_likely && self.is_assignment() && !is_prompt {
            return self.opens(Continued::Below(self.indentation()));
        }
        // `["password"]=>` of var_dump
        if separator == Separator::Equals && is_likely && before.trim_ascii_end().ends_with(b">") {
            return self.opens(Continued::Item);
        }
        None
    }

    pub(super) fn opens(&mut self, how: Continued) -> Option<usize> {
        let at = self.line_end();
        self.opened.push(Opened { at, how });
        None
    }
}

/// A value without the escaped line ends behind it: it stands in a string that has several lines. None where the line
/// ends before it, or the next parameter of a query follows.
pub(super) fn without_line_ends(mut value: &[u8]) -> Option<&[u8]> {
    while let Some(rest) = value.strip_suffix(b"\\n").or_else(|| value.strip_suffix(b"\\r")) {
        if rest.ends_with(b"\\") {
            break;
        }
        value = rest;
    }
    let next = value.strip_prefix(b"\\n").or_else(|| value.strip_prefix(b"&")).unwrap_or_default();
    let key = next.iter().take_while(|byte| is_key_byte(**byte)).count();
    // A password may begin with the sign, too: the name of a parameter is a word.
    let is_name = value.first() != Some(&b'&')
        || (next[..key].iter().all(|byte| byte.is_ascii_lowercase() || b"_-".contains(byte))
            && worth::is_pronounceable(&next[..key]));
    let is_next_pair = key > 2 && is_name && matches!(next.get(key), Some(b'=' | b':'));
    (!is_next_pair).then_some(value)
}
