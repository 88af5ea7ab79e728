//! The lines of a text with their places, for the formats that are read line
//! by line. Not a parser of anything: what a line means is its reader's affair.

use super::{Mark, MarkKind};

/// A line without its line feed, and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Byte offset of the line's first character.
    pub at: usize,
    /// The line.
    pub text: &'a str,
}

impl Line<'_> {
    /// Whether there is nothing on the line.
    pub fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }
}

/// The lines of `text`.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len()));
    ends.map(move |end| {
        let line = Line { at, text: &text[at..end] };
        at = end + 1;
        line
    })
}

/// Turns the start of a line into a heading, taking the place of a block mark
/// that is already there.
pub fn mark_heading(marks: &mut Vec<Mark>, at: usize, level: u8, title: String) {
    marks.pop_if(|last| last.at == at && last.kind == MarkKind::Block);
    marks.push(Mark { at, kind: MarkKind::Heading { level, title } });
}

/// Marks the start of a block.
pub fn mark_block(marks: &mut Vec<Mark>, at: usize) {
    marks.push(Mark { at, kind: MarkKind::Block });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_places() {
        let got: Vec<(usize, &str)> = lines("a\n\nbc").map(|l| (l.at, l.text)).collect();
        assert_eq!(got, [(0, "a"), (2, ""), (3, "bc")]);
    }

    #[test]
    fn a_heading_replaces_the_block_it_begins() {
        let mut marks = Vec::new();
        mark_block(&mut marks, 0);
        mark_block(&mut marks, 5);
        mark_heading(&mut marks, 5, 1, "T".to_owned());
        assert_eq!(marks.len(), 2);
        assert_eq!(marks[1].kind, MarkKind::Heading { level: 1, title: "T".to_owned() });
    }
}
