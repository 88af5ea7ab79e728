//! One pass over a text for every word that could begin something: a part of a key, the sign of a URL, the name of a
//! program, the mark of a token. What is made of it is for [`pairs`], [`places`] and [`shapes`].

use std::sync::LazyLock;

use super::pairs::{self, Around, Opened};
use super::words::{Seen, Words};
use super::{Hit, keys, places, shapes};

struct All {
    words: Words,
    /// How many of them are anchors of places. Stems of keys follow, then marks of tokens.
    anchors: usize,
    stems: usize,
}

static ALL: LazyLock<All> = LazyLock::new(|| {
    let (anchors, stems) = (places::anchors(), keys::stems());
    let words = Words::new(&[anchors.as_slice(), &stems].concat(), shapes::marks());
    All { words, anchors: anchors.len(), stems: stems.len() }
});

/// Every word of a text that could begin something.
pub fn words(text: &[u8]) -> Vec<Seen> {
    ALL.words.find(text)
}

/// Finds the secrets that stand under a key, in a well-known place or have a shape of their own, and the values that
/// go on after their line, beginning with the words that were seen. `weak` tells of a value that it is one of the
/// machine's own secrets, although it is an ordinary word.
pub fn find(
    text: &[u8],
    seen: &[Seen],
    weak: &dyn Fn(&[u8]) -> bool,
    hits: &mut Vec<Hit>,
    opened: &mut Vec<Opened>,
) {
    let All { anchors, stems, .. } = &*ALL;
    let (keys, mut marks): (Vec<Seen>, Vec<Seen>) =
        seen.iter().copied().partition(|seen| seen.word < anchors + stems);
    let mut around =
        Around { text, seen: pairs::Seen::new(), line: pairs::Line::default(), weak, hits, opened };
    let (mut from, mut done) = (0, 0);
    // How far each anchor was looked at: once for a line, or a long one would take the square of its length.
    let mut looked = vec![0; *anchors];
    for Seen { start, end, word } in keys {
        if start < from {
            continue;
        }
        if word < *anchors {
            if start >= looked[word] {
                places::at(text, word, start..end, around.hits);
                looked[word] = places::looked_at(text, word, start);
            }
            // A stem may begin in the middle of it.
            from = start + 1;
        } else {
            done = done.max(pairs::at(&mut around, start..end, done));
            from = end.max(done);
        }
    }
    marks.iter_mut().for_each(|seen| seen.word -= anchors + stems);
    shapes::find(text, &marks, hits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_once_however_often_it_stands_in_a_line() {
        let (mut hits, many) = (Vec::new(), 50);
        let text = "curl x:hunter2; curl -u bob:hunter2; ".repeat(many);
        find(text.as_bytes(), &words(text.as_bytes()), &|_| false, &mut hits, &mut Vec::new());
        assert!((many..=3 * many).contains(&hits.len()), "{}", hits.len());
    }
}
