//! Values that do not follow their key: a key that is itself a value, and what stands a few words further.

use super::*;

/// Nothing as long as this is a secret only because it stands beside a telling word.
const LONGEST: usize = 4 << 10;

impl Place<'_, '_> {
    /// The key is itself a value, and its own value stands beside it: `name="password" value="x"`.
    pub(super) fn beside(&mut self, after: usize, quoted: bool) -> Option<usize> {
        if self.suspicion < Suspicion::Likely {
            return None;
        }
        if let Some(taken) = self.element(after) {
            return taken;
        }
        let line_end = self.line_end();
        let left = self.text[after..line_end].trim_ascii();
        if self.is_option() && (left.is_empty() || left == b",") {
            return self.opens(Continued::Item);
        }
        // `"method": "login_with_api_key",` and `"params": [` below it
        if quoted && left == b"," && self.word().ends_with(b"_with_api_key") {
            return self.opens(Continued::Arguments);
        }
        let is_part = |line: &[u8]| memchr::memmem::find(line, b"form-data").is_some();
        if quoted && left.is_empty() && is_part(&self.text[self.line_start()..self.key.start]) {
            return self.opens(Continued::Part);
        }
        if let Some(taken) = self.turned(quoted).or_else(|| self.above()).or_else(|| self.inserted(after)) {
            return Some(taken);
        }
        let rest = &self.text[after..line_end];
        let window = &rest[..rest.len().min(48)];
        let named = [&b"value"[..], b"Value", b"VALUE", b"content", b"default", b"data"];
        let is_sign = |byte: &&u8| byte.is_ascii_whitespace() || b"\\,;/{}\"'()|".contains(byte);
        let at = window.iter().take_while(is_sign).count();
        let name = named.iter().find(|name| window[at..].starts_with(name));
        if let Some(length) = name.map(|name| name.len()) {
            let (next, value_quoted) = self.closing_quote(after + at + length);
            let sign = self.blanks(next);
            if matches!(self.at(sign), b'=' | b':') {
                let begin = self.blanks(sign + 1);
                return self.take(begin, Separator::Comma, value_quoted);
            }
        }
        if rest.iter().all(|byte| b" \r,{".contains(byte)) && self.is_value_of_a_name() {
            return self.opens(Continued::Named);
        }
        self.nearby(after, quoted)
    }

    /// `name: PASSWORD`, `variable "password"`: the key is the name of something that has a value.
    fn is_value_of_a_name(&self) -> bool {
        let line = self.text[self.line_start()..self.key.start].trim_ascii();
        let name =
            line.strip_suffix(b"\"").or_else(|| line.strip_suffix(b"'")).unwrap_or(line).trim_ascii_end();
        let ends = [&b"name:"[..], b"\"name\":", b"key:", b"\"Name\":"];
        self.text[self.line_start()..self.key.start].trim_ascii_start().starts_with(b"variable \"")
            || ends.iter().any(|end| name.ends_with(end))
    }

    /// `<key>password</key><string>x</string>`, on one line or two.
    fn element(&mut self, after: usize) -> Option<Option<usize>> {
        let line_end = self.line_end();
        let rest = self.text[after..line_end].strip_prefix(b"</")?;
        let close = memchr::memchr(b'>', rest)?;
        let next = rest[close + 1..].trim_ascii_start();
        if next.is_empty() {
            return Some(self.opens(Continued::Item));
        }
        let open =
            memchr::memchr(b'>', next).filter(|_| next.starts_with(b"<") && !next.starts_with(b"</"))?;
        let begin = line_end - next.len() + open + 1;
        Some(self.take(begin, Separator::Tag, true))
    }

    /// `{"value": "x", "name": "password"}`, `<input value="x" name="password">`: the value comes first.
    fn turned(&mut self, quoted: bool) -> Option<usize> {
        let line = &self.text[self.line_start()..self.key.start];
        let line = line.strip_suffix(b"\"").filter(|_| quoted)?.trim_ascii_end();
        let line = line.strip_suffix(b":").or_else(|| line.strip_suffix(b"="))?.trim_ascii_end();
        let line = line.strip_suffix(b"\"name\"").or_else(|| line.strip_suffix(b"name"))?.trim_ascii_end();
        let line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end().strip_suffix(b"\"")?;
        let open = memchr::memrchr(b'"', line)?;
        let before = line[..open].trim_ascii_end();
        let before = before.strip_suffix(b":").or_else(|| before.strip_suffix(b"="))?.trim_ascii_end();
        let named = before.ends_with(b"value\"") || before.ends_with(b"value");
        let start = self.line_start();
        let (start, end) = (start + open + 1, start + line.len());
        if named { self.judge(start, end) } else { None }
    }

