//! A text of which something was left out, or that was written differently, with the way back to the text as it is:
//! finders look at the one, and what they find is moved to the other. What is left out is for those who make one.

use super::Hit;

/// Parts of a text, one after the other.
#[derive(Debug, Default)]
pub struct View {
    /// What is left.
    pub text: Vec<u8>,
    parts: Vec<Part>,
}

/// A stretch of the view and what it stands for.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Where it begins in the view.
    at: usize,
    /// What it stands for in the text.
    from: usize,
    to: usize,
    /// It is the same bytes there.
    same: bool,
}

impl View {
    /// A stretch of the text as it is.
    pub fn keep(&mut self, text: &[u8], from: usize, to: usize) {
        if from >= to {
            return;
        }
        match self.parts.last_mut() {
            Some(last) if last.same && last.to == from && last.at + (from - last.from) == self.text.len() => {
                last.to = to;
            }
            _ => self.parts.push(Part { at: self.text.len(), from, to, same: true }),
        }
        self.text.extend_from_slice(&text[from..to]);
    }

    /// Something else in the place of a stretch of the text.
    pub fn put(&mut self, instead: &[u8], from: usize, to: usize) {
        self.parts.push(Part { at: self.text.len(), from, to, same: false });
        self.text.extend_from_slice(instead);
    }

    /// Moves a hit from the view to the text as it is.
    pub fn back(&self, hit: &mut Hit) {
        let (start, end) = (self.part(hit.start), self.part(hit.end.saturating_sub(1)));
        let first = if start.same { start.from + (hit.start - start.at) } else { start.from };
        let last = if end.same { end.from + (hit.end - end.at) } else { end.to };
        (hit.start, hit.end) = (first, last.max(first));
    }

    /// The part that has this place in it.
    fn part(&self, at: usize) -> Part {
        let next = self.parts.partition_point(|part| part.at <= at);
        let none = Part { at: 0, from: 0, to: 0, same: true };
        next.checked_sub(1).map_or(none, |last| self.parts[last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::What;

    #[test]
    fn what_is_found_is_moved_back() {
        let text = b"one two\\nthree four";
        let mut view = View::default();
        view.keep(text, 0, 4);
        view.keep(text, 4, 7);
        view.put(b"\n", 7, 9);
        view.keep(text, 9, 14);
        view.put(b" |", 14, 14);
        assert_eq!(view.text, b"one two\nthree |");
        assert_eq!(view.parts.len(), 4);
        for (start, end, found) in [
            (0, 3, &b"one"[..]),
            (2, 6, b"e tw"),
            (7, 8, b"\\n"),
            (6, 10, b"o\\nth"),
            (8, 13, b"three"),
            (12, 14, b"e"),
        ] {
            let mut hit = Hit { start, end, what: What::Secret("x") };
            view.back(&mut hit);
            assert_eq!(&text[hit.start..hit.end], found, "{start}..{end}");
        }
    }
}
