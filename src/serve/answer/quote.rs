//! Choosing what to quote: the run of sentences of a passage that holds most of what was asked, verbatim,
//! with the lines on which exactly that run stands.

use std::collections::HashSet;
use std::ops::Range;

use crate::serve::ingest::chunk::HEADING_SEPARATOR;
use crate::serve::ingest::sentences::sentences;
use crate::serve::retrieve::lexical::{each_word, words};
use crate::serve::store::passages::Passage;
use crate::wire::{Citation, Source};

/// The most sentences in one quote.
const LONGEST: usize = 4;

/// The most characters in one quote, unless a single sentence is longer.
const WIDEST: usize = 700;

/// A run of sentences and how much of the question it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Byte range in the passage's text.
    pub range: Range<usize>,
    /// How much of the question it holds: larger is better.
    pub score: f32,
}

/// The words to look for, each once.
pub fn wanted(text: &str) -> HashSet<String> {
    words(text).into_iter().collect()
}

/// What a word that stands only in the heading above a run counts, against one for a word in the run itself.
const UNDER_HEADING: f32 = 0.6;

/// What each further sentence of a run costs.
const COST: f32 = 0.12;

/// The best run of whole sentences. Every new word of the question counts once, a word of the heading above
/// counts a little less, and every further sentence costs a little. Headings are not quoted: a citation
/// names its heading anyway.
pub fn best_run(text: &str, heading: &str, wanted: &HashSet<String>) -> Option<Run> {
    let held_by = |text: &str| {
        let mut held = HashSet::new();
        each_word(text, |word, _| {
            if let Some(word) = wanted.get(word) {
                held.insert(word.as_str());
            }
        });
        held
    };
    let units: Vec<Range<usize>> = sentences(text).collect();
    let held: Vec<HashSet<&str>> = units.iter().map(|unit| held_by(&text[unit.clone()])).collect();
    let mut above = held_by(heading);
    let mut best: Option<Run> = None;
    for start in 0..units.len() {
        if is_heading(&text[units[start].clone()]) {
            above.clone_from(&held[start]);
            continue;
        }
        let mut words: HashSet<&str> = HashSet::new();
        for end in start..units.len().min(start + LONGEST) {
            let range = units[start].start..units[end].end;
            if is_heading(&text[units[end].clone()]) || (end > start && range.len() > WIDEST) {
                break;
            }
            words.extend(&held[end]);
            let from_above = above.difference(&words).count() as f32 * UNDER_HEADING;
            let score = words.len() as f32 + from_above - COST * (end - start) as f32;
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Run { range, score });
            }
        }
    }
    best.or_else(|| units.first().map(|unit| Run { range: unit.clone(), score: 0.0 }))
}

/// A Markdown heading, a numbered one, or a single short line that reads like one.
fn is_heading(unit: &str) -> bool {
    let is_line = unit.len() < 80 && !unit.contains('\n');
    let is_sentence = unit.ends_with(['.', '!', '?', ':', ';', ',']) || unit.contains(": ");
    let is_markup = unit.starts_with(['-', '*', '|', '`', '>']);
    // `6.2. Scripts` heads a section; `2. Stop the server` is a step of a list.
    let number = unit.split(' ').next().unwrap_or_default();
    let is_step = unit.starts_with(|c: char| c.is_ascii_digit()) && number.matches('.').count() < 2;
    unit.starts_with('#') || (is_line && !is_sentence && !is_markup && !is_step)
}

/// A citation of the run of a passage that is nearest to `statement`.
pub fn citation(n: usize, passage: &Passage, statement: &str) -> Citation {
    let range = best_run(&passage.text, &passage.source.heading, &wanted(statement))
        .map_or(0..passage.text.len(), |run| run.range);
    cite(n, passage, range)
}

/// A citation of exactly this range of a passage.
pub fn cite(n: usize, passage: &Passage, range: Range<usize>) -> Citation {
    Citation {
        n,
        source: narrowed(&passage.source, &passage.text, &range),
        quote: passage.text[range].to_string(),
    }
}

/// The source of the range instead of that of the whole passage: its own lines, and the heading above it,
/// where the passage holds several short sections.
fn narrowed(source: &Source, text: &str, range: &Range<usize>) -> Source {
    let breaks = |part: &str| u32::try_from(part.matches('\n').count()).unwrap_or(u32::MAX);
    let narrow = |(first, _): (u32, u32)| {
        let start = first.saturating_add(breaks(&text[..range.start]));
        (start, start.saturating_add(breaks(&text[range.clone()])))
    };
    let above = text[..range.start].lines().rev().find_map(|line| line.strip_prefix('#'));
    let title = above.map(|line| line.trim_start_matches('#').trim()).unwrap_or_default();
    let heading = match source.heading.as_str() {
        heading if title.is_empty() || heading.ends_with(title) => heading.to_string(),
        "" => title.to_string(),
        heading => format!("{heading}{HEADING_SEPARATOR}{title}"),
    };
    Source { lines: source.lines.map(narrow), rows: source.rows.map(narrow), heading, ..source.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(text: &str) -> Passage {
        let source = Source {
            document_id: 1,
            collection: "c".into(),
            title: "t".into(),
            path: "p".into(),
            heading: String::new(),
            page: None,
            lines: Some((10, 20)),
            rows: None,
        };
        Passage { id: 1, collection: 1, source, text: text.into() }
    }

    #[test]
    fn the_quote_is_the_sentence_that_answers_on_its_own_line() {
        let text =
            "# Backup\n\nA backup is a copy.\nTo restore a backup, stop the server first.\nCats are nice.";
        let citation = citation(1, &passage(text), "How do I restore a backup?");
        assert_eq!(citation.quote, "To restore a backup, stop the server first.");
        assert_eq!(citation.source.lines, Some((13, 13)));
    }

    #[test]
    fn the_words_of_the_heading_above_count_and_headings_are_not_quoted() {
        let text = "## Make a backup\n\nStop it and copy all of it.\n\n## Restore a backup\n\nStop it and copy it back.\n\n## Delete";
        let run = best_run(text, "Backups", &wanted("how to restore a backup")).unwrap();
        assert_eq!(&text[run.range], "Stop it and copy it back.");
    }

    #[test]
    fn only_headings_are_headings() {
        for heading in ["## Restore a backup", "6.2. Maintainer scripts idempotency", "Backup and restore"] {
            assert!(is_heading(heading), "{heading}");
        }
        for text in ["Stop the server.", "2. Stop the server", "- item", "Name: value", "| a | b |"] {
            assert!(!is_heading(text), "{text}");
        }
    }

    #[test]
    fn a_quote_names_the_heading_right_above_it() {
        let text = "## Fog\n\nNothing was seen.\n\n## Storm\n\nThe mast broke in the storm.";
        let source = Source { heading: "Log".into(), ..passage("").source };
        let passage = Passage { source, ..passage(text) };
        let citation = citation(1, &passage, "When did the mast break?");
        assert_eq!(citation.source.heading, "Log › Storm");
    }

    #[test]
    fn a_passage_without_any_of_the_words_is_still_quoted() {
        let run = best_run("One sentence. Another one.", "", &wanted("zebra")).unwrap();
        assert_eq!(run.score, 0.0);
    }
}
