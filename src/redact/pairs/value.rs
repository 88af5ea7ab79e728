//! Where a value begins and ends, and whether it is taken.

use super::*;

/// More than the twenty-four words of a wallet take, also where their blanks are escaped.
const PHRASE: usize = 512;

impl Place<'_, '_> {
    /// Takes the value that begins here if it is a secret; where it ends.
    pub(super) fn take(&mut self, begin: usize, separator: Separator, quoted: bool) -> Option<usize> {
        let begin = begin.min(self.text.len());
        if !quoted
            && separator != Separator::Comma
            && matches!(self.at(begin), b'"' | b'\'')
            && self.is_inside(self.at(begin))
            && !self.opens_a_token(begin)
        {
            return None;
        }
        let begin = match separator {
            Separator::Colon => self.typed(begin).map_or(begin, |sign| self.blanks(sign + 1)),
            Separator::Tag if self.text[begin.min(self.text.len())..].starts_with(b"<![CDATA[") => {
                let end = memchr::memmem::find(&self.text[begin..self.line_end()], b"]]>")
                    .map(|end| begin + end)?;
                return self.judge(begin + 9, end.max(begin + 9));
            }
            _ => begin,
        };
        let begin = self.tagged(begin, separator);
        for quote in [b'"', b'\''] {
            if self.text[begin.min(self.text.len())..].starts_with(&[quote; 3]) {
                return self.tripled(begin + 3, quote);
            }
        }
        if let Some(inner) = self.nested(begin) {
            return self.take(inner, Separator::Comma, true);
        }
        if let Some(end) = self.list(begin) {
            return Some(end);
        }
        let outer = begin;
        let begin = self.wrapped(begin);
        if begin >= self.text.len() || matches!(self.at(begin), b'\n' | b'\r') {
            return self.goes_on(begin, separator);
        }
        if separator == Separator::Colon
            && let Some(how) = self.block(begin)
        {
            return self.opens(how);
        }
        if trimmed(&self.text[begin..self.line_end().max(begin)]) == b"Some(" {
            return self.opens(Continued::Item);
        }
        let (start, end, closed) = self.extent(begin, separator, quoted);
        let value = trimmed(&self.text[start..end]);
        let value = if start == begin { lines::without_line_ends(value)? } else { value };
        if self.is_member(outer, begin, value) {
            return None;
        }
        // A list of nothing but remarks was looked at above.
        let is_remark = self.at(outer) == b'[' && prose::is_of_a_state(value);
        let is_prose = is_remark || self.is_sentence(value, start == begin, separator, quoted);
        let taken = self.judge_as(start, start + value.len(), is_prose);
        let is_open = mark::length(value).is_none()
            && !closed
            && taken.is_some()
            && self.suspicion == Suspicion::Certain
            && separator != Separator::Tag;
        if taken.is_some()
            && value.ends_with(b"\\")
            && start + value.len() == trimmed(&self.text[..self.line_end()]).len()
        {
            self.opens(Continued::Item);
        }
        if is_open && self.is_assignment() && value.len() < 4096 {
            self.opens(Continued::Quoted(self.text[start - 1]));
        }
        if separator == Separator::Colon
            && !quoted
            && start == begin
            && taken.is_some()
            && self.suspicion == Suspicion::Certain
            && end == self.line_end()
            && self.is_assignment()
        {
            self.opens(Continued::Folded(self.indentation()));
        }
        taken
    }

    /// Passes a tag or an anchor of YAML: `!!str x`, `&name x`.
    fn tagged(&self, begin: usize, separator: Separator) -> usize {
        let is_tag = self.text[begin..].starts_with(b"!!") || self.text[begin..].starts_with(b"&");
        if separator != Separator::Colon || !is_tag {
            return begin;
        }
        let length = self.text[begin..]
            .iter()
            .skip(1)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_!-".contains(byte))
            .count();
        let next = self.blanks(begin + 1 + length);
        if self.at(begin + 1 + length) == b' ' && next < self.line_end() { next } else { begin }
    }

