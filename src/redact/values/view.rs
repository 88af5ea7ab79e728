//! A text as it was before its lines were wrapped: without line ends, and without what stands before the body of a
//! line (indentation, the time stamp that a container's log puts there), but with the way back to the original.

use std::ops::Range;

use crate::redact::stamps;

/// The text without its line ends.
#[derive(Default)]
pub(super) struct View {
    /// What is left, in one piece.
    pub bytes: Vec<u8>,
    /// Where in `bytes` each line begins, and where its bytes come from.
    lines: Vec<(usize, usize)>,
}

impl View {
    /// Joined where the lines end.
    pub fn of(text: &[u8]) -> Self {
        let mut view =
            Self { bytes: Vec::with_capacity(text.len()), lines: Vec::with_capacity(text.len() / 64 + 1) };
        let mut start = 0;
        for end in memchr::memchr2_iter(b'\n', b'\r', text) {
            view.line(text, start..end);
            start = end + 1;
        }
        view.line(text, start..text.len());
        view
    }

    /// Joined also where a line end is only written down (`\n` in a string), and without the backslashes before a
    /// line end by which shells and settings continue a line.
    pub fn unfolded(text: &[u8]) -> Self {
        let mut view = Self::default();
        let (mut start, mut at) = (0, 0);
        while let Some(found) = memchr::memchr3(b'\n', b'\r', b'\\', &text[at..]).map(|found| at + found) {
            let last = found + backslashes(&text[found..]);
            at = last + 1;
            if matches!(text.get(last), Some(b'\n' | b'\r' | b'n' | b'r')) {
                view.line(text, start..found);
                start = at;
            } else {
                at = last.max(found + 1);
            }
        }
        view.line(text, start..text.len());
        view
    }

    fn line(&mut self, text: &[u8], line: Range<usize>) {
        let body = line.start + margin(&text[line.clone()]);
        if body < line.end {
            self.lines.push((self.bytes.len(), body));
            self.bytes.extend_from_slice(&text[body..line.end]);
        }
    }

    /// Where a byte comes from.
    pub fn origin(&self, at: usize) -> usize {
        let (begins, from) = self.lines[self.line_of(at)];
        from + (at - begins)
    }

    /// Where a stretch comes from: one part for each line.
    pub fn parts(&self, stretch: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut line = self.line_of(stretch.start);
        let mut at = stretch.start;
        std::iter::from_fn(move || {
            if at >= stretch.end {
                return None;
            }
            let (begins, from) = self.lines[line];
            line += 1;
            let end = self.lines.get(line).map_or(stretch.end, |next| next.0.min(stretch.end));
            let part = from + (at - begins)..from + (end - begins);
            at = end;
            Some(part)
        })
    }

    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|(begins, _)| *begins <= at).saturating_sub(1)
    }
}

/// The stretches of whole lines for which [`View::unfolded`] differs in a way that matters: those that end with a
/// backslash, with the lines that they continue on, and those with a written line end amid other text.
pub(super) fn folds(text: &[u8]) -> Vec<Range<usize>> {
    let mut folds = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &text[at..]).map(|found| at + found) {
        let last = found + backslashes(&text[found..]);
        let folded = match text.get(last) {
            Some(b'\n' | b'\r') => true,
            Some(b'n' | b'r') => text.get(last + 1).is_some_and(|next| !matches!(next, b'"' | b'\'' | b'\n')),
            _ => false,
        };
        at = last;
        if folded {
            let start = memchr::memrchr(b'\n', &text[..found]).map_or(0, |end| end + 1);
            at = line_end(text, last);
            while at < text.len() && text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]).ends_with(b"\\") {
                at = line_end(text, at + 1);
            }
            folds.push(start..at);
        }
    }
    folds
}

fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |end| from + end)
}

fn backslashes(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\\').count()
}

/// How many bytes stand before the body of a line.
fn margin(line: &[u8]) -> usize {
    let indented = blanks(line);
    let stamp = stamps::length(&line[indented..]);
    if stamp == 0 { indented } else { indented + stamp + blanks(&line[indented + stamp..]) }
}

fn blanks(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
