//! What stands in the place of a value without being one: a member of something, the name of an entry. And the quote
//! that only seems to close something. What a value looks like by itself is for [`worth`] to say.

use super::*;

impl Place<'_, '_> {
    /// `form.get("password")`, `form['password']`, `reader.read(`: what a member of something is asked for, or its
    /// name.
    pub(super) fn is_member(&self, outer: usize, begin: usize, value: &[u8]) -> bool {
        let object = &self.text[outer..begin];
        let asked = memchr::memchr(b'.', object).is_some() && suspicion(value).is_some();
        let end = begin + value.len();
        let names = |byte: &u8| byte.is_ascii_alphabetic() || b"._".contains(byte);
        let called = self.at(end) == b'(' && memchr::memchr(b'.', value).is_some() && value.iter().all(names);
        asked || called
    }

    /// Whether something random stands between this quote and the next: then a quote before it was left open.
    pub(super) fn opens_a_token(&self, begin: usize) -> bool {
        let close = self.closing(begin + 1, self.line_end(), self.at(begin), 0);
        self.at(begin + 1).is_ascii_alphanumeric()
            && close.is_some_and(|close| worth::is_random(&self.text[begin + 1..close]))
    }

    /// `secretKey: tls`: in manifests of Kubernetes this key names an entry of a secret. A key that is a secret is
    /// made by a machine, and longer.
    pub(super) fn is_name_of_an_entry(&self, value: &[u8]) -> bool {
        let is_name = value.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-');
        self.word() == b"secretKey" && value.len() < 8 && is_name
    }
}
