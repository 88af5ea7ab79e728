//! What parts a key from its value, and whether it does.

use super::*;

impl Place<'_, '_> {
    /// Passes the quote that closes a quoted key, with its backslashes, and a bracket around it.
    pub(super) fn closing_quote(&self, from: usize) -> (usize, bool) {
        let mut at = from;
        while self.at(at) == b'\\' && at < from + 8 {
            at += 1;
        }
        if matches!(self.at(at), b'"' | b'\'' | b'`') {
            at += 1;
            while matches!(self.at(at), b']' | b')') {
                at += 1;
            }
            return (at, true);
        }
        if self.text[from..].starts_with(b"&quot;") {
            return (from + 6, true);
        }
        // `[password] => x`, `**password**: x`
        let before = self.key.start.checked_sub(1).map_or(b' ', |at| self.text[at]);
        match (before, self.at(from)) {
            (b'[', b']') => (from + 1, false),
            (b'*' | b'_', b'*' | b'_') => {
                (from + self.text[from..].iter().take(2).take_while(|byte| **byte == before).count(), false)
            }
            _ => (from, false),
        }
    }

    pub(super) fn separator(&self, after: usize, quoted: bool) -> Option<(Separator, usize)> {
        let mut at = self.blanks(after);
        // `Unseal Key 2: x`
        let number = self.text[at..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if number > 0
            && at > after
            && self.word().to_ascii_lowercase().ends_with(b"key")
            && self.at(at + number) == b':'
        {
            at += number;
        }
        let rest = &self.text[at..];
        let passes = |length: usize| self.blanks(at + length);
        // What stands there tells by its first byte whether it is any of these.
        if b":.=-?+~|".contains(&self.at(at)) {
            let signs =
                [&b":::="[..], b"::=", b".=", b":=", b"=>", b"->", b"==", b"?=", b"+=", b"~=", b"||", b"::"];
            if let Some(sign) = signs.iter().find(|sign| rest.starts_with(sign)) {
                return Some((Separator::Equals, passes(sign.len())));
            }
        }
        if b"%\\&".contains(&self.at(at)) {
            let signs =
                [&b"%3D"[..], b"%3d", b"%3A", b"%3a", b"\\u003d", b"\\u003D", b"\\x3d", b"&#61;", b"&#x3D;"];
            if let Some(sign) = signs.iter().find(|sign| rest.starts_with(sign)) {
                return Some((Separator::Equals, at + sign.len()));
            }
        }
        match self.at(at) {
            b'=' => return Some((Separator::Equals, passes(1))),
            b':' => return Some((Separator::Colon, passes(1))),
            b'>' if self.is_tag(quoted) => return Some((Separator::Tag, passes(1))),
            // `"--password", "x"`, `setKey("password", "x")`
            b'(' if !quoted && at == after && self.is_called_with_a_token(at + 1) => {
                return Some((Separator::Comma, at + 1));
            }
            b'|' if at > after && self.is_cell(at + 1) => return Some((Separator::Cell, passes(1))),
            b',' if quoted => {
                let next = passes(1);
                let opens = matches!(self.at(next), b'"' | b'\'' | b'\\' | b'`');
                let takes_two = self.is_option() || self.is_argument() || self.is_row(next);
                return (opens && takes_two).then_some((Separator::Comma, next));
            }
            b',' if at == after && self.suspicion >= Suspicion::Likely => {
                return self.is_listed(at + 1).then_some((Separator::Comma, at + 1));
            }
            _ => {}
        }
        if at == after {
            return None;
        }
        if let Some(close) = self.attributes(at) {
            return Some((Separator::Tag, self.blanks(close + 1)));
        }
        if let Some(sign) = self.typed(at) {
            return Some((Separator::Equals, self.blanks(sign + 1)));
        }
        let says =
            [&b"is "[..], b"was ", b"is: ", b"to ", b"= ", b"set to ", b"provided: ", b"lautet ", b"ist "];
        if self.suspicion >= Suspicion::Likely
            && b"iwt=spl".contains(&self.at(at))
            && let Some(word) = says.iter().find(|word| rest.starts_with(word))
        {
            let value = self.blanks(at + word.len());
            return self.is_spoken(value).then_some((Separator::Blanks, value));
        }
        let parts = self.is_option()
            || self.at(after) == b'\t'
            || self.is_column(after, at)
            || self.is_directive()
            || matches!(self.at(at), b'"' | b'\'');
        (parts && self.suspicion >= Suspicion::Likely && !quoted).then_some((Separator::Blanks, at))
    }

    /// `password        x1`, alone on its line: what was a tab, or a table without lines.
    fn is_column(&self, after: usize, at: usize) -> bool {
        let alone = self.text[self.line_start()..self.key.start].trim_ascii().is_empty();
        alone && at - after >= 4 && worth::is_token(self.text[at..self.line_end()].trim_ascii())
    }

    /// The end of a tag with attributes, as in `<password type="string">x</password>`.
    fn attributes(&self, at: usize) -> Option<usize> {
        let is_name =
            matches!(self.key.start.checked_sub(1).map(|before| self.text[before]), Some(b'<' | b':'))
                && self.is_tag(false);
        let rest = &self.text[at..self.line_end()];
        let close = memchr::memchr2(b'>', b'<', rest).filter(|_| is_name)?;
        (rest[close] == b'>').then_some(at + close)
    }

    /// `setPassword("x1")`: a name is called with something that is no name.
    fn is_called_with_a_token(&self, at: usize) -> bool {
        let quote = self.at(at);
        if !matches!(quote, b'"' | b'\'') || self.suspicion < Suspicion::Likely {
            return false;
        }
        self.closing(at + 1, self.line_end(), quote, 0)
            .is_some_and(|end| worth::is_token(&self.text[at + 1..end]))
    }

    /// `| password | x1 |`, ` password | x1`: what is beside it is no title.
    fn is_cell(&self, at: usize) -> bool {
        let before = self.text[self.line_start()..self.key.start].trim_ascii_end();
        let opens = before.is_empty() || before.ends_with(b"|");
        let rest = &self.text[at.min(self.line_end())..self.line_end()];
        let cell = rest[..memchr::memchr(b'|', rest).unwrap_or(rest.len())].trim_ascii();
        opens && self.suspicion >= Suspicion::Likely && worth::is_token(cell)
    }

    /// `"password","x1"`, alone on its line.
    fn is_row(&self, at: usize) -> bool {
        let begins = self.text[self.line_start()..self.key.start].trim_ascii() == b"\"";
        let end = self.line_end();
        let value = self.closing(at + 1, end, b'"', 0).filter(|_| begins && self.at(at) == b'"');
        value.is_some_and(|close| self.at(close + 1) != b':' && worth::is_token(&self.text[at + 1..close]))
    }

    /// The sign after a type, as in `var token string = "x"`.
    pub(super) fn typed(&self, at: usize) -> Option<usize> {
        let length = self.text[at..]
            .iter()
            .take(12)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"*&".contains(byte))
            .count();
        if self.text[at..].starts_with(b"&str") || self.text[at..].starts_with(b"&'static str") {
            let sign =
                self.blanks(at + self.text[at..].iter().position(|byte| *byte == b'r').unwrap_or(0) + 1);
            return (self.at(sign) == b'=').then_some(sign);
        }
        let is_type = [&b"string"[..], b"String", b"str", b"text", b"char", b"char*", b"varchar"]
            .contains(&&self.text[at..at + length]);
        let sign = self.blanks(at + length);
        (is_type && self.at(sign) == b'=').then_some(sign)
    }

