//! Cuts a document into the pieces that are embedded, found and cited. A chunk
//! is a verbatim slice of the text of 200 to 350 tokens where the document
//! allows it, cut where the document itself has a seam. This module packs
//! pieces into chunks; where pieces can be cut apart is found in `pieces`, and
//! what a chunk is called is worked out in `place`.

mod pieces;
mod place;

use super::extract::Extracted;
use pieces::{Piece, Seam};
use place::Places;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A chunk is full enough at this many tokens.
const ENOUGH: u32 = 200;

/// And never has more than this.
const MOST: u32 = 350;

/// From this many tokens on, a chunk ends where the next section begins.
const SECTION: u32 = 60;

/// A remainder of fewer tokens joins the chunk before it, if it may.
const SCRAP: u32 = 40;

/// What stands between the headings of a path.
pub const HEADING_SEPARATOR: &str = " › ";

/// A piece of a document that is indexed on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// A verbatim slice of the document's text, without white space at its ends.
    pub text: String,
    /// The headings it stands under, as in `Guide › Backup › Restoring`.
    pub heading: String,
    /// The page it begins on.
    pub page: Option<u32>,
    /// Its first and last line, from 1, where the text is the file's own lines.
    pub lines: Option<(u32, u32)>,
    /// Its first and last spreadsheet row.
    pub rows: Option<(u32, u32)>,
    /// About how many tokens it has.
    pub tokens: u32,
}

/// The chunks of `doc`, in order. Together they hold every character of the
/// text that is not white space, exactly once.
#[must_use]
pub fn chunks(doc: &Extracted) -> Vec<Chunk> {
    let mut packer = Packer::default();
    pieces::pieces(doc, |piece| packer.add(piece));
    packer.close();
    let mut places = Places::new(doc);
    let range = |chunk: &Vec<Piece>| Some(chunk.first()?.range.start..chunk.last()?.range.end);
    packer.done.iter().filter_map(range).filter_map(|range| places.chunk(&range)).collect()
}

/// Packs pieces into chunks as they come.
#[derive(Default)]
struct Packer {
    done: Vec<Vec<Piece>>,
    /// The pieces of the open chunk, and their tokens.
    open: Vec<Piece>,
    tokens: u32,
    /// The level of the section last entered, and of the one the open chunk begins in.
    level: u8,
    open_level: u8,
}

impl Packer {
    fn add(&mut self, piece: Piece) {
        let ends = match piece.seam {
            Seam::Wall => true,
            // Sections beside and under the one that the chunk begins in may share it while it is small.
            Seam::Section(Reverse(level)) => self.tokens >= SECTION || level < self.open_level,
            _ => false,
        };
        if ends {
            self.close();
        } else if self.tokens + piece.tokens > MOST {
            self.split(latest_best(&self.open, piece.seam));
        }
        if let Seam::Section(Reverse(level)) = piece.seam {
            self.level = level;
        }
        if self.open.is_empty() {
            self.open_level = self.level;
        }
        self.tokens += piece.tokens;
        self.open.push(piece);
    }

    /// Ends the open chunk. A mere scrap of a section joins the chunk before
    /// it, which then shares its own text out if the two are too much for one.
    fn close(&mut self) {
        let is_scrap = self.tokens < SCRAP && self.open.first().is_some_and(|first| first.seam < Seam::Page);
        if is_scrap && let Some(mut before) = self.done.pop() {
            before.append(&mut self.open);
            self.open = before;
            self.tokens = tokens(&self.open);
            if self.tokens > MOST {
                self.split(earliest_best(&self.open));
            }
        }
        self.done.extend((!self.open.is_empty()).then(|| std::mem::take(&mut self.open)));
        self.tokens = 0;
    }

    /// Ends the open chunk before its piece `at` and goes on with the rest.
    fn split(&mut self, at: usize) {
        let rest = self.open.split_off(at);
        self.done.push(std::mem::replace(&mut self.open, rest));
        self.tokens = tokens(&self.open);
        self.open_level = self.level;
    }
}

/// The latest of the best seams in the window of a chunk that is full, be it
/// the one at its end, `next`. Pieces are small, so there always is a window.
fn latest_best(open: &[Piece], next: Seam) -> usize {
    let (mut best, mut best_seam) = (open.len(), next);
    let mut before = tokens(open);
    for (index, piece) in open.iter().enumerate().rev() {
        before -= piece.tokens;
        if before < ENOUGH {
            break;
        }
        if piece.seam > best_seam {
            (best, best_seam) = (index, piece.seam);
        }
    }
    best
}

/// The earliest of the best seams that leave enough before them, but not too much.
fn earliest_best(open: &[Piece]) -> usize {
    let (mut best, mut best_seam) = (open.len(), None);
    let mut before = 0;
    for (index, piece) in open.iter().enumerate() {
        if (ENOUGH..=MOST).contains(&before) && Some(piece.seam) > best_seam {
            (best, best_seam) = (index, Some(piece.seam));
        }
        before += piece.tokens;
    }
    best
}

fn tokens(pieces: &[Piece]) -> u32 {
    pieces.iter().map(|piece| piece.tokens).sum()
}

#[cfg(test)]
mod tests;
