//! Many words looked for at once in one pass that reads a text at four places side by side: a step of the automaton
//! waits for the one before it, and so four that do not know one another cost little more than one. What is made of
//! what was seen is not known here.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind};

/// How many places of a text are read side by side.
const PLACES: usize = 4;

/// A word that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its number among the words.
    pub word: usize,
}

/// The words that are looked for.
pub struct Words {
    automaton: DFA,
    longest: usize,
    /// Those that count only as they are written, which have the highest numbers.
    exact: Vec<&'static str>,
}

impl Words {
    /// These words in any case, and then these as they are written; none of them is empty.
    pub fn new(words: &[&str], exact: &[&'static str]) -> Self {
        let automaton = DFA::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(words.iter().chain(exact))
            .expect("invariant: the words are few, and short");
        let longest = words.iter().chain(exact).map(|word| word.len()).max().unwrap_or(0);
        Self { automaton, longest, exact: exact.to_vec() }
    }

    /// Every word in a text, also those that overlap: in the order in which they begin, of those that begin together
    /// the one with the lowest number first.
    pub fn find(&self, text: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        let length = text.len() / PLACES;
        if length > self.longest {
            self.side_by_side(text, length, &mut seen);
        } else {
            self.one_by_one(text, 0, 0, &mut seen);
        }
        seen.sort_unstable_by_key(|seen| (seen.start, seen.word));
        seen
    }

    /// Reads as many parts of this length as there are places, and then the few bytes that are left.
    fn side_by_side(&self, text: &[u8], length: usize, seen: &mut Vec<Seen>) {
        let parts: [&[u8]; PLACES] = std::array::from_fn(|place| &text[place * length..][..length]);
        let mut states: [StateID; PLACES] = std::array::from_fn(|place| {
            // Words that begin in the part before end in this one.
            let before = &text[(place * length).saturating_sub(self.longest)..place * length];
            before.iter().fold(self.start(), |state, byte| self.next(state, *byte))
        });
        for at in 0..length {
            for place in 0..PLACES {
                states[place] = self.next(states[place], parts[place][at]);
                if self.automaton.is_special(states[place]) {
                    self.tell(states[place], &text[..place * length + at + 1], seen);
                }
            }
        }
        let read = PLACES * length;
        self.one_by_one(text, read - self.longest, read, seen);
    }

    /// Reads from one place to the end; what ends before `told` is known.
    fn one_by_one(&self, text: &[u8], from: usize, told: usize, seen: &mut Vec<Seen>) {
        let mut state = self.start();
        for (at, byte) in text.iter().enumerate().skip(from) {
            state = self.next(state, *byte);
            if at >= told && self.automaton.is_special(state) {
                self.tell(state, &text[..=at], seen);
            }
        }
    }

    fn start(&self) -> StateID {
        self.automaton.start_state(Anchored::No).expect("invariant: it was built for this")
    }

    fn next(&self, state: StateID, byte: u8) -> StateID {
        self.automaton.next_state(Anchored::No, state, byte)
    }

    /// Out of the way of the loop: few states are the end of a word.
    #[cold]
    #[inline(never)]
    fn tell(&self, state: StateID, read: &[u8], seen: &mut Vec<Seen>) {
        if !self.automaton.is_match(state) {
            return;
        }
        let first_exact = self.automaton.patterns_len() - self.exact.len();
        for which in 0..self.automaton.match_len(state) {
            let pattern = self.automaton.match_pattern(state, which);
            let (word, end) = (pattern.as_usize(), read.len());
            let start = end - self.automaton.pattern_len(pattern);
            let exact = word.checked_sub(first_exact).map(|place| self.exact[place].as_bytes());
            if exact.is_none_or(|exact| exact == &read[start..]) {
                seen.push(Seen { start, end, word });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: [&str; 4] = ["ab", "b", "cab", "a long word"];
    const EXACT: [&str; 4] = ["abba", "Ab", "://", "AB:"];

    proptest! {
        /// The same as looking for each word at each place.
        #[test]
        fn every_word_is_seen_wherever_it_is(text in "[abcAB:/ ]{0,60}(a lonG word)?[abcAB ]{0,60}") {
            let lower = text.to_ascii_lowercase();
            let is_at = |start: usize, number: usize| match number.checked_sub(WORDS.len()) {
                Some(exact) => text[start..].starts_with(EXACT[exact]),
                None => lower[start..].starts_with(WORDS[number]),
            };
            let numbers = |start| (0..WORDS.len() + EXACT.len()).map(move |number| (start, number));
            let length = |number: usize| WORDS.iter().chain(&EXACT).nth(number).unwrap().len();
            let naive: Vec<Seen> = (0..text.len())
                .flat_map(numbers)
                .filter(|(start, number)| is_at(*start, *number))
                .map(|(start, number)| Seen { start, end: start + length(number), word: number })
                .collect();
            prop_assert_eq!(Words::new(&WORDS, &EXACT).find(text.as_bytes()), naive);
        }
    }
}