    /// `token,x,` of a table.
    pub(super) fn is_listed(&self, at: usize) -> bool {
        let length = self.text[at..].iter().take(256).take_while(|byte| is_key_byte(**byte)).count();
        let word = &self.text[at..at + length];
        word.len() >= 16 && (worth::is_uuid(word) || (worth::is_random(word) && !worth::is_readable(word)))
    }

    /// Whether what is said to be the secret looks like one: a sentence may go on in any way.
    pub(super) fn is_spoken(&self, at: usize) -> bool {
        let end = at + self.text[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let word = trimmed(&self.text[at..end]);
        let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        matches!(self.at(at), b'"' | b'\'' | b'`')
            || (word.len() >= 6 && letters < word.len() && worth::is_token(word))
    }

    /// `--password x`, `-password x`
    pub(super) fn is_option(&self) -> bool {
        let before = self.key.start.checked_sub(1).map_or(b' ', |at| self.text[at]);
        let first = self.key.start.checked_sub(2).map_or(b' ', |at| self.text[at]);
        before == b'-' && (first == b'-' || first.is_ascii_whitespace() || b"\"'".contains(&first))
    }

    /// `set("password", "x")`
    pub(super) fn is_argument(&self) -> bool {
        let before = self.text[self.line_start()..self.key.start].trim_ascii_end();
        before.len() >= 2 && before[before.len() - 2] == b'('
    }

    /// `password x` of netrc, `requirepass x`, `IDENTIFIED BY 'x'`
    pub(super) fn is_directive(&self) -> bool {
        let word = self.word();
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"requirepass") || is(b"masterauth") || is(b"rootpw") {
            return true;
        }
        let line = &self.text[self.line_start()..self.key.start];
        // `ENV PASSWORD x`, `setenv PASSWORD x`
        if matches!(line.trim_ascii(), b"ENV" | b"setenv") {
            return true;
        }
        let contains = |what: &[u8]| memchr::memmem::find(line, what).is_some();
        (is(b"password") || is(b"passwd") || is(b"secret"))
            && (contains(b"login ")
                || contains(b"machine ")
                || contains(b"nmcli ")
                || is_debconf(line)
                || (line.iter().all(u8::is_ascii_whitespace) && self.is_one_word()))
    }

    /// Whether exactly one word follows on the line.
    pub(super) fn is_one_word(&self) -> bool {
        let rest = self.text[self.key.end..self.line_end()].trim_ascii();
        let mixed = rest.iter().any(|byte| !byte.is_ascii_alphabetic() && !b".,:;!?)".contains(byte));
        mixed && !rest.iter().any(u8::is_ascii_whitespace)
    }

    /// `<password>x</password>`, `<entry key="password">x</entry>`
    pub(super) fn is_tag(&self, quoted: bool) -> bool {
        let line = &self.text[self.line_start()..self.key.start];
        let open = memchr::memrchr(b'<', line);
        let closed = memchr::memrchr(b'>', line);
        let inside = open.is_some_and(|open| {
            closed.is_none_or(|closed| closed < open) && line.get(open + 1) != Some(&b'/')
        });
        inside && (quoted || line.last() == Some(&b'<') || line.last() == Some(&b':'))
    }
}

/// `package package/question password x`, as debconf keeps answers.
fn is_debconf(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    words.len() == 2 && memchr::memchr(b'/', words[1]).is_some() && words[1].starts_with(words[0])
}
