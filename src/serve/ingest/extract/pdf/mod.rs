//! PDF to text, page by page. lopdf parses the file; which words a page shows,
//! and where its lines end, is worked out in `page` from the positions of the
//! text, since PDF has neither words nor lines. Not a renderer, and no OCR.

mod font;
mod matrix;
mod page;
mod tidy;

use super::{Extracted, Limits, Mark, MarkKind, Skip};
use lopdf::{Document, Error, LoadOptions, Object};
use page::Reader;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// More pages than a book has.
const PAGES_MAX: usize = 50_000;

/// The most that one stream of a page or a font may unpack to.
const STREAM_MAX: usize = 64 << 20;

/// Reads a PDF.
///
/// # Errors
///
/// Says why it cannot be indexed.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Extracted, Skip> {
    // A filter that drops pictures would save memory, but lopdf repairs only files loaded without one.
    let options = LoadOptions::with_max_decompressed_size(STREAM_MAX);
    let pdf = Document::load_mem_with_options(bytes, options).map_err(|error| why(&error))?;
    if pdf.is_encrypted() && !pdf.was_encrypted() {
        return Err(Skip::Encrypted);
    }
    let mut out = Extracted {
        title: title(&pdf),
        text: String::new(),
        marks: Vec::new(),
        lines: false,
        notes: Vec::new(),
    };
    let mut reader = Reader::new(&pdf);
    let mut notes = Notes::default();
    for (number, id) in (1..).zip(pdf.page_iter().take(PAGES_MAX)) {
        out.marks.push(Mark { at: out.text.len(), kind: MarkKind::Page(number) });
        // One page that trips the parser up should not cost the other pages.
        match catch_unwind(AssertUnwindSafe(|| reader.text(id))) {
            Ok(Ok(text)) if text.trim().is_empty() => notes.add(number, "no text (scanned?)"),
            Ok(Ok(text)) => append(&mut out, &text),
            Ok(Err(_)) | Err(_) => notes.add(number, "cannot be read"),
        }
        if out.text.len() > limits.text_len() {
            return Err(limits.text_too_large());
        }
    }
    out.notes = notes.finish();
    if out.marks.is_empty() {
        return Err(Skip::Damaged("it has no pages".to_owned()));
    }
    if out.text.is_empty() {
        return Err(Skip::NoText { scanned: true });
    }
    let end = out.text.len();
    out.marks.retain(|mark| mark.at < end);
    Ok(out)
}

/// Appends a page's text with a mark at each paragraph.
fn append(out: &mut Extracted, text: &str) {
    let mut after_blank = true;
    for line in text.lines() {
        if after_blank && !line.is_empty() {
            out.marks.push(Mark { at: out.text.len(), kind: MarkKind::Block });
        }
        after_blank = line.is_empty();
        out.text.push_str(line);
        out.text.push('\n');
    }
    out.text.push('\n');
}

fn why(error: &Error) -> Skip {
    match error {
        Error::InvalidPassword | Error::Decryption(_) => Skip::Encrypted,
        other => Skip::Damaged(other.to_string()),
    }
}

/// The title in the file's properties, unless it is a leftover of the program
/// that made it.
fn title(pdf: &Document) -> Option<String> {
    let info = pdf.trailer.get_deref(b"Info", pdf).and_then(Object::as_dict).ok()?;
    let title = lopdf::decode_text_string(info.get_deref(b"Title", pdf).ok()?).ok()?;
    let title = title.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = title.to_lowercase();
    let leftover = lower.starts_with("untitled")
        || lower.starts_with("microsoft word - ")
        || [".doc", ".docx", ".dvi", ".tex", ".indd", ".qxd"].iter().any(|end| lower.ends_with(end));
    (!leftover && title.chars().any(char::is_alphanumeric)).then_some(title)
}

/// Notes about pages, with runs of pages in one.
#[derive(Default)]
struct Notes(Vec<(u32, u32, &'static str)>);

impl Notes {
    fn add(&mut self, page: u32, what: &'static str) {
        match self.0.last_mut() {
            Some((_, last, same)) if *last + 1 == page && *same == what => *last = page,
            _ => self.0.push((page, page, what)),
        }
    }

    fn finish(self) -> Vec<String> {
        let note = |(first, last, what)| {
            if first == last {
                format!("page {first}: {what}")
            } else {
                format!("pages {first}-{last}: {what}")
            }
        };
        self.0.into_iter().map(note).collect()
    }
}