    /// `"""x"""`, on this line or until it is closed on another.
    fn tripled(&mut self, begin: usize, quote: u8) -> Option<usize> {
        let rest = &self.text[begin..self.line_end().max(begin)];
        let close = memchr::memmem::find(rest, &[quote; 3]);
        let value = trimmed(&rest[..close.unwrap_or(rest.len())]).len();
        if close.is_none() && self.suspicion >= Suspicion::Likely {
            self.opens(Continued::Tripled(quote));
        }
        self.judge(begin, begin + value)
    }

    /// `{"value": "x"}` in the place of a value.
    fn nested(&self, begin: usize) -> Option<usize> {
        let rest = self.text.get(begin..self.line_end().max(begin))?.strip_prefix(b"{")?;
        let name =
            rest.trim_ascii_start().strip_prefix(b"\"value\"")?.trim_ascii_start().strip_prefix(b":")?;
        let value = name.trim_ascii_start();
        value.starts_with(b"\"").then_some(self.line_end() - value.len())
    }

    /// `["x", "y"]`: each of them, and those on the next lines if the list goes on. What is wrong with an entry of a
    /// form is told in such a list as well.
    fn list(&mut self, begin: usize) -> Option<usize> {
        let line_end = self.line_end();
        if self.at(begin) != b'[' || begin >= line_end || self.suspicion < Suspicion::Likely {
            return None;
        }
        let rest = self.text[begin + 1..line_end].trim_ascii();
        if rest.is_empty() {
            return self.opens(Continued::List);
        }
        let (mut at, mut taken) = (self.blanks(begin + 1), None);
        while matches!(self.at(at), b'"' | b'\'') && at < line_end {
            let quote = self.at(at);
            let close = self.closing(at + 1, line_end, quote, 0)?;
            let is_remark = prose::is_of_a_state(&self.text[at + 1..close]);
            taken = self.judge_as(at + 1, close, is_remark).or(taken);
            at = self.blanks(close + 1);
            if self.at(at) != b',' {
                break;
            }
            at = self.blanks(at + 1);
        }
        taken
    }

    /// Whether a quote that was opened before the key is still open: then the next one closes it.
    pub(super) fn is_inside(&self, quote: u8) -> bool {
        self.line.is_open[usize::from(quote == b'\'')]
    }

    /// Passes what stands around a value without being one: `Some(`, `b"`, `Secret(`.
    pub(super) fn wrapped(&self, begin: usize) -> usize {
        let word = self.text[begin.min(self.text.len())..]
            .iter()
            .take(24)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:@&".contains(byte))
            .count();
        let mut at = begin + word;
        while matches!(self.at(at), b'(' | b'[' | b'{') && at < begin + word + 3 {
            at += 1;
        }
        if at > begin + word
            && matches!(self.at(at), b'b' | b'r' | b'u')
            && matches!(self.at(at + 1), b'"' | b'\'')
        {
            at += 1;
        }
        let quote = self.blanks(at) + usize::from(self.at(at) == b'\\');
        let wraps = (word > 0 || at > begin) && matches!(self.at(quote), b'"' | b'\'');
        // A word directly before a quote is a prefix of one or two letters.
        let prefix = self.text.get(begin..begin + word).unwrap_or_default();
        let is_prefix = word <= 2 && !prefix.iter().any(u8::is_ascii_digit);
        if wraps && (at > begin + word || is_prefix) { self.blanks(at) } else { begin }
    }

    /// Takes what has an end of its own, such as a quote, if it is a secret; where it ends.
    pub(super) fn judge(&mut self, start: usize, end: usize) -> Option<usize> {
        let is_prose = self.suspicion < Suspicion::Certain && prose::is_prose(&self.text[start..end]);
        self.judge_as(start, end, is_prose)
    }

