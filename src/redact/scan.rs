//! One pass over a text for every word that could begin something: a part of a key, the sign of a URL, the name of a
//! program. What is made of it is for [`pairs`] and [`places`].

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::pairs::{self, Around, Opened, Seen};
use super::{Hit, keys, places};

struct Words {
    words: AhoCorasick,
    /// How many of them are anchors of places; the others are stems of keys.
    anchors: usize,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut all = places::anchors();
    let anchors = all.len();
    all.extend(keys::stems());
    let words = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(all)
        .expect("invariant: the words are few");
    Words { words, anchors }
});

/// Finds the secrets that stand under a key or in a well-known place, and the values that go on after their line.
/// `weak` tells of a value that it is one of the machine's own secrets, although it is an ordinary word.
pub fn find(text: &[u8], weak: &dyn Fn(&[u8]) -> bool, hits: &mut Vec<Hit>, opened: &mut Vec<Opened>) {
    let Words { words, anchors } = &*WORDS;
    let mut around = Around { text, seen: Seen::new(), weak, hits, opened };
    let (mut from, mut done) = (0, 0);
    while let Some(found) = words.find(Input::new(text).range(from..)) {
        let number = found.pattern().as_usize();
        if number < *anchors {
            places::at(text, number, found.range(), around.hits);
            // A stem may begin in the middle of it.
            from = found.start() + 1;
        } else {
            done = done.max(pairs::at(&mut around, found.range(), done));
            from = found.end().max(done);
        }
    }
}
