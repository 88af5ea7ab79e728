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

/// Finds the secrets that stand under a key, in a well-known place or have a shape of their own, and the values that
/// go on after their line. `weak` tells of a value that it is one of the machine's own secrets, although it is an
/// ordinary word.
pub fn find(text: &[u8], weak: &dyn Fn(&[u8]) -> bool, hits: &mut Vec<Hit>, opened: &mut Vec<Opened>) {
    let All { words, anchors, stems } = &*ALL;
    let (keys, mut marks): (Vec<Seen>, Vec<Seen>) =
        words.find(text).into_iter().partition(|seen| seen.word < anchors + stems);
    let mut around = Around { text, seen: pairs::Seen::new(), weak, hits, opened };
    let (mut from, mut done) = (0, 0);
    for Seen { start, end, word } in keys {
        if start < from {
            continue;
        }
        if word < *anchors {
            places::at(text, word, start..end, around.hits);
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
