//! What is shown of an entry: the name of its container, then the line without its secrets, on the stream on which the
//! container wrote it. Lines of several containers never run into one another, and a line is shown when it has ended: of
//! one that comes in pieces, a secret may be in two of them.

use std::collections::BTreeMap;

use crate::failure::Result;
use crate::redact::Redactor;
use crate::ui::{Stream, Ui};

use super::entry::Entry;

/// So much is written at once where more is waiting.
const ENOUGH: usize = 256 << 10;

/// So much of a line is held back until it ends.
const LONGEST: usize = 128 << 10;

/// Where a line comes from: the key of the container, and whether it is its standard error.
type Source = (usize, bool);

/// Writes entries.
pub struct Printer<'a> {
    ui: &'a Ui,
    /// What takes secrets out.
    pub redactor: Redactor,
    /// The width of the longest name.
    pub width: usize,
    times: bool,
    /// The lines that have not ended, each with the name of its container.
    held: BTreeMap<Source, (String, Entry)>,
    waiting: Vec<u8>,
    to: Stream,
    /// Whose line has not ended yet.
    open: Option<usize>,
}

impl<'a> Printer<'a> {
    /// Writes to these streams; `times`: before each line stands when it was written.
    #[must_use]
    pub fn new(ui: &'a Ui, times: bool) -> Self {
        let redactor = Redactor::default();
        let (held, waiting) = (BTreeMap::new(), Vec::new());
        Self { ui, redactor, width: 0, times, held, waiting, to: Stream::Out, open: None }
    }

    /// Shows an entry of the container with this key and name, as soon as its line ends or is too long to be held back.
    pub fn put(&mut self, key: usize, name: &str, mut entry: Entry) -> Result<()> {
        let source = (key, entry.from == Stream::Err);
        if entry.begins {
            self.release(source)?;
        } else if let Some((_, mut held)) = self.held.remove(&source) {
            held.text.append(&mut entry.text);
            entry = held;
        }
        if entry.ends() || entry.text.len() >= LONGEST {
            return self.write(key, name, &entry);
        }
        self.held.insert(source, (name.to_string(), entry));
        Ok(())
    }

    /// Shows what is held back of the container with this key, whose log has ended.
    pub fn ended(&mut self, key: usize) -> Result<()> {
        self.release((key, false))?;
        self.release((key, true))
    }

    fn release(&mut self, source: Source) -> Result<()> {
        match self.held.remove(&source) {
            Some((name, entry)) => self.write(source.0, &name, &entry),
            None => Ok(()),
        }
    }

    fn write(&mut self, key: usize, name: &str, entry: &Entry) -> Result<()> {
        if entry.from != self.to {
            self.end_line();
            self.flush()?;
            self.to = entry.from;
        }
        if entry.begins || self.open != Some(key) {
            self.end_line();
            let name = self.ui.paint().name(&format!("{name:<width$}  | ", width = self.width), key);
            self.waiting.extend_from_slice(name.as_bytes());
            if self.times {
                self.waiting.extend_from_slice(format!("{:.9} ", entry.at).as_bytes());
            }
        }
        self.waiting.extend_from_slice(&entry.text);
        self.open = (!entry.ends()).then_some(key);
        if self.waiting.len() >= ENOUGH { self.flush() } else { Ok(()) }
    }

    /// Writes what is waiting.
    pub fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let shown = self.redactor.bytes(&self.waiting);
        self.waiting.clear();
        self.ui.pass(&shown, self.to)
    }

    /// Writes all that is waiting or held back, and ends a line that has no end.
    pub fn end(&mut self) -> Result<()> {
        self.release_all()?;
        self.end_line();
        self.flush()
    }

    fn release_all(&mut self) -> Result<()> {
        while let Some(((key, _), (name, entry))) = self.held.pop_first() {
            self.write(key, &name, &entry)?;
        }
        Ok(())
    }

    fn end_line(&mut self) {
        if self.open.take().is_some() {
            self.waiting.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Format;

    fn entry(text: &str, begins: bool) -> Entry {
        Entry { at: jiff::Timestamp::UNIX_EPOCH, from: Stream::Out, text: text.into(), begins }
    }

    fn shown(entries: &[(usize, &str, bool)]) -> String {
        let ui = Ui::new(Format::Text);
        let mut printer = Printer::new(&ui, false);
        printer.width = 5;
        for (key, text, begins) in entries {
            let name = if *key == 0 { "web-1" } else { "db-1" };
            printer.put(*key, name, entry(text, *begins)).unwrap();
        }
        printer.release_all().unwrap();
        printer.end_line();
        let text = console::strip_ansi_codes(std::str::from_utf8(&printer.waiting).unwrap()).into_owned();
        printer.waiting.clear();
        text
    }

    #[test]
    fn every_line_has_a_name_and_pieces_of_one_have_it_once() {
        insta::assert_snapshot!(
            shown(&[
                (0, "one\n", true),
                (1, "two, ", true),
                (1, "still two\n", false),
                (1, "three, ", true),
                (0, "four\n", true),
                (1, "more of three\n", false),
                (0, "five", true),
                (0, "six", true),
            ]),
            @r"
        web-1  | one
        db-1   | two, still two
        web-1  | four
        db-1   | three, more of three
        web-1  | five
        web-1  | six
        "
        );
    }

    #[test]
    fn what_has_not_ended_is_held_back_up_to_a_bound() {
        let ui = Ui::new(Format::Text);
        let mut printer = Printer::new(&ui, false);
        printer.put(0, "web-1", entry("the key is open-se", true)).unwrap();
        assert!(printer.waiting.is_empty(), "half a secret is not known as one");
        printer.put(1, "db-1", entry("not yet", true)).unwrap();
        printer.put(0, "web-1", entry("same-41\n", false)).unwrap();
        assert!(printer.waiting.ends_with(b"the key is open-sesame-41\n"));
        printer.ended(1).unwrap();
        assert!(printer.waiting.ends_with(b"not yet"));
        printer.waiting.clear();
        printer.put(0, "web-1", entry(&"x".repeat(LONGEST), true)).unwrap();
        assert!(!printer.waiting.is_empty(), "no line is held back for ever");
        printer.waiting.clear();
    }
}
