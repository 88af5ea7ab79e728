//! Keys and their values, as every notation writes them: settings, JSON in JSON, YAML, XML, debug output, headers,
//! query parameters, command lines, connection strings. Wherever a word could be a part of a key, the whole key is
//! read, then what parts it from its value, then the value. It stays within one line; a value that goes on is
//! announced to whoever reads the lines.

use std::collections::HashMap;

use super::keys::{self, Suspicion, suspicion};
use super::mark::Rule;
use super::worth::{self, is_secret};
use super::{Hit, What, mark};

/// A value that is not at its end where the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The end of the line, in bytes from the beginning of the text.
    pub at: usize,
    /// How it goes on.
    pub how: Continued,
}

/// How a value goes on in the next lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continued {
    /// In lines that are indented by more than this, as a block of YAML is.
    Indented(usize),
    /// Until this quote is closed.
    Quoted(u8),
    /// The next line has it, under the key `value`.
    Named,
    /// The next line is it, between two tags.
    Enclosed,
}

/// The keys of one text and how far each is to be suspected: the same few stand on every line.
pub type Seen<'t> = HashMap<&'t [u8], Option<Suspicion>>;

/// What is known of the text around a word, and what is found there.
pub struct Around<'t, 'h> {
    /// The text.
    pub text: &'t [u8],
    /// The keys so far.
    pub seen: Seen<'t>,
    /// Tells of a value that it is one of the machine's own secrets, although it is an ordinary word.
    pub weak: &'h dyn Fn(&[u8]) -> bool,
    /// Where hits go.
    pub hits: &'h mut Vec<Hit>,
    /// Where values go that are not at their end where the line is.
    pub opened: &'h mut Vec<Opened>,
}

/// Looks at the word at this place, which has a part of a key in it: the secret under that key, and how far the text
/// has been read by it. `done` is how far it had been read before.
pub fn at(around: &mut Around<'_, '_>, found: std::ops::Range<usize>, done: usize) -> usize {
    if found.start < done {
        return done;
    }
    let text = around.text;
    let key = whole_key(text, found.start, found.end);
    let word = &text[key.start..key.end];
    // A part of a path names a page, not a value; and `${PASSWORD:?why}` is the shell's.
    let is_page = key.start > 0 && text[key.start - 1] == b'/' && !text[..key.start].ends_with(b"//");
    if is_page || text[..key.start].ends_with(b"${") {
        return key.end;
    }
    let suspicion = *around.seen.entry(word).or_insert_with(|| suspicion(word));
    let Some(suspicion) = suspicion.max(after_a_word(text, key)) else { return key.end };
    let Around { weak, hits, opened, .. } = around;
    let mut place = Place { text, key, suspicion, weak, hits, opened };
    // A value may be a key in turn, as in `token: password=x`: what is taken is not looked at again.
    place.value().map_or(key.end, |end| end.max(key.end))
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

fn whole_key(text: &[u8], start: usize, end: usize) -> Key {
    let floor = start.saturating_sub(keys::LONGEST);
    let before = text[floor..start].iter().rev().take_while(|byte| is_key_byte(**byte)).count();
    let roof = text.len().min(end + keys::LONGEST);
    let after = text[end..roof].iter().take_while(|byte| is_key_byte(**byte)).count();
    let mut key = Key { start: start - before, end: end + after };
    while key.start < start && b"-.".contains(&text[key.start]) {
        key.start += 1;
    }
    while key.end > end && b"-.".contains(&text[key.end - 1]) {
        key.end -= 1;
    }
    key
}

/// `unseal key 2: x`, `api key: x`: a key of two words.
fn after_a_word(text: &[u8], key: Key) -> Option<Suspicion> {
    let word = &text[key.start..key.end];
    if !word.eq_ignore_ascii_case(b"key") && !word.eq_ignore_ascii_case(b"keys") {
        return None;
    }
    let before = text[..key.start].strip_suffix(b" ")?;
    let length = before.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    keys::makes_a_key(&before[before.len() - length..]).then_some(Suspicion::Likely)
}

/// Where a key stands.
#[derive(Debug, Clone, Copy)]
struct Key {
    start: usize,
    end: usize,
}

/// What is between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// `=`, and what is like it.
    Equals,
    /// `:`
    Colon,
    /// The end of a tag of XML.
    Tag,
    /// Blanks, after an option of a command or in front of a quote.
    Blanks,
    /// A comma between two quoted words.
    Comma,
}