    /// The same, where it is known whether a sentence stands there.
    fn judge_as(&mut self, start: usize, end: usize, is_prose: bool) -> Option<usize> {
        let value = &self.text[start..end];
        // What has two slashes before it is an address, and its password is found there.
        let is_url = value.starts_with(b"//") || value.starts_with(b"%2F%2F") || value.starts_with(b"%2f%2f");
        let head = &value[..value.len().min(worth::ENOUGH)];
        let is_url = is_url && !head.iter().any(|byte| b"[]{}<>()^|".contains(byte));
        // What was taken before is read as far as it was then.
        if mark::length(value) == Some(value.len()) {
            return Some(end);
        }
        if value.is_empty()
            || (is_url && self.suspicion < Suspicion::Certain)
            || mark::is_in(self.text, start, end)
        {
            return None;
        }
        if let Some(scheme) = header::scheme(value) {
            let token = trimmed(&value[scheme..]);
            let secret = token.len() >= 6 && !worth::is_stand_in(token);
            return secret.then(|| self.hit(start + scheme, start + scheme + token.len()));
        }
        if is_phrase(value) && is_of_a_wallet(self.word()) {
            return Some(self.hit(start, end));
        }
        if is_prose {
            return None;
        }
        let is_known = self.suspicion >= Suspicion::Likely && (self.weak)(value);
        let is_pair =
            self.suspicion == Suspicion::Faint && value.len() >= 8 && places::decodes_to_a_pair(value);
        let is_secret = is_secret(value, self.suspicion) && !self.is_name_of_an_entry(value);
        (is_known || is_pair || is_secret).then(|| self.hit(start, end))
    }

    pub(super) fn hit(&mut self, start: usize, end: usize) -> usize {
        self.hits.push(Hit { start, end, what: What::Secret(self.rule()) });
        end
    }

    pub(super) fn rule(&self) -> Rule {
        match self.suspicion {
            Suspicion::Certain => "password",
            Suspicion::Likely => "token",
            Suspicion::Faint => "random",
        }
    }

    /// Where the value is: its first byte, the byte after its last, and whether it ends on this line.
    pub(super) fn extent(&self, begin: usize, separator: Separator, quoted: bool) -> (usize, usize, bool) {
        let line_end = memchr::memchr(b'\n', &self.text[begin..]).map_or(self.text.len(), |at| begin + at);
        let escapes = self.text[begin..line_end].iter().take_while(|byte| **byte == b'\\').count();
        let quote = self.at(begin + escapes);
        if matches!(quote, b'"' | b'\'' | b'`') {
            let start = begin + escapes + 1;
            return match self.closing(start, line_end, quote, escapes) {
                Some(end) => (start, end, true),
                None => (start, line_end, escapes > 0),
            };
        }
        if self.text[begin..line_end].starts_with(b"&quot;") {
            let start = begin + 6;
            let end = memchr::memmem::find(&self.text[start..line_end], b"&quot;")
                .map_or(line_end, |at| start + at);
            return (start, end, true);
        }
        (begin, self.bare(begin, line_end, separator, quoted), true)
    }

