//! Answers without a language model: the best run of sentences of each of the best passages, verbatim, each
//! with its citation, in the order in which they help most.

use std::collections::HashSet;

use super::quote::{best_run, cite, wanted};
use crate::serve::retrieve::Found;
use crate::wire::Citation;

/// The most passages that an answer is made of.
const PASSAGES: usize = 3;

/// A passage after the first must have at least this share of its score to be worth reading.
const WORTH: f32 = 0.45;

/// Makes an answer and its citations.
pub fn compose(question: &str, found: &[Found]) -> (String, Vec<Citation>) {
    let wanted = wanted(question);
    let best = found.first().map_or(0.0, |found| found.score);
    let mut said = HashSet::new();
    let mut text = String::new();
    let mut citations = Vec::new();
    for found in found.iter().filter(|found| found.score >= WORTH * best) {
        let Some(run) = best_run(&found.passage.text, &found.passage.source.heading, &wanted) else {
            continue;
        };
        let quote = &found.passage.text[run.range.clone()];
        // The same sentence in two documents is said once.
        if (run.score <= 0.0 && !citations.is_empty()) || !said.insert(folded(quote)) {
            continue;
        }
        let n = citations.len() + 1;
        if n > 1 {
            text.push_str("\n\n");
        }
        text.push_str(&format!("{quote} [{n}]"));
        citations.push(cite(n, &found.passage, run.range));
        if n == PASSAGES {
            break;
        }
    }
    (text, citations)
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
