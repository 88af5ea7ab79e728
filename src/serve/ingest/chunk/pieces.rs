//! The smallest pieces that a document is cut into, and how good a place to cut
//! lies before each. Pieces cover the whole text without a gap; which of them
//! make up a chunk is not decided here.

use super::super::extract::{Extracted, MarkKind};
use super::super::sentences::sentences;
use super::super::tokens;
use std::cmp::Reverse;
use std::ops::Range;

/// The most tokens a piece has. Less than the room between a chunk that is
/// full enough and one that is too full, so that there is always a seam there.
const PIECE_MOST: u32 = 120;

/// Longest piece of a text without spaces, in bytes: at one token a character
/// of three bytes, this is as many tokens.
const BYTES_MOST: usize = 300;

/// A place to cut, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seam {
    /// Inside a word.
    Char,
    /// Between words, or between a heading and what it heads.
    Word,
    /// Between lines.
    Line,
    /// Between sentences.
    Sentence,
    /// Between paragraphs.
    Block,
    /// Between pages that are only a form feed apart.
    Page,
    /// Between sections; the outermost is the best. Holds the level of the heading.
    Section(Reverse<u8>),
    /// Between pages of which no chunk may have two.
    Wall,
}

/// A piece of the text.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where it is.
    pub range: Range<usize>,
    /// About how many tokens it has.
    pub tokens: u32,
    /// The place to cut before it.
    pub seam: Seam,
}

/// Hands the pieces of `doc` to `take`, in order.
pub fn pieces(doc: &Extracted, mut take: impl FnMut(Piece)) {
    let mut splitter = Splitter { text: &doc.text, take: &mut take };
    let (mut begin, mut seam, mut headed) = (0, Seam::Block, false);
    for mark in &doc.marks {
        let next = match &mark.kind {
            MarkKind::Heading { level, .. } => Seam::Section(Reverse(*level)),
            MarkKind::Page(_) if doc.lines => Seam::Page,
            MarkKind::Page(_) => Seam::Wall,
            MarkKind::Block | MarkKind::Row(_) if headed => Seam::Word,
            MarkKind::Block | MarkKind::Row(_) => Seam::Block,
        };
        let blank = doc.text[begin..mark.at].trim().is_empty();
        if blank {
            // Nothing stands between the two marks, so they are one, and the better counts.
            seam = seam.max(next);
        } else {
            splitter.split(begin..mark.at, seam);
            (begin, seam) = (mark.at, next);
        }
        if !blank || matches!(mark.kind, MarkKind::Heading { .. }) {
            headed = matches!(mark.kind, MarkKind::Heading { .. });
        }
    }
    splitter.split(begin..doc.text.len(), seam);
}

struct Splitter<'a, F> {
    text: &'a str,
    take: &'a mut F,
}

impl<F: FnMut(Piece)> Splitter<'_, F> {
    /// Hands on the block in `range`, in pieces if it is too large: sentences,
    /// and those in lines, and those in words.
    fn split(&mut self, range: Range<usize>, seam: Seam) {
        let block = &self.text[range.clone()];
        let size = tokens::count(block);
        if size <= PIECE_MOST {
            return self.hand_on(range, size, seam);
        }
        let mut begin = range.start;
        let mut seam = seam;
        // A unit reaches to the beginning of the next, so that no gap is left.
        let starts = sentences(block).skip(1).map(|unit| range.start + unit.start);
        for end in starts.chain([range.end]) {
            self.split_unit(begin..end, seam);
            (begin, seam) = (end, Seam::Sentence);
        }
    }

    fn split_unit(&mut self, range: Range<usize>, seam: Seam) {
        let unit = &self.text[range.clone()];
        let size = tokens::count(unit);
        if size <= PIECE_MOST {
            return self.hand_on(range, size, seam);
        }
        let mut begin = range.start;
        let mut seam = seam;
        for line in unit.split_inclusive('\n') {
            let end = begin + line.len();
            self.split_line(begin..end, seam);
            (begin, seam) = (end, Seam::Line);
        }
    }

    fn split_line(&mut self, range: Range<usize>, mut seam: Seam) {
        let size = tokens::count(&self.text[range.clone()]);
        if size <= PIECE_MOST {
            return self.hand_on(range, size, seam);
        }
        let mut begin = range.start;
        while begin < range.end {
            let (end, inside) = word_end(self.text, begin..range.end);
            let size = tokens::count(&self.text[begin..end]);
            self.hand_on(begin..end, size, seam);
            (begin, seam) = (end, if inside { Seam::Char } else { Seam::Word });
        }
    }

    fn hand_on(&mut self, range: Range<usize>, tokens: u32, seam: Seam) {
        if !range.is_empty() {
            // A word cut in two may count for less than it did as a whole.
            let (before, after) = self.text.split_at(range.start);
            let apart = is_no_word(before.chars().next_back()) || is_no_word(after.chars().next());
            let tokens = tokens + u32::from(!apart);
            (self.take)(Piece { range, tokens, seam });
        }
    }
}

/// Whether there is no character, or it is white space.
fn is_no_word(character: Option<char>) -> bool {
    character.is_none_or(char::is_whitespace)
}

/// Where a piece of `range` ends that is not too long, and whether that is
/// inside a word. Looks back for white space, then for punctuation, and then
/// at least keeps characters whole that consist of several.
fn word_end(text: &str, range: Range<usize>) -> (usize, bool) {
    let longest = text.floor_char_boundary(range.start + longest_piece(&text[range.clone()]));
    if longest >= range.end {
        return (range.end, false);
    }
    let window = &text[range.start..longest];
    if let Some(at) = window.rfind(char::is_whitespace).filter(|&at| at > 0) {
        return (range.start + at, false);
    }
    if let Some((at, mark)) = window.rmatch_indices([',', ';', '}', ')', '>', '、', '，', '。']).next() {
        return (range.start + at + mark.len(), true);
    }
    let joins = |at: usize| {
        let joined = |c| tokens::is_combining(c);
        text[at..].chars().next().is_some_and(joined) || text[..at].ends_with('\u{200d}')
    };
    let whole = window.char_indices().rev().map(|(at, _)| range.start + at).take(16);
    let end = std::iter::once(longest).chain(whole).find(|&at| at > range.start && !joins(at));
    (end.unwrap_or(longest), true)
}

/// How many bytes from the start of `text` surely have few enough tokens.
fn longest_piece(text: &str) -> usize {
    let mut length = BYTES_MOST.min(text.len());
    // A byte is a token at most, so this ends with a piece of `PIECE_MOST` bytes at the latest.
    while tokens::count(&text[..text.floor_char_boundary(length)]) > PIECE_MOST {
        length = (length * 2 / 3).max(PIECE_MOST as usize);
    }
    length
}