    /// Where a quoted value is closed: at the same quote with as many backslashes before it as opened it; a doubled
    /// quote is a part of the value.
    pub(super) fn closing(&self, start: usize, line_end: usize, quote: u8, escapes: usize) -> Option<usize> {
        let mut at = start;
        loop {
            at += memchr::memchr(quote, self.text.get(at..line_end)?)?;
            let before = self.text[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            let closes = if escapes == 0 { quote == b'\'' || before % 2 == 0 } else { before <= escapes };
            let doubled =
                escapes == 0 && quote == b'\'' && self.at(at + 1) == quote && at + 1 < line_end && at > start;
            if closes && !doubled {
                return Some(at - before.min(escapes));
            }
            at += if doubled { 2 } else { 1 };
        }
    }

    /// Where a value without quotes ends.
    pub(super) fn bare(&self, begin: usize, line_end: usize, separator: Separator, quoted: bool) -> usize {
        let rest = &self.text[begin..line_end.max(begin)];
        if separator == Separator::Tag {
            return begin + memchr::memchr(b'<', rest).unwrap_or(0);
        }
        if separator == Separator::Cell {
            return begin + trimmed(&rest[..memchr::memchr(b'|', rest).unwrap_or(rest.len())]).len();
        }
        // `InstrumentationKey=x;Endpoint=y`: a password may hold what looks like the next pair, a token does not.
        let pair = |end: usize| {
            let has_pairs = self.suspicion < Suspicion::Certain && separator == Separator::Equals;
            let next = has_pairs.then(|| next_pair(&self.text[begin..end])).flatten();
            next.map_or(end, |next| begin + next)
        };
        if let Some(end) = self.end_of_the_quote(begin, line_end) {
            return pair(end);
        }
        // `Pwd={a;b}}c}` of ODBC
        if rest.first() == Some(&b'{')
            && !rest.starts_with(b"{{")
            && separator == Separator::Equals
            && let Some(end) = odbc(rest)
        {
            return begin + end;
        }
        // An object that goes on in the next line, also in a string.
        if rest.starts_with(b"{\\") || trimmed(rest) == b"{" {
            return begin;
        }
        if self.is_whole_line(separator, quoted) {
            // The key of a wallet may stand anywhere on a line, and again and again.
            let longest = if self.is_assignment() { rest.len() } else { rest.len().min(PHRASE) };
            return pair(begin + whole_line(&rest[..longest]));
        }
        // `DB_PASSWORD=[value]`
        if rest.first() == Some(&b'[')
            && let Some(close) = memchr::memchr(b']', rest)
            && rest.get(close + 1).is_none_or(u8::is_ascii_whitespace)
        {
            return begin + close + 1;
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>;,&)]}|".contains(byte) || *byte < 0x20;
        let run = || begin + rest.iter().position(ends).unwrap_or(rest.len());
        let mut end = self.line.run(begin, run).min(line_end) - begin;
        // A password may hold what ends values elsewhere: `p=a,b` is one word in all but lists.
        while end < rest.len()
            && self.suspicion == Suspicion::Certain
            && b",;)]}|<>&".contains(&rest[end])
            && separator == Separator::Equals
        {
            let after = rest.get(end + 1).copied().unwrap_or(b' ');
            let next =
                rest[end + 1..].iter().take_while(|byte| is_key_byte(**byte) || **byte == b' ').count();
            let is_next_pair = rest.get(end + 1 + next).is_some_and(|byte| b"=:".contains(byte))
                || self.text[self.line_start()..self.key.start].contains(&rest[end]);
            let is_markup = b"<>".contains(&rest[end])
                && (after == b'/' || self.text[self.line_start()..self.key.start].contains(&b'<'));
            if after.is_ascii_whitespace() || b"\"'`}])".contains(&after) || is_next_pair || is_markup {
                break;
            }
            end += 1 + rest[end + 1..].iter().position(ends).unwrap_or(rest.len() - end - 1);
        }
        begin + end
    }

    /// Where the quote ends whose first word the key is: `"PASSWORD=a b"`, `'--password=a b'`, `"X-Api-Key: x"`.
    fn end_of_the_quote(&self, begin: usize, line_end: usize) -> Option<usize> {
        let dashes =
            self.text[..self.key.start].iter().rev().take(2).take_while(|byte| **byte == b'-').count();
        let at = (self.key.start - dashes).checked_sub(1)?;
        let quote = self.text[at];
        let escapes = self.text[..at].iter().rev().take(8).take_while(|byte| **byte == b'\\').count();
        // A key in quotes of its own is closed before its value.
        let opens = matches!(quote, b'"' | b'\'' | b'`') && !self.closing_quote(self.key.end).1;
        self.closing(begin, line_end, quote, escapes).filter(|_| opens)
    }

    /// Whether the rest of the line is the value: assignments at the beginning of a line, as settings have them.
    pub(super) fn is_whole_line(&self, separator: Separator, quoted: bool) -> bool {
        if quoted || !matches!(separator, Separator::Equals | Separator::Colon) {
            return false;
        }
        if is_of_a_wallet(self.word()) {
            return true;
        }
        self.is_assignment()
    }

    /// Whether the key is the first thing on its line, but for what settings put before one.
    pub(super) fn is_assignment(&self) -> bool {
        let mut before = self.text[self.line_start()..self.key.start].trim_ascii_start();
        // `[password] => x`
        if self.at(self.key.end) == b']' {
            before = before.strip_suffix(b"[").unwrap_or(before);
        }
        for word in [
            &b"#"[..],
            b";",
            b"//",
            b"- ",
            b"export ",
            b"declare -x ",
            b"set ",
            b"setenv ",
            b"ENV ",
            b"ARG ",
            b"Environment=",
            b"environment.",
            b"--",
            b"\"",
            b"'",
            b"SetEnv ",
            b"let ",
            b"const ",
            b"var ",
        ] {
            while let Some(rest) = before.strip_prefix(word) {
                before = rest.trim_ascii_start();
            }
        }
        before.is_empty()
    }
}

