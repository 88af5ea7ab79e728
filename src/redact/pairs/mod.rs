//! Keys and their values, as every notation writes them: settings, JSON in JSON, YAML, XML, debug output, headers,
//! query parameters, command lines, connection strings. Wherever a word could be a part of a key, the whole key is
//! read, then what parts it from its value, then the value. It stays within one line; a value that goes on is
//! announced to whoever reads the lines.

mod alone;
mod beside;
mod code;
mod header;
mod lines;
mod prefix;
mod prose;
mod separator;
#[cfg(test)]
mod tests;
mod value;

use std::cell::Cell;
use std::collections::HashMap;

use super::keys::{self, Suspicion, suspicion};
use super::mark::Rule;
use super::worth::{self, is_secret};
use super::{Hit, What, mark, places};
pub use prefix::Shape;

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
    /// The same behind the prefix that a log has put before every line: its shape, and the blanks after it.
    Behind(Shape, usize),
    /// In words, one on each line, that are indented by more than this, as a plain value of YAML may be.
    Folded(usize),
    /// In pairs of `user:password` in lines that are indented by more than this.
    Accounts(usize),
    /// Until this quote is closed.
    Quoted(u8),
    /// The next line has it, under the key `value`.
    Named,
    /// The next line is it, between two tags.
    Enclosed,
    /// The next line is it, as an item of a list, an argument or the rest of a cut line.
    Item,
    /// Each of the next lines is one, to the end of the list.
    List,
    /// The next line begins the list of arguments that it is in.
    Arguments,
    /// Until three of this quote stand together.
    Tripled(u8),
    /// The next line is it, if it is indented by more than this and one word; or a list of them begins there.
    Below(usize),
    /// Each of the next lines is one, as an item of a list that is indented by this.
    Items(usize),
    /// The next line that is not empty is it.
    Part,
}

/// The keys of one text and how far each is to be suspected: the same few stand on every line.
pub type Seen<'t> = HashMap<&'t [u8], Option<Suspicion>>;

/// What is known of the text around a word, and what is found there.
pub struct Around<'t, 'h> {
    /// The text.
    pub text: &'t [u8],
    /// The keys so far.
    pub seen: Seen<'t>,
    /// The line of the last of them.
    pub line: Line,
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
    // The name of a rule in a mark is no key.
    if let Some(end) = mark::around(text, found.start) {
        return end;
    }
    let key = whole_key(text, found.start, found.end);
    let word = &text[key.start..key.end];
    // A part of a path names a page, not a value; and `${PASSWORD:?why}` is the shell's.
    let is_page = key.start > 0 && text[key.start - 1] == b'/' && !text[..key.start].ends_with(b"//");
    // Something random that has a telling word in it by chance is a value, and found as one.
    if is_page || (word.len() > 20 && worth::is_random(word)) {
        return key.end;
    }
    if let Some(hit) = alone::find(text, key) {
        around.hits.push(hit);
        return key.end;
    }
    let suspicion = *around.seen.entry(word).or_insert_with(|| suspicion(word));
    let Some(suspicion) = suspicion.max(after_a_word(text, key)) else { return key.end };
    around.line.move_to(text, key.start);
    let Around { weak, hits, opened, line, .. } = around;
    let mut place = Place { text, key, suspicion, line, weak, hits, opened };
    if text[..key.start].ends_with(b"${") {
        return place.default().unwrap_or(key.end);
    }
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
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    let (is_phrase, is_key) = (is(b"phrase"), is(b"key") || is(b"keys"));
    let before = text[..key.start].strip_suffix(b" ").filter(|_| is_phrase || is_key)?;
    let length = before.iter().rev().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let first = &before[before.len() - length..];
    let makes_one = if is_phrase { value::is_of_a_wallet(first) } else { keys::makes_a_key(first) };
    makes_one.then_some(Suspicion::Likely)
}

/// The line of a key. It is kept from one key to the next, or those of a long line would take the square of its length.
#[derive(Debug, Default)]
pub struct Line {
    start: usize,
    end: usize,
    /// Up to here its quotes are counted.
    counted: usize,
    /// Whether a quote of this kind is open there: `"`, `'`.
    is_open: [bool; 2],
    /// The last stretch without a blank, a quote or another sign that ends a bare value.
    run: Cell<(usize, usize)>,
}

impl Line {
    /// Goes on to a key that begins here, which is behind the last one.
    fn move_to(&mut self, text: &[u8], key: usize) {
        if key >= self.end {
            let start = memchr::memrchr(b'\n', &text[self.end..key]).map_or(self.end, |at| self.end + at + 1);
            let end = memchr::memchr(b'\n', &text[key..]).map_or(text.len(), |at| key + at);
            *self = Self { start, end, counted: start, ..Self::default() };
        }
        let between = text.get(self.counted..key).unwrap_or_default();
        for at in memchr::memchr2_iter(b'"', b'\'', between).map(|at| self.counted + at) {
            if at == self.start || text[at - 1] != b'\\' {
                self.is_open[usize::from(text[at] == b'\'')] ^= true;
            }
        }
        self.counted = key;
    }

    /// Where the stretch ends that begins here, or goes on here.
    fn run(&self, begin: usize, end: impl FnOnce() -> usize) -> usize {
        let (from, to) = self.run.get();
        if !(from..to).contains(&begin) {
            self.run.set((begin, end()));
        }
        self.run.get().1
    }
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
    /// The border of two cells of a table.
    Cell,
}

struct Place<'t, 'h> {
    text: &'t [u8],
    key: Key,
    suspicion: Suspicion,
    line: &'h Line,
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
        self.line.start
    }

    fn line_end(&self) -> usize {
        self.line.end
    }

    /// `${PASSWORD:-x}`: what the shell takes where there is no other.
    fn default(&mut self) -> Option<usize> {
        let rest = &self.text[self.key.end..self.line_end()];
        let sign = [&b":-"[..], b":=", b"-"].iter().find(|sign| rest.starts_with(sign))?.len();
        let close = memchr::memchr(b'}', rest)?;
        self.judge(self.key.end + sign, self.key.end + close.max(sign))
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
}

/// Without the blanks and the carriage return at its end.
fn trimmed(value: &[u8]) -> &[u8] {
    value.trim_ascii_end()
}
