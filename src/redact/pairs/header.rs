//! Headers whose value is a secret, or several: `Authorization`, `Cookie`.

use super::*;

impl Place<'_, '_> {
    /// `Authorization`, `Cookie` and their like: the value goes on to the end of the line or of the quote.
    pub(super) fn is_header(&self) -> bool {
        let word = self.word();
        [&b"authorization"[..], b"proxy-authorization", b"cookie", b"set-cookie", b"www-authenticate"]
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
    }

    pub(super) fn header(&mut self, begin: usize) -> Option<usize> {
        let line_end = memchr::memchr(b'\n', &self.text[begin.min(self.text.len())..])
            .map_or(self.text.len(), |at| begin + at);
        let word = self.word();
        if word.eq_ignore_ascii_case(b"www-authenticate") || begin >= line_end {
            return None;
        }
        let (start, mut end, _) = self.extent(begin, Separator::Comma, true);
        if start == begin {
            // Without quotes of its own it may stand in those of an argument: `-H 'Cookie: a=b'`.
            let before = &self.text[self.line_start()..self.key.start];
            let quote = before
                .iter()
                .rev()
                .find(|byte| !byte.is_ascii_whitespace())
                .filter(|byte| b"\"'".contains(byte));
            let rest = &self.text[begin..line_end];
            end = begin + quote.and_then(|quote| memchr::memchr(*quote, rest)).unwrap_or(rest.len());
            end = begin + self.text[begin..end].iter().position(|byte| *byte == b'\\').unwrap_or(end - begin);
        }
        if word.eq_ignore_ascii_case(b"cookie") || word.eq_ignore_ascii_case(b"set-cookie") {
            return self.cookies(start, end);
        }
        let value = trimmed(&self.text[start..end]);
        let scheme = scheme(value).unwrap_or(0);
        let secret = &value[scheme..];
        if secret.len() < 3
            || b"{<$".contains(&secret[0])
            || worth::is_stand_in(secret)
            || mark::length(secret).is_some()
            || prose::is_prose(value)
        {
            return None;
        }
        Some(self.hit(start + scheme, start + value.len()))
    }

    pub(super) fn cookies(&mut self, start: usize, end: usize) -> Option<usize> {
        const ATTRIBUTES: &[&str] = &["path", "domain", "expires", "max-age", "samesite", "priority"];
        let mut at = start;
        for part in self.text[start..end].split(|byte| *byte == b';') {
            if let Some(sign) = memchr::memchr(b'=', part) {
                let name = String::from_utf8_lossy(part[..sign].trim_ascii()).to_ascii_lowercase();
                let value = trimmed(&part[sign + 1..]);
                if !ATTRIBUTES.contains(&name.as_str()) && !value.is_empty() && mark::length(value).is_none()
                {
                    self.hit(at + sign + 1, at + sign + 1 + value.len());
                }
            }
            at += part.len() + 1;
        }
        Some(end)
    }
}

/// The length of the word of an authorization's scheme before the token itself, with the blank.
pub(super) fn scheme(value: &[u8]) -> Option<usize> {
    const SCHEMES: &[&str] = &[
        "bearer ",
        "basic ",
        "digest ",
        "token ",
        "apikey ",
        "api-key ",
        "negotiate ",
        "ntlm ",
        "hawk ",
        "key ",
        "sso-key ",
        "aws4-hmac-sha256 ",
        "apikey-v1 ",
        "bot ",
        "splunk ",
        "genieKey ",
    ];
    SCHEMES
        .iter()
        .find(|scheme| {
            value.len() > scheme.len() && value[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
        })
        .map(|scheme| scheme.len())
}