    /// `value: x` and, below it, `name: PASSWORD`: the value stands in the line before.
    fn above(&mut self) -> Option<usize> {
        let before = self.text[..self.key.start].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before).trim_ascii_end();
        if !before.ends_with(b":") {
            return None;
        }
        let start = self.line_start();
        let name = self.text[start..self.key.start].trim_ascii_end();
        let name = name.strip_suffix(b"\"").unwrap_or(name).trim_ascii_end();
        // With a dash before it, it is the first of another item.
        let (column, b"name") = field(name).filter(|_| memchr::memchr(b'-', name).is_none())? else {
            return None;
        };
        let before = &self.text[..start.checked_sub(1)?];
        let above = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = &before[above..];
        let colon = memchr::memchr(b':', line)?;
        let (same, b"value") = field(&line[..colon + 1])? else { return None };
        if same != column {
            return None;
        }
        let value = line[colon + 1..].trim_ascii();
        let value = value.strip_suffix(b",").unwrap_or(value);
        let quote = value.first().copied().filter(|quote| value.len() >= 2 && b"\"'".contains(quote));
        let inner = match quote {
            Some(quote) => value.strip_prefix(&[quote])?.strip_suffix(&[quote])?,
            None => value,
        };
        let start = above + colon + 1 + memchr::memmem::find(&line[colon + 1..], inner)?;
        self.judge(start, start + inner.len())
    }

    /// `INSERT INTO users (name, password) VALUES ('bob', 'x')`: the values stand in the order of their columns.
    fn inserted(&mut self, after: usize) -> Option<usize> {
        if !matches!(self.at(self.blanks(after)), b',' | b')') {
            return None;
        }
        let end = self.line_end();
        let close = after + memchr::memchr(b')', &self.text[after..end])?;
        let mut at = self.blanks(close + 1);
        let values = self.text.get(at..at + 6).filter(|word| word.eq_ignore_ascii_case(b"values"))?;
        at = self.blanks(at + values.len());
        let line = &self.text[self.line_start()..self.key.start];
        let open = memchr::memrchr(b'(', line)?;
        let table = line[..open].trim_ascii_end();
        let table = table.iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let into = line[..open].trim_ascii_end();
        let into = into[..into.len() - table].trim_ascii_end();
        if !into.get(into.len().saturating_sub(5)..).is_some_and(|word| word.eq_ignore_ascii_case(b" into")) {
            return None;
        }
        let column = memchr::memchr_iter(b',', &line[open..]).count();
        let mut taken = None;
        while self.at(at) == b'(' && at < end {
            let row = row(&self.text[at + 1..end]);
            let (start, length) = *row.0.get(column)?;
            let (start, found) = (at + 1 + start, &self.text[at + 1 + start..at + 1 + start + length]);
            if let Some(inner) = found.strip_prefix(b"'").and_then(|inner| inner.strip_suffix(b"'")) {
                taken = self.judge(start + 1, start + 1 + inner.len()).or(taken);
            }
            at = self.blanks(at + 1 + row.1);
            at = self.blanks(at + usize::from(self.at(at) == b','));
        }
        taken
    }

    /// Something as random as only a secret is, a few words after the key.
    pub(super) fn nearby(&mut self, after: usize, quoted: bool) -> Option<usize> {
        if quoted && self.at(after) == b':' {
            return None;
        }
        let line_end = self.line_end();
        let window = after..line_end.min(after + 40);
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte);
        let bears = || {
            let word = self.word().to_ascii_lowercase();
            [&b"token"[..], b"key", b"secret"].iter().any(|end| word.ends_with(end))
        };
        let mut at = window.start;
        while at < window.end {
            // What stands in other quotes or brackets belongs to something else.
            if b"\"'`()<>{}[];&".contains(&self.at(at)) && at > window.start {
                return None;
            }
            if !is_token(self.at(at)) {
                at += 1;
                continue;
            }
            let rest = &self.text[at..line_end.min(at + LONGEST)];
            let end = at + rest.iter().take_while(|byte| is_token(**byte)).count();
            if end == at + LONGEST {
                return None;
            }
            let word = trimmed(&self.text[at..end]);
            // Another pair, which is looked at by itself.
            if memchr::memchr(b'=', word).is_some_and(|sign| word[sign..].iter().any(|byte| *byte != b'=')) {
                return None;
            }
            let is_secret = || {
                let random = worth::is_random(word) && !worth::is_readable(word) && !worth::is_stand_in(word);
                random || (bears() && worth::is_uuid(word))
            };
            if word.len() >= 20 && is_secret() {
                return Some(self.hit(at, at + word.len()));
            }
            at = end;
        }
        None
    }
}

/// The name of a field and the column that it begins in, of what stands before its value: `  - "name":`.
fn field(before: &[u8]) -> Option<(usize, &[u8])> {
    let name = before.strip_suffix(b":")?.trim_ascii_end();
    let column = name.iter().position(|byte| !b" \t-".contains(byte))?;
    let name = &name[column..];
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
    Some((column, name))
}

/// Where each value of a row of SQL begins and how long it is, and how long the row is with its closing bracket.
fn row(text: &[u8]) -> (Vec<(usize, usize)>, usize) {
    let (mut values, mut from, mut at, mut quoted, mut depth) = (Vec::new(), 0, 0, false, 0);
    let value = |from: usize, at: usize| {
        let blanks = text[from..at].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        (from + blanks, trimmed(&text[from + blanks..at]).len())
    };
    while at < text.len() {
        match text[at] {
            b'\\' if quoted => at += 1,
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            sign @ (b',' | b')') if depth == 0 => {
                values.push(value(from, at));
                from = at + 1;
                if sign == b')' {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (values, text.len().min(at + 1))
}