/// Twelve words or more, as wallets give them (BIP 39).
fn is_phrase(value: &[u8]) -> bool {
    if value.len() > PHRASE {
        return false;
    }
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut count = 0;
    words.by_ref().all(|word| {
        count += 1;
        (3..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase)
    }) && count >= 12
}

pub(super) fn is_of_a_wallet(key: &[u8]) -> bool {
    let key = key.to_ascii_lowercase();
    [&b"seed"[..], b"mnemonic", b"phrase", b"recovery", b"wallet"]
        .iter()
        .any(|word| memchr::memmem::find(&key, word).is_some())
}

/// The end of a value in braces, in which a closing brace is doubled.
fn odbc(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'}', &rest[at..])?;
        if rest.get(at + 1) != Some(&b'}') {
            break;
        }
        at += 2;
    }
    // A password may begin with a brace. What follows the closing one of a pair ends the string, or is the next pair.
    let after = &rest[at + 1..];
    let next = after.strip_prefix(b";").unwrap_or(b"");
    let key = next.iter().take_while(|byte| is_key_byte(**byte) || **byte == b' ').count();
    let ends = |rest: &[u8]| {
        rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`\\".contains(byte))
            || rest.starts_with(b"</")
            || rest.starts_with(b"&quot;")
    };
    let closes = ends(after) || (after[0] == b';' && (ends(next) || next.get(key) == Some(&b'=')));
    closes.then_some(at + 1)
}

/// Where `;key=` stands.
fn next_pair(rest: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b';', rest).find(|at| {
        let next = &rest[at + 1..];
        let key = next.iter().take_while(|byte| is_key_byte(**byte)).count();
        key > 1 && next.get(key) == Some(&b'=')
    })
}

/// The length of a value that reaches to the end of its line, or to a comment, or to the next pair of `key=value`.
fn whole_line(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(blank) = rest[at..].iter().position(u8::is_ascii_whitespace) {
        let next = at + blank + 1;
        let word = &rest[next..];
        if word.first() == Some(&b'#')
            || word.starts_with(b"//")
            || word.starts_with(b"&& ")
            || word.starts_with(b"| ")
            || word.starts_with(b"-")
        {
            return at + blank;
        }
        let key = word.iter().take_while(|byte| is_key_byte(**byte)).count();
        if key > 0 && word.get(key) == Some(&b'=') {
            return at + blank;
        }
        at = next;
    }
    rest.len()
}
