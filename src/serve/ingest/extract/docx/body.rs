//! The paragraphs of a Word document's part, streamed into a text. Follows
//! elements by their local names, whatever the prefix; it keeps a stack of open
//! paragraphs (text boxes stand inside paragraphs) but never recurses.

use super::super::Extracted;
use super::super::builder::{Builder, Gap};
use super::archive::Part;
use super::styles::{Kind, Styles, outline_level};
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Deepest indentation of list items, in levels.
const INDENT_MAX: usize = 4;

/// Writes paragraphs into a text.
pub struct Body<'s> {
    styles: &'s Styles,
    out: Builder,
    max: usize,
    /// Open paragraphs, the innermost last.
    paragraphs: Vec<Paragraph>,
    /// Whether character data is text here.
    in_text: bool,
    /// How many open elements hold text that is not part of the document.
    hidden: usize,
    /// How many tables are open, and the cells of the outermost one's open row.
    tables: usize,
    cells: Vec<String>,
    /// What stands before the next paragraph: the number of its note.
    label: String,
    after_item: bool,
}

#[derive(Debug)]
struct Paragraph {
    kind: Kind,
    indent: usize,
    text: String,
}

impl<'s> Body<'s> {
    /// Will write into `out`, at most about `max` bytes.
    pub fn new(styles: &'s Styles, out: Builder, max: usize) -> Self {
        Self {
            styles,
            out,
            max,
            paragraphs: Vec::new(),
            in_text: false,
            hidden: 0,
            tables: 0,
            cells: Vec::new(),
            label: String::new(),
            after_item: false,
        }
    }

    /// Makes ready for another part of the document.
    pub fn begin_part(&mut self, gap: Gap) {
        (self.in_text, self.hidden, self.tables) = (false, 0, 0);
        self.paragraphs.clear();
        self.cells.clear();
        self.out.block(gap);
    }

    /// Reads a part. Tells whether all of it could be read.
    pub fn read(&mut self, mut part: Part<'_, '_>) -> bool {
        let mut buffer = Vec::new();
        while self.out.len() <= self.max {
            match part.read_event_into(&mut buffer) {
                Ok(Event::Start(tag)) => self.start(&tag),
                Ok(Event::Empty(tag)) => {
                    self.start(&tag);
                    self.end(tag.local_name().as_ref());
                }
                Ok(Event::End(tag)) => self.end(tag.local_name().as_ref()),
                Ok(Event::Text(text)) => self.text(&text),
                Ok(Event::CData(text)) => self.text(&text),
                Ok(Event::GeneralRef(entity)) => {
                    if let Some(character) = reference(&entity) {
                        self.text(character.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::Eof) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
            buffer.clear();
        }
        true
    }

    /// The finished document.
    pub fn finish(self) -> Extracted {
        self.out.finish(None)
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name();
        match name.as_ref() {
            "p" => self.paragraphs.push(Paragraph { kind: Kind::Plain, indent: 0, text: String::new() }),
            "t" => self.in_text = true,
            // What was moved away stands again where it was moved to, and the
            // fallback says in older markup what was just said in newer.
            "moveFrom" | "Fallback" => self.hidden += 1,
            "tab" | "ptab" => self.push(" "),
            "br" | "cr" => self.push("\n"),
            "noBreakHyphen" => self.push("-"),
            "tbl" => self.tables += 1,
            "tc" if self.tables == 1 => self.cells.push(String::new()),
            "footnoteReference" => self.cite(tag, ""),
            "endnoteReference" => self.cite(tag, "e"),
            "footnote" => self.begin_note(tag, ""),
            "endnote" => self.begin_note(tag, "e"),
            "pStyle" | "outlineLvl" | "numId" | "ilvl" => self.property(name.as_ref(), tag),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "p" => {
                if let Some(paragraph) = self.paragraphs.pop() {
                    self.flush(&paragraph);
                }
            }
            "t" => self.in_text = false,
            "moveFrom" | "Fallback" => self.hidden = self.hidden.saturating_sub(1),
            "tr" if self.tables == 1 => self.flush_row(),
            "tbl" => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    self.out.block(Gap::Blank);
                }
            }
            "footnote" | "endnote" => {
                self.hidden = 0;
                self.label.clear();
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_text {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        if let (Some(paragraph), 0) = (self.paragraphs.last_mut(), self.hidden) {
            paragraph.text.push_str(text);
        }
    }

    /// Learns what the open paragraph is from an element of its properties.
    fn property(&mut self, name: &str, tag: &BytesStart<'_>) {
        let (Some(paragraph), Some(value)) = (self.paragraphs.last_mut(), attribute(tag, "val")) else {
            return;
        };
        match name {
            "pStyle" => paragraph.kind = self.styles.kind(&value),
            "outlineLvl" => {
                if let Some(level) = outline_level(&value) {
                    paragraph.kind = Kind::Heading(level);
                }
            }
            "ilvl" => paragraph.indent = value.parse::<usize>().unwrap_or(0).min(INDENT_MAX),
            // Numbered headings are headings still, and list 0 means none.
            _ if paragraph.kind == Kind::Plain && value != "0" => paragraph.kind = Kind::Item,
            _ if paragraph.kind == Kind::Item && value == "0" => paragraph.kind = Kind::Plain,
            _ => {}
        }
    }

    fn cite(&mut self, tag: &BytesStart<'_>, series: &str) {
        if let Some(id) = attribute(tag, "id") {
            self.push(&format!("[{series}{id}]"));
        }
    }

    /// Begins a note, unless it is one of the separators kept beside them.
    fn begin_note(&mut self, tag: &BytesStart<'_>, series: &str) {
        self.hidden = usize::from(attribute(tag, "type").is_some_and(|kind| kind != "normal"));
        self.label = attribute(tag, "id").map(|id| format!("[{series}{id}] ")).unwrap_or_default();
    }

    fn flush(&mut self, paragraph: &Paragraph) {
        if paragraph.text.trim().is_empty() {
            return;
        }
        if self.tables > 0 {
            if let Some(cell) = self.cells.last_mut() {
                cell.push_str(&paragraph.text);
                cell.push(' ');
            }
            return;
        }
        let after_item = std::mem::replace(&mut self.after_item, paragraph.kind == Kind::Item);
        match paragraph.kind {
            Kind::Heading(level) => {
                self.out.begin_heading(level);
                self.out.words(&paragraph.text);
                self.out.end_heading();
            }
            Kind::Item => {
                let bullet = format!("{}- ", "  ".repeat(paragraph.indent));
                self.out.item(if after_item { Gap::Line } else { Gap::Blank }, &bullet);
                self.out.words(&paragraph.text);
            }
            Kind::Plain => {
                self.out.block(Gap::Blank);
                self.out.words(&std::mem::take(&mut self.label));
                for line in paragraph.text.split('\n') {
                    self.out.words(line);
                    self.out.end(Gap::Line);
                }
            }
        }
    }

    fn flush_row(&mut self) {
        self.out.block(Gap::Line);
        for (index, cell) in self.cells.drain(..).enumerate() {
            if index > 0 {
                self.out.words(" | ");
            }
            self.out.words(&cell);
        }
    }
}

/// The value of the attribute with this local name.
pub fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found =
        tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
    quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

/// The character that an entity stands for; Word uses none but XML's own.
pub fn reference(entity: &BytesRef<'_>) -> Option<char> {
    match &**entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => entity.resolve_char_ref().ok().flatten(),
    }
}
