//! What all finders see in one block of text, looked at by itself: from the text alone, and from what the lines before
//! it have begun. Where a block begins and ends, and what is put in the place of what was seen, is for the stream.

use memchr::memmem;

use super::blocks::{self, Inside};
use super::identifiers::Identifiers;
use super::terminal::View;
use super::{Hit, Redactor, mark, scan};

/// What was seen.
#[derive(Debug)]
pub struct Sight {
    /// Everything that must go, in no order. Values may reach beyond the block.
    pub hits: Vec<Hit>,
    /// What the block has begun, and has not ended.
    pub inside: Inside,
}

/// Looks at a block: the first `length` bytes of `ahead`, which goes on after it as far as a value may reach.
pub fn sight(redactor: &Redactor, ahead: &[u8], length: usize, inside: Inside) -> Sight {
    let text = &ahead[..length];
    let mut hits = Vec::new();
    let inside = match View::of(text) {
        None => look(redactor, text, inside, &mut hits),
        Some(view) => {
            let inside = look(redactor, &view.text, inside, &mut hits);
            hits.iter_mut().for_each(|hit| view.back(hit));
            inside
        }
    };
    match View::of(ahead) {
        None => redactor.values.find(ahead, &mut hits),
        Some(view) => {
            let from = hits.len();
            redactor.values.find(&view.text, &mut hits);
            hits[from..].iter_mut().for_each(|hit| view.back(hit));
        }
    }
    if let Some(identifiers) = &redactor.identifiers {
        names(identifiers, text, &mut hits);
    }
    Sight { hits, inside }
}

/// What stands under keys, in well-known places, has a shape of its own or takes several lines.
fn look(redactor: &Redactor, text: &[u8], inside: Inside, hits: &mut Vec<Hit>) -> Inside {
    let mut opened = Vec::new();
    scan::find(text, &|value| redactor.values.is_weak(value), hits, &mut opened);
    let inside = blocks::find(text, inside, &mut opened, hits);
    without_marks(text, hits);
    inside
}

/// Finds names in what will be left of a text: what a name is depends on what stands beside it.
fn names(identifiers: &Identifiers, text: &[u8], hits: &mut Vec<Hit>) {
    let mut left;
    let mut rest = text;
    if !hits.is_empty() {
        left = text.to_vec();
        for hit in hits.iter().filter(|hit| hit.start < hit.end && hit.start < text.len()) {
            let range = &mut left[hit.start..hit.end.min(text.len())];
            range.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'R');
            (range[0], range[range.len() - 1]) = (b'[', b']');
        }
        rest = &left;
    }
    let mut names = Vec::new();
    match View::of(rest) {
        None => identifiers.find(rest, &mut names),
        Some(view) => {
            identifiers.find(&view.text, &mut names);
            names.iter_mut().for_each(|hit| view.back(hit));
        }
    }
    hits.append(&mut names);
}

/// What was redacted before stays as it is.
fn without_marks(text: &[u8], hits: &mut Vec<Hit>) {
    if hits.is_empty() || memmem::find(text, mark::OPEN).is_none() {
        return;
    }
    let marks: Vec<(usize, usize)> = memmem::find_iter(text, mark::OPEN)
        .filter_map(|at| Some((at, at + mark::length(&text[at..])?)))
        .collect();
    let mut kept = Vec::with_capacity(hits.len());
    for hit in hits.drain(..) {
        let mut start = hit.start;
        let first = marks.partition_point(|(_, end)| *end <= hit.start);
        for (open, close) in marks[first..].iter().take_while(|(open, _)| *open < hit.end) {
            if *open > start {
                kept.push(Hit { start, end: *open, ..hit });
            }
            start = *close;
        }
        if start < hit.end {
            kept.push(Hit { start, ..hit });
        }
    }
    *hits = kept;
}
