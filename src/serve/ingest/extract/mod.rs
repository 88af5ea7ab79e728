//! Documents in, plain text with structure marks out. This module holds the
//! shared vocabulary and the dispatch over formats; each format's reader is in
//! a file of its own. It is not where files are opened or permissions checked,
//! and PDF and DOCX are meant to be read through [`worker`], never in-process.

mod builder;
mod code;
mod csv;
pub mod decode;
pub mod docx;
mod format;
mod html;
mod limits;
mod lines;
mod markdown;
pub mod pdf;
mod skip;
mod text;
pub mod worker;

pub use format::Format;
pub use limits::Limits;
pub use skip::{Size, Skip};

use serde::{Deserialize, Serialize};

/// A document as read: its whole text and where its parts begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// What the document calls itself, where it does.
    pub title: Option<String>,
    /// The whole text, with `\n` line ends.
    pub text: String,
    /// Where the parts of the text begin, sorted by offset.
    pub marks: Vec<Mark>,
    /// Whether the text is the file's own lines, so that line numbers may be cited.
    pub lines: bool,
    /// What was left out, for the job report.
    pub notes: Vec<String>,
}

/// A place in the text where something begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Byte offset into [`Extracted::text`], always on a character boundary.
    pub at: usize,
    /// What begins there.
    pub kind: MarkKind,
}

/// What begins at a [`Mark`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// A section, named by its heading.
    Heading {
        /// 1 is the outermost.
        level: u8,
        /// The heading's words, without markup.
        title: String,
    },
    /// A page, counted from 1.
    Page(u32),
    /// A spreadsheet row, counted as a spreadsheet does: the header is row 1.
    Row(u32),
    /// A paragraph, list item, table row or code block: a good place to cut.
    Block,
}

/// Reads `bytes` as `format`.
///
/// PDF and DOCX are read here too, because the worker process has to do it
/// somewhere, but a server should only ever reach them through
/// [`worker::extract_in_child`] (see [`Format::in_child`]).
///
/// # Errors
///
/// Says why the document cannot be indexed.
pub fn extract(format: Format, bytes: Vec<u8>, limits: &Limits) -> Result<Extracted, Skip> {
    let (size, limit) =
        if format.in_child() { (Size::File, limits.max_file) } else { (Size::Text, limits.max_text) };
    if bytes.len() as u64 > limit {
        return Err(Skip::TooLarge { limit, of: size });
    }
    let document = match format {
        Format::Markdown => markdown::read(decode::decode(bytes, None)),
        Format::Text => text::read(decode::decode(bytes, None)),
        Format::Code => code::read(decode::decode(bytes, None)),
        Format::Html => html::read(bytes, limits)?,
        Format::Csv => csv::read(&decode::decode(bytes, None), limits)?,
        Format::Pdf => pdf::read(&bytes, limits)?,
        Format::Docx => docx::read(&bytes, limits)?,
    };
    if document.text.len() as u64 > limits.max_text {
        return Err(limits.text_too_large());
    }
    if document.text.trim().is_empty() {
        return Err(Skip::NoText { scanned: false });
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_oversized_documents_are_skipped() {
        let limits = Limits { max_text: 8, ..Limits::default() };
        let read = |bytes: &[u8]| extract(Format::Text, bytes.to_vec(), &limits);
        assert_eq!(read(b" \n\t ").map_err(|s| s.code()), Err("no-text"));
        assert_eq!(read(b"123456789").map_err(|s| s.code()), Err("too-large"));
        assert_eq!(read(b"12345678").map(|d| d.text), Ok("12345678".to_owned()));
    }
}
