//! Where in a document a chunk stands: under which headings, on which page, in
//! which lines and rows. Works through the document once, so it must be asked
//! about chunks in order.

use super::super::extract::{Extracted, Mark, MarkKind};
use super::super::tokens;
use super::Chunk;
use std::ops::Range;

/// Longest path of headings, in characters.
const PATH_MAX: usize = 200;

/// Longest heading in a path, in characters.
const TITLE_MAX: usize = 80;

/// The place in the document reached so far.
pub struct Places<'a> {
    doc: &'a Extracted,
    /// The marks still ahead.
    marks: &'a [Mark],
    /// The headings in force, outermost first.
    headings: Vec<(u8, &'a str)>,
    page: Option<u32>,
    row: Option<u32>,
    /// The line at `at`, from 1.
    line: u32,
    at: usize,
}

impl<'a> Places<'a> {
    /// The beginning of `doc`.
    pub fn new(doc: &'a Extracted) -> Self {
        Self { doc, marks: &doc.marks, headings: Vec::new(), page: None, row: None, line: 1, at: 0 }
    }

    /// The chunk in `range`, unless there is nothing in it.
    pub fn chunk(&mut self, range: &Range<usize>) -> Option<Chunk> {
        let slice = &self.doc.text[range.clone()];
        let text = slice.trim();
        if text.is_empty() {
            return None;
        }
        let begin = range.start + (slice.len() - slice.trim_start().len());
        let end = begin + text.len();
        self.marks_until(begin + 1);
        let mut path = self.headings.clone();
        let (page, first_row) = (self.page, self.row);
        self.headings_until(end, &mut path);
        let path: Vec<&str> = path.iter().map(|(_, title)| *title).collect();
        Some(Chunk {
            text: text.to_owned(),
            heading: join(&path),
            page,
            lines: self.doc.lines.then(|| (self.line_at(begin), self.line_at(end))),
            rows: first_row.zip(self.row),
            tokens: tokens::count(text),
        })
    }

    /// Moves on past the marks before `end`.
    fn marks_until(&mut self, end: usize) {
        while let [mark, rest @ ..] = self.marks
            && mark.at < end
        {
            self.marks = rest;
            match &mark.kind {
                MarkKind::Heading { level, title } => {
                    self.headings.truncate(self.headings.partition_point(|(open, _)| open < level));
                    self.headings.push((*level, title));
                }
                MarkKind::Page(page) => self.page = Some(*page),
                MarkKind::Row(row) => self.row = Some(*row),
                MarkKind::Block => {}
            }
        }
    }

    /// Moves on past the marks before `end`, keeping in `path` only headings
    /// that stay in force; but if none does, the first section names the chunk.
    fn headings_until(&mut self, end: usize, path: &mut Vec<(u8, &'a str)>) {
        let first = path.clone();
        while self.marks.first().is_some_and(|mark| mark.at < end) {
            let before = self.marks;
            self.marks_until(before[0].at + 1);
            let common = path.iter().zip(&self.headings).take_while(|(a, b)| same(a, b)).count();
            path.truncate(common);
        }
        if path.is_empty() {
            *path = first;
        }
    }

    fn line_at(&mut self, at: usize) -> u32 {
        // The last line feed before the end of a chunk is never part of it.
        let feeds = memchr::memchr_iter(b'\n', &self.doc.text.as_bytes()[self.at..at]).count();
        self.line = self.line.saturating_add(u32::try_from(feeds).unwrap_or(u32::MAX));
        self.at = at;
        self.line
    }
}

/// Whether two entries are the very same heading, not merely alike.
fn same(a: &(u8, &str), b: &(u8, &str)) -> bool {
    a.0 == b.0 && std::ptr::eq(a.1, b.1)
}

/// The headings in one line. Too long a path loses its middle, for its ends say most.
fn join(path: &[&str]) -> String {
    let mut titles: Vec<String> = path.iter().map(|title| shorten(title)).collect();
    let length = |titles: &[String]| titles.iter().map(|title| title.chars().count() + 3).sum::<usize>();
    while titles.len() > 2 && length(&titles) > PATH_MAX {
        titles.remove(titles.len() / 2);
    }
    titles.join(super::HEADING_SEPARATOR)
}

fn shorten(title: &str) -> String {
    match title.char_indices().nth(TITLE_MAX) {
        Some((at, _)) => format!("{}…", title[..at].trim_end()),
        None => title.to_owned(),
    }
}