struct Place<'t, 'h> {
    text: &'t [u8],
    key: Key,
    suspicion: Suspicion,
    weak: &'h dyn Fn(&[u8]) -> bool,
    hits: &'h mut Vec<Hit>,
    opened: &'h mut Vec<Opened>,
}

impl Place<'_, '_> {
    fn at(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(b'\n')
    }

    fn blanks(&self, mut at: usize) -> usize {
        while matches!(self.at(at), b' ' | b'\t') && at < self.text.len() {
            at += 1;
        }
        at
    }

    fn word(&self) -> &[u8] {
        &self.text[self.key.start..self.key.end]
    }

    fn line_start(&self) -> usize {
        memchr::memrchr(b'\n', &self.text[..self.key.start]).map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.text[self.key.end..]).map_or(self.text.len(), |at| self.key.end + at)
    }

    /// Reads what follows the key; the end of the value that was taken.
    fn value(&mut self) -> Option<usize> {
        let (after, quoted) = self.closing_quote(self.key.end);
        let Some((separator, begin)) = self.separator(after, quoted) else {
            return self.beside(after, quoted);
        };
        if self.is_header() {
            return self.header(begin);
        }
        let taken = self.take(begin, separator, quoted);
        // `{"name": "PASSWORD", "value": "x"}`: what follows was the next key.
        taken.or_else(|| self.beside(after, quoted))
    }

    /// Passes the quote that closes a quoted key, with its backslashes, and a bracket around it.
    fn closing_quote(&self, from: usize) -> (usize, bool) {
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
        (from, false)
    }

    fn separator(&self, after: usize, quoted: bool) -> Option<(Separator, usize)> {
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
        for sign in
            [&b":::="[..], b"::=", b".=", b":=", b"=>", b"->", b"==", b"?=", b"+=", b"~=", b"||", b"::"]
        {
            if rest.starts_with(sign) {
                return Some((Separator::Equals, passes(sign.len())));
            }
        }
        for sign in
            [&b"%3D"[..], b"%3d", b"%3A", b"%3a", b"\\u003d", b"\\u003D", b"\\x3d", b"&#61;", b"&#x3D;"]
        {
            if rest.starts_with(sign) {
                return Some((Separator::Equals, at + sign.len()));
            }
        }
        match self.at(at) {
            b'=' => return Some((Separator::Equals, passes(1))),
            b':' => return Some((Separator::Colon, passes(1))),
            b'>' if self.is_tag(quoted) => return Some((Separator::Tag, passes(1))),
            // `"--password", "x"`, `setKey("password", "x")`
            b',' if quoted => {
                let next = passes(1);
                let opens = matches!(self.at(next), b'"' | b'\'' | b'\\' | b'`');
                let takes_two = self.is_option() || self.is_argument();
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
        if let Some(sign) = self.typed(at) {
            return Some((Separator::Equals, self.blanks(sign + 1)));
        }
        let says = [&b"is "[..], b"was ", b"is: ", b"to ", b"= "];
        if self.suspicion >= Suspicion::Likely
            && let Some(word) = says.iter().find(|word| rest.starts_with(word))
        {
            let value = self.blanks(at + word.len());
            return self.is_spoken(value).then_some((Separator::Blanks, value));
        }
        let parts = self.is_option()
            || self.at(after) == b'\t'
            || self.is_directive()
            || matches!(self.at(at), b'"' | b'\'');
        (parts && self.suspicion >= Suspicion::Likely && !quoted).then_some((Separator::Blanks, at))
    }

    /// The sign after a type, as in `var token string = "x"`.
    fn typed(&self, at: usize) -> Option<usize> {
        let length = self.text[at..]
            .iter()
            .take(12)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'*')
            .count();
        let is_type = [&b"string"[..], b"String", b"str", b"text", b"char", b"char*", b"varchar"]
            .contains(&&self.text[at..at + length]);
        let sign = self.blanks(at + length);
        (is_type && self.at(sign) == b'=').then_some(sign)
    }

    /// `token,x,` of a table.
    fn is_listed(&self, at: usize) -> bool {
        let length = self.text[at..].iter().take(256).take_while(|byte| is_key_byte(**byte)).count();
        let word = &self.text[at..at + length];
        word.len() >= 16 && (worth::is_uuid(word) || (worth::is_random(word) && !worth::is_readable(word)))
    }

    /// Whether what is said to be the secret looks like one: a sentence may go on in any way.
    fn is_spoken(&self, at: usize) -> bool {
        let end = at + self.text[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let word = trimmed(&self.text[at..end]);
        let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        matches!(self.at(at), b'"' | b'\'' | b'`')
            || (word.len() >= 6 && letters < word.len() && worth::is_token(word))
    }

    /// `--password x`, `-password x`
    fn is_option(&self) -> bool {
        let before = self.key.start.checked_sub(1).map_or(b' ', |at| self.text[at]);
        let first = self.key.start.checked_sub(2).map_or(b' ', |at| self.text[at]);
        before == b'-' && (first == b'-' || first.is_ascii_whitespace() || b"\"'".contains(&first))
    }

    /// `set("password", "x")`
    fn is_argument(&self) -> bool {
        let before = self.text[self.line_start()..self.key.start].trim_ascii_end();
        before.len() >= 2 && before[before.len() - 2] == b'('
    }

    /// `password x` of netrc, `requirepass x`, `IDENTIFIED BY 'x'`
    fn is_directive(&self) -> bool {
        let word = self.word();
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"requirepass") || is(b"masterauth") {
            return true;
        }
        let line = &self.text[self.line_start()..self.key.start];
        let contains = |what: &[u8]| memchr::memmem::find(line, what).is_some();
        (is(b"password") || is(b"passwd") || is(b"secret"))
            && (contains(b"login ")
                || contains(b"machine ")
                || (line.iter().all(u8::is_ascii_whitespace) && self.is_one_word()))
    }

    /// Whether exactly one word follows on the line.
    fn is_one_word(&self) -> bool {
        let rest = self.text[self.key.end..self.line_end()].trim_ascii();
        let mixed = rest.iter().any(|byte| !byte.is_ascii_alphabetic() && !b".,:;!?)".contains(byte));
        mixed && !rest.iter().any(u8::is_ascii_whitespace)
    }

    /// `<password>x</password>`, `<entry key="password">x</entry>`
    fn is_tag(&self, quoted: bool) -> bool {
        let line = &self.text[self.line_start()..self.key.start];
        let open = memchr::memrchr(b'<', line);
        let closed = memchr::memrchr(b'>', line);
        let inside = open.is_some_and(|open| closed.is_none_or(|closed| closed < open));
        inside && (quoted || line.last() == Some(&b'<') || line.last() == Some(&b':'))
    }

    /// Takes the value that begins here if it is a secret; where it ends.
    fn take(&mut self, begin: usize, separator: Separator, quoted: bool) -> Option<usize> {
        if !quoted
            && separator != Separator::Comma
            && matches!(self.at(begin), b'"' | b'\'')
            && self.is_inside(self.at(begin))
        {
            return None;
        }
        let begin = self.wrapped(begin);
        if begin >= self.text.len() || matches!(self.at(begin), b'\n' | b'\r') {
            return self.goes_on(begin, separator);
        }
        if separator == Separator::Colon && matches!(self.at(begin), b'|' | b'>') && self.is_block(begin) {
            return self.opens(Continued::Indented(self.indentation()));
        }
        let (start, end, closed) = self.extent(begin, separator, quoted);
        let value = trimmed(&self.text[start..end]);
        let taken = self.judge(start, start + value.len());
        let is_open =
            !closed && taken.is_some() && self.suspicion == Suspicion::Certain && separator != Separator::Tag;
        if is_open && self.is_assignment() && value.len() < 4096 {
            self.opens(Continued::Quoted(self.text[start - 1]));
        }
        taken
    }

    /// Whether a quote that was opened before the key is still open: then the next one closes it.
    fn is_inside(&self, quote: u8) -> bool {
        let line = &self.text[self.line_start()..self.key.start];
        memchr::memchr_iter(quote, line)
            .filter(|at| at.checked_sub(1).is_none_or(|before| line[before] != b'\\'))
            .count()
            % 2
            == 1
    }

    /// Passes what stands around a value without being one: `Some(`, `b"`, `Secret(`.
    fn wrapped(&self, begin: usize) -> usize {
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
        if wraps && (at > begin + word || word <= 2) { self.blanks(at) } else { begin }
    }

    fn judge(&mut self, start: usize, end: usize) -> Option<usize> {
        let value = &self.text[start..end];
        // What has two slashes before it is an address, and its password is found there.
        let is_url = value.starts_with(b"//") || value.starts_with(b"%2F%2F") || value.starts_with(b"%2f%2f");
        if value.is_empty() || is_url || mark::length(value).is_some() {
            return None;
        }
        if let Some(scheme) = scheme(value) {
            let token = trimmed(&value[scheme..]);
            let secret = token.len() >= 6 && !worth::is_stand_in(token);
            return secret.then(|| self.hit(start + scheme, start + scheme + token.len()));
        }
        if is_phrase(value) && is_of_a_wallet(self.word()) {
            return Some(self.hit(start, end));
        }
        if self.is_prose(value) {
            return None;
        }
        let is_known = self.suspicion >= Suspicion::Likely && (self.weak)(value);
        (is_known || is_secret(value, self.suspicion)).then(|| self.hit(start, end))
    }

    /// Whether a sentence follows rather than a value.
    fn is_prose(&self, value: &[u8]) -> bool {
        const WORDS: &[&str] = &[
            "is",
            "are",
            "was",
            "be",
            "must",
            "not",
            "for",
            "the",
            "of",
            "to",
            "failed",
            "invalid",
            "required",
            "incorrect",
            "expired",
            "changed",
            "has",
            "have",
            "at",
            "least",
            "policy",
            "from",
            "with",
            "will",
            "should",
            "cannot",
            "can't",
            "could",
            "no",
            "in",
            "by",
            "you",
            "your",
            "please",
            "set",
            "using",
            "use",
            "and",
            "or",
            "if",
            "when",
            "missing",
            "found",
            "does",
            "a",
            "an",
            "this",
            "that",
        ];
        let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let many = value.iter().any(u8::is_ascii_whitespace);
        many && words.any(|word| {
            std::str::from_utf8(word).is_ok_and(|word| {
                WORDS.contains(&word.to_ascii_lowercase().trim_end_matches([',', '.', ';']))
            })
        })
    }

    fn hit(&mut self, start: usize, end: usize) -> usize {
        self.hits.push(Hit { start, end, what: What::Secret(self.rule()) });
        end
    }

    fn rule(&self) -> Rule {
        match self.suspicion {
            Suspicion::Certain => "password",
            Suspicion::Likely => "token",
            Suspicion::Faint => "random",
        }
    }

    /// Where the value is: its first byte, the byte after its last, and whether it ends on this line.
    fn extent(&self, begin: usize, separator: Separator, quoted: bool) -> (usize, usize, bool) {
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
    fn closing(&self, start: usize, line_end: usize, quote: u8, escapes: usize) -> Option<usize> {
        let mut at = start;
        loop {
            at += memchr::memchr(quote, &self.text[at..line_end])?;
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
    fn bare(&self, begin: usize, line_end: usize, separator: Separator, quoted: bool) -> usize {
        let rest = &self.text[begin..line_end];
        if separator == Separator::Tag {
            return begin + memchr::memchr(b'<', rest).unwrap_or(0);
        }
        // `Pwd={a;b}}c}` of ODBC
        if rest.first() == Some(&b'{')
            && !rest.starts_with(b"{{")
            && separator == Separator::Equals
            && let Some(end) = odbc(rest)
        {
            return begin + end;
        }
        if self.is_whole_line(separator, quoted) {
            return begin + whole_line(rest);
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>;,&)]}|".contains(byte) || *byte < 0x20;
        let mut end = rest.iter().position(ends).unwrap_or(rest.len());
        // A password may hold what ends values elsewhere: `p=a,b` is one word in all but lists.
        while end < rest.len()
            && self.suspicion == Suspicion::Certain
            && b",;)]}|".contains(&rest[end])
            && separator == Separator::Equals
        {
            let after = rest.get(end + 1).copied().unwrap_or(b' ');
            let next =
                rest[end + 1..].iter().take_while(|byte| is_key_byte(**byte) || **byte == b' ').count();
            let is_next_pair = rest.get(end + 1 + next).is_some_and(|byte| b"=:".contains(byte))
                || self.text[self.line_start()..self.key.start].contains(&rest[end]);
            if after.is_ascii_whitespace() || b"\"'`}])".contains(&after) || is_next_pair {
                break;
            }
            end += 1 + rest[end + 1..].iter().position(ends).unwrap_or(rest.len() - end - 1);
        }
        begin + end
    }

    /// Whether the rest of the line is the value: assignments at the beginning of a line, as settings have them.
    fn is_whole_line(&self, separator: Separator, quoted: bool) -> bool {
        if quoted || !matches!(separator, Separator::Equals | Separator::Colon) {
            return false;
        }
        self.is_assignment()
    }

    /// Whether the key is the first thing on its line, but for what settings put before one.
    fn is_assignment(&self) -> bool {
        let mut before = self.text[self.line_start()..self.key.start].trim_ascii_start();
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

    fn indentation(&self) -> usize {
        let start = self.line_start();
        self.text[start..self.key.start].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'-')).count()
    }

    /// `|`, `>-`, `|2+`: a block follows.
    fn is_block(&self, at: usize) -> bool {
        self.is_assignment()
            && self.text[at + 1..self.line_end().max(at + 1)]
                .iter()
                .all(|byte| b"+-0123456789 \r".contains(byte))
    }

    /// Nothing follows on this line: a block of YAML may, on the next.
    fn goes_on(&mut self, at: usize, separator: Separator) -> Option<usize> {
        let certain = self.suspicion == Suspicion::Certain && separator == Separator::Colon;
        if separator == Separator::Tag && self.suspicion >= Suspicion::Likely {
            return self.opens(Continued::Enclosed);
        }
        if certain && at <= self.text.len() && self.is_assignment() {
            return self.opens(Continued::Indented(self.indentation()));
        }
        None
    }

    fn opens(&mut self, how: Continued) -> Option<usize> {
        let at = self.line_end();
        self.opened.push(Opened { at, how });
        None
    }

    /// The key is itself a value, and its own value stands beside it: `name="password" value="x"`.
    fn beside(&mut self, after: usize, quoted: bool) -> Option<usize> {
        if self.suspicion < Suspicion::Likely {
            return None;
        }
        let line_end = self.line_end();
        let rest = &self.text[after..line_end];
        let window = &rest[..rest.len().min(48)];
        let named = [&b"value"[..], b"Value", b"VALUE", b"content", b"default", b"data"];
        let found =
            named.iter().filter_map(|name| Some((memchr::memmem::find(window, name)?, name.len()))).min();
        if let Some((at, length)) = found
            && window[..at].iter().all(|byte| byte.is_ascii_whitespace() || b"\\,;/{}\"'()|".contains(byte))
        {
            let (next, value_quoted) = self.closing_quote(after + at + length);
            let sign = self.blanks(next);
            if matches!(self.at(sign), b'=' | b':') {
                let begin = self.blanks(sign + 1);
                return self.take(begin, Separator::Comma, value_quoted);
            }
        }
        let line = &self.text[self.line_start()..self.key.start];
        let is_name = line.trim_ascii_start().trim_ascii_end();
        let is_name = is_name
            .strip_suffix(b"\"")
            .or_else(|| is_name.strip_suffix(b"'"))
            .unwrap_or(is_name)
            .trim_ascii_end();
        let is_name = line.trim_ascii_start().starts_with(b"variable \"")
            || is_name.ends_with(b"name:")
            || is_name.ends_with(b"\"name\":")
            || is_name.ends_with(b"key:")
            || is_name.ends_with(b"\"Name\":");
        if is_name && rest.iter().all(|byte| b" \r,{".contains(byte)) {
            return self.opens(Continued::Named);
        }
        self.nearby(after, quoted)
    }

    /// Something as random as only a secret is, a few words after the key.
    fn nearby(&mut self, after: usize, quoted: bool) -> Option<usize> {
        if quoted && self.at(after) == b':' {
            return None;
        }
        let line_end = self.line_end();
        let window = after..line_end.min(after + 40);
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte);
        let word = self.word().to_ascii_lowercase();
        let bears = [&b"token"[..], b"key", b"secret"].iter().any(|end| word.ends_with(end));
        let mut at = window.start;
        while at < window.end {
            // What stands in other quotes or brackets belongs to something else.
            if b"\"'`()<>{}[];".contains(&self.at(at)) && at > window.start {
                return None;
            }
            if !is_token(self.at(at)) {
                at += 1;
                continue;
            }
            let end = at + self.text[at..line_end].iter().take_while(|byte| is_token(**byte)).count();
            let word = trimmed(&self.text[at..end]);
            let random = worth::is_random(word) && !worth::is_readable(word) && !worth::is_stand_in(word);
            if word.len() >= 20 && (random || (bears && worth::is_uuid(word))) {
                return Some(self.hit(at, at + word.len()));
            }
            at = end;
        }
        None
    }

    /// `Authorization`, `Cookie` and their like: the value goes on to the end of the line or of the quote.
    fn is_header(&self) -> bool {
        let word = self.word();
        [&b"authorization"[..], b"proxy-authorization", b"cookie", b"set-cookie", b"www-authenticate"]
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
    }

    fn header(&mut self, begin: usize) -> Option<usize> {
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
            || self.is_prose(value)
        {
            return None;
        }
        Some(self.hit(start + scheme, start + value.len()))
    }

    fn cookies(&mut self, start: usize, end: usize) -> Option<usize> {
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

/// Twelve words or more, as wallets give them (BIP 39).
fn is_phrase(value: &[u8]) -> bool {
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut count = 0;
    words.by_ref().all(|word| {
        count += 1;
        (3..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase)
    }) && count >= 12
}

fn is_of_a_wallet(key: &[u8]) -> bool {
    let key = key.to_ascii_lowercase();
    [&b"seed"[..], b"mnemonic", b"phrase", b"recovery", b"wallet"]
        .iter()
        .any(|word| memchr::memmem::find(&key, word).is_some())
}

/// The length of the word of an authorization's scheme before the token itself, with the blank.
fn scheme(value: &[u8]) -> Option<usize> {
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

/// Without the blanks and the carriage return at its end.
fn trimmed(value: &[u8]) -> &[u8] {
    value.trim_ascii_end()
}

/// The end of a value in braces, in which a closing brace is doubled.
fn odbc(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'}', &rest[at..])?;
        if rest.get(at + 1) != Some(&b'}') {
            return Some(at + 1);
        }
        at += 2;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `[]` in the place of each secret, and what goes on.
    fn marked(text: &str) -> (String, Vec<Continued>) {
        let (mut hits, mut opened) = (Vec::new(), Vec::new());
        crate::redact::scan::find(text.as_bytes(), &|_| false, &mut hits, &mut opened);
        let mut out = String::new();
        let mut at = 0;
        hits.sort_by_key(|hit| hit.start);
        for hit in hits {
            out += &text[at..hit.start];
            out += "[]";
            at = hit.end;
        }
        (out + &text[at..], opened.into_iter().map(|opened| opened.how).collect())
    }

    #[test]
    fn every_notation() {
        let mut wrong = Vec::new();
        for (text, expected) in [
            ("DB_PASSWORD=hunter2x", "DB_PASSWORD=[]"),
            ("export DB_PASSWORD='hunter two'", "export DB_PASSWORD='[]'"),
            ("  - DB_PASS=a,b;c", "  - DB_PASS=[]"),
            ("password = \"hun\\\"ter2\"  # why", "password = \"[]\"  # why"),
            ("PASSPHRASE=correct horse battery staple", "PASSPHRASE=[]"),
            ("ts=1 password=hunter2x user=bob", "ts=1 password=[] user=bob"),
            ("{\"password\":\"hunter2x\",\"user\":\"bob\"}", "{\"password\":\"[]\",\"user\":\"bob\"}"),
            ("\"{\\\"password\\\":\\\"hun\\\"}\"", "\"{\\\"password\\\":\\\"[]\\\"}\""),
            ("{\"pin\": 123456, \"n\": 2}", "{\"pin\": [], \"n\": 2}"),
            ("{'password': 'hunter2x', 'n': 1}", "{'password': '[]', 'n': 1}"),
            ("Config { password: Some(\"hunter2x\"), n: 1 }", "Config { password: Some(\"[]\"), n: 1 }"),
            ("password: Secret(b\"hunter2x\")", "password: Secret(b\"[]\")"),
            ("map[password:hunter2x user:bob]", "map[password:[] user:bob]"),
            ("<password>hunter2x</password>", "<password>[]</password>"),
            ("<entry key=\"password\">hunter2x</entry>", "<entry key=\"password\">[]</entry>"),
            ("<add name=\"Password\" value=\"hunter2x\" />", "<add name=\"Password\" value=\"[]\" />"),
            (
                "{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2x\"}",
                "{\"name\":\"DB_PASSWORD\",\"value\":\"[]\"}",
            ),
            ("Authorization: Bearer abc.def-123", "Authorization: Bearer []"),
            ("-H 'Authorization: ApiKey xyz123' -d x", "-H 'Authorization: ApiKey []' -d x"),
            ("Cookie: sid=abc; theme=dark", "Cookie: sid=[]; theme=[]"),
            ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=[]; Path=/; HttpOnly"),
            ("X-Api-Key: a1b2c3d4e5f6", "X-Api-Key: []"),
            ("GET /x?token=a1b2c3d4e5&page=2 HTTP/1.1", "GET /x?token=[]&page=2 HTTP/1.1"),
            ("GET /x?a=1&token%3Da1b2c3d4e5 HTTP/1.1", "GET /x?a=1&token%3D[] HTTP/1.1"),
            ("cmd --password hunter2x --user bob", "cmd --password [] --user bob"),
            ("cmd --password=hunter2x --user bob", "cmd --password=[] --user bob"),
            ("[\"cmd\", \"--password\", \"hunter2x\"]", "[\"cmd\", \"--password\", \"[]\"]"),
            ("[\"DB_PASS=hunter2x\", \"A=b\"]", "[\"DB_PASS=[]\", \"A=b\"]"),
            ("Server=db;Uid=sa;Pwd=Xk9#mQ2!v;Encrypt=True;", "Server=db;Uid=sa;Pwd=[];Encrypt=True;"),
            ("Driver=x;Pwd={a}}b;c};X=1", "Driver=x;Pwd=[];X=1"),
            ("machine h login bob password hunter2x", "machine h login bob password []"),
            ("requirepass hunter2x", "requirepass []"),
            ("the password is hunter2x9, says bob", "the password is [], says bob"),
            ("password -> hunter2x", "password -> []"),
            ("password\thunter2x", "password\t[]"),
            ("user=bob%x,pass=hunter2x,uid=1", "user=bob%[],pass=[],uid=1"),
            ("IDENTIFIED BY PASSWORD 'hunter2x'", "IDENTIFIED BY PASSWORD '[]'"),
            ("datadog_key = 'a8f5f167f44f4964e6c998dee827110c'", "datadog_key = '[]'"),
            ("password: 'it''s'", "password: '[]'"),
        ] {
            if marked(text).0 != expected {
                wrong.push((marked(text).0, expected));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_only_looks_like_a_pair_stays() {
        for text in [
            "password: ${DB_PASSWORD}",
            "password_file: /run/secrets/db",
            "token: 17",
            "max_tokens=512",
            "cache key: user:42:profile",
            "Key: (id)=(7)",
            "Basic health checks passed",
            "Password: authentication failed for user bob",
            "password must be at least 8 characters",
            "token expired at 2026-01-02T03:04:05Z",
            "\"token_type\": \"Bearer\"",
            "keyboard: us",
            "monkey=patch1234567890abc",
            "passed: 12 failed: 0",
            "pass: true",
            "the key is missing",
            "no password set for bob",
            "author=someone",
            "tokens_used=12345",
            "session opened for user root",
            "secret: false",
            "Pwd=%DB_PASSWORD%;",
        ] {
            assert_eq!(marked(text).0, text);
        }
    }

    #[test]
    fn what_goes_on_is_announced() {
        for (text, how) in [
            ("  password: |\n", Continued::Indented(2)),
            ("password:\n", Continued::Indented(0)),
            ("PASSWORD=\"first\n", Continued::Quoted(b'"')),
            ("  - name: DB_PASSWORD\n", Continued::Named),
        ] {
            assert_eq!(marked(text).1, [how], "{text}");
        }
    }
}
